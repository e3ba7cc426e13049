"""Tables whose first row only numbers the columns, as pandas and sheets write columns without names."""

import numpy as np
import pytest
from openpyxl import Workbook

from spectra import read

X = np.arange(300.0, 700.0, 4.0)
Y = np.round(100 * np.exp(-(((X - 420) / 20) ** 2)) + 5, 3)


def written(tmp_path, rows, mark):
    """A text, or a sheet where the mark is none."""
    if mark is None:
        book = Workbook()
        for row in rows:
            book.active.append([None if cell == "" else cell for cell in row])
        book.save(path := tmp_path / "table.xlsx")
        return path
    path = tmp_path / "table.csv"
    path.write_text("\n".join(mark.join(f"{cell}" for cell in row) for row in rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t", None])
@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("index", [False, True])
@pytest.mark.parametrize("copies", [1, 2])
def test_numbers_of_columns_are_titles(tmp_path, mark, start, turned, index, copies):
    order = slice(None, None, -1) if turned else slice(None)
    columns = [X[order].tolist(), *[Y[order].tolist()] * copies]
    rows = [list(range(start, start + len(columns))), *map(list, zip(*columns, strict=True))]
    if index:
        rows = [["", *rows[0]], *([number, *row] for number, row in enumerate(rows[1:]))]
    last = str(start + copies)
    block = None if copies == 1 else f"Sheet / {last}" if mark is None else last
    spectrum = read(written(tmp_path, rows, mark), technique="Raman", block=block)
    assert spectrum["raman_shift"].values.tolist() == X.tolist()
    assert spectrum["intensity"].values.tolist() == Y.tolist()


def test_a_series_of_pandas_has_one_number(tmp_path):
    rows = [["", 0], *map(list, zip(X.tolist(), Y.tolist(), strict=True))]
    for mark in (",", None):
        spectrum = read(written(tmp_path, rows, mark), technique="Raman")
        assert spectrum["intensity"].values.tolist() == Y.tolist()


@pytest.mark.parametrize("first", [(0, 1), (1, 2)])
def test_a_point_of_the_axis_is_no_title(tmp_path, first):
    x = first[0] + 5.0 * np.arange(60)
    y = first[1] * np.exp(-np.arange(60) / 10)
    spectrum = read(written(tmp_path, zip(x.tolist(), y.tolist(), strict=True), ","), technique="Raman")
    assert spectrum["raman_shift"].values.tolist() == x.tolist()
    assert spectrum["intensity"].values[0] == first[1]
