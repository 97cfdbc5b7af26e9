"""How much the outputs for one picture differ: over requests they should, over wordings of one request they should not.

The measure is the standard deviation of each pixel over the outputs, averaged over pixels; [0, 1] is the full range.
"""

from collections.abc import Sequence

import numpy as np
import torch

from srgan_prompt.types import Image


def pixel_spread(outputs: Image) -> float:
    """The mean pixel deviation over ``outputs`` (S, 3, H, W), at least two."""
    return outputs.clamp(0, 1).std(dim=0).mean().item()


def paraphrase_spread(outputs: Image, request: Sequence[int]) -> float:
    """The same over wordings: ``request`` (S,) says what each output was asked for; averaged over requests."""
    asked = torch.tensor(request)
    return float(np.mean([pixel_spread(outputs[asked == number]) for number in asked.unique()]))
