"""Neighbourhood attention against its definition, written out pixel by pixel; cross-attention over words; tokens."""

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from srgan_prompt.errors import ConfigError
from srgan_prompt.models.attention import CrossAttention, NeighbourhoodAttention, TokenTower, WordMaps, mean_token
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.network_config import AttentionConfig, GeneratorConfig, parse

TOKENS = {"text_features": "tokens", "text_dim": 11, "text_tokens": 5}
TOKEN_COMPOSITIONS = ("attention", "tirg", "concat", "film")


def self_attention(kernel_px=5, heads=2, channels=8):
    torch.manual_seed(0)
    layer = NeighbourhoodAttention(6, AttentionConfig(kernel_px=kernel_px, heads=heads, channels=channels)).eval()
    with torch.no_grad():
        layer.position_bias.normal_()
        layer.out.weight.mul_(20)
    return layer


def by_definition(layer, x):
    """Equation by equation, one pixel after the other."""
    heads, kernel_px = layer.heads, layer.kernel_px
    query, key, value = layer.qkv(x).unflatten(1, (3, heads, -1)).unbind(1)
    query, key = F.normalize(query, dim=2), F.normalize(key, dim=2)
    temperature, radius_px = layer.log_temperature.exp()[:, 0], kernel_px // 2
    height, width = x.shape[-2:]
    heard = torch.zeros_like(value)
    for top in range(height):
        for left in range(width):
            logits, values = [], []
            for number in range(kernel_px**2):
                row, column = top + number // kernel_px - radius_px, left + number % kernel_px - radius_px
                if 0 <= row < height and 0 <= column < width:
                    cosine = (query[..., top, left] * key[..., row, column]).sum(dim=2)
                    logits.append(temperature * cosine + layer.position_bias[:, number])
                    values.append(value[..., row, column])
            weights = torch.stack(logits, dim=-1).softmax(dim=-1)
            heard[..., top, left] = (torch.stack(values, dim=-1) * weights[:, :, None]).sum(dim=-1)
    return x + layer.out(heard.flatten(1, 2))


@pytest.mark.parametrize("size", [(1, 1), (4, 8), (6, 9)])
@pytest.mark.parametrize("kernel_px", [3, 7])
def test_self_attention_is_its_definition(size, kernel_px):
    layer, x = self_attention(kernel_px), torch.randn(2, 6, *size)
    assert_close(layer(x), by_definition(layer, x), atol=1e-5, rtol=1e-4)
    assert (layer(x) - x).abs().mean() > 0.05


def test_gradients_of_self_attention_are_those_of_its_definition():
    layer, x = self_attention(), torch.randn(1, 6, 5, 6)
    found, expected = (
        torch.autograd.grad(form(x).square().sum(), list(layer.parameters()))
        for form in (layer, lambda each: by_definition(layer, each))
    )
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other, atol=1e-3, rtol=1e-3)


def test_self_attention_is_equivariant_to_shifts_inside_an_image():
    layer, x = self_attention(kernel_px=3), torch.randn(1, 6, 16, 16)
    for rows, columns in ((1, 0), (2, 3)):  # no multiples of the blocks in which it is computed
        shifted = layer(x.roll((rows, columns), dims=(2, 3))).roll((-rows, -columns), dims=(2, 3))
        assert_close(shifted[..., 4:12, 4:12], layer(x)[..., 4:12, 4:12], atol=1e-5, rtol=1e-4)


def test_self_attention_under_autocast_stays_near_float32():
    layer, x = self_attention(), torch.randn(2, 6, 9, 9)
    with torch.autocast("cpu", torch.bfloat16):
        assert_close(layer(x).float(), layer(x.float()).float(), atol=0.05, rtol=0.05)
        assert_close(layer(x * 1e4).float().isfinite().all(), torch.tensor(True))


