"""Descriptions, titles and prompts for generators: full of words of colour and light, and no wish at all."""

_WHO = (
    "(a|an old|a young|the|a smiling|a tired|one) (woman|man|girl|boy|bride|fisherman|dancer|nurse|farmer"
    "|cyclist|monk|lady"
    "|child|couple|tourist|soldier|chef|baby|grandmother)"
)
_BEAST = "(wolf|cat|dog|horse|owl|fox|bear|swan|tiger|crow|rabbit|cow|elephant|parrot|whale|deer|spider|turtle|pony)"
_HUE = (
    "(gray|grey|white|black|red|dark red|bright blue|golden|brown|pale green|dark|yellow|crimson|silver|navy"
    "|orange|blue"
    "|dark green|black and white|colourful|bright|pink|turquoise|purple|light blue|rusty brown)"
)
_THING = (
    "(car|house|bicycle|boat|dress|coat|umbrella|train|door|lighthouse|bridge|barn|hat|bench|castle|bus|chair|vase|kite"
    "|telephone|guitar|church|truck|tent|flower|rose|scarf|balloon)"
)
_PLACE = (
    "(in the snow|on a beach|in the forest|by the lake|on a rainy street|in a dark alley|under a clear blue sky"
    "|at the market"
    "|in a bright kitchen|near the harbour|in the desert|on the roof|in front of a white wall|at a wedding|in"
    " paris|in the fog"
    "|behind the house|in a noisy bar|on a grainy beach|in a field of yellow flowers|on a cold morning|in a"
    " warm bed|at home)"
)
_TIME = (
    "(at night|at dawn|at sunset|in winter|in the evening|in the dark|in 1987|at noon|in autumn|in the early light|)"
)
_LIGHT = (
    "(warm golden light|soft light|dramatic lighting|deep shadows|bright colours|cold blue light|moody"
    " atmosphere|vivid colours"
    "|golden hour|cinematic lighting|bokeh|high contrast|dark background|muted tones|soft focus|harsh sunlight"
    "|neon lights)"
)
_DOING = (
    "(running|sleeping|standing|waiting|walking|playing|looking at the camera|eating|swimming|reading a"
    " newspaper|laughing"
    "|resting|crossing the street|holding a cup|dancing|jumping|hiding)"
)

CAPTIONS: tuple[str, ...] = (
    f"a {_HUE} {_BEAST} {_PLACE}",
    f"(a|the|one|two|three|my|our) {_HUE} {_BEAST}(|s) {_DOING} {_PLACE} {_TIME}",
    f"{_WHO} {_DOING} {_PLACE}",
    f"{_WHO} in a {_HUE} (dress|coat|shirt|hat|suit|sweater) {_PLACE}",
    f"(portrait|close-up|painting|drawing|studio portrait|silhouette|photo|picture) of {_WHO} with {_HUE} hair",
    f"(photo|picture|photograph|close-up|image|drawing|painting|sketch) of a {_HUE} {_THING} {_PLACE} {_TIME}",
    f"a {_HUE} {_THING} {_PLACE} {_TIME}",
    f"a {_HUE} {_THING} and a {_HUE} {_BEAST}, {_LIGHT}",
    (
        f"(sunset|sunrise|storm|moonlight|rainbow|fog|mist|lightning) over the (bright harbour|dark sea|city|mountains"
        f"|grey roofs|quiet valley|old bridge|golden fields|frozen lake)(|, {_LIGHT}|, {_LIGHT}, {_LIGHT})"
    ),
    f"(an aerial view|a view|a panorama|a shot) of (the|a) (city|village|coast|{_HUE} mountains|river|canyon) {_TIME}",
    f"{_WHO} and (a|her|his) {_HUE} {_BEAST}, {_LIGHT}",
    f"{_BEAST}, {_THING}, {_LIGHT}, {_LIGHT}",
    (
        f"{_WHO}, {_LIGHT}, (8k|4k|masterpiece|trending on artstation|50mm|f/1.8|octane render|studio ghibli|unreal"
        f" engine)"
    ),
    f"(the|a) (night|day|winter|morning|summer|autumn) (sky|street|market|sea|harbour|train) {_PLACE}",
    (
        "(the dark knight|white christmas|back to black|the warmth of the sun|blue velvet|grey's anatomy|cool runnings"
        "|the color purple|bright lights big city|fifty shades of grey|a clockwork orange|black mirror|the lighthouse"
        "|the great gatsby|mona lisa|the starry night|pulp fiction|noises off|the sharpest knife|cold mountain)"
    ),
    f"(still life with|study of|composition with) (a|) {_HUE} (bowl|apples|bottle|flowers|cloth|grapes)",
    f"(there is|here is|this is|that's|you can see|here we have) (a|my|our|the) {_HUE} ({_THING}|{_BEAST}) {_PLACE}",
    (
        "(bright|dark|warm|cold|sunny|gray|noisy|crisp|colourful) (morning|evening|day|street|room|weather|autumn day)"
        " (in|near|outside) (oslo|the village|berlin|the mountains|lisbon|our town|kyoto|the old port)"
    ),
    f"the (sky|water|wall|grass|sea|room|light) (is|was) {_HUE} and the (sun|moon|lamp|snow|sand) (is|was) {_HUE}",
    f"(my|her|his|our) (grandfather|sister|mother|uncle|best friend|neighbour) {_PLACE} {_TIME}",
    f"{_BEAST} {_PLACE}",
    f"{_HUE} {_THING}",
    (
        f"a (cup|glass|bowl|plate|slice) of (black coffee|red wine|hot soup|orange juice|dark chocolate|warm milk"
        f"|cold beer)"
        f" (on a table|by the window|{_PLACE})"
    ),
    "(img|dsc|pxl|scan|screenshot)(_|)(0042|20230814|1138|7781|0093)(.jpg|.png|.tif|)",
)
