"""The reader's torch network, its labels and losses, and that the NumPy forward is the same network."""

import math
import random
import string

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from srgan_prompt.grammar.reader_sentences import Wording
from srgan_prompt.prompts.bert import Vocabulary, score_sentence
from srgan_prompt.prompts.operations import INTENTS, OPERATIONS, Clause, Request
from srgan_prompt.prompts.reader import LEVELS
from srgan_prompt.training.reader import (
    ReaderNetwork,
    ReaderPlan,
    distill,
    fine_tune,
    levels_loss,
    pointer_loss,
    reading_terms,
    states_loss,
)
from srgan_prompt.training.reader_data import (
    Example,
    batches,
    collate,
    draw_documented,
    example_of,
    free_example,
    roughened,
)

LETTERS = [*string.ascii_lowercase, *(f"##{letter}" for letter in string.ascii_lowercase)]
VOCABULARY = Vocabulary(["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", *LETTERS])
BRIGHTER = Wording("by 30 %", Request((Clause("brighten", 0.3),)), {"brighten": "number"})
LESS = Wording("to 70 %", Request((Clause("contrast_down", 0.3),)), {"contrast_down": "number"})
WARM = Wording("a bit warm", Request((Clause("warm", 0.25),), keep=("restore",)), {"warm": "slight"})


@pytest.fixture(scope="module")
def teacher() -> BertModel:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(VOCABULARY.words),
        hidden_size=48,
        num_hidden_layers=3,
        num_attention_heads=12,
        intermediate_size=64,
        initializer_range=0.2,
    )
    return BertModel(config, add_pooling_layer=False).eval()


def levels_of(wording: Wording) -> dict[str, set[str]]:
    rows = example_of(wording, VOCABULARY).levels
    found = {name: {LEVELS[index] for index in np.flatnonzero(row)} for name, row in zip(INTENTS, rows, strict=True)}
    return {name: levels for name, levels in found.items() if levels != {"absent"}}


def mean_loss(network: ReaderNetwork, examples: list[Example]) -> float:
    batch = collate(examples)
    with torch.no_grad():
        return reading_terms(network.eval()(batch.ids, batch.mask), batch)["levels"].item()


def test_numpy_and_torch_are_the_same_network(teacher):
    network = ReaderNetwork.from_teacher(teacher, [0, 2], word_dim=16).eval()
    torch.nn.init.normal_(network.topics)
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    examples = [example_of(each, VOCABULARY) for each in (BRIGHTER, WARM)]
    batch = collate(examples)
    with torch.no_grad():
        ours = network(batch.ids, batch.mask)
    for row, example in enumerate(examples):
        scores = score_sentence(weights, example.pieces.ids)
        np.testing.assert_allclose(scores.levels, ours.levels[row], atol=1e-4)
        np.testing.assert_allclose(scores.pointers, ours.pointers[row, :, : len(example.pieces.ids)], atol=1e-4)
        np.testing.assert_allclose(scores.complete, ours.complete[row], atol=1e-4)


def test_whole_word_embeddings_and_all_layers_see_what_the_teacher_sees(teacher):
    network = ReaderNetwork.from_teacher(teacher, [0, 1, 2], word_dim=48).eval()
    batch = collate([free_example("a few words", VOCABULARY)])
    with torch.no_grad():
        states = network(batch.ids, batch.mask).states
        wanted = teacher(batch.ids, batch.mask).last_hidden_state
    torch.testing.assert_close(states, wanted, atol=1e-2, rtol=0)  # two forms of GELU


def test_labels_are_what_a_sentence_says_and_what_leads_to_its_amount():
    assert levels_of(BRIGHTER) == {"brighten": {"by"}}
    assert levels_of(LESS) == {"contrast_down": {"to"}}
    forbidden = {"forbidden"}
    assert levels_of(WARM) == {"warm": {"slight"}, "denoise": forbidden, "deblur": forbidden, "dejpeg": forbidden}
    half = Wording("half the noise", Request((Clause("denoise", 0.5),)), {"denoise": "slight"})
    assert levels_of(half) == {"denoise": {"slight", "by", "to"}}
    example = example_of(BRIGHTER, VOCABULARY)
    pointed = np.argwhere(example.pointers)
    assert pointed.tolist() == [[INTENTS.index("brighten"), next(iter(example.pieces.values))]]


