"""What can be said: the phrases of the grammar, the pattern language they are in, and the words for how much.

The phrases are read from the YAML files in ``phrases/``. A file may begin with ``words``: ``<name>`` anywhere in it
stands for the words of that name. ``{times: 3, of: ...}`` in a list stands for three copies, since what a list holds
more often is said more often.

In a pattern ``(a|b|)`` picks one alternative (here: a, b or nothing), all equally likely; ``{name}`` is filled from a
table of further patterns. Some of these slots are the places where a degree can stand: ``{tail}`` after a verb phrase,
``{more}`` before a comparative, and so on; ``degrees.yaml`` has the words of each place and level. One place of a
pattern takes the degree; the others take their words for "elsewhere", or else their plain ones.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from srgan_prompt.prompts.operations import OPERATIONS, Clause

# A clause comes in one of five forms, which decide what can stand around it and how several of them join: a verb
# phrase, what the image should be, what it should have, a complaint, and a keyword.
Form = Literal["do", "be", "have", "wrong", "tag"]
Level = Literal["slight", "plain", "strong", "number"]

NEAR = 0.021  # an amount this close to a level is worded as that level
_FILES_OF_OPERATIONS = ("restoration", "light", "colour")
_FRACTIONS = {
    0.1: "a tenth",
    0.2: "a fifth",
    0.25: "a quarter",
    0.33: "a third",
    0.4: "two fifths",
    0.5: "half",
    0.6: "three fifths",
    0.67: "two thirds",
    0.75: "three quarters",
    0.8: "four fifths",
}
_TIMES = {0.5: "(one and a half times|1.5 times|1.5x)", 1.0: "(twice|twice|two times|2x|double)"}

_SLOT = re.compile(r"{(\w+)}")
_INNERMOST_CHOICE = re.compile(r"\(([^()]*)\)")
_SPACES = re.compile(r"\s+")
_SPACE_BEFORE_POINT = re.compile(r"\s+([,.;:?!])")
_IT_AFTER_PARTICLE = re.compile(r"\b(up|down|out) it\b")
_POINT_AFTER_END = re.compile(r"([.?!])\s*[,.;]")
_A_BEFORE_VOWEL = re.compile(r"\b([Aa]) (?=(?:[aeio]|un(?!i)|8|11%|18%)\w*)")


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


def slots_of(pattern: str) -> frozenset[str]:
    """Names of the ``{slots}`` written in ``pattern``."""
    return frozenset(_SLOT.findall(pattern))


def fill(pattern: str, tables: Mapping[str, str]) -> str:
    """Replace every ``{slot}`` by its pattern in ``tables``, again and again until none is left."""
    while "{" in pattern:
        pattern = _SLOT.sub(lambda slot: tables[slot[1]], pattern)
    return pattern


def choose(pattern: str, rng: random.Random) -> str:
    """Pick one alternative of every ``(a|b)``, innermost first."""

    def pick(match: re.Match[str]) -> str:
        return rng.choice(match[1].split("|"))

    while "(" in pattern:
        pattern = _INNERMOST_CHOICE.sub(pick, pattern)
    return pattern


def tidy(sentence: str) -> str:
    """Single spaces, none before a comma or point, no comma after an end, "it" before "up", "an" before a vowel."""
    sentence = _SPACES.sub(" ", sentence).strip(" ,")
    sentence = _SPACE_BEFORE_POINT.sub(r"\1", sentence)
    sentence = _IT_AFTER_PARTICLE.sub(r"it \1", sentence)
    sentence = _POINT_AFTER_END.sub(r"\1", sentence)
    return _A_BEFORE_VOWEL.sub(r"\1n ", sentence)


def level_of(clause: Clause, rng: random.Random) -> Level:
    """The level whose words suit ``clause.amount``; an amount between the levels can only be said as a number."""
    operation = OPERATIONS[clause.operation]
    levels: dict[Level, float] = {"slight": operation.slight, "plain": operation.plain, "strong": operation.strong}
    near = [level for level, amount in levels.items() if abs(amount - clause.amount) <= NEAR]
    if not near:
        return "number"
    if operation.slight == operation.plain:  # not a matter of degree
        return "plain"
    # Where "all" and "no word" mean the same amount, most people say nothing.
    level: Level = "plain" if "plain" in near and rng.random() < 0.8 else near[-1]
    return "number" if rng.random() < 0.08 and clause.amount < 1 else level


def can_say(pattern: str, level: Level) -> bool:
    """Whether ``pattern`` has a place for the words of ``level``."""
    return bool(_carriers(pattern, level)) or (level == "plain" and not _places(pattern))


def degree_words(pattern: str, clause: Clause, level: Level, rng: random.Random) -> dict[str, str]:
    """A table for ``patterns.fill``: which words each degree slot of ``pattern`` takes."""
    words = number_words(clause.amount)
    carriers = _carriers(pattern, level)
    carrier = rng.choice(carriers) if carriers else None
    for slot, said in _places(pattern).items():
        words[slot] = said[level] if slot == carrier else said.get("elsewhere", said["plain"])
    return words


def number_words(amount: float) -> dict[str, str]:
    """``amount`` as the words of the number slots; "over", "under", "factor", "manifold" and "rest" tell the result."""
    points = f"{round(100 * amount, 1):g}"
    under = f"{round(100 * (1 - amount), 1):g}"
    percent = f"({points} percent|{points}%|{points}%|{points} %|{points} per cent)"
    fraction = _FRACTIONS.get(round(amount, 2))
    factor = f"{round(1 + amount, 3):g}"
    return {
        "points": points,
        "percent": percent,
        "decimal": f"{round(amount, 3):g}" if amount < 1 else "1.0",
        "fraction": f"by {fraction}" if fraction else f"by {percent}",
        "part_of": fraction or percent,
        "over": f"{round(100 * (1 + amount), 1):g}",
        "under": under,
        "factor": factor,
        "manifold": _TIMES.get(amount, f"({factor} times|{factor}x)"),
        "rest": _FRACTIONS.get(round(1 - amount, 2), f"({under}%|{under} percent)"),
    }


@cache
def _carriers(pattern: str, level: Level) -> tuple[str, ...]:
    """Slots of ``pattern`` that have words for ``level`` while all its other slots stay plain."""
    places = _places(pattern)
    return tuple(
        slot
        for slot, said in places.items()
        if level in said and all("plain" in places[other] for other in places if other != slot)
    )


def _places(pattern: str) -> dict[str, dict[Level | Literal["elsewhere"], str]]:
    """Where a degree can stand in ``pattern``, by slot in order of its name: the words for each level there."""
    slots = load("degrees")["slots"]
    return {slot: slots[slot] for slot in sorted(slots_of(pattern) & slots.keys())}
