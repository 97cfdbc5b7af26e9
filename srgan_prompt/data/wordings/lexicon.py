"""The whole lexicon: operation -> its words."""

from srgan_prompt.data.wordings.lexicon_colour import COLOUR
from srgan_prompt.data.wordings.lexicon_common import Words
from srgan_prompt.data.wordings.lexicon_light import LIGHT
from srgan_prompt.data.wordings.lexicon_mono import MONO
from srgan_prompt.data.wordings.lexicon_quality import QUALITY

LEXICON: dict[str, Words] = QUALITY | LIGHT | COLOUR | MONO
