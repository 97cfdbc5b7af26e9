"""Queries for retrieval by image and text: a scene, a sentence, and the scene that the sentence makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from srgan_prompt.data.scenes.drawing import draw_scenes
from srgan_prompt.data.scenes.modifications import Modification, draw_modification
from srgan_prompt.data.scenes.scene import Scene, Split, draw_scene
from srgan_prompt.data.scenes.sentences import write_sentence


@dataclass(frozen=True)
class SceneQuery:
    """``target`` is ``modification`` applied to ``reference``, and ``sentence`` says it."""

    reference: Scene
    modification: Modification
    sentence: str
    target: Scene


def draw_queries(num_scenes: int, num_each: int, split: Split, seed: int) -> list[SceneQuery]:
    """``num_scenes`` scenes, each with ``num_each`` modifications in a row; the same for the same seed.

    The targets of one scene differ from each other. No thing of one split is in the other, but for circles.
    """
    rng = np.random.default_rng([seed, split == "test"])
    queries = []
    for _ in range(num_scenes):
        reference, targets = draw_scene(rng, split), set[Scene]()
        while len(targets) < num_each:
            modification = draw_modification(rng, reference, split)
            target = modification.apply(reference)
            if target not in targets:
                targets.add(target)
                queries.append(SceneQuery(reference, modification, write_sentence(rng, modification), target))
    return queries


@dataclass(frozen=True)
class QueryImages:
    """Queries as pixels. K queries in a row share a reference: query i has reference i // K.

    ``references`` (N, side, side, 3) and ``targets`` (N * K, side, side, 3) are uint8. ``scene_numbers`` (N + N * K,)
    are of the references, then of the targets: equal where two images show the same scene.
    """

    references: np.ndarray
    targets: np.ndarray
    sentences: tuple[str, ...]
    scene_numbers: np.ndarray

    @property
    def num_each(self) -> int:
        """Queries that share a reference: K."""
        return len(self.targets) // len(self.references)


def draw_query_images(queries: Sequence[SceneQuery], num_each: int, side_px: int, seed: int) -> QueryImages:
    """The images of what ``draw_queries`` drew with ``num_each``, every thing a little beside its middle."""
    scenes = [query.reference for query in queries[::num_each]] + [query.target for query in queries]
    images = draw_scenes(scenes, side_px, np.random.default_rng(seed))
    num_references = len(scenes) - len(queries)
    numbers = {scene: number for number, scene in enumerate(dict.fromkeys(scenes))}
    return QueryImages(
        references=images[:num_references],
        targets=images[num_references:],
        sentences=tuple(query.sentence for query in queries),
        scene_numbers=np.array([numbers[scene] for scene in scenes]),
    )
