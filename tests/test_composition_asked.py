"""A glass whose spectra ask for another composition: about how much is told; nothing where the composition is right."""

import re

import pytest

import reference_peaks
import shortrange
from shortrange import stepwise
from shortrange.recipe import check_recipe
from shortrange_core.notes import Severity


def nothing(_step: str) -> None:
    """Progress that nobody sees."""


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """Folder of the shipped series, and the fits of its last glass, which do not know what composition is stated."""
    path = shortrange.write_example(tmp_path_factory.mktemp("example") / "series")
    recipe = shortrange.read_recipe(path)
    measured = [m for m in stepwise.read_measured(recipe, nothing) if m.sample == recipe.tables.samples[-1].name]
    priors = stepwise.priors_of(recipe, reference_peaks.load())
    return path, stepwise.fit_spectra(recipe, measured, priors, nothing)


def asked(example, composition: str):
    path, fits = example
    text = path.read_text(encoding="utf-8").replace('"Na3PS3.4O0.6"', f'"{composition}"')
    recipe = check_recipe(text, folder=path.parent, name="recipe.toml")
    structures = [
        stepwise.solved_structure(recipe, sample, fits, ranges=False)
        for sample in (recipe.tables.samples[0], recipe.tables.samples[-1])  # the first has no oxygen to exchange
    ]
    return stepwise.causes_asked(recipe, fits, structures)


def test_the_right_composition_is_not_asked_about(example):
    assert not asked(example, "Na3PS3.4O0.6")


@pytest.mark.parametrize(
    ("composition", "severity"), [("Na3PS3.54O0.46", Severity.WARNING), ("Na3PS3.85O0.15", Severity.ERROR)]
)
def test_what_the_spectra_ask_for_is_told(example, composition, severity):
    """0.46 for 0.6 oxygen; 0.15 is less than the units hold alone, and is rejected without the exchange: an error."""
    ((_, note),) = asked(example, composition)
    assert (note.code, note.severity) == ("composition-asked", severity)
    value = re.search(r"indicate about (\d\.\d+) O", note.text).group(1)
    assert float(value) == pytest.approx(0.6, abs=0.08)
    assert "composition_sd" in note.remedy
