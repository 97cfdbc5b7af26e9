from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from srgan_prompt.data.pairs import Pair
from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.methods import SavedResults, bicubic, lanczos, ours, produce


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    low = rng.integers(0, 256, (10, 12, 3), dtype=np.uint8)
    return Pair("baby", low, np.zeros((40, 48, 3), np.uint8))


def test_filters_upscale_by_scale(pair):
    assert produce(bicubic(4), pair).shape == produce(lanczos(4), pair).shape == (40, 48, 3)
    assert not np.array_equal(bicubic(4)(pair.low), lanczos(4)(pair.low))


def test_bicubic_has_the_kernel_of_the_tables():
    """Keys' cubic with a = -0.5 at +-1/8 px and so on: the weights of MATLAB's imresize at x4."""
    low = np.zeros((9, 9, 3), np.uint8)
    low[4, 4] = 200
    row = bicubic(4)(low)[17, :, 0] / bicubic(4)(low)[17, 17, 0]
    distances = np.abs((np.arange(36) + 0.5) / 4 - 4.5)
    near = 1.5 * distances**3 - 2.5 * distances**2 + 1
    far = -0.5 * distances**3 + 2.5 * distances**2 - 4 * distances + 2
    kernel = np.where(distances <= 1, near, np.where(distances < 2, far, 0)).clip(0)
    np.testing.assert_allclose(row, kernel / kernel[17], atol=0.01)


def test_ours_passes_the_prompt(pair):
    seen = []

    def upscaler(low, *, prompt, self_ensemble):
        seen.append((low.shape, prompt, self_ensemble))
        return SimpleNamespace(image=Image.new("RGBA", (48, 40), "red"))

    output = produce(ours(upscaler, "make it red"), pair)
    assert output[0, 0].tolist() == [255, 0, 0]
    produce(ours(upscaler, "", self_ensemble=True), pair)
    produce(ours(upscaler, None), pair)
    assert [each[1:] for each in seen] == [("make it red", False), ("", True), (None, False)]
    assert {each[0] for each in seen} == {(10, 12, 3)}


def test_saved_results_are_found_by_name(tmp_path, pair):
    Image.new("RGB", (48, 40), "blue").save(tmp_path / "baby_x4.png")
    results = SavedResults(tmp_path)
    assert produce(results, pair)[0, 0].tolist() == [0, 0, 255]
    with pytest.raises(DataError, match=r"no result for bird; expected bird\.png"):
        results.of("bird")


def test_a_result_of_the_wrong_size(tmp_path, pair):
    Image.new("RGB", (24, 20)).save(tmp_path / "baby.png")
    with pytest.raises(DataError, match="baby is 24 x 20 pixels, but its original is 48 x 40"):
        produce(SavedResults(tmp_path), pair)
