"""How people ask for brightness and contrast. Written from common usage, not from any collection."""

from srgan_prompt.data.wordings.lexicon_common import Words

_LIGHT = (
    "(brightness|brightness|exposure|exposure|light|luminosity|luminance|overall brightness|lighting|brightness level)"
)

LIGHT: dict[str, Words] = {
    "brighten": Words(
        do=(
            "{adv} (brighten|lighten) {object} {tail}",
            "{adv} (brighten up|light up|brighten|lighten up) {object} {tail}",
            f"{{adv}} {{raise}} (the|the|) {_LIGHT} {{of}} {{tail}}",
            f"{{adv}} {{raise}} (the|the|) {_LIGHT} {{tail}} {{of}}",
            f"{{turn}} (the|) {_LIGHT} up {{tail}}",
            "add {some} (light|brightness|exposure) {to}",
            "{adv} (lift|raise|open up|brighten) the (shadows|midtones|dark areas|dark parts|shadows and midtones) {tail}",
            "let {some} light in",
            "(push|raise|bump|bring) the exposure (up|) by {stops}",
            "adjust (the|) {noun} to be {more} brighter",
        ),
        be=(
            *("{more} (brighter|lighter)",) * 3,
            "{more} (more bright|better lit|more luminous|more illuminated|brighter overall|more exposed)",
            "{less} (dark|dim|gloomy|murky|underexposed|shadowy)",
            "brighter by {stops}",
            "(brighter|lighter) {tail}",
        ),
        have=(
            "{some} (light|brightness|exposure|light in it)",
            "{a} (brighter|lighter) (exposure|look|tone|lighting)",
            "{less} (darkness|shadow)",
            "(brighter|better) (lighting|light|exposure)",
        ),
        wrong=(
            *("{subject} {too} (dark|dim|gloomy|underexposed|murky|shadowy)",) * 3,
            "i can (hardly|barely) see (anything|what is in it|a thing)",
            "there (isn't|is not) enough (light|brightness)",
            "the (exposure|lighting|light|brightness) is {too} (low|dark|dim|weak)",
            "{subject} {too} dark, (brighten it|make it brighter|it needs more light)",
            "the shadows (are|look) {too} (dark|deep|black|heavy)",
        ),
        tag=(
            "{more} (brighter|lighter)",
            "(brighten|lighten|brighten up) {tail}",
            "(brightness|exposure) {plus}",
            "{some} (light|brightness)",
            "(brightness|exposure) (up|boost) {tail}",
            "(higher|more) (exposure|brightness)",
        ),
        kept=("the (brightness|exposure|darkness|dark mood|shadows|lighting)",),
        undone=("(brighten|lighten) it", "make it (any|) brighter", "(raise|change) the (brightness|exposure)"),
    ),
    "darken": Words(
        do=(
            "{adv} (darken|dim) {object} {tail}",
            "{adv} (darken|dim down|darken down) {object} {tail}",
            f"{{adv}} {{lower}} (the|the|) {_LIGHT} {{of}} {{tail}}",
            f"{{adv}} {{lower}} (the|the|) {_LIGHT} {{tail}} {{of}}",
            f"{{turn}} (the|) {_LIGHT} down {{tail}}",
            "add {some} (darkness|shadow) {to}",
            "{adv} (deepen|darken) the (shadows|midtones|tones) {tail}",
            "(pull|bring|drop|take) the exposure (down|) by {stops}",
            "adjust (the|) {noun} to be {more} darker",
            "remove {part} (extra|excess) (light|brightness) {from}",
        ),
        be=(
            *("{more} (darker|dimmer)",) * 3,
            "{more} (more dark|darker overall|moodier|more subdued in brightness|darker in tone)",
            "{less} (bright|light|overexposed|glaring|blown out)",
            "darker by {stops}",
            "(darker|dimmer) {tail}",
        ),
        have=(
            "{less} (light|brightness|exposure|glare)",
            "{a} (darker) (exposure|look|tone|mood|lighting)",
            "{some} (darkness|shadow)",
            "(lower|darker) (exposure|brightness|lighting)",
        ),
        wrong=(
            *("{subject} {too} (bright|light|overexposed|blown out|glaring)",) * 3,
            "there is {too} much (light|brightness|glare)",
            "the (exposure|lighting|light|brightness) is {too} (high|bright|strong|harsh)",
            "{subject} {too} bright, (darken it|make it darker|tone it down)",
            "the highlights (are|look) {too} (bright|blown|hot)",
            "it (hurts|burns) my eyes, {too} bright",
        ),
        tag=(
            "{more} (darker|dimmer)",
            "(darken|dim) {tail}",
            "(brightness|exposure) (down|lower|reduced) {tail}",
            "{less} (light|brightness|exposure|bright)",
            "(lower|less) (exposure|brightness)",
        ),
        kept=("the (brightness|exposure|light|lighting|bright look)",),
        undone=("(darken|dim) it", "make it (any|) darker", "(lower|change) the (brightness|exposure)"),
    ),
    "contrast_up": Words(
        do=(
            *(
                "{adv} {raise} (the|the|) (contrast|contrast|tonal contrast|overall contrast|contrast level) {of} {tail}",
            )
            * 2,
            "{adv} {raise} (the|) contrast {tail} {of}",
            "(turn|bring|dial|crank|push) (the|) contrast up {tail}",
            "add {some} (contrast|contrast|punch|depth|contrast and depth) {to}",
            "{adv} (strengthen|deepen|intensify|expand) the (contrast|contrast|tonal range|difference between light and dark) {tail}",
            "make the (darks darker and the lights lighter|blacks blacker and the whites whiter) {tail}",
            "(cut through|remove|get rid of) the (haze|haziness|fog|flatness) {from}",
            "{adv} (contrast|contrast up) {object} {tail}",
            "make the contrast {more} (stronger|higher|bigger|more intense|more pronounced)",
        ),
        be=(
            "{more} (more contrasty|punchier|more contrasted|higher contrast|higher in contrast|bolder in contrast)",
            "{more} (punchier|more punchy|more dramatic|stronger in contrast)",
            "{less} (flat|hazy|foggy|flat-looking|low contrast)",
            "(more contrasty|higher in contrast|punchier) {tail}",
        ),
        have=(
            *("{some} (contrast|contrast|punch|tonal contrast|depth)",) * 2,
            "{a} (stronger|higher|bigger) contrast",
            "(deeper|darker) (blacks|shadows) and (brighter|whiter) (whites|highlights)",
            "(higher|stronger|better) contrast",
            "{less} (haze|flatness)",
        ),
        wrong=(
            "{subject} {too} (flat|hazy|foggy|low in contrast|flat and hazy|flat looking)",
            "the contrast is {too} (low|weak|poor|soft)",
            "there (isn't|is not|is hardly any|is no) (enough|real|) contrast",
            "it (lacks|is lacking|needs) contrast",
            "the (blacks|shadows) look grey",
            "{subject} {too} flat, (add contrast|it needs contrast|more contrast please)",
        ),
        tag=(
            "{some} contrast",
            "(contrast|contrast up|contrast boost|increase contrast|boost contrast) {tail}",
            "contrast {plus}",
            "(higher|high|stronger|strong) contrast",
            "{more} (punchier|more contrasty)",
        ),
        kept=("the (contrast|flat look|tonality|soft contrast|tones)",),
        undone=("(raise|increase|change|boost|add) (the|) contrast", "make it (any|) (more contrasty|punchier)"),
    ),
    "contrast_down": Words(
        do=(
            *(
                "{adv} {lower} (the|the|) (contrast|contrast|tonal contrast|overall contrast|contrast level) {of} {tail}",
            )
            * 2,
            "{adv} {lower} (the|) contrast {tail} {of}",
            "(turn|bring|dial|take|pull) (the|) contrast down {tail}",
            "{adv} (soften|flatten|ease|relax|weaken) (the|) (contrast|tones|contrast|tonal range) {of} {tail}",
            "{adv} (flatten|flatten out|matte) {object} {tail}",
            "remove {part} contrast {from}",
            "make the contrast {more} (weaker|lower|softer|smaller|gentler)",
            "make {object} {more} flatter",
            "even out the (darks and lights|lights and darks|blacks and whites) {tail}",
        ),
        be=(
            "{less} (contrasty|contrasted|harsh|punchy|stark|high in contrast)",
            "{less} (contrasty|harsh in contrast|dramatic)",
            "{more} (flatter|lower in contrast|softer in contrast|gentler in contrast|more matte|flatter in tone)",
            "(less contrasty|flatter) {tail}",
        ),
        have=(
            *("{less} contrast",) * 2,
            "{less} (contrast|harsh contrast|tonal contrast|contrast in it|punch)",
            "{a} (softer|lower|flatter|weaker) contrast",
            "(lower|softer|reduced|gentle|weaker) contrast",
            "{a} (flat|matte|low contrast|faded matte) look",
        ),
        wrong=(
            "{subject} {too} (contrasty|harsh|high in contrast|stark|punchy|contrasted)",
            "the contrast is {too} (high|strong|harsh|intense|hard)",
            "there is {too} much contrast",
            "the (blacks|shadows) are {too} (black|heavy) and the (whites|highlights) {too} (white|bright)",
            "{subject} {too} harsh, (less contrast please|lower the contrast|soften the contrast)",
        ),
        tag=(
            "{less} (contrast|contrasty)",
            "(lower|lower the|reduce|reduce the|decrease|soften|soften the) contrast {tail}",
            "contrast (down|lower|reduced) {tail}",
            "(low|lower|soft|softer|flat|flatter) contrast",
            "{more} (flatter|lower in contrast)",
        ),
        kept=("the (contrast|punch|strong contrast|tonality|deep blacks)",),
        undone=("(lower|reduce|change|soften|lose) the contrast", "make it (any|) flatter", "flatten it"),
    ),
}
