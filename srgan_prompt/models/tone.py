"""Global colour: a sentence and the whole image decide one transform, applied to every pixel of the result.

The transform lives in the tone basis of ``operators.tone``, of which every tone edit and any mix of them is an exact
member. Its 21 parameters are the CHANGE from identity; zeros leave the image bit-equal.
"""

import torch
from torch import Tensor, nn

from srgan_prompt.models.composition import PooledTirg
from srgan_prompt.operators.tone import NUM_BASIS
from srgan_prompt.types import Image


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
