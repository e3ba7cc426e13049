"""Maps as WiRE and others export them to text: spectra below one another, with or without their places."""

import numpy as np
import pytest
from field_tables import codes, write

import spectra
from shortrange_core import BadInput

POINTS = 90
SHIFT = np.round(1800 - 0.9 * np.arange(POINTS) - 0.003 * np.arange(POINTS) ** 2, 6)  # steps of a grating grow
SPECTRA = np.round([900 * np.exp(-(((SHIFT - 1750 - 9 * k) / 6) ** 2)) + 50 + 3 * k for k in range(3)], 4)
PLACES = {"X": [404.7, 862.2, 811.9], "Y": [-427.5, -314.1, -36.5], "Z": [0.0, 0.0, 2.0], "Time": [0.0, 0.5, 1.0]}


def exported(names, *, wave="#Wave", mark="\t", gap="\t\t", sign="#", count=3):
    """Simulated spectra with the columns of places that are named."""
    rows = [
        mark.join(f"{value:.6f}" for value in (*(PLACES[name][k] for name in names), x, y))
        for k in range(count)
        for x, y in zip(SHIFT, SPECTRA[k], strict=True)
    ]
    return "\n".join([gap.join([*(sign + name for name in names), wave, sign + "Intensity"]), *rows]) + "\n"


@pytest.mark.parametrize("names", [("X", "Y"), ("X",), ("Time",), ("X", "Y", "Z"), ()])
def test_a_map_of_wire_is_a_stack_with_its_places(tmp_path, names):
    stack = spectra.read(write(tmp_path, exported(names), "map.txt"), technique="Raman")
    assert stack.sizes == {"pixel": 3, "raman_shift": POINTS}
    np.testing.assert_array_equal(stack.raman_shift, SHIFT[::-1])
    np.testing.assert_array_equal(stack.intensity, SPECTRA[:, ::-1])
    for name in names:
        np.testing.assert_array_equal(stack[name.lower()], PLACES[name])
    assert codes(stack) == []


def test_a_map_of_another_program_says_its_units(tmp_path):
    text = exported(("X", "Y"), wave="Raman shift (cm-1)", mark=",", gap=",", sign="").replace("X,Y,", "X (um),Y_um,")
    stack = spectra.read(write(tmp_path, text, "map.csv"))
    assert stack.sizes == {"pixel": 3, "raman_shift": POINTS}
    assert (stack.x.attrs["units"], stack.y.attrs["units"]) == ("um", "um")


@pytest.mark.parametrize("names", [("X", "Y"), ()])
def test_one_spectrum_is_no_stack(tmp_path, names):
    spectrum = spectra.read(write(tmp_path, exported(names, count=1), "one.txt"), technique="Raman")
    np.testing.assert_array_equal(spectrum.intensity, SPECTRA[0, ::-1])


@pytest.mark.parametrize("names", [("X", "Y"), ()])
def test_a_map_that_lost_rows_or_has_two_axes_is_refused(tmp_path, names):
    lines = exported(names).split("\n")
    with pytest.raises(BadInput, match="spectrum 3 of 3 has 82 points, the first 90; rows are lost"):
        spectra.read(write(tmp_path, "\n".join(lines[:-9]) + "\n", "cut.txt"), technique="Raman")
    at = len(lines) - 9
    lines[at] = lines[at].replace(f"{SHIFT[at - 1 - 2 * POINTS]:.6f}", f"{SHIFT[at - 1 - 2 * POINTS] + 0.01:.6f}")
    with pytest.raises(BadInput, match="3 spectra do not have the same axis"):
        spectra.read(write(tmp_path, "\n".join(lines), "other.txt"), technique="Raman")


def test_a_displaced_point_is_no_second_spectrum(tmp_path):
    text = exported((), count=1).replace(f"{SHIFT[40]:.6f}", f"{SHIFT[20] + 0.1:.6f}")
    spectrum = spectra.read(write(tmp_path, text, "displaced.txt"), technique="Raman")
    assert (spectrum.sizes["raman_shift"], codes(spectrum)) == (POINTS, ["axis-unsorted"])


def test_places_that_change_in_every_row_are_no_map(tmp_path):
    rows = "".join(f"{k}\t{x:.4f}\t{y:.4f}\n" for k, (x, y) in enumerate(zip(SHIFT, SPECTRA[0], strict=True)))
    spectrum = spectra.read(write(tmp_path, "Time\tWavenumber\tIntensity\n" + rows, "t.txt"), technique="Raman")
    assert spectrum.sizes["raman_shift"] == POINTS
