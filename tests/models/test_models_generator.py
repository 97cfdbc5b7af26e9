from itertools import product

import pytest
import torch
from tiny_models import let_refine
from torch.testing import assert_close

from srgan_prompt.errors import ConfigError
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.discriminator import build_discriminator
from srgan_prompt.models.generator import SRGAN, build_generator
from srgan_prompt.network_config import AttentionConfig, DiscriminatorConfig, GeneratorConfig, parse

COMPOSITIONS = ("tirg", "concat", "film")


@pytest.mark.parametrize(("scale", "tail"), [*product((2, 3, 4), ("shuffle", "srgan")), (4, "refined")])
def test_output_is_scale_times_the_input_at_any_size(make_generator, texts, scale, tail):
    generator = make_generator(scale=scale, tail=tail)
    for height, width in ((1, 1), (1, 7), (5, 9), (16, 16)):
        output = generator(torch.rand(2, 3, height, width), TextConditioning.of(texts[:2]))
        assert output.shape == (2, 3, scale * height, scale * width)
        assert output.dtype == torch.float32
        assert output.isfinite().all()


def test_extreme_images_stay_finite(make_generator, texts):
    generator = make_generator()
    for value in (0.0, 1.0):
        assert generator(torch.full((1, 3, 6, 6), value), TextConditioning.of(texts[:1])).isfinite().all()


@pytest.mark.parametrize("composition", [*COMPOSITIONS, "none"])
def test_a_batch_equals_its_singles(make_generator, image, texts, composition):
    generator = make_generator(composition=composition)
    together = generator(image, TextConditioning.of(texts))
    alone = torch.cat([generator(image[k : k + 1], TextConditioning.of(texts[k : k + 1])) for k in range(len(image))])
    assert_close(together, alone, atol=1e-4, rtol=0)


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_the_sentence_decides(make_generator, image, texts, composition):
    generator = make_generator(composition=composition)
    same_image = image[:1].expand(3, -1, -1, -1)
    first, second, third = generator(same_image, TextConditioning.of(texts))
    assert (first - second).abs().mean() > 1e-3
    assert (second - third).abs().mean() > 1e-3


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_the_empty_prompt_and_strength_0_are_bit_equal_to_no_prompt(make_generator, image, texts, composition):
    generator = make_generator(composition=composition)
    plain = generator(image)
    assert torch.equal(generator(image, TextConditioning.of(torch.zeros_like(texts))), plain)
    assert torch.equal(generator(image, TextConditioning.of(texts, strength=0.0)), plain)
    assert torch.equal(generator(image, TextConditioning.of(texts, strength=0.0, negative=texts.flip(0))), plain)
    assert not torch.equal(generator(image, TextConditioning.of(texts)), plain)


def test_an_empty_prompt_beside_a_full_one_stays_bit_equal(make_generator, image, texts):
    generator = make_generator()
    mixed = texts * torch.tensor([[1.0], [0.0], [1.0]])
    output = generator(image, TextConditioning.of(mixed))
    assert torch.equal(output[1], generator(image)[1])
    assert not torch.equal(output[0], generator(image)[0])


def test_without_composition_text_is_not_even_looked_at(make_generator, image, texts):
    generator = make_generator(composition="none")
    assert torch.equal(generator(image, TextConditioning.of(texts)), generator(image))
    assert not any("text" in name or "tone" in name for name, _ in generator.named_parameters())


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0, 1.7, -1.0])
def test_strength_scales_the_tone_change_linearly(make_generator, image, texts, strength):
    generator = make_generator()
    context = generator.global_features(image)

    def change(conditioning):
        return generator.tone_change(conditioning.map_texts(generator.text_tower), context)

    full = change(TextConditioning.of(texts))
    assert full.shape == (3, 3, 7)
    assert full.abs().mean() > 1e-3
    assert_close(change(TextConditioning.of(texts, strength)), strength * full)


def test_two_clauses_add_and_an_empty_clause_adds_nothing(make_generator, image, texts):
    generator = make_generator()
    context = generator.global_features(image)

    def change(clauses):
        return generator.tone_change(TextConditioning.of(clauses).map_texts(generator.text_tower), context)

    first, second = texts, texts.roll(1, dims=0)
    both = change(torch.stack([first, second], dim=1))
    assert_close(both, change(first) + change(second))
    assert_close(change(torch.stack([first, torch.zeros_like(first)], dim=1)), change(first), atol=1e-6, rtol=0)


