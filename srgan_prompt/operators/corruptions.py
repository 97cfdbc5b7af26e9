"""What is not linear in a degradation: rounding to 8 bits, noise of five kinds, and compression by real encoders.

Images are float RGB in [0, 1], (B, 3, H, W). Noise and files are made on the CPU, so that a GPU sees the same ones.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from PIL import Image as PilImage
from torch import Tensor

from srgan_prompt.types import Image

NoiseKind = Literal["gaussian", "grey", "grain", "shot", "colour"]
NOISE_KINDS: tuple[NoiseKind, ...] = get_args(NoiseKind)
CodecKind = Literal["jpeg", "webp"]
Subsampling = Literal["4:2:0", "4:4:4"]


def to_uint8(image: Tensor) -> Tensor:
    """The bytes that a file holds of ``image`` (..., H, W): clipped to [0, 1] and rounded to 1/255."""
    return image.clamp(0, 1).mul(255).round().byte()


def to_8_bits(image: Image) -> Image:
    """``image`` as it is read back from such a file."""
    return to_uint8(image).to(image.dtype).div(255)


@dataclass(frozen=True)
class Noise:
    """Noise of the deviation ``std``, relative to full range.

    gaussian: independent in every pixel and channel.  grey: the same in all channels.  grain: grey and soft, as film
    has it.  colour: blotches of 3 px whose channels are mixed at random, as telephones make them in the dark.
    shot: photon noise, the normal approximation of Poisson: ``std`` at white, and growing with the root of the signal
    (40 photons at white and more, where the two agree).
    """

    kind: NoiseKind
    std: float


def sample_noise(signal: Image, noises: Sequence[Noise | None], rngs: Sequence[np.random.Generator]) -> Tensor:
    """What ``noises`` (B) add to ``signal`` on the CPU: (B, 3, H, W), 0 for None; one generator an image."""
    fields = np.zeros(signal.shape, np.float32)
    for field, one, noise, rng in zip(fields, signal.numpy(), noises, rngs, strict=True):
        if noise:
            field[:] = noise.std * _unit_field(noise.kind, one, rng)
    return torch.from_numpy(fields)


def _unit_field(kind: NoiseKind, signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise of the deviation 1 (shot: at white) for ``signal`` (3, H, W); one channel where all are the same."""
    _, height, width = signal.shape
    match kind:
        case "gaussian":
            return rng.standard_normal((3, height, width), np.float32)
        case "grey":
            return rng.standard_normal((1, height, width), np.float32)
        case "grain":
            return _soft_field(1, 2, height, width, rng)
        case "shot":
            return rng.standard_normal((3, height, width), np.float32) * np.sqrt(signal.clip(0, 1))
        case "colour":
            mix = rng.standard_normal((3, 3))
            mix /= np.linalg.norm(mix, axis=1, keepdims=True)
            return np.einsum("ij,jhw->ihw", mix, _soft_field(3, 3, height, width, rng))


def _soft_field(channels: int, side_px: int, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """White noise averaged over squares of ``side_px``, and brought back to the deviation 1."""
    white = rng.standard_normal((channels, height + side_px - 1, width + side_px - 1), np.float32)
    squares = np.lib.stride_tricks.sliding_window_view(white, (side_px, side_px), axis=(1, 2))
    return squares.sum(axis=(3, 4)) / side_px


@dataclass(frozen=True)
class Codec:
    """A file that an image is saved in and read from again. A differentiable JPEG would round softly, and be kinder.

    ``quality`` 1..100 as Pillow counts; ``subsampling`` of colour is JPEG's choice, WebP has only 4:2:0.

    ``offset_px`` (x, y): how far into the first block the image begins. Its blocks end anywhere then, as those of a
    part of a larger image do.
    """

    kind: CodecKind
    quality: int
    subsampling: Subsampling = "4:2:0"
    offset_px: tuple[int, int] = (0, 0)

    def file(self, pixels: np.ndarray) -> bytes:
        """``pixels`` (H, W, 3) uint8 as the bytes of a file."""
        file = io.BytesIO()
        own = {"subsampling": self.subsampling} if self.kind == "jpeg" else {"method": 2}  # a third faster than 4
        PilImage.fromarray(pixels).save(file, self.kind, quality=self.quality, **own)
        return file.getvalue()

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """``pixels`` (H, W, 3) uint8, encoded and decoded again."""
        left, top = self.offset_px
        padded = np.pad(pixels, ((top, 0), (left, 0), (0, 0)), mode="edge")
        with PilImage.open(io.BytesIO(self.file(padded))) as decoded:  # noqa: TID251 - bytes that we have just encoded
            return np.asarray(decoded.convert("RGB"))[top:, left:]


def round_trip(image: Image, codecs: Sequence[Codec | None]) -> Image:
    """Each of B images on the CPU, rounded to 8 bits, through the file that ``codecs`` (B) says; None: untouched."""
    coded = {row: codec for row, codec in enumerate(codecs) if codec}
    if not coded:
        return image
    rows = list(coded)
    pixels = to_uint8(image[rows]).permute(0, 2, 3, 1).contiguous().numpy()
    decoded = np.stack([codec(each) for codec, each in zip(coded.values(), pixels, strict=True)])
    return image.index_copy(0, torch.tensor(rows), torch.from_numpy(decoded).permute(0, 3, 1, 2).to(image.dtype) / 255)
