"""The parts of the prompt audit: one measurement a file; ``evaluation.prompt_audit`` runs them all."""
