"""Text that TopSpin's totxt writes, with made-up numbers: read over its region, refused where it is truncated."""

import numpy as np
import pytest

import spectra
from shortrange_core import BadInput

POINTS, LEFT, RIGHT = 128, 60.0, -40.0
Y = 100.0 * np.arange(POINTS) % 17


def totxt(tmp_path, *, unit="ppm", points=POINTS, y=Y, right=RIGHT):
    head = "# File created = Thursday, May 2, 2019 1:53:05 PM CDT\n# Data set = glass  1  1  data\n# Spectral Region:\n"
    head += f"# LEFT = {LEFT} {unit}. RIGHT = {right} {unit}.\n#\n# SIZE = {points} ( = number of points)\n#\n"
    head += "# In the following ordering is from the 'left' to the 'right' limits!\n#\n"
    path = tmp_path / "glass.txt"
    path.write_text(head + "".join(f"{value}\n" for value in y))
    return path


def test_points_span_the_region_as_si_points_span_the_width(tmp_path):
    found = spectra.read(totxt(tmp_path), technique="31P NMR")
    shift = LEFT - (LEFT - RIGHT) / POINTS * np.arange(POINTS)
    np.testing.assert_allclose(found["chemical_shift"].values[::-1], shift)
    np.testing.assert_array_equal(found["intensity"].values[::-1], Y)
    assert spectra.contents(totxt(tmp_path))[0].technique == "NMR"


def test_a_region_in_hertz_asks_for_the_larmor_frequency(tmp_path):
    path = totxt(tmp_path, unit="Hz")
    with pytest.raises(BadInput, match="has its axis in Hz"):
        spectra.read(path, technique="31P NMR")
    found = spectra.read(path, technique="31P NMR", larmor_frequency=100.0)
    assert float(found["chemical_shift"][-1]) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": 200}, "says 200 points and has 128; it is truncated"),
        ({"right": 80.0}, "has a region from 60 to 80"),
        ({"y": ["a"] * POINTS}, "contains a value that is not an intensity"),
    ],
)
def test_a_damaged_text_is_refused(tmp_path, change, message):
    with pytest.raises(BadInput, match=message):
        spectra.contents(totxt(tmp_path, **change))


def test_two_dimensions_are_said(tmp_path):
    path = totxt(tmp_path)
    path.write_text(path.read_text().replace("# LEFT", "# F1LEFT"))
    assert "two dimensions" in spectra.contents(path)[0].problem


@pytest.mark.parametrize(("technique", "most"), [("FTIR", 20001), ("Raman", 10001), ("31P NMR", 2048)])
def test_an_axis_that_counts_points_is_none_of_a_spectrum(tmp_path, technique, most):
    """An interferogram without titles was an infrared spectrum from 0 to 65535 cm-1, where FTIR was asked for."""
    path = tmp_path / "run.csv"
    path.write_text("".join(f"{k},{k % 7}\n" for k in range(most + 1)))
    with pytest.raises(BadInput, match=f"an axis of point numbers, from 0 to {most}"):
        spectra.read(path, technique=technique)
    path.write_text("".join(f"{k},{k % 7}\n" for k in range(801)))
    assert spectra.read(path, technique=technique).intensity.size == 801
