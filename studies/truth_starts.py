"""Does a descent from the true shapes of a 31P spectrum end lower than its fit did?

OMP_NUM_THREADS=1 python -m studies.truth_starts [--first 23501] [--number 40] [--arm clean]

Every 31P spectrum of a series of the second simulator is fitted as `shortrange.analyse` does; then one descent of the
same model, in the noise that the fit found, begins at the shapes and the phase that it was drawn with. What ends lower
by more than 0.3 in chi2 is a minimum that the search did not meet. The other way round it says nothing: noise makes
minima that are not the truth's.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from spectra.fits import Fit
from spectra.fits._again import minimum_near, minimum_with
from spectra.models import Parameter
from spectra.models._model import with_parameters
from studies.second_simulator import Glass, settings, simulate
from studies.series_calibration import analysed

TECHNIQUE = "31P NMR"
DRAWN = {"center": "center", "gauss_fwhm": "gauss", "zeta": "zeta", "eta": "eta"}
"""Quantities of a line by the name that the simulator gives them."""
LOWER = 0.3


def true_value(drawn: Mapping[str, float], label: str, quantity: str) -> float | None:
    """A quantity of the line of a unit as it was drawn; None where it has none."""
    if quantity == "lorentz_fwhm":
        return drawn[f"{label} lorentz"] if f"{label} lorentz" in drawn else drawn["lorentz"]
    if quantity in ("phase", "phase_slope"):
        return drawn[quantity]
    name = DRAWN.get(quantity)
    return None if name is None else drawn[f"{label} {name}"] + (drawn["offset"] if name == "center" else 0.0)


def from_the_truth(fit: Fit, glass: Glass) -> tuple[float, float]:
    """chi2 where a descent from the fit ends, and where one from the truth does."""
    drawn, moved = glass.parameters[TECHNIQUE], dict[str, Parameter]()
    for line in fit.model.peaks:
        label = line.assignment.split(" + ")[0]
        for own in line.parameters:
            value = true_value(drawn, label, own.quantity)
            if own.vary and value is not None:
                moved[own.name] = replace(own, value=float(np.clip(value, own.lower, own.upper)))
    return minimum_near(fit, fit.model)[0], minimum_with(fit, with_parameters(fit.model, moved))[0]


def compared(arm: str, seeds: range) -> Iterator[tuple[int, str, str, float]]:
    """Seed, glass, state of its solution, and by how much the truth leads lower, of every spectrum."""
    for seed in seeds:
        series = simulate(settings(arm), seed)
        glasses = {f"x = {glass.x:.2f}": glass for glass in series.glasses}
        analysis = analysed(series)
        solved = {item.sample: item.solution for item in analysis.structures}
        for item in analysis.fits:
            if item.technique == TECHNIQUE:
                own, truth = from_the_truth(item.fit, glasses[item.sample])
                solution = solved[item.sample]
                yield seed, item.sample, "none" if solution is None else str(solution.status), own - truth


def main() -> None:
    """Print what lies lower, and how many spectra there were."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arm", default="clean")
    parser.add_argument("--first", type=int, default=23501)
    parser.add_argument("--number", type=int, default=40)
    given = parser.parse_args()
    count = met = 0
    for seed, glass, status, fall in compared(given.arm, range(given.first, given.first + given.number)):
        count += 1
        if fall > LOWER:
            met += 1
            print(f"seed {seed}, {glass} ({status}): the truth leads lower by {fall:.3g}", flush=True)
    print(f"{count} spectra, in {met} the truth leads lower by more than {LOWER:g}")


if __name__ == "__main__":
    main()
