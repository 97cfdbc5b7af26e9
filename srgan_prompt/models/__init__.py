"""Networks: they see tensors only."""
