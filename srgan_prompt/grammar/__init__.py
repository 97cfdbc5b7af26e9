"""English sentences for training: a small grammar, its phrases, and the typos people make."""
