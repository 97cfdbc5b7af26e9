"""--prompt-file: every image its own prompt."""

import json

import pytest
from cli_makers import make_image, pixels


@pytest.fixture
def photos(tmp_path):
    """in/a.png, in/b.png and in/deep/a.png."""
    return [make_image(tmp_path / "in" / name) for name in ("a.png", "b.png", "deep/a.png")]


def write(path, *rows, header="file_name,prompt"):
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def prompts_used(done):
    assert done.code == 0, done.err
    return {line["input"]: line["prompt"] for line in map(json.loads, done.out.splitlines())}


@pytest.mark.usefixtures("photos")
def test_every_image_gets_its_own_prompt(upscale, tmp_path):
    write(tmp_path / "in" / "metadata.csv", 'a.png,"warmer, sharper"', "deep/a.png,أدفأ 🌅", "b.png,")
    done = upscale("in", "-o", "out", "-r", "--prompt-file", "in/metadata.csv", "--json")
    assert prompts_used(done) == {"in/a.png": "warmer, sharper", "in/deep/a.png": "أدفأ 🌅", "in/b.png": ""}
    assert done.err.count("no prompt for") == 0
    assert upscale("in/a.png", "-p", "warmer, sharper", "-o", "alone.png").code == 0
    assert (pixels(tmp_path / "alone.png") == pixels(tmp_path / "out" / "a_x4.png")).all()


@pytest.mark.usefixtures("photos")
def test_a_bare_name_stands_for_every_input_of_that_name(upscale, tmp_path):
    write(tmp_path / "captions.csv", "a.png,warmer", "in/b.png,sharper")
    done = upscale("in", "-o", "out", "-r", "--prompt-file", "captions.csv", "--json")
    assert prompts_used(done) == {"in/a.png": "warmer", "in/deep/a.png": "warmer", "in/b.png": "sharper"}


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("flags", [[], ["--dry-run"]], ids=str)
def test_what_is_not_listed_gets_the_commands_prompt_and_both_are_said(upscale, tmp_path, flags):
    write(tmp_path / "captions.csv", "in/a.png,warmer", "in/gone.png,sharper")
    done = upscale("in", "-o", "out", "-p", "sepia", "--prompt-file", "captions.csv", "--json", *flags)
    assert "captions.csv has no prompt for in/b.png; the command's own prompt holds there.\n" in done.err
    assert "captions.csv names in/gone.png, which is no image to be done.\n" in done.err
    if not flags:
        assert prompts_used(done) == {"in/a.png": "warmer", "in/b.png": "sepia"}


MISTAKES = {
    "a.png": ["file_name,prompt", "a.png,one", "a.png,two"],
    "first line must name the columns": ["picture,prompt", "a.png,one"],
    "line 2: a comma in a prompt needs quotes": ["file_name,prompt", "a.png,warmer, sharper"],
    "line 2: a name and a prompt are needed": ["file_name,prompt", "a.png"],
    "line 3: a name and a prompt are needed": ["file_name,prompt", "a.png,one", ",two"],
    "the weight 9 is outside": ["file_name,prompt", "a.png,denoise:9"],
    "line 2: one size holds for all images": ["file_name,prompt", "a.png,twice as big"],
    "is not CSV": ["file_name,prompt", 'a.png,"never ends'],
}


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("said", MISTAKES)
def test_mistakes_are_named_before_any_work(upscale, tmp_path, said):
    (tmp_path / "captions.csv").write_text("\n".join(MISTAKES[said]), encoding="utf-8")
    done = upscale("in", "-o", "out", "--prompt-file", "captions.csv")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("srgan-prompt: captions.csv")
    assert said in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [None, b"file_name,prompt\n\xff\xfe,x\n", b"", b"\0\0"])
def test_files_that_hold_no_captions(upscale, image, tmp_path, content):
    if content is not None:
        (tmp_path / "captions.csv").write_bytes(content)
    done = upscale(image, "--prompt-file", "captions.csv")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("srgan-prompt: captions.csv")
    assert upscale(image, "--prompt-file", ".").code == 2


def test_names_agree_however_their_accents_are_composed(upscale, tmp_path):
    make_image(tmp_path / "in" / "cafe\u0301.png")
    (tmp_path / "list.csv").write_text("file_name,prompt\ncaf\u00e9.png,warmer\n", encoding="utf-8")
    done = upscale("in", "--prompt-file", "list.csv", "--json")
    assert json.loads(done.out)["prompt"] == "warmer"
    assert "no prompt for" not in done.err
