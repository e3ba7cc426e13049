"""Rows of impedance and cycling tables that contradict themselves: left out, said or refused; what is left alone."""

import re

import numpy as np
import pytest
from damage import assert_refused, write

import electrochemistry as ec
from electrochemistry.readers._lone_values import lone_values
from electrochemistry.readers._row_checks import check_order, check_repeats, check_rows
from electrochemistry.readers.formats.biologic_cycling import odd_cells
from electrochemistry.readers.raw import Table, check_count, check_written
from shortrange_core import BadInput
from shortrange_core.readings import reading_of

RNG = np.random.default_rng(13)

FREQUENCY = np.logspace(5, 0, 40)
Z = 10 + 100 / (1 + 2j * np.pi * FREQUENCY * 1e-4)


def rows(frequency=FREQUENCY, real=Z.real, imaginary=Z.imag, **more):
    """Rows that are no points (counted from 1), and what is said."""
    table = Table({"f": frequency, **more})
    left_out, notes = check_rows(table, np.array(frequency), np.array(real), np.array(imaginary), "z.csv")
    return (np.flatnonzero(left_out) + 1).tolist(), [(note.code, note.text) for note in notes]


def with_value(values, place, value):
    found = np.array(values, dtype=float)
    found[place] = value
    return found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"real": with_value(Z.real, 7, np.nan)}, "one part of the impedance without the other"),
        ({"frequency": with_value(FREQUENCY, 7, np.nan)}, "an impedance without a frequency"),
        ({"frequency": with_value(FREQUENCY, 7, -3.0)}, "a frequency below 0"),
        ({"frequency": with_value(FREQUENCY, 7, 0.0)}, "an impedance at the frequency 0"),
        ({"imaginary": with_value(Z.imag, 7, np.inf)}, "a number above 1.8e308"),
    ],
)
def test_rows_that_hold_no_point_of_a_spectrum_are_left_out_and_said(change, message):
    left_out, notes = rows(**change)
    assert left_out == [8]
    assert notes[0] == ("rows-odd", f"1 row left out because of {message} (row 8)")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"real": Z.real + np.nan}, "40 of 40 rows have one part of the impedance without the other"),
        ({"frequency": -FREQUENCY}, "40 of 40 rows have a frequency below 0"),
    ],
)
def test_columns_that_are_not_what_they_are_called_in_most_rows_are_refused(change, message):
    with pytest.raises(BadInput, match=rf"z\.csv: {message}; its columns were not recognised correctly"):
        rows(**change)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"|Z|/Ohm": with_value(np.abs(Z), 7, 1.0)}, "|Z|/Ohm"),
        ({"Zphz/°": with_value(np.degrees(np.angle(Z)), 7, 80.0)}, "Zphz/°"),
        ({"Phase/deg": with_value(-np.degrees(np.angle(Z)), 7, 80.0)}, "Phase/deg"),
    ],
)
def test_a_modulus_or_phase_that_contradicts_the_impedance_is_said(change, name):
    text = f"row 8: {name} does not follow from Re(Z) and Im(Z), unlike in the other rows"
    assert rows(**change) == ([], [("cells-odd", text)])


def test_rounded_moduli_and_unrelated_columns_are_left_alone():
    assert rows(**{"|Z|/Ohm": np.round(np.abs(Z), 1), "Phase/deg": np.round(np.degrees(np.angle(Z)), 1)}) == ([], [])
    assert rows(**{"Z/ohm": RNG.uniform(1, 2, 40), "Phase/deg": RNG.uniform(-90, 90, 40)}) == ([], [])
    empty = {"real": with_value(Z.real, 7, 0.0), "imaginary": with_value(Z.imag, 7, 0.0)}
    assert rows(frequency=with_value(FREQUENCY, 7, 0.0), **empty) == ([], [])


def order(frequency, cycle=None, time=None):
    outside, notes = check_order(frequency, cycle, time)
    assert {note.code for note in notes} <= {"rows-odd"}
    return (np.flatnonzero(outside) + 1).tolist(), [note.text for note in notes]


def test_a_row_that_steps_out_of_its_sweep_is_left_out_and_said():
    left_out, (text,) = order(with_value(FREQUENCY, 20, 9e9))
    assert left_out == [21]
    assert re.fullmatch(r"frequency 9e\+09 lies between .*, in 1 row and left out", text)
    left_out, (text,) = order(np.r_[FREQUENCY[::-1][:14], 2.72, FREQUENCY[::-1][30:]])
    assert left_out == [15]
    assert re.match(r"frequency 2\.72 lies between .*, which continue without it \(row 15 of 25\)", text)
    left_out, (text,) = order(FREQUENCY, with_value(np.ones(40), 20, 7.0))
    assert left_out == [21]
    assert text.startswith("cycle number 7 lies between 1 and 1, which continue without it (row 21 of 40)")


