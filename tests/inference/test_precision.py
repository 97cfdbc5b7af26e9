"""bfloat16: taken where the processor has it and nowhere else, said in results, close, exact in what is a number."""

import numpy as np
import pytest
import torch
from tiny_models import RandomSentences, make_generator

from srgan_prompt.inference.torch_engine import TorchEngine, choose_precision
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.training.build import mixed_precision

CPU = torch.device("cpu")


@pytest.mark.parametrize(("has_it", "precision", "accelerates"), [(True, "bf16", "bf16"), (False, "fp32", "no")])
def test_auto_is_bfloat16_on_a_processor_that_has_it_and_never_on_another(monkeypatch, has_it, precision, accelerates):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has_it)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_precision("auto", CPU) == precision
    assert mixed_precision("auto") == accelerates
    assert f"on cpu, {precision}" in TorchEngine(make_generator(), "cpu").name
    for asked in ("fp32", "bf16"):
        assert choose_precision(asked, CPU) == asked
    assert choose_precision("auto", torch.device("meta")) == "fp32"


def test_bfloat16_is_close(upscaler, tiny_generator, photo):
    half = Upscaler.from_generator(tiny_generator, upscaler.model.sentences, precision="bf16")
    assert "bf16" in repr(half)
    exact, close = (each(photo, "warmer").array.astype(int) for each in (upscaler, half))
    assert 0 < np.abs(exact - close).max() <= 8


def test_results_and_files_say_which_precision_ran(upscaler, tiny_generator, photo):
    for precision in ("fp32", "bf16"):
        result = Upscaler.from_generator(tiny_generator, upscaler.model.sentences, precision=precision)(photo)
        assert result.provenance()["engine"].endswith(f"on cpu, {precision}")
        assert result.details()["engine"] == result.provenance()["engine"]


def test_tone_is_float32_under_autocast():
    """A colour of the bicubic enlargement and an amount that was asked for are not rounded to 8 bits of mantissa."""
    generator = make_generator()
    torch.nn.init.zeros_(generator.tail.to_pixels.weight)
    torch.nn.init.zeros_(generator.tail.to_pixels.bias)
    image = torch.rand(1, 3, 9, 9)
    conditioning = TextConditioning.of(torch.from_numpy(RandomSentences().embed(["make it warmer"])))
    with torch.inference_mode():
        exact = generator(image, conditioning)
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(generator(image, conditioning), exact)
    assert (exact - generator(image)).abs().max() > 1e-3


def test_a_sixteen_bit_picture_keeps_its_steps_in_bfloat16(tiny_generator):
    """Steps of one level of 65535, which bfloat16 itself could not tell apart, survive on the bicubic way."""
    torch.nn.init.zeros_(tiny_generator.tail.to_pixels.weight)
    torch.nn.init.zeros_(tiny_generator.tail.to_pixels.bias)
    ramp = np.broadcast_to((40_000 + np.arange(64, dtype=np.uint16))[None, :, None], (8, 64, 3))
    result = Upscaler.from_generator(tiny_generator, RandomSentences(), precision="bf16")(
        np.ascontiguousarray(ramp), ""
    )
    assert len(np.unique(result.array[16])) >= 64
