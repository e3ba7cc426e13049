"""Tables whose rows hold words beside their numbers: spectra below one another, by hand."""

import numpy as np
import pytest

import spectra
from shortrange_core import BadInput

X = np.arange(400.0, 440.0)
Y = {"glass a": 1 + (X - 400) % 7, "glass b": 2 + (X - 400) % 5}


def rows(titles="sample,raman_shift_cm-1,intensity,index,unit", mark=",", decimal="."):
    lines = [titles.replace(",", mark)]
    for name, values in Y.items():
        for number, (x, y) in enumerate(zip(X, values, strict=True)):
            cells = (f"{x:.1f}".replace(".", decimal), f"{y:.2f}".replace(".", decimal), str(number), "cm-1")
            lines.append(mark.join([name, *cells]))
    return "\n".join(lines) + "\n"


def written(tmp_path, text):
    path = tmp_path / "tidy.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(("mark", "decimal"), [(",", "."), (";", ","), ("\t", ".")])
def test_every_run_of_the_same_words_is_a_spectrum(tmp_path, mark, decimal):
    path = written(tmp_path, rows(mark=mark, decimal=decimal))
    assert [block.name for block in spectra.contents(path)] == ["glass a / intensity", "glass b / intensity"]
    found = spectra.read(path, block="glass b / intensity")
    assert found["raman_shift"].values.tolist() == X.tolist()
    assert found["intensity"].values.tolist() == Y["glass b"].tolist()


def test_words_that_stay_the_same_name_nothing(tmp_path):
    text = rows().replace("glass b", "glass a").split("\n")[: X.size + 1]
    (block,) = spectra.contents(written(tmp_path, "\n".join(text) + "\n"))
    assert (block.name, block.unit, block.shape) == ("intensity", "cm-1", X.shape)


def test_a_row_that_is_cut_is_named(tmp_path):
    text = rows().replace("glass b,421.0,3.00", "glass b,421.0")
    with pytest.raises(BadInput, match="line 63 does not have 5 cells with numbers as above"):
        spectra.contents(written(tmp_path, text))
    unnamed = rows().replace(",cm-1", ",")
    assert len(spectra.contents(written(tmp_path, unnamed))) == len(Y)


def test_a_word_that_parts_a_spectrum_is_damage(tmp_path):
    for line in ("glass b,421.0,3.00,21", "glass b,439.0,6.00,39"):
        assert line in rows()
        with pytest.raises(BadInput, match=r"of 'glos?s b, cm-1' away from their spectrum; it is truncated or damaged"):
            spectra.contents(written(tmp_path, rows().replace(line, line.replace("glass", "gloss"))))


def test_a_column_that_begins_flat_is_an_intensity(tmp_path):
    flat = [f"glass,{x:.1f},{max(x - 435, 0):.1f},{x % 7:.1f}" for x in X]
    path = written(tmp_path, "\n".join(["sample,wavelength (nm),counts,dark", *flat]) + "\n")
    assert [block.name for block in spectra.contents(path)] == ["counts", "dark"]
    assert spectra.read(path, block="counts")["intensity"].values.tolist() == np.maximum(X - 435, 0).tolist()


def test_numbers_that_stay_the_same_over_a_spectrum_tell_spectra_apart(tmp_path):
    lines = [f"glass,{t},{x:.1f},{x % 7 + t:.1f}" for t in (300, 320) for x in X]
    path = written(tmp_path, "\n".join(["sample,temperature,wavelength (nm),counts", *lines]) + "\n")
    assert [block.name for block in spectra.contents(path)] == ["300 / counts", "320 / counts"]
    found = spectra.read(path, block="320 / counts")
    assert found["intensity"].values.tolist() == (X % 7 + 320).tolist()


def test_a_word_that_changes_while_the_axis_goes_on_parts_a_spectrum(tmp_path):
    lines = [f"{x:.1f},{x % 7:.1f},{'good' if x < 425 else 'bad'}" for x in X]
    with pytest.raises(BadInput, match="the axis continues at 425 where the words beside it change to 'bad'"):
        spectra.contents(written(tmp_path, "\n".join(["wavelength (nm),counts,flag", *lines]) + "\n"))


def test_a_remark_is_no_row(tmp_path):
    assert len(spectra.contents(written(tmp_path, rows() + "# end\n"))) == len(Y)
    signed = rows().replace("glass b", "#2")
    assert len(spectra.contents(written(tmp_path, signed))) == len(Y)
    with pytest.raises(BadInput, match="line 63 does not have 5 cells"):
        spectra.contents(written(tmp_path, signed.replace("#2,421.0,3.00", "#2,421.0")))


@pytest.mark.parametrize("exponent", ["E", "e", "D", "d"])
def test_exponents_of_fortran_are_numbers(tmp_path, exponent):
    text = rows().replace("3.00", f"0.30{exponent}+01")
    found = spectra.read(written(tmp_path, text), block="glass b / intensity")
    assert found["intensity"].values.tolist() == Y["glass b"].tolist()
    plain = "\n".join(["wavelength (nm),a,b", *(f"{x:.1f},{x % 7:.1f}{exponent}0,1.5" for x in X)]) + "\n"
    assert spectra.read(written(tmp_path, plain), block="a")["intensity"].values.tolist() == (X % 7).tolist()


@pytest.mark.parametrize("titles", ["sample,length,width,index,unit", "species,petal,sepal,n,class"])
def test_a_table_without_an_axis_by_title_is_none(tmp_path, titles):
    with pytest.raises(BadInput, match="no reader recognises it"):
        spectra.contents(written(tmp_path, rows(titles)))
