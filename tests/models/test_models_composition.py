import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from srgan_prompt.models.composition import Concat, Film, PooledTirg, SpatialTirg

CHANNELS, TEXT = 6, 5


@pytest.fixture
def features():
    return torch.randn(2, CHANNELS, 7, 9, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def text():
    return torch.randn(2, TEXT, generator=torch.Generator().manual_seed(1))


def one_convolution_over_image_and_text(composer: SpatialTirg) -> nn.Conv2d:
    """The first layer that ``composer`` folds, written out: a 3x3 convolution of [x; t] whose text half sums to it."""
    layer = nn.Conv2d(CHANNELS + TEXT, 2 * CHANNELS, 3)
    text_taps = torch.randn(2 * CHANNELS, TEXT, 3, 3)
    text_taps += (composer.text_in.weight - text_taps.sum(dim=(2, 3)))[..., None, None] / 9
    layer.weight.data = torch.cat([composer.image_in.weight.data, text_taps.data], dim=1)
    layer.bias.data = composer.image_in.bias.data + composer.text_in.bias.data
    return layer


def test_spatial_tirg_is_the_papers_formula_with_the_text_tiled_over_space(features, text):
    """Padding the image with zeros and the text with itself, folding holds at every pixel, borders included."""
    torch.manual_seed(2)
    composer = SpatialTirg(CHANNELS, TEXT, start=(0.9, 0.7))
    tiled = text[:, :, None, None].expand(-1, -1, *features.shape[-2:])
    padded = torch.cat([F.pad(features, (1, 1, 1, 1)), F.pad(tiled, (1, 1, 1, 1), mode="replicate")], dim=1)
    hidden = one_convolution_over_image_and_text(composer)(padded).relu()
    gate = torch.sigmoid(composer.gate_out(hidden[:, :CHANNELS]))
    residual = composer.residual_out(hidden[:, CHANNELS:])
    expected = 0.9 * gate * features + 0.7 * residual
    assert_close(features + composer(features, text), expected, atol=1e-5, rtol=1e-5)


def test_pooled_tirg_is_the_papers_formula(text):
    torch.manual_seed(3)
    composer = PooledTirg(CHANNELS, TEXT, start=(0.9, 0.7))
    x = torch.randn(2, CHANNELS)
    both = torch.cat([x, text], dim=1).relu()
    gate = torch.sigmoid(both @ composer.gate[1].weight.T + composer.gate[1].bias)
    first, second = composer.residual[1], composer.residual[3]
    residual = (both @ first.weight.T + first.bias).relu() @ second.weight.T + second.bias
    assert_close(x + composer(x, text), 0.9 * gate * x + 0.7 * residual)


def test_an_open_gate_and_no_residual_change_next_to_nothing(features, text):
    composer = SpatialTirg(CHANNELS, TEXT, start=(1.0, 0.0))
    nn.init.zeros_(composer.gate_out.weight)
    closed = 1 - torch.sigmoid(torch.tensor(4.0))  # 0.018
    assert_close(composer(features, text), -closed * features)


@pytest.mark.parametrize(
    "composer",
    [lambda: SpatialTirg(CHANNELS, TEXT, (1.0, 0.1)), lambda: Concat(CHANNELS, TEXT), lambda: Film(CHANNELS, TEXT)],
    ids=["tirg", "concat", "film"],
)
def test_every_composer_gives_a_change_that_depends_on_the_text(features, text, composer):
    composer = composer()
    change = composer(features, text)
    assert change.shape == features.shape
    assert (composer(features, text.flip(0)) - change).abs().mean() > 1e-3


def test_film_scales_and_shifts_the_hidden_features(features, text):
    film = Film(CHANNELS, TEXT)
    gamma, beta = (film.affine.weight @ text[0] + film.affine.bias).chunk(2)
    hidden = (1 + gamma)[:, None, None] * film.hidden(features)[0] + beta[:, None, None]
    assert_close(film(features, text)[0], film.out(hidden.relu()[None])[0])
