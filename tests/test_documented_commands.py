"""The commands and snippets of README and docs: all are understood, and the cheap ones are run as they stand."""

import contextlib
import io
import re
import shutil
from pathlib import Path

import pytest
from documented import PAGES, ROOT, commands, snippets, without_redirections
from PIL import Image
from pydantic import BaseModel

from srgan_prompt.cli.app import COMMANDS, main, parser_of
from srgan_prompt.config import TrainConfig

COMMAND_LINES = sorted({(str(page.relative_to(ROOT)), *words) for page in PAGES for words in commands(page)})
OURS = [line for line in COMMAND_LINES if line[1] == "srgan-prompt"]
RECIPES = [line for line in COMMAND_LINES if any(word.startswith("recipes/") for word in line)]
RUN_AS_THEY_STAND = ["README.md", "docs/tutorials/first_upscale.md", "docs/howto/batch.md", "docs/howto/receipt.md"]
SNIPPETS = [*RUN_AS_THEY_STAND, "docs/reference/api.md"]
TAKE_SETTINGS = ("recipes/train_gan.py", "recipes/train_tails.py")


def name_of(line):
    return " ".join(line)[:90]


def test_there_are_commands():
    assert len(OURS) > 15
    assert len(RECIPES) > 15


@pytest.mark.parametrize("line", OURS, ids=name_of)
def test_a_documented_command_has_these_flags(line):
    page, _, *words = line
    if words == ["--help"]:
        return
    command, *arguments = without_redirections(words)
    assert command in COMMANDS, page
    parser_of(command).parse(arguments)


@pytest.mark.parametrize("line", RECIPES, ids=name_of)
def test_a_documented_recipe_is_there_and_has_these_flags(line):
    (recipe,) = [word for word in line if word.startswith("recipes/") and word.endswith(".py")]
    source = (ROOT / recipe).read_text("utf-8")
    for flag in [word for word in line[line.index(recipe) :] if word.startswith("--")]:
        assert f'"{flag}"' in source or (recipe in TAKE_SETTINGS and is_setting(flag)), flag
    for config in [word for word in line if word.startswith("recipes/configs/")]:
        assert (ROOT / config).is_file()


def is_setting(flag):
    """``--data.no-streaming`` is the other way of ``data.streaming``."""
    *sections, name = flag.removeprefix("--").replace("-", "_").split(".")
    model = TrainConfig
    for section in sections:
        model = model.model_fields[section].annotation
        assert issubclass(model, BaseModel)
    return name in model.model_fields or name.removeprefix("no_") in model.model_fields


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """An empty folder but for the examples, and small photos of the names that the pages use."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "photos/holiday").mkdir(parents=True)
    with Image.open(ROOT / "examples/quail.jpg") as quail:  # noqa: TID251
        small = quail.resize((96, 69))
    for name in ("photo.jpg", "scan.png", "photos/photo.jpg", "photos/holiday/scan.png"):
        small.save(tmp_path / name)
    (tmp_path / "photos/captions.csv").write_text('file_name,prompt\nphoto.jpg,"remove the noise, a bit warmer"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN_AS_THEY_STAND)
def test_the_upscaling_commands_of_a_page_do_what_they_say(page, clone, capsys):
    for program, *words in commands(ROOT / page):
        if program != "srgan-prompt" or "<" in words:
            continue
        assert main(without_redirections(words)) == 0, (words, capsys.readouterr().err)
    assert list(clone.rglob("*_x4.*"))


@pytest.mark.slow
@pytest.mark.filterwarnings("error::srgan_prompt.errors.PromptWarning")
@pytest.mark.parametrize("page", SNIPPETS)
def test_the_snippets_of_a_page_run_and_print_what_they_say(page, clone):
    source, printed = snippets(ROOT / page), io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, page, "exec"), {})  # noqa: S102
    said = re.findall(r"^print\(.*\)  # (.*)$", source, re.MULTILINE)
    assert not said or printed.getvalue().splitlines() == said


@pytest.mark.slow
def test_the_receipt_of_the_page_is_the_one_that_is_printed(clone, capsys):
    page = (ROOT / "docs/howto/receipt.md").read_text("utf-8")
    (said,) = re.findall(r"^    (examples/city_noisy\.png: .*\n    .*)$", page, re.MULTILINE)
    assert main(next(commands(ROOT / "docs/howto/receipt.md"))[1:]) == 0
    printed, number = capsys.readouterr().err, r"-?\d+\.\d"
    assert re.sub(number, "N", printed).split() == re.sub(number, "N", said).split()
    figures = zip(re.findall(number, printed), re.findall(number, said), strict=True)
    assert all(abs(float(one) - float(other)) < 0.3 for one, other in figures)  # in float32 and bfloat16


def test_sizes_that_the_tutorial_names_are_those_of_the_examples():
    page = (ROOT / "docs/tutorials/first_upscale.md").read_text("utf-8")
    with Image.open(Path(ROOT / "examples/quail.jpg")) as quail:  # noqa: TID251
        width_px, height_px = quail.size
    assert f"{width_px} x {height_px} pixels" in page
    assert f"{4 * width_px} x {4 * height_px} pixels" in page
