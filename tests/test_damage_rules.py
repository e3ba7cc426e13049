"""What each format repeats, and so cannot hide: one damaged number a test, refused by name; and what is left alone."""

import re
from functools import partial

import numpy as np
import pytest

import electrochemistry as ec
import spectra
from electrochemistry.readers._lone_values import lone_values
from electrochemistry.readers._row_checks import check_order, check_repeats, check_rows
from electrochemistry.readers.formats.biologic_cycling import odd_cells
from electrochemistry.readers.raw import Table, check_count, check_written
from shortrange_core import BadInput
from shortrange_core.readings import reading_of
from spectra.readers.formats import asdf, jeol
from spectra.readers.formats.phi import look_at_counts
from spectra.readers.raw import Raw, Source, with_axis

RNG = np.random.default_rng(11)
X = np.linspace(200.0, 800.0, 121)
Y = 100 + 900 * np.exp(-(((X - 420) / 30) ** 2)) + RNG.normal(0, 3, X.size)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("x")
    return Source(path)


def checked(source, x, y=None):
    """Codes and texts of what an axis and its intensities show."""
    raw = with_axis(source, Raw("spectrum", np.asarray(x), Y[: len(x)] if y is None else y))
    return [str(note) for note in raw.notes]


def table(x=X, y=Y, separator="\t"):
    return [f"{a:.3f}{separator}{b:.4f}" for a, b in zip(x, y, strict=True)]


def write(tmp_path, lines, name="a.txt"):
    path = tmp_path / name
    path.write_bytes(("\n".join(lines) + "\n").encode("latin-1"))
    return path


def assert_refused(path, message, read=None):
    with pytest.raises(BadInput, match=message) as error:
        (read or (lambda p: spectra.read(p, technique="Raman")))(path)
    assert path.name in str(error.value)


def assert_noted(path, code, text, read=None):
    """The file is read, and its spectrum carries a warning."""
    spectrum = (read or (lambda p: spectra.read(p, technique="Raman")))(path)
    said = {note.code: note.text for note in spectra.notes_of_reading(spectrum)}
    assert code in said, said
    assert text in said[code]
    assert path.name in said[code]


# ---- any spectrum


@pytest.mark.parametrize("place", [2, 40, 118])
@pytest.mark.parametrize("size", [0.01, 0.3, -0.4])
def test_one_displaced_point_of_a_smooth_axis_is_noted(source, place, size):
    x = X.copy()
    x[place] += size * 5
    (note,) = checked(source, x)
    assert f"at point {place + 1}, but its neighbours" in note
    assert "axis-displaced" in note


def test_seams_gaps_bent_axes_and_rounded_ones_are_left_alone(source):
    assert checked(source, np.delete(X, slice(30, 60))) == []
    assert checked(source, np.concatenate([X[:50], X[50:] + 2.5])) == []
    assert checked(source, np.concatenate([X[:50], X[49] + 0.3 * (X[50:] - X[49])])) == []
    assert checked(source, 1e7 / np.linspace(530, 560, 121)[::-1]) == []
    assert checked(source, np.round(X / 7, 1) + 1e-4 * np.arange(121)) == []
    assert checked(source, np.sort(RNG.uniform(0, 100, 121))) == []
    assert checked(source, np.concatenate([[0.0], X]), np.concatenate([[1.0], Y])) == []


@pytest.mark.parametrize("seed", range(30))
def test_axes_of_real_instruments_with_jitter_are_left_alone(source, seed):
    rng = np.random.default_rng(seed)
    step = rng.uniform(0.1, 5)
    steps = step * (1 + 0.2 * np.linspace(-1, 1, 200)) + rng.normal(0, 0.02 * step, 200) * (seed % 3)
    assert (
        checked(
            source, np.round(np.cumsum(np.abs(steps) + 1e-6), seed % 5 + 2) + 1e-7 * np.arange(200), rng.random(200)
        )
        == []
    )


def test_a_value_beyond_any_detector_is_noted(source):
    y = Y.copy()
    y[7] = 1e15
    assert checked(source, X, y) == []
    assert checked(source, X, np.where(np.arange(X.size) == 60, 1.0, 0.0)) == []
    y[7] = 1e30
    assert "the intensity 1e+30 of 'spectrum' is more than 1e+18 times the next" in checked(source, X, y)[0]


def test_rows_are_sorted_and_equal_ones_averaged_and_both_are_said(tmp_path):
    order = np.r_[0:40, 60:121, 40:60]
    path = write(tmp_path, table(X[order], Y[order]))
    spectrum = spectra.read(path, technique="Raman")
    assert np.allclose(spectrum.raman_shift, X)
    assert np.allclose(spectrum.intensity, Y, atol=1e-4)
    assert_noted(path, "axis-unsorted", "do not run one way at 1 place; they were sorted")
    twice = write(tmp_path, [f"{round(a)}\t{b:.4f}" for a, b in zip(X / 7, Y, strict=True)], "b.txt")
    assert_noted(twice, "axis-repeats", "axis values of 'column 2' repeat (first 29)")
    spectrum = spectra.read(twice, technique="Raman")
    assert spectrum.intensity.values[0] == pytest.approx(np.mean(Y[np.round(X / 7) == 29]), abs=1e-3)


