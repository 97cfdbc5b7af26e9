"""How large a result shall be: flags, or words of the prompt, become (width, height) for every single image.

"Remove the noise and make it twice as big" is scale 2 and "remove the noise". Only sizes count: "30% brighter", "2x
sharper" and "8x8 blocks" stay in the sentence. What looks like a size and is none that is known here is named, never
guessed. Lengths are pixels of the upright image.
"""

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from srgan_prompt.errors import UsageError
from srgan_prompt.prompts import size_patterns as patterns

MAX_SCALE = 64


@dataclass(frozen=True)
class TargetSize:
    """At most one wish: ``scale``, a box (``width_px``, ``height_px`` or both), the longer side ``max_side_px``, the
    shorter side ``min_side_px``, or the area ``num_pixels``.

    The aspect ratio is always kept: of a box with both sides the result is the largest that fits into it.
    No wish at all means the network's own scale.
    """

    scale: float | None = None
    width_px: int | None = None
    height_px: int | None = None
    max_side_px: int | None = None
    min_side_px: int | None = None
    num_pixels: int | None = None

    def __post_init__(self) -> None:
        wishes = self.scale, self.width_px or self.height_px, self.max_side_px, self.min_side_px, self.num_pixels
        if sum(wish is not None for wish in wishes) > 1:
            raise UsageError("Give one of a scale, a width and height, a longest side, a shortest side or an area.")

    def size_px(self, width_px: int, height_px: int, network_scale: int) -> tuple[int, int]:
        """(width, height) of the result of an image of ``width_px`` x ``height_px``.

        Raises UsageError if that is an upscaling by more than ``MAX_SCALE``.
        """
        factor = self._factor(width_px, height_px, network_scale)
        if not 0 < factor <= MAX_SCALE:
            raise UsageError(
                f"A {width_px} x {height_px} image would be upscaled {factor:.4g} times; {MAX_SCALE} is the most."
            )
        return max(1, round(width_px * factor)), max(1, round(height_px * factor))

    def _factor(self, width_px: int, height_px: int, network_scale: int) -> float:
        if self.scale is not None:
            return self.scale
        if self.max_side_px is not None:
            return self.max_side_px / max(width_px, height_px)
        if self.min_side_px is not None:
            return self.min_side_px / min(width_px, height_px)
        if self.num_pixels is not None:
            return math.sqrt(self.num_pixels / (width_px * height_px))
        if self.width_px is None and self.height_px is None:
            return network_scale
        across = math.inf if self.width_px is None else self.width_px / width_px
        down = math.inf if self.height_px is None else self.height_px / height_px
        return min(across, down)


NO_SIZE = TargetSize()
MAX_SAID_SCALE = 16.0
MAX_SIDE_PX = 65_535
MAX_MEGAPIXELS = 1000
_MAX_LEAD = 120  # characters before a size that may lead up to it
_SIDES = ("width", "height", "longest", "shortest", "lines")

Wish = tuple[str, float]
"""A field of ``TargetSize`` and its value."""


@dataclass(frozen=True)
class SizeWish:
    """The size a sentence asks for, if any. ``rest`` is the sentence without it, "" if it said nothing else;
    ``unread``: what looks like a size there and was not understood."""

    rest: str
    size: TargetSize | None = None
    unread: tuple[str, ...] = ()


def size_from_sentence(text: str) -> SizeWish:
    """What ``text`` says of the size. Raises ``UsageError`` for two different sizes or an impossible one."""
    wishes: set[Wish] = set()
    rest = text
    for pattern in _compiled(patterns.SIZES) if _may_name_a_size(text) else ():
        found, rest = _taken_out(pattern, rest)
        wishes.update(wish for match in found for wish in _wishes_of(match))
    rest = _tidied(rest) if wishes else text
    return SizeWish(rest, _one_size(wishes, text), _unread(rest))


