"""Columns of numbers in a Parquet file, read by the optional package pyarrow, imported only for such a file."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable

import numpy as np

from electrochemistry.readers.raw import Column, foreign, missing_package
from shortrange_core import BadInput, Note
from shortrange_core.files import SIZE_LIMIT_BYTES

MAGIC = b"PAR1"
PACKAGE, EXTRA = "pyarrow", "parquet"


def numeric_columns(
    content: bytes, file: str, wanted: Callable[[str], bool], *, limit: int = SIZE_LIMIT_BYTES
) -> tuple[dict[str, Column], tuple[Note, ...]]:
    """Columns whose names are ``wanted``, missing values as NaN, and what the package said.

    Raises
    ------
    BadInput
        If pyarrow is missing, the file is damaged, a column holds words, a name occurs twice, or the columns would
        take more than ``limit`` bytes.
    """
    try:
        module = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise missing_package(file, PACKAGE, EXTRA) from error
    notes: list[Note] = []
    columns: dict[str, Column] = {}
    with foreign(file, PACKAGE, notes):
        archive = module.ParquetFile(io.BytesIO(content), page_checksum_verification=True)
        names = [str(name) for name in archive.schema_arrow.names if wanted(str(name))]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise BadInput(f"{file}: names {', '.join(repeated)} twice; export each column once")
        size = archive.metadata.num_rows * max(len(names), 1) * np.dtype(float).itemsize
        if size > limit:
            raise BadInput(f"{file}: takes {size} bytes, above the limit of {limit}; export fewer rows")
        frame = archive.read(columns=names).to_pandas()
        for name in names:
            columns[name] = np.array(frame[name].to_numpy(dtype=float, na_value=np.nan))
    return columns, tuple(notes)
