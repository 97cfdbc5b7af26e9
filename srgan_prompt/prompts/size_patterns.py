"""The grammar of sizes in a sentence, as regular expressions: what counts as a size, what leads up to it, what only
looks like one. Upper and lower case are alike.

Named groups carry the value: ``times``, ``fraction``, ``more``, ``less`` and ``share`` (percents), ``percent`` (what it
means depends on the verb), ``width``, ``height``, ``longest``, ``shortest``, ``lines``, ``name``, ``megapixels``;
``shrink`` is there when the sentence says that the image gets smaller, and ``same`` when it keeps its size.
"""

NAMED_SIDES_PX = {"2k": 2048, "4k": 3840, "5k": 5120, "8k": 7680, "uhd": 3840, "ultra hd": 3840, "4k uhd": 3840}
NAMED_SIDES_PX |= {"full hd": 1920, "fullhd": 1920, "fhd": 1920, "full-hd": 1920, "qhd": 2560, "wqhd": 2560}
"""The longer side in pixels, whichever way the image lies."""
COUNTS = {"twice": 2.0, "double": 2.0, "doubling": 2.0, "two": 2.0, "triple": 3.0, "thrice": 3.0, "three": 3.0}
COUNTS |= {"quadruple": 4.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0, "ten": 10.0}
COUNTS |= {"one and a half": 1.5, "two and a half": 2.5}
FRACTIONS = {"half": 1 / 2, "halve": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "two thirds": 2 / 3}
FRACTIONS |= {"three quarters": 3 / 4}

_NUMBER = r"\d+(?:[.,]\d+)?"
_COUNT = rf"(?:{_NUMBER}|one\s+and\s+a\s+half|two\s+and\s+a\s+half|two|three|four|five|six|seven|eight|ten)"
_THOUSANDS = "\\d{1,2}[,.'\u2019\u00a0\u202f]\\d{3}"
_SIDE = rf"(?<![\d.,])(?:{_THOUSANDS}|\d{{2,6}})(?![\d]|[.,]\d)"
_LARGE_SIDE = rf"(?<![\d.,])(?:{_THOUSANDS}|\d{{3,6}})(?![\d]|[.,]\d)"
_PX = r"(?:\s*-?(?:px|pixels?)\b)"
_PERCENT = r"\s*(?:%|percent\b|per\s+cent\b)"
_CROSS = r"\s*(?:x|×|\*|by)\s*"

_IMAGE = r"(?:image|photo|picture|pic|shot|photograph|version|copy|result|output)s?"
_IT = rf"(?:it|this|that|them|everything|(?:(?:the|this|that|my|our|a|an)\s+)?(?:whole\s+|entire\s+)?{_IMAGE})"
_GROW = r"(?:upscale|up-scale|upsize|upsample|enlarge|resize|rescale|scale|blow|magnify|zoom|super-resolve|expand)"
_SHRINK = r"(?:shrink|downscale|down-scale|downsize|downsample|reduce|(?:scale|size)\s+(?:\w+\s+)?down)"
_SIZE = (
    r"(?:(?:image\s+|picture\s+|photo\s+|pixel\s+)?(?:size|resolution|dimensions?)|width(?:\s+and\s+height)?|height"
    r")"
)
_ITS_SIZE = (
    r"(?:(?:in|of)\s+)?(?:(?:its|the|it's|their)\s+)?(?:(?:original|current|present|actual|initial|input)\s+)?"
    rf"{_SIZE}(?:\s+of\s+{_IT})?"
)
_SIDES = r"(?:image\s+|picture\s+|photo\s+|pixel\s+)?(?:size|resolution|dimensions)\b"
_SAME_SIZE = rf"(?:the|its)\s+(?:same|original|current|present|actual)\s+{_SIDES}(?!\s+as\b)"
_LARGER = r"(?:bigger|larger|wider|taller|higher\s+resolution)"
_AS_LARGE = (
    rf"(?:as\s+(?:big|large|wide|tall|high)(?:\s+as\s+(?:before|now|(?:the\s+)?original(?:\s+{_IMAGE})?|{_IT}(?:\s+is"
    r")?(?:\s+now)?))?)"
)
_END = r"(?=\s*(?:$|[,.;!?&]|(?:and|then|but|please|in\s+size)\b))"

