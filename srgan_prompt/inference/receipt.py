"""What a prompt did to one image, measured: its result beside that of the empty prompt, in figures and in a sentence.

Sharpness and the mean change are measured on the results as they are. The other figures are measured on both results
reduced to the size of the input by means, where noise is as fine as it was in the input and its 8 x 8 blocks have 8
pixels. What is transparent does not count, nor does what is outside of the region. See ``images.appearance``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from srgan_prompt.images.appearance import Appearance, appearance, hue_shift_deg, mean_change, sharpness
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.inference.resize import bilinear, means
from srgan_prompt.prompts.prompt import Prompt
from srgan_prompt.prompts.reading import ReadClause

NOTICEABLE = {
    "lightness": 0.5,
    "contrast": 0.5,
    "chroma": 1.0,
    "warmth": 1.0,
    "noise": 0.5,
    "sharpness": 0.05,
    "blockiness": 0.1,
}
"""The smallest differences that are told, in the units of the figures; of sharpness relative to the unprompted one."""

NOTICEABLE_HUE_DEG = 2.0
INVISIBLE_BELOW = 0.5  # of 255, on average

SHOWS_IN = {
    "denoise": ("noise", -1),
    "deblur": ("sharpness", 1),
    "dejpeg": ("blockiness", -1),
    "brighten": ("lightness", 1),
    "darken": ("lightness", -1),
    "contrast_up": ("contrast", 1),
    "contrast_down": ("contrast", -1),
    "saturate": ("chroma", 1),
    "desaturate": ("chroma", -1),
    "warm": ("warmth", 1),
    "cool": ("warmth", -1),
    "grayscale": ("chroma", -1),
    "crisp": ("sharpness", 1),
}
"""Operation -> the figure that it moves, and which way. Others, such as sepia, have none of their own."""


@dataclass(frozen=True)
class Receipt:
    """What was asked and what was measured; the string of it is one sentence.

    ``asked``: operations and their amounts, times weights and strength; below 0 is the opposite. ``hue_shift_deg`` is
    None where one of the images is grey, ``mean_change`` is in levels of 255. ``reason``: why nothing could change.
    """

    asked: Mapping[str, float]
    unprompted: Appearance
    prompted: Appearance
    hue_shift_deg: float | None
    mean_change: float
    reason: str = ""

    @property
    def seen(self) -> dict[str, str]:
        """The operations asked for whose figure noticeably moved their way, and that figure."""
        return {name: figure for name, (figure, is_seen) in self._judged().items() if is_seen}

    @property
    def not_seen(self) -> dict[str, str]:
        """The operations asked for whose figure did not: an image without noise, for one, shows no denoising."""
        return {name: figure for name, (figure, is_seen) in self._judged().items() if not is_seen}

    def _judged(self) -> dict[str, tuple[str, bool]]:
        judged = {}
        for name, amount in self.asked.items():
            figure, direction = SHOWS_IN.get(name, ("", 0))
            change = self._change(figure) if figure else None
            if change is not None:
                judged[name] = figure, change * direction * np.sign(amount) >= NOTICEABLE[figure]
        return judged

    def _change(self, figure: str) -> float | None:
        """In the units of NOTICEABLE; None where it cannot be measured."""
        before, after = getattr(self.unprompted, figure), getattr(self.prompted, figure)
        if before is None or after is None or (figure == "sharpness" and not before):
            return None
        return float((after - before) / before if figure == "sharpness" else after - before)

    def as_json(self) -> dict[str, Any]:
        """Plain values, figures rounded to three digits after the point."""
        values = asdict(self, dict_factory=_rounded) | {"asked": _rounded(self.asked.items())}
        return {"summary": str(self), **values, "seen": self.seen, "not_seen": self.not_seen}

    def __str__(self) -> str:
        if self.reason:
            return f"{self.reason}, so nothing was changed"
        if not self.mean_change:
            return "the prompt was understood, but not one pixel is other than with the empty prompt"
        told = ", ".join(self._told_changes())
        if not told and self.mean_change < INVISIBLE_BELOW:
            told = f"hardly a change, {self.mean_change:.2f} of 255 levels on average"
        elif not told:
            told = f"no figure changed, but pixels did by {self.mean_change:.1f} of 255 levels on average"
        missed = ", ".join(f"{names} ({self._told(figure)})" for figure, names in _by_figure(self.not_seen).items())
        return f"against the empty prompt: {told}" + (f"; not seen: {missed}" if missed else "")

    def _told_changes(self) -> Iterator[str]:
        """What was asked for first, and then what else changed noticeably."""
        asked_for = _by_figure(self.seen)
        for figure, names in asked_for.items():
            yield f"{self._told(figure)} ({names})"
        for figure, least in NOTICEABLE.items():
            change = self._change(figure)
            if figure not in asked_for and change is not None and abs(change) >= least:
                yield self._told(figure)
        if self.hue_shift_deg is not None and abs(self.hue_shift_deg) >= NOTICEABLE_HUE_DEG:
            yield f"hue {self.hue_shift_deg:+.0f} degrees"

    def _told(self, figure: str) -> str:
        """Such as "noise 7.2 -> 1.7"; sharpness, whose figures say little by themselves, in percent."""
        if figure == "sharpness":
            return f"sharpness {100 * (self._change(figure) or 0.0):+.0f} %"
        before, after = (round(getattr(each, figure), 1) + 0.0 for each in (self.unprompted, self.prompted))
        return f"{figure} {before:.1f} -> {after:.1f}"


def measure_receipt(
    unprompted: LoadedImage,
    prompted: LoadedImage,
    input_px: tuple[int, int],
    *,
    region: np.ndarray | None = None,
    asked: Mapping[str, float] | None = None,
    reason: str = "",
) -> Receipt:
    """Both results, of one size and dtype, of an input of (width, height) ``input_px``.

    ``region``: where the prompt acts, uint8 [height, width] of the input (see ``region_weights``); what counts is where
    it acts at least half as strongly as at its strongest. Where that is nowhere visible, hidden pixels count.
    """
    before, after = unprompted.as_srgb(), prompted.as_srgb()
    inside = _inside(after, region)
    size_px = min(input_px[0], after.width_px), min(input_px[1], after.height_px)
    shares = means(inside.astype(np.uint8) * 255, size_px)
    coarse_inside = shares > min(127, shares.max() - 1)
    small = [_reduced(each.rgb, size_px) for each in (before, after)]
    figures = [
        replace(appearance(coarse, coarse_inside), sharpness=sharpness(fine.rgb, inside))
        for coarse, fine in zip(small, (before, after), strict=True)
    ]
    return Receipt(
        asked=asked or {},
        unprompted=figures[0],
        prompted=figures[1],
        hue_shift_deg=hue_shift_deg(small[0], small[1], coarse_inside),
        mean_change=mean_change(before.rgb, after.rgb, inside),
        reason=reason,
    )


def asked_amounts(prompt: Prompt, readings: Sequence[ReadClause]) -> dict[str, float]:
    """What ``prompt``, read as ``readings``, asks of the network: each operation, over all clauses."""
    asked: dict[str, float] = {}
    for clause in readings:
        for name, amount in clause.reading.amounts.items():
            asked[name] = asked.get(name, 0.0) + prompt.strength * clause.weight * amount
    return asked


def why_nothing_acts(prompt: Prompt) -> str:
    """The reason why a network was not steered by ``prompt``."""
    if not prompt.clauses:
        return "nothing was asked"
    return "the strength is 0" if not prompt.strength else "nothing that this model can do was asked"


def _by_figure(judged: Mapping[str, str]) -> dict[str, str]:
    """Figure -> the operations that it judges, such as "deblur, crisp"."""
    figures = dict.fromkeys(judged.values())
    return {figure: ", ".join(name for name, moved in judged.items() if moved == figure) for figure in figures}


def _inside(image: LoadedImage, region: np.ndarray | None) -> np.ndarray:
    """Which pixels count, [H, W]; at least one does."""
    inside = np.ones(image.rgb.shape[:2], bool)
    if region is not None:
        weights = bilinear(region, (image.width_px, image.height_px))
        inside = 2 * weights.astype(np.uint16) >= weights.max()
    visible = inside if image.alpha is None else inside & (image.alpha > 0)
    return visible if visible.any() else inside


def _reduced(rgb: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """Means, uint16, so that those of 8-bit pixels are not rounded to 8 bits; one channel at a time."""
    factor = 257 if rgb.dtype == np.uint8 else 1
    return np.dstack([means(rgb[..., channel].astype(np.uint16) * factor, size_px) for channel in range(3)])


def _rounded(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in items}
