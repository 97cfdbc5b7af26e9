"""Sizes said in a sentence: "remove the noise and make it twice as big" in, scale 2 and "remove the noise" out.

Only sizes count: "30% brighter", "2x sharper" and "8x8 blocks" stay in the sentence.
"""

import re
from dataclasses import dataclass
from functools import cache

from srgan_prompt.errors import UsageError

MAX_SCALE = 16.0
MAX_SIDE_PX = 65_535


@dataclass(frozen=True)
class SizeWish:
    """The size a sentence asks for: either ``scale``, or ``width_px`` and ``height_px`` (one of the two may be None,
    then the aspect ratio decides). ``rest`` is the sentence without it, "" if it said nothing else."""

    rest: str
    scale: float | None = None
    width_px: int | None = None
    height_px: int | None = None


_TIMES = {"twice": 2.0, "double": 2.0, "two": 2.0, "triple": 3.0, "three": 3.0, "quadruple": 4.0, "four": 4.0}
_TIMES |= {"five": 5.0, "six": 6.0, "eight": 8.0}
_COLUMNS_PX = {"2k": 2048, "4k": 3840, "5k": 5120, "8k": 7680, "uhd": 3840, "full hd": 1920, "fullhd": 1920}
_NAMES = "|".join(_COLUMNS_PX)

_NUMBER = r"\d+(?:[.,]\d+)?"
_COUNT = rf"(?:{_NUMBER}|two|three|four|five|six|eight)"
_IT = r"(?:it|this|that|everything|(?:(?:the|this|my)\s+)?(?:whole\s+)?(?:image|photo|picture|pic|shot|photograph))"
_ENLARGE = r"(?:upscale|up-scale|upsample|enlarge|resize|rescale|scale|blow|magnify|zoom|super-resolve)"
# What leads up to a size and goes away with it: "and make it ...", "upscale the photo to ...", "I want it ...".
_LEAD = (
    r"(?:(?:and|then|also|please)\s+){,3}(?:(?:(?:can|could|would)\s+you|i\s+want|i\s+need|i'd\s+like)\s+)?(?:to\s+)?"
    rf"(?:(?:{_ENLARGE}|make|get|want|need)\s+(?:up\s+)?(?:{_IT}\s+)?(?:up\s+)?(?:to\s+be\s+)?)?"
    rf"(?:{_IT}\s+(?:to\s+be\s+)?)?(?:(?:by|to|at|with|in)\s+)?(?:a\s+)?"
)
_LARGER = r"(?:bigger|larger|as\s+(?:big|large)|(?:(?:its|the)\s+)?(?:original\s+)?(?:size|resolution|dimensions?))"
_ENLARGING = rf"(?:(?:and|then|also|please)\s+){{,3}}{_ENLARGE}\s+(?:up\s+)?(?:{_IT}\s+)?(?:up\s+)?"
# "brighten by 2x" is no size, "enlarge by 2x" is; patterns that use this follow one that takes the latter.
_NOT_BY = r"(?<!\bby )"
# "2x" is a size unless a comparison follows that is not about size: "2x brighter".
_NO_COMPARISON = r"(?!\s*(?:more\b|less\b|as\s+(?!big|large)|(?!bigger|larger|super|upscaler)\w+er\b))"


_SCALES = (
    rf"{_ENLARGING}by\s+(?:[x×]\s?)?(?P<times>{_COUNT})(?:\s*(?:x|×|times)(?!\w))?(?!\s*[%\dx]|[.,]\d|\s*per)(?:\s+{_LARGER})?",
    rf"\b(?:increase|raise|boost)\s+(?:the\s+|its\s+)?(?:size|resolution)\s+(?:by\s+)?(?P<times>{_COUNT})\s*(?:x|times|fold)\b",
    rf"{_LEAD}\b(?P<times>twice|double|triple|quadruple|{_COUNT}\s*(?:x|×|times))\s+{_LARGER}\b",
    rf"{_LEAD}{_NOT_BY}(?<![\w.])(?P<times>\d{{1,2}}(?:\.\d+)?)\s?[x×](?![\w%]){_NO_COMPARISON}(?:\s+{_LARGER})?",
    rf"{_LEAD}{_NOT_BY}(?<!\w)[x×]\s?(?P<times>\d{{1,2}}(?:\.\d+)?)(?![\d%])\b{_NO_COMPARISON}(?:\s+{_LARGER})?",
    rf"{_LEAD}(?<!\w)(?P<more>{_NUMBER})\s*(?:%|percent|per\s+cent)\s+(?:bigger|larger)\b",
    rf"{_ENLARGING}by\s+(?P<more>{_NUMBER})\s*(?:%|percent\b|per\s+cent\b)",
    rf"{_ENLARGING}to\s+(?P<share>{_NUMBER})\s*(?:%|percent\b|per\s+cent\b)(?:\s+of\s+{_LARGER})?",
)
_PIXELS = r"\s*(?:px|pixels?)?"
_SIDES = (
    rf"{_LEAD}(?<!\w)(?P<width>\d{{3,6}})\s*(?:x|×|by)\s*(?P<height>\d{{3,6}})\b{_PIXELS}",
    rf"{_LEAD}\b(?P<width>\d{{2,6}}){_PIXELS}\s+(?:wide|in\s+width|width)\b",
    rf"{_LEAD}\b(?P<height>\d{{2,6}}){_PIXELS}\s+(?:high|tall|in\s+height|height)\b",
    rf"{_LEAD}\bwidth\s+(?:of\s+|to\s+)?(?P<width>\d{{2,6}})\b{_PIXELS}",
    rf"{_LEAD}\bheight\s+(?:of\s+|to\s+)?(?P<height>\d{{2,6}})\b{_PIXELS}",
    rf"{_LEAD}\b(?P<height>\d{{3,4}})p\b(?:\s+resolution)?",
    rf"{_LEAD}(?<=to )(?P<name>{_NAMES})\b(?:\s+resolution)?",
    rf"{_LEAD}\b(?P<name>{_NAMES})\s+(?:resolution|size|wide)\b",
)

