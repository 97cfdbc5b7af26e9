"""Sentences whose meaning is known: hand-written ones, people's own, and those of the grammar.

``HandWritten`` sentences are the independent test of a prompt reader: no grammar made them, and each is labelled with
all that it asks and forbids. The set "evaluation" only tests; "calibration" only chooses thresholds and the
temperature. Neither is ever trained on. How amounts are labelled stands in the files themselves, under ``about``.

A ``Sentence`` asks for one operation, and its output can be scored (see ``measures``): people's own come from a
file, others from those wordings of the grammar that training never sees.
"""

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictBool, TypeAdapter, ValidationError

from srgan_prompt.checkpoints.format import read_json
from srgan_prompt.errors import DataError, ModelError
from srgan_prompt.evaluation.confusion import NAMES, REQUESTS
from srgan_prompt.grammar.generate import write_instruction
from srgan_prompt.prompts.operations import INTENTS, OPERATIONS, Request, amounts, plain_request
from srgan_prompt.prompts.reading import Reading

RequestKind = Literal["single", "pair", "triple", "negation", "limit", "contrast", "amount"]
NoRequestKind = Literal["content", "impossible", "foreign", "chatter"]
Kind = RequestKind | NoRequestKind | Literal["mixed"]
Degree = Literal["slight", "plain", "strong"]

_HOW_MUCH = re.compile(
    r"\b(an? (bit|lot|tad|touch|hint|shade|tiny|small|large|great|high|huge|good deal)|slight\w*|little|very|somewhat"
    r"|subtl\w*|gentl\w*|some of|moderate\w*|part\w*|half|significant\w*|strong\w*|heavily|much more|way more|far more"
    r"|drastic\w*|dramatic\w*|considerab\w*|extremely|lots)\b|\d",
    re.IGNORECASE,
)


def _known(operation: str) -> str:
    if operation not in INTENTS:
        raise ValueError(f"unknown operation {operation!r}, where known are {', '.join(INTENTS)}")
    return operation


def _in_range(amount: object) -> object:
    if isinstance(amount, int | float) and not isinstance(amount, bool):
        fits = 0 <= amount <= 1
    else:
        fits = amount in get_args(Degree)
    if not fits:
        raise ValueError(f"{amount!r} is neither a number in [0, 1] nor one of {', '.join(get_args(Degree))}")
    return amount


Operation = Annotated[str, AfterValidator(_known)]
Amount = Annotated[str | float, BeforeValidator(_in_range)]


