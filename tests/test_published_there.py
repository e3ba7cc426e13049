"""A fit that misses its data names what the library has there; not where nothing is missed, nor for another cause."""

from pathlib import Path

import numpy as np
import pytest

import reference_peaks
import shortrange
import spectra
from shortrange import stepwise
from shortrange.stepwise import published_there
from shortrange_core import Severity
from shortrange_core.spelling import spoken_in

FOLDER = Path(shortrange.__file__).parent / "data" / "example"
CODE = "published-there"
OF_SAMPLE = {"cation": "Na", "phase": "glass"}
ELEMENTS = ("Na", "P", "S", "O")
SHAPES = {
    "31P NMR": (
        np.arange(-40.0, 150.0, 0.25),
        {"P:S4": (82.0, 9.0), "P:S2O2": (63.0, 9.0), "P:SO3": (32.0, 8.0), "P:O4": (3.0, 7.0), "P:S3~P": (108.0, 8.0)},
    ),
    "Raman": (np.arange(250.0, 700.0, 1.0), {"P:S4": (420.0, 14.0), "P:S3~P": (381.0, 14.0), "S-S": (470.0, 18.0)}),
}
OTHERS = {
    "lithium": (
        "31P NMR",
        {"cation": "Li", "phase": "glass/amorphous"},
        ("Li", "P", "S"),
        np.arange(40.0, 150.0, 0.25),
        {"P:S4": (84.0, 6.0), "P:S3/S": (92.0, 6.0), "P:S3~P": (107.0, 6.0)},
    ),
    "pyrosulfide": (
        "Raman",
        OF_SAMPLE,
        ("Na", "P", "S"),
        np.arange(250.0, 700.0, 1.0),
        {"P:S4": (420.0, 10.0), "P:S3/S": (403.0, 9.0), "P:S3~P": (381.0, 10.0), "S-S": (470.0, 14.0)},
    ),
    "silicate": (
        "O 1s XPS",
        OF_SAMPLE,
        ("Na", "Si", "O"),
        np.arange(526.0, 538.0, 0.05),
        {"NBO": (530.9, 1.1), "BO": (532.6, 1.1)},
    ),
}
"""Technique, material, elements, axis, lines of glasses without an exchange of oxygen for sulfur."""
NOISE = 1.0


def curve_of(x: np.ndarray, places: dict[str, tuple[float, float]], seed: int) -> np.ndarray:
    """Simulated lines, the first of height 100, others of 30, with noise."""
    curve = np.random.default_rng(seed).normal(0, NOISE, x.size)
    for number, (place, fwhm) in enumerate(places.values()):
        curve += (30.0 if number else 100.0) * np.exp(-4 * np.log(2) * ((x - place) / fwhm) ** 2)
    return curve


def noted(technique: str, asked: dict, elements: tuple[str, ...], x: np.ndarray, curve: np.ndarray, lines: list[str]):
    """Fit of some lines, and the note."""
    engine, library = spectra.technique_of(technique), reference_peaks.load()
    spectrum = spectra.from_arrays(x, curve, axis=engine.axis, noise=NOISE, technique=technique)
    scale = {"31P NMR": "85% H3PO4"}.get(technique)
    options = {"31P NMR": {"reference": scale}, "O 1s XPS": {"charge_shift": 0.0, "photon_energy": 1486.6}}.get(
        technique, {}
    )
    ready, model = engine.made(spectrum, lines, options, priors=library.places(technique, lines, **asked))
    fit = spectra.fit(ready, model, check=False)
    labels = stepwise.published_labels(library, technique, elements)
    return fit, published_there(fit, stepwise.ranges_of(library, technique, labels, asked | {"scale": scale}), lines)


