import math

import pytest
import torch
from torch.testing import assert_close

from srgan_prompt.losses.adversarial import discriminator_loss, generator_loss, needs_real

KINDS = ("vanilla", "lsgan", "hinge", "ragan")


def logits(*values: float) -> torch.Tensor:
    """One sample per value, a 2 x 2 map of it."""
    return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1).expand(-1, 1, 2, 2).clone().requires_grad_()


def softplus(x: float) -> float:
    return math.log1p(math.exp(x))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("vanilla", [(softplus(-2) + softplus(-1)) / 2, (softplus(0.5) + softplus(3)) / 2]),
        ("lsgan", [((2 - 1) ** 2 + 1**2) / 2, ((-0.5 - 1) ** 2 + 3**2) / 2]),
        ("hinge", [(0 + 0) / 2, (1.5 + 4) / 2]),
    ],
)
def test_the_discriminators_equations(kind, expected):
    loss = discriminator_loss(kind, logits(2, -0.5), [logits(-1, 3)])
    assert_close(loss, torch.tensor(expected))


@pytest.mark.parametrize(
    ("kind", "expected"), [("vanilla", [softplus(1), softplus(-3)]), ("lsgan", [4.0, 4.0]), ("hinge", [1.0, -3.0])]
)
def test_the_generators_equations(kind, expected):
    assert_close(generator_loss(kind, logits(-1, 3)), torch.tensor(expected))


def test_the_relativistic_average_compares_with_the_mean_of_the_other_kind():
    real, fake = (2.0, -0.5), (-1.0, 3.0)
    mean_real, mean_fake = 0.75, 1.0
    expected = [(softplus(mean_fake - r) + softplus(f - mean_real)) / 2 for r, f in zip(real, fake, strict=True)]
    network = [(softplus(mean_real - f) + softplus(r - mean_fake)) / 2 for r, f in zip(real, fake, strict=True)]
    assert_close(discriminator_loss("ragan", logits(*real), [logits(*fake)]), torch.tensor(expected))
    assert_close(generator_loss("ragan", logits(*fake), logits(*real)), torch.tensor(network))


@pytest.mark.parametrize("kind", KINDS)
def test_two_kinds_of_fakes_share_one_half(kind):
    real, fake = logits(0.3, 0.1), logits(-0.2, 0.4)
    assert_close(discriminator_loss(kind, real, [fake, fake]), discriminator_loss(kind, real, [fake]))
    wrong = logits(0.9, 0.8)
    both = discriminator_loss(kind, real, [fake, wrong])
    mean = (discriminator_loss(kind, real, [fake]) + discriminator_loss(kind, real, [wrong])) / 2
    assert_close(both, mean)


@pytest.mark.parametrize("kind", KINDS)
def test_minimising_pushes_real_up_and_fakes_down_and_the_generator_pushes_fakes_up(kind):
    real, fake, wrong = logits(0.2, 0.1), logits(0.1, 0.3), logits(0.4, 0.2)
    discriminator_loss(kind, real, [fake, wrong]).sum().backward()
    assert (real.grad < 0).all()
    assert (fake.grad > 0).all()
    assert (wrong.grad > 0).all()
    fake = logits(0.1, 0.3)
    generator_loss(kind, fake, logits(0.2, 0.1) if needs_real(kind) else None).sum().backward()
    assert (fake.grad < 0).all()


def test_only_the_relativistic_objective_needs_real_images():
    assert [kind for kind in KINDS if needs_real(kind)] == ["ragan"]


@pytest.mark.parametrize("kind", KINDS)
def test_large_logits_stay_finite(kind):
    real, fake = logits(1e4, -1e4), logits(-1e4, 1e4)
    assert discriminator_loss(kind, real, [fake]).isfinite().all()
    assert generator_loss(kind, fake, real).isfinite().all()
