"""Wishes that no operation fulfils, as orders ("remove the car"): objects, places, styles, geometry, files."""

_PART = (
    "(face|faces|sky|background|eyes|dress|car|dog|water|grass|foreground|left side|right half|hair|teeth"
    "|window|building"
    "|shirt|person on the left|top corner|trees|wall|hands|flowers|road|moon|text|logo|bottom part|subject|cat"
    "|lips|skin)"
)
_THING = (
    "(person|man|woman|car|watermark|background|logo|date stamp|timestamp|text|tourists|fence|wires|power lines"
    "|tree|shadow"
    "|reflection|dog|people|crowd|pole|bag|glasses|stain|scratch|scratches|dust|fingerprint|hat|beard|pimples"
    "|wrinkles|sign"
    "|bird|trash can|cable|lens flare|cat|boat|ex|stranger|red eyes|braces|tattoo|glare on the glasses|caption|border)"
)
_NEW = (
    "(hat|rainbow|dog|cat|moustache|sunset|frame|border|caption|title|watermark|logo|dragon|flower|moon|smile"
    "|castle|bird"
    "|lens flare|bokeh|vignette|date|signature|second person|tree|beard|sun|cloud|shadow|ufo|boat|crown|pair of"
    " glasses)"
)
_STYLE = (
    "(painting|watercolour|oil painting|cartoon|anime|comic|pencil drawing|sketch|pixel art|van gogh|picasso"
    "|lego set|poster"
    "|pixar movie|manga page|mosaic|3d render|stained glass window|video game|children's book|emoji|sticker"
    "|statue|meme)"
)
_HUE = "(red|blue|green|purple|yellow|pink|white|black|golden|darker blue|brighter red|orange|turquoise)"
_BETTER = (
    "(brighter|darker|sharper|warmer|less blurry|more colourful|black and white|sepia|less noisy|blurry|crisper|cooler"
    "|more saturated|lighter|more contrasty)"
)
_TUNE = "(brighten|darken|sharpen|denoise|desaturate|saturate|blur|lighten|warm up|deblur|colour|tint)"

