"""Neware binary (.nda, .ndax), read by the optional package fastnda, imported only when such a file is read."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cycling_contract import cycling_table
from electrochemistry.readers.foreign import ZIP_MAGIC, archive_names, foreign, missing_package
from shortrange_core import BadInput

MAGIC = b"NEWARE"
PACKAGE, EXTRA = "fastnda", "neware"
_MILLI = 1e-3


def sniff(content: bytes, file: str) -> str | None:
    """Suffix of the Neware kind that the bytes are, or None."""
    if content.startswith(MAGIC):
        return ".nda"
    if content.startswith(ZIP_MAGIC) and any(name.endswith(".ndc") for name in archive_names(content, file)):
        return ".ndax"
    return None


def read(content: bytes, file: str) -> xr.Dataset:
    """Cycling record of a .nda or .ndax file; cycles are counted as the instrument counted them.

    Raises
    ------
    BadInput
        If the optional package is missing or cannot read the file.
    """
    suffix = sniff(content, file)
    if suffix is None:
        raise BadInput(f"{file}: is no Neware file (.nda starts with NEWARE, .ndax is an archive of .ndc files)")
    try:
        module = importlib.import_module("fastnda")
    except ImportError as error:
        raise missing_package(file, PACKAGE, EXTRA) from error
    history: list[str] = []
    columns: dict[str, npt.NDArray[np.float64]] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"cycling{suffix}"
        copy.write_bytes(content)
        with foreign(file, PACKAGE, history):
            frame = module.read(copy, cycle_mode="raw")
            for name in ("total_time_s", "voltage_V", "current_mA", "cycle_count", "step_count"):
                columns[name] = np.asarray(frame[name].to_numpy(), dtype=float)
    return cycling_table(
        columns["total_time_s"],
        columns["voltage_V"],
        columns["current_mA"] * _MILLI,
        cycle_count=columns["cycle_count"],
        step_count=columns["step_count"],
        history=[*history, "Neware file: current mA to A, + = charging; cycles as the instrument counted them"],
    )
