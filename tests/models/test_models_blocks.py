import pytest
import torch
from tiny_models import let_refine
from torch import nn
from torch.testing import assert_close

from srgan_prompt.models.composition import GlobalFeatures, TextTower, ToneHead
from srgan_prompt.models.layers import (
    AttentionSkip,
    GatedSkip,
    RefinedTail,
    ResidualBlock,
    ShuffleTail,
    SrganTail,
    conv,
)


@pytest.mark.parametrize("kernel_px", [3, 9])
def test_convolutions_keep_the_size_and_start_without_bias(kernel_px):
    layer = conv(3, 5, kernel_px=kernel_px)
    assert layer(torch.rand(1, 3, 4, 6)).shape == (1, 5, 4, 6)
    assert not layer.bias.any()


def test_a_residual_block_starts_near_identity():
    torch.manual_seed(0)
    x = torch.randn(2, 16, 12, 12)
    change = ResidualBlock(16)(x) - x
    assert 0.01 < change.std() < 0.3


def test_batch_norm_and_dropout_are_there_only_when_asked_for():
    kinds = [type(layer) for layer in ResidualBlock(4).body]
    assert nn.BatchNorm2d not in kinds
    assert nn.Dropout2d not in kinds
    kinds = [type(layer) for layer in ResidualBlock(4, batch_norm=True, dropout=0.1).body]
    assert kinds.count(nn.BatchNorm2d) == 2
    assert kinds.count(nn.Dropout2d) == 1


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("tail", [ShuffleTail, SrganTail])
def test_tails_upscale_by_scale(tail, scale):
    assert tail(4, scale)(torch.rand(2, 4, 5, 3)).shape == (2, 3, 5 * scale, 3 * scale)


def test_a_refined_tail_begins_as_a_shuffle_and_then_adds_to_it():
    torch.manual_seed(0)
    refined, features = RefinedTail(8, 4), torch.randn(2, 8, 5, 3)
    shuffle = ShuffleTail(8, 4)
    shuffle.to_pixels.load_state_dict(refined.to_pixels.state_dict())
    assert torch.equal(refined(features), shuffle(features))
    let_refine(refined)
    added = refined(features) - shuffle(features)
    assert added.shape == (2, 3, 20, 12)
    assert added.std() > 0.1


def test_a_unit_vector_reaches_the_text_tower_with_components_of_about_1():
    tower = TextTower(384, 8)
    text = nn.functional.normalize(torch.randn(5, 384), dim=1)
    seen = []
    tower[0].register_forward_hook(lambda _layer, inputs, _output: seen.append(inputs[0]))
    assert tower(text).shape == (5, 8)
    assert seen[0].square().mean().item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (3, 4), (5, 9), (33, 20)])
def test_any_image_has_a_context(size):
    assert GlobalFeatures(8)(torch.rand(2, 3, *size)).shape == (2, 8)


def test_the_tone_head_starts_close_to_no_change():
    torch.manual_seed(0)
    change = ToneHead(16, 8, (1.0, 0.1))(torch.rand(4, 16), torch.randn(4, 8))
    assert change.shape == (4, 3, 7)
    assert change.abs().max() < 0.05


@pytest.mark.parametrize("kind", ["gated", "attention"])
def test_a_gated_skip_lets_through_a_share_of_every_pixel(kind):
    torch.manual_seed(0)
    skip = {"gated": GatedSkip, "attention": AttentionSkip}[kind](8)
    x, source = torch.randn(2, 8, 5, 6), torch.randn(2, 8, 5, 6)
    share = skip(x, source) / source
    assert share.shape == x.shape
    assert 0 < share.min() < share.max() < 1
    if kind == "attention":  # one weight for all channels
        assert_close(share, share[:, :1].expand_as(share))
