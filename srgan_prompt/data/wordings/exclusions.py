"""What people rule out, and the words for it: one operation, or a whole matter such as "the brightness"."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Exclusion:
    """Words for forbidding ``forbids``; an empty kind of words cannot be used. See ``forbid`` for the sentences."""

    forbids: tuple[str, ...]
    nouns: str = ""  # leave __ alone
    stays: str = ""  # keep it __
    acts: str = ""  # don't __
    acting: str = ""  # without __
    outcomes: str = ""  # not __, don't make it __
    things: str = ""  # no __
    excess: str = ""  # not __


EXCLUSIONS: tuple[Exclusion, ...] = (
    Exclusion(
        ("brighten", "darken"),
        nouns="the (brightness|exposure|lighting|light level|overall brightness|light|luminosity|exposure level)",
        acts="(change|touch|adjust|shift) the (brightness|exposure|lighting)|make it (brighter or darker|darker"
        " or brighter)",
        acting="(changing|touching|affecting|altering|shifting) (the|its) (brightness|exposure|lighting|light)"
        "|making it (brighter or darker|lighter or darker)",
        things="(brightness|exposure|lighting) (changes|change|adjustments|edits|corrections)",
    ),
    Exclusion(
        ("contrast_up", "contrast_down"),
        nouns="the (contrast|contrast|tonal contrast|contrast level|overall contrast)",
        acts="(change|touch|adjust|alter) the contrast",
        acting="(changing|touching|affecting|altering|messing up) (the|its) contrast",
        things="contrast (changes|change|adjustments|edits|tweaks)",
    ),
    Exclusion(
        ("saturate", "desaturate"),
        nouns="the (saturation|vibrance|colour intensity|saturation level)",
        acts="(change|touch|adjust) the (saturation|vibrance|colour intensity)",
        acting="(changing|touching|affecting|altering) the (saturation|vibrance|colour intensity)",
        things="(saturation|vibrance) (changes|change|adjustments|edits)",
    ),
    Exclusion(
        ("warm", "cool"),
        nouns="the (white balance|colour temperature|temperature|white balance)",
        acts="(change|touch|adjust|shift) the (white balance|colour temperature|temperature)"
        "|make it (warmer or cooler|cooler or warmer)",
        acting="(changing|touching|affecting|shifting) the (white balance|colour temperature|temperature)",
        things="(white balance|temperature|colour temperature) (changes|change|shift|adjustments|corrections)",
    ),
    Exclusion(
        ("saturate", "desaturate", "warm", "cool", "grayscale", "sepia"),
        nouns="(the|its) (colours|colours|original colours|colour|colouring|hues|natural colours|existing colours)",
        acts="(change|touch|alter|mess up|edit|recolour|shift) (the|its) (colours|colour|hues)",
        acting="(changing|touching|affecting|altering|messing with|shifting) (the|its) (colours|colour|hues)",
        things="(colour|colour) (changes|change|edits|adjustments|grading|shift|shifts|filters)",
    ),
    Exclusion(
        ("grayscale", "sepia"),
        stays="in colour|in colour|in full colour|in its colours",
        acts="(lose|remove|take away|drop|drain|kill) the (colour|colours)",
        acting="(losing|removing|dropping|taking away) the (colour|colours)",
        outcomes="colourless|monochrome or sepia|(black and white|b&w) or sepia",
        things="monochrome or sepia|black and white or sepia",
    ),
    Exclusion(
        ("brighten",),
        stays="dark|moody|dim|low key|as dark as it is",
        nouns="the (darkness|dark mood|darkness|low key look|dark look|moody darkness|dark atmosphere)",
        acts="(brighten|lighten) (it|the image|anything|it up)|(raise|increase|boost) the (brightness|exposure)"
        "|lift the shadows"
        "|add (any|more) light",
        acting="(brightening|lightening) (it|anything|the image)|(raising|increasing) the (brightness|exposure)"
        "|lifting the shadows",
        outcomes="brighter|lighter|brighter|any brighter",
        things="brightening|lightening|extra (light|brightness)|more (light|brightness)|brightness boost",
        excess="too bright|overexposed|blown out|too light",
    ),
    Exclusion(
        ("darken",),
        stays="bright|light|airy|as bright as it is",
        nouns="the (bright look|bright mood|airy look|high key look|brightness it has)",
        acts="(darken|dim) (it|the image|anything)|(lower|reduce|drop) the (brightness|exposure)",
        acting="(darkening|dimming) (it|anything|the image)|(lowering|reducing) the (brightness|exposure)"
        "|losing (any|) brightness",
        outcomes="darker|dimmer|darker|any darker|gloomier",
        things="darkening|dimming|extra darkness",
        excess="too dark|underexposed|too gloomy|too dim",
    ),
    Exclusion(
        ("contrast_up",),
        stays="flat|soft in contrast|low in contrast|matte",
        nouns="the (flat look|soft contrast|low contrast|matte look)",
        acts="(raise|increase|boost|add|bump up|push) (the|any|) contrast",
        acting="(raising|increasing|boosting|adding|pushing) (the|any|) contrast",
        outcomes="(more contrasty|punchier|higher in contrast|harsher)",
        things="extra contrast|more contrast|added contrast|contrast boost|contrast enhancement",
        excess="too contrasty|too harsh|too punchy",
    ),
    Exclusion(
        ("contrast_down",),
        stays="punchy|contrasty|high in contrast",
        nouns="the (strong contrast|high contrast|punchy contrast|hard contrast|punch)",
        acts="(lower|reduce|lose|weaken|soften|flatten) the contrast|flatten it",
        acting="(lowering|reducing|losing|weakening|flattening) (the|any|) contrast|flattening it",
        outcomes="(flatter|less contrasty|flat|lower in contrast)",
        things="flattening|contrast reduction|loss of contrast",
        excess="too flat|too low in contrast",
    ),
    Exclusion(
        ("saturate",),
        stays="muted|pale|faded|pastel",
        nouns="the (muted colours|faded look|pale colours|faded colours|subdued palette|pastel tones)",
        acts="(saturate|oversaturate) (it|anything|the colours)|(boost|intensify|enhance) the (colours|saturation)"
        "|make the colours (stronger|louder|more vivid|pop)",
        acting="(boosting|intensifying|oversaturating|saturating) the (colours|saturation|image)|raising the"
        " saturation",
        outcomes="(more colourful|more saturated|more vivid|more vibrant)",
        things="colour boost|saturation boost|extra (saturation|vibrance)|more (saturation|vibrance)|oversaturation",
        excess="too (saturated|vivid|colourful|garish)|oversaturated|garish",
    ),
    Exclusion(
        ("desaturate",),
        stays="vivid|colourful|saturated|vibrant",
        nouns="the (vivid colours|strong colours|rich colours|vibrant colours|bold colours|colour intensity it has)",
        acts="(desaturate|fade) (it|anything|the colours)|(mute|dull|weaken|tone down|wash out) the colours"
        "|reduce the saturation",
        acting="(desaturating|fading|muting|dulling|washing out|weakening) (the colours|its colours)|losing"
        " (any|) saturation",
        outcomes="(less colourful|duller|paler|less saturated|less vivid)",
        things="desaturation|fading|muting|loss of saturation|muted colours",
        excess="too (dull|pale|faded|muted|washed out)|washed out",
    ),
    Exclusion(
        ("warm",),
        stays="cold|cool|bluish|icy",
        nouns="the (cold tones|cold mood|blue tones|cool look|cold light|icy look)",
        acts="(warm|warm up) (the image|the tones|the colours)|warm it up|make it (yellow|orange)|add (any|)"
        " (warmth|yellow)",
        acting="(warming it up|adding warmth|adding yellow|making it orange|turning it yellow|warming the tones)",
        outcomes="(warmer|yellower|any warmer|more orange|more yellow|yellowish)",
        things="warmth|warming|warm (tint|filter|cast|tones)|(yellow|orange|golden) (tint|cast|filter)|extra warmth",
        excess="too (warm|yellow|orange)",
    ),
    Exclusion(
        ("cool",),
        stays="warm|golden|cosy and warm",
        nouns="the (warm tones|warm light|golden light|warmth|cosy warmth|warm mood|golden glow)",
        acts="cool it down|make it (blue|bluish|cold)|add (any|) blue|(cool|chill) the (tones|colours)|lose the warmth",
        acting="(cooling it down|adding blue|making it blue|turning it blue|cooling the tones|losing the warmth)",
        outcomes="(cooler|colder|bluer|any colder|bluish|more blue)",
        things="blue (tint|cast|filter)|cold (tint|tones|filter|cast)|cooling|cool tint",
        excess="too (cold|cool|blue|icy)",
    ),
    Exclusion(
        ("grayscale",),
        acts="(make|turn) it (black and white|grey|monochrome|b&w)|(go|convert it to|convert to) (black and"
        " white|greyscale|mono)",
        acting="(making|turning) it (black and white|grey|monochrome|b&w)|going (monochrome|black and white|b&w)",
        outcomes="(black and white|black and white|b&w|greyscale|monochrome|grey|black & white|bw)",
        things="(black and white|greyscale|monochrome|b&w|black and white conversion|grey|black and white filter)",
    ),
    Exclusion(
        ("sepia",),
        acts="(make|turn) it (sepia|brown)|(add|use|apply) (any|a|) sepia|tint it brown|sepia it",
        acting="(making|turning) it (sepia|brown)|adding (any|a|) sepia|tinting it brown",
        outcomes="(sepia|sepia|brown|sepia toned|brownish|antique brown)",
        things="(sepia|sepia|sepia tone|sepia filter|brown tint|sepia toning|vintage brown)",
        excess="too (brown|sepia)",
    ),
    Exclusion(
        ("denoise",),
        stays="grainy|noisy|gritty",
        nouns="the (grain|grain|film grain|noise|grainy look|grain structure|natural grain|noise pattern|graininess)",
        acts="(denoise|degrain) (it|anything)|(remove|reduce|touch|kill|lose|smooth away) the (noise|grain|film grain)"
        "|smooth (it|anything|things) (out|)",
        acting="(removing|reducing|touching|losing|smoothing away) the (noise|grain|film grain)|(denoising"
        "|degraining|smoothing) it",
        outcomes="(smoother|less grainy|less noisy|smoothed|plastic)",
        things="(denoising|noise reduction|noise removal|degraining|grain removal|smoothing|denoise)",
        excess="too (smooth|plastic|waxy|clean)",
    ),
    Exclusion(
        ("deblur",),
        stays="blurry|soft|dreamy|out of focus|hazy",
        nouns="the (blur|softness|soft look|soft focus|dreamy blur|motion blur|sharpness|dreamy softness|focus"
        "|sharpness level)",
        acts="(sharpen|deblur) (it|anything|the image)|(remove|reduce|fix|touch) the blur|(increase|boost) the"
        " sharpness",
        acting="(sharpening|deblurring) (it|anything|the image)|(removing|touching|reducing) the blur|raising"
        " the sharpness",
        outcomes="(sharper|any sharper|less blurry|oversharpened)",
        things="(sharpening|deblurring|extra sharpness|sharpness boost|blur removal|oversharpening)",
        excess="too sharp|oversharpened|over-sharpened",
    ),
    Exclusion(
        ("dejpeg",),
        stays="pixelated|blocky|crunchy",
        nouns="the (blocks|pixelated look|blocky look|compression artefacts|jpeg artefacts|pixelation|jpeg look"
        "|crunchy compression)",
        acts="(remove|fix|touch|smooth|reduce) the (blocks|blockiness|jpeg artefacts|compression artefacts"
        "|pixelation)|deblock it",
        acting="(removing|fixing|touching|reducing) the (blocks|jpeg artefacts|compression artefacts"
        "|pixelation)|deblocking it",
        outcomes="(less pixelated|less blocky)",
        things="(deblocking|artefact removal|jpeg repair|de-pixelation|jpeg cleanup)",
    ),
    Exclusion(
        ("restore",),
        stays="old and worn|battered|imperfect|unrestored",
        nouns="the (flaws|imperfections|worn look|aged look|signs of age|battered look|defects|wear and tear)",
        acts="(restore|repair) (it|anything)|clean (it|anything) up|fix (anything|the flaws|the quality)|remove"
        " any (artefacts|flaws)",
        acting="(restoring|repairing|cleaning up) (it|anything)|fixing the flaws",
        outcomes="(restored|cleaned up|retouched)",
        things="(restoration|cleanup|clean-up|repairs|restoring)",
    ),
    Exclusion(
        ("crisp",),
        stays="plain|simple|smooth",
        nouns="the (plain look|smooth surfaces|lack of detail|simple surfaces)",
        acts="add (any|more|new|extra|) (detail|details|texture|textures)|(make|get) it (crisper|more detailed)",
        acting="adding (any|more|new|extra|) (detail|details|texture|textures)",
        outcomes="(crisper|more detailed|more textured)",
        things="(extra|more|added|additional|new) (detail|details|texture|textures)",
        excess="too (crisp|detailed|crunchy)",
    ),
    Exclusion(
        ("faithful",),
        acts="be (too|) (faithful|literal|conservative)|(stick|cling) to the original|hold back on (the|) detail",
        acting="(sticking too closely|being too faithful) to the original",
        things="(literal|plain|strictly faithful) upscale",
    ),
)
