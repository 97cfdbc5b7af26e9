"""Every form of one image is read alike, and arrays of another range are refused instead of clipped."""

from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.read import as_loaded


def test_a_pillow_image_that_lies_on_its_side_is_upright_as_its_file_is():
    file, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 30)).save(file, "JPEG", exif=exif)
    by_bytes, by_pillow = as_loaded(file.getvalue()), as_loaded(Image.open(file))  # noqa: TID251
    assert (by_pillow.width_px, by_pillow.height_px) == (by_bytes.width_px, by_bytes.height_px) == (30, 40)
    assert by_pillow.meta.exif == by_bytes.meta.exif


@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy], ids=["array", "tensor"])
@pytest.mark.parametrize(("low", "high"), [(-0.5, 0.5), (-1, 1), (0, 255), (-0.2, 0.8), (0.2, 1.3)])
def test_floats_of_another_range_are_refused(form, low, high):
    values = np.linspace(low, high, 3 * 20 * 30, dtype=np.float32).reshape(3, 20, 30)
    with pytest.raises(InputImageError, match=r"not in \[0, 1\]"):
        as_loaded(form(values if form is torch.from_numpy else values.transpose(1, 2, 0)))


def test_what_a_filter_rings_beyond_black_and_white_is_clipped_and_told():
    values = np.full((20, 30, 3), 0.5, np.float32)
    values[0, 0], values[0, 1] = -0.2, 1.2
    loaded = as_loaded(values)
    assert (loaded.rgb[0, 0].tolist(), loaded.rgb[0, 1].tolist()) == ([0] * 3, [255] * 3)
    assert any("clipped" in note for note in loaded.meta.notes)
    assert as_loaded(np.linspace(0, 1, 60).reshape(4, 5, 3)).meta.notes == ()