@cache
def _compiled(sources: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Not at import: most commands say no size, and this takes longer than reading an image."""
    return tuple(re.compile(source, re.IGNORECASE) for source in sources)


def _may_name_a_size(text: str) -> bool:
    """Cheap, and true for everything that the patterns take."""
    words = r"\d|twice|thrice|doubl|tripl|quadrupl|hal[fv]|third|quarter|times|fold\b|hd\b|factor"
    words += r"|(?:same|original|current|present|actual|the|its)\s+(?:\w+\s+)?(?:size|resolution|dimension)"
    words += r"|(?:without|don't|do\s+not)\s+(?:enlarg|upscal|resiz)"
    return re.search(words, text, re.IGNORECASE) is not None


def _taken_out(pattern: re.Pattern[str], text: str) -> tuple[list[re.Match[str]], str]:
    """All that ``pattern`` finds, and ``text`` without that and what leads up to it."""
    found, kept, end = list(pattern.finditer(text)), [], 0
    for match in found:
        before = text[max(end, match.start() - _MAX_LEAD) : match.start()]
        (leads_up,) = _compiled((rf"(?:(?<!\w)(?:{patterns.LEAD}))?$",))
        # "Restore it at the same size" leaves "restore it".
        lead = None if match.groupdict().get("same") else leads_up.search(before)
        start = match.start() if lead is None else match.start() - len(before) + lead.start()
        kept.append(text[end:start])
        end = match.end()
    return found, " ".join([*kept, text[end:]]) if found else text


def _wishes_of(found: re.Match[str]) -> list[Wish]:
    groups = {name: value for name, value in found.groupdict().items() if value is not None}
    if "name" in groups:
        return [("max_side_px", patterns.NAMED_SIDES_PX[" ".join(groups["name"].lower().split())])]
    if "megapixels" in groups:
        millions = _number(groups["megapixels"])
        if not 0 < millions <= MAX_MEGAPIXELS:
            raise UsageError(f'"{found[0].strip()}" is not a possible size; at most {MAX_MEGAPIXELS} megapixels are.')
        return [("num_pixels", round(millions * 1e6))]
    if sides := {side: _length_px(groups[side]) for side in _SIDES if side in groups}:
        if not all(0 < length_px <= MAX_SIDE_PX for length_px in sides.values()):
            raise UsageError(f'"{found[0].strip()}" is not a possible size; a side has 1 to {MAX_SIDE_PX} pixels.')
        fields = {"longest": "max_side_px", "shortest": "min_side_px", "lines": "min_side_px"}
        return [(fields.get(side, f"{side}_px"), length_px) for side, length_px in sides.items()]
    scale = _scale_of(groups, found[0])
    if not 0 < scale <= MAX_SAID_SCALE:
        raise UsageError(f'"{found[0].strip()}" is not a possible upscaling; ask for at most {MAX_SAID_SCALE:g} times.')
    return [("scale", scale)]


def _scale_of(groups: dict[str, str], said: str) -> float:
    """Output side / input side. "By" so many percent is the change, "to" so many is what is left."""
    shrinks = "shrink" in groups
    if "same" in groups:
        return 1.0
    if "times" in groups:
        word = " ".join(re.sub(r"\s*(x|×|times)$", "", groups["times"].lower()).split())
        factor = patterns.COUNTS.get(word) or _number(word or "2")
        return 1 / factor if shrinks and factor else factor
    if "fraction" in groups:
        fraction = patterns.FRACTIONS[" ".join(groups["fraction"].lower().split())]
        return fraction if "by" not in groups else 1 - fraction if shrinks else 1 + fraction
    if "more" in groups:
        change = _number(groups["more"]) / 100
        return 1 - change if shrinks else 1 + change
    if "percent" in groups:
        share = _number(groups["percent"]) / 100
        grows = share < 1 and re.match(r"(?:enlarge|up|blow|magnify|expand)", said, re.IGNORECASE)
        return 1 - share if shrinks else 1 + share if grows else share
    return _number(groups["share"]) / 100


def _one_size(wishes: set[Wish], text: str) -> TargetSize | None:
    if not wishes:
        return None
    fields: dict[str, Any] = dict(wishes)
    if len(fields) < len(wishes) or (len(fields) > 1 and set(fields) != {"width_px", "height_px"}):
        raise UsageError(f'"{text}" asks for two different sizes; keep one of them.')
    return TargetSize(**fields)


def _unread(rest: str) -> tuple[str, ...]:
    """What looks like a size in ``rest``, in order, overlapping findings but once."""
    spans = [match.span() for pattern in _compiled(patterns.LOOKS_LIKE_A_SIZE) for match in pattern.finditer(rest)]
    named, end = [], 0
    for start, stop in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= end:
            named.append(rest[start:stop].strip())
            end = stop
    return tuple(named)


def _length_px(digits: str) -> int:
    return int(re.sub(r"\D", "", digits))


def _number(digits: str) -> float:
    return float(digits.replace(",", "."))


def _tidied(rest: str) -> str:
    """``rest`` without the joints that the removed size leaves behind; "" if only politeness is left."""
    rest = re.sub(patterns.DOUBLE_JOINS, r"\1", " ".join(rest.split()))
    rest = re.sub(r"\s+([,.;?!])", r"\1", re.sub(patterns.LOOSE_JOINS, "", rest)).strip()
    return "" if re.fullmatch(patterns.NOTHING_SAID, rest.lower()) else rest
