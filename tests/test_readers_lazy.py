"""Maps that stay in their file: chunk by chunk the same numbers, with the memory of a chunk."""

import struct
import tracemalloc

import dask
import numpy as np
import pytest

import spectra
from shortrange_core import BadInput
from spectra import backgrounds
from spectra.models import Model, peak
from spectra.readers import raw

COUNT, POINTS = 60, 200
AXIS = np.linspace(700.0, 200.0, POINTS)
RNG = np.random.default_rng(7)
LEVEL = 1000 + 400 * np.exp(-(((AXIS - 420) / 20) ** 2))
DATA = np.round(RNG.normal(LEVEL, 20.0, (COUNT, POINTS)), 1).astype("<f4")
PLACES = np.arange(COUNT)


def wire_map(path, data=DATA):
    head = bytearray(512)
    head[:4] = b"WDF1"
    struct.pack_into("<IQ", head, 4, 1, 512)
    struct.pack_into("<IQQIIII", head, 0x3C, data.shape[1], len(data), len(data), 1, 1, data.shape[1], 0)
    struct.pack_into("<If", head, 0x98, 6, 18797.0)
    axis = struct.pack("<II", 1, 1) + np.linspace(700, 200, data.shape[1]).astype("<f4").tobytes()
    content = bytes(head)
    for name, body in ((b"DATA", data.tobytes()), (b"XLST", axis)):
        content += name + struct.pack("<IQ", 0, 16 + len(body)) + body
    path.write_bytes(content)
    return path


def galactic_map(path, data=DATA):
    head = bytearray(512)
    numbers = (0x04, 0x4B, 0, -128, POINTS, AXIS[0], AXIS[-1], len(data), 13, 4)
    struct.pack_into("<BBBbIddIBB", head, 0, *numbers)
    content = bytes(head)
    for k, row in enumerate(data):
        sub = bytearray(32)
        struct.pack_into("<BbHffffI", sub, 0, 0, -128, k, float(k), 0, 0, 0, POINTS)
        content += bytes(sub) + row.tobytes()
    path.write_bytes(content)
    return path


def labspec_map(path, data=DATA, decimal="."):
    lines = ["#Laser=\t532.04", "#AxisType[1]=Spectr", "#AxisUnit[1]=1/cm"]
    lines.append("\t\t" + "\t".join(f"{x:.6f}" for x in AXIS))
    lines += [f"{k // 10}\t{k % 10}\t" + "\t".join(f"{v:.1f}" for v in row) for k, row in enumerate(data)]
    path.write_text("\n".join(lines).replace(".", decimal if decimal == "," else ".") + "\n")
    return path


MAPS = {"map.wdf": wire_map, "map.spc": galactic_map, "map.txt": labspec_map}


@pytest.mark.parametrize("name", MAPS)
def test_a_map_read_by_chunks_is_the_map(tmp_path, name):
    path = MAPS[name](tmp_path / name)
    whole = spectra.read(path, technique="Raman")
    lazy = spectra.read(path, technique="Raman", chunks={"pixel": 16})
    assert lazy.intensity.chunks[0] == (16, 16, 16, 12)
    assert set(lazy.coords) == set(whole.coords)
    np.testing.assert_array_equal(lazy.raman_shift, whole.raman_shift)
    np.testing.assert_array_equal(lazy.intensity.values, whole.intensity.values)
    np.testing.assert_allclose(lazy.noise.values, whole.noise.values, rtol=1e-12)
    np.testing.assert_array_equal(lazy.intensity[17:40:3, 5:9].values, whole.intensity[17:40:3, 5:9].values)
    np.testing.assert_allclose(whole.intensity[:, ::-1], DATA, atol=1e-3)
    for one in (3, 40):
        alone = spectra.estimate_noise(whole.intensity[one].values)
        assert float(whole.noise[one, 0]) == pytest.approx(alone, rel=1e-6)


@pytest.mark.parametrize("chunks", ["auto", {}, -1, 7, {"pixel": 100}, {"raman_shift": 50}])
def test_chunks_as_xarray_takes_them(tmp_path, chunks):
    lazy = spectra.read(wire_map(tmp_path / "map.wdf"), chunks=chunks)
    assert lazy.intensity.chunks is not None
    np.testing.assert_array_equal(lazy.intensity.values[:, ::-1], DATA)
    with pytest.raises(BadInput, match="a number of spectra above 0"):
        spectra.read(tmp_path / "map.wdf", chunks=0)
    for wrong in ("pixel", {"x": 3}):
        with pytest.raises(BadInput, match=r"does not divide pixel \(60\), raman_shift \(200\)"):
            spectra.read(tmp_path / "map.wdf", chunks=wrong)


