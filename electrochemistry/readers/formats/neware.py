"""Neware binary (.nda, .ndax, and either in a .zip), read by the optional package fastnda.

It is imported only when such a file is read.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells import cycling_table
from electrochemistry.readers.raw import ZIP_MAGIC, archive_member, archive_names, foreign, foreign_module
from shortrange_core import AmbiguousFile, BadInput, Note
from shortrange_core.files import SIZE_LIMIT_BYTES
from shortrange_core.spelling import option

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


def zipped(content: bytes, file: str, *, block: str | None = None, limit: int = SIZE_LIMIT_BYTES) -> bytes | None:
    """Contents of the one Neware file in a zip archive of at most ``limit`` bytes unpacked; None where it holds none.

    Raises
    ------
    AmbiguousFile
        If it holds several and ``block`` names none of them.
    BadInput
        If the archive is damaged or too large.
    """
    if not content.startswith(ZIP_MAGIC):
        return None
    names = [name for name in archive_names(content, file, limit=limit) if not name.startswith("__MACOSX/")]
    members = tuple(name for name in names if name.lower().endswith((".nda", ".ndax")))
    if not members:
        return None
    if block is None and len(members) > 1:
        raise AmbiguousFile(
            f"{file}: contains {len(members)} Neware files: {', '.join(members)}; choose one with {option('block')}, "
            "or unpack it",
            members,
        )
    if block is not None and block not in members:
        raise BadInput(f"{file}: contains no file {block!r}; there is {', '.join(members)}")
    return archive_member(content, file, block or members[0])


def read(content: bytes, file: str) -> xr.Dataset:
    """Cycling record of a .nda or .ndax file; cycles are counted as the instrument counted them.

    Raises
    ------
    BadInput
        If the optional package is missing or cannot read the file.
    """
    suffix = sniff(content, file)
    if suffix is None:
        raise BadInput(f"{file}: is not a Neware file (.nda starts with NEWARE, .ndax is an archive of .ndc files)")
    module = foreign_module("fastnda", file, PACKAGE, EXTRA)
    notes: list[Note] = []
    columns: dict[str, npt.NDArray[np.float64]] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"cycling{suffix}"
        copy.write_bytes(content)
        with foreign(file, PACKAGE, notes):
            frame = module.read(copy, cycle_mode="raw")
            for name in ("total_time_s", "voltage_V", "current_mA", "cycle_count", "step_count"):
                columns[name] = np.asarray(frame[name].to_numpy(), dtype=float)
    return cycling_table(
        columns["total_time_s"],
        columns["voltage_V"],
        columns["current_mA"] * _MILLI,
        cycle_count=columns["cycle_count"],
        step_count=columns["step_count"],
        history=[*notes, "Neware file: current mA to A, + = charging; cycles as the instrument counted them"],
    )
