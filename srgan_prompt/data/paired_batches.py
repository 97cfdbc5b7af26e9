"""Training on low-resolution images of one's own: pairs of files instead of our own degradations.

What is wrong with the small images is not known one by one, so every request has the large image as its answer,
recoloured as it asks. A pure function of (seed, step), as ``batches.BatchMaker`` is.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import Batch, BatchMaker, Patches, as_images, recoloured
from srgan_prompt.data.image_cache import ImageCache, LazyImage, open_cache
from srgan_prompt.data.pairs import find_pairs
from srgan_prompt.errors import DataError
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.images.photos import identity_of, read_rgb8


def open_pairs(folder: Path, cache: Path, config: TrainConfig) -> tuple[ImageCache, ImageCache]:
    """The small and the large images of ``folder``, decoded into ``cache`` once; equal numbers belong together.

    Raises DataError for a large image without a small one, sizes that do not fit, and an image that cannot be used.
    """
    scale, pairs = config.generator.scale, find_pairs(folder)
    files = {
        "low": [(pair.name, pair.low) for pair in pairs if pair.low],
        "high": [(pair.name, pair.high) for pair in pairs],
    }
    if len(files["low"]) < len(pairs):
        raise DataError(
            f"{folder}: holds no pairs; give folders HR and LR in it, or files name_HR.png and name_LR.png."
        )
    sides_px = {"low": config.window_px // scale, "high": config.window_px}
    low, high = (
        open_cache(
            [LazyImage(name, identity_of(path), partial(read_rgb8, path)) for name, path in files[role]],
            cache / role,
            min_side_px=side_px,
            max_bad_share=0.0,
        )
        for role, side_px in sides_px.items()
    )
    for small, large in zip(low.entries, high.entries, strict=True):
        if not (0 <= large.height - scale * small.height < scale and 0 <= large.width - scale * small.width < scale):
            sizes = f"{small.width}x{small.height} and {large.width}x{large.height} px"
            raise DataError(
                f"{folder}: the pair {small.name} has {sizes}; the large one must be {scale} times the small."
            )
    return low, high


class PairedBatches(BatchMaker):
    """Pairs and prompts to batches."""

    def __init__(
        self, low: ImageCache, high: ImageCache, bank: PromptBank, config: TrainConfig, device: torch.device
    ) -> None:
        super().__init__(high, bank, config, device)
        self.low = low

    def batch(self, rngs: Sequence[np.random.Generator]) -> Batch:
        """One pair for each generator, with ``sentences_per_image`` requests each."""
        data, scale = self.config.data, self.config.generator.scale
        rows = torch.arange(len(rngs)).repeat_interleave(data.sentences_per_image)
        rng_of = [rngs[row] for row in rows.tolist()]
        requests, text = self.sample_requests(rng_of)
        requests = requests.to(self.device)
        low, high = (as_images(part, self.device) for part in zip(*map(self._windows, rngs), strict=True))
        patches = Patches.sample(data.patch_px + data.margin_px, data.patch_px, rng_of)
        target = recoloured(patches.crop(high, rows, scale), requests.tone)
        return Batch(
            lr=patches.augment(patches.crop(low, rows)),
            target=patches.augment(target),
            text=text.to(self.device),
            wrong_text=self.sample_wrong_text(text, rng_of).to(self.device),
            crisp=requests.crisp,
        )

    def _windows(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The same place in both images of a pair, as large as a patch and its margin."""
        number, scale = int(rng.integers(len(self.low))), self.config.generator.scale
        low, side_px = self.low[number], self.config.window_px // scale
        top, left = (rng.integers(side - side_px + 1) for side in low.shape[:2])
        large = np.s_[scale * top : scale * (top + side_px), scale * left : scale * (left + side_px)]
        return low[top : top + side_px, left : left + side_px], self.images[number][large]
