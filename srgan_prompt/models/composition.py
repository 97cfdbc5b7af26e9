"""How a sentence changes an image: what the network is told, and TIRG, which makes changes of it, in both of its forms.

Every composer returns the CHANGE that a text makes to its input, not the changed input. ``TextConditioning.combine``
weighs and adds the changes of all clauses, so that a weight of 0 is bit-equal to no prompt. An empty prompt is an
all-zero embedding, and its weight is 0. Text features are (B, T); spatial features (B, C, H, W); pooled (B, C).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from srgan_prompt.models.attention import CrossAttention
from srgan_prompt.models.layers import conv
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.operators.tone import NUM_BASIS
from srgan_prompt.types import Features, Image

TOWER_CHANNELS = 256


@dataclass(frozen=True)
class TextConditioning:
    """``texts`` (B, K, D): K clauses per image. ``weights`` (B, K): 0 = off, 1 = as worded, above 1 extrapolates.

    ``negative`` (B, D) or None: a sentence whose direction is taken out of the change.
    """

    texts: Tensor
    weights: Tensor
    negative: Tensor | None = None

    @classmethod
    def of(cls, texts: Tensor, strength: float = 1.0, negative: Tensor | None = None) -> "TextConditioning":
        """From one embedding per image (B, D) or K clauses (B, K, D), all at ``strength``; zero rows are off."""
        clauses = texts if texts.dim() == 3 else texts[:, None]
        return cls(clauses, strength * clauses.ne(0).any(dim=-1).to(clauses.dtype), negative)

    def map_texts(self, tower: Callable[[Tensor], Tensor]) -> "TextConditioning":
        """The same with every embedding passed through ``tower``; weights stay."""
        return replace(self, texts=tower(self.texts), negative=None if self.negative is None else tower(self.negative))

    def combine(self, change: Callable[[Tensor], Tensor]) -> Tensor:
        """Sum over clauses of weight * change(text), with the negative's direction removed."""
        changes = (
            _per_sample(self.weights[:, k], each) * each
            for k, each in enumerate(change(self.texts[:, k]) for k in range(self.texts.shape[1]))
        )
        total = cast("Tensor", sum(changes))  # the 0 that a sum without terms is adds nothing anywhere
        return total if self.negative is None else remove_direction(total, change(self.negative))


def remove_direction(change: Tensor, direction: Tensor) -> Tensor:
    """``change`` without its component along ``direction``; both (B, C, ...), projected over C at each place.

    Only a component of the same sign is removed: what already opposes the direction may stay.
    """
    along = (change * direction).sum(dim=1, keepdim=True).clamp(min=0)
    length = direction.square().sum(dim=1, keepdim=True)
    return change - along / (length + torch.finfo(torch.float32).eps) * direction  # bfloat16 has a large one


def _per_sample(weights: Tensor, like: Tensor) -> Tensor:
    return weights.view(-1, *[1] * (like.dim() - 1)).to(like.dtype)


class TextTower(nn.Sequential):
    """Readings or unit vectors (..., D) to the text features (..., T) of ONE network: two linear layers.

    The components of a unit vector are about 1/sqrt(D); they are scaled to 1 first, or the first layer would see almost
    nothing and learn as slowly. A reading, with one or two amounts that are not 0, is about as long.
    """

    def __init__(self, text_dim: int, text_channels: int) -> None:
        super().__init__(nn.Linear(text_dim, TOWER_CHANNELS), nn.GELU(), nn.Linear(TOWER_CHANNELS, text_channels))
        self.input_scale = text_dim**0.5

    def forward(self, text: Tensor) -> Tensor:
        """``text`` (..., D) to text features (..., T)."""
        return super().forward(text * self.input_scale)

    def pooled(self, text: Tensor) -> Tensor:
        """Text features (..., T) are one vector for each sentence already (compare ``attention.TokenTower``)."""
        return text


OPEN_GATE = 4.0  # sigmoid(4) = 0.98: the gate starts by letting the image through


class SpatialTirg(nn.Module):
    """TIRG in its "last conv" form (Vo et al. 2019, equations 1-3), for what is local: noise, blur, detail.

        phi = w_g * sigmoid(gate([x; t])) * x + w_r * res([x; t])

    The text is constant over space, so the text half of the first convolution is a bias per prompt: it is folded into
    one Linear layer, which halves the cost. The first layers of gate and residual share one convolution call.
    No batch norm over [image; text], and a start near identity instead of the original's (w_g, w_r) = (1, 10).
    """

    def __init__(self, channels: int, text_channels: int, start: tuple[float, float]) -> None:
        super().__init__()
        self.image_in = conv(channels, 2 * channels)
        self.text_in = nn.Linear(text_channels, 2 * channels)
        self.gate_out = conv(channels, channels, gain=0.1, bias=OPEN_GATE)
        self.residual_out = conv(channels, channels, gain=0.1)  # a small w_r instead would slow its learning as much
        self.weights = nn.Parameter(torch.tensor(start))

    def forward(self, x: Features, text: Tensor) -> Features:
        """Features (B, C, h, w) and text features (B, T) to the change (B, C, h, w) of the features."""
        hidden = torch.relu(self.image_in(x) + self.text_in(text)[:, :, None, None])
        to_gate, to_residual = hidden.chunk(2, dim=1)
        gate_weight, residual_weight = self.weights
        gated = gate_weight * torch.sigmoid(self.gate_out(to_gate)) * x
        return gated + residual_weight * self.residual_out(to_residual) - x


