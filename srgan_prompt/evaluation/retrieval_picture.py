"""A picture of some queries: the reference, what was asked for, and the best of the gallery, right ones in a frame."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from srgan_prompt.data.scenes.queries import QueryImages
from srgan_prompt.evaluation.retrieval_recall import rank_gallery
from srgan_prompt.retrieval.retriever import TirgRetriever

_TILE_PX, _GAP_PX, _TEXT_PX = 96, 12, 22
_GREEN, _GREY, _BLACK = (30, 140, 60), (150, 150, 150), (0, 0, 0)


def draw_matches(retriever: TirgRetriever, data: QueryImages, queries: Sequence[int], num_best: int = 5) -> Image.Image:
    """One row for each of ``queries``, by their numbers: reference, sentence above, the ``num_best`` found."""
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
