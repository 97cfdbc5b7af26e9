"""The operations that a sentence can ask for, and what "a bit" and "a lot" mean for each.

An amount is a number in [0, 1]: the share of a degradation to remove, or the ``a`` of a tone edit (see ``edits``).
"by 30 percent" is the amount 0.3; the words "a bit", no word at all and "a lot" are the three levels below.

The one documented wording of each operation: used in the README and for the embeddings that ship.
"""

from dataclasses import dataclass
from typing import Literal

Family = Literal["restoration", "tone", "style"]


@dataclass(frozen=True)
class Operation:
    """One thing to ask for. ``slight``, ``plain`` and ``strong`` are amounts in [0, 1]."""

    name: str
    family: Family
    slight: float
    plain: float
    strong: float


_ALL = (
    Operation("denoise", "restoration", 0.5, 1.0, 1.0),
    Operation("deblur", "restoration", 0.5, 1.0, 1.0),
    Operation("dejpeg", "restoration", 0.5, 1.0, 1.0),
    Operation("restore", "restoration", 0.5, 1.0, 1.0),  # all three degradations at once
    Operation("brighten", "tone", 0.25, 0.5, 0.8),
    Operation("darken", "tone", 0.25, 0.5, 0.8),
    Operation("contrast_up", "tone", 0.2, 0.4, 0.7),
    Operation("contrast_down", "tone", 0.2, 0.4, 0.7),
    Operation("saturate", "tone", 0.3, 0.6, 1.0),
    Operation("desaturate", "tone", 0.3, 0.6, 0.85),
    Operation("warm", "tone", 0.25, 0.5, 0.85),
    Operation("cool", "tone", 0.25, 0.5, 0.85),
    Operation("grayscale", "tone", 0.5, 1.0, 1.0),
    Operation("sepia", "tone", 0.5, 1.0, 1.0),
    Operation("faithful", "style", 1.0, 1.0, 1.0),  # nothing invented: trained on pixels only
    Operation("crisp", "style", 0.5, 1.0, 1.0),  # natural detail: trained on pixels, VGG features and the discriminator
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}
# What a sentence can mean, part by part: "restore" is its three parts.
RESTORE_PARTS = ("denoise", "deblur", "dejpeg")
INTENTS = tuple(name for name in OPERATIONS if name != "restore")
# What the numbers of networks and readers mean whose files do not say it: the table as it was then. It never changes.
FIRST_INTENTS = (
    "denoise",
    "deblur",
    "dejpeg",
    "brighten",
    "darken",
    "contrast_up",
    "contrast_down",
    "saturate",
    "desaturate",
    "warm",
    "cool",
    "grayscale",
    "sepia",
    "faithful",
    "crisp",
)


@dataclass(frozen=True)
class Clause:
    """One operation and its amount in [0, 1]."""

    operation: str
    amount: float


@dataclass(frozen=True)
class Request:
    """What one sentence asks for: clauses, each operation at most once.

    ``keep`` names operations that the sentence forbids ("sharpen but keep the grain" keeps ``denoise`` undone).
    The empty request, ``Request()``, is plain faithful super-resolution.
    """

    clauses: tuple[Clause, ...] = ()
    keep: tuple[str, ...] = ()


def plain_request(*operations: str) -> Request:
    """A request for ``operations`` at their plain amounts."""
    return Request(tuple(Clause(name, OPERATIONS[name].plain) for name in operations))


def amounts(request: Request) -> dict[str, float]:
    """Operation -> amount, with "restore" spelled out as its three parts and kept operations left out."""
    result: dict[str, float] = {}
    for clause in request.clauses:
        parts = RESTORE_PARTS if clause.operation == "restore" else (clause.operation,)
        result.update(dict.fromkeys(parts, clause.amount))
    return {name: amount for name, amount in result.items() if name not in request.keep}


# What the upscale command asks for when the user says nothing: clean up, natural detail.
DEFAULT_REQUEST = plain_request("restore", "crisp")


# operation: (a little, plain, a lot, any other amount)
_WORDINGS: dict[str, tuple[str, str, str, str]] = {
    "denoise": ("remove some of the noise", "remove the noise", "", "remove {} of the noise"),
    "deblur": ("remove some of the blur", "remove the blur", "", "remove {} of the blur"),
    "dejpeg": (
        "remove some of the compression artefacts",
        "remove the compression artefacts",
        "",
        "remove {} of the compression artefacts",
    ),
    "restore": (
        "remove some of the noise and artefacts",
        "remove noise and artefacts",
        "",
        "remove {} of the noise and artefacts",
    ),
    "brighten": ("make it a bit brighter", "make it brighter", "make it a lot brighter", "make it brighter by {}"),
    "darken": ("make it a bit darker", "make it darker", "make it a lot darker", "make it darker by {}"),
    "contrast_up": (
        "increase the contrast a bit",
        "increase the contrast",
        "increase the contrast a lot",
        "increase the contrast by {}",
    ),
    "contrast_down": (
        "reduce the contrast a bit",
        "reduce the contrast",
        "reduce the contrast a lot",
        "reduce the contrast by {}",
    ),
    "saturate": (
        "make the colours a bit more vivid",
        "make the colours more vivid",
        "make the colours a lot more vivid",
        "make the colours more vivid by {}",
    ),
    "desaturate": (
        "make the colours a bit less vivid",
        "make the colours less vivid",
        "make the colours a lot less vivid",
        "make the colours less vivid by {}",
    ),
    "warm": ("make it a bit warmer", "make it warmer", "make it a lot warmer", "make it warmer by {}"),
    "cool": ("make it a bit cooler", "make it cooler", "make it a lot cooler", "make it cooler by {}"),
    "grayscale": ("make it partly black and white", "make it black and white", "", "make it {} black and white"),
    "sepia": ("add a slight sepia tone", "add a sepia tone", "", "add a {} sepia tone"),
    "faithful": ("", "keep it faithful, nothing invented", "", "keep it {} faithful"),
    "crisp": ("a bit more natural detail", "natural detail", "", "{} natural detail"),
}

_KEPT: dict[str, str] = {
    "denoise": "keep the grain",
    "deblur": "keep the blur",
    "dejpeg": "keep the compression artefacts",
    "restore": "keep the flaws",
    "brighten": "don't make it brighter",
    "darken": "don't make it darker",
    "contrast_up": "don't increase the contrast",
    "contrast_down": "don't reduce the contrast",
    "saturate": "don't make the colours more vivid",
    "desaturate": "don't make the colours less vivid",
    "warm": "don't make it warmer",
    "cool": "don't make it cooler",
    "grayscale": "don't make it black and white",
    "sepia": "don't add a sepia tone",
    "faithful": "allow new detail",
    "crisp": "don't add detail",
}


def canonical_clause(clause: Clause) -> str:
    """The documented wording of one clause, as a short command."""
    operation = OPERATIONS[clause.operation]
    slight, plain, strong, number = _WORDINGS[clause.operation]
    amounts = {operation.slight: slight, operation.strong: strong, operation.plain: plain}  # plain wins a tie
    return amounts.get(clause.amount) or number.format(f"{round(100 * clause.amount, 1):g} percent")


def canonical_keep(operation: str) -> str:
    """The documented wording for forbidding ``operation``."""
    return _KEPT[operation]
