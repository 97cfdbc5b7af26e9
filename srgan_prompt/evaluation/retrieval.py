"""Retrieval by image and text, measured: recall, how often the target is among the K best; and a picture of queries."""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw

from srgan_prompt.data.scenes.queries import QueryImages
from srgan_prompt.retrieval.retriever import TirgRetriever

_REFERENCES_AT_ONCE = 50
_TILE_PX, _GAP_PX, _TEXT_PX = 96, 12, 22
_GREEN, _GREY, _BLACK = (30, 140, 60), (150, 150, 150), (0, 0, 0)


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


def draw_matches(retriever: TirgRetriever, data: QueryImages, queries: Sequence[int], num_best: int = 5) -> Image.Image:
    """One row for each of ``queries``, by their numbers: reference, sentence above, the ``num_best`` found.

    The right ones are framed.
    """
    best = rank_gallery(retriever, data, num_best)
    gallery = np.concatenate([data.references, data.targets])
    width_px = (num_best + 1) * (_TILE_PX + _GAP_PX) + 2 * _GAP_PX
    row_px = _TILE_PX + _TEXT_PX + _GAP_PX
    sheet = Image.new("RGB", (width_px, row_px * len(queries) + _GAP_PX), "white")
    draw = ImageDraw.Draw(sheet)
    for row, query in enumerate(queries):
        top_px = row * row_px + _GAP_PX
        draw.text((_GAP_PX, top_px), data.sentences[query], fill=_BLACK, font_size=15)
        tiles: list[tuple[np.ndarray, tuple[int, int, int] | None]] = [(data.references[query // data.num_each], _GREY)]
        wanted = data.scene_numbers[len(data.references) + query]
        for number in best[query].tolist():
            tiles.append((gallery[number], _GREEN if data.scene_numbers[number] == wanted else None))
        for column, (tile, frame) in enumerate(tiles):
            left_px = _GAP_PX + column * (_TILE_PX + _GAP_PX) + (_GAP_PX if column else 0)
            corner = (left_px, top_px + _TEXT_PX)
            sheet.paste(Image.fromarray(tile).resize((_TILE_PX, _TILE_PX), Image.Resampling.BICUBIC), corner)
            if frame is not None:
                box = (corner[0] - 4, corner[1] - 4, corner[0] + _TILE_PX + 3, corner[1] + _TILE_PX + 3)
                draw.rectangle(box, outline=frame, width=3)
    return sheet
