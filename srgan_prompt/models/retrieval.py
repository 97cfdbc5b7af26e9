"""A network for retrieval by image and text: images and queries to points of one space, where near means alike.

The compositions are the generator's own (``models/composition.py``), at the two depths of Vo et al. 2019: on the last
feature map ("last conv") or on the vector that the image becomes ("last FC").
"""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import normalize

from srgan_prompt.models.composition import Concat, Film, PooledTirg, SpatialTirg, TextTower
from srgan_prompt.network_config import Settings
from srgan_prompt.types import Features, Image, Text

Composition = Literal["image", "text", "concat", "film", "tirg_fc", "tirg", "gate", "residual"]
PADDING = 0  # the number of no word; words count from 1


class RetrievalConfig(Settings):
    """The network that retrieves. A sentence comes as numbers of words (``lstm``) or as an embedding (``bert``)."""

    composition: Composition = Field("tirg", description="how a query is made of image and text")
    text: Literal["lstm", "bert"] = Field("lstm", description="learned word by word, or a frozen sentence embedding")
    text_width: int = Field(ge=1, description="words of the vocabulary (lstm), or length of the embedding (bert)")
    text_channels: int = Field(64, ge=1, description="length of the text features")
    side_px: int = Field(48, ge=16, multiple_of=16, description="side of the images; others are resized")
    channels: int = Field(64, ge=8, description="channels of the last feature map")
    dim: int = Field(128, ge=2, description="length of the vectors that are compared")
    tirg_start: tuple[float, float] = Field((1.0, 10.0), description="initial (w_g, w_r); the paper's code has these")


class ImageEncoder(nn.Sequential):
    """Images (B, 3, s, s) to features (B, C, s/16, s/16): of 48 px, one place for each of a scene's nine cells."""

    def __init__(self, channels: int) -> None:
        super().__init__(
            nn.PixelUnshuffle(8),  # with the next layer a convolution of 8 px and stride 8, faster on a CPU
            *_block(3 * 8**2, channels, kernel_px=1, stride=1),
            *_block(channels, channels, kernel_px=3, stride=2),
            *_block(channels, channels, kernel_px=3, stride=1),
        )


def _block(narrow: int, wide: int, *, kernel_px: int, stride: int) -> tuple[nn.Module, ...]:
    layer = nn.Conv2d(narrow, wide, kernel_px, stride, padding=kernel_px // 2, bias=False)
    return layer, nn.BatchNorm2d(wide), nn.ReLU()


class WordLstm(nn.Module):
    """Numbers of words (B, T), ``PADDING`` behind, to text features (B, C): an LSTM's state after the last word."""

    def __init__(self, num_words: int, channels: int) -> None:
        super().__init__()
        self.words = nn.Embedding(num_words + 1, channels, padding_idx=PADDING)
        self.lstm = nn.LSTM(channels, channels, batch_first=True)
        self.out = nn.Linear(channels, channels)

    def forward(self, numbers: Tensor) -> Text:
        """``numbers`` (B, T) int64, each sentence with a word at least."""
        states, _ = self.lstm(self.words(numbers))
        last = numbers.ne(PADDING).sum(dim=1).sub(1).clamp(min=0)
        return self.out(states[torch.arange(len(states), device=states.device), last])


class RetrievalNetwork(nn.Module):
    """``embed`` makes unit vectors of images, ``compose`` of queries: their dot product says how alike they are."""

    def __init__(self, config: RetrievalConfig) -> None:
        super().__init__()
        self.config = config
        self.images = ImageEncoder(config.channels)
        places = (config.side_px // 16) ** 2
        self.head = nn.Linear(places * config.channels, config.dim)
        make_text = WordLstm if config.text == "lstm" else TextTower
        self.texts = make_text(config.text_width, config.text_channels)
        self.composer = _composer(config)
        self.scale = nn.Parameter(torch.tensor(10.0))  # of the dot products; the paper's code starts at 4

    def features(self, image: Image) -> Tensor:
        """Images in [0, 1], of the config's side, to their last feature map (B, C, h, w)."""
        return self.images(2 * image - 1)

    def embed(self, image: Image) -> Tensor:
        """Images to unit vectors (B, D)."""
        return normalize(self._pool(self.features(image)), dim=1)

    def compose(self, features: Features, text: Tensor) -> Tensor:
        """The ``features`` of references and their texts, as the config's ``text`` says, to unit vectors (B, D)."""
        return normalize(self._query(features, text), dim=1)

    def _pool(self, features: Features) -> Tensor:
        return self.head(features.flatten(1))

    def _query(self, features: Features, text: Tensor) -> Tensor:
        if self.config.composition == "image":
            return self._pool(features)
        words = self.texts(text)
        match self.config.composition:
            case "text":
                return self.composer(words)
            case "concat":  # a network of [x; t] alone, as published: nothing is added to
                return self.composer(self._pool(features)[:, :, None, None], words).flatten(1)
            case "tirg_fc":
                vector = self._pool(features)
                return vector + self.composer(vector, words)
            case _:
                return self._pool(features + self.composer(features, words))


def _composer(config: RetrievalConfig) -> nn.Module:
    last_conv, last_fc = (config.channels, config.text_channels), (config.dim, config.text_channels)
    match config.composition:
        case "image":
            return nn.Identity()
        case "text":
            return nn.Linear(config.text_channels, config.dim)
        case "concat":
            return Concat(*last_fc, kernel_px=1)
        case "film":
            return Film(*last_conv)
        case "tirg_fc":
            return PooledTirg(*last_fc, config.tirg_start)
        case "tirg" | "gate" | "residual":
            return _spatial_tirg(config)


def _spatial_tirg(config: RetrievalConfig) -> SpatialTirg:
    """The whole of it, or one half with the other's weight at 0, where it must stay."""
    gate_weight, residual_weight = config.tirg_start
    start = {"tirg": config.tirg_start, "gate": (gate_weight, 0.0), "residual": (0.0, residual_weight)}
    composer = SpatialTirg(config.channels, config.text_channels, start[config.composition])
    composer.weights.requires_grad_(config.composition == "tirg")
    return composer