def test_a_network_without_attention_has_no_new_weights(make_generator):
    assert not any("attention" in name for name in make_generator().state_dict())


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"attention": {"after": (9,)}, "num_blocks": 4, "compose_after": (1,)},
            "attention.after (9,) must lie within",
        ),
        ({"attention": {"channels": 15, "heads": 2}}, "channels (15) must be a multiple of heads=2"),
        ({"composition": "attention"}, "set text_features to tokens"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, sentence):
    with pytest.raises(ConfigError, match=sentence.replace("(", r"\(").replace(")", r"\)")):
        parse(GeneratorConfig, settings, "here")


@pytest.fixture(scope="module")
def rows():
    """Sentences of 5, 2 and 0 wordpieces as rows (3, 5 * 12)."""
    states = torch.randn(3, 5, 12, generator=torch.Generator().manual_seed(4))
    states[1, 2:], states[2] = 0, 0
    return states.flatten(1)


def test_maps_are_shares_of_the_words_and_padding_gets_none():
    torch.manual_seed(0)
    words = torch.tensor([[True, True, False], [False, False, False]])
    maps = WordMaps(heads=2)(torch.randn(2, 2, 4, 6), torch.randn(2, 2, 4, 3), words)
    assert maps.shape == (2, 2, 3, 6)
    assert (maps[0, :, :2] > 0).all()
    assert not maps[0, :, 2].any()
    assert not maps[1].any(), "of a sentence without words nobody has anything"
    assert (maps.sum(dim=2) < 1).all(), "nobody keeps a share"


def test_cross_attention_does_not_see_the_padding(rows):
    torch.manual_seed(0)
    tower, composer = TokenTower(5, 12, 6), CrossAttention(8, 6)
    x, tokens = torch.randn(1, 8, 4, 3), tower(rows[1:2])
    assert not tokens[:, 2:].any()
    assert_close(composer(x, tokens), composer(x, tokens[:, :2]))
    assert_close(tower.pooled(tokens), tower.pooled(tokens[:, :2]))


def test_each_pixel_chooses_its_words(rows):
    torch.manual_seed(0)
    tower, composer = TokenTower(5, 12, 6), CrossAttention(8, 6)
    x = torch.randn(1, 8, 6, 6)
    seen = []
    composer.maps.register_forward_hook(lambda _module, _given, maps: seen.append(maps))
    composer(x, tower(rows[:1]))
    (maps,) = seen
    assert maps.shape == (1, 2, 5, 36)
    assert maps.std(dim=-1).max() > 0.01


@pytest.mark.parametrize("composition", TOKEN_COMPOSITIONS)
def test_tokens_keep_the_promises_of_every_composer(make_generator, image, rows, composition):
    generator = make_generator(composition=composition, **TOKENS)
    plain, steered = generator(image), generator(image, TextConditioning.of(rows))
    assert torch.equal(steered[2], plain[2]), "no words are no prompt"
    assert (steered - plain)[:2].abs().mean() > 1e-3
    assert torch.equal(generator(image, TextConditioning.of(rows, strength=0.0)), plain)
    assert generator(image, TextConditioning.of(rows, negative=rows.flip(0))).isfinite().all()
    assert generator.intent(rows).shape == (3, 15)


@pytest.mark.parametrize("composition", TOKEN_COMPOSITIONS)
def test_tokens_learn_everywhere(make_generator, image, rows, composition):
    generator = make_generator(composition=composition, **TOKENS).train()
    (generator(image, TextConditioning.of(rows)).square().mean() + generator.intent(rows).square().mean()).backward()
    assert [name for name, each in generator.named_parameters() if each.grad is None] == []
    assert all(each.grad.isfinite().all() for each in generator.parameters())


def test_the_composers_are_of_about_one_size(make_generator):
    sizes = {
        name: sum(
            each.numel() for each in make_generator(channels=32, composition=name, **TOKENS).composers.parameters()
        )
        for name in TOKEN_COMPOSITIONS
    }
    assert max(sizes.values()) < 1.1 * min(sizes.values()), sizes


def test_the_mean_token_leaves_the_padding_out(rows):
    states = rows.unflatten(1, (5, 12))
    found = mean_token(rows, 5)
    assert_close(found[0], states[0].mean(dim=0))
    assert_close(found[1], states[1, :2].mean(dim=0))
    assert not found[2].any()
    assert mean_token(rows, 1) is rows
