"""What many sentences mean, without any picture: cheap, so that the text tower sees hundreds of wordings per step.

The pixel loss teaches the text tower through sixteen sentences a step; here a hundred more say directly which tone
change and which intents they ask for (InstructIR, Conde et al. 2024, trains an intent classifier for the same reason).
"""

import torch.nn.functional as F
from torch import Tensor

from srgan_prompt.data.requests import RequestTensors
from srgan_prompt.models.generator import Generator
from srgan_prompt.models.steering import Steering


def intent_loss(generator: Generator, text: Tensor, meaning: RequestTensors, context: Tensor) -> Tensor:
    """Scalar: L1 of the tone change, for ``text`` (N, D) on pictures of ``context`` (N, C); with raw embeddings plus L2
    of the intents. 0 where neither is there to be taught."""
    loss = text.new_zeros(())
    if generator.config.text_features == "raw":
        loss = loss + F.mse_loss(generator.intent(text).float(), meaning.intents(generator.config.intents))
    if generator.config.tone:
        steering = Steering.of(text).map_texts(generator.text_tower)
        loss = loss + F.l1_loss(generator.tone_change(steering, context), meaning.tone)
    return loss
