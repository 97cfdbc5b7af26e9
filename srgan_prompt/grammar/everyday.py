"""Several wishes, limits and contrasts as they stand in everyday sentences: what only the reader is trained on.

A list mixes forms ("brighter, more contrast and remove the noise"), one verb serves several wishes ("increase the
contrast and the saturation"), and a few words at the end temper all of them ("brighter, but not too bright").
"""

import random
from collections.abc import Callable, Mapping
from functools import cache

from srgan_prompt.grammar.generate import Composer, Wish, draw_contrast, exclusions_of, rule_out, speak, surround
from srgan_prompt.grammar.phrases import (
    Form,
    Level,
    can_say,
    contrasts,
    degree_words,
    everyday_lexicon,
    exclusions,
    load,
    number_words,
    tidy,
)
from srgan_prompt.prompts.operations import OPERATIONS, Request

_FORMS: tuple[Form, ...] = (*("do",) * 3, *("be",) * 2, *("have",) * 2, "tag")  # of the wishes in a list
_STARTS: dict[Form, tuple[str, ...]] = {
    "be": ("make it ", "make it ", "make {object} ", "it should be ", "", ""),
    "have": ("give it ", "it needs ", "", ""),
}
_JOINTS_OF_CONTRASTED = (" and ", " and ", ", ", " but ")
_SHARE_RATE = 0.6  # of lists, in this share one verb serves wishes of like direction and level
_ORDERED_RATE = 0.08  # of lists of at most four, this share is counted: "first ..., then ..."
_SHUFFLE_RATE = 0.2  # of lists, in this share exclusions stand anywhere and not behind the wishes
_LIST_IN_LIMIT_RATE = 0.5
_EXCESS_RATE = 0.4  # of slight wishes, how many are limited by their own excess: "but not too bright"

Levels = Mapping[str, Level]


def say_everyday(request: Request, levels: Levels, rng: random.Random) -> str:
    """A correct sentence in lower case that asks for ``request``, each operation worded at its level."""
    ways: list[Callable[[Request, Levels, random.Random], str]] = [_plainly]
    if request.clauses:
        ways += [_contrasted if request.keep else _limited] * 3
    if len(request.clauses) > 1:
        ways += [_listed] * (6 if len(request.clauses) > 2 else 4)
    return tidy(rng.choice(ways)(request, levels, rng) or _plainly(request, levels, rng))


@cache
def _composer() -> Composer:
    return Composer(everyday_lexicon())


def _plainly(request: Request, levels: Levels, rng: random.Random) -> str:
    return _composer().compose(request, rng, levels)


def _listed(request: Request, levels: Levels, rng: random.Random) -> str:
    """All wishes one after the other, each in a form of its own, and then what is ruled out."""
    phrases = load("everyday")["lists"]
    items = _items(_wishes(request, levels, rng), rng)
    items += [speak(pattern, {}, rng) for pattern in rule_out(request.keep, rng)]
    if rng.random() < _SHUFFLE_RATE:
        rng.shuffle(items)
    if len(items) <= 4 and rng.random() < _ORDERED_RATE:
        counted = [f"{word} {item}" for word, item in zip(rng.choice(phrases["ordered"]), items, strict=False)]
        return rng.choice((", ", " ", "; ", ". ", "\n")).join(counted)
    return surround(_joined(items, *rng.choice(phrases["joins"])), rng.choice(phrases["frames"]), rng)


def _items(wishes: list[Wish], rng: random.Random) -> list[str]:
    """Words for each of ``wishes``, or for some of them together, in random order."""
    groups: dict[tuple[str, Level], list[Wish]] = {}
    if rng.random() < _SHARE_RATE:
        for wish in wishes:
            if fitting := _shared_verbs(wish):
                groups.setdefault((rng.choice(fitting), wish.level), []).append(wish)
    groups = {key: group for key, group in groups.items() if len(group) > 1}
    together = [wish for group in groups.values() for wish in group]
    items = [_share(name, group, rng) for (name, _), group in groups.items()]
    items += [_item(wish, rng) for wish in wishes if wish not in together]
    return rng.sample(items, len(items))


def _shared_verbs(wish: Wish) -> list[str]:
    """The groups of phrases under one verb that have words for ``wish``; none for a number, which is for one alone."""
    if wish.level == "number":
        return []
    groups = load("everyday")["together"].items()
    return [
        name
        for name, group in groups
        if wish.clause.operation in group["nouns"] and any(can_say(each, wish.level) for each in group["phrases"])
    ]


def _share(name: str, wishes: list[Wish], rng: random.Random) -> str:
    """One verb for ``wishes`` of one level, all of them in the group ``name``."""
    group, level = load("everyday")["together"][name], wishes[0].level
    pattern = rng.choice([each for each in group["phrases"] if can_say(each, level)])
    nouns = [group["nouns"][wish.clause.operation] for wish in wishes]
    everything = _joined(nouns, ", ", rng.choice(load("everyday")["nouns_joins"]))
    return speak(pattern, degree_words(pattern, wishes[0].clause, level, rng) | {"all": everything}, rng)


def _item(wish: Wish, rng: random.Random) -> str:
    form = rng.choice([each for each in _FORMS if _composer().can_phrase(wish, each)])
    return speak(rng.choice(_STARTS.get(form, ("",))), {}, rng) + _composer().phrase(wish, form, rng)


def _limited(request: Request, levels: Levels, rng: random.Random) -> str:
    """Plain wishes and then the words that make all of them slight or strong; or a number for a single one.

    "" where the levels differ, or where an operation is no matter of degree.
    """
    level, is_single, clause = min(levels.values()), len(request.clauses) == 1, request.clauses[0]
    if set(levels.values()) != {level} or level == "plain" or (level == "number" and not is_single):
        return ""
    if any(OPERATIONS[name].slight == OPERATIONS[name].plain for name in levels):
        return ""
    as_list = not is_single and rng.random() < _LIST_IN_LIMIT_RATE
    wish = (_listed if as_list else _plainly)(request, dict.fromkeys(levels, "plain"), rng)
    phrases = load("everyday")["limits"]
    excess = [each.words("excess") for each in exclusions() if each.forbids == (clause.operation,) and each.excess]
    if level == "slight" and is_single and excess and rng.random() < _EXCESS_RATE:
        frame = rng.choice(phrases["excess"])
    else:
        frame = rng.choice(phrases[level])
    return surround(wish, frame, rng, number_words(clause.amount) | {"excess": "".join(excess)})


def _contrasted(request: Request, levels: Levels, rng: random.Random) -> str:
    """All wishes against one exclusion; "" where there are more."""
    wishes, excluded = _wishes(request, levels, rng), exclusions_of(request.keep, rng)
    forms = {form for form in _FORMS if all(_composer().can_phrase(wish, form) for wish in wishes)}
    contrast = draw_contrast(contrasts("everyday"), excluded[0], forms, rng)
    if contrast is None or len(excluded) > 1:
        return ""
    phrases = [_composer().phrase(wish, contrast.form, rng) for wish in wishes]
    wish = _joined(phrases, ", ", rng.choice(_JOINTS_OF_CONTRASTED))
    return speak(contrast.pattern, {"wish": wish, "not": excluded[0].words(contrast.kind)}, rng)


def _wishes(request: Request, levels: Levels, rng: random.Random) -> list[Wish]:
    return [Wish(each, levels[each.operation]) for each in rng.sample(request.clauses, len(request.clauses))]


def _joined(items: list[str], between: str, before_last: str) -> str:
    return between.join(items[:-1]) + before_last + items[-1] if len(items) > 1 else items[0]
