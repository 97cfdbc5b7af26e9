"""The phrases of the grammar, read from the YAML files in ``phrases/``: what can be said, and nothing of how.

A file may begin with ``words``: ``<name>`` anywhere in it stands for the words of that name. ``{times: 3, of: ...}`` in
a list stands for three copies, since what a list holds more often is said more often.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

# A clause comes in one of five forms, which decide what can stand around it and how several of them join: a verb
# phrase, what the image should be, what it should have, a complaint, and a keyword.
Form = Literal["do", "be", "have", "wrong", "tag"]
_FILES_OF_OPERATIONS = ("restoration", "light", "colour")


@dataclass(frozen=True)
class Words:
    """Patterns of one operation, by form. An empty form cannot be used for it."""

    do: tuple[str, ...] = ()
    be: tuple[str, ...] = ()
    have: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()

    def __add__(self, other: "Words") -> "Words":
        """The patterns of both."""
        return Words(*(getattr(self, form.name) + getattr(other, form.name) for form in fields(self)))


Lexicon = Mapping[str, Words]  # operation -> its words


@dataclass(frozen=True)
class Exclusion:
    """What people rule out, one operation or a whole matter such as "the brightness", and the words for it.

    An empty kind of words cannot be used.
    """

    forbids: tuple[str, ...]
    nouns: str = ""  # leave __ alone
    stays: str = ""  # keep it __
    acts: str = ""  # don't __
    acting: str = ""  # without __
    outcomes: str = ""  # not __, don't make it __
    things: str = ""  # no __
    excess: str = ""  # not __

    def words(self, kind: str) -> str:
        """A pattern of that kind of words; "" if there is none."""
        words = getattr(self, kind)
        return f"({words})" if words else ""


@dataclass(frozen=True)
class Contrast:
    """``pattern`` holds {wish}, a clause in ``form``, and {not}, words of ``kind`` for what is ruled out."""

    form: Form
    kind: str
    pattern: str


@cache
def load(name: str) -> dict[str, Any]:
    """The content of ``phrases/<name>.yaml`` with all its own words filled in; lists become tuples."""
    text = (resources.files("srgan_prompt.grammar") / "phrases" / f"{name}.yaml").read_text("utf-8")
    content = yaml.safe_load(text)
    words: dict[str, Any] = {}
    for word, said in content.pop("words", {}).items():
        words[word] = _filled(said, words)
    return _filled(content, words)


@cache
def lexicon() -> Lexicon:
    """The words of every operation: its phrases, and its ways to state an amount as a number."""
    written = {name: words for file in _FILES_OF_OPERATIONS for name, words in load(file)["operations"].items()}
    return {name: Words(**words) + _numbers(name) for name, words in written.items()}


@cache
def everyday_lexicon() -> Lexicon:
    """The same with the wishes that only a reader is trained on."""
    more = load("everyday")["operations"]
    return {name: words + Words(**more.get(name, {})) for name, words in lexicon().items()}


@cache
def exclusions() -> tuple[Exclusion, ...]:
    """Everything that can be ruled out."""
    return tuple(Exclusion(**each) for each in load("exclusions")["exclusions"])


@cache
def contrasts(file: str = "exclusions") -> tuple[Contrast, ...]:
    """How one thing is asked for against another."""
    return tuple(
        Contrast(group["form"], group["kind"], pattern)
        for group in load(file)["contrasts"]
        for pattern in group["patterns"]
    )


def _numbers(name: str) -> Words:
    numbers = load("numbers")
    own = dict(numbers["operations"].get(name, {}))
    kind, words = numbers["kinds"].get(own.pop("like", None), {}), own.pop("words", {})
    return Words(**_filled(kind, words)) + Words(**own)


def _filled(content: Any, words: Mapping[str, str]) -> Any:
    """``content`` with every ``<name>`` of ``words`` in its strings replaced, and every list a tuple."""
    if isinstance(content, dict):
        return {key: _filled(each, words) for key, each in content.items()}
    if isinstance(content, list | tuple):
        return tuple(each for item in content for each in _repeated(item, words))
    if isinstance(content, str):
        for name, said in words.items():
            content = content.replace(f"<{name}>", said)
    return content


def _repeated(item: Any, words: Mapping[str, str]) -> tuple[Any, ...]:
    if isinstance(item, dict) and item.keys() == {"times", "of"}:
        of = item["of"] if isinstance(item["of"], list | tuple) else [item["of"]]
        return _filled(of, words) * item["times"]
    return (_filled(item, words),)
