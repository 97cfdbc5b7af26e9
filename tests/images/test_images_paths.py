"""Inputs found, outputs named, collisions refused (I16, I17, O1, O2, O3, O8 of the acceptance list)."""

import os
from pathlib import Path

import pytest

from srgan_prompt.errors import InputImageError, OutputError, UsageError
from srgan_prompt.images.paths import InputFile, expand_inputs, output_path, passed_over, plan_outputs


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(files, folder):
    return [file.path.relative_to(folder).as_posix() for file in files]


def targets(plan, folder):
    return [job.target.relative_to(folder).as_posix() for job in plan.jobs]


def test_files_folders_and_globs_together(tmp_path):
    touch(tmp_path, "one.png", "folder/b.jpg", "folder/a.PNG", "globbed/x1.tif", "globbed/y.tif", "globbed/x2.webp")
    files = expand_inputs([tmp_path / "one.png", str(tmp_path / "folder"), tmp_path / "globbed" / "x*"])
    assert found(files, tmp_path) == ["one.png", "folder/a.PNG", "folder/b.jpg", "globbed/x1.tif", "globbed/x2.webp"]
    assert [file.root for file in files] == [None, *[tmp_path / "folder"] * 2, *[tmp_path / "globbed"] * 2]


def test_a_file_named_twice_is_read_once(tmp_path):
    touch(tmp_path, "a.png")
    assert len(expand_inputs([tmp_path, tmp_path / "a.png", tmp_path / "*.png", tmp_path / "." / "a.png"])) == 1


def test_a_name_with_glob_characters_is_that_file(tmp_path):
    touch(tmp_path, "a[1].png", "a1.png")
    assert found(expand_inputs([tmp_path / "a[1].png"]), tmp_path) == ["a[1].png"]


def test_recursive_mirrors_the_structure(tmp_path):
    touch(tmp_path, "in/a.png", "in/deep/er/b.png", "in/.hidden/c.png")
    assert found(expand_inputs([tmp_path / "in"]), tmp_path) == ["in/a.png"]
    files = expand_inputs([tmp_path / "in"], recursive=True)
    assert found(files, tmp_path) == ["in/a.png", "in/deep/er/b.png"]
    assert targets(plan_outputs(files, tmp_path / "out"), tmp_path) == ["out/a_x4.png", "out/deep/er/b_x4.png"]
    starred = expand_inputs([tmp_path / "in" / "**" / "*.png"])
    assert targets(plan_outputs(starred, tmp_path / "out"), tmp_path) == ["out/a_x4.png", "out/deep/er/b_x4.png"]


def test_links_to_folders_are_not_followed_into_loops(tmp_path):
    touch(tmp_path, "a.png")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert found(expand_inputs([tmp_path], recursive=True), tmp_path) == ["a.png"]


def test_read_only_formats_are_found_and_what_is_not_read_is_named(tmp_path):
    touch(tmp_path, "a.avif", "b.BMP", "c.gif", "d.psd", "deep/e.nef", "f.txt", ".g.psd")
    files = expand_inputs([tmp_path])
    assert found(files, tmp_path) == ["a.avif", "b.BMP", "c.gif"]
    assert targets(plan_outputs(files), tmp_path) == ["a_x4.png", "b_x4.png", "c_x4.png"]
    assert passed_over([tmp_path]) == [tmp_path / "d.psd"]
    assert passed_over([tmp_path], recursive=True) == [tmp_path / "d.psd", tmp_path / "deep" / "e.nef"]


def test_i16_what_systems_leave_in_folders_is_skipped_quietly(tmp_path):
    touch(tmp_path, "a.png", "Thumbs.db", ".DS_Store", "desktop.ini", "._a.png", "notes.txt")
    assert found(expand_inputs([tmp_path]), tmp_path) == ["a.png"]
    assert found(expand_inputs([tmp_path / "*"]), tmp_path) == ["a.png"]
    by_the_shell = [tmp_path / name for name in ("Thumbs.db", "a.png", "desktop.ini", ".DS_Store")]
    assert found(expand_inputs(by_the_shell), tmp_path) == ["a.png"]


def test_nothing_named_nothing_there_nothing_found(tmp_path):
    with pytest.raises(UsageError, match="No input was named"):
        expand_inputs([])
    with pytest.raises(InputImageError, match=r"gone\.png: no such file or folder"):
        expand_inputs([tmp_path / "gone.png"])
    with pytest.raises(InputImageError, match=r"no PNG, JPEG, WebP or TIFF files found; use --recursive"):
        expand_inputs([tmp_path])
    with pytest.raises(InputImageError, match="found"):
        expand_inputs([tmp_path / "*.png"])
    for impossible in ("n" * 5000, "a\0b"):
        with pytest.raises(InputImageError, match="no such file"):
            expand_inputs([impossible])


