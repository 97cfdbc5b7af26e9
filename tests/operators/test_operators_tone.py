"""Every operation against its written formula, applied pixel by pixel."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from srgan_prompt.operators.tone import apply_tone, edit, tone_change
from srgan_prompt.prompts.operations import OPERATIONS

TONE = tuple(name for name, operation in OPERATIONS.items() if operation.family == "tone")
SEPIA = torch.tensor([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])

amounts = st.dictionaries(st.sampled_from(TONE), st.floats(0, 1, width=32))


def luma(x: Tensor) -> Tensor:
    return (0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]).expand_as(x)


def gains(x: Tensor, red: float, blue: float) -> Tensor:
    return x * torch.tensor([red, 1.0, blue]).view(3, 1, 1)


# In the order in which they act, whatever the order of the words.
FORMULAS = {
    "brighten": lambda x, a: x + a * x * (1 - x),
    "darken": lambda x, a: x - a * x * (1 - x),
    "contrast_up": lambda x, a: 0.5 + (1 + a) * (x - 0.5),
    "contrast_down": lambda x, a: 0.5 + (1 - a) * (x - 0.5),
    "saturate": lambda x, a: luma(x) + (1 + a) * (x - luma(x)),
    "desaturate": lambda x, a: luma(x) + (1 - a) * (x - luma(x)),
    "warm": lambda x, a: gains(x, 1 + 0.3 * a, 1 - 0.3 * a),
    "cool": lambda x, a: gains(x, 1 - 0.3 * a, 1 + 0.3 * a),
    "grayscale": lambda x, a: (1 - a) * x + a * luma(x),
    "sepia": lambda x, a: (1 - a) * x + a * torch.einsum("rc,bchw->brhw", SEPIA, x),
}


@pytest.fixture(scope="module")
def image() -> Tensor:
    """Random colours, with black, white and the primaries among them."""
    pixels = torch.rand(2, 3, 5, 6, generator=torch.Generator().manual_seed(0))
    pixels[0, :, 0] = torch.tensor([[0, 1, 1, 0, 0, 0.5], [0, 1, 0, 1, 0, 0.5], [0, 1, 0, 0, 1, 0.5]])
    return pixels


def test_every_tone_operation_has_a_formula():
    assert set(FORMULAS) == set(TONE)


@pytest.mark.parametrize("amount", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("name", TONE)
def test_each_operation_is_its_formula_clipped_once(image, name, amount):
    assert_close(edit(image, {name: amount}), FORMULAS[name](image, amount).clamp(0, 1), atol=2e-6, rtol=0)


def test_known_pixels():
    colour = torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1)
    for name, amount, expected in (
        ("brighten", 0.5, (0.28, 0.52, 0.72)),
        ("darken", 0.5, (0.12, 0.28, 0.48)),
        ("contrast_up", 0.4, (0.08, 0.36, 0.64)),
        ("contrast_down", 0.4, (0.32, 0.44, 0.56)),
        ("warm", 0.5, (0.23, 0.4, 0.51)),
        ("cool", 0.5, (0.17, 0.4, 0.69)),
        ("grayscale", 1.0, (0.363, 0.363, 0.363)),
        ("sepia", 1.0, (0.4996, 0.445, 0.3466)),
    ):
        assert edit(colour, {name: amount}).flatten().tolist() == pytest.approx(expected, abs=1e-6), name


@given(amounts=amounts)
def test_any_mix_is_one_change_equal_to_the_operations_in_order(image, amounts):
    expected = image
    curve = amounts.get("brighten", 0.0) - amounts.get("darken", 0.0)  # one curve: together they cancel
    expected = FORMULAS["brighten"](expected, curve)
    for name, formula in list(FORMULAS.items())[2:]:
        expected = formula(expected, amounts.get(name, 0.0))
    change = tone_change(amounts).expand(2, -1, -1)
    assert_close(apply_tone(image, change), expected, atol=1e-5, rtol=0)
    assert_close(edit(image, amounts), expected.clamp(0, 1), atol=1e-5, rtol=0)


@given(amounts=amounts, order=st.randoms(use_true_random=False))
def test_the_order_of_the_words_does_not_matter(amounts, order):
    shuffled = list(amounts.items())
    order.shuffle(shuffled)
    assert torch.equal(tone_change(dict(shuffled)), tone_change(amounts))


@given(names=st.sets(st.sampled_from(TONE)))
def test_amount_0_is_bit_equal(image, names):
    assert not tone_change(dict.fromkeys(names, 0.0)).any()
    assert torch.equal(edit(image, dict.fromkeys(names, 0.0)), image)


def test_operations_that_are_not_tone_are_ignored():
    assert not tone_change({"denoise": 1.0, "crisp": 1.0}).any()


def test_full_grayscale_has_equal_channels(image):
    red, green, blue = edit(image, {"grayscale": 1.0}).unbind(1)
    assert_close(red, green, atol=1e-6, rtol=0)
    assert_close(green, blue, atol=1e-6, rtol=0)


def test_clipping_happens_once_at_the_end():
    """White gains contrast to 1.4 and loses it again: clipped in between, it would come out at 0.8."""
    white = torch.ones(1, 3, 1, 1)
    mixed = edit(white, {"contrast_up": 1.0, "contrast_down": 0.4})
    assert mixed.flatten().tolist() == pytest.approx([1.0] * 3)
    assert tone_change({"contrast_up": 1.0, "contrast_down": 0.4})[0, 0].item() == pytest.approx(0.2)


def test_a_change_acts_on_its_own_image_only(image):
    change = torch.stack([tone_change({"sepia": 1.0}), torch.zeros(3, 7)])
    output = apply_tone(image, change)
    assert torch.equal(output[1], image[1])
    assert not torch.equal(output[0], image[0])


def test_what_lies_outside_the_range_is_kept_and_not_amplified():
    overshoot = torch.full((1, 3, 1, 1), 1.1)
    assert_close(apply_tone(overshoot, tone_change({"brighten": 1.0})[None]), overshoot)


def test_gradients_reach_image_and_change(image):
    pixels, change = image.clone().requires_grad_(), torch.zeros(2, 3, 7, requires_grad=True)
    apply_tone(pixels, change).sum().backward()
    assert torch.equal(pixels.grad, torch.ones_like(pixels))
    assert change.grad.abs().min() > 0
