"""What the stand-ins for BERT may learn from: the training sentences that ask for one operation or for nothing."""

from srgan_prompt.grammar.instructions import canonical
from srgan_prompt.grammar.prompt_bank import draw_wordings
from srgan_prompt.prompts.operations import OPERATIONS, Request, plain_request


def training_sentences(num_wordings: int, seed: int) -> list[tuple[str, str | None]]:
    """Those among ``num_wordings`` drawn with ``seed`` and the documented ones, each with its operation or None."""
    drawn = [
        (sentence, request.clauses[0].operation if request.clauses else None)
        for request, sentence in draw_wordings(num_wordings, seed)
        if request == Request() or (len(request.clauses) == 1 and not request.keep)
    ]
    return drawn + [(canonical(plain_request(name)), name) for name in OPERATIONS]
