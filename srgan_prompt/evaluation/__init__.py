"""Metrics, benchmark tables, the prompt audit, comparison sheets."""
