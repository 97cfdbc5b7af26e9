"""The flags are frozen: changing one means writing the reference anew

python -c "from srgan_prompt.cli.app import reference; print(reference(), end='')" > docs/reference/cli.txt
"""

from pathlib import Path

from srgan_prompt.cli.app import reference

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "cli.txt"


def test_the_reference_is_what_help_says():
    assert REFERENCE.read_text(encoding="utf-8") == reference()


def test_no_line_is_too_wide():
    assert max(map(len, reference().splitlines())) <= 100
