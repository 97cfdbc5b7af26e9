"""What a run is given for its config: the requests that it trains on."""

from pathlib import Path

import pytest
import torch
from accelerate.utils import DistributedType
from tiny_models import let_refine
from training_makers import smooth_images

from srgan_prompt.checkpoints.model import save_model
from srgan_prompt.config import TrainConfig, load_train_config
from srgan_prompt.data.batches import BatchMaker
from srgan_prompt.errors import ConfigError, ModelError
from srgan_prompt.models.generator import SRGAN, build_generator
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.operators.filters import down
from srgan_prompt.training.build import begin_from, build_batches, build_texts, refuse_splitting
from srgan_prompt.training.state import TrainState

CONFIGS = Path(__file__).parents[2] / "recipes" / "configs"
SMALL = {"channels": 8, "num_blocks": 2, "compose_after": (1,), "text_channels": 8}


def batch_of(config: TrainConfig):
    return BatchMaker(smooth_images(side_px=128), build_texts(config).bank, config, torch.device("cpu"))(0)


def test_srgans_config_is_srgans_layout():
    assert load_train_config(CONFIGS / "srgan.yaml").generator == SRGAN
    assert SRGAN.num_blocks == 16


@pytest.mark.parametrize("name", ["srgan.yaml", "networks.yaml"])
def test_a_network_without_text_is_asked_for_nothing_that_it_could_not_know(name):
    """Its inputs are its answers, reduced: neither damaged nor recoloured."""
    batch = batch_of(load_train_config(CONFIGS / name))
    reduced = down(batch.target, 4)
    inner = (..., slice(4, -4), slice(4, -4))
    assert (reduced - batch.lr)[inner].abs().max() < 0.01


def test_a_faithful_stage_asks_for_everything_but_natural_detail():
    bank = build_texts(TrainConfig(prompts={"requests": "faithful", "num_wordings": 500})).bank
    assert not bank.meaning.crisp.any()
    assert bank.meaning.removed.any(dim=0).all()
    assert bank.meaning.tone.any()


def test_srgans_discriminator_sees_every_sample():
    assert batch_of(load_train_config(CONFIGS / "srgan.yaml")).crisp.tolist() == [1.0] * 16


def test_workers_make_the_batches_that_the_step_would_make(tmp_path):
    data = {"patch_px": 8, "margin_px": 4, "batch_images": 4, "pack": tmp_path / "pack"}
    batches = [
        build_batches(config, build_texts(config), torch.device("cpu"), print)
        for config in (
            TrainConfig(data=data | {"workers": workers}, prompts={"num_wordings": 50}, run=tmp_path)
            for workers in (0, 1)
        )
    ]
    alone, ahead = (make(3, 0, 1) for make in batches)
    assert torch.equal(alone.lr, ahead.lr)
    assert torch.allclose(alone.target, ahead.target, rtol=0, atol=1e-6)  # a worker has one thread and its rounding


@pytest.mark.parametrize("kind", [DistributedType.FSDP, DistributedType.DEEPSPEED])
def test_a_launcher_that_would_split_the_networks_is_refused(kind):
    with pytest.raises(ConfigError, match=rf"The launcher asks for {kind.value}, .*gpus_bf16\.yaml or with torchrun\."):
        refuse_splitting(kind)


@pytest.mark.parametrize("kind", [DistributedType.NO, DistributedType.MULTI_GPU, DistributedType.MULTI_CPU])
def test_whole_networks_on_every_device_are_fine(kind):
    assert refuse_splitting(kind) is None


@pytest.mark.parametrize(("had", "has"), [("shuffle", "shuffle"), ("shuffle", "refined"), ("refined", "refined")])
def test_a_run_begins_with_what_its_start_draws(tmp_path, had, has):
    torch.manual_seed(0)
    start = build_generator(GeneratorConfig(**SMALL, tail=had, more_scales=(2,))).eval()
    let_refine(start)
    save_model(tmp_path / "start", start.state_dict(), start.config.model_dump(mode="json"), "", train_step=0)
    state = TrainState.new(TrainConfig(generator=SMALL | {"tail": has}), torch.device("cpu"))
    begin_from(tmp_path / "start", state)
    image = torch.rand(1, 3, 5, 6)
    for generator in (state.generator, state.ema.module):
        assert torch.equal(generator.eval()(image), start(image))


def test_a_run_does_not_begin_with_half_of_its_start(tmp_path):
    start = build_generator(GeneratorConfig(**SMALL, tail="refined"))
    save_model(tmp_path / "start", start.state_dict(), start.config.model_dump(mode="json"), "", train_step=0)
    with pytest.raises(ModelError, match=r"tail\.refine"):
        begin_from(tmp_path / "start", TrainState.new(TrainConfig(generator=SMALL), torch.device("cpu")))
