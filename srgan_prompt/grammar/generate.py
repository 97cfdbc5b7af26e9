"""A ``Request`` in, an English sentence that asks for it out; and sentences that ask for nothing.

``write_instruction`` speaks like many different people; ``operations.canonical`` gives the one documented wording. The
clauses of a request share one form and one sentence ("make it brighter and less noisy") or make a sentence each. What
is ruled out ("leave the contrast alone", "no sepia, please") stands before or behind them, or against a single one.
What can be said is data in ``phrases/``.

The exact answer to a sentence that asks for nothing is the untouched upscale. Without such sentences a network takes
every sentence for a wish: "is it totoro?" would come out sharpened.
"""

import random
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple, get_args

from srgan_prompt.grammar.phrases import (
    Contrast,
    Exclusion,
    Form,
    Level,
    Lexicon,
    can_say,
    choose,
    contrasts,
    degree_words,
    exclusions,
    fill,
    level_of,
    lexicon,
    load,
    tidy,
)
from srgan_prompt.grammar.splits import Split, belongs_to, normalised, typed_for
from srgan_prompt.prompts.operations import Clause, Request

# How often each form is tried: people mostly give orders, and rarely complain.
_FORMS: tuple[Form, ...] = (*("do",) * 9, *("be",) * 5, *("have",) * 3, *("wrong",) * 2, *("tag",) * 2)
_ONE_SENTENCE_RATE = 0.65  # of requests with several clauses, this share joins them inside one sentence
_PURPOSE_RATE = 0.06  # of single clauses, this share says the same thing twice: "sharpen it to make it clearer"
_LIMIT_RATE = 0.3  # of single clauses at a slight or strong level, this share says so in an afterthought
_CONTRAST_RATE = 0.45  # of one clause against one exclusion, this share is one sentence: "sepia, not black and white"
_EXCLUSION_FIRST_RATE = 0.25
_WHOLE_MATTER_RATE = 0.9  # how often a whole matter, when all of it is forbidden, is named as one
_JOINED_RATE = 0.6  # how often two exclusions share one frame: "leave the contrast and the colours alone"
# Of sentences that ask for nothing. Captions and impossible wishes share most words with real wishes, so they are the
# ones to be learnt from.
_KINDS = {"caption": 25, "impossible": 35, "language": 25, "chatter": 15}
_UNRELATED_RATE = 0.3  # of chatter


def write_instruction(request: Request, rng: random.Random, split: Split = "train") -> str:
    """One random wording of ``request``; "" for the empty request.

    ``split="train"`` never gives a wording that ``"test"`` could give, and the reverse (see ``splits``).
    """
    if request == Request():
        return ""
    while True:
        typed = typed_for(split, compose(request, rng), rng)
        if typed is not None:
            return typed


class Wish(NamedTuple):
    """A clause and the level at which it is worded."""

    clause: Clause
    level: Level


