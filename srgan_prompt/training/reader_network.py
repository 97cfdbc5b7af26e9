"""The reader as a torch module for training; ``prompts.bert`` runs the same weights in the product.

It starts from a frozen teacher, all-MiniLM-L6-v2: some of its layers are kept (Sanh et al., DistilBERT, 2019), and its
word embeddings are reduced to the directions that matter most, each word weighted by how often it is used.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from srgan_prompt.prompts.bert import HEADS_OF_READER, MAX_TOKENS
from srgan_prompt.prompts.operations import INTENTS
from srgan_prompt.prompts.reader import LEVELS

_HIDDEN = 192
_NUMBER_DIM = 64


class BatchScores(NamedTuple):
    """Logits of B sentences: ``levels`` (B, N, L), ``pointers`` (B, N, T), ``complete`` (B); ``states`` (B, T, D)."""

    levels: Tensor
    pointers: Tensor
    complete: Tensor
    states: Tensor


class ReaderNetwork(nn.Module):
    """B sentences of T wordpieces to ``BatchScores``. ``word_dim`` is the width of the reduced word embeddings."""

    def __init__(self, config: BertConfig, num_words: int, word_dim: int):
        super().__init__()
        width = config.hidden_size
        self.words = nn.Embedding(num_words, word_dim)
        self.widen = nn.Linear(word_dim, width)
        self.bert = BertModel(config, add_pooling_layer=False)
        del self.bert.embeddings.word_embeddings  # ``words`` and ``widen`` are in its place
        self.questions = nn.Parameter(torch.randn(len(INTENTS) + 1, width))
        self.key, self.value = nn.Linear(width, width), nn.Linear(width, width)
        self.answer = nn.Linear(width, _HIDDEN)
        self.topics = nn.Parameter(torch.zeros(len(INTENTS) + 1, _HIDDEN))
        self.levels = nn.Parameter(torch.randn(len(INTENTS), len(LEVELS), _HIDDEN) / math.sqrt(_HIDDEN))
        self.level_bias = nn.Parameter(torch.zeros(len(INTENTS), len(LEVELS)))
        self.number_query, self.number_key = nn.Linear(_HIDDEN, _NUMBER_DIM), nn.Linear(width, _NUMBER_DIM)
        self.complete = nn.Linear(_HIDDEN, 1)

    @classmethod
    def from_teacher(cls, teacher: BertModel, layers: Sequence[int], word_dim: int) -> "ReaderNetwork":
        """A reader with those of the teacher's layers, counted from 0; the head is fresh, from torch's generator."""
        settings = teacher.config.to_dict() | {
            "num_hidden_layers": len(layers),
            "hidden_act": "gelu_pytorch_tanh",  # NumPy has no error function
            "max_position_embeddings": MAX_TOKENS,
            "type_vocab_size": 1,
            "vocab_size": 1,
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.1,
        }
        words = teacher.embeddings.word_embeddings.weight.detach()
        network = cls(BertConfig(**settings), len(words), word_dim)
        with torch.no_grad():
            network._reduce_words(words)
            network.level_bias[:, LEVELS.index("absent")] = 3.0  # most sentences say nothing of most intents
            ours, theirs = network.bert.embeddings, teacher.embeddings
            ours.position_embeddings.weight.copy_(theirs.position_embeddings.weight[:MAX_TOKENS])
            ours.token_type_embeddings.weight.copy_(theirs.token_type_embeddings.weight[:1])
            ours.LayerNorm.load_state_dict(theirs.LayerNorm.state_dict())
            for ours_layer, index in zip(network.bert.encoder.layer, layers, strict=True):
                ours_layer.load_state_dict(teacher.encoder.layer[index].state_dict())
        return network

    def forward(self, ids: Tensor, mask: Tensor) -> BatchScores:
        """``ids`` (B, T) wordpieces, ``mask`` (B, T) 1 where there is one."""
        words = self.widen(self.words(ids))
        states = self.bert(inputs_embeds=words, attention_mask=mask).last_hidden_state
        batch = len(ids)
        questions, key, value = (
            each.view(each.shape[0], each.shape[1], HEADS_OF_READER, -1).transpose(1, 2)
            for each in (self.questions.expand(batch, -1, -1), self.key(states), self.value(states))
        )
        answers = F.scaled_dot_product_attention(questions.to(key.dtype), key, value, mask[:, None, None].bool())
        answers = answers.transpose(1, 2).flatten(2)
        hidden = F.gelu(self.answer(answers) + self.topics, approximate="tanh")
        levels = torch.einsum("bnd,nld->bnl", hidden[:, :-1], self.levels.to(hidden.dtype)) + self.level_bias
        pointers = self.number_query(hidden[:, :-1]) @ self.number_key(states).transpose(1, 2) / math.sqrt(_NUMBER_DIM)
        return BatchScores(levels, pointers, self.complete(hidden[:, -1]).squeeze(-1), states)

    def head_parameters(self) -> list[nn.Parameter]:
        """All that does not come from the teacher."""
        inherited = ("bert.", "words.", "widen.")
        return [parameter for name, parameter in self.named_parameters() if not name.startswith(inherited)]

    def _reduce_words(self, words: Tensor) -> None:
        """The best factors of ``words`` (V, D) if an error counts by the frequency of its word.

        A wordpiece of BERT's vocabulary is about as frequent as its number is small (Zipf's law).
        """
        mean = words.mean(0)
        weights = (torch.arange(len(words)) + 1000.0).rsqrt()[:, None]
        _, _, directions = torch.linalg.svd(weights * (words - mean), full_matrices=False)
        directions = directions[: self.words.embedding_dim]
        self.words.weight.copy_((words - mean) @ directions.T)
        self.widen.weight.copy_(directions.T)
        self.widen.bias.copy_(mean)
