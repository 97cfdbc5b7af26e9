"""Recipes that are run as a user runs them, but in this process."""

import runpy
import sys

import pytest
from accelerate.state import AcceleratorState


@pytest.fixture
def run_recipe(monkeypatch, capsys):
    """``run_recipe(path, *arguments)`` runs a recipe on the CPU: (exit code, stdout, stderr)."""
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")

    def call(path, *arguments):
        monkeypatch.setattr(sys, "argv", [str(path), *map(str, arguments)])
        AcceleratorState._reset_state(reset_partial_state=True)
        try:
            runpy.run_path(str(path), run_name="__main__")
            code = 0
        except SystemExit as stopped:
            code = stopped.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    yield call
    AcceleratorState._reset_state(reset_partial_state=True)
