"""Noise of five kinds, drawn on the CPU from one generator a picture, so that a GPU sees the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.types import Image

NoiseKind = Literal["gaussian", "grey", "grain", "shot", "colour"]
NOISE_KINDS: tuple[NoiseKind, ...] = get_args(NoiseKind)


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
    """What ``noises`` (B) add to ``signal`` on the CPU: (B, 3, H, W), 0 for None; one generator a picture."""
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