def test_a_time_that_steps_out_leaves_its_row_a_point_and_is_said():
    left_out, (text,) = order(FREQUENCY, None, with_value(np.arange(40.0), 20, 900.0))
    assert left_out == []
    assert text == "time 900 lies between 19 and 21, which continue without it (row 21 of 40), in 1 row"


@pytest.mark.parametrize(
    "frequency",
    [
        np.concatenate([FREQUENCY, FREQUENCY]),
        np.concatenate([FREQUENCY, FREQUENCY[::-1]]),
        np.concatenate([FREQUENCY[::-1], FREQUENCY]),
        np.concatenate([FREQUENCY, [1000.0]]),
        np.concatenate([[1000.0], FREQUENCY]),
        np.concatenate([FREQUENCY[:20], [1000.0], FREQUENCY[:20], [1000.0]]),
        np.repeat(FREQUENCY, 2),
        FREQUENCY * (1 + RNG.uniform(-0.1, 0.1, 40)),
        np.delete(FREQUENCY, slice(5, 20)),
        FREQUENCY[:3],
        np.tile([1e5, 1e2, 1.0], 6),
        np.tile([1e5, 1e3, 1e2, 1.0], 6),
    ],
)
def test_sweeps_of_every_order_are_left_alone(frequency):
    cycle = np.repeat(np.arange(1, 100), 20)[: frequency.size]
    assert order(frequency, cycle, np.tile(np.arange(20.0), 9)[: frequency.size]) == ([], [])


def test_rows_that_stand_twice_are_said_and_a_repeated_sweep_is_left_alone():
    doubled = np.r_[0:30, 20:40]
    (note,) = check_repeats(FREQUENCY[doubled], Z[doubled], None)
    assert note.code == "rows-odd"
    assert re.match(r"row 31 and those after it .* repeat row 21 and those after it: a part", note.text)
    for whole in (np.tile(FREQUENCY, 3), np.tile(Z, 3)), (np.r_[FREQUENCY, FREQUENCY[::-1]], np.r_[Z, Z[::-1]]):
        assert check_repeats(*whole, None) == []
    assert check_repeats(np.r_[FREQUENCY, np.tile(FREQUENCY, 2)], np.r_[Z + 1, np.tile(Z, 2)], None) == []
    assert check_repeats(FREQUENCY[:1], Z[:1], None) == []
    twice = np.r_[0:40, 0:30]
    assert check_repeats(FREQUENCY[twice], Z[twice], np.arange(70.0)) == []
    (note,) = check_repeats(FREQUENCY[twice], Z[twice], 3.0 * twice)
    assert re.match(r"row 41 and those after it .* repeat row 1 and", note.text)


def lone(frequency=FREQUENCY, z=Z, **beside):
    notes = lone_values(np.asarray(frequency), np.asarray(z), beside)
    assert {note.code for note in notes} <= {"cells-odd"}
    return [note.text for note in notes]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"frequency": with_value(FREQUENCY, 7, 1.1 * FREQUENCY[7])}, "frequency 13930.2 does not fit between 17012.5"),
        (
            {"z": np.where(np.arange(40) == 7, Z + 1000, Z)},
            "Re(Z) = 1011.55 ohm at 12663.8 Hz does not fit its neighbours",
        ),
        (
            {"z": np.where(np.arange(40) == 0, 1e22j + Z, Z)},
            "Im(Z) = 1e+22 ohm at 100000 Hz does not fit its neighbours",
        ),
        (
            {"voltage_volt": with_value(np.zeros(40), 7, 0.08)},
            "voltage_volt = 0.08 at 12663.8 Hz does not fit its neighbours",
        ),
        ({"current_ampere": with_value(np.ones(40), 7, np.inf)}, "current_ampere is infinite at 12663.8 Hz"),
    ],
)
def test_a_single_number_off_the_line_of_its_neighbours_is_said(change, text):
    (said,) = lone(**change)
    assert said.startswith(text)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"frequency": np.round(FREQUENCY, 0)},
        {"frequency": np.r_[np.logspace(5, 2, 10), np.logspace(1.8, 0, 30)]},
        {"frequency": np.delete(FREQUENCY, 11), "z": np.delete(Z, 11)},
        {"z": Z * (1 + 0.02 * RNG.normal(size=40))},
        {"z": 1 / (1 / 1e9 + 2j * np.pi * FREQUENCY * 1e-6)},
        {"voltage_volt": np.round(0.1 + 2e-4 * RNG.normal(size=40), 3)},
        {"voltage_volt": np.where(np.arange(40) < 20, 0.0, 0.1)},
        {"current_ampere": 1e-6 * RNG.standard_t(4, size=40)},
        {"current_ampere": np.full(40, np.nan)},
    ],
)
def test_numbers_of_a_whole_sweep_are_left_alone(change):
    assert lone(**change) == []


