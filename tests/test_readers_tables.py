"""Text and Excel tables: every dialect that a spectrometer or a spreadsheet writes, and what is refused."""

import contextlib

import numpy as np
import pytest
from binary_files import near
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import savgol_filter
from text_tables import ROWS, table, write

import spectra
from shortrange_core import AmbiguousFile, BadInput


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("separator", "decimal"),
    [("\t", "."), (",", "."), (";", "."), (" ", "."), ("   ", "."), ("\t", ","), (";", ","), (" ", ","), (", ", ".")],
)
def test_every_dialect_gives_the_same_numbers(tmp_path, separator, decimal, end):
    path = write(tmp_path, table(separator, decimal, end=end))
    spectrum = spectra.read(path, technique="Raman")
    np.testing.assert_allclose(spectrum.raman_shift, [x for x, _ in ROWS])
    np.testing.assert_allclose(spectrum.intensity, [y for _, y in ROWS])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_instruments(tmp_path, encoding):
    path = write(tmp_path, table(header="Raman shift (cm-1)\tµ-intensity\n"), encoding=encoding)
    spectrum = spectra.read(path)
    assert "raman_shift" in spectrum.dims
    assert spectra.contents(path)[0].name == "µ-intensity"


@pytest.mark.parametrize(
    ("header", "axis"),
    [
        ("Raman shift (cm-1)\tcounts\n", "raman_shift"),
        ("# Raman Shift [1/cm]\tIntensity\n", "raman_shift"),
        ("BE/eV\tIn\n", "binding_energy"),
        ("Binding Energy (eV)\tCounts / s\n", "binding_energy"),
        ("Kinetic energy\tI\neV\tcounts\n", "kinetic_energy"),
        ("Chemical shift (ppm)\tReal\n", "chemical_shift"),
        ("ppm\tintensity\n", "chemical_shift"),
        ("Wavelength (nm)\tA\n", "wavelength"),
        ("comment of the operator\n\n% more = 3\nTime (s)\tA\n", "time"),
    ],
)
def test_the_header_names_the_axis(tmp_path, header, axis):
    assert axis in spectra.read(write(tmp_path, table(header=header))).dims


def test_a_unit_that_two_techniques_share_needs_the_technique(tmp_path):
    path = write(tmp_path, table(header="Wavenumber (cm-1)\tAbsorbance\n"))
    with pytest.raises(BadInput, match=r"only the unit cm-1.*technique="):
        spectra.read(path)
    spectrum = spectra.read(path, technique="FTIR")
    assert spectrum.wavenumber.attrs["units"] == "cm-1"
    assert spectrum.intensity.attrs["units"] == "absorbance"


def test_no_unit_at_all_says_what_to_do(tmp_path):
    with pytest.raises(BadInput, match=r"no unit of its axis \(200 to 214.5\); give technique="):
        spectra.read(write(tmp_path, table()))


def test_a_wrong_technique_is_refused(tmp_path):
    path = write(tmp_path, table(header="Binding Energy (eV)\tCounts\n"))
    with pytest.raises(BadInput, match=r"axis binding_energy .*which Raman does not have"):
        spectra.read(path, technique="Raman")
    with pytest.raises(BadInput, match="'Ramen': is not known"):
        spectra.read(path, technique="Ramen")


def test_swapped_columns_are_named(tmp_path):
    path = write(tmp_path, table(rows=[(y, x) for x, y in ROWS]))
    with pytest.raises(BadInput, match="look swapped"):
        spectra.read(path, technique="Raman")


def test_a_row_that_stands_elsewhere_is_sorted_in_and_said(tmp_path):
    rows = [*ROWS[:10], (190.0, 3.0), *ROWS[10:]]
    spectrum = spectra.read(write(tmp_path, table(rows=rows)), technique="Raman")
    assert spectrum.intensity.values[:2].tolist() == [3.0, ROWS[0][1]]
    assert [note.code for note in spectra.notes_of_reading(spectrum)] == ["axis-unsorted"]


