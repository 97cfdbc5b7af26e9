"""R5, R6: a full disk, NaN and Inf are said in one sentence, and cost nothing that was already learnt."""

import errno
from dataclasses import replace

import pytest
from disk_faults import failing_disk
from training_makers import differing, everything, make_trainer, tiny_config

from srgan_prompt.checkpoints.run import load_newest
from srgan_prompt.errors import OutputError, TrainingError
from srgan_prompt.training.loop import checkpoint_root

BAD_STEP = 9  # counted from 0; inside the GAN stage


class Poison:
    """Batches as they are, but from the first of step BAD_STEP on passed through ``change``."""

    def __init__(self, trainer, change):
        self.batches, self.trainer, self.change, self.before = trainer.batches, trainer, change, None

    def __call__(self, number, *ranks):
        batch = self.batches(number, *ranks)
        if number < 2 * BAD_STEP:
            return batch
        self.before = self.before or everything(self.trainer.state)
        return self.change(batch)


def assert_stops_unharmed(tmp_path, change, message):
    """Train until the poison acts; every weight and optimiser average must be what it was before that step."""
    trainer = make_trainer(tiny_config(tmp_path))
    poison = trainer.batches = Poison(trainer, lambda batch: change(batch, trainer) or batch)
    with pytest.raises(TrainingError, match=message):
        trainer.fit()
    assert trainer.state.step == BAD_STEP
    assert not checkpoint_root(trainer.config).exists()
    changed = differing(everything(trainer.state), poison.before)
    # Power iteration of spectral norm is part of looking, not of learning.
    assert [name for name in changed if not name.endswith(("._u", "._v"))] == []


def test_nan_loss(tmp_path):
    assert_stops_unharmed(
        tmp_path, lambda batch, _: replace(batch, target=batch.target * float("nan")), "Step 10: pixel.*not finite"
    )


def test_nan_loss_of_the_discriminator(tmp_path):
    def wrong_text_is_nan(batch, _):
        return replace(batch, wrong_text=batch.wrong_text * float("nan"))

    assert_stops_unharmed(tmp_path, wrong_text_is_nan, "Step 10: discriminator, logit_wrong is not finite")


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_infinite_gradient(tmp_path, network):
    def hook(_, trainer):
        parameter = next(getattr(trainer.state, network).parameters())
        parameter.requires_grad_(True).register_hook(lambda gradient: gradient * float("inf"))

    name = "gradient" if network == "generator" else "discriminator_gradient"
    assert_stops_unharmed(tmp_path, hook, f"Step 10: {name} is not finite")


class FullDisk:
    """Within a save the disk is full; ``schedule`` says so for each save of ``trainer`` in turn."""

    def __init__(self, monkeypatch, trainer, schedule):
        self.schedule, save = iter(schedule), trainer.state.save
        self.num_saves = 0

        def save_on_it(*arguments):
            self.num_saves += 1
            if not next(self.schedule):
                return save(*arguments)
            with failing_disk(monkeypatch, 3, OSError(errno.ENOSPC, "No space left on device")):
                return save(*arguments)

        trainer.state.save = save_on_it


@pytest.fixture
def config(tmp_path):
    return tiny_config(tmp_path, pixel_steps=6, gan_steps=0, save_every_steps=1, optim={"accumulate_steps": 1})


def test_a_passing_shortage_of_disk_space_is_survived(config, monkeypatch, capsys):
    trainer = make_trainer(config)
    disk = FullDisk(monkeypatch, trainer, [False, True, True, False, True, False])
    trainer.fit()
    assert disk.num_saves == 6
    assert load_newest(checkpoint_root(config)).documents["progress"]["step"] == 6
    assert "No space left on device" in " ".join(capsys.readouterr().err.split())


def test_three_failures_in_a_row_end_the_run_and_leave_the_last_good_save(config, monkeypatch):
    trainer = make_trainer(config)
    disk = FullDisk(monkeypatch, trainer, [False, True, True, True])
    with pytest.raises(OutputError, match="No space left on device"):
        trainer.fit()
    assert disk.num_saves == 4
    assert load_newest(checkpoint_root(config)).documents["progress"]["step"] == 1


def test_a_run_whose_last_save_fails_does_not_end_well(config, monkeypatch):
    trainer = make_trainer(config)
    FullDisk(monkeypatch, trainer, [False, False, False, False, False, True])
    with pytest.raises(OutputError, match="No space left on device"):
        trainer.fit()
    assert load_newest(checkpoint_root(config)).documents["progress"]["step"] == 5


@pytest.mark.parametrize("ignored", [0.0, 1.0])
def test_a_run_that_ignores_its_prompt_says_so(tmp_path, capsys, ignored):
    trainer = make_trainer(tiny_config(tmp_path, text_steps=0, pixel_steps=1, gan_steps=1))
    trainer.validate = lambda _generator, _step: {"prompt_ignored": ignored}
    trainer.fit()
    assert ("WARNING: the prompt is being ignored" in capsys.readouterr().err) == bool(ignored)