def test_rows_of_another_number_of_cells_are_left_out_unless_most_are(tmp_path):
    lines = ["freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm"]
    lines += [f"{f:.4e},{z.real:.4e},{z.imag:.4e}" for f, z in zip(FREQUENCY, Z, strict=True)]
    path = write(tmp_path, [*lines[:8], lines[8] + ",1.0", *lines[9:], ""], "z.csv")
    spectrum = ec.read_impedance(path)
    assert spectrum.sizes["frequency"] == 39
    (note,) = reading_of(spectrum).notes
    text = "z.csv: 1 row left out for not having 3 cells (line 9 has 4)"
    assert (note.code, str(note.severity), note.text) == ("rows-odd", "warning", text)
    with pytest.raises(BadInput, match=r"row left out for not having.*or read it without strict"):
        ec.read_impedance(path, strict=True)
    most = [lines[0], *(line + ",1.0" for line in lines[1:30]), *lines[30:], ""]
    assert_refused(
        write(tmp_path, most, "z.csv"), "line 2 has 4 columns where 3 are named, like 29 of 40", ec.read_impedance
    )


def test_numbers_that_no_instrument_writes_are_refused(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text("test_time_second,voltage_volt,current_ampere\n0,1,0.1\n4.5e12,1,0.1\n")
    assert_refused(path, r"test_time_second is 4\.5e\+12 in row 2, above 1e\+10", ec.read_cycling)


def test_cells_and_counts_of_tables_are_held_to_what_the_file_says():
    cells = [f"{v:.3f}" for v in RNG.normal(0, 50, 60)]
    values = np.array(cells, dtype=float)
    check_written({"Re": cells, "range": ["Auto1"] * 60}, {"Re": values, "range": values + np.nan}, range(60))
    broken = [*cells]
    broken[4], number = "12.0#4", np.nan
    lost, said = check_written({"Re": broken}, {"Re": with_value(values, 4, number)}, range(60))
    assert lost == [4]
    assert [(note.code, note.text) for note in said] == [
        ("rows-odd", "1 row left out because of cells that are not numbers ('12.0#4' of Re in line 4)")
    ]
    broken[4], number = "12.04", 12.04
    lost, said = check_written({"Re": broken}, {"Re": with_value(values, 4, number)}, range(60))
    assert lost == []
    assert [(note.code, note.text) for note in said] == [
        ("cells-odd", "1 cell with other decimals than their column ('12.04' of Re in line 4)")
    ]
    with pytest.raises(BadInput, match=r"a\.z: has 60 rows, but its header says 'Data Points: 48'"):
        check_count(["Data Points: 48"], 60, "a.z")
    assert check_count(["Number of Points: 60", ""], 60, "a.z") == ()


def test_a_last_row_that_ends_inside_its_number_is_left_out_and_said(tmp_path):
    lines = ["frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm"]
    lines += [f"{f:.4e},{z.real:.4e},{z.imag:.4e}" for f, z in zip(FREQUENCY, Z, strict=True)]
    path = tmp_path / "z.csv"
    path.write_text("\n".join(lines)[:-2])
    spectrum = ec.read_impedance(path)
    assert spectrum.sizes["frequency"] == 39
    assert "ends inside the number" in spectrum.attrs["history"]


def test_a_damaged_row_above_a_declared_table_is_refused(tmp_path):
    columns = ec.Columns(0, 1, 2, negative_imaginary=False)
    lines = [f"{f:.4e},{z.real:.4e},{z.imag:.4e}" for f, z in zip(FREQUENCY, Z, strict=True)]
    path = tmp_path / "z.csv"
    path.write_text("\n".join([lines[0].replace("e", "#", 1), *lines[1:]]))
    assert_refused(path, "above the table is a damaged row", lambda p: ec.read_impedance(p, columns=columns))


def versastudio(*, end="</Segment1>", again=""):
    lines = ["<Application>", "Name=VersaStudio", "</Application>", "<Segment1>"]
    lines.append("Definition=Segment #, E(V), Frequency(Hz), Z Real, Z Imag, 0")
    lines += [f"0,0.1,{f:.5f},{z.real:.5f},{z.imag:.5f}" for f, z in zip(FREQUENCY, Z, strict=True)]
    return [*lines, end, *([again, *lines[4:], "</Segment1>"] if again else [])]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (versastudio(end=""), "<Segment1> at line 4 is not closed"),
        (versastudio(end="</Segment2>"), "<Segment1> at line 4 is not closed"),
        (versastudio(again="<Segment1>"), "contains a segment twice"),
    ],
)
def test_versastudio_closes_its_segments_once(tmp_path, lines, message):
    assert ec.read_impedance(write(tmp_path, versastudio(), "whole.par")).sizes["frequency"] == 40
    assert_refused(write(tmp_path, lines, "a.par"), message, ec.read_impedance)