def test_a_given_context_replaces_the_tiles_own(make_generator, image, texts):
    generator = make_generator()
    conditioning = TextConditioning.of(texts)
    whole = generator.global_features(image)
    assert whole.shape == (3, 8)
    assert torch.equal(generator(image, conditioning, whole), generator(image, conditioning))
    assert not torch.allclose(generator(image, conditioning, whole.flip(0)), generator(image, conditioning))


def test_a_new_generator_is_close_to_bicubic_and_its_text_close_to_none(image, texts):
    torch.manual_seed(0)
    generator = build_generator(GeneratorConfig(text_dim=12)).eval()
    plain, steered = generator(image), generator(image, TextConditioning.of(texts))
    bicubic = torch.nn.functional.interpolate(image, scale_factor=4, mode="bicubic", align_corners=False)
    assert (plain - bicubic).abs().mean() < 0.15
    assert 1e-4 < (steered - plain).abs().mean() < 0.1


def test_the_start_of_the_papers_code_is_selectable_and_far_from_identity(image, texts):
    changes = {}
    for start in ((1.0, 0.1), (1.0, 10.0)):
        torch.manual_seed(0)
        generator = build_generator(GeneratorConfig(text_dim=12, num_blocks=4, compose_after=(2,), tirg_start=start))
        assert generator.composers["2"].weights.tolist() == pytest.approx(start)
        changes[start] = (generator(image, TextConditioning.of(texts)) - generator(image)).abs().mean()
    assert changes[1.0, 10.0] > 20 * changes[1.0, 0.1]


@pytest.mark.parametrize(
    ("settings", "radius_px"),
    [
        ({"compose_after": ()}, 7),
        ({}, 11),
        ({"composition": "concat"}, 11),
        ({"composition": "film", "compose_after": (2,)}, 9),
        ({"composition": "none"}, 7),
        ({"first_kernel_px": 9}, 14),
        ({"composition": "none", "tail": "srgan", "scale": 2}, 9),
        ({"composition": "none", "tail": "srgan", "scale": 3}, 9),
        ({"composition": "none", "tail": "srgan", "scale": 4}, 9),
        ({"composition": "none", "tail": "refined"}, 8),
        ({"composition": "none", "batch_norm": True}, 7),
        ({"composition": "none", "attention": AttentionConfig(after=(1,))}, 10),
        ({"composition": "none", "attention": AttentionConfig(after=(1, 2), kernel_px=5, heads=2)}, 11),
    ],
)
def test_the_receptive_radius_is_exact(make_generator, texts, settings, radius_px):
    """An output pixel's gradient ends exactly at the radius: beyond it nothing, at it something."""
    generator = make_generator(tone=False, **settings).double()  # tone sees the whole image, by intent
    let_refine(generator)
    assert generator.receptive_radius_px == radius_px
    side_px = 2 * radius_px + 5
    middle, scale = side_px // 2, generator.config.scale
    image = torch.rand(1, 3, side_px, side_px, dtype=torch.float64, requires_grad=True)
    cell = slice(middle * scale, (middle + 1) * scale)
    output = generator(image, TextConditioning.of(texts[:1].double()))
    (gradient,) = torch.autograd.grad(output[..., cell, cell].abs().sum(), image)
    reached = gradient.abs().amax(dim=(0, 1)).nonzero() - middle
    assert reached.amin().item() == -radius_px
    assert reached.amax().item() == radius_px


@pytest.mark.parametrize("composition", COMPOSITIONS)
@pytest.mark.parametrize(
    "extras",
    [{}, {"tail": "refined"}, {"batch_norm": True, "dropout": 0.1, "tail": "srgan", "image_skip": "none"}],
    ids=["plain", "refined tail", "SRGAN's"],
)
def test_every_parameter_gets_a_gradient(make_generator, image, texts, composition, extras):
    generator = make_generator(composition=composition, **extras).train()
    let_refine(generator)  # nothing passes a layer of zeros before the first step
    loss = generator(image, TextConditioning.of(texts)).square().mean() + generator.intent(texts).square().mean()
    loss.backward()
    without = [name for name, each in generator.named_parameters() if each.grad is None or not each.grad.any()]
    assert without == []


def test_intent_reports_one_number_for_each_thing_that_can_be_asked(make_generator, texts):
    assert make_generator().intent(texts).shape == (3, 15)


def test_dropout_acts_in_training_only(make_generator, image):
    generator = make_generator(dropout=0.5)
    assert torch.equal(generator(image), generator(image))
    generator.train()
    assert not torch.equal(generator(image), generator(image))


