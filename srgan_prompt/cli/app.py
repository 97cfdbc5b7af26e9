"""The command ``srgan-prompt``: finds the sub-command, turns errors and signals into exit codes.

The exit codes are in the help text. Results go to stdout, everything else to stderr. Commands are imported when called.
"""

import difflib
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name
from typing import NamedTuple

from srgan_prompt.cli.console import EXIT_INTERRUPTED, CommandParser, Terminated, give, repair_streams, tell, terminable
from srgan_prompt.errors import MemoryLimitError, OutputError, SrganPromptError, UsageError
from srgan_prompt.files import printable


class Command(NamedTuple):
    """What the help says of it, and in which files of this folder its parser is made and its work done."""

    summary: str
    parser: str
    run: str


COMMANDS = {
    "upscale": Command("upscale images as a sentence asks", "upscale_flags:parser", "upscale:run"),
    "export": Command("write the model as an ONNX or ncnn file", "export:parser", "export:run"),
    "inspect": Command("describe an image or a model", "doctor:inspect_parser", "doctor:inspect"),
    "doctor": Command("say what is installed, found and how fast it is", "doctor:parser", "doctor:run"),
    "plan": Command("say what a job on many processors takes", "plan:parser", "plan:run"),
    "audit": Command("measure whether a model does what prompts say", "audit:parser", "audit:run"),
    "plot": Command("draw how a run goes and what was measured", "audit:plot_parser", "audit:plot"),
    "demo": Command("try a picture and a sentence in the browser", "demo:parser", "demo:run"),
}

HELP = f"""\
Usage: srgan-prompt COMMAND ...

Super-resolution steered by a sentence.

Commands:
{chr(10).join(f"  {name:<10}{command.summary}" for name, command in COMMANDS.items())}

Options:
  --version  print the version and stop
  -h, --help print this text; `srgan-prompt COMMAND --help` tells more

Exit codes:
  0 done, 1 some files failed, 2 usage, 3 bad input, 4 model, 5 output, 6 busy, 7 out of memory,
  129 hung up, 130 interrupted, 143 terminated

  srgan-prompt upscale photo.jpg --prompt "remove the noise, a bit warmer"
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. ``argv`` does not hold the program's own name."""
    repair_streams()
    try:
        with terminable(), warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.simplefilter("ignore")  # libraries talk to programmers; what users should know is in our notes
            return _dispatch(list(sys.argv[1:] if argv is None else argv))
    except BrokenPipeError:
        return OutputError.exit_code  # whoever read our stdout has left (`| head`)
    except (SrganPromptError, MemoryError, KeyboardInterrupt, Terminated) as stop:
        message, exit_code = explain(stop)
        tell(f"srgan-prompt: {message}")
        return exit_code


def explain(stop: BaseException) -> tuple[str, int]:
    """What the user is told of an error or a signal, and the exit code. A bug is raised again."""
    match stop:
        case SrganPromptError():
            return str(stop), stop.exit_code
        case MemoryError():
            return "memory ran out; ask for a smaller result or --tile 64", MemoryLimitError.exit_code
        case KeyboardInterrupt():
            return "interrupted", EXIT_INTERRUPTED
        case Terminated():
            return str(stop), stop.exit_code
    raise stop


def _dispatch(argv: list[str]) -> int:
    match argv:
        case []:
            tell(HELP.rstrip())
            return UsageError.exit_code
        case ["-h" | "--help", *_]:
            give(HELP)
            return 0
        case ["--version", *_]:
            from srgan_prompt.files import installed_version

            give(f"srgan-prompt {installed_version()}\n")
            return 0
        case [name, *rest] if name in COMMANDS:
            return _run_command(name, rest)
    raise UsageError(_unknown_command(argv[0]))


def _run_command(name: str, argv: list[str]) -> int:
    parser = parser_of(name)
    if parser.asks_for_help(argv):
        give(parser.help_text())
        return 0
    arguments = parser.parse(argv)
    code: int = resolve_name(f"srgan_prompt.cli.{COMMANDS[name].run}")(arguments)
    return code


def parser_of(name: str) -> CommandParser:
    """The flags of the command ``name``."""
    parser: CommandParser = resolve_name(f"srgan_prompt.cli.{COMMANDS[name].parser}")()
    return parser


def _unknown_command(name: str) -> str:
    shown = printable(name)
    if Path(name).exists():
        return f"'{shown}' is no command; did you mean `srgan-prompt upscale {shown}`?"
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    return f"'{shown}' is no command; " + (f"did you mean `{near[0]}`?" if near else "see `srgan-prompt --help`.")


def reference(columns: int = 100) -> str:
    """All help texts as one, ``columns`` wide: what ``docs/reference/cli.txt`` holds."""
    rule = "\n" + "-" * columns + "\n\n"
    return rule.join([HELP, *(parser_of(name).help_text(columns) for name in COMMANDS)])