# The object of "enlarge ... by 3" may be anything but a thing that has an amount of its own: "scale the contrast by 2".
_NO_PROPERTY = (
    r"(?!(?:contrast|brightness|saturation|colou?rs?|warmth|exposure|light|noise|grain|blur|detail|details|sharpness|"
    r"vibrance|temperature|shadows?|highlights?|artefacts?|artifacts?|blocks?|and|then|but|by|to|at|for|so)\b)"
)
_OBJECT = rf"(?:\s+{_NO_PROPERTY}[a-z][\w'-]*){{,4}}"
_FACTOR = (
    rf"(?:an?\s+)?(?:scale\s+|scaling\s+)?(?:factor\s+(?:of\s+)?)?(?:[x×]\s?)?(?P<times>{_COUNT})"
    r"(?:\s*-?(?:x|×|times|fold)(?!\w))?(?!\s*[%\dx×]|[.,]?\d|\s*per|\s*-?(?:px|pixels?|stops?)\b|\s*(?:wide|high|"
    r"tall))"
)
_VERB = rf"\b(?:(?P<shrink>{_SHRINK})|{_GROW}){_OBJECT}"
_CHANGE_SIZE = rf"\b(?:(?P<shrink>reduce|decrease|lower|cut|divide)|increase|raise|boost|multiply|grow)\s+{_ITS_SIZE}"
_COMPARED = rf"\b(?:(?P<shrink>smaller)|{_LARGER})"
# "brighten by 2x" is no size, "enlarge by 2x" is; patterns that use this follow one that takes the latter.
_NOT_BY = r"(?<!\bby )(?<!\bfactor of )"
# "2x" is a size unless a comparison follows that is not about size: "2x brighter".
_NO_COMPARISON = (
    r"(?!\s*(?:more\b|less\b|as\s+(?!big|large|wide|tall)|(?!bigger|larger|wider|taller|super|upscaler)\w+er\b)"
    r")"
)
_TIMES_LARGER = rf"(?:\s+(?:{_LARGER}|{_AS_LARGE}|{_ITS_SIZE}))"
_NO_BLOCKS = r"(?!\s*-?(?:blocks?|grids?|tiles?|patch|patches|pattern|artefacts?|artifacts?|squares?|macroblocks?)\b)"
_BOX = r"(?:\s+(?:box|frame|square|bounding\s+box|resolution)\b)?"
_NO_CROP = r"(?<!crop to )(?<!crop it to )(?<!cropped to )"
_NAMES = "|".join(sorted((name.replace(" ", r"\s+") for name in NAMED_SIDES_PX), key=len, reverse=True))
_NO_STYLE = (
    r"(?!\s*-?(?:details?|detailed|textures?|quality|look|sharp\w*|crisp\w*|style|clarity|camera|sensor|footage)\b"
    r")"
)
_SCREEN = r"(?:\s+(?:screen|monitor|display|tv|television|wallpaper))"
_LONG = r"(?:long(?:est|er)?|max(?:imum|imal)?\.?|larg(?:est|er)|bigg(?:est|er))\s+(?:side|edge|dimension)s?"
_SHORT = r"(?:short(?:est|er)?|min(?:imum|imal)?\.?|small(?:est|er))\s+(?:side|edge|dimension)s?"
_IS = r"(?:\s*(?:of|to|is|at|be|should|must|shall|=|:|about|exactly|are|has|have))*\s*"

