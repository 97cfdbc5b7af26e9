"""What every room of the suite shares: no network, and a hub that is a folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hub import FakeHub
from network_guard import no_network


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    with no_network():
        yield


@pytest.fixture
def fake_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """The hub's client talks to this folder."""
    import huggingface_hub

    fake = FakeHub(tmp_path / "hub")
    for name in ("snapshot_download", "create_repo", "upload_folder"):
        monkeypatch.setattr(huggingface_hub, name, getattr(fake, name))
    return fake
