"""Whole files of other programs and of laboratories: none is refused, read wrong or suspected."""

import numpy as np
import openpyxl
import pytest

import electrochemistry as ec
import spectra
from shortrange_core import BadInput
from studies.innocent_files import electrochemistry, report, verdicts

X = np.round(np.linspace(120.0, 980.0, 60), 2)
Y = np.round(500 + 400 * np.exp(-(((X - 600) / 60) ** 2)) + 7 * np.sin(3.0 * X), 1)
MOST_NOTED = 0.02
ROWS = list(zip(X.tolist(), Y.tolist(), strict=True))


def write(folder, text, name="a.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def same(spectrum):
    return np.array_equal(spectrum.raman_shift, X) and np.array_equal(spectrum.intensity, Y)


def test_three_hundred_innocent_files_are_read_and_not_suspected(tmp_path):
    """Half of them by the writers of other programs, as many as are installed; the study writes thousands."""
    found = list(verdicts(range(300), tmp_path))
    table = report(found)
    bad = [v for v in found if v.outcome in ("refused", "wrong")]
    assert not bad, f"{bad[:5]}\n{table}"
    assert len({v.writer for v in found if v.program}) >= 8
    plain = [v for v in found if not v.odd]
    assert sum(v.outcome == "noted" for v in plain) <= MOST_NOTED * len(plain), table


def test_innocent_files_of_impedance_and_cycling_are_read_and_not_suspected(tmp_path):
    found = [electrochemistry.judged(seed, tmp_path) for seed in range(100)]
    assert not [verdict for verdict in found if verdict[1] in ("refused", "wrong")]
    assert len({writer for writer, _, _ in found}) == len(electrochemistry.WRITERS) + 1
    assert sum(outcome == "noted" for _, outcome, _ in found) <= MOST_NOTED * len(found)


def test_a_judge_of_impedance_that_can_fail(tmp_path, monkeypatch):
    read = ec.read_impedance_series
    monkeypatch.setattr("electrochemistry.read_impedance_series", lambda path: [s * 1.001 for s in read(path)])
    assert electrochemistry.judged(0, tmp_path)[1:] == ("wrong", "another impedance")
    monkeypatch.setattr("electrochemistry.read_impedance_series", lambda path: read(path)[:0])
    assert electrochemistry.judged(1, tmp_path)[1] == "wrong"


def test_a_judge_that_can_fail(tmp_path, monkeypatch):
    """A reader that loses a row is wrong, and one that refuses is refused."""
    read = spectra.read
    monkeypatch.setattr("spectra.read", lambda *a, **k: read(*a, **k) * 1.001)
    (verdict,) = verdicts(range(1, 2), tmp_path)
    assert verdict.outcome == "wrong"

    def refuse(*a, **k):
        raise BadInput("a.txt: no")

    monkeypatch.setattr("spectra.contents", refuse)
    (verdict,) = verdicts(range(3, 4), tmp_path)
    assert (verdict.outcome, verdict.why) == ("refused", "a.txt: no")


def test_decimal_commas_in_quotes_between_commas(tmp_path):
    rows = "".join(f'"{x:.2f}","{y:.1f}"\n'.replace(".", ",") for x, y in ROWS)
    assert same(spectra.read(write(tmp_path, "Raman shift (cm-1),I\n" + rows)))
    thousands = "".join(f'{x:.2f},"{1000 * y:,.0f}"\n' for x, y in ROWS)
    read = spectra.read(write(tmp_path, "Raman shift (cm-1),I\n" + thousands, "b.csv"))
    assert np.array_equal(read.intensity, 1000 * Y)


@pytest.mark.parametrize("title", ["", "Unnamed: 0", "index"])
@pytest.mark.parametrize("first", [0, 1])
def test_a_column_that_counts_the_rows_is_no_axis(tmp_path, title, first):
    rows = "".join(f"{first + k},{x},{y}\n" for k, (x, y) in enumerate(ROWS))
    path = write(tmp_path, f"{title},Raman shift (cm-1),glass\n" + rows)
    assert [b.name for b in spectra.contents(path)] == ["glass"]
    assert same(spectra.read(path))
    plain = write(tmp_path, f"{title},a,b\n" + "".join(f"{first + k},{y},{y}\n" for k, (_, y) in enumerate(ROWS)), "b")
    assert len(spectra.contents(plain)) == 2  # no other axis: channels are what there is


def test_a_remark_above_the_titles_is_none_of_them(tmp_path):
    rows = "".join(f"{x},{y},{y}\n" for x, y in ROWS)
    path = write(tmp_path, "# again, the first broke, too\ncm-1,-5 C,25 C\n" + rows)
    assert [b.name for b in spectra.contents(path)] == ["-5 C", "25 C"]


def test_a_remark_of_as_many_words_as_columns_gives_no_row_numbers_for_an_axis(tmp_path):
    rows = "".join(f"{k:<3} {x} {y}\n" for k, (x, y) in enumerate(ROWS))
    remarks = "# Na3PS3.4O0.6, batch 3\n# baseline not corrected\n"
    path = write(tmp_path, remarks + rows, "a.txt")
    assert len(spectra.contents(path)) == 1
    spectrum = spectra.read(path, technique="Raman")
    assert same(spectrum)
    told = [note.text for note in spectra.notes_of_reading(spectrum)]
    assert len(told) == 2
    assert "'# baseline not corrected' may name the columns of a table" in told[0]
    commas = "".join(f"{k},{x},{y},{y + 7 * (k % 5)}\n" for k, (x, y) in enumerate(ROWS))
    path = write(tmp_path, "# measured again, the first pellet broke\n" + commas)
    assert {block.lowest for block in spectra.contents(path)} == {X[0]}
    for separator in (";", "\t", "   "):  # a remark has commas of its own, whatever the table has between its cells
        path = write(tmp_path, "# measured again, the first pellet broke\n" + commas.replace(",", separator), "c.txt")
        assert {block.lowest for block in spectra.contents(path)} == {X[0]}, separator
    for titles in ("t decay fit", "channel a b", "time/s a b", "Raman a b"):  # of the columns, which stay
        path = write(tmp_path, f"# {titles}\n" + rows, "b.txt")
        assert len(spectra.contents(path)) == 2, titles


def test_titles_in_quotes_keep_their_blanks_and_commas(tmp_path):
    rows = "".join(f'"{x}" "{y}" "{y}"\n' for x, y in ROWS)
    path = write(tmp_path, '"Raman shift (cm-1)" "300 K" "x, 0.3"\n' + rows, "a.txt")
    assert [b.name for b in spectra.contents(path)] == ["300 K", "x, 0.3"]
    commas = write(tmp_path, '"cm-1","a, b","c"\n' + "".join(f"{x},{y},{y}\n" for x, y in ROWS))
    assert [b.name for b in spectra.contents(commas)] == ["a, b", "c"]


@pytest.mark.parametrize("first", ["", " "])
def test_row_names_of_r_have_no_title(tmp_path, first):
    """R writes no title over the names of rows; pandas begins such a line with a blank."""
    rows = "".join(f'"{k + 1}" {x} {y}\n' for k, (x, y) in enumerate(ROWS))
    path = write(tmp_path, first + '"Raman shift (cm-1)" "glass a"\n' + rows, "a.txt")
    assert [b.name for b in spectra.contents(path)] == ["glass a"]
    assert same(spectra.read(path))


@pytest.mark.parametrize("title", ["Shift", "wavenumber [1/cm]"])
def test_copies_of_the_axis_stand_beside_every_spectrum(tmp_path, title):
    rows = "".join(f"{x**1.01:.4f};{y};{x**1.01:.4f};{2 * y}\n" for x, y in ROWS)
    path = write(tmp_path, f"{title};a;{title};b\n" + rows)
    assert [b.name for b in spectra.contents(path)] == ["a", "b"]
    assert np.array_equal(spectra.read(path, block="b", technique="Raman").intensity, 2 * Y)


def test_a_line_of_one_cell_names_a_sheet_and_no_column(tmp_path):
    book = openpyxl.Workbook()
    for row in (["the series"], [], ["cm-1", "glass a", "glass b"], *([x, y, 2 * y] for x, y in ROWS)):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert [b.name.split(" / ")[-1] for b in spectra.contents(tmp_path / "a.xlsx")] == ["glass a", "glass b"]


def msa(kind, rows, points=60):
    head = (
        f"#FORMAT      : EMSA/MAS Spectral Data File\n#TITLE       : glass\n#DATE        :\n#NPOINTS     : {points}\n"
    )
    head += (
        f"#DATATYPE    : {kind}\n#XPERCHAN    : 0.1\n#OFFSET      : 520.0\n#XLABEL      : Energy\n#XUNITS      : eV\n"
    )
    return head + "#SPECTRUM    : Spectral Data Starts Here\n" + rows + "#ENDOFDATA   : End Of Data and File\n"


def test_emsa_text_is_read_and_held_to_its_number_of_points(tmp_path):
    energies = 520 + 0.1 * np.arange(60)
    even = write(tmp_path, msa("Y", "".join(f"{y}, \n" for y in Y)), "a.msa")
    pairs = write(tmp_path, msa("XY", "".join(f"{x}, {y}\n" for x, y in zip(energies, Y, strict=True))), "b.msa")
    for path in (even, pairs):
        spectrum = spectra.read(path, technique="O 1s XPS", energy="binding")
        assert np.allclose(spectrum.binding_energy, energies)
        assert np.array_equal(spectrum.intensity, Y)
    with pytest.raises(BadInput, match="says 61 points, but has 60 numbers; it is truncated"):
        spectra.contents(write(tmp_path, msa("Y", "".join(f"{y}\n" for y in Y), 61), "c.msa"))
    with pytest.raises(BadInput, match="has no number NPOINTS"):
        spectra.contents(write(tmp_path, msa("Y", "1\n").replace("NPOINTS", "POINTS"), "d.msa"))
    with pytest.raises(BadInput, match="has no #SPECTRUM"):
        spectra.contents(write(tmp_path, msa("Y", "1\n").replace("#SPECTRUM", "#DATA"), "e.msa"))


def test_the_last_label_of_jcamp_may_lack_its_sign(tmp_path):
    head = "##TITLE=a\n##JCAMP-DX=5.01\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS=1/CM\n##YUNITS=ABSORBANCE\n"
    head += f"##FIRSTX={X[0]}\n##LASTX={X[-1]}\n##NPOINTS=60\n##XYDATA=(X++(Y..Y))\n"
    even = np.linspace(X[0], X[-1], 60)
    rows = "".join(f"{even[k]:.3f} " + " ".join(map(str, Y[k : k + 6])) + "\n" for k in range(0, 60, 6))
    for end in ("##END", "##END  ", "##end", "##END="):
        spectrum = spectra.read(write(tmp_path, f"{head}{rows}{end}\n", "a.jdx"))
        assert np.array_equal(spectrum.intensity, Y)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("# Raman shift (cm-1)  Intensity (counts)", "Intensity (counts)"),
        ("Raman shift (cm-1) Intensity (counts)", "Intensity (counts)"),
        ("# Raman shift   a b", "a b"),
        ("Raman shift [cm-1] a", "a"),
    ],
)
def test_titles_of_several_words_over_columns_apart_by_blanks(tmp_path, title, name):
    """numpy.savetxt writes such titles; they were no titles where their words were no columns."""
    path = write(tmp_path, title + "\n" + "".join(f"{x} {y}\n" for x, y in ROWS), "a.txt")
    (block,) = spectra.contents(path)
    assert block.name == name
    assert same(spectra.read(path))


