"""The discriminator: is this patch real, and does it do what the sentence says?

Patch discriminator (Isola et al. 2017) with spectral norm (Miyato et al. 2018) and a projection onto its OWN text
tower (Miyato & Koyama 2018). A text tower shared with the generator, or none here, is how such GANs learn to ignore
the prompt.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from srgan_prompt.models.attention import mean_token
from srgan_prompt.models.composition import TextTower
from srgan_prompt.network_config import DiscriminatorConfig
from srgan_prompt.types import Image, LargeImage, Text

# Real and made images differ by a few hundredths, and spectral norm lets no layer amplify that: without this gain the
# discriminator learnt to tell wrong sentences from right ones and never real detail from none.
DETAIL_GAIN = 8.0


class Discriminator(nn.Module):
    """Images (B, 3, H, W), their inputs and texts (B, ``text_width``) to patch logits (B, 1, H/2^n, W/2^n).

    Of texts that are ``num_tokens`` wordpieces the mean is seen.
    """

    def __init__(self, config: DiscriminatorConfig, text_width: int, num_tokens: int = 1) -> None:
        super().__init__()
        self.config, self.num_tokens = config, num_tokens
        widths = [config.channels * 2**stage for stage in range(config.num_strides)]
        channels = [6 if config.see_input else 3, *widths]
        self.stages = nn.Sequential(
            *(
                layer
                for before, after in pairwise(channels)
                for layer in (_normed(nn.Conv2d(before, after, 4, stride=2, padding=1)), nn.LeakyReLU(0.2))
            ),
            _normed(nn.Conv2d(widths[-1], widths[-1], 3, padding=1)),
            nn.LeakyReLU(0.2),
        )
        self.to_logits = _normed(nn.Conv2d(widths[-1], 1, 3, padding=1))
        if config.use_text:
            self.text_tower = TextTower(text_width // num_tokens, widths[-1])

    def forward(self, image: LargeImage, source: Image, text: Text) -> Tensor:
        """``image`` is judged; ``source`` is the low-resolution input; ``text`` (B, D), zeros for no prompt."""
        seen = image * 2 - 1
        if self.config.see_input:
            upscaled = F.interpolate(source, size=image.shape[-2:], mode="bicubic", align_corners=False)
            seen = torch.cat([seen, DETAIL_GAIN * (image - upscaled)], dim=1)
        features = self.stages(seen)
        logits = self.to_logits(features)
        if not self.config.use_text:
            return logits
        tower = self.text_tower(mean_token(text, self.num_tokens))[:, :, None, None]
        return logits + (features * tower).sum(dim=1, keepdim=True) / features.shape[1] ** 0.5


def _normed(layer: nn.Module) -> nn.Module:
    return spectral_norm(layer)


def build_discriminator(config: DiscriminatorConfig, text_width: int, num_tokens: int = 1) -> Discriminator:
    """A new discriminator for texts of ``text_width`` numbers, perhaps ``num_tokens`` wordpieces (see
    ``GeneratorConfig``)."""
    return Discriminator(config, text_width, num_tokens).to(memory_format=torch.channels_last)
