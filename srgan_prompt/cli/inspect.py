"""``srgan-prompt inspect``: describe images and models, as text or JSON, on stdout."""

import json
from argparse import Namespace
from typing import Any

from srgan_prompt.cli.parser import CommandParser
from srgan_prompt.cli.process import give
from srgan_prompt.errors import UsageError

_DESCRIPTION = """\
Describe an image (size, pixels, profile, how it was made, what upscaling it takes) or a model (settings, parameters,
manifest, measured figures). A model folder is verified on the way.
"""


def parser() -> CommandParser:
    """All flags."""
    command = CommandParser("inspect", "inspect FILE|MODEL... [--json]", _DESCRIPTION)
    command.add_argument(
        "sources", nargs="*", metavar="FILE|MODEL", help="image, model folder, hub id, exported file or weights file"
    )
    command.add_argument("--revision", metavar="REV", help="branch, tag or commit of a hub id")
    command.add_argument("--json", action="store_true", help="one line of JSON each")
    return command


def run(args: Namespace) -> int:
    """Describe each; returns the exit code."""
    from srgan_prompt.inference.describe import describe

    if not args.sources:
        raise UsageError("Name an image or a model to inspect.")
    for source in args.sources:
        description = {"source": source} | describe(source, args.revision)
        give((json.dumps(description) if args.json else as_text(description)) + "\n")
    return 0


def as_text(values: dict[str, Any], indent: str = "") -> str:
    """``values`` for people: a line each, nested ones below their name. What is not known is left out."""
    lines = []
    for key, value in values.items():
        name = f"{indent}{key.replace('_', ' ')}"
        if value is None or value in ([], {}):
            continue
        match value:
            case dict():
                lines += [name, as_text(value, indent + "  ").rstrip("\n")]
            case list() | tuple():
                lines.append(f"{name}: {', '.join(map(str, value))}")
            case str() if "\n" in value:
                lines += [name, *(f"{indent}  {line}" for line in value.splitlines())]
            case _:
                lines.append(f"{name}: {value}")
    return "\n".join(lines) + "\n"
