"""Lists of images: one prompt for all, or one for each."""

import numpy as np
import pytest
from precisions import in_each_precision
from tiny_models import TINY_READING, FewWordsReader, make_generator

from srgan_prompt.errors import PromptWarning, UsageError
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.reading import Reading


@in_each_precision
def test_a_list_of_prompts_gives_each_image_its_own(upscaler, photo):
    other = photo[::-1]
    for prompts in (["brighter", "darker"], ["brighter:0.5, warmer", None], [[("brighter", 0.5)], ""]):
        results = upscaler([photo, other], prompts)
        for image, prompt, result in zip((photo, other), prompts, results, strict=True):
            np.testing.assert_array_equal(result.array, upscaler(image, prompt).array)


@in_each_precision
@pytest.mark.parametrize("prompt", ["brighter", None, "", [("brighter", 0.5), ("warmer", 1)], []], ids=str)
def test_one_prompt_holds_for_all_images(upscaler, photo, prompt):
    for result in upscaler((photo, photo), prompt):
        np.testing.assert_array_equal(result.array, upscaler(photo, prompt).array)


def test_a_list_of_strings_for_one_image_is_one_request(upscaler, photo):
    assert upscaler(photo, ["brighter", "warmer"]).settings.prompt == "brighter:1, warmer:1"


@pytest.mark.parametrize("num_images", [1, 3])
def test_another_number_of_prompts_than_of_images_is_refused(upscaler, photo, num_images):
    with pytest.raises(UsageError, match=f"{num_images} images and 2 prompts"):
        upscaler([photo] * num_images, ["brighter", "darker"])


def test_what_was_understood_is_seen_in_python(photo):
    reader = FewWordsReader({"make it brighter": Reading({"brighten": 0.5})})
    upscaler = Upscaler.from_generator(make_generator(TINY_READING), reader=reader)
    assert "'make it brighter' read as brighten .5" in repr(upscaler(photo, "make it brighter"))
    with pytest.warns(PromptWarning, match="asks for nothing") as warned:
        result = upscaler(photo, "a gray wolf")
    assert warned[0].filename == __file__
    assert "asks for nothing that this model can do" in repr(result)
