"""``python -m srgan_prompt`` is the command ``srgan-prompt``."""

import sys

from srgan_prompt.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