def test_every_example_is_in_one_batch():
    examples = [free_example("a" * length, VOCABULARY) for length in range(1, 40)]
    found = list(batches(examples, 8, random.Random(0)))
    lengths = torch.cat([batch.mask.sum(1) for batch in found])
    assert sorted(lengths.tolist()) == [length + 2 for length in range(1, 40)]


def test_typed_roughly_a_sentence_keeps_its_numbers():
    rng = random.Random(0)
    rough = [roughened("brighten by 12.5 %, please!", rng) for _ in range(200)]
    assert len(set(rough)) > 10
    assert all("12.5" in sentence for sentence in rough)


def test_a_few_steps_make_a_reader_better(teacher):
    torch.manual_seed(0)
    network = ReaderNetwork.from_teacher(teacher, [0, 2], word_dim=16)
    examples = [example_of(each, VOCABULARY) for each in (BRIGHTER, LESS, WARM)] * 60
    examples += [free_example("no wish", VOCABULARY)] * 20
    plan = ReaderPlan(num_distill=80, distill_batch=8, batch_size=8, num_compared=2, head_rate=1e-2)
    reports: list[dict[str, float]] = []
    distill(network, teacher, examples, plan, lambda _, terms: reports.append(terms))
    assert reports[-1]["states"] < reports[0]["states"]
    reports.clear()
    before = mean_loss(network, examples)
    fine_tune(network, teacher, examples, plan, lambda _, terms: reports.append(terms))
    assert len(reports) == 25
    assert mean_loss(network, examples) < before / 2


def test_documented_wordings_cover_every_operation_at_every_level_and_forbidden():
    wordings = draw_documented(3000, random.Random(0))
    said = {(clause.operation, each.levels[clause.operation]) for each in wordings for clause in each.request.clauses}
    kept = {operation for each in wordings for operation in each.request.keep}
    assert kept == OPERATIONS.keys()
    assert {operation for operation, level in said if level == "plain"} == OPERATIONS.keys()
    assert {operation for operation, level in said if level == "number"} == OPERATIONS.keys()
    bad = [
        each for each in wordings if each.levels.get("brighten") == "slight" and "a bit brighter" not in each.sentence
    ]
    assert bad == []


def test_levels_loss_is_minus_the_log_of_the_right_share():
    levels = torch.log(torch.tensor([[[1.0, 2.0, 5.0]], [[4.0, 4.0, 2.0]]]))
    is_right = torch.tensor([[[True, False, True]], [[False, True, False]]])
    loss = levels_loss(levels, is_right, torch.tensor([True, True]), (2, 2))
    assert loss.item() == pytest.approx(-(math.log(6 / 8) + math.log(0.4)) / 2)


def test_levels_that_need_a_number_are_impossible_without_one():
    levels = torch.log(torch.tensor([[[1.0, 3.0, 100.0]]]))
    is_right = torch.tensor([[[False, True, False]]])
    assert levels_loss(levels, is_right, torch.tensor([False]), (2, 2)).item() == pytest.approx(-math.log(0.75))


def test_pointers_are_judged_among_numbers_and_only_where_a_number_is_meant():
    pointers = torch.log(torch.tensor([[[9.0, 1.0, 3.0], [1.0, 1.0, 1.0]]]))
    is_right = torch.tensor([[[False, False, True], [False, False, False]]])
    is_number = torch.tensor([[False, True, True]])
    assert pointer_loss(pointers, is_right, is_number).item() == pytest.approx(-math.log(0.75))
    assert pointer_loss(pointers, torch.zeros_like(is_right), is_number).item() == 0


def test_states_loss_is_zero_for_parallel_and_one_for_right_angles():
    states = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [5.0, 5.0]]])
    wanted = torch.tensor([[[3.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]])
    assert states_loss(states, wanted, torch.tensor([[True, True, False]])).item() == pytest.approx(0.5)
