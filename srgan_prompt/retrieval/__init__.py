"""Retrieval by image and text: find the image that a sentence would make of another one (Vo et al. 2019)."""