def test_scans_below_one_another_are_blocks_and_never_mixed(tmp_path):
    path = write(tmp_path, [*table(), *table(X, Y + 5)])
    assert [(b.name, b.shape) for b in spectra.contents(path)] == [
        ("column 2 (part 1)", (121,)),
        ("column 2 (part 2)", (121,)),
    ]
    second = spectra.read(path, technique="Raman", block="column 2 (part 2)")
    assert np.allclose(second.intensity, Y + 5, atol=1e-4)
    assert [note.code for note in spectra.notes_of_reading(second)] == ["axis-starts-anew"]


# ---- delimited text


def test_lines_of_a_text_that_lost_or_gained_letters_are_noted(tmp_path):
    for number, (old, new, code, text) in enumerate(
        [
            (".", "3", "decimals-differ", "have not the decimals of their column"),
            ("\t", "\t8.0000\t", "row-too-wide", "row 41 of 121 has 3 numbers, the others 2; the first 2 were taken"),
            ("\t", "\x02", "line-left-out", "line 41 "),
            ("4", "\x014", "line-left-out", "line 41 "),
        ]
    ):
        lines = table()
        lines[40] = lines[40].replace(old, new, 1)
        path = write(tmp_path, lines, f"{number}.txt")
        assert_noted(path, code, text)
        assert spectra.read(path, technique="Raman").sizes["raman_shift"] == (120 if code == "line-left-out" else 121)
        with pytest.raises(BadInput, match=f"{number}.txt: .* without strict"):
            spectra.read(path, technique="Raman", strict=True)


def test_a_stretch_of_control_characters_in_a_text_is_noted(tmp_path):
    content = write(tmp_path, table()).read_bytes()
    path = tmp_path / "b.txt"
    path.write_bytes(content[:400] + b"\2" * 800 + content[1200:])
    block = spectra.contents(path)[0].name
    assert_noted(
        path,
        "control-character",
        "holds the control character",
        lambda p: spectra.read(p, block=block, technique="Raman"),
    )
    path.write_bytes(content + b"\x1a")
    assert spectra.notes_of_reading(spectra.read(path, technique="Raman")) == ()


def test_a_line_that_breaks_a_table_in_two_is_noted_and_two_tables_are_left_alone(tmp_path):
    lines = table()
    lines[40] = "x" + lines[40]
    path = write(tmp_path, lines)
    assert_noted(path, "line-left-out", "line 41 ('x400.000")
    assert spectra.read(path, technique="Raman").sizes["raman_shift"] == 120
    two = [*table()[:60], "", "second sample", *table()[:60]]
    assert len(spectra.contents(write(tmp_path, two, "b.txt"))) == 2
    windows = [*table()[:60], "Window 2 of 2", *table()[60:]]  # the second goes on where the first ends
    assert len(spectra.contents(write(tmp_path, windows, "c.txt"))) == 2
    beside = [f"{line}\t532.0000" if row in (1, 3) else line for row, line in enumerate(table())]
    assert spectra.contents(write(tmp_path, beside, "d.txt"))[0].shape == (121,)


def test_a_row_that_a_reversed_stretch_broke_is_noted_of_both_tables_and_numbers_between_them_are_left_alone(
    tmp_path,
):
    lines = "\r\n".join(table())
    begin, end = lines.index("\t", lines.index("\n400")) + 3, lines.index("\n600") + 6
    path = tmp_path / "a.txt"
    path.write_bytes((lines[:begin] + lines[begin:end][::-1] + lines[lines.index("\n", end) :] + "\r\n").encode())
    assert len(spectra.contents(path)) == 2
    for block in spectra.contents(path):
        read = partial(spectra.read, technique="Raman", block=block.name)
        assert_noted(path, "line-left-out", "between two tables", read)
    times = write(tmp_path, [*table()[:60], "", "12.5", *table()[:60]], "b.txt")  # a time, say, above each table
    for block in spectra.contents(times):
        assert spectra.notes_of_reading(spectra.read(times, technique="Raman", block=block.name)) == ()


def test_a_damaged_first_row_is_noted_and_a_header_of_numbers_is_left_alone(tmp_path):
    lines = table()
    assert_noted(write(tmp_path, ["2.0.0\t5.1", *lines]), "line-left-out", "above the table looks like a damaged row")
    for number, header in enumerate(["121", "Raman shift\t532"]):
        path = write(tmp_path, [header, *lines], f"{number}.txt")
        assert spectra.contents(path)[0].shape == (121,)
        assert spectra.notes_of_reading(spectra.read(path, technique="Raman")) == ()


def test_a_footer_and_a_cut_last_row_are_left_out_and_said(tmp_path):
    path = write(tmp_path, [*table(), "3 scans, 2024"])
    assert_noted(path, "line-left-out", "line 122 ('3 scans, 2024') is no row of numbers; it was left out")
    assert spectra.contents(path)[0].shape == (121,)
    three = [f"{line}\t1.0000" for line in table()]
    cut = write(tmp_path, [*three[:-1], table()[-1]], "b.txt")
    assert_noted(
        cut,
        "line-left-out",
        "the last row has 2 columns, the others 3",
        lambda p: spectra.read(p, technique="Raman", block="column 2"),
    )
    shorter = write(tmp_path, [*three[:-1], table()[-1] + "\t"], "c.txt")  # a column that ends one row earlier
    assert spectra.contents(shorter)[0].shape == (121,)


