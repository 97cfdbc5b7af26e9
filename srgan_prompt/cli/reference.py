"""All help texts as one, at a fixed width: what ``docs/reference/cli.txt`` holds and a test freezes.

python -m srgan_prompt.cli.reference > docs/reference/cli.txt
"""

import sys
from importlib import import_module

from srgan_prompt.cli.app import COMMANDS, HELP

COLUMNS = 100
_RULE = "\n" + "-" * COLUMNS + "\n\n"


def reference() -> str:
    """The help of ``srgan-prompt``, then that of every command."""
    return _RULE.join(
        [HELP, *(import_module(f"srgan_prompt.cli.{name}").parser().help_text(COLUMNS) for name in COMMANDS)]
    )


if __name__ == "__main__":
    sys.stdout.write(reference())
