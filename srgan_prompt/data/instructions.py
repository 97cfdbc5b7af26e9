"""A ``Request`` in, an English sentence that asks for it out.

``write_instruction`` speaks like many different people; ``canonical`` always gives the one documented wording.
The words live in ``data.wordings``. Nothing here knows images or tensors.
"""

import random
from collections import Counter
from itertools import pairwise

from srgan_prompt.data.operations import Clause, Request
from srgan_prompt.data.wordings.canonical import canonical_clause, canonical_keep
from srgan_prompt.data.wordings.degrees import Level, can_say, degree_words, level_of
from srgan_prompt.data.wordings.lexicon_colour import COLOUR
from srgan_prompt.data.wordings.lexicon_common import (
    FRAMES,
    JOINTS,
    KEEP_FRAMES,
    KEEP_JOINTS,
    MACROS,
    SENTENCE_JOINTS,
    Form,
    Words,
)
from srgan_prompt.data.wordings.lexicon_light import LIGHT
from srgan_prompt.data.wordings.lexicon_mono import MONO
from srgan_prompt.data.wordings.lexicon_quality import QUALITY
from srgan_prompt.data.wordings.patterns import choose, fill, tidy
from srgan_prompt.data.wordings.slips import as_typed
from srgan_prompt.data.wordings.splits import Split, belongs_to

LEXICON: dict[str, Words] = LIGHT | COLOUR | MONO | QUALITY

# How often each form is tried: people mostly give orders, and rarely complain.
_FORMS: tuple[Form, ...] = (*("do",) * 9, *("be",) * 5, *("have",) * 3, *("wrong",) * 2, *("tag",) * 2)
_ONE_SENTENCE_RATE = 0.65  # of requests with several clauses, this share joins them inside one sentence


def write_instruction(request: Request, rng: random.Random, split: Split = "train") -> str:
    """One random wording of ``request``; "" for the empty request.

    ``split="train"`` never gives a wording that ``"test"`` could give, and the reverse (see ``wordings.splits``).
    """
    if request == Request():
        return ""
    while True:
        plain = _compose(request, rng)
        typed = as_typed(plain, rng)
        if belongs_to(typed, split) and (split != "train" or belongs_to(plain, split)):
            return typed


def canonical(request: Request) -> str:
    """The documented wording of ``request``: a short command, the same every time; "" for the empty request."""
    parts = [canonical_clause(clause) for clause in request.clauses]
    kept = [canonical_keep(name) for name in request.keep]
    kept[:1] = [f"but {first}" for first in kept[:1] if parts] or kept[:1]
    return ", ".join(parts + kept)


def measure_variety(request: Request, num_samples: int, seed: int) -> dict[str, float]:
    """Variety of ``num_samples`` wordings of ``request``.

    Returns the number of distinct sentences (case and final point ignored), distinct-2 (Li et al. 2016: distinct
    word pairs over all word pairs), the mean number of words, and the share reserved for testing.
    """
    rng = random.Random(seed)  # noqa: S311 - wordings, not secrets
    sentences = [write_instruction(request, rng, "all") for _ in range(num_samples)]
    words = [sentence.lower().rstrip(".!").split() for sentence in sentences]
    pairs = Counter(pair for sentence in words for pair in pairwise(sentence))
    return {
        "distinct_sentences": len({tuple(sentence) for sentence in words}),
        "distinct_2": len(pairs) / max(1, pairs.total()),
        "mean_num_words": sum(map(len, words)) / num_samples,
        "reserved_share": sum(belongs_to(sentence, "test") for sentence in sentences) / num_samples,
    }


def _compose(request: Request, rng: random.Random) -> str:
    """A correct wording in lower case: the clauses, then what must be kept."""
    clauses = rng.sample(request.clauses, len(request.clauses))
    if rng.random() < _ONE_SENTENCE_RATE:
        spoken = [_sentence(clauses, rng)] if clauses else []
    else:
        spoken = [_sentence([clause], rng) for clause in clauses]
    sentence = rng.choice(SENTENCE_JOINTS).join(spoken)
    for name in request.keep:
        words = LEXICON[name]
        kept = _speak(
            rng.choice(KEEP_FRAMES), {"kept": rng.choice(words.kept), "undone": rng.choice(words.undone)}, rng
        )
        sentence += rng.choice(KEEP_JOINTS).format(kept) if sentence else kept
    return tidy(sentence)


def _sentence(clauses: list[Clause], rng: random.Random) -> str:
    """All ``clauses`` in one form, joined, inside one sentence frame of that form."""
    levels = [level_of(clause, rng) for clause in clauses]
    form = rng.choice(_FORMS)
    while not all(_sayable(clause, form, level) for clause, level in zip(clauses, levels, strict=True)):
        form = rng.choice(_FORMS)
    parts = [_clause(clause, form, level, rng) for clause, level in zip(clauses, levels, strict=True)]
    joined = parts[0]
    for part in parts[1:]:
        joined += rng.choice(JOINTS[form]) + part
    before, _, after = rng.choice(FRAMES[form]).partition("{}")
    return tidy(f"{_speak(before, {}, rng)} {joined} {_speak(after, {}, rng)}")


def _sayable(clause: Clause, form: Form, level: Level) -> tuple[str, ...]:
    patterns = getattr(LEXICON[clause.operation], form)
    return tuple(pattern for pattern in patterns if can_say(pattern, level))


def _clause(clause: Clause, form: Form, level: Level, rng: random.Random) -> str:
    pattern = rng.choice(_sayable(clause, form, level))
    return _speak(pattern, degree_words(pattern, clause, level, rng), rng)


def _speak(pattern: str, degrees: dict[str, str], rng: random.Random) -> str:
    return tidy(choose(fill(pattern, MACROS | degrees), rng))