def test_a_text_cut_inside_its_last_number_is_noted(tmp_path):
    path = write(tmp_path, table())
    path.write_bytes(path.read_bytes()[:-3])
    assert_noted(path, "decimals-differ", "have not the decimals of their column")
    plain = write(tmp_path, [f"{a:g}\t{b:.6g}" for a, b in zip(X, Y, strict=True)], "b.txt")
    plain.write_bytes(plain.read_bytes()[:-6])
    assert_noted(plain, "last-line-short", "has no line end and fewer digits than the others")


# ---- instruments with texts of their own


def multipak(regions=(("O 1s", 1, 540.0), ("C 1s", 2, 295.0)), *, said=2, change=None):
    lines = ["Cycles 8; Regions 2; Anode Al; Photon Energy 1486.6; XPS;"]
    for name, number, start in regions:
        lines.append(f"Element {name}; Region {number} of {said}; Depth Cycle 1 of 1; Photon Energy 1486.6; XPS;")
        lines += [f"{start - 0.25 * k:.2f}\t{100 + (7 * k) % 31:.2f}" for k in range(40)]
    if change:
        change(lines)
    return lines


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            multipak((("O 1s", 1, 540.0), ("C 1s", 1, 295.0))),
            r"has the regions \[1, 1\] of 2; parts are lost or doubled",
        ),
        (multipak((("O 1s", 1, 540.0), ("O 1s", 1, 540.0)), said=1), "holds a region twice"),
    ],
)
def test_multipak_counts_its_regions_and_steps_evenly(tmp_path, lines, message):
    assert len(spectra.contents(write(tmp_path, multipak(), "whole.txt"))) == 2
    assert_refused(write(tmp_path, lines), message, spectra.contents)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lines: lines.pop(20), "step-uneven"),
        (lambda lines: lines.__setitem__(9, lines[9].replace(".", "5", 1)), "decimals-differ"),
    ],
)
def test_multipak_rows_that_are_lost_or_damaged_are_noted(tmp_path, change, code):
    text = {"step-uneven": "follow one another in steps of -0.25 eV", "decimals-differ": "have not the decimals"}
    path = write(tmp_path, multipak(change=change))
    assert_noted(path, code, text[code], lambda p: spectra.read(p, technique="C 1s XPS"))


def test_multipak_states_the_span_of_its_regions(tmp_path):
    def spanned(lines, spans):
        head = [lines[0], "O 1s\tC 1s\tN 1s\t", "\t".join(f"{span:g}" for span in spans) + "\t"]
        timed = [line.replace("; Photon", "; Time Per Step 50; Sweeps 8; Photon") for line in lines[1:]]
        return [*head, *timed]

    lines = multipak((("O 1s", 1, 540.0), ("C 1s", 2, 295.0), ("N 1s", 3, 410.0)), said=3)
    assert len(spectra.contents(write(tmp_path, spanned(lines, [75, 75, 75]), "a.txt"))) == 3  # 30 counts in 0.4 s
    assert len(spectra.contents(write(tmp_path, spanned(lines, [1, 2, 3]), "b.txt"))) == 3  # numbers of another meaning
    lines[50] = lines[50].split("\t")[0] + "\t173.00"
    assert_refused(
        write(tmp_path, spanned(lines, [75, 75, 75]), "c.txt"),
        "C 1s spans 182.5 counts/s, its header says 75",
        spectra.contents,
    )


def test_counts_that_are_not_whole_between_whole_ones_are_noted(source):
    counts = RNG.poisson(300, 200).astype(float)
    look_at_counts(source, "O 1s", counts)
    look_at_counts(source, "O 1s", counts * 1.0371)
    look_at_counts(source, "O 1s", np.where(np.arange(200) < 4, counts * 1.01, counts))  # a run: a correction
    assert source.notes == []
    counts[60] += 0.3
    look_at_counts(source, "O 1s", counts)
    (note,) = source.notes
    assert "point 61 of O 1s holds" in note.text


def bwtek(change=None):
    lines = ["File Version;BWSpec4.11_1", "laser_wavelength;532,07", "pixel_num;60"]
    lines.append("Pixel;Raman Shift;Dark #1;Reference #1;Raw data #1;Dark Subtracted #1;")
    for k in range(60):
        dark, raw = 100 + (3 * k) % 7, 900 + (11 * k) % 53
        lines.append(f"{k};{10 + 3 * k},25;{dark},0000;0,0000;{raw},0000;{raw - dark},0000;")
    if change:
        lines[30] = change(lines[30])
    return lines


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: row.replace(";0,0000;", ";5,0000;"), r"'reference #1' is 0 in all pixels but 1"),
        (
            lambda row: row.replace(";9", ";7", 1),
            r"'dark subtracted #1' is not 'raw data #1' less 'dark #1' in 1 pixels",
        ),
        (lambda row: "7" + row[1:], "pixels do not count up by one"),
    ],
)
def test_bwtek_repeats_itself(tmp_path, change, message):
    assert len(spectra.contents(write(tmp_path, bwtek(), "whole.txt"))) == 3
    assert_refused(write(tmp_path, bwtek(change)), message)


