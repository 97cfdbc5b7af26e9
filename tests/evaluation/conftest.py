"""What tests of measurements share."""

from collections.abc import Iterator

import pytest

from srgan_prompt.evaluation.metrics import lpips_network


@pytest.fixture
def fresh_lpips(random_alexnet: dict) -> Iterator[None]:
    """LPIPS is the network of random weights, here and nowhere else."""
    lpips_network.cache_clear()
    yield
    lpips_network.cache_clear()
