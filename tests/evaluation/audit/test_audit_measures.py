import dataclasses
import json

import numpy as np
import pytest
import torch

from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.audit.labelled_sentences import Sentence, grammar_sentences, read_sentences
from srgan_prompt.evaluation.audit.measures import (
    NEEDLESS_REQUESTS,
    OFFTOPIC,
    STRENGTHS,
    PromptScorer,
    measure_identity,
    measure_perception_distortion,
    monotonicity,
    needless_request_costs,
    oracle_scores,
    paraphrase_spread,
    pixel_spread,
    strength_curves,
)
from srgan_prompt.evaluation.audit.model import AuditModel
from srgan_prompt.evaluation.confusion import FAMILIES, REQUESTS, audit_case, exact_answers
from srgan_prompt.operators.filters import down, up
from srgan_prompt.operators.tone import edit
from srgan_prompt.prompts.operations import OPERATIONS, Clause, Request, amounts, canonical, plain_request

WORDINGS = {canonical(plain_request(name)): name for name in OPERATIONS}


class Obedient(AuditModel):
    """Bicubic upscaling and the exact tone edit: it restores nothing and knows the documented wordings."""

    def upscale(self, lr, text=None, strength=1.0):
        number = 0 if text is None else int(text[0])
        asked = amounts(plain_request(*[list(OPERATIONS)[number - 1]] if number else []))
        return edit(up(lr, 4), {name: amount * strength for name, amount in asked.items()})


@pytest.fixture
def obedient(model):
    def embed(prompts):
        numbers = [list(OPERATIONS).index(WORDINGS[prompt]) + 1 if prompt in WORDINGS else 0 for prompt in prompts]
        return torch.tensor(numbers, dtype=torch.float32)[:, None]

    return Obedient(model.generator, embed)


def test_spread_of_constant_images():
    outputs = torch.tensor([0.2, 0.4, 0.5, 0.5]).view(4, 1, 1, 1).expand(-1, 3, 4, 4)
    assert pixel_spread(outputs[:2]) == pytest.approx(0.1 * 2**0.5, abs=1e-6)
    assert paraphrase_spread(outputs, [0, 0, 3, 3]) == pytest.approx(0.05 * 2**0.5, abs=1e-6)


@torch.inference_mode()
def test_a_generator_of_ours_keeps_its_hands_off(model, images):
    lr = down(images[0], 4)
    found = measure_identity(model, lr, model.upscale(lr), num_offtopic=3, seed=0, border_px=4)
    assert found.empty_is_equal
    assert found.strength_0_is_equal
    assert OFFTOPIC in found.offtopic_db
    assert len(found.offtopic_db) == 3


def test_a_network_that_meddles_is_found_out(obedient, images):
    class Meddling(Obedient):
        def upscale(self, lr, text=None, strength=1.0):
            return super().upscale(lr, text, 1.0) + (0 if text is None else 0.1)

    meddling = Meddling(obedient.generator, obedient.embed)
    lr = down(images[0].clamp(0, 0.8), 4)
    found = measure_identity(meddling, lr, meddling.upscale(lr), num_offtopic=1, seed=0, border_px=4)
    assert not found.empty_is_equal
    assert not found.strength_0_is_equal
    assert found.offtopic_db[OFFTOPIC] == pytest.approx(20, abs=0.2)


def test_an_obedient_network_changes_more_with_strength(obedient, images):
    curves = strength_curves(obedient, down(images[0], 4))
    assert len(curves) == 10
    assert all(curve.shape == (len(STRENGTHS),) and curve[0] == 0 for curve in curves.values())
    assert min(monotonicity(curve) for curve in curves.values()) > 0.99
    assert monotonicity(np.array([0, 3, 2, 1, 0.5, 0.4, 0.3])) < 0


def test_needless_restoration_costs_an_obedient_network_nothing(obedient, images):
    costs = needless_request_costs(obedient, images[0], 4)
    assert costs.keys() == NEEDLESS_REQUESTS.keys()
    assert costs["denoise"] == 0
    assert abs(costs["desaturate"]) < 3