def test_a_falling_axis_is_sorted(tmp_path):
    spectrum = spectra.read(write(tmp_path, table(rows=ROWS[::-1])), technique="Raman")
    assert np.all(np.diff(spectrum.raman_shift) > 0)
    np.testing.assert_allclose(spectrum.intensity, [y for _, y in ROWS])


def test_nan_in_a_column_is_refused_with_its_place(tmp_path):
    text = table().replace(f"{ROWS[5][1]:.4f}\n", "NaN\n", 1)
    with pytest.raises(BadInput, match="intensity: 1 value is not finite, the first at index 5"):
        spectra.read(write(tmp_path, text), technique="Raman")


@pytest.mark.parametrize("cut", [3, 7, 9, 15])
def test_a_cut_last_line_is_said(tmp_path, cut):
    spectrum = spectra.read(write(tmp_path, table()[:-cut]), technique="Raman")
    assert spectra.notes_of_reading(spectrum)


def test_a_damaged_line_is_left_out_and_said_by_its_number(tmp_path):
    lines = table().split("\n")
    lines[12] = "206.0000\tx12.5"
    spectrum = spectra.read(write(tmp_path, "\n".join(lines)), technique="Raman")
    (note,) = spectra.notes_of_reading(spectrum)
    assert "line 13 ('206.0000\\tx12.5') interrupts a table" in note.text
    assert spectrum.sizes["raman_shift"] == len(ROWS) - 1


def test_several_columns_are_blocks_by_their_titles(tmp_path):
    rows = [(x, y, 2 * y) for x, y in ROWS]
    path = write(tmp_path, table(",", header="Raman shift/cm-1,glass 0,glass 30\n", rows=rows))
    with pytest.raises(AmbiguousFile, match="'glass 0', 'glass 30'") as caught:
        spectra.read(path)
    assert caught.value.choices == ("glass 0", "glass 30")
    np.testing.assert_allclose(spectra.read(path, block="glass 30").intensity, [2 * y for _, y in ROWS])
    with pytest.raises(BadInput, match="no block 'glass 1'; there are"):
        spectra.read(path, block="glass 1")


def test_a_column_of_noise_is_the_noise(tmp_path):
    rows = [(x, y, 0.5 + i) for i, (x, y) in enumerate(ROWS)]
    spectrum = spectra.read(write(tmp_path, table(",", header="Raman shift/cm-1,I,noise\n", rows=rows)))
    assert spectrum.noise_source.item() == "given"
    np.testing.assert_allclose(spectrum.noise, [row[2] for row in rows])


def test_counts_give_poisson_noise_and_rates_do_not(tmp_path):
    rows = [(x, float(round(y))) for x, y in ROWS]
    counted = spectra.read(write(tmp_path, table(header="BE (eV)\tCounts\n", rows=rows)))
    assert counted.noise_source.item() == "counts"
    np.testing.assert_allclose(counted.noise, np.sqrt([y for _, y in rows]))
    rate = spectra.read(write(tmp_path, table(header="BE (eV)\tcounts/s\n", rows=rows), "rate.txt"))
    assert rate.noise_source.item() == "estimated"
    assert rate.intensity.attrs["units"] == "counts/s"


def test_an_axis_that_is_not_the_first_column(tmp_path):
    rows = [(float(i), x, y) for i, (x, y) in enumerate(ROWS)]
    spectrum = spectra.read(write(tmp_path, table(",", header="index,ppm,intensity\n", rows=rows)), technique="31P NMR")
    np.testing.assert_allclose(spectrum.chemical_shift, [x for x, _ in ROWS])


