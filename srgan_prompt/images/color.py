"""Colour: a file's ICC profile -> sRGB on reading, sRGB -> that profile on writing.

Arrays are uint8 or uint16, grey [H, W], RGB [H, W, 3] or CMYK [H, W, 4], and keep their dtype. Little CMS works on
8 bits here; 16-bit pixels go through a table of its answers, interpolated, so that they stay smooth.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from srgan_prompt.images.image import bands_of_rows, luma

Convert = Callable[[np.ndarray], np.ndarray]

_CHANNEL_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
_PIXEL_CLASSES = ("scnr", "mntr", "prtr", "spac")  # a link or a named-colour profile is not about pixels
_GRID_SIZE = 33
_NEUTRAL_WITHIN = 4  # levels that the channels of a grey may differ by


class ProfileError(ValueError):
    """An ICC profile that is broken or does not fit the pixels."""


def profile_mode(icc_profile: bytes) -> str:
    """Pillow's mode of the pixels that the profile describes: L, RGB or CMYK. Raises ProfileError."""
    profile = _open_profile(icc_profile).profile
    with _profile_errors("it is damaged"):
        mode, device_class = _CHANNEL_MODES.get(profile.xcolor_space.strip()), profile.device_class.strip()
    if mode is None or device_class not in _PIXEL_CLASSES:
        raise ProfileError("it does not describe grey, RGB or CMYK pixels")
    return mode


def to_srgb(pixels: np.ndarray, icc_profile: bytes | None) -> np.ndarray:
    """Grey, RGB or 8-bit CMYK -> sRGB [H, W, 3] of the same dtype. Raises ProfileError if the profile does not fit."""
    mode = "L" if pixels.ndim == 2 else "RGB" if pixels.shape[-1] == 3 else "CMYK"
    if icc_profile is None:
        return _untagged_to_srgb(pixels, mode)
    described = profile_mode(icc_profile)
    if mode == "L" and described == "RGB":  # common: a grey JPEG tagged sRGB
        pixels, mode = _untagged_to_srgb(pixels, mode), "RGB"
    if mode != described:
        raise ProfileError(f"it is for {described} pixels, but these are {mode}")
    return _converter(_open_profile(icc_profile), mode, _srgb_profile(), "RGB")(pixels)


def from_srgb(icc_profile: bytes) -> Convert:
    """A function sRGB [H, W, 3] -> pixels of ``icc_profile``: RGB, or grey [H, W]. Raises ProfileError."""
    mode = profile_mode(icc_profile)
    if mode == "CMYK":
        raise ProfileError("results are never written as CMYK")
    return _converter(_srgb_profile(), "RGB", _open_profile(icc_profile), mode)


def neutral_curve(icc_profile: bytes) -> np.ndarray | None:
    """What the greys of an RGB profile are in sRGB, [256] in [0, 1], strictly rising; None if its greys are not grey.

    By it a network sees the profile's values with the contrast that it was trained on. It is the identity for a
    profile with sRGB's own curve.
    """
    levels = np.arange(256, dtype=np.uint8)
    ramp = to_srgb(np.repeat(levels[None, :, None], 3, axis=-1), icc_profile)[0].astype(float)
    curve = ramp.mean(axis=-1)
    if np.ptp(ramp, axis=-1).max() > _NEUTRAL_WITHIN or np.diff(curve).min() < -1 or np.ptp(curve) < 250:
        return None
    if np.abs(curve - levels).max() <= 1:
        return levels / 255
    # Rounded answers stand still in places; a slight slope makes the curve one that can be gone back.
    rising = np.maximum.accumulate(curve) + 0.01 * levels
    return (rising - rising[0]) / (rising[-1] - rising[0])


def _untagged_to_srgb(pixels: np.ndarray, mode: str) -> np.ndarray:
    match mode:
        case "L":
            return np.repeat(pixels[..., None], 3, axis=-1)
        case "CMYK":
            return np.array(_pillow_image(pixels, "CMYK").convert("RGB"))
        case _:
            return pixels


def _open_profile(icc_profile: bytes) -> ImageCms.ImageCmsProfile:
    with _profile_errors("it is damaged"):
        return ImageCms.ImageCmsProfile(BytesIO(icc_profile))


