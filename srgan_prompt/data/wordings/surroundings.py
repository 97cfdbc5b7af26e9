"""What people say around a wish without asking for more: who is shown, numbers that are no amounts, remarks."""

_SUBJECT = (
    "(my|our|a|the) (gray|old|white|little|black|golden|late|brown|new|) (dog|cat|grandfather|house|wedding"
    "|daughter|garden"
    "|car|village|mother|band|boat|street|friends|school class|sister|kitchen|horse|church)"
)
_WHEN = (
    "(from 1987|from 1950|from 2003|at 10:30|in the winter of 1999|on 12 may|last year|from the 80s|when i was"
    " 6|in paris"
    "|in the snow|at sunset|on a dark night|two years ago|at my 40th birthday|in the warm evening light|by the"
    " blue sea)"
)
_GEAR = (
    "(iso 3200|iso 6400|f/2.8|f1.8|1/60 s|a 50mm lens|my nokia 3310|an iphone 12|a canon 5d|10:30|a 35mm camera"
    "|200 asa film"
    "|a 12 megapixel phone|1/1000 s|a d750|kodak gold 200)"
)
_SIZE = "(x4|4x|by 4|to 4k|to 1080p|2x|by a factor of 2|to 3000 pixels|to 300 dpi|4 times|to 8k|to 1920x1080)"
_COUNT = "(2 cats|3 kids|5 people|one man|12 horses|two boats|4 friends|7 houses|10 candles|a dozen birds)"

INTRODUCTIONS: tuple[str, ...] = (
    f"(hi|hello|hey|), (this is|here is|that's) (a (photo|picture|shot|scan) of|) {_SUBJECT} {_WHEN}(,|.|;| and) {{}}",
    f"(i took|we took|my dad took|i found) this (photo|picture|shot) of {_SUBJECT} {_WHEN}(.|,) {{}}",
    f"{{}}. it (is|shows) {_SUBJECT} {_WHEN}",
    (
        "{}(, it's for|. this is for) (my grandma|a poster|my 30th wedding anniversary|a calendar|instagram|page 3"
        "|my website)"
    ),
    f"(photo|picture) of {_SUBJECT} {_WHEN}: {{}}",
    f"(there are|you see|it shows) {_COUNT} (in it|in the picture|on the sofa|)(.|,) {{}}",
    (
        "(thanks for your help|you did great last time|i love this app|i'm new here|sorry to bother you|quick"
        " question)(.|,) {}"
    ),
    (
        "{}(. thanks a lot|. you are the best|. have a nice day|, love your work|. cheers|. greetings from oslo|"
        " pretty please)"
    ),
)
NUMBERS: tuple[str, ...] = (
    f"(shot|taken|captured) (at|with|on) {_GEAR}(.|,|:) {{}}",
    f"{{}}(.|,) (shot|taken) (at|with|on) {_GEAR}",
    f"(upscale|enlarge|resize|scale) (it|this|the image|) {_SIZE}(,| and|, then| and then) {{}}",
    f"{{}}(,| and|, then) (upscale|enlarge|resize|scale) (it|this) {_SIZE}",
    "{} (in 4k|for a 4k screen|for a 30x40 print|at 1080p|as 4k|for my 27 inch monitor)",
    "(image|photo|picture|no.|number) (2|3|7|12|0042|1138)(:|,|.) {}",
    "(it's from|scanned in|dated) (1912|1954|1987|2001|12.05.1999)(.|,) {}",
    f"there are {_COUNT}(.|,) {{}}",
)
HARMLESS: tuple[str, ...] = (
    (
        "{}(,| but| and|.) (don't|do not|please don't) (crop it|rotate it|remove anyone|change my face|change the"
        " background"
        "|add anything else|cut anything off|resize it wrongly|touch anything else)"
    ),
    (
        "{}(,| but|.) (nothing else|that's all|that is it|no more than that|leave everything else as it is"
        "|keep the rest the same|everything else is fine|otherwise it's perfect)"
    ),
    "(only|just) this: {}",
    "(if you can|if possible|when you have time|whenever you like|one thing:|step 1:|first of all), {}",
    "i (don't|do not) (know much about photos|care how|mind waiting)(,| but) {}",
    "(the composition is great|i like the photo|the faces are fine|it's a lovely scene|not bad)(, but|.|,) {}",
)