def test_a_folder_that_cannot_be_listed(tmp_path, monkeypatch):
    def deny(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", deny)
    with pytest.raises(InputImageError, match=r"cannot be listed \(Permission denied\)"):
        expand_inputs([tmp_path])


NAMES = [
    "my a.png",
    "two\nlines.png",
    "-rf.png",
    "caf\u00e9.png",
    "cafe\u0301.png",
    "\U0001f600.png",
    os.fsdecode(b"\xff.png"),
]


def test_i17_names_keep_their_bytes(tmp_path):
    touch(tmp_path, *NAMES)
    files = expand_inputs([tmp_path])
    assert sorted(file.path.name for file in files) == sorted(NAMES)
    planned = {job.source.name: job.target.name for job in plan_outputs(files).jobs}
    assert planned == {name: name.removesuffix(".png") + "_x4.png" for name in NAMES}


def test_i17_a_name_of_255_bytes_is_cut_to_fit():
    for stem in ("n" * 251, "\u00e9" * 125 + "n"):
        target = output_path(InputFile(Path(stem + ".png")))
        assert 254 <= len(os.fsencode(target.name)) <= 255
        assert target.name.endswith("_x4.png")


def test_default_name_suffix_format_and_folder():
    file = InputFile(Path("photos/cat.jpeg"))
    assert output_path(file) == Path("photos/cat_x4.jpeg")
    assert output_path(file, suffix="_big", extension="png") == Path("photos/cat_big.png")
    assert output_path(file, "out") == Path("out/cat_x4.jpeg")
    assert output_path(file, "out/result.webp") == Path("out/result.webp")
    assert output_path(InputFile(Path("cat.dat"))) == Path("cat_x4.png")
    assert output_path(InputFile(Path("cat"))) == Path("cat_x4.png")


def test_an_existing_folder_called_like_a_file_is_a_folder(tmp_path):
    (tmp_path / "album.png").mkdir()
    assert output_path(InputFile(Path("a.png")), tmp_path / "album.png") == tmp_path / "album.png" / "a_x4.png"
    assert output_path(InputFile(Path("a.png")), "new.png/") == Path("new.png/a_x4.png")


def test_o01_existing_output_is_refused_replaced_or_skipped(tmp_path):
    touch(tmp_path, "a.png", "b.png", "out/a_x4.png", "out/b_x4.png")
    files = [InputFile(tmp_path / "a.png"), InputFile(tmp_path / "b.png")]
    with pytest.raises(OutputError, match=r"a_x4\.png: already exists \(and 1 more\); use --overwrite") as caught:
        plan_outputs(files, tmp_path / "out")
    assert caught.value.exit_code == 5
    assert len(plan_outputs(files, tmp_path / "out", overwrite=True).jobs) == 2
    (tmp_path / "out" / "b_x4.png").unlink()
    plan = plan_outputs(files, tmp_path / "out", skip_existing=True)
    assert targets(plan, tmp_path) == ["out/b_x4.png"]
    assert [job.source.name for job in plan.skipped] == ["a.png"]


def test_o01_a_dangling_link_counts_as_existing(tmp_path):
    touch(tmp_path, "a.png")
    (tmp_path / "a_x4.png").symlink_to(tmp_path / "gone")
    with pytest.raises(OutputError, match="already exists"):
        plan_outputs([InputFile(tmp_path / "a.png")])


def test_o02_two_inputs_with_one_output(tmp_path):
    touch(tmp_path, "a.png", "a.jpg", "x/c.png", "y/c.png")
    with pytest.raises(OutputError, match=r"a_x4\.png: is the output of both .*a\.jpg and .*a\.png"):
        plan_outputs(expand_inputs([tmp_path]), extension="png")
    with pytest.raises(OutputError, match="is the output of both"):
        plan_outputs(
            expand_inputs([tmp_path / "x" / "c.png", tmp_path / "y" / "c.png"]), tmp_path / "out", overwrite=True
        )
    with pytest.raises(UsageError, match="one file for 2 inputs"):
        plan_outputs(expand_inputs([tmp_path]), tmp_path / "one.png")


@pytest.mark.parametrize("overwrite", [False, True])
def test_o03_output_equals_input(tmp_path, overwrite):
    touch(tmp_path, "a.png", "b.png")
    (tmp_path / "link").symlink_to(tmp_path)
    single = [InputFile(tmp_path / "a.png")]
    for options in ({"suffix": ""}, {"output": tmp_path / "a.png"}, {"output": tmp_path / "link" / "a.png"}):
        with pytest.raises(OutputError, match=r"would overwrite the input"):
            plan_outputs(single, **options, overwrite=overwrite)
    touch(tmp_path, "c/b.png")
    with pytest.raises(OutputError, match="would overwrite the input"):  # another input
        plan_outputs(
            [InputFile(tmp_path / "b.png"), InputFile(tmp_path / "c/b.png")], tmp_path, suffix="", overwrite=True
        )


def test_o08_results_of_an_earlier_run_are_not_inputs(tmp_path):
    touch(tmp_path, "a.png", "a_x4.png", "a_x4_x4.png", "b.png")
    plan = plan_outputs(expand_inputs([tmp_path]), skip_existing=True)
    assert targets(plan, tmp_path) == ["b_x4.png"]
    assert [job.source.name for job in plan.skipped] == ["a.png"]
    touch(tmp_path, "b_x4.png")
    assert plan_outputs(expand_inputs([tmp_path]), skip_existing=True).jobs == ()


def test_a_result_that_the_user_names_is_an_input(tmp_path):
    touch(tmp_path, "a_x4.png")
    assert targets(plan_outputs(expand_inputs([tmp_path / "a_x4.png"])), tmp_path) == ["a_x4_x4.png"]


def test_output_that_is_a_folder(tmp_path):
    touch(tmp_path, "a.png")
    (tmp_path / "a_x4.png").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        plan_outputs([InputFile(tmp_path / "a.png")], overwrite=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"overwrite": True, "skip_existing": True}, "contradict each other"),
        ({"extension": "gif"}, "not a format that can be written"),
        ({"suffix": "/../x"}, "holds no slash"),
        ({"output": "a.png", "extension": "jpg"}, "contradict each other"),
    ],
)
def test_contradicting_wishes(options, message):
    with pytest.raises(UsageError, match=message):
        plan_outputs([InputFile(Path("in.png"))], **options)


def test_one_format_by_two_names_is_no_contradiction():
    assert plan_outputs([InputFile(Path("in.png"))], "a.jpeg", extension="jpg").jobs[0].target == Path("a.jpeg")
