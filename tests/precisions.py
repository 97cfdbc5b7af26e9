"""The precisions that this machine computes in hardware: what is promised holds within each."""

import pytest
import torch

from srgan_prompt.inference.torch_engine import has_fast_bf16

NEEDS_BF16 = pytest.mark.skipif(not has_fast_bf16(torch.device("cpu")), reason="no bfloat16 in this processor")
PRECISIONS = ["fp32", pytest.param("bf16", marks=NEEDS_BF16)]

in_each_precision = pytest.mark.parametrize("precision", PRECISIONS)
