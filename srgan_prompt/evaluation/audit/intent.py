"""Whether the request is understood from the sentence alone: BERT and what may stand in its place, on equal terms.

A reader is a function from a sentence to an operation, or to None where it understands nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from srgan_prompt.data.requests import as_tensors
from srgan_prompt.evaluation.audit.spoken import Sentence
from srgan_prompt.evaluation.audit.statistics import Estimate, bootstrap
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.evaluation.confusion import REQUESTS, Obedience
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW
from srgan_prompt.prompts.operations import OPERATIONS, plain_request

Reader = Callable[[str], str | None]
_NUMBER: dict[str | None, int] = {request.clauses[0].operation: number for number, request in enumerate(REQUESTS)}


@torch.inference_mode()
def read_by_bert(subject: AuditSubject, prompts: Sequence[str]) -> dict[str, str | None]:
    """The operation whose intents point most nearly where those that the generator reads in each prompt do.

    None where no intent reaches the amount at which the upscaler reports a sentence as not understood.
    """
    if not prompts:
        return {}
    amounts = subject.intents(prompts)
    meanings = as_tensors(list(map(plain_request, OPERATIONS))).intents(subject.generator.config.intents)
    likeness = F.cosine_similarity(amounts[:, None], meanings[None], dim=-1)
    understood = (amounts >= NOT_UNDERSTOOD_BELOW).any(dim=1).tolist()
    names = [list(OPERATIONS)[number] for number in likeness.argmax(dim=1).tolist()]
    return {prompt: name if known else None for prompt, name, known in zip(prompts, names, understood, strict=True)}


@dataclass(frozen=True)
class IntentScores:
    """On one set of sentences: the share that each reader understands rightly, and BERT's lead over each of the others
    in percentage points."""

    accuracy: dict[str, Estimate]
    lead_points: dict[str, Estimate]
    num_sentences: int


def score_readers(readers: Mapping[str, Reader], sentences: Sequence[tuple[str, str | None]]) -> IntentScores | None:
    """Accuracy of every reader, among them "BERT", on ``sentences``, each with the operation that it means or None;
    None without sentences."""
    if not sentences:
        return None
    right = {
        name: np.array([reader(prompt) == operation for prompt, operation in sentences], float)
        for name, reader in readers.items()
    }
    leads = {name: bootstrap(100 * (right["BERT"] - hits)) for name, hits in right.items() if name != "BERT"}
    return IntentScores({name: bootstrap(hits) for name, hits in right.items()}, leads, len(sentences))


def stand_in_db(obedience: Obedience, sentences: Sequence[Sentence], reader: Reader) -> np.ndarray:
    """PSNR in dB (S,) of the output if ``reader`` chose the documented wording to give to the network, or none.

    It needs no run: those outputs were measured as rivals of each sentence.
    """
    chosen = [_NUMBER.get(reader(sentence.prompt)) for sentence in sentences]
    return np.array(
        [obedience.empty[row] if number is None else obedience.rivals[row, number] for row, number in enumerate(chosen)]
    )