class Composer:
    """Writes sentences in the words of ``lexicon``."""

    def __init__(self, lexicon: Lexicon):
        self._lexicon = lexicon

    def compose(self, request: Request, rng: random.Random, levels: Mapping[str, Level] | None = None) -> str:
        """A correct wording of ``request`` in lower case, without a final point.

        ``levels`` says at which level each operation must be worded; without it, at one that suits the amount.
        """
        clauses = rng.sample(request.clauses, len(request.clauses))
        wishes = [Wish(each, levels[each.operation] if levels else level_of(each, rng)) for each in clauses]
        return tidy(self._contrasted(wishes, request.keep, rng) or self._enumerated(wishes, request.keep, rng))

    def can_phrase(self, wish: Wish, form: Form) -> bool:
        """Whether there are words for ``wish`` in that form."""
        return bool(self._patterns(wish, form))

    def phrase(self, wish: Wish, form: Form, rng: random.Random) -> str:
        """One clause in that form."""
        pattern = rng.choice(self._patterns(wish, form))
        return speak(pattern, degree_words(pattern, *wish, rng), rng)

    def _patterns(self, wish: Wish, form: Form) -> list[str]:
        patterns = getattr(self._lexicon[wish.clause.operation], form)
        return [pattern for pattern in patterns if can_say(pattern, wish.level)]

    def _contrasted(self, wishes: list[Wish], keep: tuple[str, ...], rng: random.Random) -> str:
        """One clause against one exclusion in one sentence; "" where there are more, or by chance."""
        excluded = exclusions_of(keep, rng)
        if len(wishes) != 1 or len(excluded) != 1 or rng.random() > _CONTRAST_RATE:
            return ""
        forms = {form for form in get_args(Form) if self.can_phrase(wishes[0], form)}
        contrast = draw_contrast(contrasts(), excluded[0], forms, rng)
        if contrast is None:
            return ""
        wish = self.phrase(wishes[0], contrast.form, rng)
        return speak(contrast.pattern, {"wish": wish, "not": excluded[0].words(contrast.kind)}, rng)

    def _enumerated(self, wishes: list[Wish], keep: tuple[str, ...], rng: random.Random) -> str:
        """The wishes and then, or now and then before, what is ruled out."""
        if len(wishes) > 1 and rng.random() < _ONE_SENTENCE_RATE:
            sentences = [self._sentence(wishes, rng)]
        else:
            sentences = [self._sentence([each], rng) for each in wishes]
        text = rng.choice(load("shared")["sentence_joints"]).join(sentences)
        words = load("exclusions")
        for pattern in rule_out(keep, rng):
            ruled_out = speak(pattern, {}, rng)
            if not text:
                text = ruled_out
            elif rng.random() < _EXCLUSION_FIRST_RATE:
                text = rng.choice(words["before_wish"]).format(ruled_out) + text
            else:
                text += rng.choice(words["after_wish"]).format(ruled_out)
        return text

    def _sentence(self, wishes: list[Wish], rng: random.Random) -> str:
        """All clauses in one form, joined, inside one sentence frame of that form."""
        limit = (
            load("degrees")["limits"].get(wishes[0].level, ())
            if len(wishes) == 1 and rng.random() < _LIMIT_RATE
            else ()
        )
        if limit:
            wishes = [Wish(wishes[0].clause, "plain")]
        form = rng.choice(_FORMS)
        while not all(self.can_phrase(each, form) for each in wishes) or (limit and form == "wrong"):
            form = rng.choice(_FORMS)
        shared = load("shared")
        joined = self.phrase(wishes[0], form, rng)
        for each in wishes[1:]:
            joined += rng.choice(shared["joints"][form]) + self.phrase(each, form, rng)
        if form == "do" and len(wishes) == 1 and self.can_phrase(wishes[0], "be") and rng.random() < _PURPOSE_RATE:
            joined += rng.choice(shared["purpose_joints"]) + self.phrase(wishes[0], "be", rng)
        sentence = surround(joined, rng.choice(shared["frames"][form]), rng)
        return surround(sentence, rng.choice(limit), rng) if limit else sentence


def compose(request: Request, rng: random.Random, levels: Mapping[str, Level] | None = None) -> str:
    """``Composer.compose`` in the words that every operation has."""
    return Composer(lexicon()).compose(request, rng, levels)


def speak(pattern: str, table: Mapping[str, str], rng: random.Random) -> str:
    """``pattern`` as one plain text; ``table`` and the shared words fill its slots."""
    return choose(fill(pattern, {**load("shared")["macros"], **table}), rng)


def surround(words: str, frame: str, rng: random.Random, table: Mapping[str, str] | None = None) -> str:
    """``frame`` spoken, with ``words`` at its {}."""
    before, after = frame.split("{}")
    return speak(before, table or {}, rng) + words + speak(after, table or {}, rng)


def exclusions_of(keep: tuple[str, ...], rng: random.Random) -> list[Exclusion]:
    """Exclusions that together forbid exactly ``keep``, in random order."""
    left, found = set(keep), []
    while left:
        fitting = [each for each in exclusions() if set(each.forbids) <= left]
        if rng.random() < _WHOLE_MATTER_RATE:
            longest = max(len(each.forbids) for each in fitting)
            fitting = [each for each in fitting if len(each.forbids) == longest]
        found.append(rng.choice(fitting))
        left -= set(found[-1].forbids)
    return rng.sample(found, len(found))


