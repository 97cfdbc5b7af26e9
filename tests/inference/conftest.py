"""The tiny generator of ``tiny_models`` in an ``Upscaler``, in float32 or the precision that a test names; a photo."""

import numpy as np
import pytest
from tiny_models import RandomSentences, make_generator

from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.generator import Generator


@pytest.fixture
def tiny_generator() -> Generator:
    return make_generator()


@pytest.fixture(scope="module")
def module_upscaler() -> Upscaler:
    """For tests that export, which takes seconds, and leave it as it is."""
    return Upscaler.from_generator(make_generator(), RandomSentences(), precision="fp32")


@pytest.fixture
def precision() -> str:
    """Promises that hold within one precision are tested in each: see ``precisions.in_each_precision``."""
    return "fp32"


@pytest.fixture
def upscaler(tiny_generator: Generator, precision: str) -> Upscaler:
    return Upscaler.from_generator(tiny_generator, RandomSentences(), precision=precision)


@pytest.fixture
def photo() -> np.ndarray:
    """Smooth colours with noise, uint8 [61, 83, 3]."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:61, :83]
    smooth = np.stack([rows * 3, columns * 2, rows + columns], axis=-1)
    return np.clip(smooth + rng.normal(0, 12, smooth.shape), 0, 255).astype(np.uint8)
