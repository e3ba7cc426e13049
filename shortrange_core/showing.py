"""How records show themselves: one line, a summary with a table, a figure, and all of it in a notebook.

A record inherits :class:`Shown` and gets a short repr, ``.summary()``, ``.plot()`` and ``_repr_html_``. Which table and
which figure speak for a class is looked up here by its stored name, so that a record need not know who draws it; what
is looked up is imported when it is asked for.
"""

from __future__ import annotations

import base64
import dataclasses
import enum
import importlib
import io
from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted, shown
from shortrange_core.stored_names import HOMES
from shortrange_core.written_labels import titled

if TYPE_CHECKING:
    import pandas as pd

LINE = 160
"""Letters of a repr: a record that holds thousands of numbers still fits on a line or two of a notebook."""
TEXT = 48
ROWS = 24
"""Rows of a table that a summary shows before it counts the rest."""
FIGURE_DPI = 80

WORDS = frozenset(
    {
        "reference_peaks.Claim",  # its whole repr is what the digest of a library is made of
        "reference_peaks.Quantity",
        "reference_peaks.Source",
        "shortrange_core.Affine",
        "shortrange_core.Note",
        "shortrange_core.Provenance",
        "shortrange_core.Relationship",
    }
)
"""Records that are told in a line as they are, with every field."""

TABLES: Mapping[str, str] = MappingProxyType(
    {
        "electrochemistry.Arcs": ".capacitances",
        "electrochemistry.Arrhenius": ".parameters",
        "electrochemistry.Conductivity": ".sigma",
        "electrochemistry.Cycles": ".table",
        "electrochemistry.Densities": ".table",
        "electrochemistry.DifferentialCapacity": ".plateaus",
        "electrochemistry.HalfCycles": ".table",
        "electrochemistry.ImpedanceFit": ".parameters",
        "electrochemistry.Indents": ".estimates",
        "electrochemistry.Polarisation": ".sigma",
        "electrochemistry.RelaxationTimes": ".peaks",
        "electrochemistry.Separator": ".estimates",
        "electrochemistry.Window": ".bulk_frequency",
        "shortrange.Analysis": "shortrange.reports:answer_frame",
        "shortrange.Balance": "shortrange.balance:balance_frame",
        "shortrange.Fitted": ".fit",
        "shortrange.JointFit": ".parameters",
        "shortrange.Structure": ".solution",
        "spectra.Bootstrap": ".parameters",
        "spectra.BridgingRange": ".share",
        "spectra.Calibration": ".coefficients",
        "spectra.Candidate": ".fit",
        "spectra.Comparison": ".table",
        "spectra.Fit": "spectra.plots:lines_frame",
        "spectra.Identifiability": ".areas",
        "spectra.Model": "spectra.plots:model_frame",
        "spectra.PeakTable": ".areas",
        "spectra.PhotoelectronSample": ".lines",
        "spectra.Profile": ".intervals",
        "spectra.Reaction": ".shares",
        "spectra.Recovery": ".estimates",
        "spectra.TogetherFit": ".areas",
        "structure.Comparison": ".table",
        "structure.Design": ".sd",
        "structure.Determination": ".sd",
        "structure.Network": ".quantities",
        "structure.Ranges": "structure.plots:ranges_frame",
        "structure.Series": ".fractions",
        "structure.Solution": ".fractions",
    }
)
"""What of a record is its table: ``.attribute`` (a record there speaks for it), or a function of the record; the fields
of all others are theirs."""

PLOTS: Mapping[str, str] = MappingProxyType(
    {
        "electrochemistry.Cycles": "electrochemistry.plots:plot_capacities",
        "electrochemistry.Densities": "electrochemistry.plots:plot_densities",
        "electrochemistry.DifferentialCapacity": "electrochemistry.plots:plot_differential_capacity",
        "electrochemistry.ImpedanceFit": "electrochemistry.plots:plot_nyquist",
        "electrochemistry.KramersKronig": "electrochemistry.plots:plot_residuals",
        "electrochemistry.RelaxationTimes": "electrochemistry.plots:plot_relaxation_times",
        "shortrange.Analysis": "shortrange.reports:plot_analysis",
        "shortrange.Balance": "shortrange.balance:plot_balance",
        "shortrange.Fitted": ".fit",
        "shortrange.Structure": ".solution",
        "spectra.Candidate": ".fit",
        "spectra.Fit": "spectra.plots:plot_fit",
        "spectra.PhotoelectronSample": "spectra.plots:plot_regions",
        "spectra.Reaction": ".after",
        "structure.Conflicts": "structure.plots:plot_conflicts",
        "structure.Ranges": "structure.plots:plot_ranges",
        "structure.Series": "structure.plots:plot_fractions",
        "structure.Solution": "structure.plots:plot_amounts",
    }
)
"""The figure of a record: a function that takes it alone, or ``.attribute``, whose figure it is."""
_NAMES = {home: name for name, home in HOMES.items()}


def name_of(cls: type[Any]) -> str:
    """Stored name of a class; its own name where it has none."""
    return _NAMES.get(f"{cls.__module__}:{cls.__qualname__}", cls.__name__)


