"""Sentences to vectors: the only room that sees strings."""
