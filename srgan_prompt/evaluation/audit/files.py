"""An ``AuditResult`` as three files: ``audit.md`` for people, ``audit.json`` for machines, ``audit.png`` to look at."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from srgan_prompt.evaluation.audit.document import as_document
from srgan_prompt.evaluation.audit.plot import matrix_png
from srgan_prompt.evaluation.audit.report import as_markdown
from srgan_prompt.files import replacing

if TYPE_CHECKING:
    from srgan_prompt.evaluation.prompt_audit import AuditResult


def write_files(result: "AuditResult", folder: Path) -> list[Path]:
    """Write them into ``folder``, replacing those of an earlier audit. Raises OutputError."""
    contents = {
        "audit.md": as_markdown(result).encode(),
        "audit.json": json.dumps(as_document(result), indent=1, allow_nan=False).encode(),
        "audit.png": matrix_png(result),
    }
    for name, content in contents.items():
        with replacing(folder / name) as file:
            file.write(content)
    return [folder / name for name in contents]
