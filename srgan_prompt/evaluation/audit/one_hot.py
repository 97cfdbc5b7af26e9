"""One number per sentence in BERT's place: an embedding table over the training sentences.

However well such a table is trained, it can at best know what each sentence meant that it has seen, and nothing about
any other. So it is taken as perfect on those: an exact match, case and punctuation ignored.
"""

from collections.abc import Sequence

from srgan_prompt.grammar.splits import normalised


class OneHotTable:
    """Knows ``sentences``, each with the operation that it asks for, or None where it asks for nothing."""

    def __init__(self, sentences: Sequence[tuple[str, str | None]]) -> None:
        self._known = {normalised(sentence): operation for sentence, operation in sentences}

    def __call__(self, prompt: str) -> str | None:
        """The operation that ``prompt`` asks for, or None if the table has no row for it."""
        return self._known.get(normalised(prompt))