def test_nm_becomes_raman_shift_only_with_a_laser_line(tmp_path):
    rows = [(540.0 + i, y) for i, (_, y) in enumerate(ROWS)]
    path = write(tmp_path, table(header="Wavelength (nm)\tI\n", rows=rows))
    with pytest.raises(BadInput, match="does not state the laser line; give laser="):
        spectra.read(path, technique="Raman")
    spectrum = spectra.read(path, technique="Raman", laser=532.0)
    np.testing.assert_allclose(spectrum.raman_shift[0], 1e7 / 532.0 - 1e7 / 540.0)
    assert "laser line 532 nm" in spectrum.attrs["history"]


def test_sections_of_one_text_are_blocks(tmp_path):
    text = "O 1s region\n" + table() + "\nP 2p region\n" + table()
    assert [block.name for block in spectra.contents(write(tmp_path, text))] == ["O 1s region", "P 2p region"]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 50, b"no numbers here\n" * 20, b"1 2\n", b"PK\x03\x04junk"])
def test_what_is_no_spectrum_is_refused(tmp_path, content):
    path = tmp_path / "thing.dat"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"empty|no reader|not a complete"):
        spectra.read(path, technique="Raman")
    with pytest.raises(BadInput, match="no such file"):
        spectra.read(tmp_path / "missing.txt")


def test_a_constant_column_is_no_spectrum(tmp_path):
    with pytest.raises(BadInput, match=r"spectrum.txt: intensity: all 30 values are equal"):
        spectra.read(write(tmp_path, table(rows=[(x, 0.0) for x, _ in ROWS])), technique="Raman")


@given(st.text(max_size=300))
def test_any_text_is_a_spectrum_or_bad_input(tmp_path_factory, text):
    path = write(tmp_path_factory.mktemp("any"), text)
    with contextlib.suppress(BadInput):
        spectra.check(spectra.read(path, technique="Raman"))


def test_names_of_blocks_are_typed_by_heart_where_that_parts_them(tmp_path):
    rows = [(x, y, 2 * y, 3 * y) for x, y in ROWS]
    path = write(tmp_path, table(",", header="Raman shift/cm-1,Glass 0,glass 30,GLASS 0\n", rows=rows))
    np.testing.assert_array_equal(spectra.read(path, block="Glass30").intensity, [2 * y for _, y in ROWS])
    np.testing.assert_array_equal(spectra.read(path, block="GLASS 0").intensity, [3 * y for _, y in ROWS])
    with pytest.raises(BadInput, match="no block 'glass0'"):
        spectra.read(path, block="glass0")


def test_real_glass_raman_has_its_local_maxima_and_the_trap_at_the_edge(real_data):
    path = real_data / "raman/glass_LS4_silicate_MITcopy.txt"
    spectrum = spectra.read(path, technique="Raman")
    smooth = spectrum.intensity.copy(data=savgol_filter(spectrum.intensity.values, 21, 2))
    assert spectra.contents(path)[0].maximum_at == pytest.approx(581.65, abs=0.1)
    for position, half in ((792.5, 20), (948.9, 20), (1081.5, 20)):
        window = smooth.sel(raman_shift=slice(position - half, position + half))
        top = float(window.raman_shift[int(np.argmax(window.values))])
        assert top == pytest.approx(position, abs=1.5)
        assert abs(top - position) < half - 1  # a maximum inside the window


