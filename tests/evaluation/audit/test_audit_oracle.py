import numpy as np
import pytest

from srgan_prompt.evaluation.audit.measures import oracle_scores
from srgan_prompt.evaluation.audit.model import AuditModel
from srgan_prompt.evaluation.confusion import FAMILIES, REQUESTS, audit_case
from srgan_prompt.operators.filters import up

SCALE, SEED = 4, 3


class Plain(AuditModel):
    """Bicubic upscaling, whatever is asked."""

    def upscale(self, lr, text=None, strength=1.0):
        return up(lr, SCALE)


@pytest.fixture
def obedience(model, images):
    case = audit_case(images[0], REQUESTS, SCALE, SEED)
    plain = Plain(model.generator, model.embed)
    return oracle_scores(plain, case, up(case.lr, SCALE), number=0, border_px=SCALE)


def test_perfect_tone_edits_are_recognised_and_perfect_restorations_help(obedience):
    tone = FAMILIES[obedience.request] == "tone"
    assert obedience.recall_by_output[tone].all()
    assert (obedience.right_minus_empty > 0).all()
    assert (obedience.right_minus_empty[~tone] > 0.1).all()


def test_on_a_smooth_image_a_oracle_finds_the_clean_answer(obedience):
    """Smooth images hold no detail that reducing loses, so the answer to "restore" is met closely."""
    names = [request.clauses[0].operation for request in REQUESTS]
    restore = names.index("restore")
    assert obedience.right[restore] > 35
    assert np.argmax(obedience.achieved[restore]) in (restore, names.index("denoise"))
