"""Every prompt that README, help and docs print is read offline: no network, no cache, no BERT."""

import re
from pathlib import Path

import pytest

from srgan_prompt.prompts.interpretation import interpret_readings
from srgan_prompt.prompts.operations import INTENTS
from srgan_prompt.prompts.prompt import read_prompt
from srgan_prompt.prompts.reader import load_reader

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "docs/reference/cli.txt"]
PRINTED = re.compile(r'(?:--prompt|-p|upscaler\("[^"]+",) "([^"]+)"')
ELSEWHERE = {"...", "TEXT"}  # stand for a prompt
PROMPTS = sorted({prompt for page in PAGES for prompt in PRINTED.findall(page.read_text("utf-8"))} - ELSEWHERE)


def test_there_are_prompts_on_these_pages():
    assert len(PROMPTS) > 5


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_printed_prompt_is_read_offline_and_in_full(prompt, tmp_path, monkeypatch):
    for variable in ("HOME", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    read = interpret_readings(read_prompt(prompt), load_reader(), INTENTS)
    assert any(clause.reading.asks for clause in read.readings)
    assert read.notes == ()
