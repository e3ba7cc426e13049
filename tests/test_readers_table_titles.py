"""Text tables: what titles, units and remarks above the columns say of them."""

import numpy as np
import pytest
from text_tables import ROWS, table, write

import spectra
from shortrange_core import BadInput
from spectra import readers


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


def test_an_infrared_wavelength_without_a_unit_is_said(tmp_path):
    """Wavenumbers under the title Wave Length became 22222 to 1818 cm-1, in silence; made-up absorbances."""
    rows = "".join(f"{k},{0.1 + np.exp(-(((k - 1000) / 50) ** 2)):.4f}\n" for k in range(450, 5500, 10))
    said = spectra.read(write(tmp_path, f"Wave Length,Absorbance\n{rows}", "a.csv"), technique="FTIR")
    assert [note.code for note in spectra.notes_of_reading(said)] == ["wavelength-assumed-nanometres"]
    stated = spectra.read(write(tmp_path, f"Wave Length (nm),Absorbance\n{rows}", "b.csv"), technique="FTIR")
    assert spectra.notes_of_reading(stated) == ()
    assert stated["wavenumber"].values[-1] == pytest.approx(1e7 / 450)


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
        with pytest.raises(BadInput, match="are the limits of ranges"):
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
    with pytest.raises(BadInput, match=r"column 2 \('Intensity'\) contains no intensity: 30 values are too large"):
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
