"""What a needless request costs: "remove the noise" where there is none, "brighter" on a picture that is bright.

The cost is the PSNR in dB that the output loses against its own exact answer, compared with no prompt against its own:
for a restoration both answers are the clean picture itself.
"""

import numpy as np
import torch

from srgan_prompt.data.degradations import Degradations, degrade
from srgan_prompt.data.edits import edit
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.evaluation.confusion import exact_answers, psnr_matrix
from srgan_prompt.grammar.instructions import canonical
from srgan_prompt.prompts.operations import OPERATIONS, Request, plain_request
from srgan_prompt.types import Image

# what is asked, and the tone that the clean picture is given first
CONTRADICTIONS: dict[str, str | None] = {
    "denoise": None,
    "deblur": None,
    "dejpeg": None,
    "restore": None,
    "brighten": "brighten",
    "darken": "darken",
    "saturate": "saturate",
    "desaturate": "desaturate",
}


def contradiction_costs(subject: AuditSubject, hr: Image, border_px: int) -> dict[str, float]:
    """The cost in dB of each of CONTRADICTIONS on one clean picture (1, 3, H, W)."""
    costs = {}
    for asked, already in CONTRADICTIONS.items():
        picture = hr if already is None else edit(hr, {already: OPERATIONS[already].strong})
        clean = degrade(picture, [Degradations()], subject.scale, [np.random.default_rng(0)])
        request = plain_request(asked)
        outputs = [subject.enlarge(clean.lr), subject.enlarge(clean.lr, subject.embed([canonical(request)])[0])]
        found = psnr_matrix(torch.cat(outputs), exact_answers(clean, [Request(), request]), border_px)
        costs[asked] = float(found[0, 0] - found[1, 1])
    return costs