class Shown:
    """Base of records: how one shows itself. Fields are taken from the dataclass, tables and figures from this room."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        cls.__repr__ = Shown.__repr__  # type: ignore[method-assign]  # before dataclass would write its own

    def __repr__(self) -> str:
        shown = [(name, value) for name, value in _fields(self) if not _empty(value)]
        shown.sort(key=lambda pair: not isinstance(pair[1], (str, int, float)))  # what is said in a word comes first
        parts = [f"{name}={_told(value)}" for name, value in shown]
        text = f"{type(self).__name__}({', '.join(parts)})"
        return text if len(text) <= LINE else f"{text[: LINE - 2]}…)"

    def summary(self) -> str:
        """The record in words: one line, its table, and its warnings and errors."""
        table = shown_table(self)
        parts = [repr(self), table.head(ROWS).to_string(float_format=_number)]
        parts += [f"... {counted(len(table) - ROWS, 'more row')}"] if len(table) > ROWS else []
        return "\n".join([*parts, *_loud(self)])

    def plot(self) -> Any:
        """The figure of the record, as the plots of its package draw it; they take sizes, axes and styles.

        Raises
        ------
        BadInput
            If records of this kind have no figure of their own.
        """
        where = PLOTS.get(name_of(type(self)), "")
        spoken = getattr(self, where[1:]) if where.startswith(".") else None
        if not where or (where.startswith(".") and spoken is None):
            raise BadInput(f"{type(self).__name__}: has no figure; .summary() shows its contents")
        return spoken.plot() if spoken is not None else _named(where)(self)

    def _repr_html_(self) -> str:
        """Title, table and a small figure for a notebook."""
        table, picture = shown_table(self), _picture(self)
        parts = [f"<p><code>{escape(repr(self))}</code></p>"]
        parts.append(_written(table.head(ROWS)).to_html(float_format=_number, border=0, na_rep="", escape=False))
        parts += [f"<p>{escape(text)}</p>" for text in _loud(self)]
        if picture:
            parts.append(f'<img alt="{escape(type(self).__name__)}" src="data:image/png;base64,{picture}">')
        return "\n".join(parts)


def shown_table(item: Any) -> pd.DataFrame:
    """The table that speaks for a record; one row a field, in a few words, where it has none."""
    import pandas as pd

    table = table_of(item)
    if table is not None:
        return table
    told = {name: _told(value) for name, value in _fields(item) if not _empty(value)}
    return pd.DataFrame({"value": list(told.values())}, index=pd.Index(list(told), name="field"))


def table_of(item: Any) -> pd.DataFrame | None:
    """The table that speaks for a record, by :data:`TABLES`; None where it has none."""
    import pandas as pd
    import xarray as xr

    where = TABLES.get(name_of(type(item)), "")
    content = getattr(item, where[1:]) if where.startswith(".") else _named(where)(item) if where else item
    if isinstance(content, xr.DataArray):
        content = content.to_pandas()
    if isinstance(content, xr.Dataset):
        content = content.to_dataframe()
    if isinstance(content, pd.DataFrame):
        return content
    if hasattr(content, "covariance") and hasattr(content, "table"):  # estimates
        return pd.DataFrame(content.table())
    return table_of(content) if where and isinstance(content, Shown) else None


def _written(table: pd.DataFrame) -> pd.DataFrame:
    """A table for a notebook: labels of units by their written names, all other text escaped."""
    return table.map(_cell).rename(index=_cell, columns=_cell)


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return titled(value) if ":" in value else escape(value)


def _named(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(module), name)


def _fields(item: Any) -> list[tuple[str, Any]]:
    return [(field.name, getattr(item, field.name)) for field in dataclasses.fields(item) if field.repr]


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, tuple)) and not value)


def _told(value: Any) -> str:
    """A field in a few letters: numbers short, what is large by its size."""
    import numpy as np
    import xarray as xr

    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (float, np.floating)):
        return shown(float(value))
    if isinstance(value, str):
        return repr(value if len(value) <= TEXT else f"{value[:TEXT]}…")
    if isinstance(value, np.ndarray):
        return f"array {'x'.join(map(str, value.shape))}"
    if isinstance(value, (xr.Dataset, xr.DataArray)):
        return " x ".join(f"{size} {name}" for name, size in value.sizes.items()) or "scalar"
    return _told_whole(value)


def _told_whole(value: Any) -> str:
    if isinstance(value, (tuple, list, frozenset, set, Mapping)):
        short = not isinstance(value, Mapping) and len(value) <= 4
        texts = [_told(part) for part in value] if short else []
        text = f"({', '.join(texts)})"
        return text if short and len(text) <= TEXT else f"<{len(value)}>"
    if dataclasses.is_dataclass(value):
        return f"<{type(value).__name__}>"
    return repr(value)[:TEXT]


def _number(value: float) -> str:
    return shown(value, unknown="")


def _loud(item: Any) -> list[str]:
    """Warnings and errors among the notes of a record; those of an analysis stand with their place."""
    notes = [note[-1] if isinstance(note, tuple) else note for note in getattr(item, "notes", ())]
    loud = dict.fromkeys(str(note) for note in notes if str(getattr(note, "severity", "")) in ("warning", "error"))
    return list(loud)


def _picture(item: Any) -> str:
    """A small PNG of the record's figure as base64; empty where there is none to draw."""
    if name_of(type(item)) not in PLOTS:
        return ""
    plt = importlib.import_module("matplotlib.pyplot")
    try:
        drawn = item.plot()
    except BadInput:  # one glass is no series, an empty map no contradiction
        return ""
    figure = drawn if hasattr(drawn, "savefig") else drawn.get_figure(root=True)
    page = io.BytesIO()
    figure.savefig(page, format="png", dpi=FIGURE_DPI)
    plt.close(figure)
    return base64.b64encode(page.getvalue()).decode("ascii")