def test_agilent_and_casaxps_pad_their_decimals(tmp_path):
    ordinates = [f"{y:.4f}" for y in Y]
    ordinates[50] = ordinates[50][:-1]
    path = write(tmp_path, ["121", "200", "800", "1", "2", "4", *ordinates], "a.asp")
    assert_noted(path, "decimals-differ", "have not the decimals", spectra.read)
    rows = [f"{1486.6 - x:.3f},{y:.2f},1,,{x:.3f},{y:.2f},1" for x, y in zip(X, Y, strict=True)]
    rows[50] = rows[50].replace(".", "1", 3).replace("1", ".", 0)
    head = ['"Cycle 0:a:O 1s"', ",Characteristic Energy eV,1486.69,Acquisition Time s,1", "Name,,a", "Area,,1"]
    lines = [*head, "Lineshape,,G", "K.E.,Counts,a,,B.E.,CPS,a", *rows]
    assert_noted(write(tmp_path, lines, "a.csv"), "decimals-differ", "have not the decimals", spectra.read)


# ---- JCAMP-DX


def jcamp(table_lines, **records):
    said = {"XFACTOR": 1, "YFACTOR": 1, "FIRSTX": 400, "LASTX": 559, "NPOINTS": 160} | records
    head = ["##TITLE=a", "##JCAMP-DX=4.24", "##DATA TYPE=RAMAN SPECTRUM", "##XUNITS=1/CM", "##YUNITS=COUNTS"]
    return [*head, *(f"##{k}={v}" for k, v in said.items()), "##XYDATA=(X++(Y..Y))", *table_lines, "##END="]


def ordinates():
    values = [1000 + (37 * k) % 211 for k in range(160)]
    return values, [f"{400 + k} " + " ".join(map(str, values[k : k + 8])) for k in range(0, 160, 8)]


def test_jcamp_refuses_letters_among_plain_numbers_and_two_numbers_in_one():
    for body in ("400 1 2 3\n403 4 5é6 7", "400 1 2 3\n403 4 \x0256 7"):
        with pytest.raises(BadInput, match=r"line 2 of the table holds .* among its numbers"):
            asdf.decode(body, limit=20)
    with pytest.raises(BadInput, match="two numbers in one"):
        asdf.decode(f"400 1 2 {'3' * 31}", limit=20)
    with pytest.raises(BadInput, match="among its numbers"):
        asdf.pairs("1.0, 2.0; 3.0, 4#0")


def test_a_cut_compound_file_is_refused(tmp_path):
    block = jcamp(ordinates()[1])
    link = ["##TITLE=all", "##JCAMP-DX=4.24", "##DATA TYPE=LINK", "##BLOCKS=2", *block, *block, "##END="]
    assert len(spectra.contents(write(tmp_path, link, "whole.jdx"))) == 2
    assert len(spectra.contents(write(tmp_path, link[:-1], "without.jdx"))) == 2
    assert_refused(write(tmp_path, link[:-20], "cut.jdx"), "does not end with ##END=; it is cut", spectra.contents)


def test_jcamp_refuses_a_line_that_lost_an_ordinate_which_another_gained(tmp_path):
    _, lines = ordinates()
    assert spectra.contents(write(tmp_path, jcamp(lines), "whole.jdx"))[0].shape == (160,)
    first, moved = lines[4].rsplit(" ", 1)
    lines[4], lines[12] = first, f"{lines[12]} {moved}"
    assert_refused(
        write(tmp_path, jcamp(lines), "a.jdx"), "line 5 begins at 432 and the next at 440, but it holds 7 ordinates"
    )


