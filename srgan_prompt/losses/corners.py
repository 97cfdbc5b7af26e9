"""Both pictures of a pair cut from a corner drawn at random, before networks with strides compare them.

A pixel shuffle by 4 repeats every 4 pixels; so do the stride of AlexNet's first layer and the poolings of VGG16. Seen
always at the same phase, a grid of that period is judged by that phase alone, and training may find one that pays.
"""

import torch
from torch import Tensor

from srgan_prompt.types import Image

PERIOD_PX = 4


def from_random_corners(*pictures: Image) -> list[Tensor]:
    """Each of ``pictures`` (B, 3, H, W) as (B, 3, H - 3, W - 3), sample i of all from the same one of 4x4 corners.

    The corners are drawn by torch's generator on the CPU.
    """
    corners = torch.randint(PERIOD_PX, (len(pictures[0]), 2)).tolist()
    return [_cut(each, corners) for each in pictures]


def _cut(picture: Image, corners: list[list[int]]) -> Tensor:
    height, width = (side - PERIOD_PX + 1 for side in picture.shape[-2:])
    return torch.stack([each[:, y : y + height, x : x + width] for each, (y, x) in zip(picture, corners, strict=True)])