def test_energies_below_the_fermi_level_over_columns_apart_by_blanks(tmp_path):
    rows = "".join(f"{-540 + 0.1 * k:.1f}  {100 + k}\n" for k in range(50))
    spectrum = spectra.read(write(tmp_path, "# E-EF (eV)  I\n" + rows, "a.dat"), technique="O 1s XPS")
    assert float(spectrum.binding_energy.max()) == 540.0


def test_columns_of_topspin_with_titles_are_one_spectrum(tmp_path):
    """The index and the shifts in Hz were read as spectra of their own."""
    rows = "".join(f"{k},{y},{161.97 * x:.4f},{x}\n" for k, (x, y) in enumerate(ROWS))
    path = write(tmp_path, "Index,Intensity,Frequency (Hz),Shift (ppm)\n" + rows)
    (block,) = spectra.contents(path)
    assert (block.name, block.lowest) == ("Intensity", min(X))


def test_the_last_setting_above_a_table_is_no_title(tmp_path):
    rows = "".join(f"{x},{y}\n" for x, y in ROWS)
    path = write(tmp_path, "Data Type,Raman Spectrum\nX Units,1/CM\nDate,2024/01/02\n\n" + rows)
    assert [b.name for b in spectra.contents(path)] == ["column 2"]


def test_titles_behind_the_blank_of_an_index_over_columns_apart_by_blanks(tmp_path):
    rows = "".join(f"{k} {x} {y} {y}\n" for k, (x, y) in enumerate(ROWS))
    path = write(tmp_path, " x x=0.3 25C_b\n" + rows, "a.txt")
    assert [b.name for b in spectra.contents(path)] == ["x=0.3", "25C_b"]
    assert same(spectra.read(path, technique="Raman", block="x=0.3"))
