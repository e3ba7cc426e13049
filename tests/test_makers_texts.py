"""Texts of Solartron, RelaxIS, Squidstat and VersaStudio, and tables titled by units alone: built in their layouts."""

from pathlib import Path

import numpy as np
import pytest

import electrochemistry as ec
from shortrange_core import BadInput
from shortrange_core.readings import reading_of

FREQUENCY = np.logspace(6, 0, 31)
IMPEDANCE = 20 + 1 / (1 / 300 + 2j * np.pi * FREQUENCY * 1e-8)
SECONDS = 10.0 * np.arange(40)
VOLTS = 3.5 + 0.01 * np.arange(40)
AMPERES = np.where(np.arange(40) < 20, 1e-3, -1e-3)


def write(folder: Path, name: str, lines: list[str]) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="latin-1")
    return path


def test_sweeps_of_solartron_are_read(tmp_path: Path) -> None:
    """SMaRT writes a comma behind every row, and a stroke where the titles of phases have a degree."""
    titles = (
        "Result Number,Sweep Number,Point Number,Time,Frequency (Hz),AC Level (V),DC Level (V),Temperature (K),"
        "Impedance Magnitude (Ohms),Impedance Phase Degrees ('),Impedance Real (Ohms),Impedance Imaginary (Ohms)"
    )
    head = ["Exported SMaRT Impedance Data", "Experiment start time : 1/2/2020 8:00:00 AM", "", titles]
    rows = [
        f"1,{sweep},{n},00:00:{n:02d},{f:.7g},1,0,-,{abs(k * z):.7g},{np.degrees(np.angle(z)):.7g},"
        f"{k * z.real:.7g},{k * z.imag:.7g},"
        for sweep, k in ((1, 1.0), (2, 3.0))
        for n, (f, z) in enumerate(zip(FREQUENCY, IMPEDANCE, strict=True), start=1)
    ]
    first, second = ec.read_impedance_series(write(tmp_path, "a.csv", [*head, *rows]))
    assert first["impedance"].values == pytest.approx(IMPEDANCE[::-1], rel=1e-6)
    assert second["impedance"].values == pytest.approx(3 * IMPEDANCE[::-1], rel=1e-6)
    assert not reading_of(first).notes


def test_a_spectrum_that_relaxis_exports_is_read_and_its_second_line_is_no_row(tmp_path: Path) -> None:
    rows = [
        "\t".join(f"{v:.10g}" for v in (f, z.real, z.imag, abs(z), np.degrees(np.angle(z))))
        for f, z in zip(FREQUENCY[::-1], IMPEDANCE[::-1], strict=True)
    ]
    head = [
        "RelaxIS 3.0 Spectrum export",
        "Date: 1/2/2020 2:00:00 PM",
        "Data: Frequency\tData: Z'\tData: Z''\tData: |Z|\tData: Theta (Z)",
        "DC=-0.08, TM=33.7, FV2=1\tModel: Unassigned Spectra\t(WE/RE Spectrum) a.mpr_1\t\t",
    ]
    spectrum = ec.read_impedance(write(tmp_path, "a.txt", [*head, *rows]))
    assert spectrum["impedance"].values == pytest.approx(IMPEDANCE[::-1], rel=1e-9)
    assert not reading_of(spectrum).notes


@pytest.mark.parametrize("quote", ['"', ""])
def test_currents_over_time_of_squidstat_have_the_voltage_of_the_cell(tmp_path: Path, quote: str) -> None:
    titles = ["Step number", "Step name", "Elapsed Time (s)", "Working Electrode (V)", "Working Electrode vs. NHE (V)"]
    titles += ["Current (mA)", "Current Density (mA/cm²)", "Cumulative Charge (mAh)", "Counter Electrode (V)"]
    rows = [
        f"1_1,Constant Current,{t:g},{v / 2:g},{v / 2:g},{1e3 * i:g},0,{1e3 * i * t / 3600:.6g},{-v / 2:g}"
        for t, v, i in zip(SECONDS, VOLTS, AMPERES, strict=True)
    ]
    path = write(tmp_path, "a.csv", [",".join(f"{quote}{title}{quote}" for title in titles), *rows])
    with pytest.raises(BadInput, match="whether a positive current charges the cell"):
        ec.read_cycling(path)
    record = ec.read_cycling(path, current_sign="+ = charging")
    assert record.voltage_volt.values == pytest.approx(VOLTS)
    assert record.current_ampere.values == pytest.approx(AMPERES)
    assert ec.read_cycling(path, current_sign="+ = charging", voltage="Ewe").voltage_volt.values == pytest.approx(
        VOLTS / 2
    )


