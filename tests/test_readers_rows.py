"""Tables with a spectrum in every row: axis values in the line of titles."""

import numpy as np
import pytest
from openpyxl import Workbook

from shortrange_core.errors import AmbiguousFile, BadInput
from spectra import read

X = np.arange(400.0, 600.0, 10.0)
Y = np.array([[np.round(100 * np.exp(-(((x - center) / 30) ** 2)) + 10, 3) for x in X] for center in (450, 500, 560)])


def table(tmp_path, *, names, titles, mark=",", decimal=".", above="", suffix=".csv"):
    """A file of three rows; names before each, titles before the axis."""
    written = [[*titles, *(f"{x:g}" for x in X)]]
    written += [[*cells, *(f"{y:.3f}" for y in row)] for cells, row in zip(names, Y, strict=False)]
    lines = [mark.join(cell.replace(".", decimal) for cell in cells) for cells in written]
    path = tmp_path / f"rows{suffix}"
    path.write_text(above + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("mark", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ",")])
def test_rows_with_names_are_blocks(tmp_path, mark, decimal):
    path = table(tmp_path, names=[["a"], ["b"], ["c"]], titles=["Raman shift (cm-1)"], mark=mark, decimal=decimal)
    with pytest.raises(AmbiguousFile, match="'a', 'b', 'c'"):
        read(path)
    spectrum = read(path, block="b")
    assert spectrum["raman_shift"].values.tolist() == X.tolist()
    assert spectrum["intensity"].values.tolist() == Y[1].tolist()


def behind(tmp_path, title="label", below=()):
    """Rows with a number before and a class behind their intensities."""
    lines = [["", *(f"{x:g}" for x in X), title], *below]
    lines += [[str(k), *(f"{y:.3f}" for y in row), "ab"[k % 2]] for k, row in enumerate(Y)]
    path = tmp_path / "behind.csv"
    path.write_text("\n".join(",".join(cells) for cells in lines) + "\n", encoding="utf-8")
    return path


def test_classes_behind_the_rows_name_them(tmp_path):
    spectrum = read(behind(tmp_path), block="b", technique="Raman")
    assert spectrum["raman_shift"].values.tolist() == X.tolist()
    assert spectrum["intensity"].values.tolist() == Y[1].tolist()
    with pytest.raises(AmbiguousFile, match="'a', 'b', 'a #2'"):
        read(behind(tmp_path), technique="Raman")


def test_names_of_rows_are_no_titles_of_axes(tmp_path):
    names = [["s"], ["Raman glass"], ["noise"]]
    path = table(tmp_path, names=names, titles=["sample"])
    for (name,), row in zip(names, Y, strict=True):
        spectrum = read(path, block=name, technique="Raman")
        assert spectrum["raman_shift"].values.tolist() == X.tolist()
        assert spectrum["intensity"].values.tolist() == row.tolist()


def test_a_row_without_its_class_is_whole(tmp_path):
    path = behind(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(",b\n", ",\n"), encoding="utf-8")
    assert read(path, block="spectrum (2)", technique="Raman")["intensity"].values.tolist() == Y[1].tolist()


def test_exponents_of_fortran_are_numbers(tmp_path):
    path = table(tmp_path, names=[["a"], ["b"], ["c"]], titles=["cm-1"])
    text = path.read_text(encoding="utf-8").replace(",400,", ",4.0D+02,").replace(f"b,{Y[1][0]:.3f}", "b,0.5d+01")
    path.write_text(text, encoding="utf-8")
    spectrum = read(path, block="b", technique="Raman")
    assert spectrum["raman_shift"].values.tolist() == X.tolist()
    assert spectrum["intensity"].values.tolist() == [5.0, *Y[1][1:]]


def test_a_damaged_axis_value_at_the_end_is_no_name(tmp_path):
    with pytest.raises(BadInput, match="no reader recognises it"):
        read(behind(tmp_path, title="59o"), technique="Raman")


def test_the_lines_of_kinds_that_orange_writes_are_no_rows(tmp_path):
    kinds = [["c"] * (X.size + 1) + ["d"], [""] * (X.size + 1) + ["class"]]
    assert (
        read(behind(tmp_path, below=kinds), block="b", technique="Raman")["intensity"].values.tolist() == Y[1].tolist()
    )
    other = [["c"] * (X.size + 1) + ["x"], [""] * (X.size + 1) + ["class"]]
    with pytest.raises(BadInput, match="no reader recognises it"):
        read(behind(tmp_path, below=other), technique="Raman")


