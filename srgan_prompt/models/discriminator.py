"""The discriminator: is this patch real, and does it do what the sentence says?

Patch discriminator (Isola et al. 2017) with spectral norm (Miyato et al. 2018) and a projection onto its OWN text
tower (Miyato & Koyama 2018). A text tower shared with the generator, or none here, is how such GANs learn to ignore
the prompt.

Features of VGG16 may be judged beside the pixels (SRFeat, Park et al. 2018; Projected GANs, Sauer et al. 2021). The
perceptual loss has computed them, so that costs next to nothing, and real and made are told apart by them within some
hundred steps.
"""

from collections.abc import Mapping
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from srgan_prompt.models.attention import mean_token
from srgan_prompt.models.composition import TextTower
from srgan_prompt.network_config import DiscriminatorConfig
from srgan_prompt.types import Image, LargeImage, LayerFeatures, Text

# Real and made images differ by a few hundredths, and spectral norm lets no layer amplify that: without this gain the
# discriminator learnt to tell wrong sentences from right ones and never real detail from none.
DETAIL_GAIN = 8.0
HEAD_CHANNELS = 64  # of a judge of features


class Discriminator(nn.Module):
    """Images (B, 3, H, W), their inputs and texts (B, ``text_width``) to patch logits (B, 1, H/2^n, W/2^n).

    Of texts that are ``num_tokens`` wordpieces the mean is seen. ``feature_channels``: of each layer of features that
    is judged too, by its name.
    """

    def __init__(
        self,
        config: DiscriminatorConfig,
        text_width: int,
        num_tokens: int = 1,
        feature_channels: Mapping[str, int] | None = None,
    ) -> None:
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
        self.feature_heads = nn.ModuleDict({name: _head(each) for name, each in (feature_channels or {}).items()})

    def forward(
        self, image: LargeImage, source: Image, text: Text, features: Mapping[str, LayerFeatures] | None = None
    ) -> list[Tensor]:
        """Logits of each ``image``'s patches, then those (N, 1, h, w) of each layer of ``features`` that is judged.

        ``source`` is the low-resolution input; ``text`` (B, D), zeros for no prompt; ``features`` may be those of
        other images, and of another number of them.
        """
        judged = features or {}
        return [self._patches(image, source, text)] + [
            head(_directions(judged[name])) for name, head in self.feature_heads.items()
        ]

    def _patches(self, image: Tensor, source: Tensor, text: Tensor) -> Tensor:
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


def _head(channels: int) -> nn.Module:
    return nn.Sequential(
        *(_normed(nn.Conv2d(channels, HEAD_CHANNELS, 1)), nn.LeakyReLU(0.2)),
        *(_normed(nn.Conv2d(HEAD_CHANNELS, HEAD_CHANNELS, 3, padding=1)), nn.LeakyReLU(0.2)),
        nn.Conv2d(HEAD_CHANNELS, 1, 1),
    )


def _directions(features: Tensor) -> Tensor:
    """``features`` (N, C, h, w) with channels of length sqrt(C) everywhere, so about 1 each."""
    return F.normalize(features, dim=1) * features.shape[1] ** 0.5


def _normed(layer: nn.Module) -> nn.Module:
    return spectral_norm(layer)


def build_discriminator(
    config: DiscriminatorConfig,
    text_width: int,
    num_tokens: int = 1,
    feature_channels: Mapping[str, int] | None = None,
) -> Discriminator:
    """A new discriminator for texts of ``text_width`` numbers, perhaps ``num_tokens`` wordpieces (see
    ``GeneratorConfig``), which also judges features of ``feature_channels`` by layer."""
    discriminator = Discriminator(config, text_width, num_tokens, feature_channels)
    return discriminator.to(memory_format=torch.channels_last)
