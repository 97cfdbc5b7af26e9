"""Recipes are scripts to read and copy: short, not a package, and each says how to run it."""

import ast
from pathlib import Path

import pytest

RECIPES = Path(__file__).parents[2] / "recipes"
SCRIPTS = sorted(RECIPES.rglob("*.py"))


def test_recipes_are_not_a_package():
    assert len(SCRIPTS) >= 5
    assert [path for path in SCRIPTS if path.name == "__init__.py"] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_recipe_is_short_and_says_how_to_run_it(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 150
    assert f"recipes/{path.relative_to(RECIPES).as_posix()}" in ast.get_docstring(ast.parse(text))
    assert 'if __name__ == "__main__":' in text
