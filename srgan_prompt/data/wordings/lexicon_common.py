"""Words that every operation shares: verbs of change, names for the picture, and the sentences around a clause.

A clause comes in one of five forms, which decide what can stand around it and how several of them join:
``do`` (a verb phrase), ``be`` (what the picture should be), ``have`` (what it should have),
``wrong`` (a complaint) and ``tag`` (a keyword). See ``patterns`` for the notation and ``degrees`` for its degree slots.
"""

from dataclasses import dataclass, fields
from typing import Literal

Form = Literal["do", "be", "have", "wrong", "tag"]


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


MACROS: dict[str, str] = {
    "raise": "(increase|increase|increase|raise|raise|boost|boost|bump up|turn up|push up|up|bring up|enhance"
    "|crank up|step up|heighten|improve|amp up|jack up)",
    "lower": "(decrease|decrease|decrease|reduce|reduce|lower|lower|turn down|bring down|drop|cut down on|tone down"
    "|dial down|lessen|take down|dial back|cut)",
    "turn": "(turn|turn|bring|take|dial|adjust)",
    "remove": "(remove|remove|remove|remove|get rid of|get rid of|eliminate|take out|clean up|clear up|erase|fix"
    "|take away|wipe out|delete|strip out)",
    "noun": "(image|image|image|photo|photo|photo|picture|picture|picture|pic|shot|photograph|snapshot)",
    "object": "(the {noun}|the {noun}|the {noun}|this {noun}|this {noun}|my {noun}|{noun}|the (whole|entire) {noun}"
    "|this (whole|entire) {noun}|the whole thing|everything|this|it|it|it|it)",
    "of": "(|||of the {noun}|in the {noun}|of this {noun}|in this {noun}|on the {noun}|of the (whole|entire) {noun}"
    "|of {noun}|overall|across the {noun}|in my {noun}|for the {noun})",
    "to": "(|||to the {noun}|to the {noun}|to this {noun}|to my {noun}|to it|to it|to everything"
    "|to the (whole|entire) {noun}|on the {noun}|in the {noun}|to {noun})",
    "in": "(||||in the {noun}|in this {noun}|here|in it)",
    "from": "(|||from the {noun}|from this {noun}|from my {noun}|in the {noun}|in this {noun}|from {noun}"
    "|from the (whole|entire) {noun}|on this {noun}|of the {noun})",
    "is": "(is|is|looks|seems)",
    "subject": "(it {is}|it's|it is|it's|the {noun} {is}|this {noun} {is}|my {noun} {is}|everything {is}"
    "|the (whole|entire) {noun} {is}|this {is}|the {noun} came out|{noun} {is}|my {noun} turned out)",
    "colours": "(the colours|the colours|the colour|colours|all the colours|its colours|the tones)",
    "colours_are": "(the colours are|the colours look|the colours are|the colours seem|colours are|the colour is"
    "|all the colours look|its colours are)",
    "tint": "(tint|tint|tone|tone|hue|hue|filter|filter|cast|tinge|colour filter|tone filter|overlay|colour tone|look)",
    "add": "(add|add|add|add|apply|put|use|give it|throw in|introduce)",
}

# What stands around the joined clauses of one form; {} is the place of the clauses.
FRAMES: dict[Form, tuple[str, ...]] = {
    "do": (
        *("{}",) * 16,
        *("please {}", "{} please", "{}, please") * 2,
        "(can|could) you (please|||) {}?",
        "(can|could|would) (you|someone|somebody|anyone|u) (please|||) {}(?|?|)",
        "would you (please||kindly) {}?",
        "i (want|need|would like) (you|someone|) to {}",
        "i'd (like|love) (you|) to {}",
        "(you should|we should|i would|let's|just|try to|go ahead and|you need to|kindly|now|first) {}",
        "(hi|hello|hey), (please|can you|could you) {}",
        "{}, (thanks|thank you|thx)",
        "is it possible to {}?",
        "(upscale|enlarge|resize) {object} and {}",
        "{} (and|then) (upscale|enlarge) it",
    ),
    "be": (
        *("make {object} {}",) * 8,
        *("please make {object} {}", "make {object} {} please") * 2,
        "{}",
        "{} please",
        "make {object} (look|appear|to be|be|feel) {}",
        "(i want|i need|i would like|i'd like) {object} to (be|look|be|appear) {}",
        "(i want|i'd like|i need|i prefer) (it|this|the {noun}|my {noun}) {}",
        "(can|could) (you|someone|u) (please|||) make {object} {}(?|?|)",
        "(can|could) (it|this|the {noun}) be (made|) {}?",
        "{object} (should|needs to|has to|must|ought to|could) (be|look|be) {}",
        "(it|the {noun}|this) would (look|be) (better|nicer) {}",
        "i wish (it|the {noun}|this {noun}) (was|were|looked) {}",
        "(get|have) {object} (looking|to look|to be) {}",
        "(fix|edit|adjust|change|enhance) {object} to (be|make it|look) {}",
        "upscale {object} and make it {}",
        "needs to be {}",
        "make {}",
    ),
    "have": (
        *("{}",) * 4,
        *("{} please", "give {object} {}", "give it {}"),
        "please give {object} {}",
        "(i want|i'd like|i need|i would like) {}",
        "{object} (needs|could use|should have|has to have|could do with) {}",
        "(needs|could use) {}",
        "(can|could) (i|we|it|the {noun}) (get|have) {}?",
        "(can|could) you give {object} {}?",
        "(upscale|enlarge|resize) {object} with {}",
        "(same|the same) {noun} (but|just) with {}",
        "make {object} (have|have|) {}",
        "i want (a|the) {noun} with {}",
        "(just|maybe) {}",
    ),
    "wrong": (
        *("{}",) * 5,
        "{}, (please |can you |could you |)fix (it|that|this)",
        "{}. please fix (it|this|that)",
        "i (think|feel like|find) {}",
        "(fix|correct) (this|it|the {noun}), {}",
        "(unfortunately|sadly|imo|sorry but|hmm) {}",
        "{}, (any way to fix (it|that)|can (it|that|this) be fixed|can you help)?",
        "{} (for me|to me|here|right now)",
        "can you (fix|improve|do something about) {object}? {}",
    ),
    "tag": (*("{}",) * 8, "{} please", "({noun}|this {noun}): {}", "upscale, {}", "edit: {}"),
}

JOINTS: dict[Form, tuple[str, ...]] = {
    "do": (" and ", " and ", " and ", ", ", ", then ", " then ", " and also ", ", and ", " and then ", ", also "),
    "be": (" and ", " and ", " and ", ", ", " and also ", " as well as ", ", and "),
    "have": (" and ", " and ", ", ", " plus ", " and also ", " as well as ", " with "),
    "wrong": (" and ", " and ", ", ", ". ", " and also ", ", and also "),
    "tag": (", ", ", ", ", ", " + ", " and ", "; ", " "),
}
# Between an order and what it is for: both say the same thing.
PURPOSE_JOINTS = (
    " to make it ",
    " so that it is ",
    " so it looks ",
    ", make it ",
    "; make it ",
    "/make it ",
    ", it should be ",
)
SENTENCE_JOINTS = (". ", ". ", ", and ", ". also ", " and ", "; ", ", ", ". then ", ", also ", ", plus ")
