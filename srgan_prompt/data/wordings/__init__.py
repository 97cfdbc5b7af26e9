"""The words behind ``data.instructions``: a small grammar, its lexicon, and the slips people make."""