class PooledTirg(nn.Module):
    """TIRG in its "last FC" form, for what is global: tone and colour. Pooled features (B, C), text (B, T)."""

    def __init__(self, channels: int, text_channels: int, start: tuple[float, float]) -> None:
        super().__init__()
        both = channels + text_channels
        open_gate = nn.Linear(both, channels)
        nn.init.constant_(open_gate.bias, OPEN_GATE)
        self.gate = nn.Sequential(nn.ReLU(), open_gate)
        self.residual = nn.Sequential(nn.ReLU(), nn.Linear(both, both), nn.ReLU(), nn.Linear(both, channels))
        self.weights = nn.Parameter(torch.tensor(start))

    def forward(self, x: Tensor, text: Tensor) -> Tensor:
        """Pooled features (B, C) and text features (B, T) to the change (B, C)."""
        both = torch.cat([x, text], dim=1)
        gate_weight, residual_weight = self.weights
        return gate_weight * torch.sigmoid(self.gate(both)) * x + residual_weight * self.residual(both) - x


class Concat(nn.Module):
    """The baseline: one block on [x; t], added to x."""

    def __init__(self, channels: int, text_channels: int, *, kernel_px: int = 3) -> None:
        super().__init__()
        self.image_in = conv(channels, 2 * channels, kernel_px=kernel_px)
        self.text_in = nn.Linear(text_channels, 2 * channels)
        self.out = conv(2 * channels, channels, kernel_px=kernel_px, gain=0.1)

    def forward(self, x: Features, text: Tensor) -> Features:
        """As ``SpatialTirg.forward``."""
        return self.out(torch.relu(self.image_in(x) + self.text_in(text)[:, :, None, None]))


class Film(nn.Module):
    """Feature-wise affine modulation (Perez et al. 2018), gamma(t) * x + beta(t), between two convolutions."""

    def __init__(self, channels: int, text_channels: int) -> None:
        super().__init__()
        self.affine = nn.Linear(text_channels, 4 * channels)
        self.hidden = conv(channels, 2 * channels)
        self.out = conv(2 * channels, channels, gain=0.1)

    def forward(self, x: Features, text: Tensor) -> Features:
        """As ``SpatialTirg.forward``."""
        gamma, beta = self.affine(text)[:, :, None, None].chunk(2, dim=1)
        return self.out(torch.relu((1 + gamma) * self.hidden(x) + beta))


def spatial_composer(config: GeneratorConfig) -> nn.Module:
    """The composer that ``config.composition`` names."""
    match config.composition:
        case "tirg":
            return SpatialTirg(config.channels, config.text_channels, config.tirg_start)
        case "concat":
            return Concat(config.channels, config.text_channels)
        case "film":
            return Film(config.channels, config.text_channels)
        case "attention":
            return CrossAttention(config.channels, config.text_channels)
        case "none":
            raise AssertionError("a generator without text has no composers")


class GlobalFeatures(nn.Module):
    """The whole low-resolution image as one vector (B, C): computed once, so that all tiles agree."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, channels // 2, 4, stride=4),
            nn.ReLU(),
            nn.Conv2d(channels // 2, channels, 3, stride=2, padding=1),
            nn.ReLU(),
        )

    def forward(self, image: Image) -> Tensor:
        """Images (B, 3, h, w) in [0, 1], of any size, to global features (B, C)."""
        # The first layer needs 4 px. No branch on the size: an exported network takes any.
        short = [torch.sym_max(4 - side, 0) for side in image.shape[-2:]]
        padded = nn.functional.pad(image, (0, short[1], 0, short[0]), mode="replicate")  # type: ignore[arg-type]  # sides are symbols in a trace
        return self.layers(padded).mean(dim=(2, 3))


class ToneHead(nn.Module):
    """Pooled TIRG on the image's global features, then the 21 tone parameters that the composed vector asks for."""

    def __init__(self, channels: int, text_channels: int, start: tuple[float, float]) -> None:
        super().__init__()
        self.composer = PooledTirg(channels, text_channels, start)
        self.to_tone = nn.Linear(channels, 3 * NUM_BASIS)
        nn.init.normal_(self.to_tone.weight, std=0.01)
        nn.init.zeros_(self.to_tone.bias)

    def forward(self, global_features: Tensor, text: Tensor) -> Tensor:
        """Global features (B, C) and projected text (B, T) to the tone change (B, 3, 7)."""
        return self.to_tone(self.composer(global_features, text)).view(-1, 3, NUM_BASIS)
