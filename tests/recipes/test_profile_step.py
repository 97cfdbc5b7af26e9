"""Where a step's time goes: a table that adds up, and a trace that names the parts and the operators."""

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]


def recipe(*arguments):
    """(exit code, stdout, stderr)."""
    program = [sys.executable, str(ROOT / "recipes" / "profile_step.py"), *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_trace_opens_and_names_the_parts_of_every_step(tmp_path):
    trace = tmp_path / "traces" / "step.json.gz"
    code, out, err = recipe("--steps", 1, "--threads", 1, "--operators", 3, "--trace", trace)
    assert code == 0, err
    shares = [float(line.split("|")[3].strip().rstrip("%")) for line in out.splitlines() if line.endswith("% |")]
    *parts, whole = shares
    assert len(parts) == 5
    assert whole == 100
    assert abs(sum(parts) - 100) < 0.3
    assert "Self CPU" in out
    # The first of the two steps is at ramp 0: no discriminator yet.
    events = Counter(event.get("name") for event in json.loads(gzip.decompress(trace.read_bytes()))["traceEvents"])
    assert [events[part] for part in ("data", "generator", "discriminator", "update")] == [2, 2, 1, 2]
    assert events["aten::convolution"] > 0


def test_a_trace_that_cannot_be_written_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    code, out, err = recipe("--trace", tmp_path / "file" / "step.json")
    assert (code, out) == (5, "")
    assert "no folder" in err