@pytest.mark.parametrize(("label", "bad"), [("MAXY", 5000), ("MINY", -300)])
def test_jcamp_notes_an_ordinate_beyond_an_extreme_that_another_reaches(tmp_path, label, bad):
    values, lines = ordinates()
    extremes = {"MAXY": max(values), "MINY": min(values)}
    at = values.index(1100 if 1100 in values else values[50])
    lines[at // 8] = lines[at // 8].replace(f" {values[at]}", f" {bad}", 1)
    path = write(tmp_path, jcamp(lines, **{label: extremes[label]}), "a.jdx")
    assert_noted(path, "limits-contradicted", f"1 ordinates lie beyond {label} = {extremes[label]}", spectra.read)
    stale = jcamp(ordinates()[1], **{label: extremes[label] * 0.5})  # of the unprocessed data: no other reaches it
    assert spectra.contents(write(tmp_path, stale, "b.jdx"))[0].shape == (160,)


# ---- binary files, on measured ones


def patched(real_data, tmp_path, name, change):
    content = bytearray((real_data / name).read_bytes())
    change(content)
    path = tmp_path / name.split("/")[-1]
    path.write_bytes(bytes(content))
    return path


def test_opus_absorbance_is_held_to_its_channels(real_data, tmp_path):
    name = "ftir/opus/issue94_RT_01_1_23-02-21_13-23-54.0"
    y = next(raw for raw in spectra.readers.raw_blocks(real_data / name) if raw.name == "absorbance").y

    def change(content):
        at = bytes(content).find(y[:64].astype("<f4").tobytes())
        content[at + 4 * 30 : at + 4 * 31] = np.float32(y[30] * 1.001).tobytes()

    assert_refused(
        patched(real_data, tmp_path, name, change), "absorbance is not the ratio of its channels at 1 points"
    )


def test_jeol_repeats_its_sweep(real_data, tmp_path):
    name = "nmr/jeol_ECA500_31P.jdf"
    original = Source.of(real_data / name)
    assert jeol.decay(original)[1] == 19.65625

    def change(content):
        content[336:344] = np.array([0.4], dtype=">f8").tobytes()

    assert_refused(patched(real_data, tmp_path, name, change), "has 32768 points in 0.4 s, but a sweep of 100806 Hz")


@pytest.fixture
def topspin(real_data, tmp_path):
    original = real_data / "nmr/bruker_31P_H3PO4_reference/1"
    for path in original.rglob("*"):
        if path.is_file():
            target = tmp_path / "1" / path.relative_to(original)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return tmp_path / "1"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("##$SW= 503.", "##$SW= 403.", r"has SW_h = 40760.9 Hz, but SW = 403"),
        ("##$O1= 0", "##$O1= 9e7", r"has SFO1 = 81.0141 MHz, but BF1 = 81.0141 MHz and O1 = 9e\+07"),
    ],
)
def test_topspin_repeats_its_width_and_its_carrier(topspin, old, new, message):
    acqus = topspin / "acqus"
    assert old in acqus.read_text()
    acqus.write_text(acqus.read_text().replace(old, new))
    assert_refused(topspin, message, spectra.contents)


def test_topspin_repeats_the_extremes_of_a_spectrum(topspin):
    real = topspin / "pdata/1/1r"
    content = bytearray(real.read_bytes())
    content[803] ^= 0x40
    real.write_bytes(bytes(content))
    (note,) = spectra.notes_of_reading(spectra.read(topspin))
    assert note.code == "limits-contradicted"
    assert "at point 201, far outside YMIN_p = -2.5148e+06 to YMAX_p" in note.text


def test_an_imaginary_part_of_another_size_is_refused_and_none_is_left_alone(topspin):
    imaginary = topspin / "pdata/1/1i"
    imaginary.write_bytes(imaginary.read_bytes()[:-400])
    assert_refused(topspin, "1i has 65136 bytes", spectra.contents)
    imaginary.unlink()
    assert spectra.readers.raw_blocks(topspin)[0].imaginary is None
    decay = next(raw for raw in spectra.readers.raw_blocks(topspin / "fid") if raw.name == "fid")
    assert 3900 < decay.y.size < 4074  # stored, less its group delay


# ---- impedance


FREQUENCY = np.logspace(5, 0, 40)
Z = 10 + 100 / (1 + 2j * np.pi * FREQUENCY * 1e-4)


def rows(frequency=FREQUENCY, real=Z.real, imaginary=Z.imag, **more):
    """Rows that are no points (counted from 1), and what is said."""
    table = Table({"f": frequency, **more})
    left_out, notes = check_rows(table, np.array(frequency), np.array(real), np.array(imaginary), "z.csv")
    return (np.flatnonzero(left_out) + 1).tolist(), [(note.code, note.text) for note in notes]


def with_value(values, place, value):
    found = np.array(values, dtype=float)
    found[place] = value
    return found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"real": with_value(Z.real, 7, np.nan)}, "one part of the impedance without the other"),
        ({"frequency": with_value(FREQUENCY, 7, np.nan)}, "an impedance without a frequency"),
        ({"frequency": with_value(FREQUENCY, 7, -3.0)}, "a frequency below 0"),
        ({"frequency": with_value(FREQUENCY, 7, 0.0)}, "an impedance at the frequency 0"),
        ({"imaginary": with_value(Z.imag, 7, np.inf)}, "a number above 1.8e308"),
    ],
)
def test_rows_that_hold_no_point_of_a_spectrum_are_left_out_and_said(change, message):
    left_out, notes = rows(**change)
    assert left_out == [8]
    assert notes[0] == ("rows-odd", f"1 row left out for {message} (row 8)")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"real": Z.real + np.nan}, "40 of 40 rows have one part of the impedance without the other"),
        ({"frequency": -FREQUENCY}, "40 of 40 rows have a frequency below 0"),
    ],
)
def test_columns_that_are_not_what_they_are_called_in_most_rows_are_refused(change, message):
    with pytest.raises(BadInput, match=rf"z\.csv: {message}; its columns are not what they are taken for"):
        rows(**change)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"|Z|/Ohm": with_value(np.abs(Z), 7, 1.0)}, "|Z|/Ohm"),
        ({"Zphz/°": with_value(np.degrees(np.angle(Z)), 7, 80.0)}, "Zphz/°"),
        ({"Phase/deg": with_value(-np.degrees(np.angle(Z)), 7, 80.0)}, "Phase/deg"),
    ],
)
def test_a_modulus_or_phase_that_contradicts_the_impedance_is_said(change, name):
    text = f"row 8: {name} is not what Re(Z) and Im(Z) give, as it is in the other rows"
    assert rows(**change) == ([], [("cells-odd", text)])


