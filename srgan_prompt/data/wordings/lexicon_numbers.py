"""How people state an amount: "30% brighter", "contrast to 130 %", "half as saturated", "denoise 0.4"."""

from srgan_prompt.data.wordings.lexicon_common import Words

_UP = "(raise|increase|boost|bump|push|lift|turn up|bring up|crank up|up)"
_DOWN = "(reduce|lower|decrease|cut|drop|turn down|bring down|dial down|pull down)"
_SET = "(set|change|adjust|put|bring)"


def _removal(name: str, noise: str, noisy: str) -> Words:
    """A share of a degradation to take out."""
    return Words(
        do=(
            f"{name} {{object}} {{by}}",
            f"(cut|reduce|lower|bring down) the {noise} {{by}}",
            f"(get rid of|remove|take out|take away|kill) {{share}} of the {noise}",
            f"(cut|reduce|bring) the {noise} down to {{down_to}}",
            f"(apply|use|run) {{plus}} {name} {{to}}",
        ),
        be=(f"{{share}} less {noisy}", f"(only|just) {{remaining}} as {noisy}"),
        have=(f"{{share}} less {noise}", f"(only|just) {{remaining}} of the {noise}"),
        tag=(
            f"{name} {{setting}}",
            f"{name}: {{setting}}",
            f"{name}={{setting}}",
            f"{noise} -{{plus}}",
            f"{{plus}} {name}",
            f"{{share}} less {noise}",
        ),
    )


def _scale(nouns: str, adjective: str, *, up: bool, comparative: str) -> Words:
    """Moving a dial up or down; ``adjective`` fits "twice as __", ``comparative`` fits "30% __"."""
    verb, sign, target, ratio = (_UP, "+", "up_to", "times") if up else (_DOWN, "-", "down_to", "remaining")
    way = "up" if up else "down"
    return Words(
        do=(
            f"{verb} (the|) {nouns} {{by}}",
            f"{verb} (the|) {nouns} {{of}} {{by}}",
            f"(turn|bring|dial|move|slide) (the|) {nouns} {way} {{by}}",
            f"(turn|bring|dial) (the|) {nouns} {way} to {{{target}}}",
            f"{_SET} (the|) {nouns} to {{{target}}}",
            f"(give it|apply|use) {sign}{{plus}} {nouns}",
            f"{_SET} (the|) {nouns} (to|at) {sign}{{plus}}",
        ),
        be=(
            *(f"{{share}} {comparative}",) * 2,
            f"{{{ratio}}} as {adjective}",
            f"(roughly|about|around|maybe) {{share}} {comparative}",
        ),
        have=(f"{nouns} {way} {{by}}", f"{nouns} at {{{target}}}"),
        tag=(
            f"{nouns} {sign}{{plus}}",
            f"{sign}{{plus}} {nouns}",
            f"{nouns} {way} {{plus}}",
            f"{nouns}: {sign}{{plus}}",
            # "saturation 75%" alone is a dial at +75, so only what stands above 100 is a target by itself
            *((f"{nouns} {{up_to}}",) if up else ()),
            f"{nouns} {way} {{setting}}",
            f"{{share}} {comparative}",
        ),
    )


def _effect(name: str) -> Words:
    """How strongly an effect is laid over the image."""
    return Words(
        do=(
            f"(apply|add|use) {name} (at|with) {{share}} (strength|intensity|opacity)",
            f"(apply|use|add) {{share}} {name} {{to}}",
            f"blend in {{share}} {name}",
        ),
        be=(f"{{share}} {name}",),
        have=(f"{name} at {{share}}", f"a {{plus}} {name} (filter|effect)"),
        tag=(
            f"{name} {{setting}}",
            f"{name}: {{setting}}",
            f"{{share}} {name}",
            f"{name} (filter|effect) {{setting}}",
            f"{name} at {{share}} (opacity|strength|)",
        ),
    )


_LIGHT = "(brightness|brightness|exposure|light|lightness|luminance)"
_VIVID = "(saturation|saturation|vibrance|colour|vividness)"
_WARMTH = "(warmth|warmth|temperature|colour temperature)"

NUMBERS: dict[str, Words] = {
    "denoise": _removal("(denoise|denoising|noise reduction)", "(noise|grain)", "(noisy|grainy)"),
    "deblur": _removal("(deblur|deblurring)", "(blur|blurriness)", "(blurry|blurred)")
    + Words(
        do=("sharpen {object} {by}", "(raise|increase|boost) the sharpness {by}"),
        tag=("sharpen {setting}", "sharpness +{plus}", "sharpening: {setting}"),
    ),
    "dejpeg": _removal("(deblock|deblocking|artefact removal)", "(blockiness|pixelation)", "(blocky|pixelated)"),
    "restore": Words(
        do=("restore {object} {by}", "clean {object} up {by}", "(fix|remove) {share} of the (flaws|defects|damage)"),
        tag=("restore {setting}", "restoration {setting}", "restoration: {setting}", "cleanup {setting}"),
    ),
    "brighten": _scale(_LIGHT, "bright", up=True, comparative="(brighter|lighter)")
    + Words(do=("(brighten|lighten) {object} {by}",), tag=("(brighten|lighten) {setting}",)),
    "darken": _scale(_LIGHT, "bright", up=False, comparative="darker")
    + Words(do=("(darken|dim) {object} {by}",), tag=("(darken|dim) {setting}",)),
    "contrast_up": _scale("contrast", "contrasty", up=True, comparative="(more contrast|more contrasty)"),
    "contrast_down": _scale("contrast", "contrasty", up=False, comparative="(less contrast|less contrasty)"),
    "saturate": _scale(
        _VIVID, "(vivid|saturated|colourful|vibrant)", up=True, comparative="more (saturated|vivid|colourful)"
    )
    + Words(do=("saturate {object} {by}",), tag=("saturate {setting}",)),
    "desaturate": _scale(
        _VIVID, "(vivid|saturated|colourful|vibrant)", up=False, comparative="less (saturated|vivid|colourful)"
    )
    + Words(do=("desaturate {object} {by}",), tag=("desaturate {setting}",)),
    "warm": _scale(_WARMTH, "warm", up=True, comparative="warmer")
    + Words(do=("(warm|warm up) {object} {by}",), tag=("warm {setting}",)),
    "cool": _scale(_WARMTH, "warm", up=False, comparative="(cooler|colder)")
    + Words(do=("(cool|cool down) {object} {by}",), tag=("cool {setting}",)),
    "grayscale": _effect("(greyscale|black and white|b&w|monochrome)"),
    "sepia": _effect("sepia"),
    "crisp": Words(
        have=("{share} more (natural|fine|realistic) (detail|texture)",),
        tag=("(detail|texture|natural detail) +{plus}", "natural detail {setting}", "(detail|texture): {setting}"),
    ),
}
