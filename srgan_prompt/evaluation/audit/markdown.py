"""Pieces of the audit's Markdown: tables, and estimates with their intervals."""

from collections.abc import Iterable, Sequence

from srgan_prompt.evaluation.audit.statistics import Estimate


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with one line of headings."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def shown(value: Estimate | None, digits: int) -> str:
    """A mean with its interval, such as "28.60 (27.10 to 30.00)"; "-" for what was not measured."""
    if value is None:
        return "-"
    return f"{value.mean:.{digits}f} ({value.low:.{digits}f} to {value.high:.{digits}f})"


def cell(text: str) -> str:
    """``text`` as it may stand in a table."""
    return text.replace("|", "\\|")
