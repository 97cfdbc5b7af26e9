"""Tails for further scales: where they begin, what they learn, and that all else stays as it was."""

import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from tiny_models import let_refine
from training_makers import TEXT_DIM, make_bank, smooth_images, tiny_config

from srgan_prompt.config import LPIPS_SIDE_PX
from srgan_prompt.errors import ConfigError, TrainingError, UsageError
from srgan_prompt.models.generator import Generator, build_generator
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.training.build import Texts
from srgan_prompt.training.tails import added, fit_tail, settings_at, with_tail

SMALL = {"channels": 8, "num_blocks": 2, "compose_after": (1,), "text_dim": TEXT_DIM, "text_channels": 8}


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(0)
    return build_generator(GeneratorConfig(**SMALL)).eval()


@pytest.fixture
def fit(tmp_path):
    """``fit(single, **settings)`` on a few drawn images: the losses, and what was said."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for number, pixels in enumerate(smooth_images(2, side_px=128)):
        Image.fromarray(pixels).save(photos / f"{number}.png")

    def run(single, **settings):
        values = {"pixel_steps": 0, "gan_steps": 60, "log_every_steps": 60, "data": {"folder": photos}, **settings}
        bank, said = make_bank(), []
        losses = fit_tail(single, tiny_config(tmp_path, **values), Texts(bank, lambda _: bank.embeddings), said.append)
        return *losses, said[1:]

    return run


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_a_tail_begins_near_what_the_own_one_draws(generator, scale):
    image = F.interpolate(torch.rand(1, 3, 6, 6), size=(24, 24), mode="bicubic").clamp(0, 1)
    single = with_tail(generator, scale)
    assert single.config == generator.config.at_scale(scale)
    reduced = F.avg_pool2d(F.interpolate(generator(image), scale_factor=scale), 4)
    bicubic = F.interpolate(image, scale_factor=scale, mode="bicubic")
    inside = (..., slice(3, -3), slice(3, -3))
    assert (single(image) - reduced)[inside].abs().mean() < (bicubic - reduced)[inside].abs().mean() / 3


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_it_learns_and_nothing_else_moves(generator, fit, scale):
    single = with_tail(generator, scale)
    before = {name: each.clone() for name, each in single.state_dict().items()}
    loss_before, loss_after, said = fit(single)
    assert loss_after < 0.95 * loss_before
    assert {name for name, each in single.state_dict().items() if not torch.equal(each, before[name])} == {
        "tail.to_pixels.weight",
        "tail.to_pixels.bias",
    }
    assert said[-1].startswith(f"x{scale}: step 60 of 60, loss ")


def test_the_result_is_the_network_with_one_scale_more(generator, fit):
    image = torch.rand(1, 3, 9, 11)
    first, second = with_tail(generator, 3), with_tail(generator, 1)
    fit(first, gan_steps=2)
    result = added(added(generator, first), second)
    assert result.config.more_scales == (1, 3)
    assert torch.equal(result(image), generator(image))
    assert torch.equal(result(image, scale=3), first(image))
    assert torch.equal(added(result, with_tail(result, 3))(image, scale=1), second(image))  # one is replaced, one kept


def test_a_tail_may_begin_as_that_of_earlier_weights(generator):
    image, earlier = torch.rand(1, 3, 9, 11), added(generator, with_tail(generator, 2))
    earlier.more_tails["2"].to_pixels.bias.data += 0.5
    own, begun = with_tail(generator, 2), with_tail(generator, 2, earlier)
    assert (begun(image) - own(image) - 0.5).abs().max() < 1e-5
    begun.tail.to_pixels.bias.data -= 0.5
    assert earlier.more_tails["2"].to_pixels.bias.data.mean() > 0.4  # a copy learns
    narrow = build_generator(GeneratorConfig(**SMALL | {"channels": 4, "more_scales": (2,)}))
    for lacking, scale in ((earlier, 3), (narrow, 2)):
        with pytest.raises(UsageError, match=f"no tail for x{scale} and a trunk of 8 channels"):
            with_tail(generator, scale, lacking)


def test_a_refined_network_keeps_its_refinement_and_gets_plain_tails(generator):
    refined = build_generator(generator.config.model_copy(update={"tail": "refined"})).eval()
    let_refine(refined)
    image, single = torch.rand(1, 3, 9, 11), with_tail(refined, 2)
    result = added(refined, single)
    assert torch.equal(result(image), refined(image))
    assert torch.equal(result(image, scale=2), single(image))
    assert single.config.tail == "shuffle"


def test_it_follows_from_the_seed(generator, fit):
    one, other, third = (with_tail(generator, 2) for _ in range(3))
    assert fit(one, gan_steps=3) == fit(other, gan_steps=3)
    fit(third, gan_steps=3, seed=1)
    weights = [each.tail.to_pixels.weight for each in (one, other, third)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_a_loss_that_is_not_finite_is_an_error(generator, fit):
    with pytest.raises(TrainingError, match=r"Step \d+: the loss is not finite"):
        fit(with_tail(generator, 2), optim={"learning_rate": 1e38})


def test_what_a_tail_has_no_part_in_costs_nothing(generator, tmp_path):
    config = tiny_config(tmp_path, loss={"adversarial_weight": 0.01, "intent_weight": 1.0})
    taken = settings_at(config, with_tail(generator, 1))
    assert (taken.loss.adversarial_weight, taken.loss.intent_weight) == (0, 0)
    assert (taken.generator.scale, taken.data.patch_px) == (1, LPIPS_SIDE_PX)
    assert settings_at(config, with_tail(generator, 3)).data.patch_px == 12  # 36 px


def test_srgans_tail_is_refused():
    generator = build_generator(GeneratorConfig(**SMALL, tail="srgan"))
    with pytest.raises(UsageError, match=r"SRGAN's own tail \(generator\.tail: srgan\)"):
        with_tail(generator, 2)


def test_a_run_from_scratch_has_one_scale(tmp_path):
    with pytest.raises((ConfigError, ValueError), match=r"recipes/train_tails\.py"):
        tiny_config(tmp_path, generator={"more_scales": [2]})