def par(segments: int = 1, *, names: str = "E(V), I(A), Elapsed Time(s)") -> list[str]:
    """VersaStudio ends the names with a number that names nothing."""
    lines = [
        "<Application>",
        "Name=VersaStudio",
        "</Application>",
        "<Action1>",
        "Name=Chronopotentiometry",
        "</Action1>",
    ]
    rows = [f"0,{n},{v:.6g},{i:.6E},{t:g},0" for n, (t, v, i) in enumerate(zip(SECONDS, VOLTS, AMPERES, strict=True))]
    for number, part in enumerate(np.array_split(rows, segments), start=1):
        own = names if number == 1 else "E(V), I(A), Elapsed Time(s)"
        lines += [f"<Segment{number}>", "Type=2", f"Definition=Segment #, Point #, {own}, Status, 0", *part]
        lines.append(f"</Segment{number}>")
    return lines


@pytest.mark.parametrize("segments", [1, 3])
def test_currents_over_time_of_versastudio_are_read_from_all_segments(tmp_path: Path, segments: int) -> None:
    path = write(tmp_path, "a.par", par(segments))
    record = ec.read_cycling(path, current_sign="- = charging")
    assert record.test_time_second.values == pytest.approx(SECONDS)
    assert record.voltage_volt.values == pytest.approx(VOLTS)
    assert record.current_ampere.values == pytest.approx(-AMPERES)
    with pytest.raises(BadInput, match="whether a positive current charges the cell"):
        ec.read_cycling(path)


def test_damaged_records_of_versastudio_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"<Segment1> at line 7 is not closed; the file is truncated or damaged"):
        ec.read_cycling(write(tmp_path, "a.par", par()[:-3]), current_sign="+ = charging")
    mixed = par(2, names="I(A), E(V), Elapsed Time(s)")
    with pytest.raises(BadInput, match=r"its 2 segments have different columns; export them one by one"):
        ec.read_cycling(write(tmp_path, "b.par", mixed), current_sign="+ = charging")
    assert ec.read_cycling(write(tmp_path, "c.par", [*par()[:9], "</Segment1>"])).sizes["row"] == 0


def test_titles_that_are_units_name_their_columns(tmp_path: Path) -> None:
    rows = [f"{t},{v:.4f},{i}" for t, v, i in zip(SECONDS, VOLTS, AMPERES, strict=True)]
    record = ec.read_cycling(write(tmp_path, "a.csv", ["Seconds,Volts,Amps", *rows]), current_sign="+ = charging")
    assert record.test_time_second.values == pytest.approx(SECONDS)
    assert record.current_ampere.values == pytest.approx(AMPERES)


TITLES = {
    "meter": "Frequency(Hz),R(ohm),X(ohm),V(V),T(deg C)",
    "meter in series": "Frequency [Hz],Rs [kOhm],Xs [kOhm],Bias [V],T",
    "tails": "Frequency_Hz,Z_Real_Ohm,Z_Imag_Ohm,Voltage_V,Number",
    "frames": "freq [Hz],Re_Z [ohm],Im_Z [ohm],V,n",
}


@pytest.mark.parametrize("kind", list(TITLES))
def test_titles_of_meters_and_frames_name_the_parts(tmp_path: Path, kind: str) -> None:
    scale = 1e-3 if "kOhm" in TITLES[kind] else 1.0
    rows = [
        f"{f:.6g},{scale * z.real:.8g},{scale * z.imag:.8g},3.5,20" for f, z in zip(FREQUENCY, IMPEDANCE, strict=True)
    ]
    spectrum = ec.read_impedance(write(tmp_path, "a.csv", [TITLES[kind], *rows]))
    assert spectrum["impedance"].values == pytest.approx(IMPEDANCE[::-1], rel=1e-6)


def test_a_letter_without_a_unit_is_no_resistance(tmp_path: Path) -> None:
    """EC-Lab's x is what a host has taken up."""
    rows = [f"{f:.6g},{z.real:.8g},{z.imag:.8g}" for f, z in zip(FREQUENCY, IMPEDANCE, strict=True)]
    with pytest.raises(BadInput):
        ec.read_impedance(write(tmp_path, "a.csv", ["Frequency (Hz),R,X", *rows]))


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_titles_between_blanks_stand_above_rows_of_another_separator(tmp_path: Path, mark: str) -> None:
    rows = [
        mark.join(f"{v:.18e}" for v in (f, abs(z), np.degrees(np.angle(z))))
        for f, z in zip(FREQUENCY, IMPEDANCE, strict=True)
    ]
    spectrum = ec.read_impedance(write(tmp_path, "a.txt", ["%Frequency(Hz)    Modulus(Ohm)    Phase(deg)", *rows]))
    assert spectrum["impedance"].values == pytest.approx(IMPEDANCE[::-1], rel=1e-9)
