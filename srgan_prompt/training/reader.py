"""The reader as a torch module, and its training; ``prompts.bert`` runs the same weights in the product.

It starts from a frozen teacher, all-MiniLM-L6-v2: some of its layers are kept (Sanh et al., DistilBERT, 2019), and its
word embeddings are reduced to the directions that matter most, each word weighted by how often it is used. First it
learns to see words as its teacher does, then to read requests without forgetting that.
"""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from srgan_prompt.prompts.bert import HEADS_OF_READER, MAX_TOKENS
from srgan_prompt.prompts.operations import INTENTS
from srgan_prompt.prompts.reader import LEVELS
from srgan_prompt.training.reader_data import Batch, Example, batches

NUMBER_LEVELS = (LEVELS.index("by"), LEVELS.index("to"))
_HIDDEN = 192
_NUMBER_DIM = 64

Report = Callable[[int, dict[str, float]], None]


class BatchScores(NamedTuple):
    """Logits of B sentences: ``levels`` (B, N, L), ``pointers`` (B, N, T), ``complete`` (B); ``states`` (B, T, D)."""

    levels: Tensor
    pointers: Tensor
    complete: Tensor
    states: Tensor


class ReaderNetwork(nn.Module):
    """B sentences of T wordpieces to ``BatchScores``. ``word_dim`` is the width of the reduced word embeddings."""

    def __init__(self, config: BertConfig, num_words: int, word_dim: int):
        super().__init__()
        width = config.hidden_size
        self.words = nn.Embedding(num_words, word_dim)
        self.widen = nn.Linear(word_dim, width)
        self.bert = BertModel(config, add_pooling_layer=False)
        del self.bert.embeddings.word_embeddings  # ``words`` and ``widen`` are in its place
        self.questions = nn.Parameter(torch.randn(len(INTENTS) + 1, width))
        self.key, self.value = nn.Linear(width, width), nn.Linear(width, width)
        self.answer = nn.Linear(width, _HIDDEN)
        self.topics = nn.Parameter(torch.zeros(len(INTENTS) + 1, _HIDDEN))
        self.levels = nn.Parameter(torch.randn(len(INTENTS), len(LEVELS), _HIDDEN) / math.sqrt(_HIDDEN))
        self.level_bias = nn.Parameter(torch.zeros(len(INTENTS), len(LEVELS)))
        self.number_query, self.number_key = nn.Linear(_HIDDEN, _NUMBER_DIM), nn.Linear(width, _NUMBER_DIM)
        self.complete = nn.Linear(_HIDDEN, 1)

    @classmethod
    def from_teacher(cls, teacher: BertModel, layers: Sequence[int], word_dim: int) -> "ReaderNetwork":
        """A reader with those of the teacher's layers, counted from 0; the head is fresh, from torch's generator."""
        settings = teacher.config.to_dict() | {
            "num_hidden_layers": len(layers),
            "hidden_act": "gelu_pytorch_tanh",  # NumPy has no error function
            "max_position_embeddings": MAX_TOKENS,
            "type_vocab_size": 1,
            "vocab_size": 1,
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.1,
        }
        words = teacher.embeddings.word_embeddings.weight.detach()
        network = cls(BertConfig(**settings), len(words), word_dim)
        with torch.no_grad():
            network._reduce_words(words)
            network.level_bias[:, LEVELS.index("absent")] = 3.0  # most sentences say nothing of most intents
            ours, theirs = network.bert.embeddings, teacher.embeddings
            ours.position_embeddings.weight.copy_(theirs.position_embeddings.weight[:MAX_TOKENS])
            ours.token_type_embeddings.weight.copy_(theirs.token_type_embeddings.weight[:1])
            ours.LayerNorm.load_state_dict(theirs.LayerNorm.state_dict())
            for ours_layer, index in zip(network.bert.encoder.layer, layers, strict=True):
                ours_layer.load_state_dict(teacher.encoder.layer[index].state_dict())
        return network

    def forward(self, ids: Tensor, mask: Tensor) -> BatchScores:
        """``ids`` (B, T) wordpieces, ``mask`` (B, T) 1 where there is one."""
        words = self.widen(self.words(ids))
        states = self.bert(inputs_embeds=words, attention_mask=mask).last_hidden_state
        batch = len(ids)
        questions, key, value = (
            each.view(each.shape[0], each.shape[1], HEADS_OF_READER, -1).transpose(1, 2)
            for each in (self.questions.expand(batch, -1, -1), self.key(states), self.value(states))
        )
        answers = F.scaled_dot_product_attention(questions.to(key.dtype), key, value, mask[:, None, None].bool())
        answers = answers.transpose(1, 2).flatten(2)
        hidden = F.gelu(self.answer(answers) + self.topics, approximate="tanh")
        levels = torch.einsum("bnd,nld->bnl", hidden[:, :-1], self.levels.to(hidden.dtype)) + self.level_bias
        pointers = self.number_query(hidden[:, :-1]) @ self.number_key(states).transpose(1, 2) / math.sqrt(_NUMBER_DIM)
        return BatchScores(levels, pointers, self.complete(hidden[:, -1]).squeeze(-1), states)

    def head_parameters(self) -> list[nn.Parameter]:
        """All that does not come from the teacher."""
        inherited = ("bert.", "words.", "widen.")
        return [parameter for name, parameter in self.named_parameters() if not name.startswith(inherited)]

    def _reduce_words(self, words: Tensor) -> None:
        """The best factors of ``words`` (V, D) if an error counts by the frequency of its word.

        A wordpiece of BERT's vocabulary is about as frequent as its number is small (Zipf's law).
        """
        mean = words.mean(0)
        weights = (torch.arange(len(words)) + 1000.0).rsqrt()[:, None]
        _, _, directions = torch.linalg.svd(weights * (words - mean), full_matrices=False)
        directions = directions[: self.words.embedding_dim]
        self.words.weight.copy_((words - mean) @ directions.T)
        self.widen.weight.copy_(directions.T)
        self.widen.bias.copy_(mean)


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
