"""Cells without a number in every spelling, and columns that count the pixels of a detector."""

import numpy as np
import pytest
from field_tables import codes, write

import spectra
from shortrange_core import BadInput

ROWS = 120
SHIFT = np.round(200 + 1.37 * np.arange(ROWS), 2)
LINE = np.round(100 * np.exp(-(((SHIFT - 280) / 9) ** 2)) + 5, 3)
SPELLINGS = (
    *("NA", "nan", "NaN", "-nan", "-nan(ind)", "1.#QNAN", "-1.#IND", "1.#INF", "", "N/A", "n/a", "#N/A", "#NV", "<NA>"),
    *("None", "NULL", "null", "#VALUE!", "#WERT!", "#DIV/0!", "#REF!", "#BEZUG!", "#NUM!", "#NAME?", "#NULL!", "--"),
)


def table(missing, *, mark=",", ends=(5, 0), titles=("Raman shift (cm-1)", "raw", "smooth")):
    """A simulated spectrum, and the same again without values at its ends."""
    first, last = ends
    smooth = [missing] * first + [f"{value}" for value in LINE[first : ROWS - last]] + [missing] * last
    rows = [f"{x}{mark}{y}{mark}{z}" for x, y, z in zip(SHIFT, LINE, smooth, strict=True)]
    return "\n".join([mark.join(titles), *rows]) + "\n"


@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize("missing", SPELLINGS)
def test_a_missing_value_takes_no_title_and_no_other_value(tmp_path, missing, mark):
    path = write(tmp_path, table(missing, mark=mark, ends=(5, 1)), "smoothed.csv")
    assert [block.name for block in spectra.contents(path)] == ["raw", "smooth"]
    raw, smooth = (spectra.read(path, block=name, technique="Raman") for name in ("raw", "smooth"))
    np.testing.assert_array_equal(raw.intensity, LINE)
    np.testing.assert_array_equal(raw.raman_shift, SHIFT)
    np.testing.assert_array_equal(smooth.intensity, LINE[5:-1])
    assert (codes(raw), codes(smooth)) == ([], ["line-left-out"])


def test_many_or_inner_missing_values_are_refused_as_before(tmp_path):
    for number, text in enumerate((table("NA", ends=(9, 0)), table("NA").replace(f",{LINE[40]}\n", ",NA\n"))):
        with pytest.raises(BadInput, match="not finite, the first at index"):
            spectra.read(write(tmp_path, text, f"{number}.csv"), block="smooth", technique="Raman")


def test_sodium_is_no_missing_value(tmp_path):
    rows = "".join(f"{x},{y}\n" for x, y in zip(SHIFT, LINE, strict=True))
    assert [block.name for block in spectra.contents(write(tmp_path, "Na,23\n" + rows, "sodium.csv"))] == ["23"]


PIXELS = np.arange(ROWS)
WAVELENGTH = np.round(1e7 / (1e7 / 785.0 - SHIFT), 2)


def columns(**named):
    rows = zip(*named.values(), strict=True)
    return "\n".join([",".join(named), *(",".join(f"{value}" for value in row) for row in rows)]) + "\n"


@pytest.mark.parametrize("first", [0, 1, 10])
@pytest.mark.parametrize("title", ["Pixel", "Pixels #", "pixel number", "Pixel No."])
def test_pixels_beside_an_axis_are_left_out(tmp_path, first, title):
    text = columns(**{title: PIXELS + first, "Wavelength": WAVELENGTH, "Wavenumber": SHIFT, "Processed": LINE})
    settings = "Laser Wavelength,785.0\nDeconvolved,False\nPixel Count,120\n\n"
    spectrum = spectra.read(write(tmp_path, settings + text, "exported.csv"), technique="Raman")
    np.testing.assert_array_equal(spectrum.raman_shift, SHIFT)
    np.testing.assert_array_equal(spectrum.intensity, LINE)


@pytest.mark.parametrize("order", [("Wavenumber", "Pixel", "Dark"), ("Pixel", "Dark", "Wavenumber")])
def test_pixels_are_no_intensity_either(tmp_path, order):
    named = {"Wavenumber": SHIFT, "Pixel": PIXELS, "Dark": LINE}
    path = write(tmp_path, columns(**{name: named[name] for name in order}), "order.csv")
    assert [block.name for block in spectra.contents(path)] == ["Dark"]
    np.testing.assert_array_equal(spectra.read(path, technique="Raman").raman_shift, SHIFT)


@pytest.mark.parametrize("title", ["Pixel", "Pixels #", "pixel number", "PIXEL", "CCD pixel", "Pixel [px]"])
def test_an_axis_of_pixels_is_refused_and_one_of_values_is_not(tmp_path, title):
    pixels = write(tmp_path, columns(**{title: [f"{pixel}.0" for pixel in PIXELS], "Intensity": LINE}), "pixels.csv")
    with pytest.raises(BadInput, match="is only the pixel number; export it with the calibrated axis"):
        spectra.read(pixels, technique="Raman")
    shifts = spectra.read(write(tmp_path, columns(**{title: SHIFT, "Intensity": LINE}), "s.csv"), technique="Raman")
    np.testing.assert_array_equal(shifts.raman_shift, SHIFT)


def test_spectra_of_single_pixels_are_no_numbers_of_pixels(tmp_path):
    text = columns(**{"Wavenumber": SHIFT, "Pixel 1": LINE, "Pixel": np.round(LINE)})
    names = [block.name for block in spectra.contents(write(tmp_path, text, "map.csv"))]
    assert names == ["Pixel 1", "Pixel"]
