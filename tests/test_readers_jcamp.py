"""JCAMP-DX: every number form by hand, its checks, and official and measured files against another package."""

import contextlib
import io
import itertools

import jcamp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jcamp_texts import HEAD, VALUES, body, write

import spectra
from shortrange_core import AmbiguousFile, BadInput
from spectra.readers.formats import asdf

# ordinates 2 3 3 3 5 -1 -1 7 (times 0.5), by hand in each form
TABLES = {
    "AFFN": "400 2 3 3 3\n404 5 -1 -1 7\n",
    "AFFN with exponents": "400 2.0E0 3 3 3e+0\n404 50E-1 -1 -1 7\n",
    "PAC": "400+2+3+3+3\n404+5-1-1+7\n",
    "SQZ": "400BCCC\n404Eaa G\n",
    "SQZ and DUP": "400BCU\n404EaTG\n",
    "DIF": "400BJ%%K\n404Eo%Q\n",
    "DIF and DUP": "400BJ%TK\n404Eo%SQ\n",
}


def test_one_point_by_hand():
    assert asdf.decode("400BJ%%K", limit=9).values.tolist() == [2, 3, 3, 3, 5]
    assert asdf.decode("400A00T", limit=9).values.tolist() == [100, 100]
    assert asdf.decode("1a25J0", limit=9).values.tolist() == [-125, -115]
    assert asdf.decode("1 A?B", limit=9).values[2] == 2


@pytest.mark.parametrize("form", TABLES)
def test_every_form_gives_the_same_spectrum(tmp_path, form):
    spectrum = spectra.read(write(tmp_path, HEAD + "##XYDATA=(X++(Y..Y))\n" + TABLES[form] + "##END=\n"))
    np.testing.assert_allclose(spectrum.wavenumber, np.arange(400.0, 408.0))
    np.testing.assert_allclose(spectrum.intensity, VALUES)
    assert spectrum.technique.item() == "FTIR"
    assert spectrum.intensity.attrs["units"] == "absorbance"


def encode_dif(values):
    """DIF lines of ten ordinates each with their check, written here independently of the reader."""
    digits, negative = "%JKLMNOPQR", "%jklmnopqr"
    square, negative_square = "@ABCDEFGHI", "@abcdefghi"

    def number(value, up, down):
        text = str(abs(int(value)))
        table = up if value >= 0 else down
        return table[int(text[0])] + text[1:]

    lines = []
    for start in range(0, len(values), 10):
        first = start if start == 0 else start - 1
        row = values[first : start + 10]
        body = "".join(number(b - a, digits, negative) for a, b in itertools.pairwise(row))
        lines.append(f"{first + 1}{number(row[0], square, negative_square)}{body}")
    return "\n".join(lines)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=12, max_size=60))
def test_dif_that_is_written_is_read(values):
    decoded = asdf.decode(encode_dif(values), limit=100)
    np.testing.assert_array_equal(decoded.values, values)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (body("400BJ%%K\n404Fo%Q\n"), "the DIF check fails"),
        (body("400BCCC\n404Eaa\n"), "has 7 points, but its header says NPOINTS = 8"),
        (body("400BCCC\n444EaaG\n"), "begin with an abscissa that FIRSTX and LASTX contradict"),
        (body("400BCCC\n404Ea&G\n"), "not a valid number form"),
        (body("400BZ999999999999\n"), "repeats nothing, or more than"),
        (body(head=HEAD.replace("##LASTX=407\n", "")), "no LASTX"),
        (body(head=HEAD.replace("##NPOINTS=8\n", "")).replace("##END=\n", ""), "truncated: export it again"),
        (HEAD + "##XYPOINTS=(XY..XY)\n1,2\n3\n##END=\n", "do not form pairs"),
        (body(head=HEAD.replace("INFRARED", "NMR").replace("1/CM", "HZ")), "Hz and no ##.OBSERVE FREQUENCY"),
    ],
)
def test_damage_is_named(tmp_path, text, rule):
    with pytest.raises(BadInput, match=rule):
        spectra.read(write(tmp_path, text))


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("FIRSTY=1", "FIRSTY=900\n##MAXY=999", "the header says FIRSTY = 900 but 1, MAXY = 999 but 3.5"),
        ("##NPOINTS=8\n", "##NPOINTS=8\n##MINX=0\n##MAXX=900\n", "MINX = 0 but 400, MAXX = 900 but 407 of the axis"),
    ],
)
def test_extremes_of_older_data_are_noted(tmp_path, old, new, text):
    (note,) = spectra.notes_of_reading(spectra.read(write(tmp_path, body(head=HEAD.replace(old, new)))))
    assert note.code == "limits-contradicted"
    assert text in note.text


