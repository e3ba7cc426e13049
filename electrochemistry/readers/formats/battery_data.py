"""Tables in the battery data format (csv, parquet)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells import OPTIONAL, REQUIRED
from electrochemistry.readers.formats import parquet
from electrochemistry.readers.formats.declared_cycling import labelled_table, separator_of, text_columns, with_net
from electrochemistry.readers.raw import (
    COUNTERS,
    columns_option,
    split,
)
from shortrange_core import BadInput, Note

_PREFERRED = {
    "Test Time / s": "test_time_second",
    "Voltage / V": "voltage_volt",
    "Current / A": "current_ampere",
    "Net Capacity / Ah": "net_capacity_ah",
    "Charging Capacity / Ah": "charging_capacity_ah",
    "Discharging Capacity / Ah": "discharging_capacity_ah",
    "Step Capacity / Ah": "step_capacity_ah",
    "Cycle Count / 1": "cycle_count",
    "Step Count / 1": "step_count",
}
_BDF = (*REQUIRED, *OPTIONAL, *COUNTERS)


def bdf_name(name: str) -> str:
    """Machine name of a BDF column, from the machine name or the preferred label.

    Examples
    --------
    >>> bdf_name("Voltage / V"), bdf_name("voltage_volt")
    ('voltage_volt', 'voltage_volt')
    """
    plain = name.strip().strip('"').strip()
    return _PREFERRED.get(plain, plain)


def sniff_bdf(text: str) -> bool:
    """True where the first line names the columns that every BDF table has."""
    header = text.split("\n", 1)[0]
    separator = separator_of(header)
    return set(REQUIRED) <= {bdf_name(cell) for cell in split(header, separator)}


def read_bdf_text(text: str, file: str) -> xr.Dataset:
    """Cycling record of a BDF table in text."""
    columns, remarks = text_columns(text, file)
    return _from_bdf({bdf_name(name): values for name, values in columns.items()}, file, remarks)


def read_bdf_parquet(content: bytes, file: str) -> xr.Dataset:
    """Cycling record of a BDF table in Parquet, which needs the optional package pyarrow.

    Raises
    ------
    BadInput
        If pyarrow is missing, the file is damaged or its columns are not those of BDF.
    """
    numeric, notes = parquet.numeric_columns(content, file, lambda name: bdf_name(name) in _BDF)
    columns = {bdf_name(name): values for name, values in numeric.items()}
    return _from_bdf(columns, file, notes)


def _from_bdf(columns: Mapping[str, npt.NDArray[np.float64]], file: str, history: Sequence[str | Note]) -> xr.Dataset:
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise BadInput(
            f"{file}: lacks {', '.join(missing)} of the battery data format; name its columns with "
            f"{columns_option()} (it has {', '.join(columns) or 'none of them'})"
        )
    chosen = {name: columns[name] for name in _BDF if name in columns}
    return labelled_table(with_net(chosen), [*history, "BDF table"])
