"""The whole lexicon: operation -> its words."""

from srgan_prompt.data.wordings.lexicon_colour import COLOUR
from srgan_prompt.data.wordings.lexicon_common import Words
from srgan_prompt.data.wordings.lexicon_light import LIGHT
from srgan_prompt.data.wordings.lexicon_mono import MONO
from srgan_prompt.data.wordings.lexicon_more_quality import MORE_QUALITY
from srgan_prompt.data.wordings.lexicon_more_tone import MORE_TONE
from srgan_prompt.data.wordings.lexicon_numbers import NUMBERS
from srgan_prompt.data.wordings.lexicon_quality import QUALITY

_MORE = MORE_QUALITY | MORE_TONE
LEXICON: dict[str, Words] = {
    name: words + _MORE[name] + NUMBERS.get(name, Words()) for name, words in (QUALITY | LIGHT | COLOUR | MONO).items()
}
