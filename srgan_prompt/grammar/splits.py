"""Which wordings are reserved for testing: a sentence in, a yes or no out, always the same.

A sentence is reserved when two neighbouring content words of it are a reserved pair: about one pair in twelve,
by its checksum. Names of the image, degrees, numbers and politeness are not content, so "could you lift the shadows
a bit" and "lift shadows" are reserved together. Training can never utter a reserved pair, whatever pattern it uses.
"""

import re
import zlib
from itertools import pairwise
from typing import Literal

Split = Literal["train", "test", "all"]

_RESERVED_PER_THOUSAND = 85
_SALT = "srgan_prompt wordings 1"
_NOT_A_WORD = re.compile(r"[^\w\s]")
_FILLING = re.compile(
    "a an the this that my its it is it's i me you u we someone to of in on from and or then also but with for at so be"
    " can could would should please thanks thank image photo picture pic shot photograph snapshot whole entire overall"
    " bit little tad touch lot very slightly much more some by percent per cent too just make makes made look looks"
    " want need like colour color".replace(" ", "|")
)


def normalised(sentence: str) -> str:
    """Lower case, no punctuation, single spaces."""
    return " ".join(_NOT_A_WORD.sub("", sentence.lower()).split())


def is_reserved(sentence: str) -> bool:
    """True if ``sentence`` holds a phrase that training never sees."""
    content = [word for word in normalised(sentence).split() if not (_FILLING.fullmatch(word) or word[0].isdigit())]
    return any(_checksum(pair) % 1000 < _RESERVED_PER_THOUSAND for pair in pairwise(content))


def belongs_to(sentence: str, split: Split) -> bool:
    """Whether ``split`` may contain ``sentence``; "all" contains every sentence."""
    return split == "all" or is_reserved(sentence) == (split == "test")


def _checksum(pair: tuple[str, str]) -> int:
    return zlib.crc32(f"{_SALT} {pair[0]} {pair[1]}".encode())
