import io

import numpy as np
import pytest
import torch
from PIL import Image as PilImage
from torch import Tensor

from srgan_prompt.images.photos import draw_synthetic_image
from srgan_prompt.operators.corruptions import Codec, round_trip, to_8_bits


@pytest.fixture(scope="module")
def scene() -> Tensor:
    """A drawn image (1, 3, 70, 90) with some texture."""
    pixels = torch.from_numpy(draw_synthetic_image(0, 96).copy()).permute(2, 0, 1)[None, :, :70, :90].float().div(255)
    return to_8_bits(pixels + 0.05 * torch.randn(pixels.shape, generator=torch.Generator().manual_seed(0)))


def pixels_of(image: Tensor) -> np.ndarray:
    return image.mul(255).round().byte().permute(1, 2, 0).numpy()


@pytest.mark.parametrize("quality", [20, 50, 95])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_jpeg_is_what_pillows_file_holds(scene, quality, subsampling):
    file = io.BytesIO()
    PilImage.fromarray(pixels_of(scene[0])).save(file, "JPEG", quality=quality, subsampling=subsampling)
    with PilImage.open(file) as decoded:  # noqa: TID251 - bytes of our own making
        expected = np.asarray(decoded)
    codec = Codec("jpeg", quality, subsampling)
    assert codec.file(pixels_of(scene[0])) == file.getvalue()
    assert np.array_equal(pixels_of(round_trip(scene, [codec])[0]), expected)


def test_files_are_of_the_kind_that_they_are_called(scene):
    pixels = pixels_of(scene[0])
    assert Codec("jpeg", 50).file(pixels)[:3] == b"\xff\xd8\xff"
    assert Codec("webp", 50).file(pixels)[8:12] == b"WEBP"


@pytest.mark.parametrize("offset_px", [(0, 0), (5, 0), (3, 14)])
@pytest.mark.parametrize(("subsampling", "side_px"), [("4:4:4", 8), ("4:2:0", 16)])
def test_blocks_of_colour_begin_where_the_offset_says(offset_px, subsampling, side_px):
    """A low quality makes a gradient flat in every block, so it rises between blocks: 16 px where colour is halved."""
    ramp = torch.linspace(0.1, 0.9, 128)
    for axis, offset in enumerate(offset_px):
        rising = ramp[None].expand(128, -1) if axis == 0 else ramp[:, None].expand(-1, 128)
        image = torch.stack([torch.full((128, 128), 0.5), torch.full((128, 128), 0.5), rising])[None]
        blue = round_trip(image, [Codec("jpeg", 8, subsampling, offset_px)])[0, 2].mean(dim=axis)
        places = torch.arange(1, 128).add(offset).remainder(side_px)
        steps = blue.diff().abs()
        by_place = torch.stack([steps[places == place].mean() for place in range(side_px)])
        assert by_place.argmax().item() in {8: (0,), 16: (15, 0, 1)}[side_px]  # halved colour is smoothed over borders
        assert by_place.max() > 3 * by_place.median()


def test_an_offset_does_not_shift_the_image(scene):
    for offset_px in ((0, 0), (7, 9)):
        coded = round_trip(scene, [Codec("jpeg", 95, "4:4:4", offset_px)])
        assert coded.shape == scene.shape
        assert (coded - scene).abs().mean() < 0.015


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_lower_qualities_cost_more(scene, kind):
    coded = round_trip(scene.expand(3, -1, -1, -1), [None, Codec(kind, 90), Codec(kind, 20)])
    loss = (coded - scene).abs().mean(dim=(1, 2, 3))
    assert loss[0] == 0
    assert loss[2] > 1.3 * loss[1] > 0


def test_a_file_clips_and_rounds():
    image = torch.tensor([-0.5, 0.3, 1.7])[:, None, None, None].expand(-1, 3, 16, 16)
    coded = round_trip(image, [Codec("jpeg", 95)] * 3)
    assert coded.mean(dim=(1, 2, 3)).tolist() == pytest.approx([0, 0.3, 1], abs=1.5 / 255)
    assert torch.equal(to_8_bits(coded), coded)


def test_no_codec_is_bit_equal_and_any_size_is_taken():
    image = torch.rand(2, 3, 17, 23)
    assert torch.equal(round_trip(image, [None, None]), image)
    assert torch.equal(round_trip(image, [None, Codec("webp", 30)])[0], image[0])
    for size in ((1, 1), (17, 23), (8, 40)):
        for kind in ("jpeg", "webp"):
            assert round_trip(torch.rand(1, 3, *size), [Codec(kind, 50, "4:2:0", (3, 5))]).shape == (1, 3, *size)
