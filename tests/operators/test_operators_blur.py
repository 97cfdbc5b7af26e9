import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from srgan_prompt.operators.filters import Blur, blur

KINDS = ("gaussian", "motion", "defocus")


def deviations(kernel: np.ndarray) -> tuple[float, float, float]:
    """The deviations of a kernel along its widest direction and across, and the angle of the former."""
    radius = len(kernel) // 2
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    covariance = [[(kernel * a * b).sum() for b in (x, y)] for a in (x, y)]
    (across, along), axes = np.linalg.eigh(covariance)
    return math.sqrt(along), math.sqrt(across), math.atan2(axes[1, 1], axes[0, 1]) % math.pi


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("sigma_px", [0.3, 0.8, 2.0])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kernel_sums_to_1_and_is_centred(kind, sigma_px, scale):
    kernel = Blur(kind, sigma_px, 0.5, 0.7).kernel(scale)
    assert kernel.shape[0] == kernel.shape[1]
    assert len(kernel) % 2 == 1
    assert kernel.min() >= 0
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-6)


@pytest.mark.parametrize("angle_rad", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("sigma_px", [0.75, 2.0])
@pytest.mark.parametrize("kind", KINDS)
def test_kernels_are_as_wide_as_they_say(kind, sigma_px, angle_rad):
    along, _, _ = deviations(Blur(kind, sigma_px, 0.5, angle_rad).kernel(4))
    assert along == pytest.approx(4 * sigma_px, rel=0.03)


@pytest.mark.parametrize("angle_rad", [0.3, 1.2, 2.8])
def test_kernels_are_as_narrow_and_as_turned_as_they_say(angle_rad):
    along, across, angle = deviations(Blur("gaussian", 2.0, 0.4, angle_rad).kernel(4))
    assert across / along == pytest.approx(0.4, rel=0.03)
    assert angle == pytest.approx(angle_rad, abs=0.02)
    _, across, angle = deviations(Blur("motion", 2.0, angle_rad=angle_rad).kernel(4))
    assert across < 0.6, "a line of one pixel"
    assert angle == pytest.approx(angle_rad, abs=0.02)
    along, across, _ = deviations(Blur("defocus", 2.0, 0.4, angle_rad).kernel(4))
    assert across == pytest.approx(along, rel=1e-3), "a disc looks the same from everywhere"


@pytest.mark.parametrize("kind", KINDS)
def test_blur_spreads_a_point_into_its_kernel(kind):
    point = torch.zeros(1, 3, 65, 65)
    point[..., 32, 32] = 1
    each = Blur(kind, 1.0, 0.5, 0.6)
    spread, kernel = blur(point, [each], 4), torch.from_numpy(each.kernel(4))
    first = 32 - len(kernel) // 2
    inner = spread[0, :, first : first + len(kernel), first : first + len(kernel)]
    assert_close(inner, kernel.expand(3, -1, -1), atol=1e-6, rtol=0)
    assert spread.sum().item() == pytest.approx(3, abs=1e-4)


def test_an_image_is_blurred_by_its_own_kernel_alone():
    image = torch.rand(4, 3, 40, 48, generator=torch.Generator().manual_seed(0))
    blurs = [None, Blur("defocus", 2.0), None, Blur("gaussian", 0.4)]
    together = blur(image, blurs, 4)
    assert torch.equal(together[[0, 2]], image[[0, 2]])
    for row in (1, 3):
        assert (together[row] - image[row]).abs().mean() > 0.05
        assert torch.equal(together[[row]], blur(image[[row]], [blurs[row]], 4))


def test_nothing_to_blur_is_bit_equal():
    image = torch.rand(2, 3, 8, 8)
    assert torch.equal(blur(image, [None, None]), image)


@pytest.mark.parametrize("kind", KINDS)
def test_blur_fits_into_the_smallest_image_and_keeps_a_flat_one(kind):
    image = torch.full((1, 3, 4, 6), 0.25)
    assert_close(blur(image, [Blur(kind, 3.0)], 4), image, atol=1e-6, rtol=0)
