"""Training of the reader: first to see words as its teacher does, then to read requests without forgetting that."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import BertModel

from srgan_prompt.prompts.reader import LEVELS
from srgan_prompt.training.reader_data import Batch, Example, batches
from srgan_prompt.training.reader_network import BatchScores, ReaderNetwork

NUMBER_LEVELS = (LEVELS.index("by"), LEVELS.index("to"))
Report = Callable[[int, dict[str, float]], None]


@dataclass(frozen=True)
class ReaderPlan:
    """How long and how fast: rates are AdamW's at their peak, ``distill_weight`` multiplies ``states_loss``."""

    num_distill: int = 50_000  # sentences that only teach to see as the teacher does
    distill_batch: int = 128
    batch_size: int = 64
    distill_rate: float = 5e-4
    layer_rate: float = 2e-4
    head_rate: float = 1e-3
    distill_weight: float = 1.0
    num_compared: int = 8  # sentences of a batch whose states are compared with the teacher's


def distill(
    network: ReaderNetwork, teacher: BertModel, examples: Sequence[Example], plan: ReaderPlan, report: Report
) -> None:
    """Bring the network's last states near the teacher's, on ``plan.num_distill`` of ``examples``."""
    rng = random.Random(0)  # noqa: S311
    steps = plan.num_distill // plan.distill_batch
    optimizer = torch.optim.AdamW(network.parameters(), plan.distill_rate, weight_decay=0.01, fused=True)
    scheduler = _warm_then_decay(optimizer, steps)
    network.train()
    for step, batch in zip(range(steps), _endless(examples, plan.distill_batch, rng), strict=False):
        loss = _teacher_loss(_scores(network, batch).states, teacher, batch, len(batch.ids))
        _descend(network, optimizer, scheduler, loss)
        report(step, {"states": loss.item()})


def fine_tune(
    network: ReaderNetwork, teacher: BertModel, examples: Sequence[Example], plan: ReaderPlan, report: Report
) -> None:
    """Teach the network to read: each of ``examples`` once."""
    rng = random.Random(1)  # noqa: S311
    head = network.head_parameters()
    known = {id(parameter) for parameter in head}
    body = [parameter for parameter in network.parameters() if id(parameter) not in known]
    groups = [{"params": body, "lr": plan.layer_rate}, {"params": head, "lr": plan.head_rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    scheduler = _warm_then_decay(optimizer, -(-len(examples) // plan.batch_size))
    network.train()
    for step, batch in enumerate(batches(examples, plan.batch_size, rng)):
        scores = _scores(network, batch)
        terms = reading_terms(scores, batch)
        terms["states"] = plan.distill_weight * _teacher_loss(scores.states, teacher, batch, plan.num_compared)
        _descend(network, optimizer, scheduler, torch.stack(list(terms.values())).sum())
        report(step, {name: term.item() for name, term in terms.items()})


def reading_terms(scores: BatchScores, batch: Batch) -> dict[str, Tensor]:
    """The terms of the loss that say how well ``batch`` was read."""
    return {
        "levels": levels_loss(scores.levels.float(), batch.levels, batch.is_number.any(1), NUMBER_LEVELS),
        "pointer": pointer_loss(scores.pointers.float(), batch.pointers, batch.is_number),
        "complete": complete_loss(scores.complete.float(), batch.complete),
    }


def levels_loss(levels: Tensor, is_right: Tensor, has_number: Tensor, number_levels: tuple[int, int]) -> Tensor:
    """Scalar: minus the log probability that a right level is said, summed over intents, mean over sentences.

    ``levels``: (B, N, L) logits. ``is_right``: (B, N, L) bool, at least one in each row. ``has_number``: (B) bool; the
    ``number_levels`` of other sentences are impossible.
    """
    columns = torch.zeros(levels.shape[-1], dtype=torch.bool)
    columns[list(number_levels)] = True
    levels = levels.masked_fill(columns & ~has_number[:, None, None], -1e4)
    right = levels.masked_fill(~is_right, -torch.inf)
    return (levels.logsumexp(-1) - right.logsumexp(-1)).sum(1).mean()


def pointer_loss(pointers: Tensor, is_right: Tensor, is_number: Tensor) -> Tensor:
    """Scalar: minus the log probability of pointing at a right number, mean over all intents that mean a number.

    ``pointers``: (B, N, T) logits. ``is_right``: (B, N, T) bool. ``is_number``: (B, T) bool.
    """
    meant = is_right.any(-1)
    if not meant.any():
        return pointers.new_zeros(())
    among = pointers.masked_fill(~is_number[:, None], -1e4)[meant]
    right = among.masked_fill(~is_right[meant], -torch.inf)
    return (among.logsumexp(-1) - right.logsumexp(-1)).mean()


def complete_loss(complete: Tensor, is_complete: Tensor) -> Tensor:
    """Scalar: cross-entropy of the logits ``complete`` (B) against ``is_complete`` (B), 0 or 1."""
    return F.binary_cross_entropy_with_logits(complete, is_complete)


def states_loss(states: Tensor, wanted: Tensor, is_compared: Tensor) -> Tensor:
    """Scalar: mean over wordpieces of 1 - the cosine between ``states`` and the teacher's ``wanted``, both (B, T, D).

    ``is_compared``: (B, T) bool, the wordpieces that count.
    """
    return (1 - F.cosine_similarity(states, wanted, dim=-1))[is_compared].mean()


def _scores(network: ReaderNetwork, batch: Batch) -> BatchScores:
    with torch.autocast("cpu", torch.bfloat16):
        return network(batch.ids, batch.mask)


def _teacher_loss(states: Tensor, teacher: BertModel, batch: Batch, num_compared: int) -> Tensor:
    """On the free sentences first; placeholders of numbers are left out, as the teacher does not know them."""
    rows = torch.argsort(~batch.is_free, stable=True)[:num_compared]
    ids, mask = batch.ids[rows], batch.mask[rows]
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        wanted = teacher(input_ids=ids, attention_mask=mask).last_hidden_state
    return states_loss(states[rows].float(), wanted.float(), mask.bool() & ~batch.is_number[rows])


def _descend(
    network: nn.Module, optimizer: torch.optim.Optimizer, scheduler: torch.optim.lr_scheduler.LRScheduler, loss: Tensor
) -> None:
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    scheduler.step()


def _warm_then_decay(optimizer: torch.optim.Optimizer, num_steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Up in a twentieth of the steps, then down to nothing in a straight line."""
    warm = max(1, num_steps // 20)
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.0, (num_steps - step) / max(1, num_steps - warm)))
    )


def _endless(examples: Sequence[Example], batch_size: int, rng: random.Random) -> Iterable[Batch]:
    return chain.from_iterable(batches(examples, batch_size, rng) for _ in repeat(None))
