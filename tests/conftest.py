"""What every room of the suite shares: no network, Ctrl-C that acts, and a hub that is a folder."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hub import FakeHub
from network_guard import no_network
from random_alexnet import random_alexnet_state


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    with no_network():
        yield


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """A suite that a shell started in the background (``pytest &``) ignores Ctrl-C, and so would its children."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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

    from srgan_prompt.assets import lpips_net

    state = random_alexnet_state()
    safetensors.torch.save_file(state, tmp_path / "alexnet.safetensors")
    monkeypatch.setattr(lpips_net, "find_alexnet", lambda: tmp_path / "alexnet.safetensors")
    return state