def test_rounded_moduli_and_unrelated_columns_are_left_alone():
    assert rows(**{"|Z|/Ohm": np.round(np.abs(Z), 1), "Phase/deg": np.round(np.degrees(np.angle(Z)), 1)}) == ([], [])
    assert rows(**{"Z/ohm": RNG.uniform(1, 2, 40), "Phase/deg": RNG.uniform(-90, 90, 40)}) == ([], [])
    empty = {"real": with_value(Z.real, 7, 0.0), "imaginary": with_value(Z.imag, 7, 0.0)}
    assert rows(frequency=with_value(FREQUENCY, 7, 0.0), **empty) == ([], [])


def order(frequency, cycle=None, time=None):
    outside, notes = check_order(frequency, cycle, time)
    assert {note.code for note in notes} <= {"rows-odd"}
    return (np.flatnonzero(outside) + 1).tolist(), [note.text for note in notes]


def test_a_row_that_steps_out_of_its_sweep_is_left_out_and_said():
    left_out, (text,) = order(with_value(FREQUENCY, 20, 9e9))
    assert left_out == [21]
    assert re.fullmatch(r"frequency 9e\+09 stands between .*, in 1 row and left out", text)
    left_out, (text,) = order(np.r_[FREQUENCY[::-1][:14], 2.72, FREQUENCY[::-1][30:]])
    assert left_out == [15]
    assert re.match(r"frequency 2\.72 stands between .*, which go on without it \(row 15 of 25\)", text)
    left_out, (text,) = order(FREQUENCY, with_value(np.ones(40), 20, 7.0))
    assert left_out == [21]
    assert text.startswith("cycle number 7 stands between 1 and 1, which go on without it (row 21 of 40)")


def test_a_time_that_steps_out_leaves_its_row_a_point_and_is_said():
    left_out, (text,) = order(FREQUENCY, None, with_value(np.arange(40.0), 20, 900.0))
    assert left_out == []
    assert text == "time 900 stands between 19 and 21, which go on without it (row 21 of 40), in 1 row"


@pytest.mark.parametrize(
    "frequency",
    [
        np.concatenate([FREQUENCY, FREQUENCY]),
        np.concatenate([FREQUENCY, FREQUENCY[::-1]]),
        np.concatenate([FREQUENCY[::-1], FREQUENCY]),
        np.concatenate([FREQUENCY, [1000.0]]),
        np.concatenate([[1000.0], FREQUENCY]),
        np.concatenate([FREQUENCY[:20], [1000.0], FREQUENCY[:20], [1000.0]]),
        np.repeat(FREQUENCY, 2),
        FREQUENCY * (1 + RNG.uniform(-0.1, 0.1, 40)),
        np.delete(FREQUENCY, slice(5, 20)),
        FREQUENCY[:3],
        np.tile([1e5, 1e2, 1.0], 6),
        np.tile([1e5, 1e3, 1e2, 1.0], 6),
    ],
)
def test_sweeps_of_every_order_are_left_alone(frequency):
    cycle = np.repeat(np.arange(1, 100), 20)[: frequency.size]
    assert order(frequency, cycle, np.tile(np.arange(20.0), 9)[: frequency.size]) == ([], [])


def test_rows_that_stand_twice_are_said_and_a_repeated_sweep_is_left_alone():
    doubled = np.r_[0:30, 20:40]
    (note,) = check_repeats(FREQUENCY[doubled], Z[doubled], None)
    assert note.code == "rows-odd"
    assert re.match(r"row 31 and those after it .* are row 21 and those after it again: a part", note.text)
    for whole in (np.tile(FREQUENCY, 3), np.tile(Z, 3)), (np.r_[FREQUENCY, FREQUENCY[::-1]], np.r_[Z, Z[::-1]]):
        assert check_repeats(*whole, None) == []
    assert check_repeats(np.r_[FREQUENCY, np.tile(FREQUENCY, 2)], np.r_[Z + 1, np.tile(Z, 2)], None) == []
    assert check_repeats(FREQUENCY[:1], Z[:1], None) == []
    twice = np.r_[0:40, 0:30]
    assert check_repeats(FREQUENCY[twice], Z[twice], np.arange(70.0)) == []
    (note,) = check_repeats(FREQUENCY[twice], Z[twice], 3.0 * twice)
    assert re.match(r"row 41 and those after it .* are row 1 and", note.text)


