"""Folders of photos to shards: what is left out and why, licences, and that what is done stays done."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from photo_makers import drawn, write_photos
from PIL import Image, ImageFilter

from srgan_prompt.data.images import find_shards, open_images
from srgan_prompt.data.prepare import prepare
from srgan_prompt.data.selection import Limits
from srgan_prompt.errors import DataError

LIMITS = Limits(min_side_px=48)


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers_in(shards, tmp_path):
    """Which ``drawn`` photos the shards hold, in their order."""
    images = open_images(shards, None, tmp_path / "pack", min_side_px=8, max_bad_share=0.0, say=print)
    return [int(images[number][0, 0, 2]) for number in range(len(images))]


def times_of(shards):
    return {path: Path(path).stat().st_mtime_ns for path in find_shards(shards)}


def test_each_reason_is_counted_and_reported(tmp_path):
    photos = write_photos(tmp_path / "photos", range(6))
    Image.fromarray(drawn(0)).resize((128, 128), Image.Resampling.NEAREST).save(photos / "larger.png")  # of 000.png
    Image.fromarray(drawn(6, 32)).save(photos / "small.png")
    Image.fromarray(drawn(7)).filter(ImageFilter.GaussianBlur(6)).save(photos / "blurred.png")
    Image.fromarray(drawn(8)).save(photos / "compressed.jpg", quality=40)
    (photos / "broken.png").write_bytes(b"\x89PNG")
    test_set = write_photos(tmp_path / "set", range(5, 6), side_px=128)
    Image.fromarray(drawn(5)).save(test_set / "005.png")
    counts = prepare([photos], tmp_path / "out", LIMITS, not_like=[test_set], num_shards=1)
    wanted = {"": 5, "copy": 1, "too small": 1, "blurred": 1, "compressed": 1, "unreadable": 1, "in a benchmark": 1}
    assert counts == Counter(wanted)
    report = {row["file"]: row for row in rows_of(tmp_path / "out/report.csv")}
    assert report["000.png"]["detail"] == "shows what larger.png shows"
    assert report["005.png"]["detail"] == f"shows what {test_set / '005.png'} shows"
    assert report["small.png"]["detail"] == "32x32 px"
    assert report["compressed.jpg"]["detail"] == "JPEG of quality 40"
    assert report["001.png"]["reason"] == ""
    assert sorted(numbers_in(tmp_path / "out", tmp_path)) == [0, 1, 2, 3, 4]


def test_licences_go_with_the_photos(tmp_path):
    photos = write_photos(tmp_path / "photos", range(3))
    (photos / "licences.csv").write_text("file,source,licence,width\n000.png,Museum,CC0,3\n001.png,Ann,CC-BY,4\n")
    prepare([photos], tmp_path / "out", LIMITS, num_shards=1)
    kept = rows_of(tmp_path / "out/licences.csv")
    assert [list(row.values()) for row in kept] == [
        ["000.png", "Museum", "CC0", ""],
        ["001.png", "Ann", "CC-BY", ""],
        ["002.png", "", "", ""],
    ]
    strict = Limits(min_side_px=48, require_licence=True)
    assert prepare([photos], tmp_path / "out", strict, num_shards=1) == {"": 2, "no licence": 1}
    (photos / "licences.csv").write_text("name,licence\n000.png,CC0\n")
    with pytest.raises(DataError, match=r"licences\.csv: needs a header with file, source and licence"):
        prepare([photos], tmp_path / "out", LIMITS, num_shards=1)


def test_shards_hold_every_photo_once_and_equally_many_each(tmp_path):
    photos = write_photos(tmp_path / "photos", range(10))
    said = []
    prepare([photos], tmp_path / "out", LIMITS, num_shards=4, num_workers=2, say=said.append)
    assert said[-1] == "shard 4 of 4"
    numbers = numbers_in(tmp_path / "out", tmp_path)
    assert sorted(numbers) == list(range(10))
    assert numbers != sorted(numbers)  # neighbours in a folder are none in a shard
    assert [len(numbers_in(Path(shard), tmp_path / shard[-10])) for shard in find_shards(tmp_path / "out")] == [
        3,
        3,
        2,
        2,
    ]


def test_what_is_done_is_not_done_again(tmp_path):
    photos, out = write_photos(tmp_path / "photos", range(6)), tmp_path / "out"
    prepare([photos], out, LIMITS, num_shards=3)
    before = times_of(out)
    said = []
    prepare([photos], out, LIMITS, num_shards=3, say=said.append)
    assert said == []
    assert times_of(out) == before

    first, second, third = before
    Path(first).unlink()
    Path(second).write_bytes(Path(second).read_bytes()[:-5])  # as no kill leaves it, but a bad disk may
    prepare([photos], out, LIMITS, num_shards=3, say=said.append)
    assert said == ["shard 2 of 3", "shard 3 of 3"]
    assert times_of(out)[third] == before[third]

    Image.fromarray(drawn(9)).save(photos / "003.png")
    said.clear()
    prepare([photos], out, LIMITS, num_shards=3, say=said.append)
    assert said[0] == "measuring 1 photos, 5 are measured"
    assert said[-1] == "shard 3 of 3"
    assert sorted(numbers_in(out, tmp_path)) == [0, 1, 2, 4, 5, 9]


def test_another_number_of_shards_takes_the_place_of_the_old_ones(tmp_path):
    photos, out = write_photos(tmp_path / "photos", range(6)), tmp_path / "out"
    prepare([photos], out, LIMITS, num_shards=3)
    prepare([photos], out, LIMITS, num_shards=2)
    assert [Path(path).name for path in find_shards(out)] == [f"photos-0000{n}-of-00002.parquet" for n in range(2)]
    Path(find_shards(out)[0]).unlink()
    with pytest.raises(DataError, match="1 of 2 shards are there; finish making them"):
        find_shards(out)


def test_too_few_photos_are_refused_with_the_report_at_hand(tmp_path):
    photos = write_photos(tmp_path / "photos", range(2))
    with pytest.raises(DataError, match=r"2 of 2 photos are left, too few for 3 shards; .*report\.csv"):
        prepare([photos], tmp_path / "out", LIMITS, num_shards=3)
    assert len(rows_of(tmp_path / "out/report.csv")) == 2


def test_two_photos_of_one_name_are_refused(tmp_path):
    one, other = (write_photos(tmp_path / name, range(1)) for name in ("one", "other"))
    with pytest.raises(DataError, match="have one name"):
        prepare([one, other], tmp_path / "out", LIMITS, num_shards=1)


@pytest.mark.kill
@pytest.mark.slow
def test_killed_among_its_shards_it_goes_on_with_the_rest(tmp_path):
    photos, out = write_photos(tmp_path / "photos", range(40), side_px=256), tmp_path / "out"
    call = f"prepare([Path({str(photos)!r})], Path({str(out)!r}), Limits(), num_shards=20, say=print)"
    program = f"from pathlib import Path\nfrom srgan_prompt.data.prepare import *\n{call}"
    root = str(Path(__file__).parents[2])
    with subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": root}) as killed:
        while killed.poll() is None and len(list(out.glob("*.parquet"))) < 3:
            time.sleep(0.002)
        killed.send_signal(signal.SIGKILL)
    done = {path: path.stat().st_mtime_ns for path in out.glob("*.parquet")}
    assert len(done) >= 3
    said = []
    prepare([photos], out, Limits(), num_shards=20, say=said.append)
    assert len(said) == 20 - len(done)  # nothing is measured again
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert list(out.glob(".*")) == []
    assert sorted(numbers_in(out, tmp_path)) == list(range(40))
