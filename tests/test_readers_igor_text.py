"""Igor text, by hand in the layouts of Igor and of SPECS Prodigy: columns, scales, two dimensions, what is refused."""

import numpy as np
import pytest

import spectra
from shortrange_core import BadInput

COUNTS = np.array([1000, 1100, 1300, 1250, 1020])
COLUMNS = "IGOR\nWAVES/D\tBE, counts\nBEGIN\n" + "".join(f"\t{540 - 0.1 * k:.1f}\t{y}\n" for k, y in enumerate(COUNTS))
PRODIGY = """IGOR
X //Created by: SpecsLab Prodigy, Version 4
X //Excitation Energy = 1486.6
X //Pass Energy       = 20
WAVES/S/N=(2,5) 'O1s_1'
BEGIN
1 2 9 4 5
10 20 90 40 50
END
X SetScale/I x, -1, 1, "deg (theta_y)", 'O1s_1'
X SetScale/P y, 950, 0.5, "eV (Kinetic Energy)", 'O1s_1'
X SetScale d, 0, 50, "cps (Intensity)", 'O1s_1'
"""


def written(tmp_path, text):
    path = tmp_path / "o1s.itx"
    path.write_text(text)
    return path


def one(scale, name="spectrum"):
    return f"IGOR\nWAVES/D/N=(5)\t{name}\nBEGIN\n" + "\n".join(map(str, COUNTS)) + f"\nEND\nX {scale}\n"


def test_columns_are_an_axis_and_intensities_by_their_names(tmp_path):
    found = spectra.read(written(tmp_path, COLUMNS + "END\n"))
    assert np.allclose(found["binding_energy"], 540 - 0.1 * np.arange(5)[::-1])
    assert found["counts"].values.tolist() == COUNTS[::-1].tolist()


@pytest.mark.parametrize(
    ("scale", "step"),
    [
        ('SetScale/P x 100,2,"cm-1", spectrum; SetScale y 0,0,"", spectrum', 2.0),
        ('SetScale/I x, 100, 108, "cm-1", spectrum', 2.0),
        ('SetScale x, 100, 110, "cm-1", spectrum', 2.0),
    ],
)
def test_a_wave_lies_over_its_scale(tmp_path, scale, step):
    found = spectra.read(written(tmp_path, one(scale)), technique="Raman")
    assert np.allclose(found["raman_shift"], 100 + step * np.arange(5))
    assert found["intensity"].values.tolist() == COUNTS.tolist()


def test_columns_as_igor_saves_them_are_an_axis_and_intensities(tmp_path):
    """Igor writes a scale for every wave, which says nothing where nobody scaled it."""
    scales = [f'X SetScale/P x 0,1,"", {name}; SetScale y 0,0,"", {name}\n' for name in ("BE", "counts")]
    found = spectra.read(written(tmp_path, COLUMNS + "END\n" + "".join(scales)))
    assert np.allclose(found["binding_energy"], 540 - 0.1 * np.arange(5)[::-1])
    assert found["counts"].values.tolist() == COUNTS[::-1].tolist()


@pytest.mark.parametrize(
    "scale", ['setscale/p X 100,2,"", SPECTRUM', "SetScale/P x 100,2,spectrum", 'SetScale/I x 100,108,"",Spectrum']
)
def test_capitals_mean_nothing_and_a_unit_may_be_left_out(tmp_path, scale):
    text = one(scale).replace("WAVES", "Waves").replace("/N=(5)", "/n=5")
    found = spectra.read(written(tmp_path, text), technique="Raman")
    assert np.allclose(found["raman_shift"], 100 + 2 * np.arange(5))


@pytest.mark.parametrize(
    ("unit", "meant"),
    [("counts", "counts"), ("counts/s", "counts/s"), ("cps (Intensity)", "counts/s"), ("V", "arbitrary")],
)
def test_the_unit_of_the_values(tmp_path, unit, meant):
    scale = f'SetScale/P x 100,2,"cm-1", spectrum; SetScale d 0,0,"{unit}", spectrum'
    found = spectra.read(written(tmp_path, one(scale)), technique="Raman")
    assert found["intensity"].attrs["units"] == meant


def test_a_wave_of_three_dimensions_is_listed(tmp_path):
    text = one('SetScale/P x 100,2,"cm-1", spectrum') + "WAVES/N=(2,1,2)\tcube\nBEGIN\n1\n2\n\n3\n4\nEND\n"
    blocks = spectra.contents(written(tmp_path, text))
    assert [(block.name, "3 dimensions" in block.problem) for block in blocks] == [("spectrum", False), ("cube", True)]


def test_a_second_dimension_in_ev_is_the_axis(tmp_path):
    stack = spectra.read(written(tmp_path, PRODIGY))
    assert dict(stack.sizes) == {"pixel": 2, "kinetic_energy": 5}
    assert np.allclose(stack["kinetic_energy"], 950 + 0.5 * np.arange(5))
    assert stack["intensity"].values[1].tolist() == [10, 20, 90, 40, 50]
    assert (stack["photon_energy"].item(), stack["pass_energy"].item()) == (1486.6, 20)


def test_waves_below_one_another_without_a_scale_are_an_axis_and_intensities(tmp_path):
    energies = "WAVES/D/N=(5)\tBE\nBEGIN\n" + "".join(f"\t{540 - 0.1 * k:.1f}\n\n" for k in range(5)) + "END\n"
    energies += 'X SetScale/P x 0,1,"", BE; SetScale y 0,0,"", BE\n'
    found = spectra.read(
        written(tmp_path, one('SetScale/P x 0,1,"", counts', "counts").replace("IGOR\n", "IGOR\n" + energies))
    )
    assert np.allclose(found["binding_energy"], 540 - 0.1 * np.arange(5)[::-1])
    assert found["intensity"].values.tolist() == COUNTS[::-1].tolist()


def test_waves_of_text_and_waves_without_a_scale_are_listed(tmp_path):
    text = (
        one('SetScale/P x 100,2,"cm-1", spectrum')
        + "WAVES/T\tlabel\nBEGIN\n\ta\nEND\n"
        + one("")[5:].replace("spectrum", "plain")
    )
    blocks = spectra.contents(written(tmp_path, text))
    assert [(block.name, bool(block.problem)) for block in blocks] == [
        ("spectrum", False),
        ("label", True),
        ("plain", True),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (COLUMNS, "has no END; it is truncated"),
        (COLUMNS.replace("\t1300", "") + "END\n", "line 6 has 1 number, those above 2"),
        (COLUMNS.replace("1300", "13o0") + "END\n", "has a row that is not numbers"),
        (COLUMNS.replace("BE, counts", "BE") + "END\n", "1 wave from 'BE' on have 2 columns"),
        (one("").replace("1300\n", ""), "the wave 'spectrum' has 4 rows, but says 5; it is truncated"),
        (PRODIGY.replace("(2,5)", "(3,5)"), r"has \(2, 5\) numbers, but says \(3, 5\); it is truncated"),
    ],
)
def test_a_damaged_text_is_refused(tmp_path, text, message):
    with pytest.raises(BadInput, match=message):
        spectra.contents(written(tmp_path, text))
