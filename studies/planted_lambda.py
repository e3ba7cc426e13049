"""lambda of a planted fault in the model and the priors that `analyse` fits with, not in the laws of the draws.

The expected spectra of a glass with the fault, without noise, are fitted as a recipe states them, in the noise that
they were drawn with, and the balances are solved; lambda is how much higher the sum of all chi2 is than without the
fault: the same glass with its true spinning rate, composition, phase, reference, relaxation, its own Raman spectrum, or
without the unit that nobody listed. Priors of a recipe are wider than the laws that a simulator draws from, so that it
is less than what a descent inside the laws leaves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr

import spectra
import structure
from shortrange import Analysis
from shortrange.results import Fitted
from shortrange.stepwise._fitting import model_of
from shortrange.stepwise._minima import choices
from shortrange.stepwise._solving import solved_structure
from spectra.nmr._rate_evidence import _spun
from studies.second_simulator import Glass, Series, nmr, raman, xps
from studies.second_simulator.series import formula

Vector = npt.NDArray[np.float64]
STARTS = 4
LEVEL = 0.1
"""Of the tallest Raman band, under all: the fits have a level of their own."""
MOVED = {"phase": ("31P NMR", "phase"), "charge": ("O 1s XPS", "offset")}
"""Faults that are added to a parameter of a spectrum."""


def lambda_in_the_fit(
    analysis: Analysis, series: Series, at: int, fault: str, *, near: Mapping[str, float] | None = None
) -> float:
    """How much higher chi2 of all expected spectra and the balances is with a fault than without it.

    Parameters
    ----------
    analysis
        Of one glass of a series, as its recipe states it.
    series, at
        The series as it was drawn, with the fault, and the number of the glass.
    fault
        Its name.
    near
        Amounts of the glass without the unit that nobody listed.
    """
    glass, amplitude = series.glasses[at], series.settings.fault(fault)
    planted = _fitted(analysis, series, glass)
    there = (series, glass, planted)
    if fault == "composition":
        true = structure.composition(formula(glass.x + amplitude, series.settings))
        return _total(analysis, planted) - _total(analysis, planted, true)
    if fault == "rate":
        right = _fitted(analysis, series, glass, spun=True, beside=there)
        return _total(analysis, planted) - _total(analysis, right)
    right = replace(series, settings=replace(series.settings, faults={}))
    without = replace(glass, amounts=near or glass.amounts, parameters=_without(glass, fault, amplitude))
    return _total(analysis, planted) - _total(analysis, _fitted(analysis, right, without, beside=there))


def _without(glass: Glass, fault: str, amplitude: float) -> dict[str, dict[str, float]]:
    """Parameters of a glass less what a fault adds to them."""
    found = {technique: dict(own) for technique, own in glass.parameters.items()}
    if fault in MOVED:
        technique, name = MOVED[fault]
        found[technique][name] -= amplitude
    return found


def _expected(series: Series, glass: Glass, technique: str) -> tuple[Vector, Vector]:
    """Intensities without noise on the axis of a drawn spectrum, and the sd of its noise."""
    axis, drawn = glass.spectra[technique]
    made, parameters = series.settings, dict(glass.parameters[technique])
    if technique == "O 1s XPS":
        counts = xps.expected(made, glass.amounts, parameters, axis)
        return counts, np.sqrt(counts)
    if technique == "Raman":
        share, last = made.fault("raman_swapped"), series.glasses[-1].amounts
        shown = {u: (1 - share) * amount + share * last.get(u, 0.0) for u, amount in glass.amounts.items()}
        bands = raman.expected(made, shown, parameters, axis)
        return parameters["peak_counts"] * (bands / bands.max() + LEVEL), np.sqrt(np.maximum(drawn, 1.0))
    own = nmr.before_apodisation(parameters, parameters["apodisation"])
    weight, spectrometer = nmr.weights(made, glass.amounts, parameters), series.spectrometer
    filled = int(parameters["zero_filling"])
    signal = nmr.decay(own, weight, spectrometer, nmr.added(made))
    options = {"apodisation": parameters["apodisation"], "zero_filling": filled}
    everywhere, clean = nmr.transform(signal, spectrometer, **options, phase=nmr.phase_of(parameters, weight))
    low, high = made.tables["nmr"]["window"]
    inside = (everywhere >= low) & (everywhere <= high)
    level = nmr.baseline(axis, parameters, (low, high))
    sd = np.full(axis.size, 1000 / parameters["signal_to_noise"])
    return 1000 * (clean[inside] / clean.max() + level), sd


def _fitted(
    analysis: Analysis,
    series: Series,
    glass: Glass,
    *,
    spun: bool = False,
    beside: tuple[Series, Glass, Sequence[Fitted]] | None = None,
) -> tuple[Fitted, ...]:
    """Fits of expected spectra, at the true spinning rate on demand; what is the same ``beside`` them is taken over.

    With further starts: where nothing is noise, a minimum that lies 50 above another one is no misfit, after which an
    analysis would start anew.
    """
    tables = analysis.recipe.tables
    measured = {item.technique: item for item in analysis.measured}
    ends = []
    for number, item in enumerate(analysis.fits):
        turned = spun and item.technique == "31P NMR"
        if beside is not None and not turned:
            other = _expected(beside[0], beside[1], item.technique)
            if np.array_equal(other, _expected(series, glass, item.technique)):
                ends.append(beside[2][number])
                continue
        drawn = measured[item.technique]
        shown = replace(drawn, spectrum=_spectrum(drawn.spectrum, series, glass, item.technique))
        made = model_of(tables, shown, analysis.priors)
        assert made is not None
        spectrum, model, _ = made
        if turned:
            model = _spun(model, series.spectrometer.rate)
        restarts = max(tables.techniques[item.technique].restarts, STARTS)
        ends.append(replace(item, fit=spectra.fit(spectrum, model, restarts=restarts, check=False)))
    return tuple(ends)


def _spectrum(drawn: xr.Dataset, series: Series, glass: Glass, technique: str) -> xr.Dataset:
    """A spectrum as read with expected intensities, and the noise that it was drawn with."""
    axis, _ = glass.spectra[technique]
    intensity, sd = _expected(series, glass, technique)
    dimension, order = str(drawn["intensity"].dims[0]), np.argsort(axis)
    made = drawn.assign(intensity=(dimension, intensity[order]), noise=(dimension, sd[order]))
    made = made.drop_vars("counts", errors="ignore").assign_coords(noise_source="given")
    if technique != "31P NMR":
        return made
    return made.assign_coords(noise_correlation=_points_as_one(glass, series.spectrometer.times()))


def _points_as_one(glass: Glass, times: Vector) -> float:
    """How many points of an NMR spectrum count as one: by its filling and its window."""
    drawn = glass.parameters["31P NMR"]
    power, filled = np.exp(-2 * math.pi * drawn["apodisation"] * times), int(drawn["zero_filling"])
    ends = 1.0 + (power[-1] if filled == 1 else 0.0)
    return max(filled * power.size * ends / 2 / float(np.sum(power)), 1.0)


def _total(analysis: Analysis, fits: Sequence[Fitted], composition: structure.Composition | None = None) -> float:
    """chi2 of fits and balances at the minima of spectra with which it is least; infinite where balances cannot hold.

    Two bands that change names are two minima of a spectrum alone; the balances choose, as they do in the analysis.
    """
    recipe = analysis.recipe
    (sample,) = recipe.tables.samples
    least = math.inf
    for choice in choices(recipe.tables, fits, sample.name):
        solution = solved_structure(
            recipe, sample, choice.fits, ranges=False, intervals=False, glass=composition
        ).solution
        if solution is not None:
            least = min(least, choice.rise + solution.chi2)
    return least + sum(item.fit.chi2 for item in fits)
