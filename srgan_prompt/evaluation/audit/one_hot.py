"""One number per sentence in BERT's place: an embedding table over the training sentences.

However well such a table is trained, it can at best know what each sentence meant that it has seen, and nothing about
any other. So it is taken as perfect on those: an exact match, case and punctuation ignored.
"""

from srgan_prompt.data.instructions import canonical
from srgan_prompt.data.wording_bank import draw_wordings
from srgan_prompt.data.wordings.splits import normalised
from srgan_prompt.prompts.operations import OPERATIONS, plain_request


class OneHotTable:
    """``num_wordings`` training sentences drawn with ``seed``, and the documented ones."""

    def __init__(self, num_wordings: int, seed: int) -> None:
        drawn = draw_wordings(num_wordings, seed)
        self._known = {
            normalised(sentence): request.clauses[0].operation
            for request, sentence in drawn
            if len(request.clauses) == 1 and not request.keep
        } | {normalised(canonical(plain_request(name))): name for name in OPERATIONS}

    def __call__(self, prompt: str) -> str | None:
        """The operation that ``prompt`` asks for, or None if the table has no row for it."""
        return self._known.get(normalised(prompt))
