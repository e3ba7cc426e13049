"""Folders of VnmrJ, written by nmrglue and by hand: one decay, arrays, what is refused."""

import struct

import nmrglue
import numpy as np
import pytest

import spectra
from shortrange_core import BadInput
from spectra.readers import raw_blocks

POINTS, WIDTH, REFERENCE = 2048, 20000.0, 161.9
LINE_PPM = -12.0
RFL, RFP = 9000.0, -500.0
CARRIER = (WIDTH / 2 - RFL + RFP) / REFERENCE


def procpar(*, array="", d2=("0",), **numbers):
    """The parameters that matter, in the layout of VnmrJ."""
    values = {
        "sw": WIDTH,
        "sfrq": 161.95,
        "reffrq": REFERENCE,
        "rfl": RFL,
        "rfp": RFP,
        "srate": 5000,
        "nt": 8,
        **numbers,
    }
    text = "".join(f"{k} 1 1 5e5 100 -1 2 1 11 1 64\n1 {v} \n0 \n" for k, v in values.items() if v is not None)
    text += f"d2 1 1 5e5 0 0 2 1 11 1 64\n{len(d2)} {' '.join(d2)} \n0 \n"
    text += 'comment 2 2 8 0 0 2 1 9 1 64\n2 "line one\nline two"\n"second"\n0 \n'
    return text + f'tn 2 2 8 0 0 2 1 9 1 64\n1 "P31" \n0 \narray 2 2 8 0 0 2 1 9 1 64\n1 "{array}" \n0 \n'


def decay(ppm=LINE_PPM, height=1000.0):
    """One line as VNMR stores it: the mirror image of exp(+i omega t)."""
    time = np.arange(POINTS // 2) / WIDTH
    return height * np.exp((-2j * np.pi * (ppm - CARRIER) * REFERENCE - 200) * time)


def stored(rows, *, kind=">f4", status=0x8 | 0x1 | 0x10, cut=0, points=POINTS, block=None):
    size = np.dtype(kind).itemsize
    width = 28 + POINTS * size
    content = struct.pack(">6i2hi", len(rows), 1, points, size, POINTS * size, block or width, 0, status, 1)
    for number, row in enumerate(rows):
        content += struct.pack(">4hi4f", 0, status, number + 1, 0, 1, 0, 0, 0, 0)
        content += np.column_stack([row.real, row.imag]).ravel().astype(kind).tobytes()
    return content[: len(content) - cut]


def folder(place, content, text=None):
    place.mkdir(exist_ok=True)
    (place / "fid").write_bytes(content)
    (place / "procpar").write_text(text or procpar())
    return place


@pytest.mark.parametrize(("kind", "status"), [(">f4", 0x19), (">i4", 0x15), (">i2", 0x11)])
@pytest.mark.parametrize("inside", ["", "fid", "procpar"])
def test_a_line_is_where_procpar_says(tmp_path, kind, status, inside):
    path = folder(tmp_path / "a.fid", stored([decay()], kind=kind, status=status))
    fid = spectra.read(path / inside if inside else path)
    assert (fid.technique.item(), fid.sizes["time"]) == ("31P NMR", POINTS // 2)
    assert (fid.spinning_rate.item(), fid.scans.item(), fid.larmor_frequency.item()) == (5000, 8, REFERENCE)
    spectrum = spectra.nmr.transform(fid)
    top = float(spectrum.chemical_shift[int(np.argmax(spectrum.intensity.values))])
    assert top == pytest.approx(LINE_PPM, abs=WIDTH / REFERENCE / POINTS * 2)


def test_the_points_are_those_that_nmrglue_reads(tmp_path):
    rng = np.random.default_rng(1)
    points = rng.normal(0, 100, POINTS // 2) + 1j * rng.normal(0, 100, POINTS // 2)
    path = folder(tmp_path / "a.fid", stored([points, 2 * points]))
    _, theirs = nmrglue.varian.read_fid(str(path / "fid"), shape=(2, POINTS // 2), torder="f")
    assert np.array_equal(raw_blocks(path)[0].y, np.conj(theirs))


def test_an_array_of_delays_is_a_recovery_stack(tmp_path):
    rows = [decay(height=1000.0 * k) for k in (1, 2, 3)]
    path = folder(tmp_path / "a.fid", stored(rows), procpar(array="d2", d2=("0.1", "1", "10")))
    stack = spectra.read(path)
    assert stack.delay.values.tolist() == [0.1, 1.0, 10.0]
    assert np.allclose(np.abs(stack.intensity[:, 0]), [1000, 2000, 3000])
    other = folder(tmp_path / "b.fid", stored(rows), procpar(array="pw"))
    assert spectra.read(other).sizes["pixel"] == 3


def test_a_second_dimension_is_no_stack_of_decays(tmp_path):
    rows = [decay(height=1000.0 * k) for k in range(1, 9)]
    for number, text in enumerate([procpar(array="phase", ni=4), procpar(ni=8), procpar(array="d2", d2="12", ni=4)]):
        (block,) = spectra.contents(folder(tmp_path / f"{number}.fid", stored(rows), text))
        assert "it is a raw 2D data set (ni = " in block.problem
    left_over = procpar(array="d2", d2=tuple("12345678"), ni=4)
    assert spectra.read(folder(tmp_path / "t1.fid", stored(rows), left_over)).sizes["delay"] == 8


@pytest.mark.parametrize(
    ("how", "text", "message"),
    [
        ({"cut": 8}, None, "fid has 8244 bytes, its header says 8252; it is truncated"),
        ({"points": 4096}, None, "the header is damaged"),
        ({"block": 99}, None, "the header is damaged"),
        ({"status": 0xB}, None, "contains a spectrum, not a decay"),
        ({"cut": 8230}, None, "its header alone has 32"),
        ({}, procpar(sw=None), "procpar has no number sw"),
        ({}, procpar(sw=0), "has sw = 0 Hz in procpar; it must be above 0"),
        ({}, procpar(sfrq=None, reffrq=None), "procpar has no number sfrq"),
    ],
)
def test_what_sizes_or_parameters_deny_is_refused(tmp_path, how, text, message):
    with pytest.raises(BadInput, match=message):
        spectra.contents(folder(tmp_path / "a.fid", stored([decay()], **how), text))


def test_bytes_behind_the_last_decay_are_a_note(tmp_path):
    path = folder(tmp_path / "a.fid", stored([decay()]) + b"more")
    assert [n.code for n in spectra.notes_of_reading(spectra.read(path))] == ["trailing-bytes"]


def test_a_line_without_a_reference_stays_at_its_carrier(tmp_path):
    fid = spectra.read(folder(tmp_path / "a.fid", stored([decay()]), procpar(rfl=None)))
    assert "carrier" not in fid.coords


def test_a_temperature_counts_where_it_was_regulated(tmp_path):
    text = procpar(temp=25) + 'tin 4 2 8 0 0 2 1 9 1 64\n1 "y" \n0 \n'
    assert spectra.read(folder(tmp_path / "a.fid", stored([decay()]), text)).temperature.item() == pytest.approx(298.15)
    assert "temperature" not in spectra.read(folder(tmp_path / "b.fid", stored([decay()]), procpar(temp=25))).coords
