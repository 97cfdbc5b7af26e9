"""A table of keywords that a machine made in BERT's place: which words of training sentences tell which operation.

Naive Bayes over single words (multinomial; McCallum and Nigam 1998). Nobody wrote it who might have read a sentence
that it is tested with. Words that training never said are skipped.
"""

from collections import Counter
from collections.abc import Sequence
from math import log

from srgan_prompt.grammar.splits import normalised

# Added to every count; nearly the best of 1, 0.1, 0.01 and 0.001 (83.9 to 87.8 % right) on 640 grammar sentences that
# training never sees.
_SMOOTHING = 0.1


class WordCounts:
    """Learns from ``sentences``, each with the operation that it asks for, or None where it asks for nothing."""

    def __init__(self, sentences: Sequence[tuple[str, str | None]]) -> None:
        self._counts: dict[str | None, Counter[str]] = {}
        for sentence, operation in sentences:
            self._counts.setdefault(operation, Counter()).update(normalised(sentence).split())
        self._known = {word for counts in self._counts.values() for word in counts}
        self._totals = {
            operation: counts.total() + _SMOOTHING * len(self._known) for operation, counts in self._counts.items()
        }

    def __call__(self, prompt: str) -> str | None:
        """The operation whose sentences say these words most readily; None if that is "nothing", or no word is known.

        Every operation is as likely before a word is read: how often training asks for each says nothing of people.
        """
        words = [word for word in normalised(prompt).split() if word in self._known]
        return max(self._counts, key=lambda operation: self._log_likelihood(operation, words)) if words else None

    def _log_likelihood(self, operation: str | None, words: Sequence[str]) -> float:
        counts, total = self._counts[operation], self._totals[operation]
        return sum(log((counts[word] + _SMOOTHING) / total) for word in words)
