"""WiRE maps as the instrument writes them: lines, depth profiles, maps in any order, series, interrupted ones."""

import struct

import numpy as np
import pytest

import spectra
from shortrange_core import BadInput

POINTS = 24
SHIFT = np.linspace(700, 200, POINTS).astype("<f4")
MICROMETRE, FILETIME, CELSIUS, KELVIN = 5, 24, 21, 10
X, Y, Z, TEMPERATURE, TIME, FOCUS, FLAGS = 3, 4, 5, 9, 11, 14, 17
SERIES, MAPPING = 2, 3
START = 132_000_000_000_000_000  # ticks of 100 ns since 1601


def wire(path, lists, *, kind, grid=None, planned=None, entries=None):
    """A .wdf of header, DATA, XLST, ORGN and, for maps, WMAP; ``lists`` are (kind, unit, values) of the stage."""
    count = len(lists[0][2])
    planned = planned or count
    head = bytearray(512)
    head[:4] = b"WDF1"
    struct.pack_into("<IQ", head, 4, 1, 512)
    struct.pack_into("<IQQIIII", head, 0x3C, POINTS, planned, count, 1, 1, POINTS, len(lists))
    struct.pack_into("<II", head, 0x80, 1, kind)
    struct.pack_into("<If", head, 0x98, 6, 1e7 / 532.0)
    data = np.zeros((planned, POINTS), "<f4")
    data[:count] = np.random.default_rng(count).normal(100 + np.arange(count)[:, None], 1, (count, POINTS))

    def block(name, body):
        return name + struct.pack("<IQ", 0, 16 + len(body)) + body

    places = struct.pack("<I", len(lists))
    for origin, unit, values in lists:
        ticks = origin in (TIME, FLAGS)
        filled = np.zeros(entries or planned, "<i8" if ticks else "<f8")
        filled[:count] = values
        places += struct.pack("<II16s", origin | (0x80000000 if origin in (X, Y) else 0), unit, b"") + filled.tobytes()
    content = bytes(head) + block(b"DATA", data.tobytes())
    content += block(b"XLST", struct.pack("<II", 1, 1) + SHIFT.tobytes()) + block(b"ORGN", places)
    if grid is not None:
        flag, offset, scale, size = grid
        content += block(b"WMAP", struct.pack("<II3f3f3II", flag, 0, *offset, *scale, *size, 0))
    path.write_bytes(content)
    return data[:count]


def taken(count, step=2.0):
    return (TIME, FILETIME, START + (np.arange(count) * step * 1e7).astype("i8"))


def held(stack, name, values, unit):
    assert stack[name].dims == ("pixel",)
    np.testing.assert_allclose(stack[name], values, atol=1e-6)
    assert stack[name].attrs.get("units", "") == unit


@pytest.mark.parametrize("chunks", [None, {"pixel": 5}])
def test_a_map_says_the_place_row_and_column_of_every_pixel(tmp_path, chunks):
    row, column = np.divmod(np.arange(12), 4)
    column = np.where(row % 2, 3 - column, column)  # a stage that turns back at the end of a row
    lists = [(X, MICROMETRE, 10 + 1.5 * column), (Y, MICROMETRE, -20 - 2.5 * row), taken(12), (FLAGS, 0, np.zeros(12))]
    path = tmp_path / "map.wdf"
    data = wire(path, lists, kind=MAPPING, grid=(0, (10, -20, 5), (1.5, -2.5, 1), (4, 3, 1)))
    stack = spectra.read(path, chunks=chunks)
    assert stack.sizes == {"pixel": 12, "raman_shift": POINTS}
    np.testing.assert_allclose(stack.intensity.values[:, ::-1], data)
    held(stack, "x", 10 + 1.5 * column, "um")
    held(stack, "y", -20 - 2.5 * row, "um")
    held(stack, "row", row, "")
    held(stack, "column", column, "")
    held(stack, "time", 2.0 * np.arange(12), "s")
    assert stack.measurement.item() == "map"
    assert stack.raman_shift.attrs["units"] == "cm-1"
    image = stack.set_index(pixel=["row", "column"]).unstack("pixel").intensity
    assert image.sizes == {"raman_shift": POINTS, "row": 3, "column": 4}
    np.testing.assert_allclose(image.sel(row=1, column=0).values[::-1], data[7])


