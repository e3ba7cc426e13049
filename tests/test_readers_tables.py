"""Text and Excel tables: every dialect that a spectrometer or a spreadsheet writes, and what is refused."""

import contextlib
import importlib.util
import types
from importlib import metadata

import numpy as np
import pytest
from binary_files import near
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import savgol_filter
from workbooks import write_workbook

import spectra
from shortrange_core import AmbiguousFile, BadInput
from spectra import readers
from spectra.readers.raw import Raw

ROWS = [(200.0 + 0.5 * i, 100.25 + 10.5 * ((i * 7) % 11)) for i in range(30)]


def write(tmp_path, text, name="spectrum.txt", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def table(separator="\t", decimal=".", header="", rows=ROWS, end="\n"):
    lines = [separator.join(f"{value:.4f}".replace(".", decimal) for value in row) for row in rows]
    return header + end.join(lines) + end


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
    with pytest.raises(BadInput, match=r"no unit of its axis \(200 to 214.5\); name it with technique="):
        spectra.read(write(tmp_path, table()))


def test_a_wrong_technique_is_refused(tmp_path):
    path = write(tmp_path, table(header="Binding Energy (eV)\tCounts\n"))
    with pytest.raises(BadInput, match=r"axis binding_energy .*which Raman has not"):
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
    with pytest.raises(BadInput, match="does not say the laser line; give laser="):
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
    with pytest.raises(BadInput, match=r"empty|no reader|no whole"):
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


def test_excel_sheets_with_raw_and_corrected_axes(tmp_path):
    rows = [("Area1 - 0 V", None, None, "Area1 - 3.4 V", None, None)]
    for i in range(40):
        energy = 540.0 - 0.2 * i
        rows.append((energy, energy + 0.11, 5000 + 10 * (i % 7), energy, energy - 2.43, 3000 + 9 * (i % 5)))
    path = write_workbook(tmp_path / "book.xlsx", {"O1s spectra": rows, "notes": [("text", "only")]})
    with pytest.raises(AmbiguousFile, match=r"Area1 - 3.4 V") as caught:
        spectra.read(path, technique="O 1s XPS")
    assert caught.value.choices == ("O1s spectra / Area1 - 0 V", "O1s spectra / Area1 - 3.4 V")
    corrected = spectra.read(path, block="O1s spectra / Area1 - 3.4 V")
    raw = spectra.read(path, block="O1s spectra / Area1 - 3.4 V [axis column 4]")
    np.testing.assert_allclose(corrected.binding_energy - raw.binding_energy.values, -2.43)
    assert corrected.technique.item() == "O 1s XPS"


def test_a_plain_excel_table(tmp_path):
    path = write_workbook(tmp_path / "book.xlsx", {"Sheet1": [("Raman shift (cm-1)", "Intensity"), *ROWS]})
    np.testing.assert_allclose(spectra.read(path).intensity, [y for _, y in ROWS])
    with pytest.raises(BadInput, match="no sheet holds a table"):
        spectra.read(write_workbook(tmp_path / "book.xlsx", {"empty": [("a", "b")]}))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match="no whole workbook"):
        spectra.read(path)


def test_a_folder_that_is_no_experiment_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"no reader recognises it; formats: Bruker TopSpin folder"):
        spectra.read(tmp_path)


def test_a_reader_of_another_package_comes_by_entry_point(tmp_path, monkeypatch):
    def sniff(source):
        return 1.0 if source.head.startswith(b"MINE") else 0.0

    def parse(source):
        return (Raw("mine", np.arange(9.0), np.arange(9.0) ** 2, unit="cm-1", axis="raman_shift", technique="Raman"),)

    reader = spectra.Reader("mine", "My format", (".mine",), sniff, parse)
    entry = types.SimpleNamespace(name="mine", value="mine:reader", load=lambda: reader)
    path = write(tmp_path, "MINE", "glass.mine")
    try:
        monkeypatch.setattr(metadata, "entry_points", lambda group: [entry])
        readers.known_readers.cache_clear()
        np.testing.assert_array_equal(spectra.read(path).intensity, np.arange(9.0) ** 2)
        entry.load = lambda: "no reader"
        readers.known_readers.cache_clear()
        with pytest.raises(BadInput, match=r"is no spectra\.Reader; remove that package"):
            spectra.read(path)
    finally:
        monkeypatch.undo()
        readers.known_readers.cache_clear()


def test_chunks_need_dask_and_leave_the_numbers(tmp_path):
    path = write(tmp_path, table())
    if importlib.util.find_spec("dask") is None:
        with pytest.raises(BadInput, match="chunks=: needs dask"):
            spectra.read(path, technique="Raman", chunks={})
    else:
        lazy = spectra.read(path, technique="Raman", chunks={"raman_shift": 10})
        np.testing.assert_allclose(lazy.intensity.compute(), [y for _, y in ROWS])


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


