"""Files as laboratories have them: what stands in them is read, and what is odd in them travels as a note."""

import numpy as np
import pytest
import xarray as xr

import spectra
from shortrange.cli import main
from shortrange.recipe import SpectrumEntry
from shortrange.stepwise import fit_file
from shortrange_core import BadInput
from shortrange_core.notes import Severity
from shortrange_core.spelling import spoken_in
from spectra.readers.formats.group_delays import group_delay


@pytest.fixture
def field(real_data):
    """Folder of other people's files."""
    return real_data / "field"


def axis(spectrum):
    return next(name for name in spectrum.dims if name in spectra.AXES)


def top(spectrum):
    return float(spectrum[axis(spectrum)].values[int(np.argmax(spectrum.intensity.values))])


def ends(spectrum):
    values = spectrum[axis(spectrum)].values
    return [float(values[0]), float(values[-1])]


def codes(spectrum):
    return [note.code for note in spectra.notes_of_reading(spectrum)]


def write(tmp_path, text, name="a.txt"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


ENERGIES = np.round(np.arange(540.0, 525.0, -0.1), 2)
COUNTS = np.round(500 + 3000 * np.exp(-(((ENERGIES - 531.5) / 0.8) ** 2)) + 7 * np.sin(9 * ENERGIES))


def two_columns(header, x, y=COUNTS, separator="\t"):
    return header + "".join(f"{a:.2f}{separator}{b:.0f}\n" for a, b in zip(x, y, strict=True))


# ---- kinetic and binding energies


def test_ordinate_limits_of_casaxps_are_placeholders(field):
    spectrum = spectra.read(field / "xps/casaxps_limits_0_1__Pt4f.vms")
    assert spectrum.sizes == {"binding_energy": 281}
    assert ends(spectrum) == pytest.approx([62, 90])
    assert top(spectrum) == pytest.approx(71.10)
    assert codes(spectrum) == []


def test_stale_limits_of_a_vamas_block_are_a_note_that_travels(field, tmp_path):
    text = (field / "xps/casaxps_limits_0_1__Pt4f.vms").read_text()
    path = write(tmp_path, text.replace("562\n0\n1\n0\n1\n", "562\n500\n600\n0\n1\n"), "a.vms")
    spectrum = spectra.read(path)
    assert codes(spectrum) == ["limits-contradicted"]
    (tmp_path / "out").mkdir()
    spectrum.to_netcdf(tmp_path / "out/a.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "out/a.nc", engine="h5netcdf") as stored:
        assert codes(stored) == ["limits-contradicted"]
    prepared = spectra.xps.prepare(spectrum, window=(68, 80))
    line = spectra.peak("a", {"center": 71.1, "fwhm": 1.0}, shape="gaussian")
    model = spectra.Model("Pt 4f XPS", "binding_energy", (line,))
    fit = spectra.fit(prepared, model, check=False)
    assert "limits-contradicted" in [note.code for note in fit.notes]
    with pytest.raises(BadInput, match=r"outside the limits 500 to 600 .*without strict"):
        spectra.read(path, strict=True)


def test_kinetic_energies_of_specs_become_binding_energies(field):
    path = field / "xps/specs_kinetic_axis__specs_xps_sample.xy"
    spectrum = spectra.read(path, technique="XPS")
    assert axis(spectrum) == "binding_energy"
    assert top(spectrum) == pytest.approx(782.0)
    assert "laser" not in spectrum.coords
    said = {name: spectrum[name].item() for name in ("photon_energy", "dwell_time", "scans", "pass_energy")}
    assert said == {"photon_energy": 1253.6, "dwell_time": 0.1, "scans": 25.0, "pass_energy": 50.0}
    assert spectrum.intensity.attrs["units"] == "counts/s"
    assert top(spectra.read(path, photon_energy=1254.6)) == pytest.approx(783.0)


def test_an_external_channel_of_specs_is_no_part_of_its_region(field):
    path = field / "xps/specs_one_region_with_external_channel.xy"
    first, second = spectra.contents(path)
    assert (first.name, first.shape, first.axis) == ("Ga3pP2p3", (351,), "kinetic_energy")
    assert second.name == "Ga3pP2p3 / Temp1_Sen [K] (EBH 150)"
    assert ends(spectra.read(path)) == pytest.approx([1486.61 - 1386.61, 1486.61 - 1351.61])
    with pytest.raises(BadInput, match="external channel"):
        spectra.read(path, block=second.name)


def specs(regions, energy_axis="Binding Energy"):
    lines = ["# Created by:        SpecsLab Prodigy, Version 4", "#", "# XY-Serializer Export Settings:"]
    lines += [f"#   Energy Axis:              {energy_axis}", "#   Count Rate:               Counts"]
    for name, rows in regions:
        lines += [f"# Region:       {name}", "# Analysis Method:   XPS", f"# Values/Curve:  {rows}"]
        lines += ["# Excitation Energy: 1486.6", "#"]
        for cycle in (0, 1) if name == "O 1s" else (0,):
            lines += [f"# Cycle: {cycle}", "# ColumnLabels:  energy counts"]
            lines += [f"{a:.2f}  {b:.0f}" for a, b in zip(ENERGIES, COUNTS, strict=True)]
    return "\n".join(lines) + "\n"


def test_regions_and_cycles_of_specs_keep_their_names(tmp_path):
    path = write(tmp_path, specs([("O 1s", 150), ("Survey", 150)]), "a.xy")
    blocks = spectra.contents(path)
    assert [b.name for b in blocks] == ["O 1s / cycle 0", "O 1s / cycle 1", "Survey"]
    assert [b.technique for b in blocks] == ["O 1s XPS", "O 1s XPS", "XPS"]
    spectrum = spectra.read(path, block="O 1s / cycle 1")
    assert top(spectrum) == pytest.approx(531.5)
    assert spectrum.noise_source.item() == "counts"
    with pytest.raises(BadInput, match="'Survey' has 150 rows, its header says 151"):
        spectra.contents(write(tmp_path, specs([("Survey", 151)]), "cut.xy"))


def test_kinetic_energies_of_scienta_become_binding_energies(field, tmp_path):
    path = field / "xps/scienta_kinetic.txt"
    spectrum = spectra.read(path)
    assert top(spectrum) == pytest.approx(531.5, abs=0.11)
    assert spectrum.technique.item() == "O 1s XPS"
    assert "laser" not in spectrum.coords
    text = path.read_text().replace("Kinetic", "Binding")
    assert ends(spectra.read(write(tmp_path, text)))[0] == pytest.approx(946.7)  # what the file says is not turned
    with pytest.raises(BadInput, match="'O1s' has 100 rows, its header says 150; it is cut"):
        spectra.contents(write(tmp_path, "\n".join(path.read_text().split("\n")[:119]) + "\n", "cut.txt"))


@pytest.mark.parametrize("title", ["x", "Energy (eV)", "Kinetic energy / eV", "KE_O 1s", "E_kin (eV)"])
def test_kinetic_energies_of_tables_become_binding_energies_only_when_stated(tmp_path, title):
    path = write(tmp_path, two_columns(f"{title}\tCounts\n", 1486.6 - ENERGIES))
    kept = spectra.read(path, technique="XPS", energy="kinetic")
    assert axis(kept) == "kinetic_energy"
    spectrum = spectra.read(path, technique="O 1s XPS", energy="kinetic", photon_energy=1486.6)
    assert axis(spectrum) == "binding_energy"
    assert top(spectrum) == pytest.approx(531.5)
    with pytest.raises(BadInput, match="give the right photon_energy="):
        spectra.read(path, energy="kinetic", photon_energy=400.0)
    with pytest.raises(BadInput, match="'potential': is not known; give 'kinetic' or 'binding'"):
        spectra.read(path, energy="potential")
    said = write(tmp_path, f"hv = 1486.6 eV\n{path.read_text()}", "b.txt")
    assert codes(spectra.read(said, technique="XPS", energy="kinetic")) == ["kinetic-energy-kept"]


def test_an_axis_in_ev_is_asked_for_or_said(tmp_path):
    path = write(tmp_path, two_columns("Energy (eV)\tCounts\n", 1486.6 - ENERGIES))
    with pytest.raises(BadInput, match=r"where O 1s \(543.1 eV\) is not a binding energy; give energy='kinetic'"):
        spectra.read(path, technique="O 1s XPS")
    assert top(spectra.read(path, technique="O 1s XPS", energy="binding")) == pytest.approx(955.1)
    assert codes(spectra.read(path, technique="XPS")) == ["energy-assumed-binding"]
    plain = write(tmp_path, two_columns("Energy (eV)\tCounts\n", ENERGIES), "b.txt")
    assert codes(spectra.read(plain, technique="O 1s XPS")) == []
    named = write(tmp_path, two_columns("BE (eV)\tCounts\n", ENERGIES), "c.txt")
    with pytest.raises(BadInput, match="says binding energy, not kinetic"):
        spectra.read(named, energy="kinetic")
    shift = write(tmp_path, two_columns("Raman shift (cm-1)\tCounts\n", ENERGIES), "d.txt")
    with pytest.raises(BadInput, match="has its axis in cm-1, energy='kinetic' is for one in eV"):
        spectra.read(shift, energy="kinetic")


# ---- titles


@pytest.mark.parametrize(
    ("header", "technique"),
    [
        ("S 2p BE\tS 2p counts\n", "S 2p XPS"),
        ("BE_S 2p\tCPS_S 2p\n", "S 2p XPS"),
        ("B.E. (eV)\tS2p\n", "S 2p XPS"),
        ("Binding Energy S 2p1/2\tI\n", "S 2p XPS"),
        ("BE\tBe 1s\n", "Be 1s XPS"),
        ("E-E_F (eV)\tcounts\n", ""),
        ("E \u2212 EF\tcounts\n", ""),
        ("E_B\tcounts\n", ""),
    ],
)
def test_titles_with_core_levels_name_an_energy_and_no_second(tmp_path, header, technique):
    path = write(tmp_path, two_columns(header, ENERGIES))
    (block,) = spectra.contents(path)
    assert (block.axis, block.unit, block.technique) == ("binding_energy", "eV", technique)
    assert top(spectra.read(path)) == pytest.approx(531.5)


def test_a_core_level_alone_is_no_unit(tmp_path):
    path = write(tmp_path, two_columns("S 2p\tintensity\n", ENERGIES))
    with pytest.raises(BadInput, match="says no unit of its axis"):
        spectra.read(path)
    assert spectra.contents(write(tmp_path, two_columns("time (s)\tI\n", ENERGIES), "b.txt"))[0].unit == "s"


@pytest.mark.parametrize("title", ["E-EF (eV)", "Binding energy (eV)"])
def test_energies_below_the_fermi_level_are_binding_energies(tmp_path, title):
    spectrum = spectra.read(write(tmp_path, two_columns(f"{title}\tI\n", -ENERGIES)))
    assert top(spectrum) == pytest.approx(531.5)
    assert "signs turned" in spectrum.attrs["history"]


def test_negative_binding_energies_of_the_field(field):
    spectrum = spectra.read(field / "xps/negative_be.txt")
    assert ends(spectrum) == pytest.approx([525.1, 540.0])


def test_titles_of_casaxps_in_a_plain_table(field):
    spectrum = spectra.read(field / "xps/casaxps_csv_S2p_read_as_time.csv", technique="S 2p XPS")
    assert ends(spectrum) == pytest.approx([162.1, 175.1])
    window = spectrum.sel(binding_energy=slice(167, 168.32))
    assert top(window) == pytest.approx(168.28, abs=0.07)
    for name, file, time in (("S 2p", "S2p_read_as_time", 5.25), ("O 1s", "no_hv_no_cps", 2.5)):
        spectrum = spectra.read(field / f"xps/casaxps_csv_{file}.csv", technique=f"{name} XPS")
        assert spectrum.photon_energy.item() == 1486.6
        assert spectrum.dwell_time.item() == time
        assert spectrum.intensity.attrs["units"] == "counts/s"
        assert np.allclose(spectrum.counts, spectrum.intensity * time, atol=0.1)
    assert axis(spectra.read(field / "xps/s2p_header.csv")) == "binding_energy"


@pytest.mark.parametrize("name", ["header_shift_tab.txt", "header_shift_comma.csv", "header_shift_named.txt"])
def test_titles_stay_with_their_columns_in_the_field(field, name):
    path = field / "ftir_raman" / name
    assert [b.name for b in spectra.contents(path)] == ["x=0", "x=0.3"]
    assert top(spectra.read(path, block="x=0", technique="Raman")) == 700
    assert top(spectra.read(path, block="x=0.3", technique="Raman")) == 800


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
@pytest.mark.parametrize("first", ["{s}", '""{s}', "x{s}", "Raman shift (cm-1){s}", ""])
def test_titles_stay_with_their_columns_whatever_the_separator(tmp_path, separator, first):
    header = first.format(s=separator) + separator.join(["glass a", "glass b"])
    rows = [separator.join((f"{600 + k}", f"{k % 7}.5", f"{(3 * k) % 11}.5")) for k in range(20)]
    path = write(tmp_path, "\n".join([header, *rows]) + "\n")
    assert [b.name for b in spectra.contents(path)] == ["glass a", "glass b"]
    second = spectra.read(path, block="glass b", technique="Raman")
    assert second.intensity.values[:3].tolist() == [0.5, 3.5, 6.5]


@pytest.mark.parametrize(
    ("line", "laser", "photon"),
    [
        ("Excitation Energy: 1253.6", None, 1253.6),
        ("Excitation Energy\t1486.7", None, 1486.7),
        ("X-ray energy (eV) = 1486.6", None, 1486.6),
        ("Excitation: 1486.6 eV", None, 1486.6),
        ("Excitation wavelength: 532.1", 532.1, None),
        ("Laser = 785 nm", 785.0, None),
    ],
)
def test_an_x_ray_energy_is_never_a_laser(tmp_path, line, laser, photon):
    path = write(tmp_path, f"{line}\n" + two_columns("x\tI\n", ENERGIES))
    coords = spectra.read(path, technique="Raman").coords
    assert (coords["laser"].item() if "laser" in coords else None) == laser
    assert (coords["photon_energy"].item() if "photon_energy" in coords else None) == photon


def test_notes_are_of_a_stated_severity(tmp_path):
    path = write(tmp_path, two_columns("Energy (eV)\tCounts\n", ENERGIES))
    (note,) = spectra.notes_of_reading(spectra.read(path, technique="XPS", strict=True))  # strict passes over remarks
    assert note.severity is Severity.INFO


# ---- odd files that are whole: a note, no refusal


def test_bytes_behind_the_last_region_of_phi_are_a_note(field):
    path = field / "xps/phi_spe_4_bytes__test0.spe"
    survey, fluorine = spectra.contents(path)
    assert (survey.shape, survey.maximum_at) == ((3401,), pytest.approx(975.8))
    assert (fluorine.shape, fluorine.maximum_at) == ((161,), pytest.approx(681.25))
    assert codes(spectra.read(path, technique="F 1s XPS")) == ["trailing-bytes"]


@pytest.mark.parametrize(
    ("name", "technique", "rows", "noted"),
    [
        ("lightnovo.tsv", "Raman", 2290, []),
        ("Hahn1.dat", "Raman", 236, ["decimals-differ", "axis-repeats", "axis-unsorted"]),
        ("Glass_exp_ND70_4_01_33um_full_apt400um_dried_best.CSV", "FTIR", 7598, ["last-line-short"]),
        ("renishaw_paracetamol.txt", "Raman", 4064, ["axis-repeats"]),
    ],
)
def test_whole_texts_of_the_field_are_read(field, name, technique, rows, noted):
    path = field / "ftir_raman" / name
    assert spectra.contents(path)[0].shape == (rows,)
    assert codes(spectra.read(path, technique=technique)) == noted


# ---- NMR


def transformed(path, **options):
    spectrum = spectra.nmr.transform(spectra.read(path, **options))
    values = spectrum.intensity.values
    return top(spectrum), float(values.min() / values.max())


def test_an_older_digital_filter_takes_its_delay_from_the_table(field):
    line, negative = transformed(field / "nmr/bruker_7Li_GRPDLY_minus1", block="fid")
    assert line == pytest.approx(248.1, abs=0.1)
    assert negative == pytest.approx(-0.03, abs=0.01)


def test_the_table_of_group_delays_is_that_of_nmrglue():
    bruker = pytest.importorskip("nmrglue.fileio.bruker")
    for firmware, delays in bruker.bruker_dsp_table.items():
        for decimation, delay in delays.items():
            said = {"GRPDLY": -1.0, "DSPFVS": float(firmware), "DECIM": float(decimation), "DIGMOD": 1.0}
            assert group_delay(said) == pytest.approx(delay, abs=1e-7)
            assert group_delay({**said, "GRPDLY": 67.98}) == 67.98
            assert group_delay({**said, "DIGMOD": 0.0}) == 0.0
    assert group_delay({"DSPFVS": 99.0, "DECIM": 16.0}) is None


def test_a_group_delay_that_nobody_knows_is_said(field, tmp_path):
    source = field / "nmr/bruker_7Li_GRPDLY_minus1"
    text = (source / "acqus").read_text(encoding="latin-1").replace("##$DECIM= 2", "##$DECIM= 5")
    (tmp_path / "1").mkdir()
    write(tmp_path / "1", text, "acqus")
    (tmp_path / "1/fid").write_bytes((source / "fid").read_bytes())
    assert codes(spectra.read(tmp_path / "1")) == ["group-delay-unknown"]
    jcamp = (field / "nmr/aspirin_1h.fid.dx").read_text(encoding="latin-1").replace("##$DECIM= 24", "##$DECIM= 5")
    assert codes(spectra.read(write(tmp_path, jcamp, "a.dx"))) == ["group-delay-unknown"]


def test_a_decay_in_jcamp_has_its_carrier_and_its_delay(field):
    line, negative = transformed(field / "nmr/aspirin_1h.fid.dx")
    assert line == pytest.approx(2.294, abs=0.002)
    assert negative > -0.01
    assert top(spectra.read(field / "nmr/aspirin_1h_spectrum.dx")) == pytest.approx(line, abs=0.002)


def test_a_count_of_varian_that_is_one_off_is_a_note(field):
    spectrum = spectra.read(field / "nmr/varian_1h.jdx")
    assert spectrum.sizes == {"chemical_shift": 16384}
    assert codes(spectrum) == ["count-contradicted"]


def test_a_raw_recovery_stack_is_read_and_transformed(field, tmp_path):
    stack = spectra.read(field / "nmr/bruker_raw_ser")
    assert stack.sizes == {"delay": 9, "time": 1980}
    spectrum = spectra.nmr.transform_stack(stack)
    heights = spectrum.intensity.max("chemical_shift").values
    assert np.all(np.diff(heights[:6]) > 0)
    assert heights[0] / heights[-1] == pytest.approx(0.36, abs=0.02)
    for path in (field / "nmr/bruker_raw_ser").rglob("*"):
        if path.is_file() and path.name != "vdlist":
            target = tmp_path / "2" / path.relative_to(field / "nmr/bruker_raw_ser")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    with pytest.raises(BadInput, match="raw 2D data set without a list of delays; process it"):
        spectra.read(tmp_path / "2")


def test_index_intensity_hertz_and_ppm_of_topspin(field):
    path = field / "nmr/topspin_ascii-spec.txt"
    assert [block.name for block in spectra.contents(path)] == ["intensity"]
    assert top(spectra.read(path, technique="7Li NMR")) == pytest.approx(248.05, abs=0.01)


def test_a_peak_list_without_a_title_loses_no_row(field, tmp_path):
    path = field / "nmr/mnova_peaks_blank_first_line.csv"
    for number, text in enumerate((path.read_text(), path.read_text().strip(), "a.fid\n" + path.read_text().strip())):
        table = spectra.read_peak_table(write(tmp_path, text, f"{number}.csv"), relative_sd=0.05)
        assert len(table.areas) == 39
        assert float(table.positions.value[0]) == pytest.approx(9.75275, abs=1e-5)


# ---- infrared and Raman


def test_a_wavelength_axis_named_by_its_header_becomes_a_raman_shift(field):
    path = field / "ftir_raman/Witec_TrueMatch.txt"
    spectrum = spectra.read(path, technique="Raman", block=spectra.contents(path)[0].name)
    assert ends(spectrum) == pytest.approx([-142.0, 3737.1], abs=0.1)
    assert top(spectrum) == pytest.approx(3084.6, abs=0.1)


def test_typographic_minus_signs_are_minus_signs(field, tmp_path):
    spectrum = spectra.read(field / "ftir_raman/unicode_minus.txt")
    assert ends(spectrum) == pytest.approx([-39.6, 40.2], abs=0.01)
    assert spectrum.sizes == {"chemical_shift": 400}
    for number, sign in enumerate(("\u2212", "\u2013", "\uff0d")):
        rows = "".join(f"{x}\t{sign}{10 + x % 7}.5\n" for x in range(20))
        path = write(tmp_path, f"ppm\tI 10{sign}20\n{rows}", f"{number}.txt")
        assert spectra.read(path).intensity.values[:2].tolist() == [-10.5, -11.5]


@pytest.mark.parametrize("name", ["jasco_comma_T.csv", "jasco_tab_trans.txt", "trans_titled.csv"])
def test_per_cent_transmittance_is_told_from_absolute(field, name):
    spectrum = spectra.read(field / "ftir_raman" / name, technique="FTIR")
    assert axis(spectrum) == "wavenumber"
    assert spectrum.intensity.attrs["units"] == "percent transmittance"
    if name != "jasco_comma_T.csv":
        absorbance = spectra.ftir.to_absorbance(spectrum).intensity
        assert [float(absorbance.min()), float(absorbance.max())] == pytest.approx([-0.05, 2.60], abs=0.01)


@pytest.mark.parametrize("title", ["Transmission [%]", "T (%)", "T%", "Durchlässigkeit / %", "%T", "T"])
def test_per_cent_is_told_however_a_title_says_it(tmp_path, title):
    """Transmission in per cent was taken as it stands for bands where its title was another word."""
    x = np.arange(400.0, 1500.0, 5.0)
    rows = "".join(f"{at},{90 - 70 * np.exp(-(((at - 1050) / 40) ** 2)) + 0.1 * (at % 7):.3f}\n" for at in x)
    path = tmp_path / "a.csv"
    path.write_text(f"Wavenumber (cm-1),{title}\n{rows}", encoding="utf-8")
    spectrum = spectra.read(path, technique="FTIR")
    assert spectrum.intensity.attrs["units"] == "percent transmittance"
    assert 0.6 < float(spectra.ftir.prepare(spectrum).intensity.max()) < 0.8
    path.write_text(f"Wavenumber (cm-1),Absorption [%]\n{rows}", encoding="utf-8")
    assert spectra.read(path, technique="FTIR").intensity.attrs["units"] == "arbitrary"  # 100 less it, no absorbance


@pytest.mark.parametrize("separator", [",", "\t", ": ", "="])
def test_key_value_headers_name_technique_and_units(tmp_path, separator):
    keys = [("TITLE", "a"), ("DATA TYPE", "INFRARED SPECTRUM"), ("XUNITS", "1/CM"), ("YUNITS", "%REFLECTANCE")]
    head = "".join(f"{key}{separator}{value}\n" for key, value in keys)
    rows = "".join(f"{400 + 2 * x}.25,{0.5 + x % 3}\n" for x in range(30))
    path = write(tmp_path, f"{head}XYDATA\n{rows}", "a.csv")
    (block,) = spectra.contents(path)
    assert (block.technique, block.unit) == ("FTIR", "cm-1")
    assert spectra.read(path).intensity.attrs["units"] == "percent reflectance"


def test_tables_side_by_side_in_a_sheet(field):
    path = field / "ftir_raman/side_by_side.xlsx"
    shapes = [block.shape for block in spectra.contents(path)]
    assert shapes == 6 * [(399,)] + 7 * [(1001,)]
    assert ends(spectra.read(path, technique="FTIR", block="Sheet1 / C norm")) == pytest.approx([1000.927, 1398.927])


def test_tables_side_by_side_in_a_text(tmp_path):
    rows = [f"{k}\t{k % 5}.5\t{2 * k + 100}\t{k % 3}.5" if k < 20 else f"{k}\t{k % 5}.5\t\t" for k in range(21)]
    path = write(tmp_path, "cm-1\ta\tcm-1\tb\n" + "\n".join(rows) + "\n")
    assert [(b.name, b.shape) for b in spectra.contents(path)] == [("a", (21,)), ("b", (20,))]
    assert codes(spectra.read(path, technique="Raman", block="b")) == []


def test_a_series_of_columns_is_a_stack(field):
    spectrum = spectra.read(field / "ftir_raman/witec_timeseries_label_60rows.txt", technique="Raman")
    assert spectrum.sizes == {"pixel": 100, "raman_shift": 59}
    assert ends(spectrum) == pytest.approx([87.7367, 276.4])


def test_a_series_of_labspec_has_its_time(field, tmp_path):
    path = field / "ftir_raman/labspec_timeseries_4rows.txt"
    spectrum = spectra.read(path, technique="Raman")
    assert spectrum.time.values.tolist() == [0, 308.391, 620.578]
    assert spectrum.time.attrs["units"] == "s"
    line = path.read_text(encoding="latin-1").replace("\n308.391", "\n2.5").replace("\n620.578", "\n5.0")
    assert "x" in spectra.read(write(tmp_path, line), technique="Raman").coords  # places: no 300 s lie between them


def test_an_interferogram_is_refused_by_that_name(field):
    with pytest.raises(BadInput, match="it is an interferogram"):
        spectra.read(field / "ftir_raman/interfero.SPA", technique="FTIR")


def test_all_spectra_of_an_omnic_group(field):
    path = field / "ftir_raman/wodger.spg"
    assert [block.name for block in spectra.contents(path)] == ["vz0470.spa", "vz0468.spa"]
    assert spectra.read(path, block="vz0468.spa").sizes == {"wavenumber": 5549}


def test_a_log_with_room_for_more_is_whole(field, tmp_path):
    path = field / "ftir_raman/wplanes.spc"
    spectrum = spectra.read(path)
    assert spectrum.sizes == {"pixel": 30, "wavelength": 256}
    assert codes(spectrum) == []
    longer = tmp_path / "longer.spc"
    longer.write_bytes(path.read_bytes() + b"x" * 4000)
    assert codes(spectra.read(longer)) == ["trailing-bytes"]


# ---- regions of photoelectron files


def test_the_angle_names_the_block(field):
    path = field / "xps/arxps_angles_lost.vms"
    names = [block.name for block in spectra.contents(path)]
    assert names[:4] == [
        "O 1s (Angle 0 degree)",
        "C 1s (Angle 0 degree)",
        "Al 2p (Angle 0 degree)",
        "O 1s (Angle 40 degree)",
    ]
    assert len(set(names)) == 15
    spectrum = spectra.read(path, block="O 1s (Angle 40 degree)")
    assert spectrum.variable_angle.item() == 40.0


def test_regions_of_different_scans_are_compared_as_rates(field):
    path = field / "xps/multi_region_different_scans.vms"
    fits, numbers, exposures = {}, {}, {}
    for block in spectra.contents(path):
        region = spectra.xps.prepare(spectra.read(path, block=block.name), photon_energy=1486.6)
        top = float(region.binding_energy[region.intensity.values.argmax()])
        model = spectra.xps.model(region, ["line"], windows={"line": (top - 1, top + 1)}, sodium=False)
        fits[block.name] = spectra.fit(region, model, check=False)
        numbers[block.name] = (float(fits[block.name].areas.value.sum()), 1.0)
        exposures[block.name] = spectra.xps.exposure(region)
    source = "Scofield 1976, 10.1016/0368-2048(76)80015-1, Al Ka, C 1s = 1"
    cross_sections = {"C 1s": 1.0, "O 1s": 2.93, "P 2p": 1.19, "S 2p": 1.68, "Na 1s": 8.52}
    factors = {name: spectra.xps.Sensitivity(v, 0.0, source) for name, v in cross_sections.items()}
    truth = {"C 1s": 0.8, "O 1s": 0.6, "P 2p": 1.0, "S 2p": 3.4, "Na 1s": 3.0}
    for amounts in (
        spectra.xps.atomic_amounts(fits, factors),
        spectra.xps.atomic_amounts(numbers, factors, exposures=exposures),
    ):
        ratio = amounts.value.values / amounts.value.values[list(fits).index("P 2p")]
        assert ratio == pytest.approx([truth[name] for name in fits], rel=0.06)
    use, _, notes = spectra.xps.surface_check(spectra.xps.atomic_amounts(fits, factors), 0.3)
    assert (use, notes[0].code) == (False, "surface-not-used")
    with pytest.raises(BadInput, match="nothing says how long"):
        spectra.xps.atomic_amounts(numbers, factors)
    with pytest.raises(BadInput, match="O 1s: the exposure 0 is dwell time times scans"):
        spectra.xps.atomic_amounts(fits, factors, exposures={"O 1s": 0.0})
    rate = spectra.read(field / "xps/casaxps_csv_no_hv_no_cps.csv", technique="O 1s XPS")
    assert spectra.xps.exposure(rate) == 1.0
    with pytest.raises(BadInput, match=r"the intensity is in counts, dwell_time and scans are None and 10\.0"):
        spectra.xps.exposure(spectra.read(path, block="C 1s").drop_vars("dwell_time"))


# ---- numbers of other countries


HEIGHTS = np.round(400 + 12_000 * np.exp(-(((ENERGIES - 531.5) / 2.0) ** 2)), 2)


def english(value):
    return f"{value:,.2f}"


def german(value):
    return f"{value:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


def swiss(value):
    return f"{value:,.2f}".replace(",", "'")


def french(value):
    return f"{value:,.2f}".replace(",", "\u202f").replace(".", ",")


@pytest.mark.parametrize("separator", ["\t", ";", "\t "])
@pytest.mark.parametrize("writer", [english, german, swiss, french])
@pytest.mark.parametrize("whole", [False, True])
def test_thousands_separators_are_told_by_the_whole_column(tmp_path, separator, writer, whole):
    cells = [writer(y)[:-3] if whole else writer(y) for y in HEIGHTS]
    mark = "." if writer in (english, swiss) else ","
    rows = [f"{x:.2f}".replace(".", mark) + separator + cell for x, cell in zip(ENERGIES, cells, strict=True)]
    path = write(tmp_path, f"BE (eV){separator}I\n" + "\n".join(rows) + "\n")
    spectrum = spectra.read(path)
    truth = np.floor(HEIGHTS) if whole else HEIGHTS
    assert spectrum.intensity.values[::-1] == pytest.approx(truth)
    assert codes(spectrum) == ["digits-grouped"]


def test_quoted_thousands_in_a_comma_table(tmp_path):
    rows = [f'{x:.2f},"{english(y)}"' for x, y in zip(ENERGIES, HEIGHTS, strict=True)]
    spectrum = spectra.read(write(tmp_path, "BE (eV),I\n" + "\n".join(rows) + "\n"))
    assert spectrum.intensity.values[::-1] == pytest.approx(HEIGHTS)


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("digits", [2, 3])
def test_decimals_are_no_thousands(tmp_path, decimal, digits):
    small = np.round(HEIGHTS / 1000, digits)
    for number, form in enumerate((f"{{:.{digits}f}}", "{:g}")):
        rows = [f"{x:.2f}\t{form.format(y)}".replace(".", decimal) for x, y in zip(ENERGIES, small, strict=True)]
        spectrum = spectra.read(write(tmp_path, "BE (eV)\tI\n" + "\n".join(rows) + "\n", f"{number}.txt"))
        assert spectrum.intensity.values[::-1] == pytest.approx(small)
        assert codes(spectrum) == []


# ---- the command line


@pytest.fixture
def command(capsys):
    """Runs a command; gives its exit code and its text."""

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        return int(left.value.code or 0), capsys.readouterr().out

    return run


def test_info_shows_what_it_takes_an_axis_for_and_wants_nothing(tmp_path, command):
    path = write(tmp_path, two_columns("a\tb\n", ENERGIES))
    code, text = command("info", path)
    assert code == 0
    assert "taken for an axis without a name: 525.1 to 540" in text
    assert "maximum: 531.5" in text


def test_energies_are_declared_on_the_command_line(tmp_path, command):
    path = write(tmp_path, two_columns("E\tCounts\n", 1486.6 - ENERGIES))
    said = ("--technique", "O 1s XPS", "--energy", "kinetic", "--photon-energy", "1486.6")
    code, text = command("info", path, *said)
    assert code == 0
    assert "binding_energy: 525.1 to 540 eV" in text
    code, text = command("fit", path, *said, "--peaks", "531.5")
    assert "531." in text
    code, text = command("info", path, "--technique", "XPS")
    assert "[energy-assumed-binding]" in text
    code, text = command("info", path, "--technique", "O 1s XPS")
    assert "give --energy kinetic with --photon-energy 1486.6, or --energy binding" in text
    assert "=" not in text.split("not readable")[1]


def test_a_laser_line_is_declared_on_the_command_line(tmp_path, command):
    path = write(tmp_path, "nm\tI\n" + "".join(f"{540 + 0.1 * k:.1f}\t{100 + k % 9}\n" for k in range(60)))
    code, text = command("info", path, "--technique", "Raman")
    assert "give --laser in nm, such as 532.0" in text
    code, text = command("info", path, "--technique", "Raman", "--laser", "532")
    assert code == 0
    assert f"raman_shift: {1e7 / 532 - 1e7 / 540:.3f}" in text


def test_what_a_file_does_not_say_stands_in_a_recipe(tmp_path):
    path = write(tmp_path, two_columns("E\tCounts\n", 1486.6 - ENERGIES))
    entry = SpectrumEntry(file=path.name, technique="O 1s XPS", energy="kinetic")
    assert (entry.energy, entry.laser) == ("kinetic", None)
    with (
        spoken_in("recipe"),
        pytest.raises(BadInput, match=r"give energy = 'kinetic' with photon_energy = 1486\.6, or"),
    ):
        spectra.read(path, technique="O 1s XPS")


def test_a_decay_is_transformed_on_the_command_line(field, command):
    path = field / "nmr/aspirin_1h.fid.dx"
    _, text = command("fit", path, "--technique", "1H NMR", "--peaks", "2.29", "--window", "2.2..2.4")
    line = next(row for row in text.split("\n") if row.startswith("line1"))
    assert float(line.split()[2].partition("(")[0]) == pytest.approx(2.294, abs=0.002)


def test_a_line_of_few_pixels_may_move_by_two_of_them(field):
    fit = fit_file(
        field / "ftir_raman/si_785.txt", technique="Raman", positions=[521.0], options={"window": [490.0, 560.0]}
    )
    center = fit.parameters.value.sel(entry="line1_center").item()
    assert 521.0 <= center <= 522.5


def test_a_clear_line_in_a_workbook_of_several_regions_is_found(field):
    path = field / "xps/s2p_no_line_found__Tougaard_Fit.xlsx"
    found = spectra.read(path, block="S2p / Raw Data", technique="S 2p XPS")
    at = int(np.argmax(found["intensity"].values))
    assert found["binding_energy"].values[at] == pytest.approx(162.08, abs=1e-9)
    assert found["intensity"].values[at] == pytest.approx(2181, abs=0.5)
    fit = fit_file(path, technique="S 2p XPS", block="S2p / Raw Data", positions=[162.1, 163.9])
    area = fit.areas
    assert fit.status != "rejected"
    assert float(area.value.values[0]) > 5 * float(area.sd.values[0])
