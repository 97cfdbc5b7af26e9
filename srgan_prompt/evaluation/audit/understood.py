"""What a network was told that a sentence asks for: its reader's reading, or its own understanding of the embedding."""

from collections.abc import Sequence

import torch

from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW
from srgan_prompt.prompts.reading import Reading


@torch.inference_mode()
def read(subject: AuditSubject, prompts: Sequence[str]) -> list[Reading]:
    """One reading for each of ``prompts``.

    A network that is conditioned on raw embeddings has no reader: it asks for every intent whose amount reaches that at
    which the upscaler takes a sentence as understood. It forbids nothing and cannot tell that a part is missing.
    """
    if not prompts:
        return []
    if subject.reader is not None:
        return subject.reader.read(prompts)
    names = subject.generator.config.intents
    readings = []
    for prompt, row in zip(prompts, subject.intents(prompts).tolist(), strict=True):
        amounts = {name: min(value, 1.0) for name, value in zip(names, row, strict=True)}
        asked = {name: amount for name, amount in amounts.items() if amount >= NOT_UNDERSTOOD_BELOW}
        readings.append(Reading(asked, is_complete=bool(asked) or not prompt.strip()))
    return readings


def is_reported(reading: Reading) -> bool:
    """Whether the user is told that the sentence, or a part of it, was not understood."""
    return not reading.is_complete or not reading.asks
