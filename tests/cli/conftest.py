"""The command in this process, a tiny random model, a text encoder of random vectors: no BERT, no network."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from cli_makers import make_image
from tiny_models import TINY, RandomSentences, make_generator

from srgan_prompt.cli.app import main
from srgan_prompt.prompts.prompt_encoder import BertPromptEncoder


class Finished(NamedTuple):
    """Exit code and what was printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Finished]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with sentences and neighbours that matter."""
    from srgan_prompt.checkpoints.model import save_model

    folder = tmp_path_factory.mktemp("models") / "tiny"
    card = "# tiny\n\n## Measured\n\n| Data | PSNR |\n| --- | ---: |\n| Set5 | 20 |\n\n## Limits\n\n- Random.\n"
    save_model(folder, make_generator().state_dict(), TINY.model_dump(mode="json"), card, train_step=7)
    return folder


@pytest.fixture(autouse=True)
def _random_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    random = RandomSentences()
    monkeypatch.setattr(BertPromptEncoder, "embed", lambda self, prompts: random.embed(prompts))
    monkeypatch.setattr(BertPromptEncoder, "num_tokens_cut", lambda self, prompt: random.num_tokens_cut(prompt))


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
def image(tmp_path: Path) -> Path:
    """``photo.png``, 12 x 8."""
    return make_image(tmp_path / "photo.png")
