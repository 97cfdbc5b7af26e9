"""How much of a tone operation an output shows, and which operations oppose each other."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from srgan_prompt.data.edits import apply_tone, tone_change
from srgan_prompt.prompts.operations import OPERATIONS
from srgan_prompt.types import LargeImage

TONE = tuple(name for name, operation in OPERATIONS.items() if operation.family == "tone")
_PARALLEL = 0.999  # cosine above which two changes are one, but for rounding


def shown_amounts(output: LargeImage, empty: LargeImage, operations: Sequence[str]) -> dict[str, float]:
    """The amount of each of the tone ``operations`` (at least one) that best explains ``output`` (1, 3, H, W).

    Least squares of the change from ``empty`` (1, 3, H, W), the output under the empty prompt in [0, 1], on the changes
    that the exact edits make at amount 1. A single edit is linear in its amount wherever nothing clips; so values that
    clip in the output or at amount 1 are left out, and the fit is exact. Several edits act on one another, and their
    fit is near. 0 if no value is left.
    """
    exact = torch.cat([apply_tone(empty, tone_change({name: 1.0})[None]) for name in operations])
    kept = ((exact >= 0) & (exact <= 1)).all(dim=0) & (output[0] > 0) & (output[0] < 1)
    made, changes = (output - empty)[0][kept], (exact - empty)[:, kept]
    if not len(made):
        return dict.fromkeys(operations, 0.0)
    found = torch.linalg.pinv((changes @ changes.T).double()) @ (changes @ made).double()
    return dict(zip(operations, found.tolist(), strict=True))


def direction(first: str, second: str) -> int:
    """1 if two operations change tone the same way (desaturate, grayscale), -1 the opposite way (warm, cool), or 0."""
    if first not in TONE or second not in TONE:
        return int(first == second)
    one, other = (tone_change({name: 1.0}).flatten() for name in (first, second))
    likeness = F.cosine_similarity(one, other, dim=0).item()
    return round(likeness) if abs(likeness) > _PARALLEL else 0
