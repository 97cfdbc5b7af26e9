"""Workers that are killed in the middle of an image: nothing is lost, nothing is done twice, and the others go on."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_models import TINY_READING, make_generator

from srgan_prompt.inference.upscaler import Upscaler

ROOT = Path(__file__).parents[2]
NUM_GOOD = 20


@pytest.mark.slow
@pytest.mark.kill
def test_what_a_killed_worker_had_in_hand_is_done_by_another(tmp_path):
    pytest.importorskip("ray")
    photos, model, output = tmp_path / "photos", tmp_path / "model", tmp_path / "large"
    (photos / "more").mkdir(parents=True)
    for number in range(NUM_GOOD):
        Image.fromarray(np.full((8, 9, 3), 10 * number, np.uint8)).save(photos / "more" / f"{number:02}.png")
    for name in ("deadly_06.png", "fragile_12.png"):
        Image.new("RGB", (9, 8)).save(photos / name)
    (photos / "bad.jpg").write_bytes(b"no image")
    Upscaler.from_generator(make_generator(TINY_READING)).save_pretrained(model)

    program = [
        sys.executable,
        str(Path(__file__).with_name("ray_mortal_workers.py")),
        *map(str, (photos, model, output)),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "report.jsonl").read_text().splitlines()
    reports = {report["input"]: report for report in map(json.loads, lines)}

    assert len(lines) == len(reports) == NUM_GOOD + 3
    assert Counter(report["status"] for report in reports.values()) == {"done": NUM_GOOD + 1, "failed": 2}
    assert "ended its worker 2 times" in reports["deadly_06.png"]["error"]
    assert reports["bad.jpg"]["error"].startswith("bad.jpg: is not a PNG")
    deaths = {path.name: len(path.read_text().splitlines()) for path in (tmp_path / "deaths").iterdir()}
    assert deaths == {"deadly_06.png": 2, "fragile_12.png": 1}
    results = sorted(path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file())
    assert results == sorted(report["output"] for report in reports.values() if report["status"] == "done")
    # Three workers have died, of two at a time; some before they had done anything that would name them here.
    assert len({report["worker"] for report in reports.values()}) >= 2