@pytest.mark.parametrize("name", MAPS)
def test_only_the_spectra_that_are_asked_for_are_read(tmp_path, name, monkeypatch):
    path = MAPS[name](tmp_path / name)
    lazy = spectra.read(path, technique="Raman", chunks={"pixel": 16})
    asked = []
    kind = raw.TextRows if name.endswith("txt") else raw.BinaryRows
    read = kind.read

    def noting(self, low, high):
        asked.append((low, high))
        return read(self, low, high)

    monkeypatch.setattr(kind, "read", noting)
    lazy.isel(pixel=slice(20, 30)).intensity.values  # noqa: B018 - computes
    assert asked == [(16, 32)]


def test_a_file_that_changes_after_it_was_opened_is_refused(tmp_path):
    path = wire_map(tmp_path / "map.wdf")
    lazy = spectra.read(path, chunks={"pixel": 16})
    wire_map(path, DATA[:50])
    with pytest.raises(BadInput, match=r"map\.wdf: was changed since its map was opened"):
        lazy.intensity.values  # noqa: B018 - computes
    path.unlink()
    with pytest.raises(BadInput, match="cannot be read any more"):
        lazy.intensity.values  # noqa: B018 - computes


def test_a_damaged_line_of_a_lazy_text_map_is_refused(tmp_path):
    path = labspec_map(tmp_path / "map.txt")
    text = path.read_text().split("\n")
    path.write_text("\n".join([*text[:9], text[9].rsplit("\t", 1)[0], *text[10:]]))
    with pytest.raises(BadInput, match="line 10 does not have 202 numbers"):
        spectra.read(path, technique="Raman", chunks={})
    cells = text[9].split("\t")
    path.write_text("\n".join([*text[:9], "\t".join([*cells[:-1], "12x"]), *text[10:]]))
    lazy = spectra.read(path, technique="Raman", chunks={"pixel": 10})
    with pytest.raises(BadInput, match="spectrum 5 does not have 202 numbers"):
        lazy.intensity.values  # noqa: B018 - computes


def test_a_lazy_text_map_with_decimal_commas(tmp_path):
    path = labspec_map(tmp_path / "map.txt", decimal=",")
    lazy = spectra.read(path, technique="Raman", chunks={"pixel": 16})
    np.testing.assert_allclose(lazy.intensity.values[:, ::-1], DATA, atol=1e-3)
    np.testing.assert_array_equal(lazy.x, PLACES % 10)


def test_a_constant_spectrum_of_a_lazy_map_is_refused_as_a_pixel(tmp_path):
    data = DATA.copy()
    data[5] = 0.0
    lazy = spectra.read(wire_map(tmp_path / "map.wdf", data), chunks={"pixel": 16})
    fits = spectra.fit_map(lazy, band(), store=tmp_path / "fits").compute()
    assert fits.reason[5].item() == "the intensity is zero everywhere"
    assert [text for text in fits.reason.values if text] == [fits.reason[5].item()]


def band():
    centre = {"center": (420.0, 400.0, 440.0), "fwhm": (33.0, 15.0, 60.0)}
    return Model("Raman", "raman_shift", (peak("PS4", centre, shape="gaussian"),), (backgrounds.linear(),))


def test_a_lazily_read_map_is_fitted_as_one_in_memory(tmp_path):
    path = wire_map(tmp_path / "map.wdf")
    lazy = spectra.fit_map(spectra.read(path, chunks={"pixel": 16}), band(), store=tmp_path / "lazy", chunk=16)
    whole = spectra.fit_map(spectra.read(path), band(), store=tmp_path / "whole", chunk=16)
    np.testing.assert_allclose(lazy.value.values, whole.value.values, rtol=1e-9)
    np.testing.assert_allclose(lazy.sd.values, whole.sd.values, rtol=1e-9)
    assert set(lazy.reason.values) == {""}
    text = spectra.read(labspec_map(tmp_path / "map.txt"), technique="Raman", chunks={"pixel": 16})
    found = spectra.fit_map(text, band(), store=tmp_path / "text", chunk=16)
    np.testing.assert_allclose(found.value.values, whole.value.values, rtol=1e-3, atol=1.0)
    np.testing.assert_array_equal(found.x, PLACES % 10)


@pytest.mark.parametrize("name", MAPS)
def test_memory_is_that_of_the_chunks_not_of_the_map(tmp_path, name):
    """Four times the spectra: four times the memory of a map that is read whole, the same where chunks are."""

    def most(repeats, chunks):
        path = MAPS[name](tmp_path / f"{repeats}-{name}", np.concatenate([DATA] * repeats))
        tracemalloc.start()
        with dask.config.set(scheduler="synchronous"):
            found = spectra.read(path, technique="Raman", chunks=chunks)
            mean = (found.intensity / found.noise).mean("pixel").values
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, mean

    most(1, {"pixel": 60})  # imports
    small, mean = most(4, {"pixel": 60})
    large, same = most(16, {"pixel": 60})
    whole, expected = most(16, None)
    np.testing.assert_allclose(mean, expected, rtol=1e-9)
    np.testing.assert_allclose(same, expected, rtol=1e-9)
    assert large < 2 * small  # the graph of the chunks grows, their data do not
    assert whole > 3 * most(4, None)[0]
    assert whole > 3 * large
