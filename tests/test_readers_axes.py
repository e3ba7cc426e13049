"""Which column of a table is its axis: what titles and headers of other people's files say, and what they do not."""

import json

import numpy as np
import pytest

import spectra
from shortrange_core import BadInput

WAVELENGTHS = np.round(np.linspace(540.0, 590.0, 40), 3)
COUNTS = 100 + 7 * (np.arange(40) % 5)


def written(folder, name, text):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def rows(*columns, between=","):
    return "".join(between.join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


def test_delta_is_a_chemical_shift_only_where_it_says_so(tmp_path):
    """Optical constants are titled Delta and Beta: their Delta was an axis in ppm."""
    optical = "Energy(eV), Delta, Beta\n" + rows(WAVELENGTHS, 1e-3 / WAVELENGTHS, 1e-4 / WAVELENGTHS)
    blocks = spectra.contents(written(tmp_path, "glass.dat", optical))
    assert [(block.name, block.axis, block.unit) for block in blocks] == [("Delta", "", "eV"), ("Beta", "", "eV")]
    for title in ("delta / ppm", "δ", "δ (31P)", "delta 31P", "Chemical shift"):
        text = f"{title},intensity\n" + rows(np.linspace(-40, 40, 40), COUNTS)
        assert spectra.contents(written(tmp_path, "nmr.csv", text))[0].axis == "chemical_shift"


@pytest.mark.parametrize("title", ["tan δ", "δ (deg)", "δ / °", "Delta T (K)"])
def test_an_angle_of_loss_is_no_chemical_shift(title):
    assert spectra.spectrum.axis(title) == ""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_rows_that_begin_with_a_separator_have_their_axis_behind_it(tmp_path, line_end):
    """The empty column was the axis, from nan to nan."""
    text = "".join(f",{x},{y}{line_end}" for x, y in zip(WAVELENGTHS, COUNTS, strict=True))
    found = spectra.read(written(tmp_path, "raman.csv", text), technique="Raman")
    np.testing.assert_array_equal(found["raman_shift"], WAVELENGTHS)
    np.testing.assert_array_equal(found["intensity"], COUNTS)


def test_a_column_of_remarks_without_any_is_no_axis(tmp_path):
    text = "Comment,wavenumber (cm-1),absorbance\n" + "".join(
        f",{x},{y}\n" for x, y in zip(WAVELENGTHS, COUNTS, strict=True)
    )
    assert spectra.contents(written(tmp_path, "glass.csv", text))[0].unit == "cm-1"


def test_times_within_a_record_are_no_axis_of_what_stands_behind_them(tmp_path):
    """Currents of a transistor were decays over the times of their sweep."""
    volts = np.linspace(10, -10, 40)
    text = "Vd,Id,time_s,density\n" + rows(volts, COUNTS, np.arange(40) / 8, COUNTS)
    blocks = spectra.contents(written(tmp_path, "sweep.csv", text))
    assert {block.axis for block in blocks} == {""}
    pairs = "time_s,a,time_s,b\n" + rows(np.arange(40) / 8, COUNTS, np.arange(40) / 4, COUNTS)
    assert [block.axis for block in spectra.contents(written(tmp_path, "pairs.csv", pairs))] == ["time", "time"]
    scans = "Scan,time (s),real,imag\n" + rows(np.ones(40), np.arange(40) / 8, COUNTS, COUNTS)
    assert {block.axis for block in spectra.contents(written(tmp_path, "scans.csv", scans))} == {"time"}
    last = "signal,time (s)\n" + rows(COUNTS, np.arange(40) / 8)
    assert spectra.contents(written(tmp_path, "last.csv", last))[0].axis == "time"


def ocean(mode):
    head = f"Data from glass_005.txt Node\n\nUser: someone\nScans to average: 10\nXAxis mode: {mode}\n"
    return f"{head}Number of Pixels in Spectrum: 40\n>>>>>Begin Spectral Data<<<<<\n" + rows(
        WAVELENGTHS, COUNTS, between="\t"
    )


def test_wavelengths_of_ocean_optics_are_no_raman_shifts(tmp_path):
    """With --technique Raman the wavelengths of a file that says so were shifts in cm-1."""
    path = written(tmp_path, "glass.txt", ocean("Wavelengths"))
    with pytest.raises(BadInput, match="has its axis in nm and does not state the laser line"):
        spectra.read(path, technique="Raman")
    found = spectra.read(path, technique="Raman", laser=532.0)
    np.testing.assert_allclose(found["raman_shift"], 1e7 / 532.0 - 1e7 / WAVELENGTHS, rtol=1e-9)
    shifts = spectra.read(written(tmp_path, "shifts.txt", ocean("Raman Shifts")))
    np.testing.assert_array_equal(shifts["raman_shift"], WAVELENGTHS)


def test_a_sample_is_not_measured_in_seconds(tmp_path):
    """The column S of a Jaz file (wavelength, dark, reference, sample, processed) was its axis."""
    head = "Jaz Data File\n++++++++++\nUser: jaz\n>>>>>Begin Processed Spectral Data<<<<<\nW\tD\tR\tS\tP\n"
    text = head + rows(WAVELENGTHS, COUNTS, COUNTS + 50, np.arange(40), COUNTS + 9, between="\t")
    blocks = spectra.contents(written(tmp_path, "glass.jaz", text))
    assert [block.name for block in blocks] == ["D", "R", "S", "P"]
    assert {(block.lowest, block.highest) for block in blocks} == {(540.0, 590.0)}


@pytest.mark.parametrize("title", ["Potential/V", "Voltage (V)", "V", "Ewe/V", "E (mV)", "I/mA", "WE(1).Potential (V)"])
def test_an_axis_of_a_cell_is_no_axis_of_a_spectrum_whatever_the_technique(tmp_path, title):
    """A linear sweep of CH Instruments was a Raman spectrum from -0.7 to -0.2 cm-1, where Raman was asked for."""
    text = f"Linear Sweep Voltammetry\nInstrument Model:  CHI760E\n\n{title}, Current/A\n\n"
    path = written(
        tmp_path, "sweep.txt", text + rows(np.linspace(-0.7, -0.2, 40).round(4), COUNTS * 1e-6, between=", ")
    )
    with pytest.raises(BadInput, match=r"belongs to a cell: voltammograms are not read"):
        spectra.read(path, technique="Raman")


@pytest.mark.parametrize("title", ["Position (um)", "Thickness (nm)", "Particle size [nm]", "Stage distance / um"])
def test_lengths_are_no_wavelengths(tmp_path, title):
    """A line scan over micrometres was a spectrum over wavelengths."""
    path = written(tmp_path, "scan.csv", f"{title},counts\n" + rows(WAVELENGTHS, COUNTS))
    with pytest.raises(BadInput, match="is a length, not a wavelength; if it is a wavelength, title it wavelength"):
        spectra.read(path)


def test_a_wavelength_written_with_a_hyphen_is_one(tmp_path):
    path = written(tmp_path, "scan.csv", "Wave-length (nm),counts\n" + rows(WAVELENGTHS, COUNTS))
    assert "wavelength" in spectra.read(path).coords


@pytest.mark.parametrize("title", ["E /mV", "Potential/V", "Ewe/V", "Current/A", "I/mA", "WE(1).Current (A)"])
def test_what_a_cell_does_over_time_is_no_decay(tmp_path, title):
    path = written(tmp_path, "rest.csv", f"time /s,{title}\n" + rows(WAVELENGTHS, COUNTS))
    with pytest.raises(BadInput, match="over time belong to a cell; a cycling record needs time, voltage and current"):
        spectra.read(path)


def test_a_current_whose_unit_stands_below_dates_is_of_a_cell(tmp_path):
    """Chronoamperometry as PSTrace exports it."""
    text = "Date and time:,2024-01-02 10:00:00\nNotes:\n\nChronoamperometry: CA i vs t\n"
    text += "Date and time measurement:,2024-01-02 10:01:00,\ns,\u00b5A\n" + rows(WAVELENGTHS, COUNTS)
    assert "over time belong to a cell" in spectra.contents(written(tmp_path, "ca.csv", text))[0].problem


@pytest.mark.parametrize("title", ["Voltage (V)", "Signal", "Intensity (a.u.)", "Re (V)"])
def test_a_decay_in_volts_stays_one(tmp_path, title):
    path = written(tmp_path, "fid.csv", f"Time (s),{title}\n" + rows(WAVELENGTHS, COUNTS))
    assert spectra.contents(path)[0].axis == "time"


@pytest.mark.parametrize("title", ["Energy (eV)", "x (a.u.)", "Wavelength (A)", "Raman shift"])
def test_other_axes_are_of_no_cell(tmp_path, title):
    text = f"{title},counts\n" + rows(WAVELENGTHS, COUNTS)
    assert "of a cell" not in spectra.contents(written(tmp_path, "glass.csv", text))[0].problem


@pytest.mark.parametrize("kind", ["Shape Data", "Parameter Values"])
def test_shapes_of_pulses_are_no_damaged_spectra(tmp_path, kind):
    """A list of gradients was refused as cut."""
    head = f"##TITLE= ramp\n##JCAMPDX= 5.0\n##DATATYPE= {kind}\n##NPOINTS= 4\n"
    text = f"{head}##XYDATA= (X++(Y..Y))\n0.1\n0.2\n0.3\n0.4\n##END=\n"
    assert f"its data type is {kind}" in spectra.contents(written(tmp_path, "ramp", text))[0].problem


def test_a_library_of_peaks_of_kherve_is_no_damaged_project(tmp_path):
    peaks = {"O1s p1": {"Position": 531.4, "FWHM": 1.4, "Area": 900.0}}
    project = {"Core levels": {"O1s": {"Name": "O1s", "Fitting": {"Peaks": peaks}}}}
    path = written(tmp_path, "peaks.json", json.dumps(project))
    assert "has peaks but no data" in spectra.contents(path)[0].problem
    assert spectra.read_peak_table(path, relative_sd=0.1).areas.value.values.tolist() == [900.0]


@pytest.mark.parametrize(
    ("name", "message"),
    [("map.dmt", "export its spectra as .spc"), ("a.ProcSpec", "tab delimited text"), ("a.RData", "write.csv")],
)
def test_formats_that_are_not_read_say_the_way_out(tmp_path, name, message):
    path = tmp_path / name
    path.write_bytes(b"\x01\x02\x00" * 300)
    with pytest.raises(BadInput, match=message):
        spectra.contents(path)


def test_a_header_of_spinit_says_the_way_out(tmp_path):
    xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<header>\n    <params/>\n</header>\n'
    with pytest.raises(BadInput, match="RS2D Spinit, which is not read; export the spectrum as JCAMP-DX"):
        spectra.contents(written(tmp_path, "header.xml", xml))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("title", ["Wavelength (Å)", "Wavelength [A]", "wavelength / Angstrom"])
def test_wavelengths_in_angstrom_are_no_nanometres(tmp_path, title, encoding):
    """They were ten times as long, and Raman shifts of them are no shifts."""
    path = tmp_path / "glass.csv"
    path.write_bytes((f"{title},counts\n" + rows(10 * WAVELENGTHS, COUNTS)).encode(encoding))
    np.testing.assert_allclose(spectra.read(path)["wavelength"], WAVELENGTHS)
    lattice = written(tmp_path, "lattice.csv", "d (Å),counts\n" + rows(WAVELENGTHS, COUNTS))
    with pytest.raises(BadInput, match="has its axis in angstrom, but Raman needs cm-1"):
        spectra.read(lattice, technique="Raman")