def test_a_title_that_holds_its_unit_is_no_line_of_units(tmp_path):
    """A remark with a comma above titles of two columns: it named the intensities."""
    head = "# Source: glow-bar, Machine: Equinox 55, DTGS\n# k(cm-1), absorbance\n"
    rows = "".join(f"{4000 - k},{0.5 + (k % 7) / 100:.3f}\n" for k in range(40))
    (block,) = spectra.contents(write(tmp_path, head + rows, "a.dpt"))
    assert (block.name, block.unit) == ("absorbance", "cm-1")
    units = "wavenumber,A\n(cm-1),(a.u.)\n"
    (block,) = spectra.contents(write(tmp_path, units + rows, "b.csv"))
    assert (block.name, block.unit) == ("A", "cm-1")


@pytest.mark.parametrize(
    ("titles", "unit"),
    [("cm-1,A", "absorbance"), ("nm,A", "absorbance"), ("cm-1,B", "arbitrary"), ("wavenumber (cm-1),A", "arbitrary")],
)
def test_an_a_beside_a_bare_unit_is_absorbance(tmp_path, titles, unit):
    rows = "".join(f"{4000 - k},{0.5 + (k % 7) / 100:.3f}\n" for k in range(40))
    path = write(tmp_path, f"Created as New Dataset,Sample 1\n{titles}\n{rows}", "a.csv")
    assert readers.raw_blocks(path)[0].intensity_unit == unit


def test_titles_of_more_columns_above_units_name_those_that_are_there(tmp_path):
    """Avantes titles a column that it computes and does not write."""
    head = "X590\nIntegration time [ms]: 40.000\nWave   ;Sample   ;Dark     ;Scope\n[nm]   ;[counts] ;[counts] \n\n"
    rows = "".join(f" {542.89 + 0.16 * k:.2f};{12728 + k % 7 * 100}.000;    {k % 3}.000\n" for k in range(60))
    blocks = spectra.contents(write(tmp_path, head + rows, "a.txt"))
    assert [(block.name, block.unit) for block in blocks] == [("Sample", "nm"), ("Dark", "nm")]


def test_a_remark_apart_from_a_line_of_units_names_no_columns(tmp_path):
    head = "Raman of a glass, by hand, 532 nm\n\n[nm],[counts]\n"
    (raw,) = readers.raw_blocks(write(tmp_path, table(",", header=head)))
    assert (raw.name, raw.axis, raw.unit, raw.intensity_unit) == ("[counts]", "", "nm", "counts")


def test_a_time_without_a_unit_is_said(tmp_path):
    rows = "".join(f"{k},{np.cos(k / 3):.4f}\n" for k in range(40))
    said = spectra.read(write(tmp_path, f"time,real\n{rows}", "a.csv"))
    assert [note.code for note in spectra.notes_of_reading(said)] == ["time-assumed-seconds"]
    stated = spectra.read(write(tmp_path, f"time (us),real\n{rows}", "b.csv"))
    assert spectra.notes_of_reading(stated) == ()
    assert stated["time"].values[1] == pytest.approx(1e-6)


def test_numbers_of_a_json_are_no_table(tmp_path):
    """The record of a fit: lists of numbers, one a line, some of two."""
    text = '{"fit": [\n' + "".join(f"  {400 + k},\n" for k in range(30)) + '],\n"corr": [\n'
    text += "".join(f"[{400 + k}, {k * k}],\n" for k in range(30)) + "]}\n"
    rows = "".join(f"{400 + k},{k * k}\n" for k in range(30))
    for name, content in (("fit.json", text), ("fit.txt", "[" + text + "]"), ("rows.txt", "{\n" + rows + "}\n")):
        with pytest.raises(BadInput, match=r"JSON, which is not read|no reader recognises it"):
            spectra.contents(write(tmp_path, content, name))
    assert spectra.contents(write(tmp_path, "[Info]\n" + rows, "ini.txt"))[0].shape == (30,)


@pytest.mark.parametrize(
    "remark", ["[2021-03-04 10:00]", "[532 nm laser]", "[1] glass", "{glass a}", '["a"],["b"]', '{"sample": 1}']
)
def test_a_remark_in_brackets_is_no_json(tmp_path, remark):
    path = write(tmp_path, f"{remark}\nwavelength (nm),counts\n{table(',')}")
    assert spectra.contents(path)[0].shape == (len(ROWS),)


@pytest.mark.parametrize(
    ("title", "seconds"),
    [("time / min", 60), ("Time [h]", 3600), ("time (minutes)", 60), ("time_ns", 1e-9), ("Time (hours)", 3600)],
)
def test_times_in_minutes_and_hours_are_no_seconds(tmp_path, title, seconds):
    spectrum = spectra.read(write(tmp_path, table(",", header=f"{title},real\n"), "t.csv"))
    assert spectra.notes_of_reading(spectrum) == ()
    np.testing.assert_allclose(spectrum["time"], [x * seconds for x, _ in ROWS])


