"""Folders here and elsewhere, by one interface; what is elsewhere, by a file system that is not "local"."""

import pytest

from srgan_prompt.errors import InputImageError, OutputError
from srgan_prompt.inference.dataset_rows import Storage

fs = pytest.importorskip("pyarrow.fs")


@pytest.fixture(params=["here", "elsewhere"])
def storage(request, tmp_path):
    if request.param == "here":
        return Storage.at(str(tmp_path / "root"))
    return Storage(fs.SubTreeFileSystem(str(tmp_path), fs.LocalFileSystem()), "root")


def test_what_is_written_is_there_and_read(storage, tmp_path):
    assert storage.names({".png"}) == []
    assert not storage.has("a.png")
    storage.write("deep/a.png", b"one")
    storage.write("deep/a.png", b"two")
    assert storage.read("deep/a.png") == b"two"
    assert storage.names({".png"}) == ["deep/a.png"]
    assert storage.names({".jpg"}) == []
    assert [path.name for path in (tmp_path / "root" / "deep").iterdir()] == ["a.png"]


def test_a_name_may_be_that_of_a_compressed_file(storage):
    storage.write("a.gz", b"as it is")
    assert storage.read("a.gz") == b"as it is"


def test_failures_name_the_file(storage, tmp_path):
    with pytest.raises(InputImageError, match=r"none\.png: cannot be read"):
        storage.read("none.png")
    (tmp_path / "root").mkdir(exist_ok=True)
    (tmp_path / "root" / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be written"):
        storage.write("file/a.png", b"")
