"""Bars on a terminal, silence elsewhere."""

import sys
from io import StringIO
from pathlib import Path

from rich.console import Console

from srgan_prompt.cli.report import Bars
from srgan_prompt.images.paths import Job


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_nothing_is_shown_to_a_file_or_when_quiet(upscale, image, monkeypatch):
    assert upscale(image).err == ""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert upscale(image, "--quiet", "--overwrite").code == 0
    assert terminal.getvalue() == ""


def test_a_terminal_sees_bars_on_stderr_and_results_on_stdout(upscale, image, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert upscale(image).out == f"{image.with_name('photo_x4.png')}\n"
    assert "photo.png" in terminal.getvalue()
    assert "1/1" in terminal.getvalue()


def test_bars_count_files_and_tiles_and_names_are_no_markup():
    out = StringIO()
    with Bars(Console(file=out, force_terminal=True, width=100)) as bars:
        name = Path("[red]odd[blue].png")
        bars.file(2, 7, Job(name, name))
        bars.tile(3, 9)
    assert "2/7" in out.getvalue()
    assert "3/9" in out.getvalue()
    assert "[red]odd[blue].png" in out.getvalue()
