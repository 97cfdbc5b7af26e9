"""Prompts first: teach the text tower and the tone head what they mean before any image is upscaled.

A step on 128 prompts costs a fiftieth of a step on 16 images, and a prompt that is not understood teaches the image
side the wrong thing. So this stage comes before the pixel stage; the text term of ``losses.objective`` goes on in both.
"""

from collections.abc import Callable

import numpy as np
import torch

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import Batch
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.losses.objective import intent_loss
from srgan_prompt.models.generator import Generator
from srgan_prompt.models.weights import Ema
from srgan_prompt.training.state import schedule, set_learning_rate

LEARNING_RATE = 1e-3
PROMPTS = 128
NUM_BATCHES = 8  # whose images give the global features: the tone head must not depend on a particular one
TEXT_STREAM = 1 << 41  # keeps these draws apart from all others


def fit_text(
    generator: Generator,
    ema: Ema,
    bank: PromptBank,
    batches: Callable[[int], Batch],
    config: TrainConfig,
) -> float:
    """``config.text_steps`` steps on prompts alone; the average becomes a copy. Returns the last loss.

    A pure function of the seed, repeated from its start when a run is killed within it: it takes under a minute.
    """
    modules = torch.nn.ModuleList([generator.text_tower])
    if generator.config.text_features != "reading":
        modules.append(generator.intent_head)
    if generator.config.tone:
        modules += [generator.context_encoder, generator.tone_head]
    device = next(generator.parameters()).device
    optimizer = torch.optim.Adam(modules.parameters(), lr=LEARNING_RATE)
    images = torch.cat([batches(number).lr for number in range(NUM_BATCHES)])
    loss = torch.zeros(())
    for step in range(config.text_steps):
        rng = np.random.default_rng((config.seed, TEXT_STREAM, step))
        prompts = torch.from_numpy(rng.integers(len(bank), size=PROMPTS))
        shown = torch.from_numpy(rng.integers(len(images), size=PROMPTS)).to(device)
        features = generator.global_features(images[shown]) if generator.config.tone else images.new_zeros(1, 1)
        loss = intent_loss(generator, bank.embeddings[prompts].to(device), bank.meaning[prompts].to(device), features)
        set_learning_rate(optimizer, LEARNING_RATE * schedule(step, config.text_steps, config.optim))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    ema.module.load_state_dict(generator.state_dict())
    return loss.item()
