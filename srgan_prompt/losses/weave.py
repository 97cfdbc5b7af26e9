"""A pattern that repeats with the pixel shuffle: what no texture of a photo does, and what a generator may hide in one.

The last layer makes each block of scale x scale pixels from one place of the trunk. Without a source of noise it can
only repeat one small pattern wherever the picture is smooth, at multiples of 1/scale cycle a pixel; features of VGG16
and AlexNet take such a weave for texture.
"""

import torch.nn.functional as F

from srgan_prompt.types import Image, PerSample

NEIGHBOURHOOD = 5  # blocks a side over which a pattern must repeat to count: real texture averages out


def weave(output: Image, target: Image, scale: int) -> PerSample:
    """How strongly ``output - target`` repeats from block to block of ``scale`` px, (B,), in units of pixel values.

    Pixels at the same place of their blocks are averaged over 5 x 5 blocks; what they differ by from the mean of all
    places is the weave. Pictures are at least ``5 * scale`` px a side.
    """
    places = F.pixel_unshuffle(output - target, scale)
    repeated = F.avg_pool2d(places, NEIGHBOURHOOD, stride=1).unflatten(1, (output.shape[1], scale**2))
    return (repeated - repeated.mean(dim=2, keepdim=True)).abs().mean(dim=(1, 2, 3, 4))
