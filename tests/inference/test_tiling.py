"""T3: tiles cover every image exactly, and the weights of the blend sum to one."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srgan_prompt.images.image import to_float
from srgan_prompt.inference.tiled import TileWriter
from srgan_prompt.inference.tiling import plan_tiles

SIDES = st.integers(1, 300)


@settings(max_examples=500, deadline=None)
@given(SIDES, SIDES, st.integers(1, 130), st.integers(0, 40), st.integers(1, 4))
def test_weights_sum_to_one_everywhere(height, width, tile_px, overlap_px, scale):
    plan = plan_tiles(height, width, tile_px=tile_px, overlap_px=overlap_px, radius_px=1000, scale=scale)
    for spans, side in ((plan.rows, height), (plan.columns, width)):
        total = np.zeros(side * scale)
        for span in spans:
            total[span.in_result] += span.weights()
        np.testing.assert_allclose(total, 1, atol=1e-6)


@settings(max_examples=200, deadline=None)
@given(SIDES, st.integers(1, 130), st.integers(0, 40))
def test_cores_partition_the_image_when_the_overlap_reaches_the_radius(side, tile_px, overlap_px):
    plan = plan_tiles(side, 1, tile_px=tile_px, overlap_px=overlap_px, radius_px=overlap_px)
    kept = [pixel for span in plan.rows for pixel in range(span.keep_start, span.keep_stop)]
    assert kept == list(range(side))
    for span in plan.rows:
        assert span.read_start == max(0, span.keep_start - overlap_px)
        assert span.read_stop == min(side, span.keep_stop + overlap_px)
        assert span.keep_stop - span.keep_start <= tile_px


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 3), (5, 9), (63, 65)])
@pytest.mark.parametrize("overlap_px", [0, 5, 16])
def test_an_identity_network_gives_the_image_back_through_any_tiles(shape, overlap_px):
    image = np.random.default_rng(0).integers(0, 65536, (*shape, 3), dtype=np.uint16)
    for tile_px in (3, 16, 64, None):
        plan = plan_tiles(*shape, tile_px=tile_px, overlap_px=overlap_px, radius_px=10)
        output = np.zeros_like(image)
        writer = TileWriter(output, plan)
        for row, column in product(plan.rows, plan.columns):
            writer.write_tile(row, column, to_float(_kept(image, row, column)))
        np.testing.assert_allclose(output.astype(int), image, atol=1)


@settings(max_examples=200, deadline=None)
@given(SIDES, st.integers(1, 130), st.integers(0, 40), st.integers(0, 9))
def test_the_rim_is_the_image_mirrored_and_only_outer_tiles_read_it(side, tile_px, overlap_px, rim_px):
    plan = plan_tiles(side, 1, tile_px=tile_px, overlap_px=overlap_px, radius_px=overlap_px, rim_px=rim_px)
    padded = np.pad(np.arange(side), max(rim_px, 1), mode="symmetric")
    assert (plan.rows[0].read_start, plan.rows[-1].read_stop) == (-rim_px, side + rim_px)
    for span in plan.rows:
        expected = padded[span.read_start + max(rim_px, 1) : span.read_stop + max(rim_px, 1)]
        np.testing.assert_array_equal(span.seen, expected)


def test_no_tile_size_is_one_tile():
    plan = plan_tiles(40, 50, tile_px=None, overlap_px=9, radius_px=9)
    assert plan.num_tiles == 1
    assert not plan.fades


def _kept(image, row, column):
    return image[row.keep_start : row.keep_stop, column.keep_start : column.keep_stop]