def biologic(**changes):
    time = np.arange(60.0)
    volts, amps = 1 + 0.01 * time, 2.0 + np.sin(time)
    charge = np.cumsum(amps) / 3600
    columns = {
        "time/s": time,
        "Ewe/V": volts,
        "I/mA": amps,
        "P/W": volts * amps * 1e-3,
        "dq/mA.h": np.diff(charge, prepend=0.0),
        "(Q-Qo)/mA.h": charge,
        "Ece/V": np.full(60, 0.2),
        "Ewe-Ece/V": volts - 0.2,
        "Ns": np.repeat([0.0, 1.0, 2.0], 20),
    }
    return {name: with_value(values, *changes[name]) if name in changes else values for name, values in columns.items()}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("P/W", 5.0, "row 31: P/W is 5, the other columns give"),
        ("I/mA", 50.0, "row 31: P/W is"),
        ("Ewe-Ece/V", 9.0, "row 31: Ewe-Ece/V is 9"),
        ("Ns", 513.0, "row 31: Ns is 513 between rows of 1"),
    ],
)
def test_columns_of_ec_lab_that_contradict_one_another_in_a_row_are_said_and_read(tmp_path, name, value, message):
    assert odd_cells(biologic()) == ()
    said = odd_cells(biologic(**{name: (30, value)}))
    assert [(note.code, str(note.severity)) for note in said] == [("cells-odd", "warning")]
    assert said[0].text.startswith(message)
    columns = biologic(**{name: (30, value)})
    rows = [
        "\t".join(columns),
        *("\t".join(f"{cell:.9E}" for cell in row) for row in zip(*columns.values(), strict=True)),
    ]
    path = write(tmp_path, rows, "a.txt")
    assert ec.read_cycling(path).sizes["row"] == 60
    with pytest.raises(BadInput, match=rf"a\.txt: {message}"):
        ec.read_cycling(path, strict=True)


def test_an_increment_of_charge_that_differs_is_said_and_read():
    said = odd_cells(biologic(**{"dq/mA.h": (30, 7.0)}))
    text = f"row 31: dq/mA.h is 7, the other columns give {biologic()['dq/mA.h'][30]:g}, in 1 of 60 rows"
    assert [(note.code, str(note.severity), note.text) for note in said] == [("cells-odd", "warning", text)]


def test_a_charge_that_starts_anew_at_every_cycle_contradicts_no_increment_of_it():
    columns = biologic()
    charge, step = columns["(Q-Qo)/mA.h"].copy(), columns["dq/mA.h"].copy()
    for start in (20, 40):
        charge[start:] -= charge[start] - step[start]
    assert odd_cells({**columns, "(Q-Qo)/mA.h": charge, "dQ/mA.h": charge}) == ()
    charge[30] += 7.0
    (note,) = odd_cells({**columns, "(Q-Qo)/mA.h": charge})
    assert note.text.startswith("row 31: dq/mA.h is ")


def test_columns_of_ec_lab_that_mean_something_else_are_left_alone():
    columns = biologic()
    columns["dq/mA.h"] = columns["(Q-Qo)/mA.h"] * 0.3
    columns["P/W"] = RNG.uniform(0, 1, 60)
    columns["Ns"] = with_value(columns["Ns"], 30, 2.0)
    assert odd_cells(columns) == ()
    assert odd_cells({"time/s": np.zeros(0)}) == ()


def test_damaged_cells_beside_a_spectrum_and_spectra_of_one_point_are_said_to_be_odd(tmp_path):
    lines = ["freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm,time/s,range"]
    pairs = enumerate(zip(FREQUENCY, Z, strict=True))
    lines += [f"{f:.4e},{z.real:.4e},{z.imag:.4e},{k}.000,1.0" for k, (f, z) in pairs]
    lines[5] = lines[5].replace("4.000,", "4#000,")
    path = tmp_path / "z.csv"
    path.write_text("\n".join([*lines, lines[-1], ""]))
    spectrum = ec.read_impedance(path, block="sweep 1")
    odd = [note.text for note in reading_of(spectrum).notes if note.code == "cells-odd"]
    assert sorted(odd) == [
        "z.csv: 2 cells of time/s not written like the rest of their columns",
        "z.csv: only a single point in 1 of 2 spectra",
    ]