def told(technique: str, seed: int, *left: str, spike: float = 0.0, wave: float = 0.0):
    x, places = SHAPES[technique]
    curve = curve_of(x, places, seed) + wave * np.sin(x / 6)
    curve[x.size // 3] += spike
    return noted(technique, OF_SAMPLE, ELEMENTS, x, curve, [label for label in places if label not in left])


@pytest.mark.parametrize(
    ("technique", "left"),
    [(technique, label) for technique, (_, places) in SHAPES.items() for label in places if label != "P:S4"],
)
def test_what_is_left_out_is_named_first_with_its_source(technique: str, left: str) -> None:
    fit, (note,) = told(technique, 1, left)
    assert note.code == CODE
    named, where = note.text.split("species there: ")[1].split(" (")[:2]
    assert named == left
    assert "doi:" in where
    assert note.remedy.startswith(f"add it to species= ({left}")
    assert note.severity is (Severity.ERROR if fit.status == "misfit" else Severity.WARNING)


@pytest.mark.parametrize(
    ("technique", "fault"),
    [
        ("31P NMR", {}),
        ("31P NMR", {"spike": 60.0}),
        ("31P NMR", {"wave": 4.0}),
        ("Raman", {}),
        ("Raman", {"wave": 4.0}),
    ],
)
def test_nothing_is_named_for_another_cause(technique: str, fault: dict[str, float]) -> None:
    fit, notes = told(technique, 2, **fault)
    assert bool(fit.missed) == bool(fault)
    assert notes == ()


def test_oxygen_that_lacks_a_site_names_it_on_the_command_line() -> None:
    with spoken_in("command line"):
        fit = stepwise.fit_file(
            FOLDER / "x060_O1s.vms",
            technique="O 1s XPS",
            species=["NBO"],
            options={"photon_energy": 1486.6, "charge_shift": 0.0},
            **OF_SAMPLE,
        )
    codes = [note.code for note in fit.notes]
    assert codes.index(CODE) < codes.index("misfit")  # a cause before what it does
    assert fit.notes[codes.index(CODE)].remedy == "add it to --species (BO)"


def test_an_analysis_says_it_by_the_keys_of_its_recipe_and_of_what_its_glass_can_hold(tmp_path) -> None:
    text = (FOLDER / "recipe.toml").read_text(encoding="utf-8")
    head = text.partition("[techniques.Raman]")[0].replace('"P:S2O2", "P:SO3", ', '"P:S2O2", ')
    glasses = {"x000": "Na3PS4", "x060": "Na3PS3.4O0.6"}
    for name, formula in glasses.items():
        head += f'[[samples]]\nname = "{name}"\ncomposition = "{formula}"\n'
        head += f'[[samples.spectra]]\nfile = "{name}_31P.jdx"\ntechnique = "31P NMR"\n'
        (tmp_path / f"{name}_31P.jdx").write_bytes((FOLDER / f"{name}_31P.jdx").read_bytes())
    (tmp_path / "recipe.toml").write_text(head, encoding="utf-8")
    analysis = shortrange.analyse(shortrange.read_recipe(tmp_path / "recipe.toml"))
    ((where, note),) = [(where, note) for where, note in analysis.notes if note.code == CODE]
    assert where == "x060, 31P NMR"
    assert "P:SO3 (26" in note.text
    assert note.remedy == "add it to lines of this technique, and to units if it is not among them (P:SO3)"


@pytest.mark.parametrize(
    ("glass", "left"),
    [("lithium", "P:S3/S"), ("pyrosulfide", "P:S3/S"), ("pyrosulfide", "S-S"), ("silicate", "BO")],
)
def test_other_chemistries_name_what_their_elements_allow(glass: str, left: str) -> None:
    technique, asked, elements, x, places = OTHERS[glass]
    lines = [label for label in places if label != left]
    _, (note,) = noted(technique, asked, elements, x, curve_of(x, places, 3), lines)
    assert note.text.split("species there: ")[1].split(" (")[0] == left
    assert "doi:" in note.text or "assumed: unpublished for sodium" in note.text
    assert not any(label in note.text for label in ("P:SO3", "P:S2O2", "Li2S" if glass != "lithium" else "Na2S"))
    assert noted(technique, asked, elements, x, curve_of(x, places, 4), list(places))[1] == ()
