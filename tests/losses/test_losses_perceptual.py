import pytest
import torch
import torch.nn.functional as F
from random_vgg16 import random_vgg16_state

from srgan_prompt.errors import ConfigError
from srgan_prompt.losses import perceptual
from srgan_prompt.losses.perceptual import LAYERS, PerceptualLoss


@pytest.fixture(scope="module")
def state():
    return random_vgg16_state()


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(1)
    return torch.rand(2, 3, 3, 16, 16, generator=generator)


def test_the_names_are_vgg16s():
    assert len(LAYERS) == 13
    assert (LAYERS[0], LAYERS[3], LAYERS[6], LAYERS[-1]) == ("conv1_1", "conv2_2", "conv3_3", "conv5_3")


def test_it_is_the_l1_of_features_before_activation(state, images):
    def features(image):
        hidden = (image * 2 - 1 - torch.tensor([-0.030, -0.088, -0.188]).view(3, 1, 1)) / torch.tensor(
            [0.458, 0.448, 0.450]
        ).view(3, 1, 1)
        first = F.conv2d(hidden, state["conv1_1.weight"], state["conv1_1.bias"], padding=1)
        hidden = F.conv2d(F.relu(first), state["conv1_2.weight"], state["conv1_2.bias"], padding=1)
        hidden = F.max_pool2d(F.relu(hidden), 2)
        return first, F.conv2d(hidden, state["conv2_1.weight"], state["conv2_1.bias"], padding=1)

    loss = PerceptualLoss({"conv1_1": 0.5, "conv2_1": 2.0}, state=state)(*images)
    pairs = zip((0.5, 2.0), features(images[0]), features(images[1]), strict=True)
    expected = sum(w * (a - b).abs().mean(dim=(1, 2, 3)) for w, a, b in pairs)
    assert loss.shape == (3,)
    torch.testing.assert_close(loss, expected)


def test_samples_do_not_see_each_other(state, images):
    loss = PerceptualLoss({"conv2_2": 1.0}, state=state)
    output, target = images
    torch.testing.assert_close(loss(output, target)[1:2], loss(output[1:2], target[1:2]))
    assert loss(target, target).tolist() == [0, 0, 0]


def test_nothing_is_built_beyond_the_deepest_layer(state):
    assert list(PerceptualLoss({"conv1_2": 1.0}, state=state).convolutions) == ["conv1_1", "conv1_2"]


def test_gradients_reach_the_output_only(state, images):
    loss = PerceptualLoss({"conv3_1": 1.0}, state=state)
    output, target = images[0].requires_grad_(), images[1]
    loss(output, target).sum().backward()
    assert output.grad.abs().sum() > 0
    assert not any(parameter.requires_grad for parameter in loss.parameters())


def test_normalised_channels_ignore_the_scale_of_features(state, images):
    louder = {key: value * (10 if key.startswith("conv1_1") else 1) for key, value in state.items()}
    plain = PerceptualLoss({"conv1_1": 1.0}, normalise=True, state=state)(*images)
    torch.testing.assert_close(PerceptualLoss({"conv1_1": 1.0}, normalise=True, state=louder)(*images), plain)
    assert (plain < 1).all()


def test_flat_images_have_finite_gradients_when_normalised(state):
    silent = {key: torch.zeros_like(value) for key, value in state.items()}
    output = torch.zeros(1, 3, 8, 8, requires_grad=True)
    PerceptualLoss({"conv1_2": 1.0}, normalise=True, state=silent)(output, torch.ones(1, 3, 8, 8)).sum().backward()
    assert output.grad.isfinite().all()


def test_bfloat16_autocast_and_channels_last(state, images):
    loss = PerceptualLoss({"conv2_2": 1.0}, state=state)
    exact = loss(*images)
    loss.to(memory_format=torch.channels_last)
    output, target = (image.to(memory_format=torch.channels_last) for image in images)
    torch.testing.assert_close(loss(output, target), exact, rtol=1e-4, atol=1e-6)
    with torch.autocast("cpu", torch.bfloat16):
        low = loss(output, target)
    assert low.dtype == torch.float32
    torch.testing.assert_close(low, exact, rtol=0.02, atol=0)


@pytest.mark.parametrize("layers", [{}, {"conv6_1": 1.0}, {"relu3_3": 1.0}])
def test_unknown_layers_are_config_errors(layers, state):
    with pytest.raises(ConfigError, match="VGG16 layer"):
        PerceptualLoss(layers, state=state)


def test_without_a_state_the_imagenet_weights_are_fetched(monkeypatch, state, tmp_path, images):
    import safetensors.torch

    safetensors.torch.save_file(state, tmp_path / "vgg16.safetensors")
    monkeypatch.setattr(perceptual, "find_vgg16", lambda: tmp_path / "vgg16.safetensors")
    fetched, given = PerceptualLoss({"conv2_1": 1.0}), PerceptualLoss({"conv2_1": 1.0}, state=state)
    assert torch.equal(fetched(*images), given(*images))