IMPOSSIBLE: tuple[str, ...] = (
    *(f"(remove|erase|delete|get rid of|take out|photoshop out|cut out|hide|clone out) the {_THING}",) * 4,
    f"(remove|erase|delete) the {_THING} (on the left|in the corner|behind me|in the background|from the sky)",
    *(
        (
            f"(add|put|insert|draw|place|paste) (a|another|some kind of) {_NEW} (in|to the image|on the left|on top"
            f"||in the sky)"
        ),
    )
    * 2,
    (
        "add (snow|rain|fog|fire|smoke|stars|clouds|people|trees|makeup|text|music|subtitles|a lens flare|sparkles"
        "|motion blur)"
    ),
    f"(make it look like|turn it into|convert it into|transform it into|redraw it as) (a|an|some) {_STYLE}",
    (
        f"(make|turn) (it|this|me|him|her|us) (into|look like) (a|an) ({_STYLE}|zombie|superhero|viking|robot|king"
        f"|elf|baby)"
    ),
    f"in the style of (van gogh|monet|a {_STYLE}|studio ghibli|wes anderson|banksy|a comic|rembrandt)",
    *(f"(only|just|) (make|turn) (only|just) the {_PART} {_BETTER}",) * 2,
    f"{_TUNE} (only|just) the {_PART}",
    f"{_TUNE} the {_PART} (only|but nothing else|and leave the rest)",
    f"make the {_PART} {_HUE}",
    f"(make|turn|get) the {_PART} {_BETTER}",
    f"(change|paint|recolour|dye) the {_PART} (to|into|in|) {_HUE}",
    (
        "(change|replace|swap) the (sky|background|weather|season|scene|wall|floor) (with|to|by|for) (a beach|mars"
        "|sunset|space"
        "|a forest|winter|a studio|new york|clouds|something nicer)"
    ),
    f"(replace|swap) the {_THING} (with|for) a {_NEW}",
    *(
        (
            "(colourise|colourize|colorize) (it|this|the photo|this old photo|this black and white photo|my"
            " grandma's photo)"
        ),
    )
    * 2,
    "(add|give it|bring) (colour|realistic colours) to (this|the) (black and white|old monochrome) (photo|image|film)",
    "(turn|make) (this|the) black and white photo (into colour|coloured|colourful again)",
    (
        "(add|put in|give it|simulate) (some|more|a bit of|heavy|) (noise|grain|film grain|blur|motion blur|jpeg"
        " artefacts|bokeh)"
    ),
    "(blur|soften|pixelate|censor|smudge|obscure) (it|the image|everything|the background|the faces|the number plate)",
    "make it (blurrier|noisier|grainier|more pixelated|blurry|noisy|fuzzy|out of focus|lower quality|worse|uglier)",
    "(increase|raise|add|boost) the (noise|blur|grain|graininess|pixelation|compression|blurriness|depth of field)",
    "(crop|trim|cut) (it|the image|the edges|the left side|it to a square|out my face|it to 16:9)",
    "(rotate|flip|mirror|turn|tilt|straighten|deskew) (it|the image|this|the horizon|it by 90 degrees|it upside down)",
    "(make it|turn it into|shoot it as|do) (hdr|a panorama|3d|a gif|a video|a hologram|vr|a slideshow|a collage)",
    (
        "(make the grass greener|whiten the teeth|whiten my teeth|swap the faces|swap our faces|fix my hair|close"
        " his mouth)"
    ),
    "(turn|change|make) (day|it|the day) (to|into|look like) (night|winter|summer|a rainy day|midnight)",
    (
        "make (him|her|me|them|everyone|the baby) (smile|look younger|thinner|taller|older|laugh|look at the camera"
        "|slimmer|bald)"
    ),
    "(open|close|enlarge|change) (his|her|my|the baby's) (eyes|mouth|smile|nose|ears|hands)",
    "(convert|save|export|change) (it|this|the file) (to|as|into) (png|jpg|a pdf|webp|a smaller file|cmyk|tiff|svg)",
    "(compress|shrink|zip|encrypt|print|email|share|upload|download|rename|delete) (it|the file|this image|the photo)",
    f"(generate|create|draw|paint|imagine|render|design) (a|me a|an image of a) ({_NEW}|{_STYLE}|new logo|castle)",
    (
        "(remove|fix|correct) (the|) (red eye|red eyes|lens distortion|perspective|vignetting|chromatic aberration"
        "|purple fringing)"
    ),
    (
        "(count|list|identify|name|find|describe|caption|translate) (the people|the objects|what you see|the text"
        "|this place)"
    ),
    f"(zoom in on|focus on|highlight|select|mask|outline) the {_PART}",
    "(stretch|squeeze|warp|bend|distort|invert) (it|the image|my face|the colours)",
    "(swap|invert|replace|cycle) the colours",
    (
        "make it (scarier|funnier|happier|sexier|more christmassy|futuristic|more expensive|more romantic|go viral"
        "|move|talk)"
    ),
    "(solarise|posterise|emboss|vectorise|animate|watermark|cartoonise|cutout|stylise) (it|this|the image)",
    "make it (green|purple|pink|teal and orange|magenta|neon green|rainbow coloured|transparent|glow in the dark)",
    "(uncrop|outpaint|expand|extend|fill in) (it|the canvas|the borders|the missing part|beyond the edges)",
    "(finish|complete|continue) the (drawing|face|scene|missing corner|torn part)",
)
ORDER_FRAMES: tuple[str, ...] = (
    *("{}",) * 6,
    *("please {}", "{} please", "can you {}?", "could you (please|) {}?", "i want you to {}", "i'd like to {}"),
    *("(hi|hey|hello), {}", "is it possible to {}?", "(just|now|then) {}", "{}, thanks", "try to {}", "you must {}"),
)
