"""Drawn scenes: a sentence says what is done, what is done gives the target, and the test's things are new."""

import numpy as np
import pytest

from srgan_prompt.data.scene_queries import Add, Change, Description, Remove, all_words, draw_queries, draw_query_images
from srgan_prompt.data.scenes import ATTRIBUTES, PLACES, Scene, Thing, colours_of, draw_scenes
from srgan_prompt.errors import UsageError

RED = Thing("small", "red", "circle")
SCENE = Scene().with_place("top left", RED).with_place("centre", Thing("large", "red", "circle"))


def as_read(sentence):
    """What a reader takes a sentence for, from its words alone: a second opinion on ``write_sentence``."""
    words = sentence.split()
    is_change = words[0] in ("make", "change", "paint", "turn", "replace") or (words[0] == "the")
    value = words.pop() if is_change else None
    text = " ".join(words)
    place = next((place for place in PLACES if place in text), None)
    said = {name: next((word for word in values if word in words), None) for name, values in ATTRIBUTES.items()}
    if value is not None:
        attribute = next(name for name, values in ATTRIBUTES.items() if value in values)
        return Change(Description(**said, place=place), attribute, value)
    if words[0] in ("add", "put", "draw", "place", "there"):
        return Add(Thing(**said), place)
    assert words[0] in ("remove", "delete", "erase", "take", "get")
    return Remove(Description(**said, place=place))


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_sentence_says_what_makes_the_target(split):
    queries = draw_queries(60, 16, split, seed=1)
    for query in queries:
        assert as_read(query.sentence).apply(query.reference) == query.target, query.sentence
        assert query.target != query.reference
    assert {type(query.modification) for query in queries} == {Add, Remove, Change}
    assert {query.modification.attribute for query in queries if isinstance(query.modification, Change)} == {
        *ATTRIBUTES
    }


def test_the_targets_of_a_scene_differ():
    queries = draw_queries(5, 16, "train", seed=0)
    for first in range(0, len(queries), 16):
        group = queries[first : first + 16]
        assert len({query.reference for query in group}) == 1
        assert len({query.target for query in group}) == 16


def kinds_of(queries):
    scenes = [scene for query in queries for scene in (query.reference, query.target)]
    return {(thing.colour, thing.shape) for scene in scenes for thing in scene.things().values()}


def test_squares_and_triangles_of_the_test_were_never_in_training():
    train, test = (kinds_of(draw_queries(150, 16, split, seed=2)) for split in ("train", "test"))
    assert {shape for _, shape in train & test} == {"circle"}
    assert len(train) == len(test) == 16  # 8 circles, 4 squares, 4 triangles
    assert len(train | test) == 24


def test_equal_seeds_give_equal_queries_and_others_do_not():
    first, again, other = (draw_queries(3, 4, "train", seed) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_all_words_are_known():
    sentences = [query.sentence for query in draw_queries(200, 16, "train", seed=3)]
    assert {word for sentence in sentences for word in sentence.split()} == {*all_words()}


@pytest.mark.parametrize(
    ("modification", "message"),
    [
        (Add(RED, "centre"), "There is something at the centre already; add to a free place."),
        (Remove(Description(colour="red")), "fits 2 things of the scene; describe exactly one."),
        (Change(Description(shape="square"), "colour", "blue"), "fits 0 things of the scene; describe exactly one."),
    ],
)
def test_what_cannot_be_done_is_refused(modification, message):
    with pytest.raises(UsageError, match=message):
        modification.apply(SCENE)


def test_words_and_splits_that_do_not_exist_are_refused():
    with pytest.raises(UsageError, match="A thing has no colour 'pink'; choose from gray, red"):
        Thing("small", "pink", "circle")
    with pytest.raises(UsageError, match="There is no split 'valid'; choose from train, test"):
        colours_of("square", "valid")
    with pytest.raises(UsageError, match="A scene has 9 places, not 1"):
        Scene((None,))


@pytest.mark.parametrize("side_px", [24, 48, 96])
def test_a_scene_is_drawn_at_any_size(side_px):
    (image,) = draw_scenes([SCENE], side_px)
    cell_px = side_px // 3
    assert image.shape == (side_px, side_px, 3)
    assert image.dtype == np.uint8
    assert tuple(image[side_px // 2, side_px // 2]) == (173, 35, 35)
    assert (image[-cell_px:] == 205).all(), "nothing is at the bottom"
    covered = [(image[rows, rows] != 205).any(axis=2).sum() for rows in (np.s_[:cell_px], np.s_[cell_px:-cell_px])]
    assert covered[0] < covered[1] / 2, "the small one"


def test_edges_are_anti_aliased():
    """A small drawing is near to a large one, reduced: no staircase, which would have no large counterpart."""
    scenes = [query.target for query in draw_queries(4, 4, "train", seed=0)]
    small, large = (draw_scenes(scenes, side_px).astype(float) for side_px in (24, 192))
    reduced = large.reshape(-1, 24, 8, 24, 8, 3).mean(axis=(2, 4))
    assert np.abs(small - reduced).mean() < 0.7
    assert np.abs(small - reduced).max() < 45


def test_shapes_and_colours_can_be_told_apart():
    scenes = [Scene().with_place("centre", Thing("large", "blue", shape)) for shape in ATTRIBUTES["shape"]]
    images = draw_scenes([*scenes, Scene()], 48)
    assert len({image.tobytes() for image in images}) == 4


def test_things_move_a_little_and_never_out_of_their_cells():
    scene = Scene((Thing("large", "blue", "triangle"), *[None] * 8))
    images = draw_scenes([scene] * 50, 48, np.random.default_rng(0))
    assert len({image.tobytes() for image in images}) == 50
    assert (images[:, 16:] == 205).all()
    assert (images[:, :, 16:] == 205).all()


@pytest.mark.parametrize("side_px", [9, 50])
def test_impossible_sizes_are_refused(side_px):
    with pytest.raises(UsageError, match=f"cannot have {side_px} px a side; choose a multiple of 3 from 12 px"):
        draw_scenes([SCENE], side_px)


def test_query_images_share_their_references():
    queries = draw_queries(3, 4, "train", seed=0)
    images = draw_query_images(queries, 4, 24, seed=0)
    assert images.num_each == 4
    assert images.references.shape == (3, 24, 24, 3)
    assert images.targets.shape == (12, 24, 24, 3)
    assert images.sentences == tuple(query.sentence for query in queries)
    scenes = [query.reference for query in queries[::4]] + [query.target for query in queries]
    assert len(set(images.scene_numbers)) == len(set(scenes))
