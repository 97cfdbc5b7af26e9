"""How people ask for black and white and for sepia. Written from common usage, not from any collection."""

from srgan_prompt.data.wordings.lexicon_common import Words

_GREY = "(black and white|black and white|black & white|b&w|monochrome|greyscale|greyscale|grey|bw|grey scale|b/w)"
_BROWN = "(sepia|sepia|sepia|vintage brown|old photo brown|sepia brown|antique brown|old-time brown|retro brown)"

MONO: dict[str, Words] = {
    "grayscale": Words(
        do=(
            f"(turn|convert|change|make) {{object}} {{wholly}} (to|into|in) {_GREY}",
            f"(turn|convert|change|switch|transform) {{object}} {{wholly}} (to|into) {_GREY}",
            f"make {{object}} {{wholly}} {_GREY}",
            f"(add|add|apply) {{a}} {_GREY} (filter|effect|look|tone|style) {{to}}",
            f"(put|use) {{a}} {_GREY} (filter|effect|look) (on {{object}}|)",
            "(remove|drop|strip|lose|drain|take out) {part} (colours|colour) {from}",
            "(convert|turn|take) it from colour (in|)to {wholly} (black and white|greyscale|monochrome|grey)",
            "(make|turn) {colours} {wholly} (grey|black and white|into shades of grey)",
        ),
        be=(
            *(f"{{wholly}} {_GREY}",) * 3,
            "{wholly} (without colour|colourless|in black and white|in shades of grey|in greyscale)",
            f"{{wholly}} like a {_GREY} (photo|film|photograph|movie)",
        ),
        have=(
            *(f"{{a}} {_GREY} (filter|look|effect|tone|version|style|conversion|finish)",) * 2,
            "no colour (at all|whatsoever|), (just|only) (greys|shades of grey|black and white)",
            "{a} (noir|film noir|old black and white film|silver print|newspaper) look",
        ),
        wrong=(
            "i don't (want|need|like) (any|the) colour, (just black and white|make it black and white|only grey)",
            f"the colours are (distracting|ugly|not needed), (make it|go) {{wholly}} {_GREY}",
            f"it would (be|look) better {{wholly}} (in|) {_GREY}",
        ),
        tag=(
            *(f"{{wholly}} {_GREY}",) * 3,
            "(greyscale|monochrome|b&w|black and white|noir) (filter|look|version|style|photo)",
            "(no|zero|without any) (colour|colours)",
            "(remove colour|remove all colour|colour to greyscale)",
        ),
    ),
    "sepia": Words(
        do=(
            f"(add|apply|add) {{a}} {_BROWN} (tone|filter|tint|effect|look|hue|colour|toning|overlay) {{to}}",
            f"(put|use) {{a}} {_BROWN} (filter|effect|tint) (on {{object}}|)",
            "(turn|convert|change|make) {object} {wholly} (to|into|in) (sepia|sepia tones|sepia tone|sepia brown)",
            f"(tone|tint) {{object}} {{wholly}} (in|) {_BROWN}",
            f"make {{object}} {{wholly}} {_BROWN}",
            "make {object} look {wholly} like (an old brown photograph|a sepia print|an old sepia photo)",
            "(age|antique) {object} with {a} (sepia|brown|old brown) (tone|tint|filter)",
            "(apply|add) {some} sepia {to}",
            "sepia tone {object} {tail}",
        ),
        be=(
            *("{wholly} (sepia|sepia toned|sepia coloured|in sepia|in sepia tones|sepia brown)",) * 3,
            "{wholly} (brown like an old photo|old-photo brown|brown and vintage|antique brown)",
            "{more} more (sepia|sepia-like|brown and old|antique brown)",
        ),
        have=(
            *(f"{{a}} {_BROWN} (tone|filter|tint|effect|look|hue|feel|colouring)",) * 3,
            "{some} (sepia|sepia tone|sepia toning)",
            "{a} brown (tone|look|tint) like an (old|antique) (photograph|photo|print)",
        ),
        wrong=(
            "{subject} too modern, give it {a} (sepia|brown|vintage brown) tone",
            "it (doesn't|does not) look old enough, (make|tint|tone) it {wholly} sepia",
        ),
        tag=(
            "{wholly} (sepia|sepia toned|in sepia)",
            f"{{a}} {_BROWN} (filter|tone|tint|look)",
            f"{_BROWN} (filter|tone|tint|look|style|effect)",
            "(old time|old-timey|vintage|antique|1900s) (sepia|brown) (photo|look|tone|filter)",
        ),
    ),
}
