"""T6: a picture of 12 megapixels at x4 within 2 GiB of resident memory, written file included."""

import subprocess
import sys

import pytest

CODE = """
import resource, sys, numpy, torch
from srgan_prompt.config import GeneratorConfig
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.factory import build_generator
torch.set_num_threads(1)
tiny = GeneratorConfig(channels=4, num_blocks=1, compose_after=(), text_channels=4)
picture = numpy.random.default_rng(0).integers(0, 256, (3000, 4000, 3), dtype=numpy.uint8)
result = Upscaler.from_generator(build_generator(tiny))(picture, "")
assert result.array.shape == (12000, 16000, 3), result.array.shape
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
if sys.argv[1:]:
    result.save(sys.argv[1])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_t6_twelve_megapixels_stay_under_two_gibibytes():
    done = subprocess.run([sys.executable, "-c", CODE], check=True, timeout=300, capture_output=True, text=True)
    peak_kibibytes = int(done.stdout)
    assert peak_kibibytes <= 2 * 2**20, f"{peak_kibibytes / 2**20:.2f} GiB"