def test_a_time_in_nanometres_is_refused(tmp_path):
    with pytest.raises(BadInput, match="the axis time is in nm; s is needed"):
        spectra.read(write(tmp_path, table(",", header="time (nm),real\n"), "t.csv"))


@pytest.mark.parametrize(
    ("titles", "unit"),
    [
        ("cm-1,A", "absorbance"),
        ("nm,A", "absorbance"),
        ("s,A", "arbitrary"),
        ("ppm,A", "arbitrary"),
        ("eV,A", "arbitrary"),
        ("cm-1,abs", "absorbance"),
        ("time (s),abs", "arbitrary"),
        ("time (s),absorbance", "absorbance"),
    ],
)
def test_a_and_abs_are_absorbances_of_light_alone(tmp_path, titles, unit):
    (raw,) = readers.raw_blocks(write(tmp_path, table(",", header=f"{titles}\n"), "a.csv"))
    assert raw.intensity_unit == unit


@pytest.mark.parametrize("titles", ["Range High δ,Range Low δ,%Peak Area", "from (ppm),to (ppm),integral"])
def test_a_table_of_integrals_is_no_spectrum(tmp_path, titles):
    rows = [(x + 0.25, x, y) for x, y in ROWS]
    for number in ("", "Peak Number,"):
        lines = [
            ",".join(f"{cell:g}" for cell in ((k, *row) if number else row)) for k, row in enumerate(rows, start=1)
        ]
        with pytest.raises(BadInput, match="are ends of ranges"):
            spectra.contents(write(tmp_path, "\n".join([number + titles, *lines]) + "\n", "i.csv"))


@pytest.mark.parametrize("title", ["absorbance", "# k(cm-1), absorbance"])
def test_a_row_that_stands_behind_a_title_is_said_to_be_left_out(tmp_path, title):
    glued = spectra.read(write(tmp_path, title + table(","), "a.dpt"), technique="FTIR")
    assert [note.code for note in spectra.notes_of_reading(glued)] == ["line-left-out"]
    whole = spectra.read(write(tmp_path, f"{title}\n{table(',')}", "b.dpt"), technique="FTIR")
    assert spectra.notes_of_reading(whole) == ()


def test_an_axis_behind_its_intensities_is_read_by_its_title(tmp_path):
    swapped = [(y, x) for x, y in ROWS]
    path = write(tmp_path, table(header="Intensity\tRaman shift (cm-1)\n", rows=swapped))
    spectrum = spectra.read(path, technique="Raman")
    np.testing.assert_allclose(spectrum.raman_shift, [x for x, _ in ROWS])
    np.testing.assert_allclose(spectrum.intensity, [y for _, y in ROWS])
    assert "the axis is column 2, as its title 'Raman shift (cm-1)' says" in spectrum.attrs["history"]
    three = [(y, x, 0.5) for x, y in ROWS]
    path = write(tmp_path, table(header="Intensity\tRaman shift (cm-1)\tnoise\n", rows=three))
    spectrum = spectra.read(path, technique="Raman")
    np.testing.assert_allclose(spectrum.intensity, [y for _, y in ROWS])
    assert set(spectrum.noise.values) == {0.5}


def test_numbers_too_large_are_said_not_a_missing_column(tmp_path):
    rows = [f"{x:.2f}\t{y:.2f}e400" for x, y in ROWS]
    path = write(tmp_path, "\n".join(["Raman shift (cm-1)\tIntensity", *rows]) + "\n")
    with pytest.raises(BadInput, match=r"column 2 \('Intensity'\) holds no intensity: 30 values are too large"):
        spectra.read(path, technique="Raman")
    rows[7] = "203.50\t12.5"
    path = write(tmp_path, "\n".join(["Raman shift (cm-1)\tIntensity", *rows]) + "\n")
    with pytest.raises(BadInput, match=r"29 values are not finite, the first at index 0 \(inf\)"):
        spectra.read(path, technique="Raman")


def test_mixed_letters_between_two_tables_of_one_text_are_said_of_both(tmp_path):
    rows = [f"{k + 200:.3f}\t{value:.4f}" for k, value in enumerate(50 * np.sin(1.7 * np.arange(120.0)))]
    between = ["shift\tsecond", "8473.810-\t514.5131", "shift\tintensity"]
    path = tmp_path / "a.txt"
    path.write_text("\n".join(["shift\tfirst", *rows[:60], *between, *rows[20:], ""]))
    blocks = spectra.contents(path)
    assert len(blocks) == 2
    for block in blocks:
        found = spectra.read(path, block=block.name, technique="Raman")
        assert [note.code for note in spectra.notes_of_reading(found)] == ["line-left-out"]
