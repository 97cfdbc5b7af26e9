"""The peak memory of work done in a process of its own, and work that is given too little.

Linux tells it in /proc; ``ru_maxrss`` would not do: it begins at the peak of the process that started this one.
"""

import subprocess
import sys
from pathlib import Path

import pytest

needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is told in /proc only")

PEAK = """
def peak_kib():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
"""


def growth_mib(setup: str, work: str, *arguments: object) -> float:
    """How much the code ``work`` adds to the peak of resident memory after ``setup``; ``arguments`` are sys.argv."""
    code = f"{PEAK}\n{setup}\nbefore_kib = peak_kib()\n{work}\nprint(peak_kib() - before_kib)"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return int(subprocess.run(command, check=True, capture_output=True).stdout) / 1024


LITTLE_MEMORY = """
import resource
from pathlib import Path
in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + 2**25, in_use + 2**25))
"""


def error_with_little_memory(setup: str, work: str, *arguments: object) -> str:
    """What the code ``work`` raises, type and message, where 32 MiB are left after ``setup``."""
    code = f"{setup}\n{LITTLE_MEMORY}\ntry:\n    {work}\nexcept Exception as error:\n    print(repr(error))"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
