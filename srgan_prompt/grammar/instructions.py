"""A ``Request`` in, an English sentence that asks for it out.

``write_instruction`` speaks like many different people; ``operations.canonical`` gives the one documented wording.
The words live in ``phrases/``. Nothing here knows images or tensors.
"""

import random
from collections import Counter
from itertools import pairwise

from srgan_prompt.grammar.generate import compose
from srgan_prompt.grammar.splits import Split, belongs_to, normalised
from srgan_prompt.grammar.typos import as_typed
from srgan_prompt.prompts.operations import Request


def write_instruction(request: Request, rng: random.Random, split: Split = "train") -> str:
    """One random wording of ``request``; "" for the empty request.

    ``split="train"`` never gives a wording that ``"test"`` could give, and the reverse (see ``splits``).
    """
    if request == Request():
        return ""
    while True:
        correct, _ = compose(request, rng)
        typed = as_typed(correct, rng)
        # A slip must not carry a reserved phrase into training in disguise.
        if belongs_to(typed, split) and (split == "test" or belongs_to(correct, split)):
            return typed


def measure_variety(request: Request, num_samples: int, seed: int) -> dict[str, float]:
    """Variety of ``num_samples`` wordings of ``request``, case and punctuation ignored.

    Returns the number of distinct sentences, distinct-2 (Li et al. 2016: distinct pairs of neighbouring words over
    all such pairs), the mean number of words, and the share of wordings that is reserved for testing.
    """
    rng = random.Random(seed)  # noqa: S311 - wordings, not secrets
    sentences = [normalised(write_instruction(request, rng, "all")) for _ in range(num_samples)]
    pairs = Counter(pair for sentence in sentences for pair in pairwise(sentence.split()))
    return {
        "distinct_sentences": len(set(sentences)),
        "distinct_2": len(pairs) / max(1, pairs.total()),
        "mean_num_words": sum(len(sentence.split()) for sentence in sentences) / num_samples,
        "reserved_share": sum(belongs_to(sentence, "test") for sentence in sentences) / num_samples,
    }
