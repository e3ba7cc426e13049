"""Frames of impedance and cycling as pandas writes them: any separator, with an index, with a column of words."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import electrochemistry as ec
from shortrange.cli import make_app
from shortrange_core import BadInput
from shortrange_core.readings import reading_of

FREQUENCY = np.logspace(5, 0, 29)
IMPEDANCE = 50 + 200 / (1 + 2j * np.pi * FREQUENCY * 2e-3)
SECONDS = np.arange(100.0)
VOLTAGE = 3 + SECONDS / 1000
CURRENT = np.where(SECONDS < 50, 1.0, -1.0)


def frames():
    """Titles of EC-Lab, of others, and of the battery data format."""
    real, imaginary = IMPEDANCE.real, IMPEDANCE.imag
    eclab = {"freq/Hz": FREQUENCY, "Re(Z)/Ohm": real, "-Im(Z)/Ohm": -imaginary}
    parts = {"Frequency (kHz)": FREQUENCY / 1e3, "Z' (ohm)": real, "Z'' (ohm)": imaginary}
    counted = {
        "Charge Capacity [mAh]": np.minimum(SECONDS, 50),
        "Discharge Capacity [mAh]": np.maximum(SECONDS - 50, 0),
    }
    titled = {"Time [s]": SECONDS, "Voltage [V]": VOLTAGE, "Current [mA]": CURRENT, **counted}
    standard = {"test_time_second": SECONDS, "voltage_volt": VOLTAGE, "current_ampere": CURRENT * 1e-3}
    return {
        "impedance of EC-Lab": eclab,
        "impedance in parts": parts,
        "cycling of EC-Lab": {"time/s": SECONDS, "Ewe/V": VOLTAGE, "I/mA": CURRENT},
        "titled cycling": titled,
        "battery data format": standard,
    }


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("index", [False, True])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("name", frames())
def test_a_frame_is_read_whatever_stands_beside_its_columns(tmp_path, name, separator, index, words):
    frame = pd.DataFrame(frames()[name])
    frame = frame.assign(remark="ok") if words else frame
    path = tmp_path / "a.csv"
    frame.to_csv(path, sep=separator, index=index)
    if name.startswith("impedance"):
        found = ec.read_impedance(path)
        order = np.argsort(FREQUENCY)
        assert found.frequency.values == pytest.approx(FREQUENCY[order])
        assert found.impedance.values == pytest.approx(IMPEDANCE[order])
    else:
        stated = {} if name != "cycling of EC-Lab" or separator == "\t" else {"current_sign": "+ = charging"}
        found = ec.read_cycling(path, **stated)
        assert found.voltage_volt.values.tolist() == VOLTAGE.tolist()
        assert found.current_ampere.values == pytest.approx(CURRENT * 1e-3)
    assert reading_of(found).notes == ()


def written(path, head, scales=(1.0, 1.0, 1.0), parts=("real", "imag")):
    """A table of the impedance under lines of titles, in other units."""
    values = {"real": IMPEDANCE.real, "imag": IMPEDANCE.imag, "abs": abs(IMPEDANCE), "phase": np.angle(IMPEDANCE)}
    columns = [scale * column for scale, column in zip(scales, (FREQUENCY, *(values[p] for p in parts)), strict=True)]
    separator = next(mark for mark in "\t;," if mark in head)
    rows = (separator.join(f"{cell:.9g}" for cell in row) for row in zip(*columns, strict=True))
    path.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return path


def check_spectrum(found):
    assert found.frequency.values[::-1] == pytest.approx(FREQUENCY)
    assert found.impedance.values[::-1] == pytest.approx(IMPEDANCE)


@pytest.mark.parametrize(
    "head",
    ["Frequency\tZ'\tZ''\nkHz\tkohm\tkohm", "Frequency,Z',Z''\n(kHz),(kOhm),(kOhm)", "f;Re;Im\n[kHz];[kΩ];[kΩ]"],
)
def test_a_line_of_units_belongs_to_the_titles_above_it(tmp_path, head):
    """It was a row without numbers, and kHz were read as Hz without a word."""
    path = written(tmp_path / "a.txt", head, (1e-3, 1e-3, 1e-3))
    check_spectrum(ec.read_impedance(path))
    assert reading_of(ec.read_impedance(path)).notes == ()
    names = head.split("\n", maxsplit=1)[0].replace("\t", ",").replace(";", ",").split(",")
    for declared in (names, (0, 1, 2)):
        check_spectrum(ec.read_impedance(path, columns=ec.Columns(*declared, negative_imaginary=False)))


def test_a_unit_that_nobody_knows_below_a_title_is_no_other(tmp_path):
    path = written(tmp_path / "a.csv", "Frequency,Z',Z''\nHz,ohm cm2,ohm cm2")
    with pytest.raises(BadInput, match="'ohm cm2' is not a unit of impedance"):
        ec.read_impedance(path)


def test_a_line_of_units_below_the_titles_of_a_cycling_table(tmp_path):
    rows = "".join(f"{t / 3600:.9f},{1000 * v:.6f},{i}\n" for t, v, i in zip(SECONDS, VOLTAGE, CURRENT, strict=True))
    path = tmp_path / "a.csv"
    path.write_text("Time,Voltage,Current\nh,mV,mA\n" + rows)
    found = ec.read_cycling(path, current_sign="+ = charging")
    assert found.test_time_second.values == pytest.approx(SECONDS, abs=1e-5)
    assert found.voltage_volt.values == pytest.approx(VOLTAGE)
    assert found.current_ampere.values == pytest.approx(CURRENT * 1e-3)


@pytest.mark.parametrize(
    ("head", "scales", "parts"),
    [
        ("omega (rad/s),|Z| (kohm),theta (deg)", (2 * np.pi, 1e-3, 180 / np.pi), ("abs", "phase")),
        ("omega,|Z|,phi (rad)", (2 * np.pi, 1.0, 1.0), ("abs", "phase")),
        ("Freq(Hz),Zmod(ohm),Zphz(rad)", (1.0, 1.0, 1.0), ("abs", "phase")),
        ("Frequenz / Hz;Realteil / Ohm;Imaginärteil / Ohm", (1.0, 1.0, 1.0), ("real", "imag")),
        ("f/Hz,ReZ/ohm,ImZ/ohm", (1.0, 1.0, 1.0), ("real", "imag")),
        ("Frequency (Hz),Z′ (Ω),−Z″ (Ω)", (1.0, 1.0, -1.0), ("real", "imag")),
    ],
)
def test_titles_of_laboratories_say_what_a_column_is(tmp_path, head, scales, parts):
    check_spectrum(ec.read_impedance(written(tmp_path / "a.csv", head, scales, parts)))


def test_units_are_declared_behind_a_name_or_a_number(tmp_path):
    path = written(tmp_path / "a.csv", "w,m,p", (2 * np.pi, 1e-3, 1.0), ("abs", "phase"))
    for frequency, modulus, phase in (("w [rad/s]", "m [kOhm]", "p [rad]"), ("0 [rad/s]", "1 [kOhm]", "2 [rad]")):
        declared = ec.Columns(frequency, modulus=modulus, phase=phase, negative_imaginary=False)
        check_spectrum(ec.read_impedance(path, columns=declared))
    options = ["--columns", "frequency=0 [rad/s],modulus=1 [kOhm],phase=2 [rad]", "--circuit", "R0-p(R1,C1)"]
    told = CliRunner().invoke(make_app(), ["impedance", str(path), *options, "--json"])
    assert told.exit_code == 0, told.output
    with pytest.raises(BadInput, match="'rpm' is not a unit of frequency"):
        ec.read_impedance(path, columns=ec.Columns("w [rpm]", modulus="m", phase="p", negative_imaginary=False))
