import numpy as np
import pytest

from srgan_prompt.images.photos import draw_synthetic_image


@pytest.mark.parametrize("side_px", [64, 100, 192])
def test_a_scene_is_a_square_of_bytes(side_px):
    scene = draw_synthetic_image(0, side_px)
    assert scene.shape == (side_px, side_px, 3)
    assert scene.dtype == np.uint8


def test_a_seed_draws_the_same_image_and_another_another():
    assert np.array_equal(draw_synthetic_image(5), draw_synthetic_image(5))
    assert (draw_synthetic_image(5) != draw_synthetic_image(6)).mean() > 0.5


def test_scenes_have_edges_and_range():
    for seed in range(5):
        scene = draw_synthetic_image(seed).astype(float)
        steps = np.abs(np.diff(scene, axis=1))
        assert np.ptp(scene) > 100
        assert steps.max() > 40  # something to sharpen
        assert np.median(steps) < 5  # something to leave smooth


def test_edges_are_drawn_soft():
    """Reduced from three times the size: most steep edges pass through a value between their two sides."""
    scene = draw_synthetic_image(3).astype(float)
    left, middle, right = scene[:, :-2], scene[:, 1:-1], scene[:, 2:]
    steep = np.abs(right - left) > 60
    between = (middle - left) * (right - middle) > 0
    assert between[steep].mean() > 0.4
