"""``--receipt``: a line for every file on stderr, all figures in ``--json``, and stdout as clean as ever."""

import json

import pytest
from cli_makers import make_image
from tiny_models import TINY_READING, FewWordsReader, make_generator

from srgan_prompt.prompts.reading import PackagedReader, Reading

READER = FewWordsReader({"brighter": Reading({"brighten": 0.5}), "warm": Reading({"warm": 0.5})})
MEASURED = "against the empty prompt: "


@pytest.fixture
def upscale(command, tmp_path_factory, monkeypatch):
    """``command("upscale", ...)`` with a tiny model that takes readings, and a reader of few words."""
    from srgan_prompt.checkpoints.model import save_model

    folder = tmp_path_factory.mktemp("models") / "reads"
    settings = TINY_READING.model_dump(mode="json")
    save_model(folder, make_generator(TINY_READING).state_dict(), settings, "", train_step=7)
    monkeypatch.setattr(PackagedReader, "read", lambda self, prompts: READER.read(prompts))
    return lambda *arguments: command("upscale", "--model", folder, *arguments)


def test_it_is_one_line_on_stderr_and_stdout_is_the_path(upscale, image):
    done = upscale(image, "-p", "brighter", "--receipt", "-o", "out.png")
    assert (done.code, done.out) == (0, "out.png\n")
    (line,) = done.err.splitlines()
    assert line.startswith(f"{image}: {MEASURED}")
    assert MEASURED not in upscale(image, "-p", "brighter", "-v", "-o", "without.png").err


def test_every_file_of_a_batch_has_its_own(upscale, tmp_path):
    for number in range(2):
        make_image(tmp_path / "in" / f"{number}.png", seed=number)
    rows = "file_name,prompt\n0.png,brighter\n1.png,warm\n"
    (tmp_path / "in" / "prompts.csv").write_text(rows, encoding="utf-8")
    done = upscale("in", "-o", "out", "--prompt-file", "in/prompts.csv", "--receipt", "--json")
    first, second = (json.loads(line)["receipt"] for line in done.out.splitlines())
    assert (first["asked"], second["asked"]) == ({"brighten": 0.5}, {"warm": 0.5})
    assert [line.split(": ")[0] for line in done.err.splitlines()] == ["in/0.png", "in/1.png", "2 done"]
    assert first["summary"] in done.err
    assert set(first) >= {"unprompted", "prompted", "hue_shift_deg", "mean_change", "seen", "not_seen"}


def test_without_it_json_has_none(upscale, image):
    assert "receipt" not in json.loads(upscale(image, "-p", "brighter", "--json").out)


def test_a_prompt_that_asks_for_nothing_says_so(upscale, image):
    assert "nothing was asked, so nothing was changed" in upscale(image, "-p", "", "--receipt", "-o", "a.png").err
    done = upscale(image, "-p", "brighter", "--strength", "0", "--receipt", "-o", "b.png")
    assert "the strength is 0, so nothing was changed" in done.err


def test_quiet_is_for_json_alone(upscale, image):
    refused = upscale(image, "-p", "brighter", "--receipt", "-q")
    assert (refused.code, refused.out) == (2, "")
    assert "--quiet leaves no place for the --receipt; add --json" in refused.err
    done = upscale(image, "-p", "brighter", "--receipt", "-q", "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["receipt"]["asked"] == {"brighten": 0.5}


def test_a_dry_run_counts_the_second_pass(upscale, image):
    once, twice = (json.loads(upscale(image, "-n", "--json", *flags).out) for flags in ([], ["--receipt"]))
    assert twice["memory_bytes"] == once["memory_bytes"] + (4 * 12) * (4 * 8) * 3
