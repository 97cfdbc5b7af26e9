"""Further tails on one trunk: what they draw, what they start as, and that all else stays as it was."""

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from srgan_prompt.errors import ConfigError
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.layers import RefinedTail, ShuffleTail
from srgan_prompt.network_config import GeneratorConfig, parse


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_each_scale_has_its_size_and_hears_the_text(make_generator, image, texts, scale):
    generator = make_generator(more_scales=(1, 2, 3))
    plain = generator(image, scale=scale)
    prompted = generator(image, TextConditioning.of(texts), scale=scale)
    assert plain.shape == (3, 3, scale * 9, scale * 11)
    assert (prompted - plain).abs().mean() > 1e-3


def test_further_tails_leave_the_rest_as_it_was(make_generator, image, texts):
    one, many = make_generator(), make_generator(more_scales=(1, 2))
    before = one.state_dict()
    added = many.state_dict().keys() - before.keys()
    assert added == {f"more_tails.{scale}.to_pixels.{name}" for scale in (1, 2) for name in ("weight", "bias")}
    many.load_state_dict(before, strict=False)
    conditioning = TextConditioning.of(texts)
    assert torch.equal(many(image, conditioning), one(image, conditioning))
    assert torch.equal(many(image, conditioning, scale=4), one(image, conditioning))


def test_a_tail_that_draws_nothing_leaves_the_image_at_1_and_bicubic_elsewhere(make_generator, image):
    generator = make_generator(more_scales=(1, 3))
    for weights in generator.more_tails.parameters():
        torch.nn.init.zeros_(weights)
    assert torch.equal(generator(image, scale=1), image)
    assert_close(generator(image, scale=3), F.interpolate(image, scale_factor=3, mode="bicubic"), atol=1e-6, rtol=0)


@pytest.mark.parametrize("tail", ["shuffle", "refined"])
def test_a_network_at_a_further_scale_is_a_network_of_that_scale(make_generator, image, tail):
    """So what holds for one with a single scale, costs included, holds for each of several."""
    many = make_generator(more_scales=(2,), tail=tail)
    two = make_generator(scale=2)
    state = {name: each for name, each in many.state_dict().items() if not name.startswith("tail.")}
    two.load_state_dict({name.replace("more_tails.2.", "tail."): each for name, each in state.items()})
    assert two.config == many.config.at_scale(2)
    assert torch.equal(two(image), many(image, scale=2))


@pytest.mark.parametrize("kind", [ShuffleTail, RefinedTail])  # of the latter, before it has learnt to refine
@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_a_resampled_tail_draws_the_means_of_what_the_first_drew(kind, scale):
    torch.manual_seed(0)
    tail, features = kind(8, 4), torch.randn(2, 8, 5, 6)
    torch.nn.init.normal_(tail.to_pixels.bias)
    fine = F.interpolate(tail(features), scale_factor=scale)
    assert_close(tail.resampled(scale)(features), F.avg_pool2d(fine, 4))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"more_scales": [4]}, r"more_scales \[4\] must differ from one another and from 4"),
        ({"more_scales": [2, 2]}, r"more_scales \[2, 2\] must differ"),
        ({"more_scales": [5]}, "Input should be 1, 2, 3 or 4"),
        ({"more_scales": [2], "tail": "srgan"}, "tail srgan has one scale of 2, 3 or 4; set tail to shuffle"),
        ({"scale": 2, "tail": "refined"}, "tail refined is for scale 4; set tail to shuffle"),
        ({"scale": 1, "tail": "srgan"}, "tail srgan has one scale of 2, 3 or 4; set tail to shuffle"),
    ],
)
def test_scales_that_cannot_be_are_refused(settings, sentence):
    with pytest.raises(ConfigError, match=sentence):
        parse(GeneratorConfig, settings, "x4.yaml")