def test_a_count_that_is_one_off_is_noted_where_the_axis_agrees(tmp_path):
    head = HEAD.replace("NPOINTS=8", "NPOINTS=9")
    path = write(tmp_path, body(head=head + "##DELTAX=1\n"))
    assert [note.code for note in spectra.notes_of_reading(spectra.read(path))] == ["count-contradicted"]
    with pytest.raises(BadInput, match="has 8 points, but its header says NPOINTS = 9"):
        spectra.read(write(tmp_path, body(head=head + "##DELTAX=0.875\n"), "b.jdx"))


def test_pairs_links_and_peak_tables_are_blocks(tmp_path):
    pairs = (
        HEAD.replace("test glass", "one")
        + "##XYPOINTS=(XY..XY)\n"
        + "\n".join(f"{400 + i},{v}" for i, v in enumerate([2, 3, 3, 3, 5, -1, -1, 7]))
    )
    other = body(head=HEAD.replace("test glass", "two"))
    peaks = "##TITLE=two\n##DATA TYPE=NMRPEAKTABLE\n##NPOINTS=1\n##PEAKTABLE=(XY..XY)\n1,2\n##END=\n"
    link = (
        "##TITLE=all\n##JCAMP-DX=4.24\n##DATA TYPE=LINK\n##BLOCKS=3\n"
        + pairs
        + "\n##END=\n"
        + other
        + peaks
        + "##END=\n"
    )
    path = write(tmp_path, link)
    with pytest.raises(AmbiguousFile, match="'one', 'two'"):
        spectra.read(path)
    np.testing.assert_allclose(spectra.read(path, block="one").intensity, VALUES)
    np.testing.assert_allclose(spectra.read(path, block="two").intensity, VALUES)
    with pytest.raises(BadInput, match="table of peaks"):
        spectra.read(path, block="two peaks")


def test_ntuples_have_a_real_and_an_imaginary_part(tmp_path):
    text = """##TITLE=n
##JCAMP-DX=5.0
##DATA TYPE=NMR SPECTRUM
##.OBSERVE FREQUENCY=100
##.OBSERVE NUCLEUS=^31P
##NTUPLES=NMR SPECTRUM
##VAR_NAME=FREQUENCY, SPECTRUM/REAL, SPECTRUM/IMAG, PAGE NUMBER
##SYMBOL=X, R, I, N
##VAR_DIM=4, 4, 4, 2
##UNITS=HZ, ARBITRARY UNITS, ARBITRARY UNITS,
##FIRST=300, 1, 5, 1
##LAST=0, 4, 8, 2
##FACTOR=100, 2, 3, 1
##PAGE=N=1
##DATA TABLE=(X++(R..R)), XYDATA
3ABCD
##PAGE=N=2
##DATA TABLE=(X++(I..I)), XYDATA
3EFGH
##END NTUPLES=NMR SPECTRUM
##END=
"""
    spectrum = spectra.read(write(tmp_path, text))
    np.testing.assert_allclose(spectrum.chemical_shift, [0, 1, 2, 3])
    np.testing.assert_allclose(spectrum.intensity, [8, 6, 4, 2])
    np.testing.assert_allclose(spectrum.imaginary, [24, 21, 18, 15])


ONE_BLOCK = {
    "ftir/jcamp/LABCALC.DX": 3435,
    "ftir/jcamp/PE1800.DX": 3301,
    "ftir/jcamp/fixdec1.jdx": 3951,
    "ftir/jcamp/isopropanol_ASDF.jdx": 9541,
    "ftir/jcamp/jtpolys.jdx": 1844,
    "ftir/jcamp/pacdec1.jdx": 3301,
    "ftir/jcamp/polysty.jdx": 3951,
    "ftir/jcamp/sqzdec1.jdx": 16384,
    "ftir/openspecy_fitr_nitrocellulose.jdx": 7154,
    "nmr/jcamp/BRUKDIF.DX": 16384,
    "nmr/jcamp/BRUKNTUP.DX": 16384,
    "nmr/jcamp/dupdec1.jdx": 3951,
    "nmr/jeol_1H_export.dx": 16384,
    "raman/jcamp/tannic_acid.jdx": 1949,
}


def header(path, label):
    for line in path.read_text(errors="replace").splitlines():
        if line.upper().replace(" ", "").startswith(f"##{label}="):
            return float(line.split("=", 1)[1].split("$$")[0])
    return None


