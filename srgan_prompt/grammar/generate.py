"""From a request to one correct sentence in lower case: clauses, how they join, what stands around them.

Several clauses share one form and one sentence ("make it brighter and less noisy"), or make a sentence each.
"""

import random
from collections.abc import Mapping
from typing import get_args

from srgan_prompt.data.wordings.contrasts import draw_contrast
from srgan_prompt.data.wordings.forbid import (
    AFTER_WISH,
    BEFORE_WISH,
    exclusions_of,
    forbid,
    words_of,
)
from srgan_prompt.data.wordings.forbid import (
    FRAMES as FORBID_FRAMES,
)
from srgan_prompt.data.wordings.lexicon import LEXICON
from srgan_prompt.data.wordings.lexicon_common import FRAMES, JOINTS, MACROS, PURPOSE_JOINTS, SENTENCE_JOINTS, Form
from srgan_prompt.data.wordings.limits import LIMITS
from srgan_prompt.grammar.degrees import Level, can_say, degree_words, level_of
from srgan_prompt.grammar.patterns import choose, fill, tidy
from srgan_prompt.prompts.operations import Clause, Request

# How often each form is tried: people mostly give orders, and rarely complain.
_FORMS: tuple[Form, ...] = (*("do",) * 9, *("be",) * 5, *("have",) * 3, *("wrong",) * 2, *("tag",) * 2)
_ONE_SENTENCE_RATE = 0.65  # of requests with several clauses, this share joins them inside one sentence
_PURPOSE_RATE = 0.06  # of single clauses, this share says the same thing twice: "sharpen it to make it clearer"
_LIMIT_RATE = 0.3  # of single clauses at a slight or strong level, this share says so in an afterthought
_CONTRAST_RATE = 0.45  # of one clause against one exclusion, this share is one sentence: "sepia, not black and white"
_EXCLUSION_FIRST_RATE = 0.25

_Said = tuple[Clause, Level]  # a clause and the level at which it is worded


def compose(
    request: Request, rng: random.Random, levels: Mapping[str, Level] | None = None
) -> tuple[str, dict[str, Level]]:
    """A correct wording of ``request`` in lower case, without a final point; and how it words each clause's amount.

    ``levels`` says at which level each operation must be worded; without it, at one that suits the amount.
    """
    clauses = rng.sample(request.clauses, len(request.clauses))
    said = [(each, levels[each.operation] if levels else level_of(each, rng)) for each in clauses]
    text = _contrasted(said, request.keep, rng) or _enumerated(said, request.keep, rng)
    return tidy(text), {clause.operation: level for clause, level in said}


def _contrasted(said: list[_Said], keep: tuple[str, ...], rng: random.Random) -> str:
    """One clause against one exclusion in one sentence; "" where there are more, or by chance."""
    excluded = exclusions_of(keep, rng)
    if len(said) != 1 or len(excluded) != 1 or rng.random() > _CONTRAST_RATE:
        return ""
    kinds = {kind for kind in FORBID_FRAMES if words_of(excluded[0], kind)}
    forms = {form for form in get_args(Form) if _patterns(said[0], form)}
    contrast = draw_contrast(kinds, forms, rng)
    if contrast is None:
        return ""
    wish, unwished = _phrase(said[0], contrast.form, rng), words_of(excluded[0], contrast.kind)
    return _speak(contrast.pattern, {"wish": wish, "not": unwished}, rng)


def _enumerated(said: list[_Said], keep: tuple[str, ...], rng: random.Random) -> str:
    """The wishes and then, or now and then before, what is ruled out."""
    if len(said) > 1 and rng.random() < _ONE_SENTENCE_RATE:
        sentences = [_sentence(said, rng)]
    else:
        sentences = [_sentence([each], rng) for each in said]
    text = rng.choice(SENTENCE_JOINTS).join(sentences)
    for pattern in forbid(keep, rng):
        ruled_out = _speak(pattern, {}, rng)
        if not text:
            text = ruled_out
        elif rng.random() < _EXCLUSION_FIRST_RATE:
            text = rng.choice(BEFORE_WISH).format(ruled_out) + text
        else:
            text += rng.choice(AFTER_WISH).format(ruled_out)
    return text


def _sentence(said: list[_Said], rng: random.Random) -> str:
    """All clauses in one form, joined, inside one sentence frame of that form."""
    limit = LIMITS.get(said[0][1], ()) if len(said) == 1 and rng.random() < _LIMIT_RATE else ()
    if limit:
        said = [(said[0][0], "plain")]
    form = rng.choice(_FORMS)
    while not all(_patterns(each, form) for each in said) or (limit and form == "wrong"):
        form = rng.choice(_FORMS)
    joined = _phrase(said[0], form, rng)
    for each in said[1:]:
        joined += rng.choice(JOINTS[form]) + _phrase(each, form, rng)
    if form == "do" and len(said) == 1 and _patterns(said[0], "be") and rng.random() < _PURPOSE_RATE:
        joined += rng.choice(PURPOSE_JOINTS) + _phrase(said[0], "be", rng)
    sentence = _surround(joined, rng.choice(FRAMES[form]), rng)
    return _surround(sentence, rng.choice(limit), rng) if limit else sentence


def _surround(words: str, frame: str, rng: random.Random) -> str:
    """``frame`` spoken, with ``words`` at its {}."""
    before, after = frame.split("{}")
    return _speak(before, {}, rng) + words + _speak(after, {}, rng)


def _phrase(said: _Said, form: Form, rng: random.Random) -> str:
    pattern = rng.choice(_patterns(said, form))
    return _speak(pattern, degree_words(pattern, *said, rng), rng)


def _patterns(said: _Said, form: Form) -> list[str]:
    clause, level = said
    return [pattern for pattern in getattr(LEXICON[clause.operation], form) if can_say(pattern, level)]


def _speak(pattern: str, table: dict[str, str], rng: random.Random) -> str:
    return choose(fill(pattern, MACROS | table), rng)