SIZES = (
    # lengths
    rf"{_NO_CROP}\b(?P<width>{_LARGE_SIDE}){_PX}?{_CROSS}(?P<height>{_LARGE_SIDE}){_PX}?{_NO_BLOCKS}{_BOX}",
    rf"{_NO_CROP}\b(?P<width>{_SIDE}){_PX}?{_CROSS}(?P<height>{_SIDE}){_PX}{_NO_BLOCKS}{_BOX}",
    rf"{_NO_CROP}(?<=to )(?P<width>{_SIDE}){_CROSS}(?P<height>{_SIDE})\b{_NO_BLOCKS}",
    rf"\b{_LONG}{_IS}(?P<longest>{_SIDE}){_PX}?",
    rf"\b{_SHORT}{_IS}(?P<shortest>{_SIDE}){_PX}?",
    rf"(?P<longest>{_SIDE}){_PX}?\s+(?:(?:on|at|along|for|in)\s+)?(?:(?:the|its)\s+)?{_LONG}",
    rf"(?P<shortest>{_SIDE}){_PX}?\s+(?:(?:on|at|along|for|in)\s+)?(?:(?:the|its)\s+)?{_SHORT}",
    rf"(?P<width>{_SIDE}){_PX}?\s+(?:wide|in\s+width|width)\b",
    rf"(?P<height>{_SIDE}){_PX}?\s+(?:high|tall|in\s+height|height)\b",
    rf"\b(?:(?:the|its|a)\s+)?width{_IS}(?P<width>{_SIDE})\b{_PX}?(?!{_PERCENT})",
    rf"\b(?:(?:the|its|a)\s+)?height{_IS}(?P<height>{_SIDE})\b{_PX}?(?!{_PERCENT})",
    r"\b(?P<lines>\d{3,4})p\b(?:\s+resolution)?",
    (
        rf"(?<![\w.,])(?P<megapixels>{_NUMBER})\s*-?(?:megapixels?|mega\s+pixels?|mpx|mpix|mp|million\s+pixels)\b"
        r"(?!\s*(?:camera|sensor|phone|shot|photo|photograph|lens|file|raw)\b)"
    ),
    rf"(?<=to )(?P<name>{_NAMES})\b{_NO_STYLE}(?:\s+(?:resolution|size))?{_SCREEN}?",
    rf"\b(?P<name>{_NAMES})\s+(?:resolution|size|wide|version){_SCREEN}?\b",
    (
        rf"\b(?:make|get|want|need|turn|convert)\s+(?:{_IT}\s+)?(?:(?:in|into|as|to|be|a|an|at)\s+)*(?P<name>{_NAMES})"
        rf"\b{_NO_STYLE}"
    ),
    rf"\b{_GROW}\s+(?:{_IT}\s+)?(?:(?:in|into|as|at|for)\s+)?(?P<name>{_NAMES})\b{_NO_STYLE}{_SCREEN}?",
    rf"\bfor\s+(?:(?:my|a|an|the)\s+)?(?P<name>{_NAMES}){_SCREEN}",
    rf"^\W*(?:in\s+|at\s+)?(?P<name>{_NAMES})(?=\W*(?:please\W*)?$)",
    # percents
    rf"{_VERB}\s+by\s+(?P<more>{_NUMBER}){_PERCENT}",
    rf"{_VERB}\s+to\s+(?P<share>{_NUMBER}){_PERCENT}(?:\s+of\s+{_ITS_SIZE}|\s+{_ITS_SIZE})?",
    rf"{_VERB}\s+(?P<percent>{_NUMBER}){_PERCENT}{_END}",
    rf"{_CHANGE_SIZE}\s+by\s+(?P<more>{_NUMBER}){_PERCENT}",
    rf"{_CHANGE_SIZE}\s+to\s+(?P<share>{_NUMBER}){_PERCENT}",
    rf"(?<!\w)(?P<more>{_NUMBER}){_PERCENT}\s+{_COMPARED}",
    rf"{_COMPARED}\s+by\s+(?P<more>{_NUMBER}){_PERCENT}",
    rf"(?<!\w)(?P<share>{_NUMBER}){_PERCENT}\s+(?:of\s+)?{_ITS_SIZE}",
    # fractions
    (
        rf"{_VERB}\s+(?:(?P<by>by)|to)\s+(?:a\s+|one\s+)?(?P<fraction>two\s+thirds|three\s+quarters|half|third|quarter)"
        rf"(?:\s+(?:of\s+)?{_ITS_SIZE})?{_END}"
    ),
    rf"{_CHANGE_SIZE}\s+(?:(?P<by>by)|to|in)\s+(?:a\s+|one\s+)?(?P<fraction>half|third|quarter)",
    (
        r"\b(?:(?:a|one)\s+)?(?P<fraction>two\s+thirds|three\s+quarters|half|third|quarter)[\s-]+"
        rf"(?:(?:of\s+)?{_ITS_SIZE}|{_AS_LARGE})"
    ),
    rf"\b(?P<fraction>halve)\s+(?:{_ITS_SIZE}|{_IT}(?:\s+in\s+size)?)",
    # factors
    rf"{_VERB}\s+by\s+{_FACTOR}{_TIMES_LARGER}?",
    rf"{_VERB}\s+(?P<times>{_COUNT})\s*-?(?:x|×|times|fold)(?!\w){_NO_COMPARISON}{_TIMES_LARGER}?",
    rf"{_CHANGE_SIZE}\s+by\s+{_FACTOR}",
    rf"{_CHANGE_SIZE}\s+(?P<times>{_COUNT})\s*-?(?:x|×|times|fold)(?!\w)",
    rf"{_COMPARED}\s+by\s+{_FACTOR}",
    rf"(?<!\w)(?P<times>{_COUNT})\s*(?:x|×|times)\s+{_COMPARED}",
    rf"\b(?P<times>twice|thrice|double|triple|quadruple|{_COUNT}\s*(?:x|×|times)){_TIMES_LARGER}\b",
    rf"\b(?P<times>double|triple|quadruple|doubling)\s+{_IT}{_END}(?:\s+in\s+size)?",
    r"\bdoubl(?:e|ed)\s+in\s+size\b(?P<times>)",
    (
        r"\b(?:(?:by|with|at|using)\s+)?(?:an?\s+)?(?:scale|scaling|upscale|upscaling|zoom|enlargement)"
        r"\s+(?:factor\s+)?(?:of\s+)?"
        rf"(?P<times>{_NUMBER})(?:\s*[x×](?!\w))?(?![\w%]|[.,]\d|\s*[%x×]|\s*per|{_PX})"
    ),
    rf"^\W*by\s+(?:a\s+)?factor\s+(?:of\s+)?(?P<times>{_COUNT})(?=\W*(?:please\W*)?$)",
    rf"^\W*(?:make\s+it\s+)?(?P<times>{_COUNT})\s+times(?=\W*(?:please\W*)?$)",
    rf"{_NOT_BY}(?<![\w.,])(?P<times>\d{{1,2}}(?:\.\d+)?)\s?[x×](?![\w%]){_NO_COMPARISON}{_TIMES_LARGER}?(?!\s*\d)",
    rf"{_NOT_BY}(?<!\w)(?<!\d )[x×]\s?(?P<times>\d{{1,2}}(?:\.\d+)?)(?![\d%]|,\d)\b{_NO_COMPARISON}{_TIMES_LARGER}?",
    # no change; "restore the original size" is none of it
    rf"\b(?P<same>keep|leave|retain|preserve)\s+(?:{_IT}\s+(?:at|in)\s+{_SAME_SIZE}|{_SAME_SIZE}|(?:the|its)\s+{_SIDES}{_END})",
    rf"\b(?P<same>at|in|with)\s+{_SAME_SIZE}",
    rf"(?:^|(?<=[,.;]\s))(?P<same>same)\s+{_SIDES}{_END}",
    rf"\b(?P<same>without|don't|do\s+not)\s+(?:enlarg|upscal|resiz)(?:e|ing)(?:\s+{_IT})?{_END}",
    # a length without a side, last: "to 2000 px"
    rf"(?<=to )(?P<longest>{_SIDE}){_PX}",
)
"""In this order; what one has taken is gone for those behind it."""

