import pytest
import torch
from torch import nn

from srgan_prompt.models.discriminator import Discriminator, build_discriminator
from srgan_prompt.models.generator import build_generator
from srgan_prompt.network_config import DiscriminatorConfig, GeneratorConfig


def small(**settings: object) -> Discriminator:
    torch.manual_seed(0)
    return build_discriminator(DiscriminatorConfig(**{"channels": 8, **settings}), 12)


def judging_features() -> Discriminator:
    torch.manual_seed(0)
    channels = {"conv2_2": 5, "conv3_3": 7}
    return build_discriminator(DiscriminatorConfig(channels=8), 12, feature_channels=channels)


def features() -> dict[str, torch.Tensor]:
    """Of three images, in both layers."""
    noise = torch.Generator().manual_seed(2)
    return {"conv2_2": torch.randn(3, 5, 16, 24, generator=noise), "conv3_3": torch.randn(3, 7, 8, 12, generator=noise)}


def patches(discriminator: Discriminator, *seen: torch.Tensor) -> torch.Tensor:
    (logits,) = discriminator(*seen)
    return logits


@pytest.fixture
def images():
    noise = torch.Generator().manual_seed(1)
    image, source = torch.rand(2, 3, 32, 48, generator=noise), torch.rand(2, 3, 8, 12, generator=noise)
    return image, source, torch.randn(2, 12, generator=noise)


@pytest.mark.parametrize("num_strides", [1, 2, 3, 4])
def test_a_logit_for_every_patch(images, num_strides):
    (logits,) = small(num_strides=num_strides)(*images)
    assert logits.shape == (2, 1, 32 // 2**num_strides, 48 // 2**num_strides)
    assert logits.isfinite().all()


def test_the_sentence_changes_the_judgement(images):
    image, source, text = images
    discriminator = small().eval()
    assert (
        patches(discriminator, image, source, text) - patches(discriminator, image, source, text.flip(0))
    ).abs().mean() > 1e-3


def test_without_text_it_does_not_listen_and_has_no_tower(images):
    image, source, text = images
    discriminator = small(use_text=False).eval()
    assert torch.equal(patches(discriminator, image, source, text), patches(discriminator, image, source, text.flip(0)))
    assert not hasattr(discriminator, "text_tower")


def test_the_input_is_seen_only_where_it_is_asked_for(images):
    image, source, text = images
    for see_input in (True, False):
        discriminator = small(see_input=see_input).eval()
        seen, other = (patches(discriminator, image, each, text) for each in (source, 1 - source))
        assert torch.equal(seen, other) is not see_input


def test_the_projection_is_the_inner_product_with_its_own_tower(images):
    image, source, text = images
    discriminator = small(see_input=False).eval()
    features = discriminator.stages(image * 2 - 1)
    expected = (
        discriminator.to_logits(features)
        + torch.einsum("bchw,bc->bhw", features, discriminator.text_tower(text))[:, None] / len(features[0]) ** 0.5
    )
    torch.testing.assert_close(patches(discriminator, image, source, text), expected)


def test_the_text_tower_is_not_the_generators():
    generator, discriminator = build_generator(GeneratorConfig()), build_discriminator(DiscriminatorConfig(), 15)
    ours = {weights.data_ptr() for weights in generator.text_tower.parameters()}
    theirs = {weights.data_ptr() for weights in discriminator.text_tower.parameters()}
    assert len(ours) == len(theirs) == 4
    assert not ours & theirs


def test_spectral_norm_holds_every_convolution_near_1(images):
    discriminator = small().train()
    with torch.no_grad():
        for layer in discriminator.modules():
            if isinstance(layer, nn.Conv2d):
                layer.parametrizations.weight.original.mul_(7)
        for _ in range(20):  # each pass sharpens the estimate by one power iteration
            discriminator(*images)
    convolutions = [layer for layer in discriminator.eval().modules() if isinstance(layer, nn.Conv2d)]
    assert len(convolutions) == 5
    for layer in convolutions:
        assert torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2).item() == pytest.approx(1, abs=0.05)


def test_every_parameter_gets_a_gradient(images):
    discriminator = judging_features()
    sum(logits.square().mean() for logits in discriminator(*images, features())).backward()
    assert [name for name, weights in discriminator.named_parameters() if weights.grad is None] == []


def test_each_layer_of_features_has_logits_of_its_own_whatever_the_images(images):
    discriminator, judged = judging_features().eval(), features()
    _, first, second = discriminator(*images, judged)
    assert first.shape == (3, 1, 16, 24)
    assert second.shape == (3, 1, 8, 12)
    changed = judged | {"conv2_2": judged["conv2_2"].flip(0)}
    _, first_after, second_after = discriminator(*(each.flip(0) for each in images), changed)
    torch.testing.assert_close(first_after, first.flip(0))
    assert torch.equal(second_after, second)


def test_features_are_judged_by_their_direction(images):
    """A dark texture is as good as a bright one: what counts is which features there are, beside each other."""
    discriminator, judged = judging_features().eval(), features()
    louder = {name: 3 * each for name, each in judged.items()}
    for one, other in zip(discriminator(*images, judged), discriminator(*images, louder), strict=True):
        torch.testing.assert_close(one, other)


def test_of_wordpieces_the_mean_is_judged_and_padding_does_not_count():
    torch.manual_seed(0)
    discriminator = build_discriminator(DiscriminatorConfig(channels=8, num_strides=2), 5 * 12, num_tokens=5).eval()
    image, source = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 8, 8)
    states = torch.zeros(2, 5, 12)
    states[:, :2] = torch.randn(2, 2, 12)
    swapped = states[:, [1, 0, 2, 3, 4]]
    logits = patches(discriminator, image, source, states.flatten(1))
    assert logits.isfinite().all()
    assert torch.allclose(logits, patches(discriminator, image, source, swapped.flatten(1)), atol=1e-6)
    assert not torch.allclose(logits, patches(discriminator, image, source, states.flatten(1).roll(1, dims=0)))