@contextmanager
def _profile_errors(reason: str) -> Iterator[None]:
    try:
        yield
    except (OSError, TypeError, ValueError, ImageCms.PyCMSError) as error:
        raise ProfileError(reason) from error


def _srgb_profile() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _converter(
    source: ImageCms.ImageCmsProfile, source_mode: str, target: ImageCms.ImageCmsProfile, target_mode: str
) -> Convert:
    with _profile_errors("it cannot be converted to or from sRGB"):
        transform = ImageCms.buildTransform(
            source,
            target,
            source_mode,
            target_mode,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )

    def convert_uint8(pixels: np.ndarray) -> np.ndarray:
        # The transform was built for these two modes: an image of another mode would be read out of bounds.
        image = ImageCms.applyTransform(_pillow_image(pixels, source_mode), transform)
        return np.asarray(image)

    if source_mode == "L":
        return _gray_to_rgb(convert_uint8(np.arange(256, dtype=np.uint8)[None])[0])
    if target_mode == "L":
        ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=-1)
        return _rgb_to_gray(convert_uint8(ramp)[0])
    if source_mode == "CMYK":
        return _in_bands(convert_uint8)
    return _rgb_to_rgb(convert_uint8)


def _gray_to_rgb(curve: np.ndarray) -> Convert:
    """``curve`` [256, 3] of 8-bit answers."""
    return lambda gray: np.stack([_apply_curve(gray, curve[:, channel]) for channel in range(3)], axis=-1)


def _rgb_to_gray(curve: np.ndarray) -> Convert:
    """``curve`` [256] of 8-bit answers."""
    return lambda rgb: _apply_curve(luma(rgb), curve)


def _apply_curve(gray: np.ndarray, curve: np.ndarray) -> np.ndarray:
    if np.abs(curve.astype(int) - np.arange(256)).max() <= 1:
        return gray
    if gray.dtype == np.uint8:
        return curve[gray]
    levels = np.arange(65_536)
    curve_of_16_bits = np.rint(np.interp(levels / 257, np.arange(256), curve.astype(float)) * 257).astype(np.uint16)
    return curve_of_16_bits[gray]


def _rgb_to_rgb(convert_uint8: Convert) -> Convert:
    levels = np.rint(np.linspace(0, 255, _GRID_SIZE)).astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    answers = convert_uint8(grid.reshape(_GRID_SIZE, -1, 3)).reshape(grid.shape)
    if np.abs(answers.astype(int) - grid).max() <= 1:
        return lambda pixels: pixels  # the profile is sRGB under some name: no pixel changes
    table = answers.astype(np.float32) * 257
    nodes = levels.astype(np.float32) * 257

    def convert_band(pixels: np.ndarray) -> np.ndarray:
        return convert_uint8(pixels) if pixels.dtype == np.uint8 else _interpolate(pixels, table, nodes)

    return _in_bands(convert_band)


def _interpolate(rgb: np.ndarray, table: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Trilinear look-up of uint16 [h, w, 3] in ``table`` [N, N, N, 3], whose axes stand at the values ``nodes`` [N]."""
    base = np.clip(np.searchsorted(nodes, rgb, side="right") - 1, 0, len(nodes) - 2)
    fraction = (rgb - nodes[base]) / (nodes[base + 1] - nodes[base])
    result = np.zeros(rgb.shape, np.float32)
    for corner in np.ndindex(2, 2, 2):
        weight = np.where(corner, fraction, 1 - fraction).prod(axis=-1, keepdims=True)
        result += weight * table[tuple(np.moveaxis(base + corner, -1, 0))]
    return np.rint(result).astype(np.uint16)


def _in_bands(convert: Convert) -> Convert:
    """``convert`` applied a band of rows at a time, so that Pillow's own copies stay small."""

    def convert_all(pixels: np.ndarray) -> np.ndarray:
        result = np.empty((*pixels.shape[:2], 3), pixels.dtype)
        for rows in bands_of_rows(len(pixels)):
            result[rows] = convert(pixels[rows])
        return result

    return convert_all


def _pillow_image(pixels: np.ndarray, mode: str) -> Image.Image:
    height, width = pixels.shape[:2]
    return Image.frombuffer(mode, (width, height), np.ascontiguousarray(pixels).tobytes(), "raw", mode, 0, 1)
