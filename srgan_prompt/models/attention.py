"""Attention: pixels that listen to the pixels around them, and pixels that listen to the words of a sentence.

Self-attention here is NEIGHBOURHOOD attention (Hassani et al. 2023): each pixel attends to the k x k pixels around it,
whatever lies elsewhere. So it is as local and as equivariant to shifts as a convolution, and tiles that overlap by
(k - 1) / 2 more equal the whole image. Windows on a grid (Liu et al., Swin, 2021) depend on where a tile is cut, and
attention over the whole image, linear or not, on what else is in the tile.

A sentence as tokens is one row of numbers (..., L * W): the states of its L wordpieces one after another, W numbers
each, all zeros where there is none. What is computed of them is (..., L, T), with the same sign for "no wordpiece".
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from srgan_prompt.models.layers import conv
from srgan_prompt.network_config import AttentionConfig
from srgan_prompt.types import Features

BLOCK_PX = 4
"""Pixels are computed in blocks of this side, by matrix products with all keys that any of a block may need."""
BLOCKS_AT_ONCE = 256
"""So many that their weights stay in a CPU's caches: the time of a large image falls by a quarter."""
FIRST_TEMPERATURE, MAX_TEMPERATURE = 4.0, 30.0
_SMALLEST = 1e-20  # what a weight of pixels outside the image may be divided by; they are cut off

WORD_HEADS = 2
QUERY_CHANNELS = 32
TOWER_CHANNELS = 256


