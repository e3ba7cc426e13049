"""Impedance files of Zahner and PalmSens, built in their layouts, and damaged one by one."""

import json
import struct

import numpy as np
import pytest

import electrochemistry as ec
from shortrange_core import AmbiguousFile, BadInput

FREQUENCY = np.logspace(5, -1, 61)
IMPEDANCE = 20 + 1 / (1 / 300 + 2j * np.pi * FREQUENCY * 1e-5)


def ism(frequency=FREQUENCY, impedance=IMPEDANCE, *, count=None):
    """Thales writes version, last index, then lists of all points."""
    lists = [frequency, np.abs(impedance), np.angle(impedance), 1.4e9 + np.arange(frequency.size)]
    head = b"\0\0" + struct.pack(">i", -2) + ((frequency.size if count is None else count) - 1).to_bytes(6, "big")
    return (
        head + b"".join(np.asarray(part, ">f8").tobytes() for part in lists) + bytes(2 * frequency.size) + b"\0\x0612\0"
    )


def test_a_spectrum_of_thales_is_read_and_the_way_from_the_middle_is_left_out(tmp_path):
    path = tmp_path / "cell.ism"
    first = slice(30, 0, -1)
    frequency = np.concatenate([FREQUENCY[first], FREQUENCY])
    path.write_bytes(ism(frequency, np.concatenate([1.01 * IMPEDANCE[first], IMPEDANCE])))
    found = ec.read_impedance(path)
    assert np.array_equal(found["frequency"].values, FREQUENCY[::-1])
    assert np.allclose(found["impedance"].values, IMPEDANCE[::-1], rtol=1e-14)
    assert found["test_time_second"].values.tolist() == list(range(60, -1, -1))
    assert "30 points before or after the sweep" in found.attrs["history"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ism()[:1500], r"c\.ism: says 61 points in 1500 bytes, so it is truncated"),
        (ism(count=5000), r"c\.ism: says 5000 points"),
        (
            b"words",
            r"c\.ism: says 1 point in 5 bytes, so it is truncated, damaged or not an impedance spectrum of "
            r"Thales",
        ),
        (ism(np.where(FREQUENCY > 1e4, -1.0, FREQUENCY)), r"c\.ism: a frequency, modulus or phase is not a number"),
    ],
)
def test_a_damaged_spectrum_of_thales_is_refused(tmp_path, content, message):
    path = tmp_path / "c.ism"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message):
        ec.read_impedance(path)


@pytest.mark.parametrize("least", [0.0, 1.0])
@pytest.mark.parametrize("name", ["a.isw", "a.ism"])
def test_a_polarisation_of_thales_is_no_damaged_spectrum(tmp_path, name, least):
    """Where none of its numbers is 0, they might pass as frequencies, moduli and phases."""
    rows = np.column_stack([np.linspace(1500, 1700, 301), np.full(301, 625.0), least + 1000 * np.arange(301)])
    head = b"\0\0" + struct.pack(">i", -2) + (14).to_bytes(6, "big") + (300).to_bytes(6, "big")
    path = tmp_path / name
    path.write_bytes(head + rows.astype(">f8").tobytes() + bytes(200) + b"cp 625 ma")
    with pytest.raises(BadInput, match=r"is a polarisation of Thales \(301 rows of voltage, current and time\)"):
        ec.read_impedance(path)


def test_numbers_far_below_any_frequency_are_none(tmp_path):
    path = tmp_path / "c.ism"
    path.write_bytes(ism(np.where(FREQUENCY > 1e4, 1e-300, FREQUENCY)))
    with pytest.raises(BadInput, match="a frequency, modulus or phase is not a number"):
        ec.read_impedance(path)


def array(description, values, quantity):
    return {
        **{"type": "PalmSens.Data.DataArray", "description": description, "unit": {"s": "", "q": quantity}},
        "datavalues": [{"v": value} for value in values],
    }


def dataset(impedance=IMPEDANCE, *, sign="-", short=0):
    stored = -impedance.imag if sign else impedance.imag
    columns = [array("Frequency", FREQUENCY, "Frequency"), array("ZRe", impedance.real, "Z'")]
    columns.append(array("ZIm", stored[short:], f"{sign}Z''"))
    return {"values": columns}


def session(*measurements, capital=False):
    held = {"type": "PalmSens.DataFiles.SessionFile", "coreversion": "5.9", "measurements": list(measurements)}
    held = {key.title(): value for key, value in held.items()} if capital else held
    return "\ufeff" + json.dumps(held) + "\ufeff"


def spectrum(title="EIS", **options):
    return {"title": title, "dataset": dataset(**options), "eisdatalist": [{"dataset": dataset(**options)}]}


@pytest.mark.parametrize("sign", ["-", ""])
@pytest.mark.parametrize("capital", [True, False])
def test_a_session_of_palmsens_is_read_with_the_sign_that_its_unit_says(tmp_path, sign, capital):
    path = tmp_path / "cell.pssession"
    path.write_text(session(spectrum(sign=sign), capital=capital), encoding="utf-16-le")
    found = ec.read_impedance(path)
    assert np.array_equal(found["impedance"].values, IMPEDANCE[::-1])


def test_several_spectra_of_a_session_are_asked_for_by_name(tmp_path):
    path = tmp_path / "cell.pssession"
    listed = {"title": "EIS at 2 V", "dataset": {"values": []}}
    listed["eisdatalist"] = [{"dataset": dataset()}, {"dataset": dataset(2 * IMPEDANCE)}]
    path.write_text(session({"title": "CV", "dataset": {"values": []}}, listed), encoding="utf-16")
    with pytest.raises(AmbiguousFile, match="contains 2 spectra"):
        ec.read_impedance(path)
    assert np.array_equal(ec.read_impedance(path, block="sweep 2")["impedance"].values, 2 * IMPEDANCE[::-1])


def test_channels_of_palmsens_that_were_measured_at_several_potentials_hold_them_all(tmp_path):
    """Four potentials on each of three channels were refused: the session held no impedance."""
    path = tmp_path / "cell.pssession"
    channels = [{"subscans": [{"dataset": dataset((2 * n + k) * IMPEDANCE)} for k in (1, 2)]} for n in range(3)]
    path.write_text(session({"title": "EIS", "eisdatalist": channels}), encoding="utf-16")
    series = ec.read_impedance_series(path)
    assert [one["impedance"].values[0] for one in series] == [n * IMPEDANCE[-1] for n in range(1, 7)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (session({"title": "CV", "dataset": {"values": []}}), r"c\.pssession: contains CV, but no impedance"),
        (session(spectrum())[:3000], r"c\.pssession: is not complete JSON"),
        (session(spectrum(short=3)), r"the columns of 'EIS' differ in length \(.* 61, .* 58\)"),
        (session(spectrum()).replace('"v": 100000.0', '"v": "x"'), r"a value of 'EIS' is not a number"),
    ],
)
def test_a_session_without_whole_spectra_is_refused(tmp_path, text, message):
    path = tmp_path / "c.pssession"
    path.write_text(text, encoding="utf-16")
    with pytest.raises(BadInput, match=message):
        ec.read_impedance(path)