def lone(frequency=FREQUENCY, z=Z, **beside):
    notes = lone_values(np.asarray(frequency), np.asarray(z), beside)
    assert {note.code for note in notes} <= {"cells-odd"}
    return [note.text for note in notes]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"frequency": with_value(FREQUENCY, 7, 1.1 * FREQUENCY[7])}, "frequency 13930.2 stands alone between 17012.5"),
        ({"z": np.where(np.arange(40) == 7, Z + 1000, Z)}, "Re(Z) = 1011.55 ohm at 12663.8 Hz stands alone"),
        ({"z": np.where(np.arange(40) == 0, 1e22j + Z, Z)}, "Im(Z) = 1e+22 ohm at 100000 Hz stands alone"),
        ({"voltage_volt": with_value(np.zeros(40), 7, 0.08)}, "voltage_volt = 0.08 at 12663.8 Hz stands alone"),
        ({"current_ampere": with_value(np.ones(40), 7, np.inf)}, "current_ampere is infinite at 12663.8 Hz"),
    ],
)
def test_a_single_number_off_the_line_of_its_neighbours_is_said(change, text):
    (said,) = lone(**change)
    assert said.startswith(text)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"frequency": np.round(FREQUENCY, 0)},
        {"frequency": np.r_[np.logspace(5, 2, 10), np.logspace(1.8, 0, 30)]},
        {"frequency": np.delete(FREQUENCY, 11), "z": np.delete(Z, 11)},
        {"z": Z * (1 + 0.02 * RNG.normal(size=40))},
        {"z": 1 / (1 / 1e9 + 2j * np.pi * FREQUENCY * 1e-6)},
        {"voltage_volt": np.round(0.1 + 2e-4 * RNG.normal(size=40), 3)},
        {"voltage_volt": np.where(np.arange(40) < 20, 0.0, 0.1)},
        {"current_ampere": 1e-6 * RNG.standard_t(4, size=40)},
        {"current_ampere": np.full(40, np.nan)},
    ],
)
def test_numbers_of_a_whole_sweep_are_left_alone(change):
    assert lone(**change) == []


def test_rows_of_another_number_of_cells_are_left_out_unless_most_are(tmp_path):
    lines = ["freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm"]
    lines += [f"{f:.4e},{z.real:.4e},{z.imag:.4e}" for f, z in zip(FREQUENCY, Z, strict=True)]
    path = write(tmp_path, [*lines[:8], lines[8] + ",1.0", *lines[9:], ""], "z.csv")
    spectrum = ec.read_impedance(path)
    assert spectrum.sizes["frequency"] == 39
    (note,) = reading_of(spectrum).notes
    text = "z.csv: 1 row left out for another number of cells than 3 (line 9 has 4)"
    assert (note.code, str(note.severity), note.text) == ("rows-odd", "warning", text)
    with pytest.raises(BadInput, match=r"row left out for another number of cells.*or read it without strict"):
        ec.read_impedance(path, strict=True)
    most = [lines[0], *(line + ",1.0" for line in lines[1:30]), *lines[30:], ""]
    assert_refused(
        write(tmp_path, most, "z.csv"), "line 2 has 4 columns where 3 are named, as have 29 of 40", ec.read_impedance
    )


def test_numbers_that_no_instrument_writes_are_refused(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text("test_time_second,voltage_volt,current_ampere\n0,1,0.1\n4.5e12,1,0.1\n")
    assert_refused(path, r"test_time_second is 4\.5e\+12 in row 2, above 1e\+10", ec.read_cycling)


def test_cells_and_counts_of_tables_are_held_to_what_the_file_says():
    cells = [f"{v:.3f}" for v in RNG.normal(0, 50, 60)]
    values = np.array(cells, dtype=float)
    check_written({"Re": cells, "range": ["Auto1"] * 60}, {"Re": values, "range": values + np.nan}, range(60))
    broken = [*cells]
    broken[4], number = "12.0#4", np.nan
    lost, said = check_written({"Re": broken}, {"Re": with_value(values, 4, number)}, range(60))
    assert lost == [4]
    assert [(note.code, note.text) for note in said] == [
        ("rows-odd", "1 row left out for cells that are no number ('12.0#4' of Re in line 4)")
    ]
    broken[4], number = "12.04", 12.04
    lost, said = check_written({"Re": broken}, {"Re": with_value(values, 4, number)}, range(60))
    assert lost == []
    assert [(note.code, note.text) for note in said] == [
        ("cells-odd", "1 cell with other decimals than the column ('12.04' of Re in line 4)")
    ]
    with pytest.raises(BadInput, match=r"a\.z: has 60 rows, but its header says 'Data Points: 48'"):
        check_count(["Data Points: 48"], 60, "a.z")
    assert check_count(["Number of Points: 60", ""], 60, "a.z") == ()


def test_a_last_row_that_ends_inside_its_number_is_left_out_and_said(tmp_path):
    lines = ["frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm"]
    lines += [f"{f:.4e},{z.real:.4e},{z.imag:.4e}" for f, z in zip(FREQUENCY, Z, strict=True)]
    path = tmp_path / "z.csv"
    path.write_text("\n".join(lines)[:-2])
    spectrum = ec.read_impedance(path)
    assert spectrum.sizes["frequency"] == 39
    assert "ends inside the number" in spectrum.attrs["history"]


def test_a_damaged_row_above_a_declared_table_is_refused(tmp_path):
    columns = ec.Columns(0, 1, 2, negative_imaginary=False)
    lines = [f"{f:.4e},{z.real:.4e},{z.imag:.4e}" for f, z in zip(FREQUENCY, Z, strict=True)]
    path = tmp_path / "z.csv"
    path.write_text("\n".join([lines[0].replace("e", "#", 1), *lines[1:]]))
    assert_refused(path, "above the table is a row with damage", lambda p: ec.read_impedance(p, columns=columns))


def versastudio(*, end="</Segment1>", again=""):
    lines = ["<Application>", "Name=VersaStudio", "</Application>", "<Segment1>"]
    lines.append("Definition=Segment #, E(V), Frequency(Hz), Z Real, Z Imag, 0")
    lines += [f"0,0.1,{f:.5f},{z.real:.5f},{z.imag:.5f}" for f, z in zip(FREQUENCY, Z, strict=True)]
    return [*lines, end, *([again, *lines[4:], "</Segment1>"] if again else [])]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (versastudio(end=""), "<Segment1> at line 4 is not closed"),
        (versastudio(end="</Segment2>"), "<Segment1> at line 4 is not closed"),
        (versastudio(again="<Segment1>"), "holds a segment twice"),
    ],
)
def test_versastudio_closes_its_segments_once(tmp_path, lines, message):
    assert ec.read_impedance(write(tmp_path, versastudio(), "whole.par")).sizes["frequency"] == 40
    assert_refused(write(tmp_path, lines, "a.par"), message, ec.read_impedance)


