"""A network conditioned on readings, in an ``Upscaler``: what is read is done, shown, kept in files and warned of."""

import json
import warnings

import numpy as np
import pytest
from PIL import Image
from precisions import in_each_precision
from tiny_models import TINY_READING, FewWordsReader, make_generator

from srgan_prompt import PromptWarning
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.reading import Reading

READER = FewWordsReader(
    {
        "brighter": Reading({"brighten": 0.5}),
        "more light please": Reading({"brighten": 0.5}),
        "warm": Reading({"warm": 0.5}),
        "brighter and warm": Reading({"brighten": 0.5, "warm": 0.5}),
        "brighter, and add a hat": Reading({"brighten": 0.5}, is_complete=False),
    }
)


@pytest.fixture
def upscaler(precision):
    return Upscaler.from_generator(make_generator(TINY_READING), reader=READER, precision=precision)


@in_each_precision
def test_what_is_read_alike_is_the_same_to_the_bit(upscaler, photo):
    same = [
        ("brighter", "more light please"),
        (["brighter", "warm"], "brighter and warm"),
        ("brighter:2, warm:2", [("brighter and warm", 2.0)]),
    ]
    for one, other in same:
        np.testing.assert_array_equal(upscaler(photo, one).array, upscaler(photo, other).array)
    assert (upscaler(photo, "brighter").array != upscaler(photo, "warm").array).any()


@in_each_precision
def test_a_negative_takes_out_exactly_what_it_asks_for(upscaler, photo):
    without = upscaler(photo, "brighter and warm", negative="warm")
    np.testing.assert_array_equal(without.array, upscaler(photo, "brighter").array)
    assert without.read_as == "brighten .5, not warm"


@in_each_precision
def test_strength_0_and_prompts_that_ask_for_nothing_are_the_empty_prompt_to_the_bit(upscaler, photo):
    plain = upscaler(photo, "").array
    np.testing.assert_array_equal(upscaler(photo, "brighter", strength=0).array, plain)
    with pytest.warns(PromptWarning, match="'a gray wolf' asks for nothing that this model can do; nothing is changed"):
        np.testing.assert_array_equal(upscaler(photo, "a gray wolf").array, plain)
    changes = [np.abs(upscaler(photo, "warm", strength=s).array.astype(int) - plain).mean() for s in (0, 0.5, 1, 2)]
    assert changes == sorted(set(changes))


def test_the_result_and_its_file_name_what_was_read(upscaler, photo, tmp_path):
    result = upscaler(photo, "brighter:0.5, warm")
    assert [(each.clause, each.reading.amounts, each.weight) for each in result.readings] == [
        ("brighter", {"brighten": 0.5}, 0.5),
        ("warm", {"warm": 0.5}, 1.0),
    ]
    result.save(tmp_path / "made.png")
    with Image.open(tmp_path / "made.png") as image:  # noqa: TID251
        note = json.loads(image.text["srgan_prompt"])
    assert (note["prompt"], note["read_as"]) == ("brighter:0.5, warm:1", "brighten .5 (weight 0.5); warm .5")
    assert upscaler(photo, "").readings == ()
    assert "read_as" not in upscaler(photo, "").provenance()


def test_doubts_are_notes_of_every_result_and_one_warning_at_the_call(upscaler, photo):
    num_calls = READER.num_calls
    with pytest.warns(PromptWarning, match="read as: brighten .5; a part of the sentence") as caught:
        results = upscaler([photo, photo], "brighter, and add a hat")
    assert READER.num_calls == num_calls + 1
    assert [warning.filename for warning in caught] == [__file__]
    assert [len(result.notes) for result in results] == [1, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("error", PromptWarning)
        upscaler(photo)
        upscaler(photo, "brighter")


def test_a_saved_model_is_still_conditioned_on_readings(upscaler, photo, tmp_path):
    upscaler.save_pretrained(tmp_path / "model")
    again = Upscaler.from_pretrained(tmp_path / "model", device="cpu", precision="fp32")
    assert again.model.engine.facts.intents == upscaler.model.engine.facts.intents
    again = Upscaler(again.model._replace(reader=READER))
    np.testing.assert_array_equal(again(photo, "warm").array, upscaler(photo, "warm").array)
    np.testing.assert_array_equal(again(photo).array, upscaler(photo).array)
