"""Which arc is what: effective capacitances, and the probabilities of their names.

An arc R beside Q, n has the effective capacitance (Q R^(1-n))^(1/n) where time constants are spread through the
thickness, and Brug's Q^(1/n) (1/Rs + 1/R)^((n-1)/n) where they are spread over a surface. The two can differ by a
factor 2: both are given. An arc of a series is one thing: its name follows from its capacitances in all spectra.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from electrochemistry.conduction._arc_names import UNCLEAR, of_a_series, probabilities, shown_names
from electrochemistry.conduction._conductivity import Geometry
from electrochemistry.conduction._sums import entry_of
from electrochemistry.impedance import ImpedanceFit, Leaf, Node, Parallel, Real, Series, circuit
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown

THROUGH, BRUG = "through thickness", "Brug"
LARGEST_LOG = 300.0


@record(2)
@dataclass(frozen=True, eq=False, slots=True)
class Arcs(Shown):
    """Effective capacitances of the arcs of a fit.

    Parameters
    ----------
    capacitances
        F, with covariance; facets element (the R of the arc), formula (``"through thickness"`` or ``"Brug"``),
        candidates (likely names with their probabilities, of the whole series), label.
    time_constants
        s; facets element, label.
    notes
        What a user must know.
    names
        Element, formula, name and probability, over the whole series.
    """

    capacitances: Estimates
    time_constants: Estimates
    notes: tuple[Note, ...]
    names: tuple[tuple[str, str, str, float], ...] = ()


def arcs(fit: ImpedanceFit, shape: Geometry, *, series_resistance: str | None = None) -> Arcs:
    """Effective capacitances, and what each arc may be.

    Parameters
    ----------
    fit
        Its circuit holds arcs: R beside CPE or C, or ZARC.
    shape
        Geometry of the disc.
    series_resistance
        Name of the resistance in series with the arcs, which Brug's formula needs; without it that form is left out.

    Raises
    ------
    BadInput
        If the circuit holds no arc, or the resistance is not part of it or is none, or the circuit misses all spectra;
        of those that it misses beside others there are none.

    Examples
    --------
    >>> from electrochemistry.impedance import fit_circuit
    >>> from electrochemistry.impedance import spectrum_from_arrays
    >>> f = np.logspace(0, 7, 40)
    >>> z = circuit("p(R1,C1)").impedance(f, {"R1": 1e5, "C1": 1e-12})
    >>> found = arcs(fit_circuit(spectrum_from_arrays(f, z), "p(R1,C1)", starts=4), Geometry(1.0, 1.128379))
    >>> found.capacitances.value.values.round(15).tolist(), found.capacitances.facets["candidates"]
    ([1e-12], ('bulk 0.96',))
    """
    members = _members(circuit(fit.circuit).root)
    if not members:
        raise BadInput(f"{fit.circuit}: contains no arc (R parallel to CPE or C, or ZARC)")
    ohm = [n for n, unit in zip(fit.facets["parameter"], fit.facets["unit"], strict=True) if unit == "ohm"]
    if series_resistance is not None and series_resistance not in ohm:
        raise BadInput(f"series_resistance = {series_resistance!r} is not a resistance of {fit.circuit}")
    wanted, taken = _wanted(fit, members, series_resistance)
    log = np.array([coordinate == "log" for coordinate in fit.facets["coordinate"]])

    def natural(x: Real) -> Real:
        return np.where(log, np.exp(np.clip(np.where(log, x, 0.0), -LARGEST_LOG, LARGEST_LOG)), x)

    def all_capacitances(x: Real) -> Real:
        p = natural(x)
        return np.array([_capacitance(n[0], f, p[t]) for (_, n, f), t in zip(wanted, taken, strict=True)])

    def all_taus(x: Real) -> Real:
        p = natural(x)
        return np.array([_tau(n[0], p[t]) for (_, n, f), t in zip(wanted, taken, strict=True) if f == THROUGH])

    fitted = fit.fitted
    plain = fitted.propagate(
        all_capacitances,
        [f"{n[1]} {f}{f'[{label}]' if label else ''}" for label, n, f in wanted],
        element=[n[1] for _, n, _ in wanted],
        formula=[f for _, _, f in wanted],
        label=[label for label, _, _ in wanted],
    )
    probable = _names(plain, shape)
    likely = [shown_names(probable[key]) for key in zip(plain.facets["element"], plain.facets["formula"], strict=True)]
    matrix = plain.covariance.values
    capacitances = Estimates.build(plain.entries, plain.value.values, matrix, candidates=likely, **plain.facets)
    once = [(label, n) for label, n, f in wanted if f == THROUGH]
    taus = fitted.propagate(
        all_taus,
        [f"{n[1]}{f'[{label}]' if label else ''}" for label, n in once],
        element=[n[1] for _, n in once],
        label=[label for label, _ in once],
    )
    names = tuple((*key, name, p) for key, own in probable.items() for name, p in own.items())
    return Arcs(capacitances, taus, _notes(probable), names)


def _wanted(
    fit: ImpedanceFit, members: Sequence[tuple[str, ...]], series_resistance: str | None
) -> tuple[list[tuple[str, tuple[str, ...], str]], list[list[int]]]:
    """Spectrum, arc and formula of every capacitance, and the places of the parameters that it takes."""
    missed = set(fit.where_missed)
    wanted = [
        (label, names, formula)
        for label in fit.labels
        if label not in missed
        for names in members
        for formula in _formulas(names, series_resistance)
    ]
    if not wanted:
        raise BadInput(f"{fit.circuit} does not describe the spectra; use a circuit that does")
    position = {entry: number for number, entry in enumerate(fit.entries)}
    taken = [
        [
            position[entry_of(name, label, position)]
            for name in (*names[1:], *((series_resistance,) if f == BRUG else ()))
        ]
        for label, names, f in wanted
    ]
    return wanted, taken


def _members(node: Node) -> list[tuple[str, ...]]:
    """Parameter names of every arc: (R, C), (R, Q, n) or (R, tau, n), with the kind in front."""
    if isinstance(node, Leaf):
        n = node.name
        return [("ZARC", f"{n}_R", f"{n}_tau", f"{n}_n")] if node.element.name == "ZARC" else []
    if isinstance(node, Parallel) and all(isinstance(part, Leaf) for part in node.parts) and len(node.parts) == 2:
        leaves = {part.element.name: part.name for part in node.parts if isinstance(part, Leaf)}
        if set(leaves) == {"R", "C"}:
            return [("RC", leaves["R"], leaves["C"])]
        if set(leaves) == {"R", "CPE"}:
            return [("RQ", leaves["R"], f"{leaves['CPE']}_Q", f"{leaves['CPE']}_n")]
    parts = node.parts if isinstance(node, (Series, Parallel)) else ()
    return [names for part in parts for names in _members(part)]


def _formulas(names: tuple[str, ...], series: str | None) -> tuple[str, ...]:
    return (THROUGH,) if series is None or names[0] == "RC" or series in names else (THROUGH, BRUG)


def _capacitance(kind: str, formula: str, p: Real) -> float:
    if kind == "RC":
        return float(p[1])
    if formula == BRUG:
        log_q = np.log(p[1]) if kind == "RQ" else p[2] * np.log(p[1]) - np.log(p[0])
        return _power(log_q + (p[2] - 1) * np.log(1 / p[3] + 1 / p[0]), p[2])
    return float(p[1] / p[0]) if kind == "ZARC" else _power(np.log(p[1]) + (1 - p[2]) * np.log(p[0]), p[2])


def _power(logarithm: float, n: float) -> float:
    """exp(logarithm / n); NaN where n is so small that the arc has no capacitance."""
    return float(np.exp(logarithm / n)) if n > 0 and abs(logarithm) < LARGEST_LOG * n else float("nan")


def _tau(kind: str, p: Real) -> float:
    if kind == "RC":
        return float(p[0] * p[1])
    return float(p[1]) if kind == "ZARC" else _power(np.log(p[0]) + np.log(p[1]), p[2])


def _names(capacitances: Estimates, shape: Geometry) -> dict[tuple[str, str], dict[str, float]]:
    """Names with probabilities of every element and formula, from all spectra."""
    facets = capacitances.facets
    value, sd = capacitances.value.values, capacitances.sd.values
    with np.errstate(divide="ignore", invalid="ignore"):
        log, log_sd = np.log10(value), sd / (np.abs(value) * np.log(10))
    probable = {}
    for key in dict.fromkeys(zip(facets["element"], facets["formula"], strict=True)):
        own = np.array([pair == key for pair in zip(facets["element"], facets["formula"], strict=True)])
        probable[key] = probabilities(*of_a_series(log[own], log_sd[own]), shape)
    return probable


def _notes(probable: Mapping[tuple[str, str], dict[str, float]]) -> tuple[Note, ...]:
    several = [
        f"{element} {formula}: {shown_names(own)}"
        for (element, formula), own in probable.items()
        if sum(p >= UNCLEAR for p in own.values()) > 1
    ]
    if not several:
        return ()
    return (
        Note(
            "arc-ambiguous",
            Severity.INFO,
            f"the capacitance does not identify the arc: {', '.join(several)}",
            "vary the thickness, the electrodes or the temperature: bulk and grain boundary scale with l/A",
        ),
    )
