"""Which rows a data set has and how their results are named, refused before any work if that cannot be.

Folders are here and elsewhere, by one interface; what is elsewhere, by a file system that is not "local".
"""

import pytest
from PIL import Image

from srgan_prompt.errors import DataError, InputImageError, OutputError, UsageError
from srgan_prompt.inference.dataset_rows import Columns, Storage, Targets, find_rows, refuse_collisions, unpacked

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    for name in ("b.png", "a.jpg", "more/a.jpg", ".hidden.png", ".cache/c.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(folder / name)
    (folder / "notes.txt").write_text("no image")
    return folder


def table(path, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def test_a_folder_has_its_images_as_rows(photos):
    rows = find_rows(str(photos), Columns())
    assert (rows.num_rows, rows.names) == (3, ["a.jpg", "b.png", "more/a.jpg"])
    assert find_rows(photos.as_uri(), Columns()).names == rows.names
    targets = Targets("_x4")
    assert [targets.file_name(name) for name in rows.names] == ["a_x4.jpg", "b_x4.png", "more/a_x4.jpg"]
    assert Targets("_x2", "png", as_parquet=True).file_name("more/a.jpg") == "more/a_x2.png.parquet"


def test_one_file_is_a_data_set_of_one(photos):
    assert find_rows(str(photos / "more" / "a.jpg"), Columns()).names == ["a.jpg"]


def test_parquet_files_have_rows_with_names_of_their_own(tmp_path):
    table(tmp_path / "rows" / "0.parquet", image=[b"one", b"two"], key=["x", "deep/y.jpg"])
    table(tmp_path / "rows" / "1.parquet", image=[b"three"], key=["z"])
    rows = find_rows(str(tmp_path / "rows"), Columns(name="key"))
    assert (rows.num_rows, rows.names) == (3, ["x", "deep/y.jpg", "z"])
    assert find_rows(str(tmp_path / "rows" / "1.parquet"), Columns()).num_rows == 1


def test_a_row_without_a_name_is_named_after_what_it_asks():
    columns = Columns(prompt="caption")
    plain, nested, other = (
        unpacked({"image": image, "caption": caption}, columns)
        for image, caption in ((b"\0", "warm"), ({"bytes": b"\0", "path": None}, "warm"), (b"\0", None))
    )
    assert plain == nested
    assert plain.name != other.name
    assert (plain.content, plain.prompt, other.prompt) == (b"\0", "warm", None)
    assert unpacked({"image": None}, Columns()).content == b""


@pytest.mark.parametrize("name", ["", None, "/etc/x", "../x", "a/../../x", "a\0b", "a\\b"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, name):
    path = table(tmp_path / "rows.parquet", image=[b"1", b"2"], key=["fine", name])
    with pytest.raises(DataError, match="Row 1 of column 'key'"):
        find_rows(str(path), Columns(name="key"))


def test_what_is_no_data_set_is_refused_by_name(tmp_path, photos):
    with pytest.raises(InputImageError, match="no_such"):
        find_rows(str(tmp_path / "no_such"), Columns())
    with pytest.raises(UsageError, match="nowhere://x"):
        find_rows("nowhere://x", Columns())
    path = table(tmp_path / "rows.parquet", picture=[b"1"])
    with pytest.raises(DataError, match="no column 'image'; its columns are picture"):
        find_rows(str(path), Columns())
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match="cannot be read"):
        find_rows(str(path), Columns())
    table(photos / "rows.parquet", image=[b"1"])
    with pytest.raises(DataError, match="images and parquet files"):
        find_rows(str(photos), Columns())


def test_two_rows_with_one_result_are_refused(tmp_path, photos):
    rows, output = find_rows(str(photos), Columns()), Storage.at(str(tmp_path / "large"))
    refuse_collisions(rows, Targets("_x4"), output)
    (photos / "a.png").write_bytes(b"another")
    with pytest.raises(OutputError, match=r"a_x4\.png: is the output of both a\.jpg and a\.png"):
        refuse_collisions(find_rows(str(photos), Columns()), Targets("_x4", "png"), output)


def test_results_do_not_lie_among_the_inputs(photos):
    rows = find_rows(str(photos), Columns())
    for folder in (photos, photos / "large"):
        with pytest.raises(OutputError, match="lies inside the input"):
            refuse_collisions(rows, Targets("_x4"), Storage.at(str(folder)))
    refuse_collisions(rows, Targets("_x4"), Storage.at(f"{photos}_large"))
    one = find_rows(str(photos / "b.png"), Columns())
    refuse_collisions(one, Targets("_x4"), Storage.at(str(photos / "large")))


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
