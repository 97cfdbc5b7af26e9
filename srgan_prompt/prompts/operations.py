"""The operations that a sentence can ask for: one table that says all there is to say of each, and the requests made
of them.

An amount is a number in [0, 1]: the share of a degradation to remove, or the ``a`` of a tone edit. "By 30 percent" is
the amount 0.3; the words "a bit", no word at all and "a lot" are the three levels of the table.
"""

from collections.abc import Set
from dataclasses import dataclass
from typing import Literal, NamedTuple

Family = Literal["restoration", "tone", "style"]


class DocumentedWords(NamedTuple):
    """The one documented wording at each level; "" where the level is worded as another. ``number`` has a {}."""

    slight: str
    plain: str
    strong: str
    number: str


def _removing(fault: str) -> DocumentedWords:
    return DocumentedWords(f"remove some of {fault}", f"remove {fault}", "", f"remove {{}} of {fault}")


def _making(what: str, quality: str) -> DocumentedWords:
    """As in "make it", "brighter"."""
    return DocumentedWords(
        f"{what} a bit {quality}", f"{what} {quality}", f"{what} a lot {quality}", f"{what} {quality} by {{}}"
    )


def _changing(what: str) -> DocumentedWords:
    """As in "increase the contrast"."""
    return DocumentedWords(f"{what} a bit", what, f"{what} a lot", f"{what} by {{}}")


@dataclass(frozen=True)
class Operation:
    """One thing to ask for.

    ``slight``, ``plain`` and ``strong`` are amounts in [0, 1]; ``words`` is how the documentation asks for it, and
    ``kept`` how it forbids it (by default "don't" and the plain words). ``removes`` names the degradation that a
    restoration takes away, ``parts`` the operations that this one is short for, and ``excludes`` those which no
    sentence asks for beside it, because they contradict or contain it: to be said on one side only.
    """

    name: str
    family: Family
    slight: float
    plain: float
    strong: float
    words: DocumentedWords
    kept: str = ""
    removes: str | None = None
    parts: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


_TABLE = (
    Operation("denoise", "restoration", 0.5, 1.0, 1.0, _removing("the noise"), "keep the grain", removes="noise"),
    Operation("deblur", "restoration", 0.5, 1.0, 1.0, _removing("the blur"), "keep the blur", removes="blur"),
    Operation(
        "dejpeg",
        "restoration",
        *(0.5, 1.0, 1.0),
        words=_removing("the compression artefacts"),
        kept="keep the compression artefacts",
        removes="jpeg",
    ),
    Operation(
        "restore",
        "restoration",
        *(0.5, 1.0, 1.0),
        words=_removing("the noise and artefacts")._replace(plain="remove noise and artefacts"),
        kept="keep the flaws",
        parts=("denoise", "deblur", "dejpeg"),
        excludes=("denoise", "deblur", "dejpeg"),
    ),
    Operation("brighten", "tone", 0.25, 0.5, 0.8, _making("make it", "brighter")),
    Operation("darken", "tone", 0.25, 0.5, 0.8, _making("make it", "darker"), excludes=("brighten",)),
    Operation("contrast_up", "tone", 0.2, 0.4, 0.7, _changing("increase the contrast")),
    Operation("contrast_down", "tone", 0.2, 0.4, 0.7, _changing("reduce the contrast"), excludes=("contrast_up",)),
    Operation("saturate", "tone", 0.3, 0.6, 1.0, _making("make the colours", "more vivid")),
    Operation("desaturate", "tone", 0.3, 0.6, 0.85, _making("make the colours", "less vivid"), excludes=("saturate",)),
    Operation("warm", "tone", 0.25, 0.5, 0.85, _making("make it", "warmer")),
    Operation("cool", "tone", 0.25, 0.5, 0.85, _making("make it", "cooler"), excludes=("warm",)),
    Operation(
        "grayscale",
        "tone",
        *(0.5, 1.0, 1.0),
        words=DocumentedWords(
            "make it partly black and white", "make it black and white", "", "make it {} black and white"
        ),
        excludes=("saturate", "desaturate"),
    ),
    Operation(
        "sepia",
        "tone",
        *(0.5, 1.0, 1.0),
        words=DocumentedWords("add a slight sepia tone", "add a sepia tone", "", "add a {} sepia tone"),
        excludes=("saturate", "desaturate", "grayscale", "warm", "cool"),
    ),
    # Nothing invented: trained on pixels only.
    Operation(
        "faithful",
        "style",
        *(1.0, 1.0, 1.0),
        words=DocumentedWords("", "keep it faithful, nothing invented", "", "keep it {} faithful"),
        kept="allow new detail",
    ),
    # Natural detail: trained on pixels, VGG features and the discriminator.
    Operation(
        "crisp",
        "style",
        *(0.5, 1.0, 1.0),
        words=DocumentedWords("a bit more natural detail", "natural detail", "", "{} natural detail"),
        kept="don't add detail",
        excludes=("faithful",),
    ),
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _TABLE}
TONE = tuple(name for name, operation in OPERATIONS.items() if operation.family == "tone")
INTENTS = tuple(name for name, operation in OPERATIONS.items() if not operation.parts)
"""What a sentence can mean, part by part: "restore" is its three parts."""
RESTORE_PARTS = OPERATIONS["restore"].parts

# What the numbers of networks and readers mean whose files do not say it: the table as it was then. It never changes.
# fmt: off
FIRST_INTENTS = (
    "denoise", "deblur", "dejpeg", "brighten", "darken", "contrast_up", "contrast_down", "saturate", "desaturate",
    "warm", "cool", "grayscale", "sepia", "faithful", "crisp",
)
# fmt: on


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


DEFAULT_REQUEST = plain_request("restore", "crisp")
"""What is asked for when the user says nothing: clean up, natural detail."""


def amounts(request: Request) -> dict[str, float]:
    """Intent -> amount, with "restore" spelled out as its parts and kept operations left out."""
    result: dict[str, float] = {}
    for clause in request.clauses:
        result.update(dict.fromkeys(OPERATIONS[clause.operation].parts or (clause.operation,), clause.amount))
    return {name: amount for name, amount in result.items() if name not in request.keep}


def compatible(name: str, taken: Set[str]) -> bool:
    """Whether one sentence may ask for ``name`` beside the operations in ``taken``."""
    return name not in taken and not any(
        other in OPERATIONS[name].excludes or name in OPERATIONS[other].excludes for other in taken
    )


def canonical(request: Request) -> str:
    """The documented wording of ``request``: a short command, the same every time; "" for the empty request."""
    parts = [_canonical_clause(clause) for clause in request.clauses]
    kept = [OPERATIONS[name].kept or f"don't {OPERATIONS[name].words.plain}" for name in request.keep]
    if parts and kept:
        kept[0] = f"but {kept[0]}"
    return ", ".join(parts + kept)


def canonical_prompts() -> list[str]:
    """Documented wordings: of the default request, and of every operation at its slight, plain and strong amount."""
    requests = [DEFAULT_REQUEST]
    for operation in OPERATIONS.values():
        levels = (operation.slight, operation.plain, operation.strong)
        requests += [Request((Clause(operation.name, amount),)) for amount in levels]
    return list(dict.fromkeys(canonical(request) for request in requests))


def _canonical_clause(clause: Clause) -> str:
    operation = OPERATIONS[clause.operation]
    words = operation.words
    by_amount = {operation.slight: words.slight, operation.strong: words.strong, operation.plain: words.plain}
    # Where levels share an amount, plain wins.
    return by_amount.get(clause.amount) or words.number.format(f"{round(100 * clause.amount, 1):g} percent")