@pytest.mark.parametrize(
    ("names", "titles"),
    [
        ([["0"], ["1"], ["2"]], [""]),
        ([[], [], []], []),
        ([["1.5", "0"], ["2.5", "0"], ["3.5", "1"]], ["X", "Y"]),
        ([["0"], ["1.5"], ["60"]], ["Time"]),
        ([["3", "0.2"], ["4", "0.5"], ["7", "0.7"]], ["Quartz", "Calcite"]),
        ([["0", "0.2", "0.8"], ["1", "0.5", "0.5"], ["2", "0.7", "0.3"]], ["", "Albite", "Quartz"]),
    ],
)
def test_rows_with_numbers_are_a_stack(tmp_path, names, titles):
    stack = read(table(tmp_path, names=names, titles=titles), technique="Raman")
    assert stack["intensity"].dims == ("pixel", "raman_shift")
    assert stack["intensity"].values.tolist() == Y.tolist()
    for at, title in enumerate(titles):
        if title:
            assert stack[title.lower()].values.tolist() == [float(cells[at]) for cells in names]
    assert not any(str(name).startswith("column") for name in stack.coords)


def test_one_row_is_a_spectrum(tmp_path):
    path = table(tmp_path, names=[["Intensity"]], titles=["Wavenumber"], above="# made by hand\n\n")
    assert read(path, technique="FTIR")["intensity"].values.tolist() == Y[0].tolist()


def test_columns_with_numbers_for_titles_stay_columns(tmp_path):
    """Of temperatures above columns: the first column is the axis."""
    path = tmp_path / "columns.csv"
    head = ["Raman shift (cm-1)", *(str(t) for t in range(300, 500, 10))]
    rows = [[f"{x:g}", *(f"{x + t:g}" for t in range(20))] for x in X]
    path.write_text("\n".join(",".join(row) for row in [head, *rows]), encoding="utf-8")
    assert read(path, block="310")["intensity"].values.tolist() == [x + 1 for x in X]


def test_titles_that_number_columns_are_no_axis(tmp_path):
    """As pandas writes a frame of spectra, with the wavelength in the second column."""
    path = tmp_path / "columns.csv"
    head = ["", "Raman shift (cm-1)", *(str(k) for k in range(20))]
    rows = [[str(k), f"{x:g}", *(f"{x + t:g}" for t in range(20))] for k, x in enumerate(X)]
    path.write_text("\n".join(",".join(row) for row in [head, *rows]), encoding="utf-8")
    assert read(path, block="3")["raman_shift"].values.tolist() == X.tolist()


def test_a_row_that_is_cut_is_named(tmp_path):
    path = table(tmp_path, names=[["a"], ["b"], ["c"]], titles=["cm-1"])
    long = path.read_text(encoding="utf-8")
    rows = long.strip().split("\n")
    many = [rows[0], *[row.replace("a,", f"a{k},", 1) for k in range(700) for row in rows[1:2]], rows[2][:-30]]
    path.write_text("\n".join(many), encoding="utf-8")
    with pytest.raises(BadInput, match="line 702 does not have 20 intensities"):
        read(path)


@pytest.mark.parametrize("title", ["Intensity", "noise", "pixel", "wavenumber"])
def test_a_column_with_a_name_of_the_spectrum_itself_is_left_out(tmp_path, title):
    stack = read(table(tmp_path, names=[["1.5"], ["2.5"], ["9.5"]], titles=[title]), technique="Raman")
    assert stack["intensity"].values.tolist() == Y.tolist()


@pytest.mark.parametrize("cell", ["abc", ""])
def test_a_row_with_a_cell_that_is_no_number_is_named_in_a_short_file_too(tmp_path, cell):
    path = table(tmp_path, names=[["a"], ["b"], ["c"]], titles=["cm-1"])
    rows = path.read_text(encoding="utf-8").split("\n")
    rows[2] = ",".join(["b", cell, *rows[2].split(",")[2:]])
    path.write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(BadInput, match="line 3 does not have 20 intensities"):
        read(path)


@pytest.mark.parametrize("named", [True, False])
def test_rows_of_a_sheet_are_spectra(tmp_path, named):
    book = Workbook()
    book.active.append(["Raman shift (cm-1)", *X] if named else list(X))
    for name, row in zip("abc", Y, strict=True):
        book.active.append([name, *row] if named else list(row))
    path = tmp_path / "rows.xlsx"
    book.save(path)
    if named:
        spectrum = read(path, block="Sheet / b")
        assert spectrum["intensity"].values.tolist() == Y[1].tolist()
    else:
        spectrum = read(path, technique="Raman")
        assert spectrum["intensity"].values.tolist() == Y.tolist()
    assert spectrum["raman_shift"].values.tolist() == X.tolist()


def test_a_row_of_a_sheet_that_is_cut_is_refused(tmp_path):
    book = Workbook()
    book.active.append(["Raman shift (cm-1)", *X])
    for name, row in zip("abc", Y, strict=True):
        book.active.append([name, *(row[:-1] if name == "c" else row)])
    book.save(tmp_path / "rows.xlsx")
    with pytest.raises(BadInput, match="line 4 does not have 20 intensities"):
        read(tmp_path / "rows.xlsx", block="Sheet / b")