@pytest.mark.parametrize("file", ONE_BLOCK)
def test_real_files_agree_with_their_own_headers(real_data, file):
    path = real_data / file
    spectrum = spectra.read(path)
    axis = next(iter(spectrum.dims))
    assert spectrum.sizes[axis] == ONE_BLOCK[file]
    y = spectrum.intensity.values
    span = np.ptp(y)
    for label, value in (("MAXY", y.max()), ("MINY", y.min())):
        said = header(path, label)
        if said is not None and not (file.endswith("LABCALC.DX")):  # LABCALC writes 1 and 0, which are no extremes
            assert value == pytest.approx(said, abs=max(0.006 * span, 0.006))  # rounded in the header
    if axis != "chemical_shift":
        ends = sorted((header(path, "FIRSTX"), header(path, "LASTX")))
        np.testing.assert_allclose([spectrum[axis][0], spectrum[axis][-1]], ends)


def test_real_official_files_in_two_encodings_agree(real_data):
    """PE1800 is PAC and pacdec1 the same spectrum in percent; BRUKDIF, BRUKNTUP and sqzdec1 come from one spectrum."""
    one = spectra.read(real_data / "ftir/jcamp/PE1800.DX")
    percent = spectra.read(real_data / "ftir/jcamp/pacdec1.jdx")
    np.testing.assert_allclose(percent.intensity, 100 * one.intensity, atol=1e-9)
    assert percent.intensity.attrs["units"] == "percent transmittance"
    poly, dup = spectra.read(real_data / "ftir/jcamp/polysty.jdx"), spectra.read(real_data / "nmr/jcamp/dupdec1.jdx")
    np.testing.assert_allclose(dup.intensity, 100 * poly.intensity, atol=1e-9)
    dif, tuples = spectra.read(real_data / "nmr/jcamp/BRUKDIF.DX"), spectra.read(real_data / "nmr/jcamp/BRUKNTUP.DX")
    np.testing.assert_array_equal(dif.intensity, tuples.intensity)
    assert "imaginary" in tuples


ORACLE = [
    "ftir/jcamp/PE1800.DX",
    "ftir/jcamp/fixdec1.jdx",
    "ftir/jcamp/polysty.jdx",
    "ftir/openspecy_fitr_nitrocellulose.jdx",
    "nmr/jcamp/dupdec1.jdx",
]


@pytest.mark.parametrize("file", ORACLE)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_real_files_agree_with_the_jcamp_package(real_data, file):
    with contextlib.redirect_stdout(io.StringIO()):
        other = jcamp.readfile(str(real_data / file))
    spectrum = spectra.read(real_data / file)
    x, y = np.asarray(other["x"]), np.asarray(other["y"])
    order = np.argsort(x)
    np.testing.assert_allclose(spectrum.wavenumber, x[order], rtol=1e-6)
    np.testing.assert_allclose(spectrum.intensity, y[order], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("truth", [694, 759, 1028, 1452, 1493, 1601, 2920, 3027])
def test_real_polystyrene_has_its_bands(real_data, truth):
    spectrum = spectra.read(real_data / "ftir/jcamp/polysty.jdx").sel(wavenumber=slice(truth - 8, truth + 8))
    assert float(spectrum.wavenumber[int(np.argmin(spectrum.intensity.values))]) == pytest.approx(truth, abs=1.5)


def test_real_nmr_files(real_data):
    phosphorus = spectra.read(real_data / "nmr/bruker_31P_solution_162MHz.jdx", technique="31P NMR")
    top = int(np.argmax(phosphorus.intensity.values))
    assert float(phosphorus.chemical_shift[top]) == pytest.approx(41.698690854452195, abs=1e-9)
    assert float(phosphorus.intensity[top]) == pytest.approx(54979104.0)
    silicon = spectra.read(real_data / "nmr/bruker_29Si_solution_79MHz.jdx")
    assert silicon.technique.item() == "29Si NMR"
    assert silicon.sizes["chemical_shift"] - 1 - int(np.argmax(silicon.intensity.values)) == 16572
    proton = spectra.read(real_data / "nmr/jeol_1H_export.dx")
    assert float(proton.chemical_shift[-1]) == pytest.approx(6037.9072694778 / 399.784493896)
    assert proton.sizes["chemical_shift"] - 1 - int(np.argmax(proton.intensity.values)) == 10237


def test_real_compound_file(real_data):
    path = real_data / "ftir/jcamp/example_compound_file.jdx"
    with pytest.raises(AmbiguousFile, match="contains 2 blocks") as caught:
        spectra.read(path)
    first = spectra.read(path, block=caught.value.choices[0])
    assert first.sizes == {"wavenumber": 2074}
    assert float(first.intensity.max()) == pytest.approx(0.529274, abs=1e-5)
