"""Finding models (W9: one sentence when there is none) and publishing them, against a hub that is a folder."""

from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch
from fake_hub import FakeHub
from folder_breakers import assert_one_sentence

from srgan_prompt.checkpoints.card import push_to_hub
from srgan_prompt.checkpoints.model import load_model, resolve_model, save_model
from srgan_prompt.errors import ModelError, OutputError
from srgan_prompt.network_config import GeneratorConfig

REPO = "someone/srgan-prompt-x4"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "x4"
    config = GeneratorConfig().model_dump(mode="json")
    save_model(folder, {"a": torch.ones(2)}, config, "# x4\n", {"benchmark": {"psnr_db": 28.5}}, train_step=1)
    return folder


def _refused(source: Any, revision: str | None = None) -> str:
    with pytest.raises(ModelError) as error:
        resolve_model(source, revision)
    assert_one_sentence(str(error.value))
    return str(error.value)


def test_a_folder_is_itself(model: Path) -> None:
    assert resolve_model(model) == model
    assert resolve_model(str(model)) == model


def test_none_is_the_shipped_model(model: Path) -> None:
    assert load_model(resolve_model(None, shipped=model)).manifest.step == 1
    with pytest.raises(ModelError, match="ships no weights"):
        resolve_model(None, shipped=model / "missing")


@pytest.mark.parametrize("name", ["weights.pth", "weights.pt", "weights.ckpt", "weights.bin", "model.safetensors"])
def test_w01_a_file_is_refused_unread(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert "never loaded" in _refused(tmp_path / name)


@pytest.mark.parametrize("source", ["nowhere", "./a/b", "/a/b", "a/b/c", "-a/b", "a/../b", Path("no/where"), "a/b\n"])
def test_w09_what_is_neither_folder_nor_hub_id_is_refused(
    source: str | Path, fake_hub: FakeHub, tmp_path: Path
) -> None:
    if source != "":  # the current folder
        assert "owner/name" in _refused(source)
    assert fake_hub.calls == []


def test_push_then_resolve_gives_the_same_model(model: Path, fake_hub: FakeHub) -> None:
    assert push_to_hub(model, REPO, private=True) == f"https://hub/{REPO}/commit/1"
    fetched = resolve_model(REPO, revision="v1")
    assert fake_hub.calls == [{"repo_id": REPO, "private": True}, {"repo_id": REPO, "revision": "v1"}]
    assert load_model(fetched).manifest == load_model(model).manifest


def test_push_sends_our_files_only_and_clears_older_measurements(model: Path, fake_hub: FakeHub) -> None:
    repository = fake_hub.root / REPO
    repository.mkdir(parents=True)
    for name in ("audit.json", ".gitattributes"):
        (repository / name).write_text("{}")
    (model / "secrets.env").write_text("token")
    push_to_hub(model, REPO)
    expected = {path.name for path in model.iterdir()} - {"secrets.env"} | {".gitattributes"}
    assert {path.name for path in repository.iterdir()} == expected


def test_push_of_a_damaged_folder_sends_nothing(model: Path, fake_hub: FakeHub) -> None:
    (model / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelError):
        push_to_hub(model, REPO)
    assert fake_hub.calls == []


def test_push_that_the_hub_refuses_is_one_sentence(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError("403 Forbidden.\nRequest id 1")

    monkeypatch.setattr(huggingface_hub, "create_repo", refuse)
    with pytest.raises(OutputError, match=r"cannot be published \(403 Forbidden\)") as error:
        push_to_hub(model, REPO)
    assert_one_sentence(str(error.value))


def test_w10_a_repository_of_pickles_is_refused_unfetched(fake_hub: FakeHub) -> None:
    repository = fake_hub.root / REPO
    repository.mkdir(parents=True)
    for name in ("pytorch_model.bin", "model.pth", "config.json"):
        (repository / name).write_bytes(b"{}")
    assert "pickled weights" in _refused(REPO)
    assert [path.name for path in (fake_hub.root / "cache" / REPO).iterdir()] == ["config.json"]


def test_w09_offline_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's own client, told to stay offline, with an empty cache."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    assert "the hub cannot be reached" in _refused(REPO)


@pytest.mark.parametrize(
    ("name", "said"),
    [("RepositoryNotFoundError", "no hub model"), ("RevisionNotFoundError", "no revision 'v9'"), ("", "timed out")],
)
def test_w09_what_the_hub_answers_is_one_sentence(monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    kind = getattr(huggingface_hub.errors, name) if name else TimeoutError
    answer = kind.__new__(kind, "timed out.\nRequest id 1")

    def refuse(*_: Any, **__: Any) -> None:
        raise answer

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    assert said in _refused(REPO, "v9")
