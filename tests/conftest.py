"""What every room of the suite shares: no network, signals that act, and a hub that is a folder."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hub import FakeHub
from network_guard import no_network
from random_alexnet import random_alexnet_state

from srgan_prompt.assets import metric_networks


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    with no_network():
        yield


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """A suite in the background (``pytest &``, ``nohup pytest``) ignores these signals, and so would its children."""
    wanted = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {each: signal.signal(each, handler) for each, handler in wanted.items()}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.fixture
def fake_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """The hub's client talks to this folder."""
    import huggingface_hub

    fake = FakeHub(tmp_path / "hub")
    for name in ("snapshot_download", "create_repo", "upload_folder"):
        monkeypatch.setattr(huggingface_hub, name, getattr(fake, name))
    return fake


@pytest.fixture
def random_alexnet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    """LPIPS is built on these weights in place of ImageNet's."""
    import safetensors.torch

    state = random_alexnet_state()
    safetensors.torch.save_file(state, tmp_path / "alexnet.safetensors")
    monkeypatch.setattr(metric_networks, "find_alexnet", lambda: tmp_path / "alexnet.safetensors")
    return state
