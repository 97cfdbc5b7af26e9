"""The recipe for data sets, with Ray on this machine: a folder, the same again, and parquet files in and out."""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_models import TINY_READING, make_generator

from srgan_prompt.images.read import read_header, read_image
from srgan_prompt.inference.upscaler import Upscaler

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "tiny"
    Upscaler.from_generator(make_generator(TINY_READING)).save_pretrained(folder)
    return str(folder)


def recipe(*arguments):
    """(exit code, stdout, stderr)."""
    program = [sys.executable, str(ROOT / "recipes" / "upscale_dataset.py"), *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=500, check=False)
    return done.returncode, done.stdout, done.stderr


def png(value):
    buffer = BytesIO()
    Image.fromarray(np.full((6, 8, 3), value, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.slow
def test_a_folder_is_done_once_whatever_is_in_it(tmp_path, model):
    pytest.importorskip("ray")
    photos, output = tmp_path / "photos", tmp_path / "large"
    (photos / "more").mkdir(parents=True)
    for name in ("a.png", "more/a.png"):
        (photos / name).write_bytes(png(len(name)))
    (photos / "bad.png").write_bytes(png(0)[:40])
    flags = (photos, "-o", output, "--model", model, "--workers", 1, "-p", "make it brighter", "--scale", 2)

    code, out, err = recipe(*flags)
    reports = {report["input"]: report for report in map(json.loads, out.splitlines())}
    assert code == 1, err
    assert {name: report["status"] for name, report in reports.items()} == {
        "a.png": "done",
        "more/a.png": "done",
        "bad.png": "failed",
    }
    assert reports["bad.png"]["error"].startswith("bad.png: ")
    assert "1 of 3 rows failed" in err
    header = read_header(output / "more" / "a_x2.png")
    assert (header.width_px, header.height_px) == (16, 12)
    assert "make it brighter" in header.provenance

    (photos / "bad.png").unlink()
    written_ns = (output / "a_x2.png").stat().st_mtime_ns
    code, out, _ = recipe(*flags)
    assert code == 0
    assert [json.loads(line)["status"] for line in out.splitlines()] == ["skipped", "skipped"]
    assert (output / "a_x2.png").stat().st_mtime_ns == written_ns


@pytest.mark.slow
def test_parquet_in_and_out_with_a_prompt_a_row_and_the_table_of_times(tmp_path, model):
    pytest.importorskip("ray")
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    image = png(90) + bytes(2**21)  # so much that reading must pause: of 24 images, the queue below holds four
    rows = {"image": [image] * 24, "say": ["make it brighter", None] * 12, "key": ["one", "deep/two.jpg"]}
    rows["key"] += [f"{number}.png" for number in range(22)]
    pq.write_table(pa.table(rows), tmp_path / "rows.parquet", row_group_size=4)
    columns = ("--name-column", "key", "--prompt-column", "say", "--parquet", "-p", "", "--queue-mb", 8)

    code, out, err = recipe(
        tmp_path / "rows.parquet", "-o", tmp_path / "out", "--model", model, *columns, "--benchmark-workers", 1
    )
    assert code == 0, err
    head, _, line = out.splitlines()
    assert [cell.strip() for cell in head.split("|")][1:3] == ["workers", "images"]
    assert line.startswith("| 1 | 24 | ")
    results = {row["name"]: row for row in pq.read_table(tmp_path / "out" / "workers_1").to_pylist()}
    assert len(results) == 24
    assert results["one_x4.png"]["prompt"] == "make it brighter"
    assert results["deep/two_x4.jpg"]["prompt"] == ""
    expected = Upscaler.from_pretrained(model, threads=1)(png(90), "make it brighter").array
    assert np.array_equal(read_image(results["one_x4.png"]["image"]).rgb, expected)
    assert {(row["width_px"], row["height_px"]) for row in results.values()} == {(32, 24)}


def test_what_cannot_be_is_refused_before_any_work(tmp_path, model):
    pytest.importorskip("ray")
    code, out, err = recipe(tmp_path / "none", "-o", tmp_path / "large", "--model", model)
    assert (code, out) == (3, "")
    assert "none: no images and no parquet files found" in err
    assert not (tmp_path / "large").exists()
