"""The command in this process, a tiny random model, a text encoder of random vectors: no BERT, no network."""

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from cli_makers import make_picture

from srgan_prompt.cli.app import main


class Finished(NamedTuple):
    """Exit code and what was printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Finished]


class RandomSentences:
    """Every sentence has its own random unit vector; a blank one has zeros."""

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        return np.stack([self._vector(prompt) for prompt in prompts])

    def num_tokens_cut(self, prompt: str) -> int:
        return max(0, len(prompt.split()) - 250)

    def _vector(self, prompt: str) -> np.ndarray:
        if not prompt.strip():
            return np.zeros(384, np.float32)
        vector = np.random.default_rng(zlib.crc32(prompt.encode())).standard_normal(384)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with sentences and neighbours that matter."""
    import torch

    from srgan_prompt.checkpoints.model_folder import save_model
    from srgan_prompt.config import GeneratorConfig
    from srgan_prompt.models.factory import build_generator

    torch.manual_seed(0)
    config = GeneratorConfig(channels=8, num_blocks=2, compose_after=(1,), text_channels=8)
    generator = build_generator(config)
    with torch.no_grad():
        generator.tail.to_pixels.weight.mul_(4)
        generator.tone_head.to_tone.weight.mul_(20)
    folder = tmp_path_factory.mktemp("models") / "tiny"
    card = "# tiny\n\n## Measured\n\n| Data | PSNR |\n| --- | ---: |\n| Set5 | 20 |\n\n## Limits\n\n- Random.\n"
    save_model(folder, generator.state_dict(), config.model_dump(mode="json"), card, train_step=7)
    return folder


@pytest.fixture(autouse=True)
def _random_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srgan_prompt.inference.loading.BertSentences", RandomSentences)


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """``command("upscale", path, ...)`` runs it and returns exit code, stdout and stderr."""

    def run(*arguments: object) -> Finished:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Finished(code, *capsys.readouterr())

    return run


@pytest.fixture
def upscale(command: Command, model: Path) -> Command:
    """``command("upscale", "--model", the tiny one, ...)``."""
    return lambda *arguments: command("upscale", "--model", model, *arguments)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """``photo.png``, 12 x 8."""
    return make_picture(tmp_path / "photo.png")
