"""Sentences as tensors, and back from what a retriever's folder says of them."""

from pathlib import Path

import pytest
import torch

from srgan_prompt.errors import ModelError
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.retrieval.texts import SentenceVectors, WordNumbers, read_texts

FOLDER = Path("retriever")


def test_words_are_numbers_and_shorter_sentences_are_padded():
    texts = WordNumbers(["a", "blue", "make", "red"])
    assert texts(["Make a red.", "blue"]).tolist() == [[3, 1, 4], [2, 0, 0]]
    assert texts.width == 4


@pytest.mark.parametrize("texts", [WordNumbers(["make", "it", "blue"]), SentenceVectors(TextEncoder.tiny())])
def test_what_is_saved_of_texts_makes_equal_ones(texts):
    again = read_texts(texts.document(), FOLDER)
    assert torch.equal(again(["make it blue", "blue"]), texts(["make it blue", "blue"]))
    assert again.width == texts.width


def test_vectors_are_the_frozen_encoders():
    encoder = TextEncoder.tiny()
    assert torch.equal(SentenceVectors(encoder)(["make it blue"]), encoder.encode(["make it blue"]))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "neither words nor an encoder"),
        ({"words": []}, "neither words nor an encoder"),
        ({"words": ["a", 1]}, "neither words nor an encoder"),
        ({"encoder": {"identity": "x"}}, "does not name a text encoder"),
        ({"encoder": {"identity": "0" * 16, "name": None}}, "a BERT from a folder"),
        ({"encoder": {"identity": "0" * 16, "name": "tiny"}}, "another version of tiny"),
    ],
)
def test_documents_that_are_not_ours_are_refused(document, message):
    with pytest.raises(ModelError, match=message):
        read_texts(document, FOLDER)
