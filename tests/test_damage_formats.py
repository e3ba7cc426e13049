"""What instrument formats repeat and so cannot hide: a damaged number is refused by name; what is left alone."""

import numpy as np
import pytest
from damage import X, Y, assert_noted, assert_refused, write

import spectra
from shortrange_core import BadInput
from spectra.readers.formats import asdf, jeol
from spectra.readers.raw import Source


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
            r"has the regions \[1, 1\] of 2; parts are missing or duplicated",
        ),
        (multipak((("O 1s", 1, 540.0), ("O 1s", 1, 540.0)), said=1), "contains a region twice"),
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
    text = {"step-uneven": "follow one another in steps of -0.25 eV", "decimals-differ": "do not have the decimals"}
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
            r"'dark subtracted #1' is not 'raw data #1' minus 'dark #1' in 1 pixels",
        ),
        (lambda row: "7" + row[1:], "pixel numbers do not increase by one"),
    ],
)
def test_bwtek_repeats_itself(tmp_path, change, message):
    assert len(spectra.contents(write(tmp_path, bwtek(), "whole.txt"))) == 3
    assert_refused(write(tmp_path, bwtek(change)), message)


def test_agilent_and_casaxps_pad_their_decimals(tmp_path):
    ordinates = [f"{y:.4f}" for y in Y]
    ordinates[50] = ordinates[50][:-1]
    path = write(tmp_path, ["121", "200", "800", "1", "2", "4", *ordinates], "a.asp")
    assert_noted(path, "decimals-differ", "do not have the decimals", spectra.read)
    rows = [f"{1486.6 - x:.3f},{y:.2f},1,,{x:.3f},{y:.2f},1" for x, y in zip(X, Y, strict=True)]
    rows[50] = rows[50].replace(".", "1", 3).replace("1", ".", 0)
    head = ['"Cycle 0:a:O 1s"', ",Characteristic Energy eV,1486.69,Acquisition Time s,1", "Name,,a", "Area,,1"]
    lines = [*head, "Lineshape,,G", "K.E.,Counts,a,,B.E.,CPS,a", *rows]
    assert_noted(write(tmp_path, lines, "a.csv"), "decimals-differ", "do not have the decimals", spectra.read)


def jcamp(table_lines, **records):
    said = {"XFACTOR": 1, "YFACTOR": 1, "FIRSTX": 400, "LASTX": 559, "NPOINTS": 160} | records
    head = ["##TITLE=a", "##JCAMP-DX=4.24", "##DATA TYPE=RAMAN SPECTRUM", "##XUNITS=1/CM", "##YUNITS=COUNTS"]
    return [*head, *(f"##{k}={v}" for k, v in said.items()), "##XYDATA=(X++(Y..Y))", *table_lines, "##END="]


def ordinates():
    values = [1000 + (37 * k) % 211 for k in range(160)]
    return values, [f"{400 + k} " + " ".join(map(str, values[k : k + 8])) for k in range(0, 160, 8)]


def test_jcamp_refuses_letters_among_plain_numbers_and_two_numbers_in_one():
    for body in ("400 1 2 3\n403 4 5é6 7", "400 1 2 3\n403 4 \x0256 7"):
        with pytest.raises(BadInput, match=r"line 2 of the table contains .* among its numbers"):
            asdf.decode(body, limit=20)
    with pytest.raises(BadInput, match="two numbers run together"):
        asdf.decode(f"400 1 2 {'3' * 31}", limit=20)
    with pytest.raises(BadInput, match="among its numbers"):
        asdf.pairs("1.0, 2.0; 3.0, 4#0")


def test_a_cut_compound_file_is_refused(tmp_path):
    block = jcamp(ordinates()[1])
    link = ["##TITLE=all", "##JCAMP-DX=4.24", "##DATA TYPE=LINK", "##BLOCKS=2", *block, *block, "##END="]
    assert len(spectra.contents(write(tmp_path, link, "whole.jdx"))) == 2
    assert len(spectra.contents(write(tmp_path, link[:-1], "without.jdx"))) == 2
    assert_refused(
        write(tmp_path, link[:-20], "cut.jdx"), "does not end with ##END=; it is truncated", spectra.contents
    )


def test_jcamp_refuses_a_line_that_lost_an_ordinate_which_another_gained(tmp_path):
    _, lines = ordinates()
    assert spectra.contents(write(tmp_path, jcamp(lines), "whole.jdx"))[0].shape == (160,)
    first, moved = lines[4].rsplit(" ", 1)
    lines[4], lines[12] = first, f"{lines[12]} {moved}"
    assert_refused(
        write(tmp_path, jcamp(lines), "a.jdx"), "line 5 begins at 432 and the next at 440, but it has 7 ordinates"
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
        patched(real_data, tmp_path, name, change), "absorbance is not the ratio of its channels at 1 point,"
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
