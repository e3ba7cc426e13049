"""Whole series of the second simulator, from files to the sentence, with one fault planted in the second glass."""

from __future__ import annotations

import math
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import shortrange
import structure
from shortrange.joint import Joint, Pieces, fit_series, tensions
from shortrange.recipe import Tables
from shortrange.results import Fitted, Measured, Priors
from shortrange.routes import _joint as route
from shortrange.stepwise import _fitting
from studies.joint_tension._detectability import UNSEEN, Linear
from studies.joint_tension._two_lines import told
from studies.second_simulator import Glass, Series, formula, nmr, raman, settings, simulate, write
from studies.series_calibration import _fractions_alone, recipe_of

Array = npt.NDArray[np.float64]
WRONG, OTHER = 1, -1
"""The glass that the fault is in, and the one whose structure its spectrum shows."""
FAULTS = {
    "raman_swapped": "x = 0.15, Raman",
    "nmr_swapped": "x = 0.15, 31P NMR",
    "composition_stated": "x = 0.15",
}
"""Share of the structure of another glass in one spectrum; oxygen per P that a recipe states too much."""
FARTHEST = {"raman_swapped": 1.0, "nmr_swapped": 1.0, "composition_stated": 0.45}


Kept = dict[tuple[str, str], Fitted | None]


def analysed(series: Series, kept: Kept, *, stated: float | None = None) -> tuple[Joint, dict[str, object]]:
    """The joint minimum of a series, ``stated`` being the oxygen per P that the recipe has for the wrong glass.

    Fits of single spectra that ``kept`` holds are taken from there, others are put there.
    """
    recipe = recipe_of(series)
    if stated is not None:
        x = series.glasses[WRONG].x
        recipe = recipe.replace(_composed(series, x), _composed(series, round(stated, 4)))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), _fractions_alone(), _fits(kept):
        warnings.simplefilter("ignore")
        write(series, Path(folder))
        path = Path(folder) / "recipe.toml"
        path.write_text(recipe, encoding="utf-8")
        steps = shortrange.analyse(shortrange.read_recipe(path))
    found = fit_series(route._stated(steps), route._series(steps), route._starts(steps), tables=route._tables(steps))
    one = tensions(Pieces(found.likelihood, found.minimum.x), rng=np.random.default_rng(series.seed))
    return found, told(one, str(found.minimum.status))


def _composed(series: Series, x: float) -> str:
    return f'composition = "{formula(x, series.settings)}"'


@contextmanager
def _fits(kept: Kept) -> Iterator[None]:
    """A spectrum that did not change is not fitted again: its fit hangs on nothing else."""
    made = _fitting.fit_measured

    def once(tables: Tables, item: Measured, priors: Priors) -> Fitted | None:
        key = (item.sample, item.technique)
        if key not in kept:
            kept[key] = made(tables, item, priors)
        return kept[key]

    _fitting.fit_measured = once
    try:
        yield
    finally:
        _fitting.fit_measured = made


def mixed(series: Series, part: float) -> dict[str, float]:
    """Amounts of the wrong glass with a share of those of the other one."""
    mine, other = series.glasses[WRONG].amounts, series.glasses[OTHER].amounts
    return {label: (1 - part) * value + part * other.get(label, 0.0) for label, value in mine.items()}


def change(series: Series, fault: str, part: float) -> tuple[str, Array]:
    """Technique, and change of its expected spectrum on the axis of the measured one."""
    glass, amounts = series.glasses[WRONG], mixed(series, part)
    if fault == "raman_swapped":
        parameters, (axis, _) = dict(glass.parameters["Raman"]), glass.spectra["Raman"]
        right = raman.expected(series.settings, glass.amounts, parameters, axis)
        wrong = raman.expected(series.settings, amounts, parameters, axis)
        return "Raman", (wrong - right) * parameters["peak_counts"] / right.max()
    (axis, right), (_, wrong) = (_shown(series, glass, of) for of in (glass.amounts, amounts))
    low, high = series.settings.tables["nmr"]["window"]
    inside = (axis >= low) & (axis <= high)
    return "31P NMR", 1000 * (wrong - right)[inside] / right.max()


def _shown(series: Series, glass: Glass, amounts: Mapping[str, float]) -> tuple[Array, Array]:
    parameters = dict(glass.parameters["31P NMR"])
    own = parameters | {"lorentz": parameters["lorentz"] - parameters["apodisation"]}
    weight = nmr.weights(series.settings, amounts, parameters)
    return nmr.transform(
        nmr.decay(own, weight, series.spectrometer),
        series.spectrometer,
        apodisation=parameters["apodisation"],
        zero_filling=int(parameters["zero_filling"]),
        phase=nmr.phase_of(parameters, weight),
    )


def planted(series: Series, fault: str, part: float) -> Series:
    """The same series, noise and all, with the change added to one spectrum."""
    technique, moved = change(series, fault, part)
    glass = series.glasses[WRONG]
    axis, intensity = glass.spectra[technique]
    wrong = replace(glass, spectra={**glass.spectra, technique: (axis, intensity + moved)})
    glasses = tuple(wrong if number == WRONG else one for number, one in enumerate(series.glasses))
    return replace(series, glasses=glasses)


def unit(series: Series, linear: Linear, fault: str) -> float:
    """lambda of an amplitude of 1, continued linearly."""
    name, likelihood = f"x = {series.glasses[WRONG].x:.2f}", linear.likelihood
    if fault == "composition_stated":
        units = [structure.unit_of(label) for label in likelihood.glasses[name].species]
        step = 0.01
        wrong = structure.composition(formula(series.glasses[WRONG].x + step, series.settings))
        (rows, right), _ = structure.balance_lines(wrong, units).split()
        known_rows, known_right = likelihood.balances[name]
        assert np.allclose(rows, known_rows)
        return linear.of_amounts(name, np.linalg.pinv(rows) @ (right - known_right) / step)
    step = 0.01
    technique, moved = change(series, fault, step)
    key = f"{name}, {technique}"
    axis, _ = series.glasses[WRONG].spectra[technique]
    order = np.argsort(axis)
    points = np.interp(likelihood.fitted[key].data.x, axis[order], moved[order] / step)
    return linear.of_spectra({key: points})


def records(seed: int, faults: Mapping[str, Sequence[float]], *, arm: str) -> Iterator[dict[str, object]]:
    """A series without a fault, then the same noise with every fault at the amplitude of every lambda."""
    series, kept = simulate(settings(arm), seed), Kept()
    found, record = analysed(series, kept)
    yield {"arm": arm, "seed": seed, "fault": "", "lambda": 0.0, **record}
    linear = Linear(found.likelihood, found.minimum.x)
    for fault, sizes in faults.items():
        one = unit(series, linear, fault)
        for size in sizes:
            amplitude = math.sqrt(size / max(one, UNSEEN))
            row: dict[str, object] = {"arm": arm, "seed": seed, "fault": fault, "lambda": size, "amplitude": amplitude}
            if amplitude <= FARTHEST[fault]:
                row |= _with_fault(series, kept, fault, amplitude)
            yield row


def _with_fault(series: Series, kept: Kept, fault: str, amplitude: float) -> dict[str, object]:
    if fault == "composition_stated":
        return analysed(series, dict(kept), stated=series.glasses[WRONG].x + amplitude)[1]
    wrong = planted(series, fault, amplitude)
    changed = (f"x = {series.glasses[WRONG].x:.2f}", change(series, fault, 0.0)[0])
    return analysed(wrong, {key: fit for key, fit in kept.items() if key != changed})[1]
