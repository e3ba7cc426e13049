"""Sheets of workbooks (.xlsx, .xls, .ods): cells as they are stored."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from shortrange_core.errors import BadInput
from shortrange_core.old_workbooks import check_old_workbook
from shortrange_core.sheet_spans import MOST_COLUMNS, check_sheet

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ARCHIVE = b"PK\x03\x04"
SPREADSHEET = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
"""First entry of an OpenDocument sheet."""
_SHEETS = re.compile(re.escape(ARCHIVE) + rb".{26}/?xl/", re.DOTALL)
"""The header of an entry of a workbook: packed data of any archive hold three bytes by chance."""
PANIC = "PanicException"
UNPACKED_LIMIT_BYTES = 512 * 1024**2
Cells = list[tuple[Any, ...]]


def is_workbook(content: bytes) -> bool:
    """True for a compound file with a workbook, or an archive with entries of one."""
    if content.startswith(COMPOUND):
        return "Workbook".encode("utf-16-le") in content
    return content.startswith(ARCHIVE) and (SPREADSHEET in content[:128] or _SHEETS.search(content) is not None)


def sheets(content: bytes, name: str) -> dict[str, Cells]:
    """Rows of every sheet in the order of the workbook, the first 16384 columns; an empty cell is None.

    Raises
    ------
    BadInput
        If the archive is damaged or unpacks to more than 512 MiB, or it is no workbook.
    """
    check = check_old_workbook if content.startswith(COMPOUND) else _check_archive
    check(content, name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = {title: book.get_sheet_by_name(title).to_python(skip_empty_area=False) for title in book.sheet_names}
    except BaseException as error:  # damaged records of .xls make its Rust panic, which is no Exception
        if not isinstance(error, CalamineError) and type(error).__name__ != PANIC:
            raise
        raise BadInput(f"{name}: is not a complete workbook ({error}); save it again as .xlsx") from error
    return {title: [_row(row) for row in rows] for title, rows in sheets.items()}


def _row(row: list[Any]) -> tuple[Any, ...]:
    return tuple(None if cell == "" else cell for cell in row[:MOST_COLUMNS])


def _check_archive(content: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > UNPACKED_LIMIT_BYTES:
                raise BadInput(f"{name}: unpacks to {size} bytes, above {UNPACKED_LIMIT_BYTES}; split it")
            broken = archive.testzip()
            names = () if broken else [entry for entry in archive.namelist() if entry.startswith("xl/worksheets/")]
            parts = [archive.read(entry) for entry in names]
    except BadInput:
        raise
    except Exception as error:  # zipfile lets errors of offsets, inflate and encryption through
        raise BadInput(f"{name}: is not a complete workbook ({error}); save it again as .xlsx") from error
    if broken is not None:
        raise BadInput(f"{name}: is damaged in {broken}; save it again as .xlsx")
    try:
        for part in parts:
            check_sheet(part)
    except ValueError as error:
        raise BadInput(f"{name}: {error}; remove that cell") from error
