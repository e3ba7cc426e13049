"""Sums of resistances of a circuit fit: which parameters they hold, and whether the spectra determine them.

Two arcs that trade against one another may have a sum that is well known; an arc that ended at its bound may hide a
part of the sum that is not small. A sum is judged by itself, by the rules of the parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from electrochemistry.impedance import FACTOR_LIMIT, RELATIVE_SD_LIMIT, ImpedanceFit
from shortrange_core import BadInput, Estimates
from shortrange_core.affine import Affine, parse

DETERMINED, UNDETERMINED, AT_BOUND, MISFIT = "determined", "undetermined", "at_bound", "misfit"


def parsed_sums(fit: ImpedanceFit, resistances: Mapping[str, str]) -> dict[str, Affine]:
    """Sums of resistances of the fit by name.

    Raises
    ------
    BadInput
        If there is none, or one names what is no resistance of the fit.
    """
    if not isinstance(resistances, Mapping):
        raise BadInput(f'resistances = {resistances!r}: give names and sums, such as {{"total": "R1 + R2"}}')
    sums = {name: _sum(fit, text) for name, text in resistances.items()}
    if not sums:
        raise BadInput('resistances: is empty; state what to add up, such as {"total": "R1 + R2"}')
    return sums


def _sum(fit: ImpedanceFit, text: str) -> Affine:
    expression = parse(re.sub(r"(?<=\w)\s*([+-])\s*(?=[A-Za-z])", r" \1 ", text).strip())
    facets = fit.facets
    units = dict(zip(facets["parameter"], facets["unit"], strict=True))
    wrong = [name for name in expression.names if units.get(name) != "ohm"]
    if wrong or expression.constant:
        ohm = ", ".join(name for name, unit in units.items() if unit == "ohm")
        raise BadInput(
            f"resistances {text!r}: {', '.join(wrong) or 'a constant'} is not a resistance of the fit; add up {ohm}"
        )
    return expression


def entry_of(parameter: str, label: str, entries: Sequence[str] | Mapping[str, int]) -> str:
    """Entry of a parameter in a spectrum of a series, or of one that the series shares."""
    name = f"{parameter}[{label}]"
    return name if name in entries else parameter


def added_up(
    fit: ImpedanceFit, sums: Mapping[str, Affine], *, temperature: Sequence[float], temperature_sd: Sequence[float]
) -> tuple[Estimates, dict[str, str]]:
    """Sums (ohm) of every spectrum with facets, status among them; and entry -> why it is not determined.

    Parameters
    ----------
    fit, sums
        Circuit fit, and what to add up by name.
    temperature, temperature_sd
        K, one per spectrum.
    """
    rows, entries = [], []
    facets: dict[str, list[str | float]] = {
        name: [] for name in ("quantity", "temperature", "temperature_sd", "label", "status")
    }
    reasons: dict[str, str] = {}
    position = {name: n for n, name in enumerate(fit.entries)}
    for name, expression in sums.items():
        for label, kelvin, sd in zip(fit.labels, temperature, temperature_sd, strict=True):
            row = np.zeros(len(position))
            for parameter, coefficient in expression.coefficients.items():
                row[position[entry_of(parameter, label, position)]] = coefficient
            rows.append(row)
            entries.append(f"{name}[{label}]" if label else name)
            status, reason = _status(fit, row, expression, label)
            if reason:
                reasons[entries[-1]] = reason
            labels: tuple[str | float, ...] = (name, kelvin, sd, label, status)
            for facet, own in zip(facets, labels, strict=True):
                facets[facet].append(own)
    return fit.parameters.linear(np.array(rows), entries, **facets), reasons


def _status(
    fit: ImpedanceFit, row: np.ndarray[tuple[int], np.dtype[np.float64]], sum_: Affine, label: str
) -> tuple[str, str]:
    """Status of one sum, and why it is not determined."""
    used = np.flatnonzero(row)
    value = float(row @ fit.values)
    variance = float(row[used] @ fit.covariance[np.ix_(used, used)] @ row[used])
    if MISFIT in {fit.facets["status"][n] for n in used}:
        return MISFIT, "the circuit misses the spectrum"
    ended = [n for n in used if fit.facets["status"][n] == AT_BOUND]
    if len(ended) == len(used):
        return AT_BOUND, f"{', '.join(fit.entries[n] for n in ended)} ended at the bound"
    for n in ended:
        hidden = abs(row[n]) * _beyond(fit, int(n))
        if not hidden <= RELATIVE_SD_LIMIT * abs(value):
            return UNDETERMINED, f"{fit.entries[n]} ended at the bound, and may be off by as much"
    if not np.isfinite(variance):
        return UNDETERMINED, "it has no standard deviation"
    if np.sqrt(max(variance, 0.0)) > RELATIVE_SD_LIMIT * abs(value):
        return UNDETERMINED, f"its sd is {100 * np.sqrt(variance) / abs(value):.0f} % of its value"
    for other in fit.alternatives:
        if other.label == label:
            rival = sum_.value(dict(other.parameters))
            if not 1 / FACTOR_LIMIT < rival / value < FACTOR_LIMIT:
                return UNDETERMINED, f"another solution that fits as well gives {rival:.3g} ohm"
    return DETERMINED, ""


def _beyond(fit: ImpedanceFit, number: int) -> float:
    """How far a parameter at its bound may reach from it, by its profile (ohm); infinite where nothing tells."""
    own = (fit.facets["label"][number], fit.facets["parameter"][number])
    limits = [p for p in fit.profiles if (p.label, p.parameter) == own]
    reach = [abs(end - fit.values[number]) for p in limits for end in (p.lower, p.upper) if np.isfinite(end)]
    return float(max(reach)) if reach else float("inf")