@pytest.mark.parametrize("entries", [12, 8])
def test_an_interrupted_map_keeps_what_was_taken(tmp_path, entries):
    """The list of places may be as long as planned, or as far as it came."""
    row, column = np.divmod(np.arange(8), 4)
    lists = [(X, MICROMETRE, 1.5 * column), (Y, MICROMETRE, 2.5 * row), taken(8)]
    path = tmp_path / "interrupted.wdf"
    data = wire(path, lists, kind=MAPPING, planned=12, entries=entries, grid=(0, (0, 0, 0), (1.5, 2.5, 1), (4, 3, 1)))
    stack = spectra.read(path)
    assert stack.sizes["pixel"] == 8
    np.testing.assert_allclose(stack.intensity[:, ::-1], data)
    held(stack, "x", 1.5 * column, "um")
    held(stack, "row", row, "")
    assert "interrupted: 8 of 12 spectra" in stack.attrs["history"]
    wire(path, lists, kind=MAPPING, planned=12, entries=13)
    with pytest.raises(BadInput, match=r"3 lists of positions, but its block has fewer"):
        spectra.read(path)


@pytest.mark.parametrize("slanted", [True, False])
def test_a_line_has_a_distance(tmp_path, slanted):
    steps = np.arange(5)
    lists = [(X, MICROMETRE, 3.0 * steps), (Y, MICROMETRE, (4.0 if slanted else 0.0) * steps), taken(5)]
    flag, size = (0x80, (5, 5, 1)) if slanted else (0, (5, 1, 1))
    path = tmp_path / "line.wdf"
    wire(path, lists, kind=MAPPING, grid=(flag, (0, 0, 0), (3.0, 4.0, 1.0), size))
    stack = spectra.read(path)
    assert stack.measurement.item() == "line"
    held(stack, "distance", (5.0 if slanted else 3.0) * steps, "um")


def test_a_depth_profile_has_its_depth(tmp_path):
    path = tmp_path / "depth.wdf"
    depth = np.linspace(-10, 10, 9)
    wire(path, [(Z, MICROMETRE, depth), taken(9)], kind=SERIES)
    stack = spectra.read(path)
    assert stack.measurement.item() == "depth"
    held(stack, "z", depth, "um")
    assert "x" not in stack.coords


@pytest.mark.parametrize(("unit", "name"), [(CELSIUS, "degree Celsius"), (KELVIN, "K")])
def test_a_series_has_times_and_temperatures(tmp_path, unit, name):
    path = tmp_path / "series.wdf"
    wire(path, [taken(6, 30.0), (TEMPERATURE, unit, 20.0 + np.arange(6))], kind=SERIES)
    stack = spectra.read(path)
    assert stack.measurement.item() == "series"
    held(stack, "time", 30.0 * np.arange(6), "s")
    held(stack, "temperature", 20.0 + np.arange(6), name)
    wire(path, [(FOCUS, MICROMETRE, [3.0, 1.0, 2.0]), taken(3)], kind=SERIES)
    held(spectra.read(path), "focus", [3.0, 1.0, 2.0], "um")


def test_a_stack_without_layout_says_nothing_of_it(tmp_path):
    path = tmp_path / "plain.wdf"
    wire(path, [(X, MICROMETRE, [0.0, 1.0, 2.0]), (Y, MICROMETRE, [0.0, 0.5, 3.0])], kind=0)
    stack = spectra.read(path)
    assert {"measurement", "row", "column", "distance"}.isdisjoint(stack.coords)
    grid = (0, (0, 0, 0), (1.0, 1.0, 1.0), (2, 2, 1))  # does not hold the places
    wire(path, [(X, MICROMETRE, [0.0, 1.0, 7.0]), (Y, MICROMETRE, [0.0, 0.5, 3.0])], kind=MAPPING, grid=grid)
    stack = spectra.read(path)
    assert {"row", "column"}.isdisjoint(stack.coords)
    held(stack, "x", [0.0, 1.0, 7.0], "um")


def test_real_wire_map_has_rows_columns_and_units(real_data):
    stack = spectra.read(real_data / "raman/renishaw/cheminfo_6x6.wdf")
    assert stack.measurement.item() == "map"
    np.testing.assert_array_equal(stack.row, np.repeat(np.arange(6), 6))
    np.testing.assert_array_equal(stack.column, np.tile(np.arange(6), 6))
    np.testing.assert_allclose(np.diff(stack.x[:6]), 6.0, atol=1e-6)
    assert stack.x.attrs["units"] == stack.y.attrs["units"] == "um"
    assert np.all(np.diff(stack.time) > 0)
    assert stack.time.attrs["units"] == "s"
    lazy = spectra.read(real_data / "raman/renishaw/cheminfo_6x6.wdf", chunks={"pixel": 10})
    np.testing.assert_array_equal(lazy.intensity.values, stack.intensity.values)
