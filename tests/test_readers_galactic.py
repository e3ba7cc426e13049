"""Galactic files, of the new and the old format: by hand first, then measured ones."""

import struct

import numpy as np
import pytest

import spectra
from shortrange_core import BadInput


def spc(path, *, order="<", exponent=-128, spectra_count=1, x_type=13, listed=False, short=False, cut=0, own=False):
    points = 40
    x = np.linspace(900.0, 200.0, points)
    rows = [np.round(100 * np.sin(np.arange(points) / 6.0 + k)) + 200 for k in range(spectra_count)]
    flags = (0x04 if spectra_count > 1 else 0) | (0x80 if listed else 0) | (0x01 if short else 0) | (0xC0 if own else 0)
    head = bytearray(512)
    struct.pack_into(
        f"{order}BBBbIddIBB", head, 0, flags, 0x4B if order == "<" else 0x4C, 0, exponent, points, x[0], x[-1],
        spectra_count, x_type, 4,
    )  # fmt: skip
    body = x.astype(f"{order}f4").tobytes() if listed and not own else b""
    for k, row in enumerate(rows):
        sub = bytearray(32)
        struct.pack_into(f"{order}BbHffffI", sub, 0, 0, exponent, k, float(k), 0, 0, 0, points)
        struct.pack_into(f"{order}I", sub, 16, points)
        if exponent == -128:
            data = row.astype(f"{order}f4").tobytes()
        else:
            bits = 16 if short else 32
            data = np.round(row * 2.0 ** (bits - exponent)).astype(f"{order}i{bits // 8}").tobytes()
        body += bytes(sub) + (x.astype(f"{order}f4").tobytes() if own else b"") + data
    content = bytes(head) + body
    path.write_bytes(content[: len(content) - cut])
    return path, x, np.array(rows)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"order": ">"},
        {"exponent": 10},
        {"exponent": 10, "short": True},
        {"listed": True},
        {"own": True},
        {"own": True, "exponent": 10},
        {"own": True, "exponent": 10, "short": True},
    ],
)
def test_a_galactic_spectrum_in_every_encoding(tmp_path, how):
    path, x, rows = spc(tmp_path / "glass.spc", **how)
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum.raman_shift, x[::-1], rtol=1e-6)
    np.testing.assert_allclose(spectrum.intensity, rows[0, ::-1], atol=0.02)


def test_a_galactic_map_and_its_damage(tmp_path):
    path, _, rows = spc(tmp_path / "map.spc", spectra_count=3)
    stack = spectra.read(path)
    np.testing.assert_allclose(stack.intensity[:, ::-1], rows)
    path, _, _ = spc(tmp_path / "cut.spc", spectra_count=3, cut=5)
    with pytest.raises(BadInput, match="truncated or damaged"):
        spectra.read(path)
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 4, 2**31)
    path.write_bytes(bytes(content))
    with pytest.raises(BadInput, match="do not fit"):
        spectra.read(path)


def old_spc(path, rows, *, exponent=12, short=False, multi=False, rest=b""):
    """SPC of the format before 1996: integers of two halves, the higher first, behind a subheader each."""
    flags = (1 if short else 0) | (4 if multi else 0)
    head = struct.pack("<BBhfffBB", flags, 0x4D, exponent, rows.shape[1], 100.0, 400.0, 13, 0).ljust(224, b"\0")
    body = b""
    for index, row in enumerate(rows):
        body += struct.pack("<xbxxf", exponent, 0.5 * index).ljust(32, b"\0")
        if short:
            body += np.round(row * 2.0 ** (16 - exponent)).astype("<i2").tobytes()
        else:
            whole = np.round(row * 2.0 ** (32 - exponent)).astype(np.int64).astype(np.int32).view(np.uint32)
            body += np.stack([whole >> 16, whole & 0xFFFF], axis=1).astype("<u2").tobytes()
    path.write_bytes(head + body + rest)
    return path


@pytest.mark.parametrize(("short", "step"), [(False, 2.0**-20), (True, 2.0**-4)])
@pytest.mark.parametrize("count", [1, 3])
def test_the_old_galactic_format_is_read(tmp_path, short, step, count):
    rows = np.outer(np.arange(1, count + 1), 300 * np.sin(np.linspace(0, 7, 50)))
    path = old_spc(tmp_path / "old.spc", rows, short=short, multi=count > 1)
    found = spectra.read(path)
    assert np.max(np.abs(found["intensity"].values - (rows if count > 1 else rows[0]))) <= step / 2
    np.testing.assert_allclose(found["raman_shift"], np.linspace(100, 400, 50))
    if count > 1:
        assert found["z"].values.tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("cut", [100, 300, 455])
def test_a_cut_file_of_the_old_galactic_format_is_refused(tmp_path, cut):
    path = old_spc(tmp_path / "old.spc", np.ones((1, 50)))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BadInput, match=r"is truncated|do not fit|no reader recognises"):
        spectra.contents(path)