@pytest.mark.parametrize(
    ("file", "low", "high", "truth"),
    [
        ("raman/carbon/Si_spectrum01.txt", 480, 560, 519.9),
        ("raman/carbon/testDW38C_pos1.txt", 1300, 1400, 1340.6),
        ("raman/carbon/testDW38C_pos1.txt", 1550, 1620, 1580.6),
        ("raman/carbon/testDW38C_pos1.txt", 2600, 2800, 2732.3),
        ("raman/datalab_raman_example.txt", 1250, 1400, 1327.0),
        ("raman/datalab_raman_example.txt", 1500, 1700, 1581.7),
        ("raman/glass_spectrajl_r040.txt", 450, 550, 494.0),
        ("raman/glass_spectrajl_r040.txt", 900, 1050, 994.0),
        ("raman/ramanchada2/TOP_Ho633__Pol_HLR633_Z010_100_15sx5.txt", 600, 640, 618.8),
        ("raman/ramanchada2/TOP_Ho633__Pol_HLR633_Z010_100_15sx5.txt", 980, 1010, 998.9),
        ("raman/ramanchada2/TOP_Ho633__Pol_HLR633_Z010_100_15sx5.txt", 1020, 1040, 1028.5),
        ("raman/ramanchada2/TOP_Ho633__Pol_HLR633_Z010_100_15sx5.txt", 1580, 1620, 1601.1),
        ("raman/ramanchada2/TOP_Ho633__S0B_HLR633_Z010_100_40sx5.txt", 500, 540, 518.7),
        ("raman/ramanchada2/TOP_Ho633__neon_new2_Z010.txt", 1560, 1600, 1581.9),
        ("raman/ramanchada2/TOP_Ho633__neon_new2_Z010.txt", 1980, 2020, 2000.2),
        ("raman/ramanchada2/TOP_Ho633__sCAL_HLR633_Z010_100_15sx5.txt", 270, 290, 281.1),
        ("raman/ramanchada2/TOP_Ho633__sCAL_HLR633_Z010_100_15sx5.txt", 1060, 1100, 1083.4),
    ],
)
def test_real_raman_texts_have_their_bands(real_data, file, low, high, truth):
    spectrum = spectra.read(real_data / file, technique="Raman")
    tolerance = 12.0 if "spectrajl" in file else 1.0  # broad glass bands: the place of a noisy maximum
    assert near(spectrum, "raman_shift", low, high) == pytest.approx(truth, abs=tolerance)


def test_real_xps_texts(real_data):
    folder = real_data / "xps"
    for name in ("C1s_sample.csv", "PET_C1s.csv"):
        spectrum = spectra.read(folder / "phi_kratos_LG4X" / name, technique="C 1s XPS")
        assert near(spectrum, "binding_energy", 280, 300) == pytest.approx(284.6, abs=0.01)
    gold = spectra.read(folder / "lmfitxps/clean_Au_4f.csv", technique="Au 4f XPS")
    assert gold.photon_energy.item() == 180.0
    high = near(gold, "kinetic_energy", 91, 93.5)
    assert high - near(gold, "kinetic_energy", 87.5, 90) == pytest.approx(3.67, abs=0.2)
    assert spectra.read(folder / "phi_kratos_LG4X/111216_0459_O1s.csv").sizes == {"binding_energy": 126}


@pytest.mark.parametrize(
    ("region", "truth"), [("C1s", (284.91, 284.77)), ("F1s", (687.11, 685.17)), ("O1s", (532.31, 531.77))]
)
def test_real_battery_workbooks(real_data, region, truth):
    path = real_data / f"xps/phi5400_battery/Multiplex_Data_{region}.xlsx"
    with pytest.raises(AmbiguousFile, match="block=") as caught:
        spectra.read(path)
    assert len(caught.value.choices) == 2
    for choice, top, shift in zip(caught.value.choices, truth, (0.11, -2.43), strict=True):
        spectrum = spectra.read(path, block=choice)
        assert near(spectrum, "binding_energy", 0, 2000) == pytest.approx(top, abs=0.005)
        raw = spectra.read(path, block=f"{choice} [axis column {1 if shift > 0 else 4}]")
        np.testing.assert_allclose(spectrum.binding_energy.values - raw.binding_energy.values, shift, atol=1e-9)


def test_real_infrared_texts(real_data):
    spectrum = spectra.read(real_data / "ftir/datalab_FTIRText_020.txt")
    assert spectrum.technique.item() == "FTIR"
    assert spectrum.sizes == {"wavenumber": 27}
    plain = spectra.read(real_data / "ftir/openspecy_ftir_pva_without_header.csv", technique="FTIR")
    assert float(plain.wavenumber[0]) == pytest.approx(674.9918)
