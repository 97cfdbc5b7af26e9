"""What README and docs print: commands, Python snippets, and the names that stand in backticks."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^ *```(\S*)[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^ {4,}((?:srgan-prompt|python|accelerate|torchrun|pip) .*)$", re.MULTILINE)
_BACKTICKED = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def text_of(page: Path) -> str:
    """The page with commands of several lines on one line."""
    return re.sub(r" *\\\n +", " ", page.read_text("utf-8"))


def commands(page: Path) -> Iterator[list[str]]:
    """The words of every command in an indented block; ``&&`` stands between two."""
    for line in _COMMAND.findall(_FENCE.sub("", text_of(page))):
        words: list[str] = []
        for word in [*shlex.split(line, comments=True), "&&"]:
            if word != "&&":
                words.append(word)
            elif words:
                yield words
                words = []


def without_redirections(words: list[str]) -> list[str]:
    """``words`` before the first ``<`` or ``>``."""
    return words[: next((i for i, word in enumerate(words) if word in ("<", ">")), len(words))]


def listings(page: Path, language: str | None = None) -> list[str]:
    """All that stands between fences, in any language or in one."""
    fenced = _FENCE.findall(page.read_text("utf-8"))
    return [code for each, code in fenced if language is None or each == language]


def snippets(page: Path) -> str:
    """All Python of the page, in order: a later snippet may use names of an earlier one."""
    return "\n".join(code for language, code in _FENCE.findall(page.read_text("utf-8")) if language == "python")


def backticked(page: Path) -> set[str]:
    """What stands in single backticks outside of listings."""
    return set(_BACKTICKED.findall(_FENCE.sub("", page.read_text("utf-8"))))
