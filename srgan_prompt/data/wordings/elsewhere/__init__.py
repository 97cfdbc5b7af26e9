"""Sentences that ask for what no operation does, by theme, in the notation of ``patterns``."""