def test_srgans_own_layout():
    torch.manual_seed(0)
    generator = build_generator(SRGAN).eval()
    kinds = [type(module).__name__ for module in generator.modules()]
    assert kinds.count("BatchNorm2d") == 2 * 16 + 1  # and one before the long skip
    assert kinds.count("PixelShuffle") == 2
    assert generator.head[0].kernel_size == generator.tail[-1].kernel_size == (9, 9)
    assert [layer.out_channels for layer in generator.tail if hasattr(layer, "out_channels")] == [256, 256, 3]
    copy = build_generator(SRGAN).eval()
    copy.load_state_dict(generator.state_dict())
    image = torch.rand(1, 3, 6, 5)
    assert copy(image).shape == (1, 3, 24, 20)
    assert torch.equal(copy(image), generator(image))


@pytest.mark.parametrize("composition", [*COMPOSITIONS, "none"])
def test_a_state_dict_carries_everything(make_generator, image, texts, composition):
    first = make_generator(composition=composition)
    torch.manual_seed(9)
    second = build_generator(first.config).eval()
    assert not torch.equal(second(image), first(image))
    second.load_state_dict(first.state_dict())
    assert torch.equal(second(image, TextConditioning.of(texts)), first(image, TextConditioning.of(texts)))


def test_the_shipped_shape_and_its_size():
    generator = build_generator(GeneratorConfig())
    assert generator.receptive_radius_px == 31
    assert generator.num_parameters == sum(weights.numel() for weights in generator.state_dict().values())
    assert 1_300_000 < generator.num_parameters < 1_900_000
    assert generator.trunk_end.weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("config", [GeneratorConfig(), SRGAN], ids=["ours", "SRGAN"])
def test_buffers_lie_in_plain_order(config):
    """Processes that train together exchange them through flat views; weights may lie as they like."""
    networks = [build_generator(config), build_discriminator(DiscriminatorConfig(), config.text_width)]
    buffers = {name: each for network in networks for name, each in network.named_buffers()}
    assert len(buffers) > 2
    assert [name for name, each in buffers.items() if not each.is_contiguous()] == []


@pytest.mark.parametrize("depths", [(0,), (13,), (4, 99)])
def test_composing_after_a_block_that_does_not_exist_is_refused(depths):
    with pytest.raises(ConfigError, match=r"x4\.yaml: .*compose_after .* must lie within 1\.\.num_blocks=12"):
        parse(GeneratorConfig, {"compose_after": depths}, "x4.yaml")


@pytest.mark.parametrize("skips", [[], ["1-9"], ["6-end"], ["0-end", "0-4", "4-8"], ["0-end gated", "1-9 attention"]])
def test_every_weight_learns_whatever_the_skips(make_generator, image, skips):
    generator = make_generator(num_blocks=9, compose_after=(), composition="none", skips=skips).train()
    generator(image).square().sum().backward()
    assert all(weights.grad is not None and weights.grad.any() for weights in generator.parameters())


def test_a_skip_adds_what_its_source_gave_to_its_target(make_generator, image):
    """Blocks whose last convolutions are 0 change nothing: a skip around them doubles the features."""
    settings = {"composition": "none", "compose_after": (), "image_skip": "none"}
    without = make_generator(**settings, skips=[])
    doubled = make_generator(**settings, skips=["0-2"])
    for generator in (without, doubled):
        for block in generator.blocks:
            for weights in block.body[-2].parameters():
                torch.nn.init.zeros_(weights)
        torch.nn.init.zeros_(generator.tail.to_pixels.bias)
        torch.nn.init.zeros_(generator.trunk_end.bias)
    assert_close(doubled(image), 2 * without(image))


@pytest.mark.parametrize(
    ("skips", "sentence"),
    [
        (["3-1"], "3-1 must lead forward"),
        (["0-13"], "to num_blocks=12 at most, or to end"),
        (["0-end", "0-end gated"], "the same way is named twice"),
        (["long"], r"'long' is no skip; write it as \"1-9\", \"0-end\" or \"0-end gated\""),
        (["0-end loud"], "'0-end loud' is no skip"),
    ],
)
def test_skips_that_lead_nowhere_are_refused(skips, sentence):
    with pytest.raises(ConfigError, match=rf"x4\.yaml: .*{sentence}"):
        parse(GeneratorConfig, {"skips": skips}, "x4.yaml")


def test_a_misspelt_setting_is_named():
    with pytest.raises(ConfigError, match=r"unknown key 'chanels'; did you mean 'channels'\?"):
        parse(GeneratorConfig, {"chanels": 64}, "x4.yaml")
