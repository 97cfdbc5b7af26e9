"""Drawn scenes, measured: what a network made of a scene and a sentence, and which scenes a retriever finds.

``judge_edits`` reads images back into scenes, each place as the thing, or the nothing, whose drawing is nearest; so an
edit is judged exactly. ``recall`` says how often the target of a query is among the K best, ``draw_matches`` shows it.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from PIL import Image, ImageDraw

from srgan_prompt.data.scene_queries import Add, Change, QueryImages, Remove, SceneQuery
from srgan_prompt.data.scenes import ATTRIBUTES, COLOURS, PLACES, SHAPES, SIZES, Scene, Thing, draw_scenes
from srgan_prompt.errors import UsageError
from srgan_prompt.retrieval import TirgRetriever

THINGS = (None, *(Thing(size, colour, shape) for size in SIZES for colour in COLOURS for shape in SHAPES))
_REFERENCES_AT_ONCE = 50
_TILE_PX, _GAP_PX, _TEXT_PX = 96, 12, 22
_GREEN, _GREY, _BLACK = (30, 140, 60), (150, 150, 150), (0, 0, 0)


def recognise_scenes(images: np.ndarray) -> list[Scene]:
    """What is on ``images`` (N, side, side, 3) uint8, as ``draw_scenes`` draws it without jitter.

    Nearest by the mean squared difference over a place. Raises ``UsageError`` for sides that no scene has.
    """
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3:
        raise UsageError(f"Images of scenes are (N, side, side, 3), not {images.shape}.")
    number, side_px = images.shape[:2]
    templates = _templates(side_px)
    cell_px = side_px // 3
    cells = images.reshape(number, 3, cell_px, 3, cell_px, 3).swapaxes(2, 3).reshape(number * len(PLACES), -1)
    cells = cells.astype(np.float32)
    # |cell - template|^2 without what is the same for all templates.
    nearest = ((templates**2).sum(axis=1) - 2 * cells @ templates.T).argmin(axis=1).reshape(number, len(PLACES))
    return [Scene(tuple(THINGS[thing] for thing in row)) for row in nearest]


def judge_edits(images: np.ndarray, queries: Sequence[SceneQuery]) -> dict[str, float]:
    """How well ``images`` (N, side, side, 3) uint8 do what N ``queries`` ask, as shares in [0, 1].

    ``thing``: the named place is no longer as it was; ``right``: it is as asked; ``collateral``: something else is not
    as it was. ``add``, ``remove``, ``size``, ``colour``, ``shape``: ``right`` by what was asked, NaN if nobody did.
    """
    found: dict[str, list[bool]] = {name: [] for name in ("right", "thing", "collateral", "add", "remove", *ATTRIBUTES)}
    for seen, query in zip(recognise_scenes(images), queries, strict=True):
        places = list(zip(seen.places, query.target.places, query.reference.places, strict=True))
        is_right = all(now == wanted for now, wanted, was in places if wanted != was)
        found["right"].append(is_right)
        found["thing"].append(all(now != was for now, wanted, was in places if wanted != was))
        found["collateral"].append(any(now != was for now, wanted, was in places if wanted == was))
        match query.modification:
            case Add():
                found["add"].append(is_right)
            case Remove():
                found["remove"].append(is_right)
            case Change(_, attribute, _):
                found[attribute].append(is_right)
    return {name: float(np.mean(each)) if each else float("nan") for name, each in found.items()}


@cache
def _templates(side_px: int) -> np.ndarray:
    """Each of THINGS in its cell: (things, numbers of a cell), float32."""
    scenes = [Scene().with_place(PLACES[0], thing) for thing in THINGS]
    cell_px = side_px // 3
    return draw_scenes(scenes, side_px)[:, :cell_px, :cell_px].reshape(len(THINGS), -1).astype(np.float32)


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
