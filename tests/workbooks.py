"""Excel workbooks for the tests of readers."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import openpyxl


def write_workbook(path: Path, sheets: Mapping[str, Iterable[Sequence[object]]]) -> Path:
    """A workbook of sheets by title, each of rows of cells."""
    book = openpyxl.Workbook()
    for empty in book.worksheets:
        book.remove(empty)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path
