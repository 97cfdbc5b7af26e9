"""BERT as one ONNX file beside an exported model, so that any sentence works without torch and transformers.

The tokenizer travels inside as JSON; ``onnx_text`` reads both.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from srgan_prompt.inference.onnx_text import (
    IDENTITY_KEY,
    IDS,
    MASK,
    MAX_TOKENS_KEY,
    TEXT_ENCODER_NAME,
    TOKENIZER_KEY,
    VECTORS,
)
from srgan_prompt.inference.onnx_trace import require_onnx, trace_onnx, write_onnx
from srgan_prompt.prompts.encoder import TextEncoder


def export_text_encoder(encoder: TextEncoder, folder: str | Path) -> Path:
    """Write ``folder/text_encoder.onnx``: 90 MB for the default encoder; returns its path.

    Raises:
        ModelError: the extra ``onnx`` is not installed.
        OutputError: the file cannot be written.
    """
    require_onnx()
    path = Path(folder) / TEXT_ENCODER_NAME
    example = {IDS: torch.ones(2, 7, dtype=torch.long), MASK: torch.ones(2, 7, dtype=torch.long)}
    model = trace_onnx(
        _Pooled(encoder.model), example, {name: {0: "sentences", 1: "tokens"} for name in (IDS, MASK)}, VECTORS
    )
    metadata = {
        IDENTITY_KEY: encoder.identity,
        MAX_TOKENS_KEY: str(encoder.max_tokens),
        TOKENIZER_KEY: encoder.tokenizer.backend_tokenizer.to_str(),
    }
    write_onnx(path, model, metadata)
    return path


class _Pooled(nn.Module):
    """Token ids and mask (B, L) to unit sentence vectors (B, D), as ``TextEncoder`` pools them."""

    def __init__(self, bert: nn.Module) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(states.dtype)
        return nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=1)
