"""Tables that people write by hand, as spreadsheets of several countries save them."""

import pytest

from electrochemistry.cells import read_published
from electrochemistry.separators import read_pellets
from shortrange_core.hand_tables import hand_table
from spectra import xps

PELLETS = [("150", "0.1502", "0.0509", "1.3"), ("300", "0.1498", "0.0471", "1.3")]
TITLES = ("pressure_mpa", "mass_g", "thickness_cm", "diameter_cm")


def written(path, separator, point, encoding="utf-8"):
    rows = [separator.join(TITLES), *(separator.join(cell.replace(".", point) for cell in row) for row in PELLETS)]
    path.write_bytes("\r\n".join(rows).encode(encoding))
    return path


@pytest.mark.parametrize(
    ("separator", "point", "encoding"),
    [(",", ".", "utf-8"), (";", ",", "cp1252"), (";", ".", "utf-8-sig"), ("\t", ",", "utf-16")],
)
def test_pellets_are_the_same_whatever_spreadsheet_saved_them(tmp_path, separator, point, encoding):
    found = read_pellets(written(tmp_path / "pellets.csv", separator, point, encoding))
    assert [(p.pressure, p.mass, p.thickness, p.diameter) for p in found] == [tuple(map(float, p)) for p in PELLETS]


def test_commas_are_decimal_by_the_whole_column_and_never_in_text(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("# of June\n\na;b;c;d\n1,5;x, y;1.200,5;2\n2;z;3,5\n")
    rows = hand_table(file)
    assert rows[0] == (
        4,
        {"a": "1.5", "b": "x, y", "c": "1.200,5", "d": "2"},
    )
    assert rows[1] == (5, {"a": "2", "b": "z", "c": "3,5", "d": ""})


def test_published_cells_and_sensitivity_factors_of_a_german_spreadsheet(tmp_path):
    cells = tmp_path / "cells.csv"
    cells.write_text(
        "name;active;source;temperature;current_density;discharge_capacity;discharge_voltage\n"
        "a;S;a source;298,15;0,1;900;1,8\n"
    )
    (cell,) = read_published(cells)
    assert (cell.temperature, cell.current_density, cell.discharge_voltage) == (298.15, 0.1, 1.8)
    factors = tmp_path / "factors.csv"
    factors.write_text("level;value;relative_sd;source\nO 1s;2,93;0,1;maker\n")
    assert xps.read_sensitivities(factors)["O 1s"].value == 2.93
