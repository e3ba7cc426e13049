"""Expected spectra of a glass with a fault of a given size, over their noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from studies.second_simulator import nmr, oracle, raman, truths, xps
from studies.second_simulator.series import Glass, Series
from studies.second_simulator.settings import numbers

Vector = npt.NDArray[np.float64]
STRANGER = {"gauss": 8.0, "lorentz": 0.8, "zeta": 80.0, "eta": 0.5, "skew": 0.0}
"""Shape of the unit that nobody listed: the middle of the laws."""


def seen(series: Series, glass: Glass, fault: str = "", amplitude: float = 0.0, like: Glass | None = None) -> Vector:
    """Expected spectra of a glass in units of the noise (of ``like``), one after another, with a fault."""
    like = like or glass
    amounts = dict(glass.amounts)
    if fault in ("unit", "composition"):
        for label, change in _moved(series, glass, fault, amplitude).items():
            amounts[label] = amounts.get(label, 0.0) + change
    shown = amounts
    if fault == "raman_swapped":
        shown = {u: (1 - amplitude) * a + amplitude * series.glasses[-1].amounts[u] for u, a in amounts.items()}
    return np.concatenate(
        [
            _nmr(series, glass, amounts, fault, amplitude, like),
            _raman(series, glass, shown, like),
            _xps(series, glass, amounts, amplitude if fault == "charge" else 0.0),
        ]
    )


def _moved(series: Series, glass: Glass, fault: str, amplitude: float) -> dict[str, float]:
    """Least changes of the amounts that keep the balances beside a stranger, or follow another oxygen content."""
    labels, matrix, _ = truths.balances(series.settings, glass.x)
    (stranger, unit), *_ = numbers()["unlisted"].items()
    wanted = np.array([0.0, 1.0, -1.0, 0.0])
    if fault == "unit":
        wanted = -np.array([1.0, unit["O"], unit["S"], unit["charge"]])
    changes = dict(zip(labels, amplitude * np.linalg.lstsq(matrix, wanted, rcond=None)[0], strict=True))
    return changes | ({stranger: amplitude} if fault == "unit" else {})


def _nmr(series: Series, glass: Glass, amounts: dict[str, float], fault: str, amplitude: float, like: Glass) -> Vector:
    made, spectrometer, table = series.settings, series.spectrometer, series.settings.tables["nmr"]
    parameters = dict(glass.parameters["31P NMR"])
    clean = nmr.weights(made, glass.amounts, parameters)
    theirs = dict(like.parameters["31P NMR"])
    _, sd = oracle.clean_and_noise(theirs, nmr.weights(made, like.amounts, theirs), spectrometer)
    weight = nmr.weights(made, amounts, parameters)
    (stranger, _), *_ = numbers()["unlisted"].items()
    if stranger in amounts:
        place = series.settings.tables["fault_numbers"]["unlisted_shift"]
        parameters |= {f"{stranger} {name}": value for name, value in (STRANGER | {"center": place}).items()}
        weight[stranger] = amounts[stranger]
    if fault == "t1":  # relative to an amplitude of 0, where all keep the same share
        kept = nmr.weights(replace(made, faults={"t1": amplitude}), amounts, parameters)
        weight = {unit: value / (1 - np.exp(-1)) for unit, value in kept.items()}
    if fault == "rate":
        spectrometer = replace(spectrometer, rate=spectrometer.rate * (1 + amplitude))
    if fault == "phase":
        parameters["phase"] += amplitude
    zero_filling = min(int(parameters["zero_filling"]), 2)
    signal = nmr.decay(parameters, weight, spectrometer)
    axis, found = nmr.transform(signal, spectrometer, zero_filling=zero_filling, phase=nmr.phase_of(parameters, clean))
    low, high = table["window"]
    return found[(axis >= low) & (axis <= high)] / sd


def _raman(series: Series, glass: Glass, amounts: dict[str, float], like: Glass) -> Vector:
    axis, counts = glass.spectra["Raman"]
    parameters = dict(glass.parameters["Raman"])
    tallest = raman.expected(series.settings, like.amounts, dict(like.parameters["Raman"]), axis).max()
    scale = parameters["peak_counts"] / tallest
    return scale * raman.expected(series.settings, amounts, parameters, axis) / np.sqrt(np.maximum(counts, 1.0))


def _xps(series: Series, glass: Glass, amounts: dict[str, float], shift: float) -> Vector:
    axis, counts = glass.spectra["O 1s XPS"]
    parameters = dict(glass.parameters["O 1s XPS"])
    moved = parameters | {"offset": parameters["offset"] + shift, "P:S2O/O energy": 0.0}
    return xps.expected(series.settings, amounts, moved, axis) / np.sqrt(np.maximum(counts, 1.0))
