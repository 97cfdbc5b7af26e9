import pytest
import torch
import torch.nn.functional as F

from srgan_prompt.models.layers import Bicubic


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 9), (32, 20)])
def test_it_is_torchs_bicubic_interpolation(scale, size):
    image = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(0))
    expected = F.interpolate(image, scale_factor=scale, mode="bicubic", align_corners=False)
    torch.testing.assert_close(Bicubic(scale)(image), expected, atol=2e-6, rtol=0)


def test_it_has_nothing_to_save():
    assert Bicubic(4).state_dict() == {}
