"""Weights of regions, before any network."""

import numpy as np

from srgan_prompt.inference.region import region_weights


def test_the_edge_of_a_polygon_has_no_saw_teeth():
    weights = region_weights([(0, 0), (80, 0), (0, 60)], 80, 60).astype(int)
    rows, columns = np.mgrid[:60, :80] + 0.5
    depth_px = (240 - 3 * columns - 4 * rows) / 5  # inside is above 0
    assert (weights[depth_px < -1] == 0).all()
    assert (weights[(depth_px > 6) & (columns > 6) & (rows > 6)] == 255).all()
    across = np.diff(weights, axis=1)[10:50]
    assert (across[:, 6:] <= 0).all(), "it falls steadily towards the edge"
    assert np.abs(across[:, 6:]).max() <= 70
    assert len(np.unique(weights[depth_px < 1])) > 8


def test_a_polygon_of_a_boxes_corners_is_that_box_whichever_way_round():
    box = region_weights((10, 20, 50, 55), 83, 61)
    corners = [(10, 20), (50, 20), (50, 55), (10, 55)]
    for points in (corners, corners[::-1]):
        np.testing.assert_array_equal(region_weights(points, 83, 61), box)
