"""How a sentence changes features: TIRG in both of its forms, and the two simpler ways it is compared with.

Every composer returns the CHANGE that a text makes to its input, not the changed input. The caller adds
``weight * change``, so that a weight of 0 is bit-equal to no prompt and several clauses add up.
Text features are (B, T); spatial features (B, C, H, W); pooled features (B, C).
"""

import torch
from torch import Tensor, nn

from srgan_prompt.config import GeneratorConfig
from srgan_prompt.models.layers import conv
from srgan_prompt.types import Features

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

    def __init__(self, channels: int, text_channels: int) -> None:
        super().__init__()
        self.image_in = conv(channels, 2 * channels)
        self.text_in = nn.Linear(text_channels, 2 * channels)
        self.out = conv(2 * channels, channels, gain=0.1)

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
        case "none":
            raise AssertionError("a generator without text has no composers")