def rule_out(keep: tuple[str, ...], rng: random.Random) -> list[str]:
    """Patterns that forbid ``keep``, each a part of a sentence."""
    found = exclusions_of(keep, rng)
    frames, together = load("exclusions")["frames"], load("exclusions")["together"]
    if len(found) == 2 and rng.random() < _JOINED_RATE:
        shared = [kind for kind in together if all(each.words(kind) for each in found)]
        if shared:
            kind = rng.choice(shared)
            words = rng.choice(together[kind]).join(each.words(kind) for each in found)
            return [rng.choice(frames[kind]).replace("{}", words)]
    patterns = []
    for each in found:
        kind = rng.choice([kind for kind in frames if each.words(kind)])
        patterns.append(rng.choice(frames[kind]).replace("{}", each.words(kind)))
    return patterns


def draw_contrast(
    among: tuple[Contrast, ...], excluded: Exclusion, forms: set[Form], rng: random.Random
) -> Contrast | None:
    """A pattern that needs no other words for ``excluded`` than there are, nor other forms; None if there is none."""
    fitting = [each for each in among if excluded.words(each.kind) and each.form in forms]
    return rng.choice(fitting) if fitting else None


def measure_variety(request: Request, num_samples: int, seed: int) -> dict[str, float]:
    """Variety of ``num_samples`` wordings of ``request``, case and punctuation ignored.

    Returns the number of distinct sentences, distinct-2 (Li et al. 2016: distinct pairs of neighbouring words over
    all such pairs), the mean number of words, and the share of wordings that is reserved for testing.
    """
    rng = random.Random(seed)  # noqa: S311 - wordings, not secrets
    sentences = [normalised(write_instruction(request, rng, "all")) for _ in range(num_samples)]
    pairs = Counter(pair for sentence in sentences for pair in pairwise(sentence.split()))
    return {
        "distinct_sentences": len(set(sentences)),
        "distinct_2": len(pairs) / max(1, pairs.total()),
        "mean_num_words": sum(len(sentence.split()) for sentence in sentences) / num_samples,
        "reserved_share": sum(belongs_to(sentence, "test") for sentence in sentences) / num_samples,
    }


def write_offtopic(rng: random.Random) -> str:
    """One sentence about things that no image of ours shows: "who painted the castle?"."""
    words = load("off_topic")["unrelated"]
    return rng.choice(words["forms"]).format(
        thing=rng.choice(words["thing"]),
        other=rng.choice(words["thing"]),
        place=rng.choice(words["place"]),
        doing=rng.choice(words["doing"]),
        number=rng.randint(2, 99),
    )


def write_no_request(rng: random.Random) -> str:
    """One sentence in lower case that no operation fulfils, of any kind: captions, orders, foreign words, chatter."""
    phrases = load("off_topic")
    kind = rng.choices(list(_KINDS), weights=list(_KINDS.values()))[0]
    if kind == "caption":
        return _say(rng.choice(phrases["captions"]), rng)
    if kind == "language":
        languages = load("languages")
        return _say(rng.choice(languages[rng.choice(list(languages))]), rng)
    if kind == "chatter":
        return write_offtopic(rng) if rng.random() < _UNRELATED_RATE else _say(rng.choice(phrases["chatter"]), rng)
    return _say(rng.choice(phrases["order_frames"]).replace("{}", write_impossible(rng)), rng)


def write_impossible(rng: random.Random) -> str:
    """An order that no operation fulfils, such as "remove the car"."""
    return _say(rng.choice(load("off_topic")["impossible"]), rng)


def write_upscale(rng: random.Random) -> str:
    """A wish to upscale and nothing else: it asks for no operation, and all of it is done."""
    return _say(rng.choice(load("off_topic")["upscale"]), rng)


def _say(pattern: str, rng: random.Random) -> str:
    return tidy(choose(pattern, rng))
