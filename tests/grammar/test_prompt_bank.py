"""The bank of sentences as tokens gives the rows of the encoder, from a tenth of the memory."""

import torch
from torch.testing import assert_close

from srgan_prompt.grammar.prompt_bank import build_token_bank, draw_wordings
from srgan_prompt.prompts.prompt_encoder import TokenEncoder


def test_rows_are_those_of_the_encoder():
    bank = build_token_bank(12, seed=3, num_tokens=16)
    sentences = [sentence for _, sentence in draw_wordings(12, 3)]
    expected = torch.from_numpy(TokenEncoder(16).embed(sentences))
    assert len(bank) == len(bank.embeddings) == 12
    rows = torch.tensor([[11, 0], [5, 5]])
    assert_close(bank.embeddings[rows], expected[rows], atol=1e-2, rtol=1e-3)
    assert bank.embeddings[rows].dtype == torch.float32
    assert torch.equal(bank.embeddings[4], bank.embeddings[torch.tensor(4)])
    assert torch.equal(bank.embeddings[rows].ne(0), expected[rows].half().ne(0))
