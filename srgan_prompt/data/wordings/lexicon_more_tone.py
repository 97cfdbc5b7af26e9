"""Further words for light, colour and monochrome: photographers' terms, idioms and complaints."""

from srgan_prompt.data.wordings.lexicon_common import Words

MORE_TONE: dict[str, Words] = {
    "brighten": Words(
        do=(
            "(bump|push|nudge|pump|ramp|kick) (up|) the (exposure|brightness|light) {tail}",
            "(lift|open) (the exposure|the levels|the gamma|the darks|it up|up the image) {tail}",
            "(shed|throw|cast|put) {some} light on (it|this|the scene|everything)",
            "(illuminate|lighten up|liven up the light of|expose) {object} {tail}",
            "(increase|raise) the ev {tail}",
            "(turn|switch) the lights (on|up) {tail}",
            "(pull|bring|rescue) (it|everything|the subject) out of the (dark|shadows|darkness) {tail}",
            "bring up the (shadows|blacks|darks|dark corners) {tail}",
            "(fix|correct|compensate) the underexposure {of}",
        ),
        be=(
            "{more} (airier|sunnier in light|more radiant|more illuminated|less underexposed)",
            "(bright|well lit|luminous|properly lit|well exposed|high key)",
            "{less} (shady|murky|dusky|sombre in light|pitch black|gloomy looking)",
        ),
        have=(
            "{some} (illumination|luminance|glow of light|exposure compensation)",
            "{a_more} (brighter|airier|lighter) (mood|feel|appearance|finish)",
            "(a high key|an airy, bright) look",
        ),
        wrong=(
            "(way|far) too little light {in}",
            (
                "{subject} {rather} (dingy|murky|pitch dark|under-exposed|too dark to see|unlit|like it was taken"
                " at night)"
            ),
            "(i can't|can't|cannot) see (much|anything|a thing|their faces), (too dark|it's that dark)",
            "(it was|i shot it|i took it) (in the dark|with too little light|underexposed)",
            "(needs|it needs|we need) {some} light",
            "the (room|scene|subject|faces) {is} {too} dark",
        ),
        tag=(
            "(lighter|brighter) (image|photo|version|please|exposure|lighting)",
            "{some} (exposure|light|luminance)",
            "(expose|exposure boost|raise exposure|lift shadows|gamma up|light up) {tail}",
            "(bright|well lit|high key|airy)",
        ),
    ),
    "darken": Words(
        do=(
            "(knock|pull|bring|take|ramp) (down|back) the (exposure|brightness|light|highlights) {tail}",
            "(crush|sink|drop) the (shadows|exposure|levels) {tail}",
            "(lower|reduce|tame) the (gamma|ev|highlights|glare) {tail}",
            "(turn|dim) the lights down {tail}",
            "(shade|underexpose|obscure) {object} {tail}",
            "(fix|correct|tame|compensate) the overexposure {of}",
            "(recover|bring back|rescue) the blown (highlights|out highlights|out areas)",
        ),
        be=(
            "{more} (gloomier|moodier and darker|more shadowy|more underexposed|more dim|darker overall)",
            "(dark|dim|low key|dark and moody|underexposed)",
            "{less} (glary|washed with light|blinding|dazzling|blown-out|luminous)",
        ),
        have=(
            "{a_more} (dimmer|gloomier|darker) (mood|feel|light|atmosphere)",
            "(a low key|a night-like, dark) look",
            "{less} (luminance|illumination|dazzle|highlights)",
        ),
        wrong=(
            "{subject} {rather} (over-exposed|blinding|dazzling|bleached by the light|blown-out)",
            "(way|far) too much light {in}",
            "it (hurts my eyes|blinds me|dazzles me), {too} bright",
            "the (sky|flash|sun|window) is (blown out|burnt out|too bright|blinding)",
            "(i overexposed it|it came out overexposed|the flash was too strong)",
        ),
        tag=(
            "darker (image|photo|version|please|exposure|lighting)",
            "(underexpose|lower exposure|tame highlights|gamma down|dim down) {tail}",
            "(dark|dim|low key|dark mood)",
            "{less} (exposure|luminance|glare)",
        ),
    ),
    "contrast_up": Words(
        do=(
            "(beef up|amp up|kick up|pump up|crank up|ramp up) the contrast {tail}",
            "(stretch|widen|expand) the (histogram|dynamic range|tonal range|levels) {tail}",
            "(give it|add|put in) {some} (punch|bite|pop in the tones|contrast|snap|oomph in contrast)",
            "(apply|use) an s-curve {tail}",
            "(dehaze|defog) {object} {tail}",
            "(separate|pull apart) the (lights and darks|darks from the lights|tones) {tail}",
            "(set|fix) the black point and the white point",
        ),
        be=(
            "{more} (more striking in contrast|contrastier|more defined in tone|stronger in contrast|snappier)",
            "(high contrast|punchy|contrasty)",
            "{less} (milky|dull in contrast|misty|veiled|flat in contrast)",
        ),
        have=("{some} (snap|bite|tonal separation|contrast boost)", "(deeper blacks|real blacks|stronger contrasts)"),
        wrong=(
            "{subject} {rather} (milky|misty|veiled|flat as a pancake|low contrast|hazed)",
            "(everything|it all) (is|looks) the same (grey|tone|mush), (more contrast|add contrast)",
            "the blacks (aren't|are not) (black|deep)",
            "it (has|shows) (hardly any|no|barely any|too little) contrast",
        ),
        tag=("(dehaze|punchy|contrasty|high-contrast|contrast boost|s-curve|more punch)", "{some} (punch|contrast)"),
    ),
    "contrast_down": Words(
        do=(
            "(knock|ramp|tame|pull) (down|back) the contrast {tail}",
            "(compress|narrow) the (dynamic range|tonal range|histogram) {tail}",
            "(lift the blacks and lower the whites|fade the blacks|raise the black point|soften the tones) {tail}",
            "take {some} (contrast|punch|bite) (out|away|off)",
            "(mellow|even out|level out|smooth) the (contrast|tones|contrasts) {tail}",
        ),
        be=(
            "{more} (more low contrast|milder in contrast|matter in tone)",
            "(low contrast|flat|matte|soft in contrast)",
        ),
        have=("(softer contrasts|lifted blacks|faded blacks|a washed, flat tone curve)",),
        wrong=(
            "the contrast (hurts|is killing it|is over the top|is brutal|is exaggerated)",
            "{subject} {too} (hard|crunchy in contrast|stark|contrast-heavy)",
            "the (tones|lights and darks) clash {too} (much|hard)",
        ),
        tag=("(flat|matte|low-contrast|soft contrast|faded blacks|flatter)", "{less} (punch|contrast)"),
    ),
    "saturate": Words(
        do=(
            "(pump up|punch up|amp up|spice up|perk up|jazz up|juice up|ramp up) {colours} {tail}",
            "(pump|amp|kick|ramp) up the (saturation|vibrance|colour) {tail}",
            "(inject|bring|put) {some} (life|colour|vibrance) (into|back into) (it|the colours|the image)",
            "(revive|refresh|restore|bring back) the (faded|lost|original) colours {tail}",
            "(make|let) {colours} (sing|glow|explode|jump out) {tail}",
        ),
        be=(
            "{more} (juicier in colour|more lush in colour|more colour-rich|richer coloured)",
            "(vivid|vibrant|colourful)",
        ),
        have=(
            "{some} (colour pop|punch in the colours|colourfulness|chroma)",
            "(juicy|lush|popping|punchy|lively|strong|saturated) colours",
        ),
        wrong=(
            "{colours_are} {rather} (anaemic|tired|dead|sun-bleached|lacklustre|bleached|thin)",
            "(where did|what happened to) the colours(, it's so pale|, they are so faded)",
            "the years have (bleached|faded) the colours",
            "(hardly|barely) any colour (left|in it)",
        ),
        tag=("(vivid|vibrant|punchy colours|colour pop|saturation+|colour boost|boost colours|more colour)",),
    ),
    "desaturate": Words(
        do=(
            "(tone|dial|knock|ramp|pull) (down|back) {colours} {tail}",
            "(drain|bleed|take) {some} (of the colour|colour) (out|away|from it)",
            "(quieten|calm|tame|soften|bleach) {colours} {tail}",
            "(reduce|pull back) the (chroma|vibrance|saturation) {tail}",
        ),
        be=(
            "{more} (quieter in colour|calmer in colour|more understated in colour|less candy-coloured)",
            "(desaturated|muted|pastel)",
            "{less} (neon|lurid|flashy in colour|loud in colour)",
        ),
        have=("(muted|quiet|understated|pale|pastel|washed-out) colours", "{less} (chroma|colourfulness|colour pop)"),
        wrong=(
            "{colours_are} {too} (neon|lurid|flashy|candy-like|radioactive|artificial|screaming)",
            "{colours_are} (hurting my eyes|over the top|screaming at me|overcooked|overdone)",
            "it looks like (candy|a cartoon with these colours|someone overdid the saturation)",
        ),
        tag=("(desaturated|muted|pastel|subdued|desat|faded colours|understated colours|bleach bypass)",),
    ),
    "warm": Words(
        do=(
            "(give it|bring|lend it) {some} (warmth|cosiness|sunshine|sun)",
            "(raise|bump up|push up|increase) the (kelvin|kelvins|warmth slider|colour temp|temp) {tail}",
            "(neutralise|fix|correct|kill|take out) {part} (blue|cold|bluish) (cast|tint|light) {in}",
            "(make|let) it (glow|feel) {more} warmer",
        ),
        be=(
            "{more} (cosier in tone|toastier|more sunlit in tone|more summery|more autumnal in tone)",
            "(warm|warm toned|golden|sunny and warm)",
            "{less} (wintry|frosty|clinical|arctic)",
        ),
        have=(
            "{some} (sunset warmth|honey tones|amber|candlelight)",
            "{a} (candlelit|summery|golden-hour|honey) (tone|feel)",
        ),
        wrong=(
            "{subject} {rather} (wintry|frosty|clinical|blue-tinted|ice cold|sterile and blue)",
            "(everyone|everybody|the skin|the snow) looks {rather} blue",
            "the white balance is off, {too} blue",
        ),
        tag=("(warm|warmer|warm tone|golden hour|cosy warm tones|sunset tones|kelvin up|warm it up)",),
    ),
    "cool": Words(
        do=(
            "(give it|lend it|bring) {some} (coolness|chill|icy blue|frostiness)",
            "(lower|drop|reduce|pull down) the (kelvin|kelvins|warmth slider|colour temp|temp) {tail}",
            "(neutralise|fix|correct|kill|take out) {part} (yellow|orange|tungsten|warm) (cast|tint|light) {in}",
            "(chill|cool off) (the tones|the colours|the image) {tail}",
        ),
        be=(
            "{more} (frostier|chillier in tone|more wintry|more arctic|steelier)",
            "(cool|cold|cool toned|icy)",
            "{less} (tungsten|amber|jaundiced|sunburnt|toasty)",
        ),
        have=(
            "{some} (icy tones|moonlight blue|cyan|frost)",
            "{a} (wintry|moonlit|nordic|arctic|clinical) (tone|feel)",
        ),
        wrong=(
            "{subject} {rather} (jaundiced|tungsten|amber|toasty|like candlelight|orange tinted)",
            "(everyone|everybody|the skin|the snow) looks {rather} (orange|yellow)",
            "the white balance is off, {too} (yellow|warm|orange)",
        ),
        tag=("(cool|cooler|cool tone|cold tones|icy|moonlight tone|kelvin down|wintry tones|cool it down)",),
    ),
    "grayscale": Words(
        do=(
            "(get rid of|remove|throw away|ditch|dump) all (the|) colour",
            "(take|suck|bleed|wash) (all|) the colour out (of it|of the image|)",
            "(go|switch|change) (to|) (monochrome|black and white|greyscale|mono)",
            "(render|print|show|give|export) {object} {wholly} in (black and white|greys|shades of grey|monochrome)",
            "(kill|zero|remove) the (saturation completely|chroma entirely)",
            "(do|make) a (black and white|monochrome|b&w) (version|conversion|copy)",
        ),
        be=(
            "{wholly} (mono|achromatic|b and w|black-and-white|uncoloured)",
            "like (an old silent film|ansel adams|film noir)",
        ),
        have=("(only|just) (black and white|shades of grey)", "{a} (noir|monochromatic|newsprint) (style|feel)"),
        tag=("(mono|b and w|black-and-white|greyscale it|noir|colour off|monochrome please|bnw|decolour)",),
    ),
    "sepia": Words(
        do=(
            "(sepia|sepia-tone|brown-tone) {object}",
            "(give it|make it have) {a} (sepia|antique brown|old brown) (wash|tone|patina|cast)",
            "make {object} look like (grandma's old brown photo|a brown victorian photograph|a daguerreotype in brown)",
            "(render|print|show) {object} {wholly} in sepia",
            "(bathe|dip|soak) (it|everything) in sepia",
        ),
        be=("{wholly} (sepia-toned|brown toned|western-style sepia|brownish like old prints)",),
        have=("{a} (wild west|victorian|nineteenth century|turn-of-the-century) sepia (look|tone)", "{some} sepia"),
        tag=("(sepia|sepia please|sepia toning|brown toned|sepia look|sepia version|sepia-tone it)",),
    ),
}
