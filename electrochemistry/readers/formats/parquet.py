"""Columns of a Parquet file, read by the optional package pyarrow, imported only for such a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from electrochemistry.readers.raw import Column, cell_text, foreign, foreign_module
from shortrange_core import BadInput, Note
from shortrange_core.files import SIZE_LIMIT_BYTES
from shortrange_core.labels import named_twice

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
    notes: list[Note] = []
    columns: dict[str, Column] = {}
    with _opened(content, file, notes) as archive:
        names = _names(archive, file, wanted, limit)
        frame = archive.read(columns=names, use_threads=False).to_pandas(use_threads=False)
        for name in names:
            columns[name] = np.array(frame[name].to_numpy(dtype=float, na_value=np.nan))
    return columns, tuple(notes)


def text_of(content: bytes, file: str, *, limit: int = SIZE_LIMIT_BYTES) -> str:
    """The whole table as lines of cells with tabs between them, titles first, as sheets of a workbook are read.

    Raises
    ------
    BadInput
        As :func:`numeric_columns`; a column may hold words.
    """
    with _opened(content, file, []) as archive:
        names = _names(archive, file, lambda _name: True, limit)
        columns = archive.read(columns=names, use_threads=False).to_pydict().values()
    rows = [names, *zip(*columns, strict=True)]
    return "\n".join("\t".join(" ".join(cell_text(cell).split()) for cell in row) for row in rows)


def names_of(content: bytes, file: str) -> list[str]:
    """Names of all columns.

    Raises
    ------
    BadInput
        If pyarrow is missing or the file is damaged.
    """
    with _opened(content, file, []) as archive:
        return [str(name) for name in archive.schema_arrow.names]


@contextmanager
def _opened(content: bytes, file: str, notes: list[Note]) -> Iterator[Any]:
    module = foreign_module("pyarrow.parquet", file, PACKAGE, EXTRA)
    with foreign(file, PACKAGE, notes):
        yield module.ParquetFile(io.BytesIO(content), page_checksum_verification=True, pre_buffer=False)


def _names(archive: Any, file: str, wanted: Callable[[str], bool], limit: int) -> list[str]:
    """Names of the columns that are wanted, once each, and not more than memory takes."""
    names = [str(name) for name in archive.schema_arrow.names if wanted(str(name))]
    repeated = named_twice(names)
    if repeated:
        raise BadInput(f"{file}: names {', '.join(repeated)} twice; export each column once")
    size = archive.metadata.num_rows * max(len(names), 1) * np.dtype(float).itemsize
    if size > limit:
        raise BadInput(f"{file}: takes {size} bytes, above the limit of {limit}; export fewer rows")
    return names
