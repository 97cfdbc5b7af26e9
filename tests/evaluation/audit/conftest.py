"""A tiny random generator with the tiny text encoder, small images, and models whose every answer is known."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
import torch

from srgan_prompt.evaluation.audit.labelled_sentences import load_hand_written
from srgan_prompt.evaluation.audit.model import AuditModel
from srgan_prompt.evaluation.audit.wishes import PERCENT, compounds, percent_prompts
from srgan_prompt.models.generator import build_generator
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.operators.filters import up
from srgan_prompt.operators.tone import edit
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.prompts.operations import INTENTS, OPERATIONS, TONE, amounts, plain_request
from srgan_prompt.prompts.reading import Reading


@pytest.fixture(scope="session")
def model() -> AuditModel:
    torch.manual_seed(0)
    config = GeneratorConfig(channels=8, num_blocks=2, compose_after=(1,), text_dim=32, text_channels=8)
    generator = build_generator(config)
    with torch.no_grad():  # as if trained: sentences matter
        generator.tone_head.to_tone.weight.mul_(20)
    return AuditModel(generator, TextEncoder.tiny().encode, "tiny")


@pytest.fixture(scope="session")
def images() -> list[torch.Tensor]:
    """Two smooth images (1, 3, 48, 48)."""
    coarse = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    smooth = torch.nn.functional.interpolate(coarse, size=(48, 48), mode="bicubic").clamp(0, 1)
    return list(smooth[:, None])


class Reader:
    """Knows the meaning of some sentences and takes every other for one that nobody understands."""

    def __init__(self, known: Mapping[str, Reading]) -> None:
        self._known = {"": Reading()} | dict(known)

    def read(self, prompts: Sequence[str]) -> list[Reading]:
        return [self._known.get(prompt, Reading(is_complete=False)) for prompt in prompts]


class Exact(AuditModel):
    """Bicubic upscaling, and the exact edit of everything that its reader reads."""

    def upscale(self, lr, text=None, strength=1.0):
        asked = {} if text is None else dict(zip(INTENTS, (strength * text).tolist(), strict=True))
        return edit(up(lr, 4).clamp(0, 1), {name: amount for name, amount in asked.items() if amount})


class Deaf(Exact):
    """Reads as well, and does nothing."""

    def upscale(self, lr, text=None, strength=1.0):
        return super().upscale(lr)


def perfect_readings() -> dict[str, Reading]:
    """What every sentence of the audit means."""
    written = {one.prompt: one.meaning for one in load_hand_written("evaluation")}
    several = {each.prompt: Reading(amounts(plain_request(*each.operations))) for each in compounds(48, 0)}
    numbered = {
        prompt: Reading({name: percent / 100})
        for name in TONE
        for prompt, percent in zip(percent_prompts(name), PERCENT, strict=True)
    }
    return written | several | numbered


def reading_model(kind: type[Exact], known: Mapping[str, Reading]) -> Exact:
    """A model of ``kind`` whose reader knows the sentences in ``known``."""
    reader = Reader(known)
    config = GeneratorConfig(channels=8, num_blocks=2, compose_after=(1,), text_channels=8)
    return kind(
        build_generator(config),
        lambda prompts: torch.from_numpy(np.stack([reading.vector() for reading in reader.read(prompts)])),
        reader=reader,
    )


@pytest.fixture(scope="session")
def exact() -> Exact:
    """Understands everything and does exactly that."""
    return reading_model(Exact, perfect_readings())


@pytest.fixture(scope="session")
def deaf() -> Deaf:
    """Understands everything and does nothing."""
    return reading_model(Deaf, perfect_readings())


@pytest.fixture(scope="session")
def forbidden_done() -> Exact:
    """Does exactly what is forbidden, and what is wished only where that is nothing of it."""
    return reading_model(
        Exact,
        {
            prompt: Reading({name: OPERATIONS[name].plain for name in reading.forbidden[:1]})
            for prompt, reading in perfect_readings().items()
        },
    )
