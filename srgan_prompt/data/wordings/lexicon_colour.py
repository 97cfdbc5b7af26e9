"""How people ask for stronger, weaker, warmer and cooler colours. From common usage, not from any collection."""

from srgan_prompt.data.wordings.lexicon_common import Words

_VIVID = "(saturation|saturation|vibrance|vibrancy|colour saturation|colour intensity|colourfulness|vividness|chroma)"
_WARM = "(warm|warm|warmer|golden|orange|yellow|yellow|yellowish|amber|sunny|orange-ish|golden hour|sunset|gold)"
_COOL = "(cool|cool|cooler|cold|blue|blue|bluish|icy|steel blue|cold blue|blue-ish|light blue|wintry)"

COLOUR: dict[str, Words] = {
    "saturate": Words(
        do=(
            "{adv} saturate ({object}|{object}|{colours}|{colours}) {tail}",
            *(f"{{adv}} {{raise}} (the|the|) {_VIVID} {{of}} {{tail}}",) * 2,
            f"(turn|bring|crank|dial|push) (the|) {_VIVID} up {{tail}}",
            "add {some} (colour|saturation|vibrance|colour saturation|vividness|vivid colour) {to}",
            "make {colours} (pop|stand out|pop out|shine|come alive) {tail}",
            "{adv} (bring out|enrich|deepen|intensify|liven up|enhance|strengthen|boost) {colours} {of} {tail}",
            "make {colours} {more} (more vivid|richer|more vibrant|stronger|more intense|more saturated)",
        ),
        be=(
            *("{more} more (saturated|vibrant|vivid|colourful)",) * 3,
            "{more} (richer in colour|more colourful|more vivid in colour|more lively in colour)",
            "{less} (washed out|faded|colourless|drab|muted)",
            "more (colourful|vibrant|saturated|vivid) {tail}",
        ),
        have=(
            *("{some} (colour|saturation|vibrance|colour saturation|vividness|vibrancy)",) * 2,
            "{more} (more vivid|stronger|richer|brighter|more vibrant) colours",
            "colours that (pop|really pop|stand out)",
            "{a_more} (richer|more vivid|more saturated|more colourful) look",
        ),
        wrong=(
            *("{colours_are} {rather} (dull|washed out|faded|flat|weak|pale|muted|drab|lifeless|greyish)",) * 3,
            "{subject} {rather} (grey-ish|colourless|faded|drab|dull in colour|desaturated)",
            "there (isn't|is not) enough (colour|saturation|vibrance) {in}",
            "it (lacks|needs|is lacking) {some} (colour|saturation|vibrance)",
            "{colours_are} {too} dull, make them (pop|more vivid|stronger)",
        ),
        tag=(
            "{more} more (vivid|vibrant|colourful|saturated)",
            "(saturate|saturation|saturation up|saturation boost|vibrance up|boost saturation) {tail}",
            "(saturation|vibrance) {plus}",
            "{some} (saturation|vibrance|colour)",
            "(vivid|vibrant|rich|popping|bold|strong) colours",
        ),
    ),
    "desaturate": Words(
        do=(
            "{adv} desaturate ({object}|{object}|{colours}) {tail}",
            *(f"{{adv}} {{lower}} (the|the|) {_VIVID} {{of}} {{tail}}",) * 2,
            f"(turn|bring|dial|pull) (the|) {_VIVID} down {{tail}}",
            "{adv} (mute|tone down|fade|dull|wash out|soften|subdue|calm down|weaken) {colours} {of} {tail}",
            "make {colours} {more} (duller|paler|more muted|weaker|softer|more subdued|calmer|less intense)",
            "take {some} (colour|saturation) (out|away|out of {object})",
            "{adv} (dull|fade) {object} {tail}",
        ),
        be=(
            *("{less} (saturated|vivid|vibrant|colourful)",) * 3,
            "{more} (duller in colour|more muted|paler|more faded|more washed out|more pastel|more subdued)",
            "{less} (garish|gaudy|oversaturated|intense in colour)",
            "(more muted|less colourful|less saturated|duller) {tail}",
        ),
        have=(
            *("{less} (colour|saturation|vibrance|colour saturation|colour intensity)",) * 2,
            "{more} (duller|paler|more muted|softer|calmer|weaker) colours",
            "{a} (muted|faded|washed out|pastel|subdued|desaturated) (look|palette|feel)",
            "{more} lower saturation",
        ),
        wrong=(
            *("{colours_are} {too} (strong|vivid|saturated|bright|loud|intense|much)",) * 3,
            "{subject} {too} (colourful|saturated|vivid|garish)",
            "{subject} {rather} (garish|oversaturated|gaudy)",
            "there is {too_much} (colour|saturation|vibrance) {in}",
            "the saturation is {too} (high|strong|intense)",
            "{colours_are} {too} loud, (tone them down|mute them|calm them)",
        ),
        tag=(
            "{less} (saturated|saturation|vivid|colourful|vibrance)",
            "(desaturate|saturation down|lower saturation|reduce saturation) {tail}",
            "(muted|faded|pale|dull|subdued|pastel) colours",
            "{more} (duller|more muted|paler)",
        ),
    ),
    "warm": Words(
        do=(
            "{adv} (warm|warm up) ({object}|{object}|{colours}|the white balance|the tones) {tail}",
            "{adv} {raise} (the|the|) (warmth|colour temperature|warm tones|yellow|yellow tones) {of} {tail}",
            *(f"(add|add|add|apply) {{a}} {_WARM} {{tint}} {{to}}",) * 3,
            f"(put|use) {{a}} {_WARM} (filter|tint|tone) (on {{object}}|)",
            "add {some} (warmth|warmth|yellow|orange|gold|warm tones|warm colours|yellow tones|golden light) {to}",
            "(shift|move|push) the (white balance|colours|tones|colour balance) {tail} towards the warm side",
            "(shift|push|move) the (white balance|colours|tones) {tail} towards (yellow|orange|amber|warmer tones)",
            "make {colours} {more} (warmer|more yellow|more golden|more orange|warmer in tone)",
            "tint {object} {tail} (yellow|orange|golden|amber)",
            "remove {part} (blue cast|cold blue tint|bluish tint|cold tone|blue tint) {from}",
        ),
        be=(
            *("{more} warmer",) * 3,
            "{more} (more warm|more golden|more yellow|more orange|yellower|sunnier|warmer in (tone|colour))",
            "{less} (cold|blue|bluish|icy|cool|chilly)",
            "(warmer|more golden|yellower) {tail}",
            "{more} more (warm|golden|yellow) looking",
        ),
        have=(
            "{some} (warmth|warm tones|yellow|golden light|warm light|orange)",
            *(f"{{a}} {_WARM} {{tint}}",) * 2,
            "{more} warmer (tones|colours)",
            "{a_more} warmer (tone|feel|white balance|look|mood|colour temperature)",
            "{less} blue",
        ),
        wrong=(
            *("{subject} {rather} (cold|bluish|icy|chilly|cold and blue)",) * 2,
            "{subject} {too} (blue|cold|cool)",
            "the (white balance|colour temperature|tone) is {too} (cold|cool|blue)",
            "there is {too_much} blue {in}",
            "{colours_are} {too} (cold|cool|blue|icy)",
            "{subject} {too} cold, (warm it up|make it warmer|add warmth)",
        ),
        tag=(
            *("{more} (warmer|more golden|more yellow)",) * 2,
            "(warm|warmer|golden|yellow|orange) (tone|tones|filter|tint|look|colours|hue)",
            "(warm|warm up|warmth up|warmer tones) {tail}",
            "(warmth|temperature) {plus}",
            "{some} (warmth|yellow|orange)",
        ),
    ),
    "cool": Words(
        do=(
            "{adv} (cool|cool down) ({object}|{object}|{colours}|the white balance|the tones) {tail}",
            "{adv} {lower} (the|the|) (warmth|colour temperature|warm tones|yellow|yellow tones) {of} {tail}",
            *(f"(add|add|add|apply) {{a}} {_COOL} {{tint}} {{to}}",) * 3,
            f"(put|use) {{a}} {_COOL} (filter|tint|tone) (on {{object}}|)",
            "add {some} (blue|blue|cool tones|cold tones|blue tones|blue light|cool colours|blue hue) {to}",
            "(shift|move|push) the (white balance|colours|tones|colour balance) {tail} towards the (cold|cool) side",
            "(shift|push|move) the (white balance|colours|tones) {tail} towards (blue|cyan|cooler tones)",
            "make {colours} {more} (cooler|colder|more blue|bluer|cooler in tone)",
            "tint {object} {tail} (blue|bluish)",
            "remove {part} (yellow|orange|warm|yellowish) (cast|tint|tone|tones|glow) {from}",
        ),
        be=(
            *("{more} (cooler|colder)",) * 3,
            "{more} (more blue|bluer|more bluish|more cool|icier|colder in (tone|colour)|cooler in (tone|colour))",
            "{less} (warm|yellow|orange|yellowish)",
            "(cooler|bluer|colder) {tail}",
            "{more} more (cool|cold|blue) looking",
        ),
        have=(
            "{some} (blue|cool tones|blue tones|cold light|coolness)",
            *(f"{{a}} {_COOL} {{tint}}",) * 2,
            "{more} (cooler|colder|bluer) (tones|colours)",
            "{a_more} (cooler|colder) (tone|feel|white balance|look|mood|colour temperature)",
            "{less} (yellow|orange|warmth)",
        ),
        wrong=(
            *("{subject} {rather} (yellow|orange|yellowish|orange-looking|warm and yellow)",) * 2,
            "{subject} {too} (warm|yellow|orange)",
            "the (white balance|colour temperature|tone) is {too} (warm|yellow|orange)",
            "there is {too_much} (yellow|orange|warmth) {in}",
            "{colours_are} {too} (warm|yellow|orange)",
            "{subject} {too} yellow, (cool it down|make it cooler|add some blue)",
        ),
        tag=(
            *("{more} (cooler|colder|bluer|more blue)",) * 2,
            "(cool|cooler|cold|blue|bluish|icy) (tone|tones|filter|tint|look|colours|hue)",
            "(cool|cool down|cooler tones) {tail}",
            "{less} (warm|yellow|warmth|orange)",
            "{some} blue",
        ),
    ),
}
