"""O 1s of glasses without phosphorus: remarks speak of their own network former, and no range of phosphates counts."""

from pathlib import Path

import numpy as np
import pytest
from xps_regions_by_hand import OXYGEN, ready, region

import shortrange
import spectra
from shortrange_core import BadInput, Note, Severity
from spectra import xps
from structure.units._elements import OXIDATION

SILICATE = """schema = 1
title = "a disilicate"
simulated = true
units = ["Si:O2/O2", "Si:O/O3", "Si:O4"]
[techniques."O 1s XPS"]
lines = ["BO", "NBO"]
photon_energy = 1486.6
monochromatic = true
reference = "C 1s 284.8"
windows = {BO = [531.3, 533.5], NBO = [529.2, 531.2]}
[[samples]]
name = "disilicate"
composition = "Li2Si2O5"
[[samples.spectra]]
file = "o1s.txt"
technique = "O 1s XPS"
"""


def write_region(folder: Path) -> None:
    """BO and NBO 2.2 eV apart, as in alkali silicates."""
    x = np.linspace(525.0, 540.0, 151)
    lines = 60 * np.exp(-1.083 * (x - 532.3) ** 2) + 40 * np.exp(-1.083 * (x - 530.1) ** 2)
    rows = np.stack([x, np.random.default_rng(1).poisson(100 * lines + 2000)], axis=1)
    np.savetxt(folder / "o1s.txt", rows, header="Binding energy (eV)\tcounts", comments="")


def separated(apart: float, *elements: str) -> tuple[Note, ...]:
    """What is said of two lines that lie so far apart."""
    made = ready(region([(4000.0, 530.6 + apart, 1.3), (9000.0, 530.6, 1.3)], 526.0, 536.0, "O 1s XPS", 7))
    windows = {"BO": (530.6 + apart - 0.4, 530.6 + apart + 0.4), "NBO": (530.0, 531.5)}
    model = xps.model(made, ["BO", "NBO"], windows=windows, sodium=False, elements=elements)
    return xps.separation(spectra.fit(made, model, check=False))[1]


def test_remarks_on_a_silicate_speak_of_silicon(tmp_path: Path) -> None:
    write_region(tmp_path)
    path = tmp_path / "recipe.toml"
    path.write_text(SILICATE, encoding="utf-8")
    analysis = shortrange.analyse(shortrange.read_recipe(path))
    told = [note for _, note in analysis.notes] + [note for one in analysis.fits for note in one.fit.notes]
    notes = {note.code: note for note in told}
    assert "bo-nbo-separation" not in notes
    assert "compare O/Si with the composition" in notes["surface-oxygen"].remedy
    assert "surface_oxygen" in notes["bridging-range"].remedy
    for note in notes.values():
        assert "O/P" not in f"{note.text} {note.remedy}"
        assert "phosph" not in f"{note.text} {note.remedy}", note


def test_ways_out_for_a_phosphate_stay_those_of_phosphorus() -> None:
    made = ready(region([(3000.0, 532.7, 1.5), (9000.0, 531.0, 1.5)], 526.0, 534.6, "O 1s XPS", 6))
    fit = spectra.fit(made, xps.model(made, ["BO", "NBO"], priors=OXYGEN, elements=["Na", "P", "O"]), check=False)
    assert "compare O/P with" in next(note.remedy for note in fit.notes if note.code == "surface-oxygen")
    assert "oxygen_per_phosphorus" in xps.bridging_range(fit).notes[0].remedy


@pytest.mark.parametrize(
    ("elements", "severity"),
    [
        (("Na", "P", "O", "S"), Severity.WARNING),
        ((), Severity.INFO),
        (("Na", "Si", "O"), None),
        (("Li", "B", "O"), None),
        (("Na", "P", "Si", "O"), None),
    ],
)
def test_a_range_of_phosphates_is_one_of_phosphates(elements: tuple[str, ...], severity: Severity | None) -> None:
    notes = separated(2.6, *elements)
    assert [(note.code, note.severity) for note in notes] == [("bo-nbo-separation", severity)] * (severity is not None)
    assert separated(1.7, *elements) == ()


def test_formers_are_those_of_the_balances() -> None:
    assert set(xps.FORMERS) == set(OXIDATION)


@pytest.mark.parametrize(
    ("composition", "limited"), [("Li2Si2O5", False), ("LiPO3", True), ("Li2P2B2O9", False), (None, False)]
)
def test_a_draft_limits_lines_of_phosphates_alone(tmp_path: Path, composition: str | None, *, limited: bool) -> None:
    """Also where no file says what the glass is: its recipe becomes that of any glass."""
    write_region(tmp_path)
    (tmp_path / "o1s.txt").rename(tmp_path / "glass_O1s.txt")
    text = shortrange.init(tmp_path, composition=composition).recipe.read_text(encoding="utf-8")
    assert ('\nconstraints = ["bo_center - nbo_center >= 1.5"' in text) == limited
    assert ("# constraints" in text) == (composition is None)
    assert "restarts = 4" in text


@pytest.mark.parametrize(("elements", "wrong"), [(["na", "O"], "'na'"), ("SiO", "'SiO'"), (["Na", ""], "''")])
def test_what_is_no_element_is_not_passed_over(elements: str | list[str], wrong: str) -> None:
    """A silicate of "na, si, o" was one of which nobody said what it holds, and "Si" was S and i."""
    made = ready(region([(3000.0, 532.7, 1.5), (9000.0, 531.0, 1.5)], 526.0, 534.6, "O 1s XPS", 6))
    with pytest.raises(BadInput, match=f"elements: {wrong}: no symbol of an element"):
        xps.model(made, ["BO", "NBO"], priors=OXYGEN, elements=elements)
