"""The prompt-conditioned super-resolution network.

In: a low-resolution image (B, 3, h, w), float32 RGB in [0, 1], and what each clause of a prompt asks for: a reading
(one amount for each intent), the clause's raw embedding, or the states of its wordpieces in one row. Out: (B, 3, s*h,
s*w), about [0, 1], not clipped. Without text it is a plain SRGAN-style network; each clause adds its own change.
"""

from functools import partial

import torch
from torch import Tensor, nn

from srgan_prompt.models.attention import NeighbourhoodAttention, TokenTower
from srgan_prompt.models.composition import GlobalFeatures, TextConditioning, TextTower, ToneHead, spatial_composer
from srgan_prompt.models.layers import (
    AttentionSkip,
    Bicubic,
    GatedSkip,
    PlainSkip,
    PReLU,
    RefinedTail,
    ResidualBlock,
    ShuffleTail,
    SrganTail,
    conv,
)
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.operators.tone import apply_tone
from srgan_prompt.types import Features, Image, LargeImage, Text

TAILS = {"shuffle": ShuffleTail, "refined": RefinedTail, "srgan": SrganTail}
SRGAN = GeneratorConfig(
    num_blocks=16,
    batch_norm=True,
    first_kernel_px=9,
    tail="srgan",
    image_skip="none",
    composition="none",
    compose_after=(),
    tone=False,
)
"""Ledig et al. 2017: 16 blocks with batch norm, 9x9 ends, two up-sampling convolutions, no text."""


def build_generator(config: GeneratorConfig) -> "Generator":
    """A new generator. ``channels_last`` doubles the speed of its convolutions on a CPU."""
    return Generator(config).to(memory_format=torch.channels_last)


class Generator(nn.Module):
    """SRGAN's residual trunk in low-resolution space, TIRG compositions at chosen depths, pixel shuffle at the end.

    The names of the modules are the keys of every released file: they stay as they are.
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        self.head = nn.Sequential(conv(3, channels, kernel_px=config.first_kernel_px), PReLU(channels))
        self.blocks = nn.ModuleList(
            ResidualBlock(channels, batch_norm=config.batch_norm, dropout=config.dropout)
            for _ in range(config.num_blocks)
        )
        self.attention = nn.ModuleDict(
            {str(depth): NeighbourhoodAttention(channels, config.attention) for depth in config.attention.after}
        )
        self.trunk_end = conv(channels, channels)
        self.trunk_norm = nn.BatchNorm2d(channels) if config.batch_norm else nn.Identity()
        gates = {"add": PlainSkip, "gated": GatedSkip, "attention": AttentionSkip}
        self.skip_gates = nn.ModuleDict({skip.way: gates[skip.kind](channels) for skip in config.skips})
        self.tail = TAILS[config.tail](channels, config.scale)
        self.more_tails = nn.ModuleDict({str(scale): ShuffleTail(channels, scale) for scale in config.more_scales})
        if config.image_skip == "bicubic":
            self.bicubic = Bicubic(config.scale)
            self.more_bicubics = nn.ModuleDict({str(scale): Bicubic(scale) for scale in config.more_scales})
        if config.composition == "none":
            return
        if config.text_features == "tokens":
            self.text_tower: TextTower | TokenTower = TokenTower(
                config.text_tokens, config.token_width, config.text_channels
            )
        else:
            self.text_tower = TextTower(config.text_width, config.text_channels)
        if config.text_features != "reading":
            self.intent_head = nn.Linear(config.text_channels, len(config.intents))
        self.composers = nn.ModuleDict({str(depth): spatial_composer(config) for depth in config.compose_after})
        if config.tone:
            self.context_encoder = GlobalFeatures(channels)
            self.tone_head = ToneHead(channels, config.text_channels, config.tirg_start)

    def forward(
        self,
        image: Image,
        conditioning: TextConditioning | None = None,
        global_features: Tensor | None = None,
        scale: int | None = None,
    ) -> LargeImage:
        """Upscale ``image`` as ``conditioning`` asks.

        ``global_features`` are ``self.global_features(whole_image)``, given when ``image`` is only a tile of it.
        ``scale``: that of the configuration or one of its ``more_scales``; None is the former.
        """
        other = None if scale in (None, self.config.scale) else str(scale)
        texts = composed = None
        if conditioning is not None and self.config.composition != "none":
            texts, composed = self._project(conditioning)
        tail = self.tail if other is None else self.more_tails[other]
        result = tail(self._trunk(image, composed)).float()
        if self.config.image_skip == "bicubic":
            bicubic = self.bicubic if other is None else self.more_bicubics[other]
            result = result + bicubic(image)
        if texts is None or not self.config.tone:
            return result
        if global_features is None:
            global_features = self.global_features(image)
        change = self.tone_change(texts, global_features)
        with torch.autocast(image.device.type, enabled=False):
            return apply_tone(result, change)

    def _trunk(self, image: Image, texts: TextConditioning | None) -> Features:
        """Features (B, C, h, w) of ``image`` after all blocks, with what ``texts`` ask for at chosen depths."""
        x = self.head(image)
        kept = {0: x}  # what skips will ask for: nothing else, for a large image's features are many megabytes
        skips = list(zip(self.config.skips, self.skip_gates.values(), strict=True))
        sources = {skip.source for skip, _ in skips}
        for depth, block in enumerate(self.blocks, start=1):
            x = block(x)
            for skip, gate in skips:
                if skip.target == depth:
                    x = x + gate(x, kept[skip.source])
            if depth in self.config.attention.after:
                x = self.attention[str(depth)](x)
            if texts is not None and depth in self.config.compose_after:
                x = x + texts.combine(partial(self.composers[str(depth)], x))
            if depth in sources:
                kept[depth] = x
        x = self.trunk_norm(self.trunk_end(x))
        for skip, gate in skips:
            if skip.target == "end":
                x = x + gate(x, kept[skip.source])
        return x

    def _project(self, conditioning: TextConditioning) -> tuple[TextConditioning, TextConditioning]:
        """``conditioning`` through the text tower, and what composers take of it: words to attention, else sentences.

        Float32: amounts are exact numbers.
        """
        with torch.autocast(conditioning.texts.device.type, enabled=False):
            texts = conditioning.map_texts(self.text_tower)
            return texts, texts if self.config.composition == "attention" else texts.map_texts(self.text_tower.pooled)

    def global_features(self, image: Image) -> Tensor:
        """The whole image as one vector (B, C) for the tone head."""
        with torch.autocast(image.device.type, enabled=False):
            return self.context_encoder(image)

    def tone_change(self, texts: TextConditioning, global_features: Tensor) -> Tensor:
        """The colour transform (B, 3, 7) that the projected ``texts`` ask for. In float32."""
        with torch.autocast(global_features.device.type, enabled=False):
            sentences = texts.map_texts(self.text_tower.pooled)
            return sentences.combine(lambda text: self.tone_head(global_features.float(), text.float()))

    def intent(self, text: Text) -> Tensor:
        """How much of each of ``config.intents`` ``text`` (B, D) asks for, about [0, 1]: (B, intents).

        A reading says it itself; of raw embeddings and of tokens the network has its own understanding.
        """
        if self.config.text_features == "reading":
            return text
        return self.intent_head(self.text_tower.pooled(self.text_tower(text)))

    @property
    def num_parameters(self) -> int:
        """Trainable numbers."""
        return sum(parameter.numel() for parameter in self.parameters())

    @property
    def receptive_radius_px(self) -> int:
        """See ``GeneratorConfig.receptive_radius_px``."""
        return self.config.receptive_radius_px
