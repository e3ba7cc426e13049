"""Impedance files as laboratories have them: what stands in them is read, and what is odd travels as a remark."""

import numpy as np
import pytest

import electrochemistry as ec
from shortrange_core import BadInput, Severity
from shortrange_core.readings import reading_of
from studies.impedance_records import CASES


@pytest.fixture
def field(real_data):
    """Folder of other people's impedance files."""
    return real_data / "field/eis"


def test_odd_cells_beside_a_spectrum_do_not_refuse_it(field):
    spectrum = ec.read_impedance(field / "data.dta")
    f, z = spectrum["frequency"].values, spectrum["impedance"].values
    assert (f.size, f[0], f[-1]) == (29, 1.0, 10000.0)
    assert z[-1] == pytest.approx(109.00918219439 - 26.5556798765152j)
    assert "4 cells of Idc/A, Vdc/V not written like the rest of their columns" in spectrum.attrs["history"]


def test_a_damaged_cell_of_the_spectrum_itself_is_said(field, tmp_path):
    text = (field / "data.dta").read_text(encoding="latin-1")
    path = tmp_path / "damaged.dta"
    path.write_text(text.replace("\t507,068153598917\t", "\t507068153598917\t"), encoding="latin-1")
    said = [note.text for note in reading_of(ec.read_impedance(path)).notes if note.severity is not Severity.INFO]
    assert any("Zmod/ohm does not follow from Re(Z) and Im(Z)" in text for text in said), said
    with pytest.raises(BadInput, match=r"Zmod/ohm does not follow .*, or read it without strict"):
        ec.read_impedance(path, strict=True)


def test_the_pair_that_is_corrected_for_drift_is_named(field):
    history = ec.read_impedance(field / "drift-corrected-data.dta").attrs["history"]
    assert "ZrealDrCor and ZimagDrCor (corrected for drift) are also present: Zreal and Zimag are used" in history
    assert "DrCor" not in ec.read_impedance(field / "data.dta").attrs["history"]


def test_all_sweeps_of_a_file_of_few_points(field):
    pytest.importorskip("galvani")
    series = ec.read_impedance_series(field / "GEIS_45_sweeps_9_points.mpr")
    assert len(series) == 45
    assert {s.sizes["frequency"] for s in series} == {9}


def test_millihertz_are_no_megahertz(field):
    assert ec.read_impedance(field / "mHz.csv")["frequency"].values.max() == pytest.approx(1000.0)


MODULUS = {"frequency": "freq/Hz", "modulus": "|Z|/Ohm", "phase": "Phase(Z)/deg", "negative_imaginary": False}


def test_modulus_and_phase_are_declared(field, tmp_path):
    path = field / "modulus_phase.csv"
    spectrum = ec.read_impedance(path, columns=ec.Columns(**MODULUS))
    z = complex(spectrum["impedance"].values[-1])
    assert spectrum.sizes["frequency"] == 89
    assert spectrum["frequency"].values[-1] == pytest.approx(7000018.5)
    assert (abs(z), np.degrees(np.angle(z))) == pytest.approx((50.752583, -20.75998))
    by_number = ec.Columns(frequency=1, modulus=2, phase=3, negative_imaginary=False)
    np.testing.assert_array_equal(ec.read_impedance(path, columns=by_number)["impedance"], spectrum["impedance"])
    rows = [line.split(",") for line in path.read_text().split("\n")[1:] if line]
    turned = "".join(f"{r[1]},{r[2]},{-np.radians(float(r[3])):.12g}\n" for r in rows)
    (tmp_path / "rad.csv").write_text("f,size,minus phase [rad]\n" + turned)
    minus = ec.Columns("f", modulus="size", phase="minus phase [rad]", negative_imaginary=True)
    other = ec.read_impedance(tmp_path / "rad.csv", columns=minus)
    np.testing.assert_allclose(other["impedance"].values, spectrum["impedance"].values, rtol=1e-9)
    (tmp_path / "gon.csv").write_text("f,size,phase [gon]\n" + turned)
    with pytest.raises(BadInput, match="give a phase in deg, rad or mrad"):
        ec.read_impedance(tmp_path / "gon.csv", columns=ec.Columns(0, modulus=1, phase=2, negative_imaginary=True))
    with pytest.raises(BadInput, match="real and the imaginary part, or the modulus and the phase"):
        ec.Columns(0, real=1, phase=2, negative_imaginary=True)


def test_a_quality_indicator_that_was_not_computed_is_no_damage(field):
    series = ec.read_impedance_series(field / "peis.issue_149.mpt")
    assert [s.sizes["frequency"] for s in series] == [21] * 4
    assert "NSR Ewe/%" in series[0].attrs["history"]


PLAIN = ec.Columns(0, 1, 2, negative_imaginary=False)


def test_the_first_row_of_a_sweep_that_was_stopped_is_no_point_of_the_one_before(field, tmp_path):
    spectrum = ec.read_impedance(field / "stray_point_of_next_sweep.csv", columns=PLAIN)
    assert spectrum.sizes["frequency"] == 29
    assert "10000.5 Hz begins a sweep that was stopped" in spectrum.attrs["history"]
    lines = (field / "stray_point_of_next_sweep.csv").read_text().strip().split("\n")
    lines[-1] = "25.0,500,-90"  # a frequency that was measured late belongs to its sweep
    (tmp_path / "late.csv").write_text("\n".join(lines) + "\n")
    assert ec.read_impedance(tmp_path / "late.csv", columns=PLAIN).sizes["frequency"] == 30


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_public_files_are_what_their_sources_say(real_data, case):
    pytest.importorskip("galvani")
    found, right = case.judge(real_data / case.file)
    assert right, found