def test_a_needless_request_that_harms_is_costly(obedient, images):
    class Harmful(Obedient):
        def upscale(self, lr, text=None, strength=1.0):
            return super().upscale(lr, text, strength) + (0 if text is None else 0.05)

    assert needless_request_costs(Harmful(obedient.generator, obedient.embed), images[0], 4)["denoise"] > 1


@pytest.mark.usefixtures("fresh_lpips")
def test_styles_are_measured_by_both_measures(obedient, images):
    scores = measure_perception_distortion(obedient, images[0], 4, with_lpips=True)
    assert scores["faithful"] == scores["crisp"]
    assert scores["crisp"]["psnr_db"] > 30
    assert scores["crisp"]["lpips"] > 0
    assert "lpips" not in measure_perception_distortion(obedient, images[0], 4, with_lpips=False)["crisp"]


def test_a_model_without_text_is_refused(model):
    from srgan_prompt.errors import UsageError
    from srgan_prompt.models.generator import build_generator

    config = model.generator.config.model_copy(update={"composition": "none", "compose_after": ()})
    with pytest.raises(UsageError, match="plain takes no prompts"):
        dataclasses.replace(model, generator=build_generator(config), name="plain")


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


def write(path, rows):
    path.write_text(json.dumps({"requests": rows}))
    return path


@pytest.mark.parametrize(
    ("prompt", "says_how_much"),
    [
        ("Lift the exposure a bit", True),
        ("greatly... no, slightly darker", True),
        ("darker by 15%", True),
        ("Darken the entire image", False),
        ("add contrast", False),
    ],
)
def test_words_of_degree_are_seen(tmp_path, prompt, says_how_much):
    (sentence,) = read_sentences(write(tmp_path / "r.json", [{"prompt": prompt, "op": "darken"}]))
    assert sentence == Sentence(prompt, "darken", says_how_much)


@pytest.mark.parametrize(
    "content", ["", "{}", '{"requests": [{"prompt": "x"}]}', '{"requests": [{"prompt": 1, "op": "warm"}]}', "[1]"]
)
def test_a_file_of_another_form_is_refused(tmp_path, content):
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(DataError, match=r"r\.json: not a file of requests"):
        read_sentences(tmp_path / "r.json")


def test_an_unknown_operation_is_named(tmp_path):
    with pytest.raises(DataError, match="'rotate' is not one of denoise"):
        read_sentences(write(tmp_path / "r.json", [{"prompt": "turn it", "op": "rotate"}]))


def test_grammar_sentences_are_repeatable_and_in_order():
    sentences = grammar_sentences(2, seed=5)
    assert sentences == grammar_sentences(2, seed=5)
    assert [sentence.request for sentence in sentences] == [number for number in range(len(REQUESTS)) for _ in range(2)]


@pytest.fixture
def heard():
    """How a scorer takes the exact answer to a slight brightening, with and without words of degree."""
    hr = torch.rand(1, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    case = audit_case(hr, REQUESTS, 4, seed=0)
    slightly = exact_answers(case.degraded, [Request((Clause("brighten", 0.25),)), Request()])
    scorer = PromptScorer(7, case, case.targets, slightly[1:], 4)
    sentences = [Sentence("a bit brighter", "brighten", says_how_much=True), Sentence("brighter", "brighten")]
    return scorer.score(sentences, slightly[:1].expand(2, -1, -1, -1))


def test_a_sentence_that_says_how_much_is_right_at_the_nearest_level(heard):
    assert heard.right[0] > 55  # 8-bit rounding alone
    assert heard.right[1] < 35
    assert heard.wins[0]
    assert heard.recall_by_output[0]
    assert heard.recall_by_change.all()


def test_rivals_are_measured_against_the_sentence_s_own_answer(heard):
    brighten = heard.request[0]
    assert heard.image.tolist() == [7, 7]
    assert heard.other_prompt_psnr[0, brighten] < 35  # the documented wording asks for more
    assert heard.other_prompt_psnr[1, brighten] > 55
    assert heard.empty[0] > heard.empty[1]
