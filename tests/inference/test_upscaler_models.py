"""Models in and out: folders (W3), devices, and files that are refused."""

import numpy as np
import pytest
from precisions import in_each_precision

from srgan_prompt.checkpoints.model import save_model
from srgan_prompt.errors import ModelError, OutputError, UsageError
from srgan_prompt.inference.file_engines import FILE_ENGINES
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.generator import SRGAN, build_generator
from srgan_prompt.network_config import GeneratorConfig


@in_each_precision
def test_saved_and_loaded_gives_the_same_bits(upscaler, photo, tmp_path, precision):
    upscaler.save_pretrained(tmp_path / "model")
    again = Upscaler.from_pretrained(tmp_path / "model", device="cpu", precision=precision)
    again = Upscaler(again.model._replace(sentences=upscaler.model.sentences))
    np.testing.assert_array_equal(again(photo, "warmer").array, upscaler(photo, "warmer").array)
    again.save_pretrained(tmp_path / "copy")
    assert (tmp_path / "copy" / "README.md").read_text() == (tmp_path / "model" / "README.md").read_text()
    with pytest.raises(OutputError):
        again.save_pretrained(tmp_path / "copy")


def test_w3_weights_that_do_not_fit_their_config_are_named(tiny_generator, tmp_path):
    state, config = tiny_generator.state_dict(), tiny_generator.config.model_dump(mode="json")
    save_model(tmp_path / "model", state, config | {"channels": 12, "num_blocks": 1}, "", train_step=0)
    with pytest.raises(ModelError, match=r"\d unexpected: .*; \d+ of the wrong shape: .* instead of ") as refused:
        Upscaler.from_pretrained(tmp_path / "model", device="cpu")
    assert str(tmp_path / "model") in str(refused.value)


def test_a_model_without_text_says_that_it_ignores_prompts(photo):
    config = SRGAN.model_copy(update={"channels": 8, "num_blocks": 1})
    upscaler = Upscaler.from_generator(build_generator(GeneratorConfig(**config.model_dump())))
    assert "takes no prompts" in upscaler(photo, "warmer").notes[0]
    assert upscaler(photo).notes == ()
    np.testing.assert_array_equal(upscaler(photo, "warmer").array, upscaler(photo, "").array)
    assert np.abs(upscaler(photo, "", tile=32).array.astype(int) - upscaler(photo, "", tile="off").array).max() <= 1


@pytest.mark.parametrize(
    "options",
    [{"engine": "tensorrt"}, {"device": "quantum"}, {"device": None}, {"precision": "fp4"}, {"threads": 0}],
    ids=str,
)
def test_options_that_do_not_exist_are_refused(upscaler, tmp_path, options):
    upscaler.save_pretrained(tmp_path / "model")
    with pytest.raises(UsageError):
        Upscaler.from_pretrained(tmp_path / "model", **options)


@pytest.mark.parametrize("source", ["", 5, b"x4"], ids=repr)
def test_what_names_no_model_is_refused(source):
    with pytest.raises(UsageError, match="is no model"):
        Upscaler.from_pretrained(source)


def test_missing_models_are_one_sentence(tmp_path):
    with pytest.raises(ModelError):
        Upscaler.from_pretrained(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="srgan-prompt export"):
        FILE_ENGINES["onnx"].shipped(tmp_path)
