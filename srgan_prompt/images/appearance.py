"""How an image looks, in figures: lightness, contrast, colour, noise, sharpness, and the blocks of a JPEG file.

Images are sRGB, uint8 or uint16, [H, W, 3]; ``inside`` [H, W] says which pixels count. The figures:

    lightness    mean L* of CIELAB (CIE 15), 0 to 100
    contrast     standard deviation of L*: RMS contrast (Peli 1990)
    chroma       mean C*ab; 0 is grey
    warmth       mean b*: above 0 is yellow, below 0 is blue
    noise        sigma in levels of 255, of R, G and B alike: Immerkaer's mask (1996), blind to ramps and edges,
                 and the median of its answers over 0.6745 (Donoho and Johnstone 1994) in place of their mean
    sharpness    RMS of the Laplacian over the standard deviation, both of luma: the root of the variance of the
                 Laplacian (Pech-Pacheco et al. 2000), as a ratio, so that contrast alone does not change it
    blockiness   the mean step of L* across the borders of 8 x 8 blocks minus the mean of all other steps between
                 neighbours (B and A of Wang, Sheikh and Bovik 2002); about 0 without blocks

No figure knows what it looks at: fine texture reads as some noise, and noise as sharpness.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from srgan_prompt.images.color import luma
from srgan_prompt.images.image import bands_of_rows

JPEG_BLOCK_PX = 8
_SRGB_TO_XYZ = np.array(  # IEC 61966-2-1
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
)
_WHITE = _SRGB_TO_XYZ.sum(axis=1)
_NEUTRAL_BELOW = 1.0  # mean C*ab of an image that has no hue to speak of
_NORM_OF_MASK = 6.0  # root of the sum of squares of Immerkaer's mask
_MEDIAN_OF_NORMAL = 0.6745  # of |x|, in sigmas
_MAX_SAMPLES = 2**22


@dataclass(frozen=True)
class Appearance:
    """The figures of one image; see above. ``blockiness`` is None where no border of blocks is inside."""

    lightness: float
    contrast: float
    chroma: float
    warmth: float
    noise: float
    sharpness: float
    blockiness: float | None


def appearance(rgb: np.ndarray, inside: np.ndarray) -> Appearance:
    """All figures of the pixels ``inside``, of which there must be one."""
    lab = to_lab(rgb)
    light, redness, yellowness = lab[inside].T
    return Appearance(
        lightness=float(light.mean(dtype=np.float64)),
        contrast=float(light.std(dtype=np.float64)),
        chroma=float(np.hypot(redness, yellowness).mean(dtype=np.float64)),
        warmth=float(yellowness.mean(dtype=np.float64)),
        noise=noise_sigma(rgb, inside),
        sharpness=sharpness(rgb, inside),
        blockiness=blockiness(lab[..., 0], inside),
    )


def mean_change(before: np.ndarray, after: np.ndarray, inside: np.ndarray) -> float:
    """The mean absolute difference in levels of 255; 0 only if both images are equal wherever ``inside``."""
    total = sum(
        np.abs(before[rows].astype(np.int32) - after[rows]).sum(axis=-1, where=inside[rows, :, None]).sum(dtype=float)
        for rows in bands_of_rows(len(before))
    )
    return float(total) / (3 * int(inside.sum())) * 255 / int(np.iinfo(before.dtype).max)


def hue_shift_deg(before: np.ndarray, after: np.ndarray, inside: np.ndarray) -> float | None:
    """The mean angle that hues h_ab turned by, from -180 to 180, pixels weighted by both chromas.

    From red towards yellow is positive. None if one of the images is grey.
    """
    one, other = (to_lab(image)[inside] @ np.array([0, 1, 1j], np.complex64) for image in (before, after))
    if min(np.abs(one).mean(), np.abs(other).mean()) < _NEUTRAL_BELOW:
        return None
    return float(np.degrees(np.angle((one.conj() * other).mean(dtype=np.complex128))))


def noise_sigma(rgb: np.ndarray, inside: np.ndarray) -> float:
    """Sigma of the noise in levels of 255; 0 where no pixel has all its neighbours ``inside``."""
    step = rgb.shape[0] * rgb.shape[1] // _MAX_SAMPLES + 1
    answers = []
    for rows in bands_of_rows(len(rgb)):
        band = slice(rows.start, rows.stop + 2)
        whole = _is_whole(inside[band])[::step]
        values = rgb[band].astype(np.int32)
        curved = values[:, :-2] - 2 * values[:, 1:-1] + values[:, 2:]
        answers.append(np.abs(curved[:-2] - 2 * curved[1:-1] + curved[2:])[::step][whole])
    found = np.concatenate(answers)
    if not found.size:
        return 0.0
    return float(np.median(found)) / (_NORM_OF_MASK * _MEDIAN_OF_NORMAL) * 255 / int(np.iinfo(rgb.dtype).max)


def sharpness(rgb: np.ndarray, inside: np.ndarray) -> float:
    """The ratio above; 0 for an image of one grey, and where no pixel has all its neighbours ``inside``."""
    levels = np.arange(int(np.iinfo(rgb.dtype).max) + 1.0)
    histogram, square, num_whole = np.zeros(len(levels)), 0.0, 0
    for rows in bands_of_rows(len(rgb)):
        band = slice(rows.start, rows.stop + 2)
        values = luma(rgb[band])
        histogram += np.bincount(values[: rows.stop - rows.start][inside[rows]], minlength=len(levels))
        curvature = _laplacian(values.astype(np.float32))[_is_whole(inside[band])]
        square += float(np.square(curvature).sum(dtype=np.float64))
        num_whole += curvature.size
    share = histogram / histogram.sum()
    variance = float(share @ (levels - share @ levels) ** 2)
    return (square / num_whole / variance) ** 0.5 if num_whole and variance else 0.0


def blockiness(light: np.ndarray, inside: np.ndarray) -> float | None:
    """In units of L*, of ``light`` [H, W], for blocks that begin at its left upper corner.

    None where no border of blocks, or nothing else, is ``inside``.
    """
    at_borders, elsewhere = [], []
    for values, counts in ((light, inside), (light.T, inside.T)):
        steps, both = np.abs(np.diff(values)), counts[:, 1:] & counts[:, :-1]
        is_border = np.arange(1, values.shape[1]) % JPEG_BLOCK_PX == 0
        at_borders.append(steps[:, is_border][both[:, is_border]])
        elsewhere.append(steps[:, ~is_border][both[:, ~is_border]])
    across, within = np.concatenate(at_borders), np.concatenate(elsewhere)
    return float(across.mean() - within.mean()) if across.size and within.size else None


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB of sRGB, float32 [H, W, 3], for the white of sRGB (D65): L* from 0 to 100, a*, b*; greys have 0, 0."""
    result = np.empty(rgb.shape, np.float32)
    light, to_xyz = _light_of_levels(int(np.iinfo(rgb.dtype).max)), (_SRGB_TO_XYZ / _WHITE[:, None]).T
    for rows in bands_of_rows(len(rgb)):
        xyz = light[rgb[rows]] @ to_xyz
        bent = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * np.float32((29 / 6) ** 2 / 3) + np.float32(4 / 29))
        x, y, z = np.moveaxis(bent, -1, 0)
        result[rows] = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
    return result


@cache
def _light_of_levels(max_level: int) -> np.ndarray:
    """Linear light in [0, 1] of every level of an sRGB channel (IEC 61966-2-1), float32."""
    values = np.arange(max_level + 1) / max_level
    return np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92).astype(np.float32)


def _laplacian(values: np.ndarray) -> np.ndarray:
    """Of four neighbours, at every pixel that has all eight."""
    around = values[:-2, 1:-1] + values[2:, 1:-1] + values[1:-1, :-2] + values[1:-1, 2:]
    return around - 4 * values[1:-1, 1:-1]


def _is_whole(inside: np.ndarray) -> np.ndarray:
    """Whether a pixel and its eight neighbours are inside, at every pixel that has them."""
    across = inside[:, :-2] & inside[:, 1:-1] & inside[:, 2:]
    return across[:-2] & across[1:-1] & across[2:]
