"""Sentences whose meaning is known, and how far each of them is obeyed on one picture.

People share no scale: a sentence of theirs that says how much ("a bit", "by 15%") is right at the nearest of its
operation's three levels, and then every other request may be taken at its nearest level too. Any other sentence means
the plain amount.
"""

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.confusion import (
    REQUESTS,
    AuditCase,
    Obedience,
    achieved_matrix,
    exact_answers,
    psnr_matrix,
)
from srgan_prompt.grammar.instructions import write_instruction
from srgan_prompt.prompts.operations import OPERATIONS, Clause, Request
from srgan_prompt.types import Answers, Image

_HOW_MUCH = re.compile(
    r"\b(an? (bit|lot|tad|touch|hint|shade|tiny|small|large|great|high|huge|good deal)|slight\w*|little|very|somewhat"
    r"|subtl\w*|gentl\w*|some of|moderate\w*|part\w*|half|significant\w*|strong\w*|heavily|much more|way more|far more"
    r"|drastic\w*|dramatic\w*|considerab\w*|extremely|lots)\b|\d",
    re.IGNORECASE,
)
_NAMES = [request.clauses[0].operation for request in REQUESTS]
_LEVELS = [
    Request((Clause(name, amount),))
    for name in _NAMES
    for amount in (OPERATIONS[name].slight, OPERATIONS[name].plain, OPERATIONS[name].strong)
]


@dataclass(frozen=True)
class Sentence:
    """A prompt and the one operation that it asks for; ``says_how_much``: at an amount that we can only guess."""

    prompt: str
    operation: str
    says_how_much: bool = False

    @property
    def request(self) -> int:
        """Its number among ``confusion.REQUESTS``."""
        return _NAMES.index(self.operation)


def read_sentences(path: Path) -> list[Sentence]:
    """People's sentences out of a JSON file ``{"requests": [{"prompt": ..., "op": ...}, ...]}``.

    Raises DataError for a file of another form, or with an operation that the audit does not know.
    """
    try:
        rows = json.loads(path.read_text("utf-8"))["requests"]
        sentences = [Sentence(row["prompt"], row["op"], bool(_HOW_MUCH.search(row["prompt"]))) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f'{path}: not a file of requests ({error!r}); it holds {{"requests": [{{"prompt", "op"}}]}}.'
        ) from None
    for sentence in sentences:
        if sentence.operation not in _NAMES:
            raise DataError(f"{path}: operation {sentence.operation!r} is not one of {', '.join(_NAMES)}.")
    return sentences


def grammar_sentences(num_each: int, seed: int, requests: Sequence[Request] = REQUESTS) -> list[Sentence]:
    """``num_each`` wordings of every one of ``requests`` that training can never have seen."""
    rng = random.Random(seed)  # noqa: S311  not for secrets
    return [
        Sentence(write_instruction(request, rng, "test"), request.clauses[0].operation)
        for request in requests
        for _ in range(num_each)
    ]


class Listener:
    """Measures sentences on one picture. ``canonical`` (K, 3, H, W) and ``empty`` (1, 3, H, W): what the documented
    wordings and no prompt make of it."""

    def __init__(self, picture: int, case: AuditCase, canonical: Answers, empty: Image, border_px: int) -> None:
        self._picture, self._case, self._canonical, self._empty = picture, case, canonical, empty
        self._border_px = border_px
        self._levels: Answers | None = None  # three answers to each request; made when first needed

    def hear(self, sentences: Sequence[Sentence], outputs: Image) -> Obedience:
        """How far ``outputs`` (S, 3, H, W) obey the sentences that made them."""
        return Obedience.joined([self._one(*each) for each in zip(sentences, outputs, strict=True)])

    def _one(self, sentence: Sentence, output: Tensor) -> Obedience:
        request = sentence.request
        if sentence.says_how_much:
            by_level = psnr_matrix(output[None], self._all_levels(), self._border_px).reshape(len(REQUESTS), 3)
            row, nearest = by_level.max(axis=1), 3 * request + by_level[request].argmax()
            target = self._all_levels()[nearest : nearest + 1]
        else:
            row = psnr_matrix(output[None], self._case.targets, self._border_px)[0]
            target = self._case.targets[request : request + 1]
        rivals = psnr_matrix(self._canonical, target, self._border_px)[:, 0]
        empty = psnr_matrix(self._empty, target, self._border_px)[0]
        achieved = achieved_matrix(output[None], self._empty, self._case, self._border_px)
        return Obedience(np.array([self._picture]), np.array([request]), row[None], rivals[None], empty, achieved)

    def _all_levels(self) -> Answers:
        if self._levels is None:
            self._levels = exact_answers(self._case.damage, _LEVELS)
        return self._levels
