"""Pictures of what was measured: the course of a run, and what a model does and does not do."""
