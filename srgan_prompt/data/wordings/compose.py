"""From a request to one correct sentence in lower case: clauses, how they join, what stands around them.

Several clauses share one form and one sentence ("make it brighter and less noisy"), or make a sentence each.
"""

import random

from srgan_prompt.data.wordings.degrees import Level, can_say, degree_words, level_of
from srgan_prompt.data.wordings.lexicon import LEXICON
from srgan_prompt.data.wordings.lexicon_common import (
    FRAMES,
    JOINTS,
    KEEP_FRAMES,
    KEEP_JOINTS,
    MACROS,
    PURPOSE_JOINTS,
    SENTENCE_JOINTS,
    Form,
)
from srgan_prompt.data.wordings.patterns import choose, fill, tidy
from srgan_prompt.prompts.operations import Clause, Request

# How often each form is tried: people mostly give orders, and rarely complain.
_FORMS: tuple[Form, ...] = (*("do",) * 9, *("be",) * 5, *("have",) * 3, *("wrong",) * 2, *("tag",) * 2)
_ONE_SENTENCE_RATE = 0.65  # of requests with several clauses, this share joins them inside one sentence
_PURPOSE_RATE = 0.06  # of single clauses, this share says the same thing twice: "sharpen it to make it clearer"

_Said = tuple[Clause, Level]  # a clause and the level at which it is worded


def compose(request: Request, rng: random.Random) -> tuple[str, dict[str, Level]]:
    """A correct wording of ``request`` in lower case, without a final point; and at which level it words each clause."""
    said = [(clause, level_of(clause, rng)) for clause in rng.sample(request.clauses, len(request.clauses))]
    if len(said) > 1 and rng.random() < _ONE_SENTENCE_RATE:
        sentences = [_sentence(said, rng)]
    else:
        sentences = [_sentence([each], rng) for each in said]
    text = rng.choice(SENTENCE_JOINTS).join(sentences)
    for operation in request.keep:
        kept = _kept(operation, rng)
        text += rng.choice(KEEP_JOINTS).format(kept) if text else kept
    return tidy(text), {clause.operation: level for clause, level in said}


def _sentence(said: list[_Said], rng: random.Random) -> str:
    """All clauses in one form, joined, inside one sentence frame of that form."""
    form = rng.choice(_FORMS)
    while not all(_patterns(each, form) for each in said):
        form = rng.choice(_FORMS)
    joined = _phrase(said[0], form, rng)
    for each in said[1:]:
        joined += rng.choice(JOINTS[form]) + _phrase(each, form, rng)
    if form == "do" and len(said) == 1 and _patterns(said[0], "be") and rng.random() < _PURPOSE_RATE:
        joined += rng.choice(PURPOSE_JOINTS) + _phrase(said[0], "be", rng)
    before, after = rng.choice(FRAMES[form]).split("{}")
    return _speak(before, {}, rng) + joined + _speak(after, {}, rng)


def _phrase(said: _Said, form: Form, rng: random.Random) -> str:
    pattern = rng.choice(_patterns(said, form))
    return _speak(pattern, degree_words(pattern, *said, rng), rng)


def _patterns(said: _Said, form: Form) -> list[str]:
    clause, level = said
    return [pattern for pattern in getattr(LEXICON[clause.operation], form) if can_say(pattern, level)]


def _kept(operation: str, rng: random.Random) -> str:
    words = LEXICON[operation]
    table = {"kept": rng.choice(words.kept), "undone": rng.choice(words.undone)}
    return _speak(rng.choice(KEEP_FRAMES), table, rng)


def _speak(pattern: str, table: dict[str, str], rng: random.Random) -> str:
    return choose(fill(pattern, MACROS | table), rng)