# ---- cycling


def biologic(**changes):
    time = np.arange(60.0)
    volts, amps = 1 + 0.01 * time, 2.0 + np.sin(time)
    charge = np.cumsum(amps) / 3600
    columns = {
        "time/s": time,
        "Ewe/V": volts,
        "I/mA": amps,
        "P/W": volts * amps * 1e-3,
        "dq/mA.h": np.diff(charge, prepend=0.0),
        "(Q-Qo)/mA.h": charge,
        "Ece/V": np.full(60, 0.2),
        "Ewe-Ece/V": volts - 0.2,
        "Ns": np.repeat([0.0, 1.0, 2.0], 20),
    }
    return {name: with_value(values, *changes[name]) if name in changes else values for name, values in columns.items()}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("P/W", 5.0, "row 31: P/W is 5, the other columns give"),
        ("I/mA", 50.0, "row 31: P/W is"),
        ("Ewe-Ece/V", 9.0, "row 31: Ewe-Ece/V is 9"),
        ("Ns", 513.0, "row 31: Ns is 513 between rows of 1"),
    ],
)
def test_columns_of_ec_lab_that_contradict_one_another_in_a_row_are_said_and_read(tmp_path, name, value, message):
    assert odd_cells(biologic()) == ()
    said = odd_cells(biologic(**{name: (30, value)}))
    assert [(note.code, str(note.severity)) for note in said] == [("cells-odd", "warning")]
    assert said[0].text.startswith(message)
    columns = biologic(**{name: (30, value)})
    rows = [
        "\t".join(columns),
        *("\t".join(f"{cell:.9E}" for cell in row) for row in zip(*columns.values(), strict=True)),
    ]
    path = write(tmp_path, rows, "a.txt")
    assert ec.read_cycling(path).sizes["row"] == 60
    with pytest.raises(BadInput, match=rf"a\.txt: {message}"):
        ec.read_cycling(path, strict=True)


def test_an_increment_of_charge_that_differs_is_said_and_read():
    said = odd_cells(biologic(**{"dq/mA.h": (30, 7.0)}))
    text = f"row 31: dq/mA.h is 7, the other columns give {biologic()['dq/mA.h'][30]:g}, in 1 of 60 rows"
    assert [(note.code, str(note.severity), note.text) for note in said] == [("cells-odd", "warning", text)]


def test_columns_of_ec_lab_that_mean_something_else_are_left_alone():
    columns = biologic()
    columns["dq/mA.h"] = columns["(Q-Qo)/mA.h"] * 0.3
    columns["P/W"] = RNG.uniform(0, 1, 60)
    columns["Ns"] = with_value(columns["Ns"], 30, 2.0)
    assert odd_cells(columns) == ()
    assert odd_cells({"time/s": np.zeros(0)}) == ()


def test_damaged_cells_beside_a_spectrum_and_spectra_of_one_point_are_said_to_be_odd(tmp_path):
    lines = ["freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm,time/s,range"]
    pairs = enumerate(zip(FREQUENCY, Z, strict=True))
    lines += [f"{f:.4e},{z.real:.4e},{z.imag:.4e},{k}.000,1.0" for k, (f, z) in pairs]
    lines[5] = lines[5].replace("4.000,", "4#000,")
    path = tmp_path / "z.csv"
    path.write_text("\n".join([*lines, lines[-1], ""]))
    spectrum = ec.read_impedance(path, block="sweep 1")
    odd = [note.text for note in reading_of(spectrum).notes if note.code == "cells-odd"]
    assert sorted(odd) == [
        "z.csv: 2 cells of time/s not written as their columns",
        "z.csv: only a single point in 1 of 2 spectra",
    ]
