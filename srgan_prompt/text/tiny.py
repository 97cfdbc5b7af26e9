"""A BERT small enough for tests, made from nothing but a seed: no files, no network."""

import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import BertModel, BertTokenizer

_CHARACTERS = string.ascii_lowercase + string.digits


def tiny_bert(seed: int) -> tuple["BertModel", "BertTokenizer"]:
    """Random weights of 32 dimensions and a vocabulary of single characters; the same for the same seed."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *string.punctuation]
    tokens += [*_CHARACTERS, *(f"##{char}" for char in _CHARACTERS)]
    tokenizer = BertTokenizer(vocab={token: index for index, token in enumerate(tokens)})
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.2,  # BERT's 0.02 leaves random sentences almost parallel
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertModel(config, add_pooling_layer=False)
    return model, tokenizer
