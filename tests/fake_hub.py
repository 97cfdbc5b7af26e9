"""The Hugging Face hub as a folder: what is pushed can be fetched again, and nothing else."""

import fnmatch
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any


class FakeHub:
    """Repositories are folders; the patterns work as the hub's do."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.calls: list[dict[str, Any]] = []

    def snapshot_download(self, repo_id: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        self.calls.append({"repo_id": repo_id, "revision": revision})
        snapshot = self.root / "cache" / repo_id
        snapshot.mkdir(parents=True, exist_ok=True)
        _copy(self.root / repo_id, snapshot, allow_patterns)
        return str(snapshot)

    def create_repo(self, repo_id: str, *, private: bool, exist_ok: bool) -> None:
        (self.root / repo_id).mkdir(parents=True, exist_ok=exist_ok)
        self.calls.append({"repo_id": repo_id, "private": private})

    def upload_folder(
        self, *, repo_id: str, folder_path: Path, allow_patterns: list[str], delete_patterns: list[str], **_: Any
    ) -> SimpleNamespace:
        for path in _matching(self.root / repo_id, delete_patterns):
            path.unlink()
        _copy(folder_path, self.root / repo_id, allow_patterns)
        return SimpleNamespace(commit_url=f"https://hub/{repo_id}/commit/1")


def _matching(folder: Path, patterns: list[str]) -> list[Path]:
    return [path for path in folder.iterdir() if any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns)]


def _copy(source: Path, target: Path, patterns: list[str]) -> None:
    for path in _matching(source, patterns):
        shutil.copy(path, target)