def test_a_power_of_0_beside_others_is_no_blank(tmp_path):
    """One spectrum of a stack had the power of the file in place of its own 0: off by a factor of two, in silence."""
    path, _, rows = spc(tmp_path / "a.spc", spectra_count=3, exponent=10)
    content = bytearray(path.read_bytes())
    places = [512 + k * (32 + 4 * 40) + 1 for k in range(3)]
    content[places[1]] = 0
    path.write_bytes(bytes(content))
    found = spectra.read(path)["intensity"].values[:, ::-1]
    np.testing.assert_allclose(found, rows * [[1.0], [2.0**-10], [1.0]], atol=0.01)
    for place in places:
        content[place] = 0
    path.write_bytes(bytes(content))  # none has its own: all have that of the file
    np.testing.assert_allclose(spectra.read(path)["intensity"].values[:, ::-1], rows, atol=0.01)


@pytest.mark.parametrize(
    ("kind", "technique", "rule"),
    [
        (9, "Raman", "has its axis in m/z, but Raman needs cm-1"),
        (22, "FTIR", "has its axis in points, but FTIR needs cm-1"),
        (10, "FTIR", r"has the axis chemical_shift \(ppm\), which FTIR does not have"),
        (4, "Raman", r"has the axis time \(s\), which Raman does not have"),
    ],
)
def test_an_axis_that_spc_states_is_no_other_one(tmp_path, kind, technique, rule):
    """Masses and decays were read as wavenumbers where somebody said so, in silence."""
    path, _, _ = spc(tmp_path / "a.spc")
    content = bytearray(path.read_bytes())
    content[28] = kind
    path.write_bytes(bytes(content))
    with pytest.raises(BadInput, match=rule):
        spectra.read(path, technique=technique)


def test_a_log_that_is_not_where_spc_says_is_a_note(tmp_path):
    path, _, rows = spc(tmp_path / "a.spc")
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 248, len(content))
    path.write_bytes(bytes(content))
    found = spectra.read(path, technique="Raman")
    assert [note.code for note in spectra.notes_of_reading(found)] == ["log-contradicted"]
    np.testing.assert_allclose(found["intensity"].values[::-1], rows[0], atol=0.02)


def test_a_curve_at_one_energy_is_no_spectrum(tmp_path):
    path = tmp_path / "align.xy"
    head = (
        "# Created by: SpecsLab Prodigy, Version 4\n# XY-Serializer Export Settings:\n# Energy Axis: Binding Energy\n"
    )
    head += "# Region: Align\n# Analysis Method: XPS\n"
    rows = "".join(f"{k}  {10 * (k % 3)}\n" for k in range(40))
    path.write_text(f"{head}# Values/Curve: 40\n# ColumnLabels: index counts/s\n{rows}")
    (block,) = spectra.contents(path)
    assert "its axis is the point number" in block.problem


@pytest.mark.parametrize("own", [False, True])
def test_spectra_of_sixteen_bits_follow_one_another(tmp_path, own):
    path, _, rows = spc(tmp_path / "a.spc", exponent=10, short=True, spectra_count=3, own=own)
    found = [b.shape for b in spectra.contents(path)]
    assert found == ([(40,)] * 3 if own else [(3, 40)])
    last = spectra.read(path, block="spectrum 3") if own else spectra.read(path).isel(pixel=2)
    assert np.allclose(last.intensity, rows[2][::-1], atol=0.02)


def test_an_interferogram_in_spc_is_refused_by_that_name(tmp_path):
    path, _, _ = spc(tmp_path / "a.spc", x_type=1)
    content = bytearray(path.read_bytes())
    content[29] = 1
    path.write_bytes(bytes(content))
    with pytest.raises(BadInput, match="it is an interferogram; transform it"):
        spectra.read(path, technique="FTIR")


def test_real_wire_map_as_wdf_and_spc_agree(real_data):
    folder = real_data / "raman/renishaw"
    one, other = spectra.read(folder / "cheminfo_6x6.wdf"), spectra.read(folder / "cheminfo_6x6.spc")
    np.testing.assert_allclose(one.raman_shift[[0, -1]], other.raman_shift[[0, -1]], atol=1e-3)
    # WiRE exports to an even axis by interpolation: the same done here gives the same numbers
    even = np.stack([np.interp(other.raman_shift, one.raman_shift, row) for row in one.intensity.values])
    np.testing.assert_allclose(other.intensity, even, atol=0.2, rtol=1e-4)


def test_real_galactic_files(real_data):
    folder = real_data / "raman/spc"
    assert spectra.read(folder / "openspecy_raman_atacamit.spc", technique="Raman").sizes == {"raman_shift": 559}
    assert spectra.read(folder / "cheminfo_resolutionPro.spc", technique="FTIR").sizes == {"wavenumber": 1557}
