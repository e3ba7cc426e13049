"""Files as laboratories have them: what stands in them is read, and what is odd in them travels as a note."""

import numpy as np
import pytest
from field_tables import ENERGIES, axis, codes, ends, top, two_columns, write
from typed_commands import run

import spectra
from shortrange.recipe import SpectrumEntry
from shortrange.stepwise import fit_file
from shortrange_core import BadInput
from shortrange_core.notes import Severity
from shortrange_core.spelling import spoken_in

# ---- kinetic and binding energies


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
    with pytest.raises(BadInput, match="states no unit of its axis"):
        spectra.read(path)
    assert spectra.contents(write(tmp_path, two_columns("time (s)\tI\n", ENERGIES), "b.txt"))[0].unit == "s"


@pytest.mark.parametrize("title", ["E-EF (eV)", "Binding energy (eV)"])
def test_energies_below_the_fermi_level_are_binding_energies(tmp_path, title):
    spectrum = spectra.read(write(tmp_path, two_columns(f"{title}\tI\n", -ENERGIES)))
    assert top(spectrum) == pytest.approx(531.5)
    assert "signs changed" in spectrum.attrs["history"]


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

    return lambda *words: run(capsys, *words)[:2]


def test_info_shows_what_it_takes_an_axis_for_and_wants_nothing(tmp_path, command):
    path = write(tmp_path, two_columns("a\tb\n", ENERGIES))
    code, text = command("info", path)
    assert code == 0
    assert "read as an axis without a name: 525.1 to 540" in text
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
