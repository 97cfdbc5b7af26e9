"""The documented wordings with their meaning: whoever copies an example from the documentation must be read right."""

import random

from srgan_prompt.data.instructions import canonical
from srgan_prompt.data.readable import Wording
from srgan_prompt.data.wordings.degrees import Level
from srgan_prompt.prompts.operations import DEFAULT_REQUEST, OPERATIONS, Clause, Request

_LEVELS = ("slight", "plain", "strong", "number", "number")


def draw_documented(num_wordings: int, rng: random.Random) -> list[Wording]:
    """``num_wordings`` canonical wordings: one operation at any amount, one forbidden, both, or the default request."""
    return [_draw(rng) for _ in range(num_wordings)]


def _draw(rng: random.Random) -> Wording:
    match rng.choice(("one", "one", "one", "forbidden", "forbidden", "both", "default")):
        case "one":
            return _wording(Request((_clause(rng.choice(list(OPERATIONS)), rng),)))
        case "forbidden":
            return _wording(Request(keep=(rng.choice(list(OPERATIONS)),)))
        case "both":
            asked, kept = rng.sample(list(OPERATIONS.values()), 2)
            if asked.family == kept.family:  # "remove the noise, but keep the flaws" has no meaning
                return _wording(Request((_clause(asked.name, rng),)))
            return _wording(Request((_clause(asked.name, rng),), keep=(kept.name,)))
    return _wording(DEFAULT_REQUEST)


def _clause(name: str, rng: random.Random) -> Clause:
    level = rng.choice(_LEVELS)
    amount = rng.randint(1, 199) / 200 if level == "number" else getattr(OPERATIONS[name], level)
    return Clause(name, amount)


def _wording(request: Request) -> Wording:
    return Wording(canonical(request), request, {clause.operation: _level_of(clause) for clause in request.clauses})


def _level_of(clause: Clause) -> Level:
    """As ``canonical`` words it: plain wins a tie, strong is next."""
    operation = OPERATIONS[clause.operation]
    levels: dict[float, Level] = {operation.slight: "slight", operation.strong: "strong", operation.plain: "plain"}
    return levels.get(clause.amount, "number")
