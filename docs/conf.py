"""The documentation: Markdown by MyST, furo, the API from docstrings and the settings from the typed config.

pip install ".[docs]" && python -m sphinx -W --keep-going -q docs build/docs
"""

import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent.parent))  # the checkout that these pages belong to

from docs.settings_tables import PLACEHOLDER, settings_markdown
from srgan_prompt import __version__

project = "srgan_prompt"
project_copyright = "the srgan_prompt authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "srgan_prompt"
pygments_style = "friendly"

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # shapes, ranges and units stand in the docstrings
python_use_unqualified_type_names = True


def _fill_in_settings(app: Sphinx, page: str, source: list[str]) -> None:
    source[0] = source[0].replace(PLACEHOLDER, settings_markdown())


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _fill_in_settings)
