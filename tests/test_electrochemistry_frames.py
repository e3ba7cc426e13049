"""Frames of impedance and cycling as pandas writes them: any separator, with an index, with a column of words."""

import numpy as np
import pandas as pd
import pytest

import electrochemistry as ec
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
