"""How every figure is made: sizes of one and two columns, one style, text kept as text, files that a journal takes."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from shortrange_core.errors import BadInput
from shortrange_core.files import written_atomically

WIDTHS = {"one column": 3.35, "two columns": 7.0}
"""Inches: 85 and 178 mm, the columns of most journals."""
DPI = 300
FORMATS = ("png", "svg", "pdf")
STYLE: Mapping[str, Any] = {
    "font.family": ["Arial", "Helvetica", "DejaVu Sans"],
    "font.size": 8.0,
    "mathtext.default": "regular",  # sub- and superscripts in the font of the text
    "axes.linewidth": 0.7,
    "axes.labelsize": 8.0,
    "axes.titlesize": 8.0,
    "axes.titley": 1.0,  # no ticks stand above; asked for nothing, matplotlib looks for them at every draw
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "legend.fontsize": 7.0,
    "legend.frameon": False,
    "lines.linewidth": 1.0,
    "svg.fonttype": "none",  # text stays text: searchable, and editable in a drawing program
    "svg.hashsalt": "shortrange",  # the same figure gives the same file
    "pdf.fonttype": 42,
}
Size = str | tuple[float, float]
Style = Mapping[str, Any]
_CREATED: Mapping[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


@contextmanager
def styled(style: Style | None = None) -> Iterator[None]:
    """The style of our figures, with what ``style`` (parameters of matplotlib) changes, while a figure is drawn."""
    installed = {font.name for font in mpl.font_manager.fontManager.ttflist}
    families = [name for name in STYLE["font.family"] if name in installed]  # a missing font would warn
    parameters: dict[Any, Any] = {**STYLE, "font.family": families, **(style or {})}
    with ExitStack() as last, mpl.rc_context(parameters):
        try:
            yield
        finally:  # the backend of a notebook is loaded with the first figure, and turns this on for all that follow
            last.callback(mpl.interactive, mpl.is_interactive())


def inches(size: Size, height: float) -> tuple[float, float]:
    """Width and height: of a named column with the height given, or as they are stated.

    Raises
    ------
    BadInput
        If the name is no column.
    """
    if not isinstance(size, str):
        return size
    if size not in WIDTHS:
        raise BadInput(f"size = {size!r}: there are {', '.join(map(repr, WIDTHS))}, or (width, height) in inches")
    return WIDTHS[size], height


def axes_of(ax: Axes | None, size: Size, height: float) -> Axes:
    """The axes given, or those of a new figure."""
    return ax if ax is not None else plt.subplots(figsize=inches(size, height), layout="constrained")[1]


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> bytes:
    """Write a figure beside its name as PNG (300 dpi), SVG and PDF (text kept as text), and close it.

    Parameters
    ----------
    figure
        As of :func:`drawn_figure`.
    path
        Name without ending; one that stands there is replaced by each format's own.

    Returns
    -------
    bytes
        A PNG for a page.
    """
    drawn = drawn_figure(figure)
    write_figure(drawn, path)
    return drawn.page


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure as it was drawn.

    Parameters
    ----------
    files
        Content of a file by its format.
    page
        A PNG for a page.
    """

    files: Mapping[str, bytes]
    page: bytes


def write_figure(drawn: Drawn, path: str | os.PathLike[str]) -> None:
    """Write a figure beside its name, a file a format."""
    target = Path(path)
    for kind, content in drawn.files.items():
        with written_atomically(target.with_name(f"{target.name}.{kind}")) as partial:
            partial.write_bytes(content)


def drawn_figure(figure: Figure, *, formats: tuple[str, ...] = FORMATS, page_dpi: float = 110) -> Drawn:
    """Draw a figure as PNG (300 dpi), SVG and PDF (text kept as text), and close it.

    Parameters
    ----------
    figure
        Drawn once; all formats share its layout.
    formats
        Of ``png``, ``svg``, ``pdf``.
    page_dpi
        Resolution of the PNG for a page.
    """
    files = {}
    with styled():
        figure.set_dpi(DPI)  # text is measured once for layout and PNG, once for SVG and PDF
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()  # lays out first, so that its points are those of the PNG already
        figure.set_layout_engine(None)  # laid out once, for all formats; "none" would draw each of them twice
        drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # opaque: a third less to pack
        for kind in formats:
            content = io.BytesIO()
            if kind == "png":
                drawn.save(content, format="png", dpi=(DPI, DPI), compress_level=4)
            else:
                figure.savefig(content, format=kind, metadata=_CREATED[kind])
            files[kind] = content.getvalue()
    plt.close(figure)
    return Drawn(files, _reduced(drawn, page_dpi / DPI))


def _reduced(whole: Image.Image, factor: float) -> bytes:
    """The same picture with fewer points, as a PNG of few colours."""
    size = (round(factor * whole.width), round(factor * whole.height))
    small = whole.resize(
        size, Image.Resampling.BOX, reducing_gap=1.0
    )  # whole blocks of points first: four times faster
    page = io.BytesIO()
    small.quantize(256, Image.Quantize.FASTOCTREE).save(page, format="png")  # a drawing has few colours
    return page.getvalue()
