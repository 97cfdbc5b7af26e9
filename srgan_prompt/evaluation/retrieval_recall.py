"""Recall of retrieval by image and text: how often the target is among the K best of a gallery."""

from collections.abc import Sequence

import torch

from srgan_prompt.data.scenes.queries import QueryImages
from srgan_prompt.retrieval.retriever import TirgRetriever

_REFERENCES_AT_ONCE = 50


def rank_gallery(retriever: TirgRetriever, data: QueryImages, num_best: int) -> torch.Tensor:
    """For each query the numbers of its best images, (queries, num_best): references first, then all targets.

    A query's own reference is left out of its ranking, as in the paper's code.
    """
    gallery = torch.cat([retriever.embed(data.references), retriever.embed(data.targets)])
    best = []
    for start in range(0, len(data.references), _REFERENCES_AT_ONCE):
        references = data.references[start : start + _REFERENCES_AT_ONCE]
        rows = slice(start * data.num_each, (start + len(references)) * data.num_each)
        similarities = retriever.compose(references, data.sentences[rows]) @ gallery.T
        own = start + torch.arange(len(similarities)) // data.num_each
        similarities[torch.arange(len(similarities)), own] = -2.0  # below any cosine
        best.append(similarities.topk(num_best, dim=1).indices)
    return torch.cat(best)


def recall(retriever: TirgRetriever, data: QueryImages, at: Sequence[int] = (1, 5, 10)) -> dict[int, float]:
    """Share of queries in percent with an image of their target's scene among the K best, for each K of ``at``."""
    scenes = torch.from_numpy(data.scene_numbers)
    best = scenes[rank_gallery(retriever, data, max(at))]
    is_right = best == scenes[len(data.references) :, None]
    return {k: 100 * is_right[:, :k].any(dim=1).float().mean().item() for k in at}
