"""Metrics and their statistics, benchmark tables, the prompt audit, and figures of all these and of a run."""