LEAD = (
    r"(?:(?:and|then|also|please|so\s+that)\s+){,3}(?:(?:(?:can|could|would)\s+you|i\s+want|i\s+need|i'd\s+like)"
    r"\s+)?(?:to\s+)?"
    rf"(?:(?:{_GROW}|{_SHRINK}|make|get|want|need|give|bring|fit|fits|convert|turn|increase\s+{_ITS_SIZE})"
    r"\s+(?:up\s+|down\s+)?"
    rf"(?:{_IT}\s+)?(?:up\s+|down\s+)?(?:to\s+be\s+)?)?"
    rf"(?:{_IT}\s+(?:to\s+(?:be\s+)?|fits?\s+)?)?"
    r"(?:(?:up\s+to|at\s+most|no\s+more\s+than|not\s+more\s+than)\s+)?(?:(?:(?:fit|fits|fitting)\s+)?(?:(?:by|to|"
    r"at|with|in|into|inside|within)\s+){,2})?(?:(?:an?|the|about|exactly)\s+)?"
    r"(?:(?:box|size|resolution|total|maximum|max)\s+(?:of\s+)?)?"
)
"""What leads up to a size and goes away with it: "and make it ...", "upscale the photo to ...", "I want it ..."."""

LOOKS_LIKE_A_SIZE = (
    rf"\b\d+(?:[.,]\d+)?{_PX}?\s*(?:x|×|\*)\s*\d+(?:[.,]\d+)?\b{_PX}?{_NO_BLOCKS}",
    (
        r"\b(?:\d+(?:[.,]\d+)?)\s*-?(?:px|pixels?|dpi|ppi|megapixels?|mpx|mp|cm|inch|inches)\b(?!\s+(?:blur|radius|"
        r"border|noise|grain))"
    ),
    rf"\b(?:{_NAMES})\b",
    _NOT_BY + r"(?<![\w.])\d+(?:[.,]\d+)?\s?[x×](?!\w)" + _NO_COMPARISON,
    r"\b(?:(?:a\s+(?:bit|little|lot)|much|slightly|somewhat)\s+)?smaller\b(?!\s+(?:aperture|grain|file))",
    r"\b(?:shrink|downscale|downsize|halve)(?:\s+it)?\b",
    (
        rf"\b(?:twice|double|half|triple|third|quarter)\s+(?:of\s+)?(?:the\s+|its\s+)?(?:size|{_IMAGE}|width|height|"
        r"resolution)\b"
    ),
    r"\b(?:longest|longer|shortest|shorter)\s+(?:side|edge)\b",
    r"\b(?:size|width|height|dimensions?|resolution)\s+(?:of|to|by)\s+\S+",
    r"\bscale\s+factor\b(?:\s+of)?(?:\s+\d\S*)?",
    r"\b(?:third|quarter|half)\s+(?:bigger|larger|smaller)\b|\bas\s+(?:big|large|wide)\s+as\s+\S+(?:\s+\S+)?",
    rf"^\W*(?:(?:increase|make|raise|by|to|at)\s+)*(?:it\s+)?(?:(?:by|to)\s+)?{_NUMBER}{_PERCENT}(?=\W*$)",
    r"\b(?:a[3-6]|letter|poster)[\s-]+(?:size|print|format|paper|sheet)\b|\b(?:at|on|for|to)\s+a[3-6]\b",
)
"""What is named to the user if it is still there after all sizes were taken."""

_JOIN = r"(?:,|;|\.|&|\+|\band\b|\bthen\b|\balso\b|\bbut\b|\bplus\b|\bwith\b)"
LOOSE_JOINS = rf"^(?:\s*{_JOIN})+|(?:{_JOIN}\s*)+$"
DOUBLE_JOINS = rf"({_JOIN})(?:\s*{_JOIN})+"
NOTHING_SAID = rf"(?:please|super.resolution|can|could|you|just|thanks|thank\s+you|{_GROW}|{_SHRINK}|{_IT}|[\s,.;?!])*"
