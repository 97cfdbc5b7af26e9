"""From forbidden operations to the words that rule them out: "leave the contrast alone", "no sepia, please"."""

import random

from srgan_prompt.data.wordings.exclusions import EXCLUSIONS, Exclusion

# Kind of words -> what stands around them.
FRAMES: dict[str, tuple[str, ...]] = {
    "nouns": (
        *("leave {} alone", "leave {} (as it is|as is|untouched|the way it is|be|unchanged|intact)") * 2,
        *("keep {} (as it is|as is|the same|unchanged|the way it is|intact|)", "keep {}") * 2,
        *("(don't|do not|please don't|never) (touch|change|alter|mess with|fiddle with|tamper with|lose|ruin) {}",) * 3,
        "(preserve|maintain|retain|respect|hold on to) {}",
        "hands off {}",
        "{} (should|must|can|has to|needs to) (stay|remain|stay the same|stay as it is|stay put)",
        "i (like|love|want to keep|am happy with|want) {} (as it is|the way it is)",
        "i'm (happy|fine|ok|good) with {}",
        "{} (must not|mustn't|shouldn't|should not|isn't allowed to) (change|be changed|be touched|be altered)",
        "(make|there should be) no changes to {}",
        "(stay|keep) away from {}",
    ),
    "stays": (
        *("keep it {}", "leave it {}", "it (must|should|has to|can) (stay|remain|be kept) {}") * 2,
        *("i want it to (stay|remain) {}", "make sure it (stays|remains) {}", "(let it|it may) (stay|remain) {}"),
        "i like (it|that it is) {}",
    ),
    "acts": (
        *("don't {}", "do not {}", "please don't {}", "please do not {}", "dont {}") * 2,
        *("never {}", "(you|we) (must not|mustn't|shouldn't|should not|can't) {}"),
        *("(there is|there's|) no need to {}", "(you don't|you do not|no one) (need|have) to {}"),
        *("i (don't|do not|didn't) (want|ask) you to {}", "(don't you dare|under no circumstances|try not to) {}"),
        "(be careful not to|make sure (not to|you don't)) {}",
    ),
    "acting": ("without {}",) * 6 + ("(avoid|refrain from|stop|skip) {}", "i'm not (interested in|asking for) {}"),
    "outcomes": (
        *("not {}", "(don't|do not|please don't) make it {}") * 3,
        *("it (must not|mustn't|shouldn't|should not) (get|become|turn|be|end up) {}", "(don't|do not) let it get {}"),
        *("without making it {}", "i (don't|do not) want it (to be|) {}", "(definitely|certainly|just|and) not {}"),
        *("anything but {}", "it (doesn't|does not) (need|have) to (be|get) {}", "(never|by no means) {}"),
    ),
    "things": (
        *("no {}", "no {} (please|at all|whatsoever|thanks|)", "without {}", "without (any|the) {}") * 3,
        *(
            "(skip|leave out|forget|forget about|omit|drop|hold) the {}",
            "avoid {}",
            "(don't|do not) (use|apply|add) {}",
        ),
        *(
            "i (don't|do not) (want|need|like) (any|) {}",
            "(spare me|lose|enough of) the {}",
            "(absolutely|definitely) no {}",
        ),
        *("{} (is not|isn't) (wanted|needed|welcome|what i want)", "not a fan of {}", "(anything but|minus the) {}"),
    ),
    "excess": (
        *(
            "not {}",
            "just not {}",
            "(don't|do not) (make|let) it (get|become|be) {}",
            "it (shouldn't|mustn't) (get|be) {}",
        ),
        *("without (it getting|getting|making it|becoming) {}", "(never|nothing) {}"),
    ),
}
AFTER_WISH = (
    *(" but {}", ", but {}", ". {}", ", {}", ", and {}", " and {}", " - {}", "; {}") * 2,
    *(" though {}", ", only {}", ", just {}", ". {}!", ", however {}", ". oh and {}", " (but {})", ", please {}"),
)
BEFORE_WISH = ("{}, but ", "{}, just ", "{}. ", "{}, ", "{}; ", "{} but ", "{}, only ", "{}. instead, ", "{} and ")
_TOGETHER = {
    "nouns": (" and ", " or "),
    "outcomes": (" or ",),
    "things": (" or ", " and no ", ", no "),
    "acts": (" or ",),
}
_WHOLE_MATTER_RATE = 0.9  # how often a whole matter, when all of it is forbidden, is named as one
_JOINED_RATE = 0.6  # how often two exclusions share one frame: "leave the contrast and the colours alone"


def exclusions_of(keep: tuple[str, ...], rng: random.Random) -> list[Exclusion]:
    """Exclusions that together forbid exactly ``keep``, in random order."""
    left, found = set(keep), []
    while left:
        fitting = [each for each in EXCLUSIONS if set(each.forbids) <= left]
        if rng.random() < _WHOLE_MATTER_RATE:
            longest = max(len(each.forbids) for each in fitting)
            fitting = [each for each in fitting if len(each.forbids) == longest]
        found.append(rng.choice(fitting))
        left -= set(found[-1].forbids)
    return rng.sample(found, len(found))


def forbid(keep: tuple[str, ...], rng: random.Random) -> list[str]:
    """Patterns that rule out ``keep``, each a part of a sentence."""
    found = exclusions_of(keep, rng)
    if len(found) == 2 and rng.random() < _JOINED_RATE:
        shared = [kind for kind in _TOGETHER if all(getattr(each, kind) for each in found)]
        if shared:
            kind = rng.choice(shared)
            words = rng.choice(_TOGETHER[kind]).join(words_of(each, kind) for each in found)
            return [rng.choice(FRAMES[kind]).replace("{}", words)]
    return [_rule_out(each, rng) for each in found]


def words_of(exclusion: Exclusion, kind: str) -> str:
    """A pattern of that kind of words; "" if ``exclusion`` has none."""
    words = getattr(exclusion, kind)
    return f"({words})" if words else ""


def _rule_out(exclusion: Exclusion, rng: random.Random) -> str:
    kind = rng.choice([kind for kind in FRAMES if words_of(exclusion, kind)])
    return rng.choice(FRAMES[kind]).replace("{}", words_of(exclusion, kind))
