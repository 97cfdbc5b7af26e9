"""The folder on the user's machine where assets are kept.

A file appears there complete or not at all, so two processes may fetch the same asset at the same time.
"""

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/srgan_prompt``, else ``~/.cache/srgan_prompt``. Nothing is created here."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "srgan_prompt"
