import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from srgan_prompt.assets.fetch import SourceMissError, read_members


def make_tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_reads_named_members_of_a_wheel(tmp_path):
    with zipfile.ZipFile(tmp_path / "a-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("a/x.txt", b"x")
        wheel.writestr("../../evil.txt", b"evil")
    assert read_members(tmp_path / "a-1-py3-none-any.whl", ("a/x.txt",)) == {"a/x.txt": b"x"}
    assert not (tmp_path / "../../evil.txt").resolve().exists()


def test_reads_below_the_root_folder_of_a_source_archive(tmp_path):
    archive = make_tar(tmp_path / "b-0.1.tar.gz", {"b-0.1/b/y.bin": b"\0\1"})
    assert read_members(archive, ("b/y.bin",)) == {"b/y.bin": b"\0\1"}


@pytest.mark.parametrize("name", ["c.whl", "c.tar.gz"])
def test_damaged_archive_is_a_miss(tmp_path, name):
    (tmp_path / name).write_bytes(b"not an archive")
    with pytest.raises(SourceMissError, match=name):
        read_members(tmp_path / name, ("c/z",))


def test_absent_member_is_a_miss(tmp_path):
    archive = make_tar(tmp_path / "b-0.1.tar.gz", {"b-0.1/b/y.bin": b""})
    with pytest.raises(SourceMissError, match="other"):
        read_members(archive, ("other",))


def test_truncated_archive_is_a_miss(tmp_path):
    archive = make_tar(tmp_path / "b-0.1.tar.gz", {"b-0.1/b/y.bin": bytes(range(256)) * 400})
    archive.write_bytes(archive.read_bytes()[:200])
    with pytest.raises(SourceMissError):
        read_members(archive, ("b/y.bin",))
