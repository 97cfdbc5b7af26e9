"""How a file's name is shown to people: one line of valid UTF-8, whatever bytes the name holds."""

import os


def printable(path: object) -> str:
    """``path`` with control characters and undecodable bytes escaped, for messages only."""
    try:
        text = os.fsdecode(path)  # type: ignore[arg-type]  # the except is for what is no path
    except TypeError:
        text = str(path)
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
