"""T6: an image of 12 megapixels at x4 within 2 GiB of resident memory, written file included."""

import struct
import subprocess
import sys

import pytest

CODE = """
import resource, sys, numpy, torch
from srgan_prompt.config import GeneratorConfig
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.generator import build_generator
torch.set_num_threads(1)
tiny = GeneratorConfig(channels=4, num_blocks=1, compose_after=(), text_channels=4)
image = numpy.random.default_rng(0).integers(0, 256, (3000, 4000, 3), dtype=numpy.uint8)
result = Upscaler.from_generator(build_generator(tiny))(image, "")
assert result.array.shape == (12000, 16000, 3), result.array.shape
result.save(sys.argv[1])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_t6_twelve_megapixels_stay_under_two_gibibytes(tmp_path):
    result = tmp_path / "result.png"
    command = [sys.executable, "-c", CODE, result]
    done = subprocess.run(command, check=True, timeout=500, capture_output=True, text=True)
    with result.open("rb") as written:
        assert written.read(24)[16:] == struct.pack(">II", 16_000, 12_000)
    result.unlink()  # some hundred megabytes
    peak_kibibytes = int(done.stdout)
    assert peak_kibibytes <= 2 * 2**20, f"{peak_kibibytes / 2**20:.2f} GiB"
