"""Many thousand requests with what the network sees of each, drawn once from a seed: their readings, or sentences that
ask for them, embedded once by BERT.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.grammar.generate import write_instruction, write_offtopic
from srgan_prompt.grammar.splits import Split
from srgan_prompt.operators.requests import RequestTensors, as_tensors, sample_request
from srgan_prompt.prompts.operations import DEFAULT_REQUEST, Request, amounts
from srgan_prompt.prompts.prompt_encoder import TokenEncoder

OFFTOPIC_SHARE = 0.04


@dataclass(frozen=True)
class PromptBank:
    """``embeddings`` (N, D) float32, one per request, zeros for the empty one; ``meaning``: the requests as tensors."""

    embeddings: "Tensor | PackedTokens"
    meaning: RequestTensors

    def __len__(self) -> int:
        return len(self.embeddings)


class PackedTokens:
    """What ``embeddings`` of sentences as tokens would be, in 16 bits and without the zeros: a tenth of the memory.

    ``sentences``: the states (l, W) of each sentence's wordpieces, l at most ``num_tokens``.
    """

    def __init__(self, sentences: Sequence[np.ndarray], num_tokens: int) -> None:
        lengths = torch.tensor([len(each) for each in sentences])
        self._states = torch.from_numpy(np.concatenate(sentences).astype(np.float16))
        self._lengths, self._starts = lengths, lengths.cumsum(0) - lengths
        self._num_tokens = num_tokens

    def __len__(self) -> int:
        return len(self._lengths)

    def __getitem__(self, rows: Tensor | int) -> Tensor:
        """Row or rows (..., L * W), float32."""
        starts, lengths = self._starts[rows][..., None], self._lengths[rows][..., None]
        place = torch.arange(self._num_tokens)
        states = self._states[(starts + place).clamp(max=len(self._states) - 1)].float()
        return (states * (place < lengths)[..., None]).flatten(-2)


def draw_wordings(num_wordings: int, seed: int, split: Split = "train") -> list[tuple[Request, str]]:
    """``num_wordings`` pairs from the grammar; a small share is off topic and asks for nothing."""
    rng = random.Random(seed)  # noqa: S311  not for secrets
    pairs = []
    for _ in range(num_wordings):
        if rng.random() < OFFTOPIC_SHARE:
            pairs.append((Request(), write_offtopic(rng)))
        else:
            request = sample_request(rng)
            pairs.append((request, write_instruction(request, rng, split)))
    return pairs


def build_bank(num_wordings: int, seed: int, encode: Callable[[Sequence[str]], Tensor]) -> PromptBank:
    """The training bank of ``seed``; ``encode`` turns N sentences into (N, D)."""
    requests, sentences = zip(*draw_wordings(num_wordings, seed), strict=True)
    return PromptBank(encode(sentences), as_tensors(requests))


@cache  # all runs of one process that differ in their networks only share it: the states take milliseconds each
def build_token_bank(num_wordings: int, seed: int, num_tokens: int) -> PromptBank:
    """The same for networks that see ``num_tokens`` wordpieces of a sentence, in the states of the package's reader."""
    encoder = TokenEncoder(num_tokens)
    requests, sentences = zip(*draw_wordings(num_wordings, seed), strict=True)
    return PromptBank(PackedTokens([encoder.states(each) for each in sentences], num_tokens), as_tensors(requests))


def build_reading_bank(num_requests: int, seed: int, intents: Sequence[str], default_share: float = 0.0) -> PromptBank:
    """The same for networks that are conditioned on readings: no sentence is needed, a reading says it all.

    ``default_share`` of the requests are the command's default request.
    """
    rng = random.Random(seed)  # noqa: S311  not for secrets
    requests = [DEFAULT_REQUEST if rng.random() < default_share else sample_request(rng) for _ in range(num_requests)]
    return PromptBank(exact_readings(requests, intents), as_tensors(requests))


def exact_readings(requests: Sequence[Request], intents: Sequence[str]) -> Tensor:
    """What a perfect reader makes of sentences that ask for ``requests``: amounts (N, len(intents))."""
    named = [amounts(request) for request in requests]
    return torch.tensor([[each.get(name, 0.0) for name in intents] for each in named])


def empty_bank(text_dim: int) -> PromptBank:
    """Nothing but the empty prompt: for training without words."""
    return PromptBank(torch.zeros(1, text_dim), as_tensors([Request()]))
