"""Words that temper or push a whole wish: "brighter, but not too much" is a bit brighter."""

from srgan_prompt.grammar.degrees import Level

LIMITS: dict[Level, tuple[str, ...]] = {
    "slight": (
        *("{}, but not too much", "{} but not too much", "{}, not too much", "{}, but don't overdo it") * 3,
        *(
            "{}, don't overdo it",
            "{}, but only a bit",
            "{}, just a little",
            "{}, only slightly",
            "{}, but just a touch",
        ),
        *(
            "{}(,|,|, but) (go easy|easy does it|take it easy|go easy on it)",
            "{} (in moderation|within reason|with restraint)",
        ),
        *("{}, but (keep it subtle|be subtle|keep it gentle|be gentle|stay subtle|nothing drastic|nothing crazy)",),
        *("{}, (just|but) (don't go overboard|don't go crazy|don't exaggerate|don't go too far|not by much)",),
        *("{}, but (only just|barely|ever so slightly|not a lot|not much|not by a lot|only a hair|just a smidge)",),
        *("{}. (not too much though|just a bit|nothing extreme|subtle please|only a little|careful, not too much)",),
        *("(only just|subtly|gently|carefully|sparingly): {}", "{}, (a hair|a smidge|a smidgen|a whisker|a notch)"),
        *("{} (a notch|a hair|a smidge|a smidgen|ever so little|the tiniest bit|just barely|a wee bit|a teeny bit)",),
        "{}, but (less than you would think|with a light hand|keep a light touch|hold back)",
    ),
    "strong": (
        *("{}, (as much as (you can|possible)|as far as it goes)", "{} (as much as you can|as much as possible)") * 2,
        *("{}, (go all out|go wild|don't hold back|don't be shy|no half measures|don't be gentle)",),
        *("{}, (big time|to the max|full blast|all the way|really push it|all the way up|full power)",),
        *(
            "{}, and i mean (a lot|it|really)",
            "{}, (lots|loads|tons)",
            "{}. (a lot|really a lot|go big|the more the better)",
        ),
        *("{}, (the more the better|as strongly as you can|and make it obvious|make it extreme)",),
        "{} (big time|to the max|like crazy|a whole lot|massively|enormously|to the extreme)",
    ),
}
