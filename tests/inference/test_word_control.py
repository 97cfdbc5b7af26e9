"""Prompt-to-Prompt's control over words, on a tiny random network whose pixels choose their words."""

import numpy as np
import pytest
from tiny_models import TINY, make_generator

from srgan_prompt.errors import UsageError
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.inference.word_control import Kept, Word, WordControl, token_weights, words_of

WORDS = TINY.model_copy(
    update={"text_features": "tokens", "composition": "attention", "text_tokens": 12, "compose_after": (1, 2)}
)
PROMPT = "remove the noise, much warmer"


@pytest.fixture(scope="module")
def control():
    return WordControl(Upscaler.from_generator(make_generator(WORDS), precision="fp32"))


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 256, (20, 26, 3), dtype=np.uint8)


def change(control, photo, **options):
    return control(photo, PROMPT, **options).array.astype(float)


def test_words_are_joined_wordpieces():
    assert words_of(("crisp", "##er", "and", "0.3")) == (Word("crisper", 0, 2), Word("and", 2, 3), Word("0.3", 3, 4))


def test_without_control_nothing_changes(control, photo):
    plain = Upscaler.from_generator(make_generator(WORDS), precision="fp32")(photo, PROMPT).array
    assert np.array_equal(change(control, photo), plain)
    assert np.array_equal(change(control, photo, word_weights={"noise": 1.0}), plain)
    assert np.array_equal(change(control, photo, keep=PROMPT), plain)


@pytest.mark.parametrize("word", ["noise", "warmer"])
def test_a_reweighted_word_changes_the_output_monotonically(control, photo, word):
    weights = (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0)
    results = [change(control, photo, word_weights={word: weight}) for weight in weights]
    direction = results[-1] - results[0]
    along = [float((each * direction).sum()) for each in results]
    assert along == sorted(along)
    assert len(set(along)) == len(along)
    as_it_is = results[weights.index(1.0)]
    distances = [np.abs(each - as_it_is).mean() for each in results[3:]]
    assert distances == sorted(distances)
    assert distances[-1] > 0.1


def test_a_replaced_word_leaves_the_maps_of_all_others(control, photo):
    before = control.maps(photo, PROMPT)
    after = control.maps(photo, PROMPT.replace("noise", "blur"), keep=PROMPT)
    free = control.maps(photo, PROMPT.replace("noise", "blur"))
    for word in ("remove", "the", "much", "warmer"):
        assert np.array_equal(after[word], before[word])
        assert not np.array_equal(free[word], before[word]), "without control the sentence changes all of them"
    assert np.allclose(after["blur"], before["noise"], atol=1e-6)


def test_a_refined_sentence_keeps_the_maps_of_its_common_words(control, photo):
    before, after = (
        control.maps(photo, PROMPT),
        control.maps(photo, "remove all of the noise, much warmer", keep=PROMPT),
    )
    assert all(np.array_equal(after[word], before[word]) for word in before)
    assert after["all"].max() > 0


def test_a_replaced_word_shares_out_its_maps_among_more_wordpieces():
    kept = Kept.of((Word("a", 0, 1), Word("b", 1, 2)), (Word("a", 0, 1), Word("cd", 1, 3)), 4)
    assert kept.shares.tolist() == [[1, 0, 0, 0], [0, 0.5, 0, 0], [0, 0.5, 0, 0], [0, 0, 0, 0]]
    assert kept.is_kept.tolist() == [True, True, True, False]


def test_maps_are_shares_of_each_pixel(control, photo):
    maps = control.maps(photo, PROMPT)
    assert list(maps) == ["remove", "the", "noise", ",", "much", "warmer"]
    assert {each.shape for each in maps.values()} == {photo.shape[:2]}
    assert (sum(maps.values()) <= 1).all()
    assert not np.array_equal(maps["noise"], control.maps(photo, PROMPT, word_weights={"noise": 0})["noise"])


def test_tiles_equal_the_whole_under_control(control, photo):
    options = {"word_weights": {"noise": 1.7}, "keep": "remove the blur, much warmer"}
    whole, tiled = (change(control, photo, tile=tile, **options) for tile in ("off", 16))
    assert np.abs(tiled - whole).max() <= 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"word_weights": {"sepia": 1}}, "There is no word 'sepia' in the prompt; its words are: remove, the, noise"),
        ({"word_weights": {"noise": 3}}, "The weight 3 of 'noise' is outside"),
        ({"word_weights": {"noise": float("nan")}}, "The weight nan of 'noise' is outside"),
        ({"negative": "blur"}, "without a negative prompt"),
        ({"keep": "warmer:0.5, sharper"}, "a prompt of one clause"),
    ],
)
def test_what_cannot_be_controlled_is_refused(control, photo, arguments, sentence):
    with pytest.raises(UsageError, match=sentence):
        control(photo, PROMPT, **arguments)


def test_networks_without_words_are_refused():
    with pytest.raises(UsageError, match="has no attention over words"):
        WordControl(Upscaler.from_generator(make_generator()))


def test_weights_are_those_of_all_equal_words():
    words = (Word("very", 0, 1), Word("very", 1, 2), Word("warm", 2, 3))
    assert token_weights(words, {"Very": 0.5}, 4).tolist() == [0.5, 0.5, 1, 1]
