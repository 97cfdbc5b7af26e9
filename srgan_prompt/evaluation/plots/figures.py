"""What all pictures share: figures without a window, styles that can be told apart in grey, and the bytes of a file.

Matplotlib is imported when the first figure is made, so that measuring works without it. ``Figure`` and not pyplot: no
window system is probed, and nothing global is left behind.
"""

from io import BytesIO
from typing import TYPE_CHECKING, Any

from srgan_prompt.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")
DPI = 100

# The colours of Okabe and Ito (2008), which the colour-blind can tell apart, without their yellow, which is too light
# for a line. Dashes and markers tell the lines apart where there is no colour at all.
COLORS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2)), (0, (8, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def new_figure(width_px: int, height_px: int, *, layout: str | None = "constrained") -> "Figure":
    """An empty figure of about that size, exactly so without a ``layout``. Raises UsageError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError("Drawing needs matplotlib; run: pip install 'srgan-prompt[eval]'") from None
    # A hundredth more, since 57 px would be 56.99 after the way through inches, of which the renderer takes 56.
    size_inches = ((width_px + 0.01) / DPI, (height_px + 0.01) / DPI)
    return Figure(size_inches, dpi=DPI, layout=layout)  # type: ignore[arg-type]  # stubs: no str


def encode(figure: "Figure", file_format: str) -> bytes:
    """``figure`` as one of FORMATS. The same figure gives the same bytes, with one version of matplotlib."""
    from matplotlib import rc_context

    content = BytesIO()
    metadata = {"Date": None} if file_format == "svg" else None
    # Tight, because the layout gives square panels all of the height and cuts what stands above and below them.
    fit: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.1} if figure.get_layout_engine() else {}
    with rc_context({"svg.hashsalt": "srgan_prompt"}):  # names inside an SVG are random otherwise
        figure.savefig(content, format=file_format, metadata=metadata, **fit)
    return content.getvalue()
