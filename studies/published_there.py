"""Lines that a recipe leaves out: are they named where their fit misses the data, and is nothing else.

python -m studies.published_there [--first 0] [--number 10]

Single glasses of x = 0.40 of the clean arm of the second simulator. Every line of every spectrum is left out in turn:
how many of these fits miss their data, and of how many of them the note `published-there` names what was left out
first, or something else. The opposite: fits of all lines, as they are and with faults that no line corrects (a phase, a
rate, a charge reference, a spike of 30 noises, a unit that the library has nothing of).
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

import reference_peaks
import shortrange
from shortrange import stepwise
from shortrange.recipe import Recipe
from shortrange.results import Measured
from shortrange_core import affine
from studies.planted_faults import SECOND, design
from studies.second_simulator import write
from studies.series_calibration import recipe_of

CODE = "published-there"
FAULTS = {"phase": 25.0, "rate": 0.05, "charge": 2.5, "unit": 0.06}
"""Amplitudes, in the units of ``studies/second_simulator/numbers.toml``, of which fits miss their data."""
SPIKE = 30.0


def case(seed: int, **faults: float) -> tuple[Recipe, list[Measured]]:
    """Recipe and spectra of one glass."""
    series = design("clean", seed, **faults)
    alone = replace(series, glasses=series.glasses[SECOND : SECOND + 1])
    with tempfile.TemporaryDirectory() as folder:
        write(alone, Path(folder))
        (Path(folder) / "recipe.toml").write_text(recipe_of(alone), encoding="utf-8")
        recipe = shortrange.read_recipe(Path(folder) / "recipe.toml")
        return recipe, list(stepwise.read_measured(recipe, lambda _step: None))


def told(recipe: Recipe, measured: Measured, lines: tuple[str, ...]) -> tuple[bool, str]:
    """Whether a fit of some lines misses its data, and what the note names first; empty where there is none."""
    library, tables = reference_peaks.load(), recipe.tables
    options = tables.techniques[measured.technique].model_copy(update={"lines": lines})
    tables = tables.model_copy(update={"techniques": {**tables.techniques, measured.technique: options}})
    fitted = stepwise.fit_measured(tables, measured, stepwise.priors_of(recipe, library))
    if fitted is None:
        return False, ""
    places = stepwise.places_of(recipe, library)[measured.technique]
    notes = stepwise.published_there(fitted.fit, places, fitted.lines)
    named = notes[0].text.split("species there: ")[1].split(" (")[0] if notes else ""
    return bool(fitted.fit.missed), named


def spiked(measured: Measured, seed: int) -> Measured:
    """The spectrum with one point far up, somewhere in its middle half."""
    spectrum = measured.spectrum.copy(deep=True)
    size = spectrum["intensity"].size
    at = int(np.random.default_rng(seed).integers(size // 4, 3 * size // 4))
    noise = float(np.std(np.diff(spectrum["intensity"].values[: size // 8])))
    spectrum["intensity"].values[at] += SPIKE * noise
    return replace(measured, spectrum=spectrum)


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--number", type=int, default=10)
    given = parser.parse_args()
    counts: Counter[tuple[str, str, str]] = Counter()
    for seed in range(given.first, given.first + given.number):
        for fault, amplitude in {"": 0.0, "spike": 0.0, **FAULTS}.items():
            recipe, spectra = case(seed, **({fault: amplitude} if fault in FAULTS else {}))
            for item in spectra:
                lines = tuple(recipe.tables.techniques[item.technique].lines)
                changed = spiked(item, seed) if fault == "spike" else item
                misses, named = told(recipe, changed, lines)
                counts[item.technique, fault or "nothing", ("named " + named if named else "misfit") * misses] += 1
                for left in lines if not fault else ():
                    misses, named = told(recipe, item, tuple(line for line in lines if line != left))
                    right = named in affine.parse(left).names
                    word = ("right" if right else f"wrong: {named}") if named else "misfit, not named"
                    counts[item.technique, f"without {left}", word * misses] += 1
    print("| spectrum | fault | what is told | fits |\n|---|---|---|---|")
    for (technique, fault, word), number in sorted(counts.items()):
        print(f"| {technique} | {fault} | {word or 'no misfit'} | {number} |")


if __name__ == "__main__":
    main()
