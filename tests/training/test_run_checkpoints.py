"""R3, R8: a run's own checkpoints. Damage to any file is found, no part may be missing, no random state is needed."""

import random
import shutil

import numpy as np
import pytest
import torch
from training_makers import differing, everything, make_trainer, tiny_config

from srgan_prompt.checkpoints.folder import load_folder
from srgan_prompt.checkpoints.format import MANIFEST_NAME, encode_manifest, read_manifest
from srgan_prompt.checkpoints.run import load_newest
from srgan_prompt.errors import ModelError
from srgan_prompt.training.loop import checkpoint_root
from srgan_prompt.training.state import TrainState

PARTS = ("generator", "discriminator", "ema", "generator_optimizer", "discriminator_optimizer")
TENSORS = tuple(f"{part}.safetensors" for part in PARTS)
STATES = ("progress.json", "generator_optimizer.json", "discriminator_optimizer.json")
FILES = (*TENSORS, *STATES, "config.json", MANIFEST_NAME)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Of a finished run with checkpoints of its steps 2 and 3, the discriminator in both."""
    run = tmp_path_factory.mktemp("run")
    config = tiny_config(run, pixel_steps=0, gan_steps=3, ramp_steps=1, save_every_steps=1, keep_checkpoints=2)
    make_trainer(config).fit()
    return config


@pytest.fixture
def root(config, tmp_path):
    return shutil.copytree(checkpoint_root(config), tmp_path / "checkpoints")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["flipped", "cut", "removed"])
def test_r3_damage_to_any_file_is_found_and_the_checkpoint_before_is_used(root, caplog, name, how):
    before, newest = sorted(root.iterdir())
    assert {path.name for path in newest.iterdir()} == set(FILES)
    content = bytearray((newest / name).read_bytes())
    content[len(content) // 2] ^= 1
    (newest / name).write_bytes(content if how == "flipped" else content.rstrip()[:-1])
    if how == "removed":
        (newest / name).unlink()
    assert load_newest(root).path == before
    assert f"Skipping a damaged checkpoint: {newest}" in caplog.text
    with pytest.raises(ModelError, match=newest.name):
        load_folder(newest)


@pytest.mark.parametrize("name", [*TENSORS, *STATES])
def test_r8_a_part_that_even_the_manifest_does_not_list_is_missed(config, root, name):
    newest = max(root.iterdir())
    manifest = read_manifest(newest)
    files = {other: record for other, record in manifest.files.items() if other != name}
    (newest / MANIFEST_NAME).write_bytes(encode_manifest(manifest.model_copy(update={"files": files})))
    checkpoint = load_newest(root)
    assert checkpoint.path == newest
    state = TrainState.new(config, torch.device("cpu"))
    with pytest.raises(ModelError, match=r"lacks|does not fit"):
        state.restore(checkpoint)


def test_r8_no_random_state_is_saved_because_none_matters(config, root):
    """Random numbers are functions of (seed, step): whatever the process's generators hold, a run goes on alike."""
    ends = []
    for seed in (1, 2):
        trainer = make_trainer(config.model_copy(update={"gan_steps": 5, "run": root.parent / str(seed)}))
        trainer.state.restore(load_newest(root))
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        random.seed(seed)
        trainer.fit()
        assert trainer.state.step == 5
        ends.append(everything(trainer.state))
    assert differing(*ends) == []
