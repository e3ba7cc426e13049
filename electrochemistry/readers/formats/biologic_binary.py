"""Bio-Logic EC-Lab binary (.mpr), read by the optional package datalab-org-galvani, imported only when asked for."""

from __future__ import annotations

import io
import os

import numpy as np
import numpy.typing as npt

from electrochemistry.readers.raw import Table, foreign, foreign_module
from shortrange_core import Note
from shortrange_core.files import existing, read_bytes

MAGIC = b"BIO-LOGIC MODULAR FILE"
PACKAGE, EXTRA = "datalab-org-galvani", "biologic"


def sniff(content: bytes) -> bool:
    """True where the bytes are an EC-Lab binary file."""
    return content.startswith(MAGIC)


def table(path: str | os.PathLike[str]) -> Table:
    """Every column of an .mpr file; see :func:`parse`."""
    location = existing(path)
    columns, remarks = parse(read_bytes(location), location.name)
    return Table(columns, "EC-Lab binary", (), remarks)


def parse(content: bytes, file: str) -> tuple[dict[str, npt.NDArray[np.float64]], tuple[Note, ...]]:
    """Every column of an .mpr file under EC-Lab's name, and what was said about it.

    Raises
    ------
    BadInput
        If the optional package is missing or cannot read the file.
    """
    module = foreign_module("galvani.BioLogic", file, PACKAGE, EXTRA)
    notes: list[Note] = []
    columns: dict[str, npt.NDArray[np.float64]] = {}
    with foreign(file, PACKAGE, notes):
        data = module.MPRfile(io.BytesIO(content)).data
        for name in data.dtype.names:
            columns[str(name)] = np.asarray(data[name], dtype=float)
    return columns, tuple(notes)
