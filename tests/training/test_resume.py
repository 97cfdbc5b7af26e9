"""R1, R7, R9: a stopped run goes on as if it had never stopped; a changed one is refused."""

import os
import signal
from dataclasses import fields

import pytest
import torch
from training_makers import differing, everything, make_trainer, tiny_config

from srgan_prompt.checkpoints.run import load_newest
from srgan_prompt.errors import ConfigError
from srgan_prompt.training.loop import checkpoint_root
from srgan_prompt.training.state import TrainState, refuse_other_config


class SignalAt:
    """Batches as they are, but in the middle of ``step``, between its two, the process sends itself ``what``."""

    def __init__(self, trainer, step, what):
        self.batches, self.trainer, self.step, self.what = trainer.batches, trainer, step, what

    def __call__(self, number, *ranks):
        if number == 2 * self.step - 1 and self.trainer.state.step == self.step - 1 > 0:  # not in the text stage
            os.kill(os.getpid(), self.what)
        return self.batches(number, *ranks)


def stop_after(config, step, what=signal.SIGTERM):
    """Train until ``what`` arrives in the middle of ``step``; returns the exit code."""
    trainer = make_trainer(config)
    trainer.batches = SignalAt(trainer, step, what)
    with pytest.raises(SystemExit) as stopped:
        trainer.fit()
    return stopped.value.code


def resume(config):
    trainer = make_trainer(config)
    trainer.state = TrainState.new(config.model_copy(update={"seed": 99}), torch.device("cpu"))  # all must be replaced
    trainer.state.restore(load_newest(checkpoint_root(config)))
    return trainer


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    trainer = make_trainer(tiny_config(tmp_path_factory.mktemp("whole")))
    start = everything(trainer.state)
    trainer.fit()
    end = everything(trainer.state)
    moved = {name.split(".")[0] for name in differing(start, end)}
    assert moved == {
        "generator",
        "discriminator",
        "ema",
        "generator_optimizer",
        "discriminator_optimizer",
    }
    return end


@pytest.mark.parametrize("step", [10, 7, 3])  # in the ramp, at its start, before it
def test_twenty_steps_are_the_same_in_two_parts(uninterrupted, tmp_path, step):
    config = tiny_config(tmp_path)
    assert stop_after(config, step) == 143
    trainer = resume(config)
    assert trainer.state.step == step
    trainer.fit()
    assert differing(everything(trainer.state), uninterrupted) == []


def test_the_next_batches_are_the_same(tmp_path):
    config = tiny_config(tmp_path)
    stop_after(config, 4)
    resumed, fresh = resume(config), make_trainer(config)
    for number in range(8, 16):
        for field in fields(resumed.batches(number)):
            one, other = (getattr(each.batches(number), field.name) for each in (resumed, fresh))
            assert torch.equal(one, other), (number, field.name)


def test_a_checkpoint_of_a_finished_run_has_nothing_left_to_do(uninterrupted, tmp_path):
    config = tiny_config(tmp_path)
    make_trainer(config).fit()
    trainer = resume(config)
    trainer.fit()
    assert trainer.state.step == 20
    assert differing(everything(trainer.state), uninterrupted) == []


@pytest.mark.parametrize(("what", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_finishes_the_step_and_saves_it(tmp_path, what, code):
    config = tiny_config(tmp_path)
    before = signal.getsignal(what)
    assert stop_after(config, 2, what) == code
    assert load_newest(checkpoint_root(config)).documents["progress"] == {"step": 2, "ema_updates": 2}
    assert signal.getsignal(what) is before


def test_other_settings_are_refused_with_the_difference(tmp_path):
    saved = tiny_config(tmp_path).model_dump(mode="json")
    changed = tiny_config(tmp_path, optim={"learning_rate": 2e-3}, generator={"num_blocks": 3})
    with pytest.raises(ConfigError) as refused:
        refuse_other_config(saved, changed)
    assert "generator.num_blocks: 2 -> 3; optim.learning_rate: 0.001 -> 0.002" in str(refused.value)
    with pytest.raises(ConfigError, match=r"\(generator.num_blocks: 2 -> 3\)"):
        refuse_other_config(saved, changed, allowed=["optim.learning_rate"])
    refuse_other_config(saved, changed, allowed=["optim.learning_rate", "generator.num_blocks"])


def test_allowing_a_setting_that_does_not_exist_is_refused(tmp_path):
    config = tiny_config(tmp_path)
    saved = config.model_dump(mode="json")
    for known in (saved, None):  # also where a run begins
        with pytest.raises(ConfigError, match=r"--allow optim.lerning_rate: .* did you mean 'optim.learning_rate'\?"):
            refuse_other_config(known, config, allowed=["optim.lerning_rate"])
    with pytest.raises(ConfigError, match="--allow optim: there is no such setting"):
        refuse_other_config(saved, config, allowed=["optim"])


def test_a_setting_is_allowed_as_its_flag_is_spelt_and_if_only_the_checkpoint_knows_it(tmp_path):
    saved = tiny_config(tmp_path).model_dump(mode="json")
    changed = tiny_config(tmp_path, optim={"learning_rate": 2e-3})
    assert refuse_other_config(saved, changed, allowed=["optim.learning-rate"]) is None
    assert refuse_other_config({**saved, "old_trick": 3}, changed, ["old_trick", "optim.learning_rate"]) is None


def test_settings_younger_than_the_checkpoint_had_their_defaults(tmp_path):
    saved = tiny_config(tmp_path).model_dump(mode="json")
    del saved["ema_decay"], saved["loss"]["crisp_pixel_share"]
    refuse_other_config(saved, tiny_config(tmp_path))
    with pytest.raises(ConfigError, match=r"\(ema_decay: 0.999 -> 0.5; loss.crisp_pixel_share: 0.2 -> 0.3\)"):
        refuse_other_config(saved, tiny_config(tmp_path, ema_decay=0.5, loss={"crisp_pixel_share": 0.3}))


def test_settings_that_are_gone_or_mappings_are_compared_whole(tmp_path):
    saved = tiny_config(tmp_path).model_dump(mode="json")
    with pytest.raises(ConfigError, match=r"\(old_trick: 3 -> None\)"):
        refuse_other_config({**saved, "old_trick": 3}, tiny_config(tmp_path))
    with pytest.raises(
        ConfigError, match=r"loss.perceptual_layers: \{'conv2_2': 0.5, 'conv3_3': 1.0\} -> \{'conv3_3': 1.0\}"
    ):
        refuse_other_config(saved, tiny_config(tmp_path, loss={"perceptual_layers": {"conv3_3": 1.0}}))


def test_settings_that_teach_nothing_may_differ(tmp_path):
    saved = tiny_config(tmp_path).model_dump(mode="json")
    harmless = {"log_every_steps": 7, "save_every_steps": 3, "tensorboard": True}
    assert refuse_other_config(saved, tiny_config(tmp_path / "moved", **harmless)) is None
    with pytest.raises(ConfigError, match=r"\(seed: 0 -> 5\)"):  # and nothing else is named
        refuse_other_config(saved, tiny_config(tmp_path / "moved", **harmless, seed=5))