class NeighbourhoodAttention(nn.Module):
    """x + out(sum of w_j v_j over the k x k neighbours j), w_j ~ exp(t * cos(q, k_j) + b_j); fewer at the border.

    Cosines times a learned temperature t (Liu et al., Swin V2, 2022) are bounded, so the sum of the weights needs no
    largest one to be found first. It is the sum over a channel of ones beside the values: what is padded has a zero
    there, and weighs nothing. ``b`` is learned for each relative position and head. Float32, under autocast too.
    """

    def __init__(self, channels: int, config: AttentionConfig) -> None:
        super().__init__()
        self.heads, self.kernel_px = config.heads, config.kernel_px
        self.qkv = nn.Conv2d(channels, 3 * config.channels, 1)
        self.out = conv(config.channels, channels, kernel_px=1, gain=0.1)  # it starts near identity, as blocks do
        self.log_temperature = nn.Parameter(torch.full((self.heads, 1), math.log(FIRST_TEMPERATURE)))
        self.position_bias = nn.Parameter(torch.zeros(self.heads, self.kernel_px**2))
        place, is_near = _relative_positions(self.kernel_px)
        self.register_buffer("_place", place, persistent=False)
        self.register_buffer("_is_near", is_near, persistent=False)

    def forward(self, x: Features) -> Features:
        """Features (B, C, h, w) to features of the same shape."""
        qkv = _exact(self.qkv(x))
        with torch.autocast(x.device.type, enabled=False):
            heard = self._listen(qkv)
        return x + self.out(heard)

    def _listen(self, qkv: Tensor) -> Tensor:
        """(B, 3 D, h, w) to (B, D, h, w)."""
        batch, _, height_px, width_px = qkv.shape
        # Channels last: so a block is copied in runs of channels, and copying blocks is most of the work.
        query, key, value = qkv.permute(0, 2, 3, 1).unflatten(-1, (3, self.heads, -1)).unbind(3)  # (B, h, w, heads, d)
        query = F.normalize(query, dim=-1) * self.log_temperature.exp().clamp(max=MAX_TEMPERATURE)
        key = F.normalize(key, dim=-1)
        value = torch.cat([value, torch.ones_like(value[..., :1])], dim=-1)
        near = self.position_bias[:, self._place].exp() * self._is_near  # (heads, pixels, keys), 0 for what is far
        rim_px = self.kernel_px // 2
        cut = (_cut(query, BLOCK_PX), _cut(key, BLOCK_PX, rim_px), _cut(value, BLOCK_PX, rim_px))
        parts = zip(*(each.split(BLOCKS_AT_ONCE) for each in cut), strict=True)
        means = torch.cat([_weighted_means(q, k, v, near) for q, k, v in parts])  # (B * blocks, heads, pixels, d)
        rows, columns = -(-height_px // BLOCK_PX), -(-width_px // BLOCK_PX)
        blocks = means.transpose(1, 2).reshape(batch, rows, columns, BLOCK_PX, BLOCK_PX, -1)
        whole = blocks.transpose(2, 3).reshape(batch, rows * BLOCK_PX, columns * BLOCK_PX, -1)
        return whole[:, :height_px, :width_px].permute(0, 3, 1, 2)

    _place: Tensor
    _is_near: Tensor


def _exact(x: Tensor) -> Tensor:
    """In float32 if it has fewer bits."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _weighted_means(query: Tensor, key: Tensor, value: Tensor, near: Tensor) -> Tensor:
    """Of blocks (N, heads, pixels, d), with keys and values (N, heads, keys, d and d + 1), to (N, heads, pixels, d)."""
    weights = (query @ key.transpose(-1, -2)).exp() * near
    sums = weights @ value
    return sums[..., :-1] / sums[..., -1:].clamp(min=_SMALLEST)


def _cut(x: Tensor, block_px: int, rim_px: int = 0) -> Tensor:
    """(B, h, w, heads, d) to the blocks that cover it, ``rim_px`` wider on each side: (B * blocks, heads, pixels, d).

    Beyond the image there are zeros.
    """
    more = [-side % block_px for side in x.shape[1:3]]
    padded = F.pad(x, (0, 0, 0, 0, rim_px, rim_px + more[1], rim_px, rim_px + more[0]))
    side_px = block_px + 2 * rim_px
    blocks = padded.unfold(1, side_px, block_px).unfold(
        2, side_px, block_px
    )  # (B, rows, columns, heads, d, side, side)
    return blocks.permute(0, 1, 2, 5, 6, 3, 4).reshape(-1, side_px**2, *x.shape[3:]).transpose(1, 2)


def _relative_positions(kernel_px: int) -> tuple[Tensor, Tensor]:
    """For each of a block's pixels and each of its keys: the number of the key among the pixel's neighbours (any number
    where it is none), and 1 if it is one, else 0; both (pixels, keys)."""
    offset = torch.arange(BLOCK_PX + kernel_px - 1) - torch.arange(BLOCK_PX)[:, None]  # on one axis, from the first
    is_near = (offset >= 0) & (offset < kernel_px)
    offset = offset.clamp(0, kernel_px - 1)
    place = offset[:, None, :, None] * kernel_px + offset[None, :, None, :]
    both = is_near[:, None, :, None] & is_near[None, :, None, :]
    return place.reshape(BLOCK_PX**2, -1), both.reshape(BLOCK_PX**2, -1).float()


class TokenTower(nn.Module):
    """States of wordpieces to the token features of ONE network: two linear layers, the same for each wordpiece.

    A wordpiece's state comes normalised, so its numbers need no scaling (unlike those of a unit vector).
    """

    def __init__(self, num_tokens: int, token_width: int, text_channels: int) -> None:
        super().__init__()
        self.num_tokens = num_tokens
        self.layers = nn.Sequential(
            nn.Linear(token_width, TOWER_CHANNELS), nn.GELU(), nn.Linear(TOWER_CHANNELS, text_channels)
        )
        self.question = nn.Parameter(torch.randn(text_channels))
        self.key = nn.Linear(text_channels, text_channels)
        self.maps = WordMaps(heads=1)

    def forward(self, rows: Tensor) -> Tensor:
        """Rows (..., L * W) to token features (..., L, T)."""
        states = rows.unflatten(-1, (self.num_tokens, -1))
        return self.layers(states) * is_word(states)[..., None]

    def pooled(self, tokens: Tensor) -> Tensor:
        """Token features (..., L, T) as one text (..., T): attention by one learned question."""
        one = _exact(tokens.flatten(0, -3))  # (B, L, T)
        key = self.key(one).transpose(1, 2)[:, None]
        maps = self.maps(self.question.expand(len(one), 1, -1)[..., None], key, is_word(one))
        return (one.transpose(1, 2) @ maps[:, 0].to(one.dtype)).view(*tokens.shape[:-2], -1)


def is_word(tokens: Tensor) -> Tensor:
    """Where ``tokens`` (..., L, W) holds a wordpiece: (..., L) booleans."""
    return tokens.ne(0).any(dim=-1)


def mean_token(rows: Tensor, num_tokens: int) -> Tensor:
    """The mean state (..., W) of the wordpieces in ``rows`` (..., L * W); of one token, and of none, itself."""
    if num_tokens == 1:
        return rows
    states = rows.unflatten(-1, (num_tokens, -1))
    return states.sum(dim=-2) / is_word(states).sum(dim=-1, keepdim=True).clamp(min=1)


class WordMaps(nn.Module):
    """How much each query listens to each wordpiece: softmax over the wordpieces and over nobody, whose logit is 0.

    Logits are cosines times a temperature, as in ``NeighbourhoodAttention``. A module of its own so that a forward hook
    can look at the maps and replace them (``inference.word_control``).
    """

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.log_temperature = nn.Parameter(torch.full((heads, 1, 1), math.log(FIRST_TEMPERATURE)))

    def forward(self, query: Tensor, key: Tensor, words: Tensor) -> Tensor:
        """``query`` (B, heads, d, N), ``key`` (B, heads, d, L), ``words`` (B, L) booleans to maps (B, heads, L, N).

        They are in [0, 1] and sum to at most 1 over L; what is missing is nobody's. Float32.
        """
        query, key = F.normalize(_exact(query), dim=2), F.normalize(_exact(key), dim=2)
        temperature = self.log_temperature.exp().clamp(max=MAX_TEMPERATURE)
        with torch.autocast(query.device.type, enabled=False):
            logits = temperature * (key.transpose(-1, -2) @ query)
        logits = logits.masked_fill(~words[:, None, :, None], -torch.inf)
        nobody = torch.zeros_like(logits[:, :, :1])
        return torch.cat([logits, nobody], dim=2).softmax(dim=2)[:, :, :-1]


class CrossAttention(nn.Module):
    """Cross-attention over the words (Vaswani et al. 2017; in image networks Rombach et al. 2022) as a composer.

        out(relu(image_in(x) + sum over words j of m_j V t_j)),   m = softmax(tau cos(Q x, K t_j))

    So it is ``Concat`` in which each pixel chooses its words. Features are the queries.
    """

    def __init__(self, channels: int, text_channels: int) -> None:
        super().__init__()
        self.image_in = conv(channels, 2 * channels)
        self.query = nn.Conv2d(channels, QUERY_CHANNELS, 1)
        self.key = nn.Linear(text_channels, QUERY_CHANNELS)
        self.value = nn.Linear(text_channels, 2 * channels)
        self.maps = WordMaps(WORD_HEADS)
        self.out = conv(2 * channels, channels, gain=0.1)

    def forward(self, x: Features, tokens: Tensor) -> Features:
        """Features (B, C, h, w) and token features (B, L, T) to the change (B, C, h, w) of the features."""
        query = self.query(x).flatten(2).unflatten(1, (WORD_HEADS, -1))
        key, value = (layer(tokens).transpose(1, 2).unflatten(1, (WORD_HEADS, -1)) for layer in (self.key, self.value))
        maps = self.maps(query, key, is_word(tokens))
        heard = (value @ maps.to(value.dtype)).flatten(1, 2).unflatten(-1, x.shape[-2:])
        return self.out(torch.relu(self.image_in(x) + heard))
