"""One thing asked for against another: "not sepia, black and white instead", "sharpen it, but leave the grain"."""

import random
from typing import NamedTuple

from srgan_prompt.data.wordings.lexicon_common import Form


class Contrast(NamedTuple):
    """``pattern`` holds {wish}, a clause in ``form``, and {not}, words of ``kind`` for what is ruled out."""

    form: Form
    kind: str
    pattern: str


CONTRASTS: tuple[Contrast, ...] = (
    *(Contrast("be", "outcomes", pattern) for pattern in (
        ("(make it|make {object}||i want it|it should be|i'd like it|please make it) {wish}(,|) (not|and not|but"
        " not) {not}"),
        "(make it|make {object}||i want it|please make it) {wish} (instead of|rather than|as opposed to) {not}",
        "(not|don't make it|i didn't want it|it shouldn't be) {not}, (make it|but|i want it|just) {wish}",
        "not {not}(,|:|;|.) {wish} (instead|please|)",
        "not {not} but {wish}",
        "(i said|i asked for|i meant|as i said,|no no,) {wish}, not {not}",
        "(i never said|who said|i didn't say) {not}, (i said|i meant|i asked for) {wish}",
        "(rather|better|instead of {not}, make it) {wish}(, not {not}|)",
        "(rather than|instead of) {not}, (make it|i'd prefer it|go for) {wish}",
        "why is it {not}? (i wanted|i asked for|it should be|make it) {wish}",
        "(only|just) {wish}, not {not}",
        "{wish} is what i want, not {not}",
        "make it {wish} and (definitely|certainly|by no means|absolutely) not {not}",
    )),
    *(Contrast("do", "acting", pattern) for pattern in (
        "{wish}(,|) (without|but without|instead of|rather than) {not}",
        "(without|instead of|rather than) {not}, (please|) {wish}",
        "(can|could) you {wish} without {not}?",
        "{wish}, but (avoid|skip) {not}",
        "(is it possible to|i want to|i'd like to|try to|please) {wish} without {not}",
    )),
    *(Contrast("do", "acts", pattern) for pattern in (
        "don't {not}, (just|rather|instead|but|better|only) {wish}",
        "{wish}, don't {not}",
        "{wish} but don't {not}",
        "(i said|i told you to|i asked you to|i meant) {wish}, not {not}",
        "(please|) {wish}, but (don't|do not|never|please don't) {not}",
        "i (don't|do not) want you to {not}, i want you to {wish}",
        "(you don't need to|no need to) {not}, (just|simply|only) {wish}",
    )),
    *(Contrast("have", "things", pattern) for pattern in (
        "(i want|give it|i'd like||) {wish}, (not|no|but no|without) {not}",
        "(no|not|forget|forget about|never mind) {not}, (just|but|i want|give it|rather) {wish}",
        "(i want|give it||i asked for) {wish} (instead of|rather than) {not}",
        "(it needs|needs|could use) {wish}, (not|but no) {not}",
        "(i said|i meant) {wish}, not {not}",
    )),
    *(Contrast("tag", "things", pattern) for pattern in (
        "{wish}, no {not}",
        "no {not}, {wish}",
        "{wish} (without|minus|but no|w/o) {not}",
        "{wish}; no {not}",
        "{wish} yes, {not} no",
        "{wish} instead of {not}",
        "{not}: no. {wish}: yes",
    )),
)  # fmt: skip


def draw_contrast(kinds: set[str], forms: set[Form], rng: random.Random) -> Contrast | None:
    """A pattern that needs no other kinds of words than ``kinds`` nor forms than ``forms``; None if there is none."""
    fitting = [contrast for contrast in CONTRASTS if contrast.kind in kinds and contrast.form in forms]
    return rng.choice(fitting) if fitting else None
