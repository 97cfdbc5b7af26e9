"""Sentences that no grammar made, with what each asks and forbids: the independent test of a prompt reader.

``evaluation`` only tests; ``calibration`` only chooses thresholds and the temperature. Neither is ever trained on.
How amounts are labelled stands in the files themselves, under ``about``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictBool, TypeAdapter, ValidationError

from srgan_prompt.checkpoints.strict_json import read_json
from srgan_prompt.errors import DataError, ModelError
from srgan_prompt.prompts.operations import INTENTS, OPERATIONS, amounts, plain_request

RequestKind = Literal["single", "pair", "triple", "negation", "limit", "contrast", "amount"]
NoRequestKind = Literal["content", "impossible", "foreign", "chatter"]
Kind = RequestKind | NoRequestKind | Literal["mixed"]
Degree = Literal["slight", "plain", "strong"]


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