@dataclass(frozen=True)
class HandWritten:
    """One sentence and its meaning.

    Attributes:
        prompt: what a user types.
        asks: each wanted operation with "slight", "plain" (no degree word), "strong", or a number in [0, 1] that the
            sentence names.
        forbids: operations that the sentence rules out in words.
        unread: some part asks for what no operation does, or nothing is asked at all; the user must be told.
        kind: what makes the sentence easy or hard; ``mixed`` is a wish that can be granted beside one that cannot.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    prompt: Annotated[str, Field(min_length=1)]
    asks: dict[Operation, Amount]
    forbids: tuple[Operation, ...]
    unread: StrictBool
    kind: Kind

    def __post_init__(self) -> None:
        """Raises ValueError for labels that contradict each other."""
        both = [operation for operation in self.forbids if operation in self.asks]
        if both:
            raise ValueError(f"{self.prompt!r} both asks and forbids {both[0]}")
        if len(set(self.forbids)) < len(self.forbids):
            raise ValueError(f"{self.prompt!r} forbids an operation twice")
        if self.unread != (self.kind not in get_args(RequestKind)):
            raise ValueError(f"{self.prompt!r} is {self.kind}, so unread must be {not self.unread}")
        if self.kind in get_args(NoRequestKind):
            if self.asks or self.forbids:
                raise ValueError(f"{self.prompt!r} is {self.kind}, so it can ask and forbid nothing")
        elif not self.asks and not self.forbids:
            raise ValueError(f"{self.prompt!r} is {self.kind}, so it must ask or forbid something")

    @property
    def meaning(self) -> Reading:
        """The reading that the sentence deserves."""
        amount_of = {
            name: getattr(OPERATIONS[name], amount) if isinstance(amount, str) else float(amount)
            for name, amount in self.asks.items()
        }
        return Reading(amount_of, self.forbids, is_complete=not self.unread)


@dataclass(frozen=True)
class _File:
    __pydantic_config__ = ConfigDict(extra="forbid")

    about: Annotated[str, Field(min_length=1)]
    sentences: Annotated[tuple[HandWritten, ...], Field(min_length=1)]


def single_wishes(sentences: Sequence[HandWritten]) -> list[tuple[str, str]]:
    """Those that ask for one operation and nothing else, at whatever amount: each prompt with its operation. The three
    parts of "restore" together are one operation."""
    names = {frozenset(amounts(plain_request(name))): name for name in OPERATIONS}
    return [
        (each.prompt, names[frozenset(each.asks)])
        for each in sentences
        if frozenset(each.asks) in names and not each.forbids and not each.unread
    ]


def without_wish(sentences: Sequence[HandWritten]) -> list[HandWritten]:
    """Those that ask and forbid nothing."""
    return [each for each in sentences if each.kind in get_args(NoRequestKind)]


def load_hand_written(name: Literal["evaluation", "calibration"]) -> tuple[HandWritten, ...]:
    """The sentences of that set, which ships with the package, in the order of the file.

    Raises:
        DataError: the file is malformed.
    """
    file = f"sentences/{name}.json"
    return parse_hand_written((resources.files("srgan_prompt.evaluation.audit") / file).read_bytes(), file)


def parse_hand_written(content: bytes, source: str) -> tuple[HandWritten, ...]:
    """The sentences in ``content``, a JSON document with ``about`` and ``sentences`` that came from ``source``.

    Raises:
        DataError: it is not strict JSON, or a label is unknown, out of range or contradicts another.
    """
    try:
        return TypeAdapter(_File).validate_python(read_json(content, source)).sentences
    except ModelError as error:
        raise DataError(str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        message = first["msg"].removeprefix("Value error, ")
        raise DataError(f"{source} cannot be used, mend {where}: {message}.") from None


def by_kind(sentences: Sequence[HandWritten]) -> dict[str, np.ndarray]:
    """Which of the S sentences are of each kind that occurs, booleans (S,), and of "all"."""
    kinds = np.array([each.kind for each in sentences])
    return {kind: kinds == kind for kind in dict.fromkeys(kinds.tolist())} | {"all": np.full(len(kinds), True)}


@dataclass(frozen=True)
class Sentence:
    """A prompt and the one operation that it asks for, at its plain amount.

    ``says_how_much``: at another amount ("a bit", "by 15%"), which we can only guess, for people share no scale.
    """

    prompt: str
    operation: str
    says_how_much: bool = False

    @property
    def request(self) -> int:
        """Its number among ``confusion.REQUESTS``."""
        return NAMES.index(self.operation)


def read_sentences(path: Path) -> list[Sentence]:
    """People's sentences out of a JSON file ``{"requests": [{"prompt": ..., "op": ...}, ...]}``.

    Raises DataError for a file of another form, or with an operation that the audit does not know.
    """
    try:
        rows = json.loads(path.read_text("utf-8"))["requests"]
        sentences = [Sentence(row["prompt"], row["op"], bool(_HOW_MUCH.search(row["prompt"]))) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f'{path}: not a file of requests ({error!r}); it holds {{"requests": [{{"prompt", "op"}}]}}.'
        ) from None
    for sentence in sentences:
        if sentence.operation not in NAMES:
            raise DataError(f"{path}: operation {sentence.operation!r} is not one of {', '.join(NAMES)}.")
    return sentences


def grammar_sentences(num_each: int, seed: int, requests: Sequence[Request] = REQUESTS) -> list[Sentence]:
    """``num_each`` wordings of every one of ``requests`` that training can never have seen."""
    rng = random.Random(seed)  # noqa: S311  not for secrets
    return [
        Sentence(write_instruction(request, rng, "test"), request.clauses[0].operation)
        for request in requests
        for _ in range(num_each)
    ]
