"""``srgan-prompt doctor``: what is installed, found and free, and one tiny timed run, on stdout."""

from argparse import Namespace

from srgan_prompt.cli.parser import CommandParser
from srgan_prompt.cli.streams import give

_DESCRIPTION = """\
Say what is installed, where the model and BERT were found, how much memory is free, how prompts are read, and how long
one sentence and one tiny picture take. Nothing is downloaded. Paste the output into bug reports.
"""


def parser() -> CommandParser:
    """All flags."""
    command = CommandParser("doctor", "doctor [MODEL]", _DESCRIPTION)
    command.add_argument("model", nargs="?", metavar="MODEL", help="model to run (default: the shipped one)")
    return command


def run(args: Namespace) -> int:
    """Look everything up; 0 if pictures can be enlarged, else what the model's error says."""
    from srgan_prompt.inference import checkup

    for title, look in (("Versions", checkup.versions), ("Machine", checkup.machine), ("Found", checkup.assets)):
        _print(title, look())
    # Last, because it may raise: everything else has been said by then.
    _print("Run", checkup.timed_run(args.model))
    return 0


def _print(title: str, values: dict[str, str]) -> None:
    width = max(map(len, values))
    lines = [f"  {name:<{width}}  {value}" for name, value in values.items()]
    give("\n".join([title, *lines]) + "\n")
