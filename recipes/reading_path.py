"""Which files of the package an image crosses on its way through the command, in the order of reading.

    python recipes/reading_path.py photo.jpg
    python recipes/reading_path.py photo.jpg --prompt "a bit warmer" --list

Counts the modules of which a function is called, and how often the next call is in another one: fewer of both is less
to read. For small images: Python is slow while it is watched.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from types import FrameType

from srgan_prompt.cli.app import main
from srgan_prompt.errors import exit_on_user_error

PACKAGE = Path(sys.modules["srgan_prompt"].__file__ or "").parent
IS_FUNCTION = 1  # a flag of code: bodies of modules and classes lack it


class Watcher:
    """``calls`` of named functions by module, in the order of the first; ``num_switches`` from one to another."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self.num_switches = 0
        self._last = ""

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        is_named = code.co_flags & IS_FUNCTION and not code.co_name.startswith("<")
        if event != "call" or not is_named or not code.co_filename.startswith(str(PACKAGE)):
            return
        module = str(Path(code.co_filename).relative_to(PACKAGE))
        self.calls[module] = self.calls.get(module, 0) + 1
        self.num_switches += module != self._last
        self._last = module


def parse_arguments() -> argparse.Namespace:
    """The flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", type=Path, help="a small one")
    parser.add_argument("--prompt", default="remove the noise, a bit warmer")
    parser.add_argument("--list", action="store_true", help="name the files, with the number of calls")
    return parser.parse_args()


def run() -> int:
    """Upscale once, watched; returns the exit code."""
    arguments, watcher = parse_arguments(), Watcher()
    with tempfile.TemporaryDirectory() as folder:
        command = ["upscale", str(arguments.image), "--prompt", arguments.prompt, "-o", f"{folder}/result.png"]
        sys.setprofile(watcher)
        try:
            code = main(command)
        finally:
            sys.setprofile(None)
    if arguments.list:
        for module, num_calls in watcher.calls.items():
            print(f"{num_calls:5} {module}")
    print(f"{len(watcher.calls)} files, {watcher.num_switches} switches between them")
    return code


if __name__ == "__main__":
    with exit_on_user_error():
        sys.exit(run())