_JOIN = r"(?:,|;|\.|&|\+|\band\b|\bthen\b|\balso\b|\bbut\b|\bplus\b|\bwith\b)"
_LOOSE_JOINS = rf"^(?:\s*{_JOIN})+|(?:{_JOIN}\s*)+$"
_DOUBLE_JOINS = rf"({_JOIN})(?:\s*{_JOIN})+"
_NOTHING_SAID = rf"(?:please|super.resolution|can|could|you|just|thanks|{_ENLARGE}|{_IT}|[\s,.;?!])*"


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Not at import: most commands say no size, and this takes longer than reading a picture."""
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


def size_from_sentence(text: str) -> SizeWish | None:
    """The size that ``text`` asks for, or None. Raises ``UsageError`` for two different sizes or an impossible one."""
    scales: set[float] = set()
    sides: dict[str, set[int]] = {"width": set(), "height": set()}
    rest = text
    for pattern in _compiled(_SCALES):
        scales.update(_scale_of(found) for found in pattern.finditer(rest))
        rest = pattern.sub(" ", rest)
    for pattern in _compiled(_SIDES):
        for found in pattern.finditer(rest):
            for side, length_px in _sides_of(found).items():
                sides[side].add(length_px)
        rest = pattern.sub(" ", rest)
    if not scales and not any(sides.values()):
        return None
    if len(scales) + max(map(len, sides.values())) > 1:
        raise UsageError(f'"{text}" asks for two different sizes; keep one of them.')
    width_px, height_px = (next(iter(sides[side]), None) for side in ("width", "height"))
    return SizeWish(_tidied(rest), next(iter(scales), None), width_px, height_px)


def _scale_of(found: re.Match[str]) -> float:
    groups = found.groupdict()
    if times := groups.get("times"):
        word = re.sub(r"\s*(x|×|times)$", "", times.lower())
        scale = _TIMES.get(word) or _number(word)
    elif more := groups.get("more"):
        scale = 1 + _number(more) / 100
    else:
        scale = _number(groups["share"]) / 100
    if not 0 < scale <= MAX_SCALE:
        raise UsageError(f'"{found[0].strip()}" is not a possible enlargement; ask for at most {MAX_SCALE:g} times.')
    return scale


def _sides_of(found: re.Match[str]) -> dict[str, int]:
    groups = found.groupdict()
    if name := groups.get("name"):
        return {"width": _COLUMNS_PX[" ".join(name.lower().split())]}
    sides = {side: int(length) for side, length in groups.items() if length}
    if not all(0 < length_px <= MAX_SIDE_PX for length_px in sides.values()):
        raise UsageError(f'"{found[0].strip()}" is not a possible size; a side has 1 to {MAX_SIDE_PX} pixels.')
    return sides


def _number(digits: str) -> float:
    return float(digits.replace(",", "."))


def _tidied(rest: str) -> str:
    """``rest`` without the joints that the removed size leaves behind; "" if only politeness is left."""
    rest = re.sub(_DOUBLE_JOINS, r"\1", " ".join(rest.split()))
    rest = re.sub(r"\s+([,.;?!])", r"\1", re.sub(_LOOSE_JOINS, "", rest)).strip()
    return "" if re.fullmatch(_NOTHING_SAID, rest.lower()) else rest
