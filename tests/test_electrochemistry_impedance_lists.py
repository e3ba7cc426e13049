"""Impedance in lists that count their points, in tables of any titles, in workbooks: one circuit, by hand."""

import numpy as np
import pandas as pd
import pytest

import electrochemistry as ec
from shortrange_core import BadInput
from shortrange_core.readings import reading_of

FREQUENCY = np.logspace(4, 0, 29)
Z = 90 + 300 / (1 + 2j * np.pi * FREQUENCY * 300 * 2e-6)
ROWS = list(zip(FREQUENCY.tolist(), Z.real.tolist(), Z.imag.tolist(), strict=True))


def assert_same(path, *, digits=1e-9, block=None):
    found = ec.read_impedance(path, block=block)
    order = np.argsort(FREQUENCY)
    np.testing.assert_allclose(found["frequency"], FREQUENCY[order], rtol=digits)
    np.testing.assert_allclose(found["impedance"], Z[order], rtol=digits)


def ivium(rows=ROWS, count=29):
    body = "\n".join(f"{re!r}  {im!r}\t{f!r} " for f, re, im in rows)
    return f"\0\0\0H\0\0\0\r\nTitle=glass\r\nprimary_data    \r\n3         \r\n{count}        \r\n{body}\r\n<end>\r\n"


def fra(rows=ROWS, count=29, sweeps=1):
    points = "".join(f" {f!r}\r\n {re!r}\r\n {-im!r}\r\n" + " 0.0\r\n" * 6 for f, re, im in rows)
    return f"VERSION8.0\r\n {count}\r\n {sweeps}\r\n{points}"


def eco(rows=ROWS, count=29):
    titles = " f/Hz       \t Z'/Ohm     \t -Z''/Ohm   \t time/s    \t Edc/V     \t Idc/A     \t"
    body = "".join(f" {f!r}\t {re!r}\t {-im!r}\t 59.3\t 0.31\t 1.8e-07\t\n" for f, re, im in rows)
    return f"Procedure : glass\nDescription\nt =  736.4 s\n{titles}\n {count} \n{body}"


def counted(rows=ROWS, count=29):
    return "a pellet\nof glass\n\n" + f"{count}\n" + "".join(f"{f!r} {re!r} {im!r}\n" for f, re, im in rows)


MAKERS = [("a.idf", ivium), ("a.dfr", fra), ("a.P00", eco), ("a.i2b", counted)]


@pytest.mark.parametrize(("name", "make"), MAKERS)
def test_lists_that_count_their_points_are_read_exactly(tmp_path, name, make):
    path = tmp_path / name
    path.write_text(make(), newline="")
    assert_same(path)


@pytest.mark.parametrize("make", [make for _, make in MAKERS])
def test_a_list_under_another_name_is_recognised_by_its_content(tmp_path, make):
    path = tmp_path / "a.txt"
    path.write_text(make(), newline="")
    assert_same(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (fra(sweeps=2), "says 2 sweeps; export each by itself"),
        (fra(count=30), "says 30 points and has 29"),
        (fra()[:700], "its points are not 29 times 9 numbers|says 29 points"),
        (ivium().replace("\n3  ", "\n2  "), "contains no list of three columns"),
        (eco().replace("\n 29 \n", "\n many \n"), "is not the number of points"),
    ],
)
def test_a_damaged_list_is_refused(tmp_path, content, message):
    path = tmp_path / "a.txt"
    path.write_text(content, newline="")
    with pytest.raises(BadInput, match=message):
        ec.read_impedance(path)


def test_a_stopped_run_is_said(tmp_path):
    path = tmp_path / "a.idf"
    path.write_text(ivium(rows=ROWS[:20]).replace("<end>\r\n", ""), newline="")
    found = ec.read_impedance(path)
    assert found.sizes["frequency"] == 20
    assert "announces 29 points and contains 20 (" in found.attrs["history"]
    assert "rows-announced" in {note.code for note in reading_of(found).notes}


TITLES = [
    (["f", "Z'", "Z''"], [1, 1, 1]),
    (["freq", "Zre", "-Zim"], [1, 1, -1]),
    (["frequency", "real", "imaginary"], [1, 1, 1]),
    (["f / kHz", "Z' / kohm", "-Z'' / kohm"], [1e-3, 1e-3, -1e-3]),
]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(("titles", "scales"), TITLES)
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_titles_say_what_every_column_is(tmp_path, separator, titles, scales, order):
    path = tmp_path / "a.csv"
    columns = [column * scale for column, scale in zip((FREQUENCY, Z.real, Z.imag), scales, strict=True)]
    rows = [separator.join(titles[k] for k in order)]
    rows += [separator.join(repr(float(columns[k][row])) for k in order) for row in range(29)]
    path.write_text("\n".join(rows) + "\n")
    assert_same(path)


def test_modulus_and_phase_by_title(tmp_path):
    path = tmp_path / "a.csv"
    frame = pd.DataFrame({"f": FREQUENCY, "|Z|": np.abs(Z), "-phase": -np.angle(Z, deg=True)})
    frame.to_csv(path, index=False)
    assert_same(path)


def test_titles_that_leave_a_part_out_are_not_guessed(tmp_path):
    path = tmp_path / "a.csv"
    pd.DataFrame({"f": FREQUENCY, "Z'": Z.real, "other": Z.imag}).to_csv(path, index=False)
    with pytest.raises(BadInput, match="no reader recognises it"):
        ec.read_impedance(path)


@pytest.mark.parametrize(("name", "engine"), [("a.xlsx", "openpyxl"), ("a.ods", "odf")])
def test_every_sheet_of_a_workbook_is_a_sweep(tmp_path, name, engine):
    path = tmp_path / name
    with pd.ExcelWriter(path, engine=engine) as book:
        pd.DataFrame({"about": ["a pellet"]}).to_excel(book, sheet_name="notes", index=False)
        pd.DataFrame({"f": FREQUENCY, "Z'": Z.real, "Z''": Z.imag}).to_excel(book, sheet_name="first", index=False)
        half = pd.DataFrame({"freq": FREQUENCY, "-Zim": -Z.imag / 2, "Zre": Z.real / 2})
        half.to_excel(book, sheet_name="second", index=False)
    assert ec.impedance_contents(path) == ("sweep 1", "sweep 2")
    assert_same(path, block="sweep 1")
    second = ec.read_impedance(path, block="sweep 2")
    np.testing.assert_allclose(second["impedance"], Z[::-1] / 2, rtol=1e-9)


def test_a_workbook_without_a_spectrum_says_what_is_looked_for(tmp_path):
    path = tmp_path / "a.xlsx"
    pd.DataFrame({"a": [1.0, 2.0]}).to_excel(path, index=False)
    with pytest.raises(BadInput, match="no sheet has titles of a frequency"):
        ec.read_impedance(path)


def test_integrals_of_a_relaxation_are_no_impedance(tmp_path):
    """Made up, in the layout of t1ints.txt of TopSpin: a number of lines, then a delay, a count and rows, and so on."""
    rows = "".join(f"{delay} 0 0\n0 0 2\n4668.5 2.0e+10 4781\n4670.2 {3 - delay}.0e+10 4783\n" for delay in (1, 2))
    path = tmp_path / "t1ints.txt"
    path.write_text(f"9\n{rows}-1 0 0\n")
    with pytest.raises(BadInput, match="no reader recognises it"):
        ec.read_impedance(path)
