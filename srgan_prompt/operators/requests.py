"""Requests as numbers: what to remove, how to recolour, how crisp; and how requests are drawn for training."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from srgan_prompt.operators.degradations import REMOVABLE
from srgan_prompt.operators.tone import tone_change
from srgan_prompt.prompts.operations import INTENTS, OPERATIONS, Clause, Request, amounts, compatible

# Tone is learnt from sentences alone within minutes; restoration takes images, so it is asked for more often.
RESTORATION_WEIGHT = 5
_REMOVER = {operation.removes: name for name, operation in OPERATIONS.items() if operation.removes}


@dataclass(frozen=True)
class RequestTensors:
    """N requests as tensors. ``removed`` (N, 3) shares in the order of REMOVABLE; ``tone`` (N, 3, 7), a change in the
    tone basis; ``crisp`` (N,) in [0, 1]; ``intent`` (N, len(INTENTS)) amounts."""

    removed: Tensor
    tone: Tensor
    crisp: Tensor
    intent: Tensor

    def intents(self, names: Sequence[str]) -> Tensor:
        """The amounts of ``names`` alone, in their order: (N, len(names)). A network knows those of its config."""
        return self.intent[:, [INTENTS.index(name) for name in names]]

    def map(self, change: Callable[[Tensor], Tensor]) -> "RequestTensors":
        """Every tensor passed through ``change``."""
        return RequestTensors(*(change(getattr(self, field.name)) for field in fields(self)))

    def __getitem__(self, rows: Tensor) -> "RequestTensors":
        return self.map(lambda part: part[rows])

    def to(self, device: torch.device) -> "RequestTensors":
        """The same on ``device``."""
        return self.map(lambda part: part.to(device))

    def scaled(self, amount: Tensor) -> "RequestTensors":
        """Request n at ``amount[n]`` (N,): 0 asks for nothing, 1 leaves it as it is."""
        return self.map(lambda part: part * amount.view(-1, *[1] * (part.dim() - 1)))


def as_tensors(requests: Sequence[Request]) -> RequestTensors:
    """The exact meaning of ``requests``."""
    named = [amounts(request) for request in requests]
    return RequestTensors(
        removed=torch.tensor([[each.get(_REMOVER[name], 0.0) for name in REMOVABLE] for each in named]),
        tone=torch.stack([tone_change(each) for each in named]),
        crisp=torch.tensor([each.get("crisp", 0.0) for each in named]),
        intent=torch.tensor([[each.get(name, 0.0) for name in INTENTS] for each in named]),
    )


def sample_request(rng: random.Random) -> Request:
    """One to three compatible operations with amounts; now and then a restoration that must be kept undone.

    A quarter asks for crisp detail, so that every batch feeds the discriminator; half ask for a restoration.
    """
    style = rng.choices(("crisp", "faithful", None), weights=(25, 10, 65))[0]
    clauses = [] if style is None else [_with_amount(style, rng)]
    for _ in range(rng.choices((1, 2, 3), weights=(6, 3, 1))[0] - (style is not None and rng.random() < 0.6)):
        taken = {clause.operation for clause in clauses}
        free = [name for name in OPERATIONS if OPERATIONS[name].family != "style" and compatible(name, taken)]
        difficulty = [RESTORATION_WEIGHT if OPERATIONS[name].family == "restoration" else 1 for name in free]
        clauses.append(_with_amount(rng.choices(free, weights=difficulty)[0], rng))
    clauses = clauses[:3]
    operations = {clause.operation for clause in clauses}
    keepable = [name for name in map(_REMOVER.__getitem__, REMOVABLE) if compatible(name, operations)]
    keep = (rng.choice(keepable),) if keepable and rng.random() < 0.05 else ()
    return Request(tuple(clauses), keep)


def _with_amount(name: str, rng: random.Random) -> Clause:
    """Mostly one of the three worded levels, else any percentage."""
    operation = OPERATIONS[name]
    if operation.family == "style":
        return Clause(name, operation.plain)
    if rng.random() < 0.8:
        levels = (operation.slight, operation.plain, operation.strong)
        return Clause(name, rng.choices(levels, weights=(1, 2, 1))[0])
    return Clause(name, rng.randint(10, 100) / 100)
