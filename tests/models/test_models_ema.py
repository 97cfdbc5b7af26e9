import torch
from torch import nn
from torch.testing import assert_close

from srgan_prompt.models.weights import Ema


def step(module: nn.Module) -> None:
    with torch.no_grad():
        for weights in module.parameters():
            weights.add_(torch.randn_like(weights))


def test_the_formula_and_its_warm_up():
    torch.manual_seed(0)
    module = nn.Linear(3, 2)
    ema = Ema(module, decay=0.25)
    expected = module.weight.detach().clone()
    for decay in (1 / 10, 2 / 11, 0.25, 0.25):  # min(0.25, (1 + n) / (10 + n)): 3/12 is reached at n = 2
        step(module)
        ema.update(module)
        expected = decay * expected + (1 - decay) * module.weight.detach()
        assert_close(ema.module.weight, expected)
    assert ema.num_updates == 4


def test_decay_0_is_a_copy():
    module = nn.Linear(3, 2)
    ema = Ema(module, decay=0.0)
    step(module)
    ema.update(module)
    assert_close(ema.module.weight, module.weight)


def test_buffers_travel_too_counters_are_copied():
    module = nn.BatchNorm2d(3)
    ema = Ema(module, decay=0.999)
    module(torch.randn(4, 3, 5, 5) + 2)
    ema.update(module)
    assert_close(ema.module.running_mean, 0.9 * module.running_mean)
    assert ema.module.num_batches_tracked == module.num_batches_tracked == 1


def test_the_average_is_a_frozen_copy_in_evaluation_mode():
    module = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5)).train()
    ema = Ema(module, decay=0.9)
    assert not ema.module.training
    assert not any(weights.requires_grad for weights in ema.module.parameters())
    before = ema.module[0].weight.clone()
    step(module)
    assert torch.equal(ema.module[0].weight, before)
    assert module.training
    assert module[0].weight.requires_grad


def test_a_long_average_settles_at_constant_weights():
    module = nn.Linear(3, 2)
    ema = Ema(module, decay=0.99)
    step(module)
    for _ in range(200):
        ema.update(module)
    assert_close(ema.module.weight, module.weight, atol=1e-4, rtol=0)
