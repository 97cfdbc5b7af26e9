"""What comes in and what comes out: forms, depth, transparency, grey, sizes; and the result object."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from precisions import in_each_precision

from srgan_prompt.errors import InputImageError, ModelError, UsageError
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.images.read import read_image

SHAPES = [(1, 1), (1, 7), (7, 1), (2, 3), (5, 9), (63, 65), (10_000, 1)]


@pytest.mark.parametrize("shape", SHAPES)
def test_i11_any_size_comes_out_four_times_as_large(upscaler, shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert upscaler(image, "warmer").array.shape == (4 * shape[0], 4 * shape[1], 3)


@in_each_precision
def test_every_form_of_one_image_gives_one_result(upscaler, photo, tmp_path):
    expected = upscaler(photo, "warmer").array
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path)
    tensor = torch.from_numpy(photo).permute(2, 0, 1).float() / 255
    integers = torch.from_numpy(photo).permute(2, 0, 1)
    files = [path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes())]
    arrays = [Image.fromarray(photo), LoadedImage(photo), tensor, tensor[None], integers, photo / 255]
    for result in upscaler(files + arrays, "warmer"):
        np.testing.assert_array_equal(result.array, expected)


NO_IMAGES = [
    np.zeros((3, 3, 5)),
    np.zeros(9),
    np.zeros((2, 2, 3), np.int64),
    np.full((2, 2, 3), np.nan),
    torch.zeros(2, 3, 4, 4),
    np.full((2, 2, 3), 200.0),
    torch.full((3, 2, 2), 255.0),
    np.zeros((2, 2, 3), bool),
    Image.new("P", (0, 3)),
    7,
    None,
]


@pytest.mark.parametrize("bad", NO_IMAGES, ids=lambda bad: type(bad).__name__)
def test_what_is_no_image_is_refused(upscaler, bad):
    with pytest.raises(InputImageError):
        upscaler(bad)


@in_each_precision
def test_16_bits_in_16_bits_out(upscaler, photo):
    deep = photo.astype(np.uint16) * 257
    result = upscaler(deep, "")
    assert result.array.dtype == np.uint16
    assert np.abs(result.array / 257 - upscaler(photo, "").array).max() <= 0.51
    assert len(np.unique(result.array)) > 1000
    assert result.image.mode == "RGB"


@in_each_precision
def test_transparency_is_kept_and_hidden_colours_do_not_bleed(upscaler, photo):
    alpha = np.zeros(photo.shape[:2], np.uint8)
    alpha[:, 40:] = 255
    garish, plain = photo.copy(), photo.copy()
    garish[:, :40], plain[:, :40] = (255, 0, 255), (0, 255, 0)
    first, second = (upscaler(np.dstack([each, alpha]), "warmer") for each in (garish, plain))
    assert first.array.shape == (244, 332, 4)
    assert first.image.mode == "RGBA"
    np.testing.assert_array_equal(first.array, second.array)
    assert (first.array[:, :150, 3] == 0).all()
    assert (first.array[:, 170:, 3] == 255).all()


@in_each_precision
def test_grey_stored_as_rgb_stays_grey_and_rgb(upscaler, photo):
    grey = np.repeat(photo[..., :1], 3, axis=2)
    for source in (grey, np.dstack([grey, np.where(grey[..., 0] > 60, 255, 0).astype(np.uint8)])):
        result = upscaler(source, "")
        assert result.image.mode == ("RGBA" if source.shape[2] == 4 else "RGB")
        assert np.ptp(result.array[..., :3], axis=2).max() == 0
    nearly = grey.copy()
    nearly[..., 0] = np.minimum(nearly[..., 0] + 8, 255)
    assert np.ptp(upscaler(nearly, "").array, axis=2).max() > 0, "a faint colour is a colour"


def test_a_hard_edge_of_transparency_does_not_ring(upscaler, photo):
    alpha = np.zeros((61, 83), np.uint8)
    alpha[20:40, 30:60] = 255
    upscaled = upscaler(np.dstack([photo, alpha]), "").array[..., 3]
    assert not upscaled[:78].any()
    assert not upscaled[:, :118].any()
    assert (upscaled[82:158, 122:238] == 255).all()
    ramp = np.repeat(np.arange(83, dtype=np.uint8)[None] * 3, 61, axis=0)
    steps = np.diff(upscaler(np.dstack([photo, ramp]), "").array[100, 4:-4, 3].astype(int))
    assert set(steps) <= {0, 1}, "a smooth alpha stays smooth"


def test_grey_stays_grey_unless_a_sentence_colours_it(upscaler, tiny_generator, photo):
    gray = photo[..., 0]
    for prompt in (None, ""):
        result = upscaler(gray, prompt)
        assert result.loaded.meta.is_gray
        assert result.image.mode == "L"
        assert (np.ptp(result.array, axis=2) == 0).all()
    tiny_generator.tone_head.to_tone.bias.data[:] = torch.tensor([0.0] * 6 + [0.3] + [0.0] * 14)  # red + 0.3
    coloured = upscaler(gray, "sepia")
    assert not coloured.loaded.meta.is_gray
    assert coloured.image.mode == "RGB"
    assert any("coloured a grey image" in note for note in coloured.notes)


SIZES = [
    ({"scale": 2}, (166, 122)),
    ({"scale": 2.5}, (208, 152)),
    ({"scale": 0.01}, (1, 1)),
    ({"scale": 6}, (498, 366)),
    ({"size_px": (100, 50)}, (100, 50)),
]


@pytest.mark.parametrize(("options", "size_px"), SIZES, ids=str)
def test_any_size_by_lanczos_from_the_networks_own(upscaler, photo, options, size_px):
    result = upscaler(photo, **options)
    assert result.image.size == size_px
    assert result.settings.network_scale == 4


IMPOSSIBLE = [
    {"scale": 0},
    {"scale": float("nan")},
    {"scale": 1000},
    {"size_px": (0, 4)},
    {"scale": 2, "size_px": (4, 4)},
    {"scale": "2"},
    {"size_px": (3.5, 4)},
    {"size_px": 5},
    {"size_px": "44"},
    {"tile": 0},
    {"tile": "big"},
    {"overlap": -1},
]


@pytest.mark.parametrize("options", IMPOSSIBLE, ids=str)
def test_impossible_sizes_and_tiles_are_refused(upscaler, photo, options):
    with pytest.raises(UsageError):
        upscaler(photo, **options)


@pytest.mark.parametrize("recovers", [True, False])
def test_o10_nan_is_tried_again_exactly_and_never_becomes_an_image(upscaler, photo, monkeypatch, recovers):
    run = upscaler.model.engine.run

    def overflowing(tile, guidance, context, *, exact=False):
        answer = run(tile, guidance, context, exact=exact)
        return answer if exact and recovers else answer * np.inf

    expected = upscaler(photo).array
    monkeypatch.setattr(upscaler.model.engine, "run", overflowing)
    if recovers:
        np.testing.assert_array_equal(upscaler(photo).array, expected)
    else:
        with pytest.raises(ModelError, match="NaN or Inf"):
            upscaler(photo)


@in_each_precision
def test_o9_the_same_order_twice_gives_the_same_bits(upscaler, photo):
    np.testing.assert_array_equal(upscaler(photo, "warmer").array, upscaler(photo, "warmer").array)


def test_the_result_knows_what_was_done(upscaler, photo, tmp_path):
    result = upscaler(photo, "warmer", strength=0.5)
    assert result.before.size == (83, 61)
    assert set(result.timings) == {"read", "text", "network", "finish", "total"}
    assert result.timings["total"] >= result.timings["network"] > 0
    assert "\n" not in repr(result)
    assert "\n" not in repr(upscaler)
    assert result.save(tmp_path / "out.png") == ()
    back = read_image(tmp_path / "out.png")
    np.testing.assert_array_equal(back.rgb, result.array)
    assert b"warmer" in (tmp_path / "out.png").read_bytes()
    result.save(tmp_path / "bare.png", provenance=False)
    assert b"warmer" not in (tmp_path / "bare.png").read_bytes()


def test_the_notebook_preview_is_side_by_side_and_small(upscaler):
    result = upscaler(np.zeros((300, 500, 3), np.uint8), "")
    preview = Image.open(io.BytesIO(result._repr_png_()))  # noqa: TID251
    assert preview.width * preview.height <= 2**20
    assert preview.width / preview.height == pytest.approx(2 * 500 / 300, rel=0.01)
