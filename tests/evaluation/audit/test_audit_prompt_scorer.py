import json

import pytest
import torch

from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.audit.labelled_sentences import Sentence, grammar_sentences, read_sentences
from srgan_prompt.evaluation.audit.measure_image import PromptScorer
from srgan_prompt.evaluation.confusion import REQUESTS, audit_case, exact_answers
from srgan_prompt.prompts.operations import Clause, Request


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
