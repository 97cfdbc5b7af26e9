"""Colours last: the tone head alone learns amounts exactly, small ones too, once the rest of the network is finished.

Beside pixels, "5 % brighter" is a change so small that its error hardly counts. Here each error is weighed by the size
of the change that it belongs to as well. Nothing but the tone head moves, so what the network restores and how crisp
it draws stay the same to the bit. A step on 256 readings takes about 8 ms on one core.
"""

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from srgan_prompt.config import OptimConfig
from srgan_prompt.errors import UsageError
from srgan_prompt.grammar.prompt_bank import exact_readings
from srgan_prompt.models.generator import Generator
from srgan_prompt.operators.filters import reduce
from srgan_prompt.operators.requests import as_tensors, sample_request
from srgan_prompt.prompts.operations import OPERATIONS, TONE, Clause, Request, compatible
from srgan_prompt.training.state import schedule, set_learning_rate
from srgan_prompt.types import Image

LEARNING_RATE = 1e-3
READINGS = 256  # of one step
SMALLEST_AMOUNT = 0.03
RELATIVE_WEIGHT = 0.02
RELATIVE_FLOOR = 0.004  # mean change below which an error is no longer weighed more: about one level of 255


def sample_tone_request(rng: random.Random) -> Request:
    """One to three compatible tone operations: amounts from 3 percent on, many small ones, and the worded levels."""
    clauses: list[Clause] = []
    for _ in range(rng.choices((1, 2, 3), weights=(5, 4, 2))[0]):
        taken = {clause.operation for clause in clauses}
        operation = OPERATIONS[rng.choice([name for name in TONE if compatible(name, taken)])]
        levels = (operation.slight, operation.plain, operation.strong)
        kinds = (rng.uniform(SMALLEST_AMOUNT, 1), rng.uniform(SMALLEST_AMOUNT, 0.3), rng.choice(levels))
        clauses.append(Clause(operation.name, rng.choices(kinds, weights=(4, 3, 3))[0]))
    return Request(tuple(clauses))


@torch.no_grad()
def features_of(generator: Generator, images: Sequence[Image]) -> Tensor:
    """Global features (N, C) of N high-resolution ``images`` (1, 3, H, W), each reduced to the size of an input."""
    return torch.cat([generator.global_features(reduce(image, generator.config.scale)) for image in images])


def fit_tone(generator: Generator, features: Tensor, *, steps: int, seed: int, num_requests: int = 240_000) -> float:
    """``steps`` steps of the tone head of ``generator``, in place; the last loss.

    ``features`` (N, C) are the global features of N low-resolution images of any kind: the transform must not
    depend on a particular one. A pure function of its arguments. Raises UsageError for a generator that has no tone
    head, or that is conditioned on raw embeddings, whose meaning is known for sentences only.
    """
    if not generator.config.tone or generator.config.text_features != "reading":
        raise UsageError("Only networks with a tone head on readings can be taught amounts alone (generator.tone).")
    rng = random.Random(seed)  # noqa: S311  not for secrets
    requests = [sample_request(rng) if rng.random() < 0.25 else sample_tone_request(rng) for _ in range(num_requests)]
    wanted = as_tensors(requests).tone
    size = _mean_change(wanted)
    with torch.no_grad():
        texts = generator.text_tower(exact_readings(requests, generator.config.intents))
    rates = OptimConfig()
    optimizer = torch.optim.Adam(generator.tone_head.parameters(), lr=LEARNING_RATE)
    draw = torch.Generator().manual_seed(seed)
    loss = torch.zeros(())
    for step in range(steps):
        rows = torch.randint(num_requests, (READINGS,), generator=draw)
        shown = torch.randint(len(features), (READINGS,), generator=draw)
        error = _mean_change(generator.tone_head(features[shown], texts[rows]) - wanted[rows])
        loss = (error + RELATIVE_WEIGHT * error / (size[rows] + RELATIVE_FLOOR)).mean()
        set_learning_rate(optimizer, LEARNING_RATE * schedule(step, steps, rates))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def _mean_change(tone: Tensor) -> Tensor:
    return tone.abs().mean(dim=(1, 2))
