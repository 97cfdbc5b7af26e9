"""P1: any prompt that anybody may paste."""

import pytest
from cli_makers import pixels, size_px

ODD_PROMPTS = {
    "empty": "",
    "spaces": "   ",
    "10000 characters": "warm " * 2000,
    "78 words": "word " * 78,
    "emoji": "🌅🔥",
    "right to left": "اجعلها أدفأ",
    "lone surrogate": "a\ud800b",
    "newline": "a\nb",
    "html": "<script>alert(1)</script>",
    "flag": "--help",
    "formula": "=1+1",
}


@pytest.mark.parametrize("prompt", ODD_PROMPTS.values(), ids=ODD_PROMPTS)
def test_p1_odd_prompts_work(upscale, image, prompt):
    done = upscale(image, "--prompt", prompt)
    assert done.code == 0, done.err
    assert done.out == f"{image.with_name('photo_x4.png')}\n"
    assert ("too long: its last" in done.err) == (len(prompt) == 10_000)


def test_the_folder_of_the_model_is_not_published(upscale, image, tmp_path, model):
    assert upscale(image, "-o", "made.png").code == 0
    content = (tmp_path / "made.png").read_bytes()
    assert b'"model": "tiny"' in content
    assert str(model.parent).encode() not in content


def test_p4_the_prompt_is_in_the_file_escaped_unless_switched_off(upscale, image, tmp_path):
    assert upscale(image, "-p", "<script>", "-o", "with.png").code == 0
    assert upscale(image, "-p", "<script>", "-o", "without.png", "--no-provenance").code == 0
    assert b"\\u003cscript\\u003e" in (tmp_path / "with.png").read_bytes()
    assert b"script" not in (tmp_path / "without.png").read_bytes()


@pytest.mark.parametrize(
    ("prompt", "expected_px"),
    [("warmer, half the size", (6, 4)), ("by a factor of 3", (36, 24)), ("increase the size by 50%", (18, 12))],
)
def test_sizes_in_the_sentence_are_those_of_python(upscale, image, model, prompt, expected_px):
    from srgan_prompt.inference.upscaler import Upscaler

    assert upscale(image, "-p", prompt, "-o", "made.png").code == 0
    in_python = Upscaler.from_pretrained(model)(image, prompt)
    assert size_px(image.with_name("made.png")) == in_python.image.size == expected_px
    assert (pixels(image.with_name("made.png")) == in_python.array).all()


@pytest.mark.parametrize("flags", [(), ("--dry-run",)], ids=["run", "plan"])
def test_what_looks_like_a_size_and_is_none_is_named(upscale, image, flags):
    assert "'smaller' looks like a size and was not understood" in upscale(image, "-p", "make it smaller", *flags).err
