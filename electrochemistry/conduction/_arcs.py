"""Which arc is what: effective capacitances with their candidates, and whether the bulk can be seen at all.

An arc R beside Q, n has the effective capacitance (Q R^(1-n))^(1/n) where time constants are spread through the
thickness, and Brug's Q^(1/n) (1/Rs + 1/R)^((n-1)/n) where they are spread over a surface. The two can differ by a
factor 2: both are given. Bulk and grain boundary are compared with the published ranges [1]_ as C l/A,
interfaces as C/A.

References
----------
.. [1] J. T. S. Irvine, D. C. Sinclair and A. R. West, Advanced Materials (1990), for l/A = 1 cm-1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from electrochemistry.conduction._conductivity import Conductivity, Geometry
from electrochemistry.impedance import ImpedanceFit, Leaf, Node, Parallel, Real, Series, circuit
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown

VACUUM_PERMITTIVITY = 8.8541878128e-14  # F/cm
# F for l/A = 1 cm-1 (bulk, grain boundary) or A = 1 cm2; single published values are widened by EDGE on both sides.
RANGES: dict[str, tuple[float, float]] = {
    "bulk": (1e-12, 1e-12),
    "grain boundary": (1e-11, 1e-8),
    "surface layer": (1e-9, 1e-7),
    "interface": (1e-7, 1e-5),
    "charge transfer": (1e-4, 1e-4),
}
THROUGH_THICKNESS = ("bulk", "grain boundary")
EDGE = float(np.sqrt(10.0))
NEVER_BULK = 1e-8
PERMITTIVITY = (10.0, 20.0)
WINDOW_EDGE = 3.0
THROUGH, BRUG = "through thickness", "Brug"
LARGEST_LOG = 300.0


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Arcs(Shown):
    """Effective capacitances of the arcs of a fit.

    Parameters
    ----------
    capacitances
        F, with covariance; facets element (the R of the arc), formula (``"through thickness"`` or ``"Brug"``),
        candidates, label.
    time_constants
        s; facets element, label.
    notes
        What a user must know.
    """

    capacitances: Estimates
    time_constants: Estimates
    notes: tuple[Note, ...]


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
        If the circuit holds no arc, or the resistance is not part of it or is none.

    Examples
    --------
    >>> from electrochemistry.impedance import fit_circuit
    >>> from electrochemistry.impedance import spectrum_from_arrays
    >>> f = np.logspace(0, 7, 40)
    >>> z = circuit("p(R1,C1)").impedance(f, {"R1": 1e5, "C1": 1e-12})
    >>> found = arcs(fit_circuit(spectrum_from_arrays(f, z), "p(R1,C1)", starts=4), Geometry(1.0, 1.128379))
    >>> found.capacitances.value.values.round(15).tolist(), found.capacitances.facets["candidates"]
    ([1e-12], ('bulk',))
    """
    members = _members(circuit(fit.circuit).root)
    if not members:
        raise BadInput(f"{fit.circuit}: holds no arc (R beside CPE or C, or ZARC)")
    ohm = [n for n, unit in zip(fit.facets["parameter"], fit.facets["unit"], strict=True) if unit == "ohm"]
    if series_resistance is not None and series_resistance not in ohm:
        raise BadInput(f"series_resistance = {series_resistance!r}: is no resistance of {fit.circuit}")
    wanted = [
        (label, names, formula)
        for label in fit.labels
        for names in members
        for formula in _formulas(names, series_resistance)
    ]
    log = np.array([coordinate == "log" for coordinate in fit.facets["coordinate"]])
    position = {entry: number for number, entry in enumerate(fit.entries)}
    taken = [
        [position[_entry(position, name, label)] for name in (*names[1:], *((series_resistance,) if f == BRUG else ()))]
        for label, names, f in wanted
    ]

    def natural(x: Real) -> Real:
        return np.where(log, np.exp(np.clip(np.where(log, x, 0.0), -LARGEST_LOG, LARGEST_LOG)), x)

    def all_capacitances(x: Real) -> Real:
        p = natural(x)
        return np.array([_capacitance(n[0], f, p[t]) for (_, n, f), t in zip(wanted, taken, strict=True)])

    def all_taus(x: Real) -> Real:
        p = natural(x)
        return np.array([_tau(n[0], p[t]) for (_, n, f), t in zip(wanted, taken, strict=True) if f == THROUGH])

    fitted = fit.fitted
    values = all_capacitances(np.array(fitted.value.values))
    capacitances = fitted.propagate(
        all_capacitances,
        [f"{n[1]} {f}{f'[{label}]' if label else ''}" for label, n, f in wanted],
        element=[n[1] for _, n, _ in wanted],
        formula=[f for _, _, f in wanted],
        candidates=["; ".join(candidates(float(v), shape)) for v in values],
        label=[label for label, _, _ in wanted],
    )
    once = [(label, n) for label, n, f in wanted if f == THROUGH]
    taus = fitted.propagate(
        all_taus,
        [f"{n[1]}{f'[{label}]' if label else ''}" for label, n in once],
        element=[n[1] for _, n in once],
        label=[label for label, _ in once],
    )
    return Arcs(capacitances, taus, _notes(capacitances))


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


def _entry(known: Mapping[str, int], name: str, label: str) -> str:
    return f"{name}[{label}]" if f"{name}[{label}]" in known else name


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


def candidates(capacitance: float, shape: Geometry) -> tuple[str, ...]:
    """What an arc of this capacitance (F) may be, by the published ranges, a half decade beyond their ends included.

    Examples
    --------
    >>> candidates(1e-6, Geometry(0.1, 1.3)), candidates(1.0, Geometry(0.1, 1.3))
    (('interface',), ('none of the known ranges',))
    """
    found = []
    for name, (low, high) in RANGES.items():
        scaled = capacitance * shape.factor if name in THROUGH_THICKNESS else capacitance / shape.area
        if low / EDGE <= scaled <= high * EDGE and not (name == "bulk" and capacitance > NEVER_BULK):
            found.append(name)
    return tuple(found) or ("none of the known ranges",)


def _notes(found: Estimates) -> tuple[Note, ...]:
    facets = found.facets
    several = [e for e, c in zip(found.entries, facets["candidates"], strict=True) if ";" in c]
    if not several:
        return ()
    return (
        Note(
            "arc-ambiguous",
            Severity.INFO,
            f"the capacitance does not tell what the arc is: {', '.join(several)}",
            "vary the thickness, the electrodes or the temperature: bulk and grain boundary scale with l/A",
        ),
    )


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Window(Shown):
    """Whether the bulk relaxation lies in the measured window.

    Parameters
    ----------
    bulk_frequency
        Hz, facets temperature and permittivity: f = sigma/(2 pi eps_r eps_0).
    verdicts
        For each temperature (K): ``inside``, ``edge`` or ``outside``.
    notes
        What a user must know.
    """

    bulk_frequency: Estimates
    verdicts: tuple[tuple[float, str], ...]
    notes: tuple[Note, ...]


def bulk_window(
    conductivity: Conductivity,
    *,
    highest_frequency: float,
    quantity: str,
    permittivity: tuple[float, float] = PERMITTIVITY,
) -> Window:
    """Bulk relaxation frequency against the highest measured frequency, for each temperature.

    Inside: a third of the highest frequency is above the relaxation at both permittivities. Outside: the relaxation is
    above the highest frequency at both; the bulk resistance then sits in the intercept.

    Parameters
    ----------
    conductivity
        Of the sample.
    highest_frequency
        Of the measurement, Hz.
    quantity
        Which conductivity stands for the bulk.
    permittivity
        Lowest and highest relative permittivity assumed.

    Raises
    ------
    BadInput
        If a frequency or permittivity is not above 0, or the conductivity is not there.
    """
    low, high = permittivity
    if not (highest_frequency > 0 and 0 < low <= high):
        raise BadInput(
            f"highest_frequency = {highest_frequency}, permittivity = {permittivity}: must be above 0, and in order"
        )
    names = list(dict.fromkeys(conductivity.sigma.facets["quantity"]))
    if quantity not in names:
        raise BadInput(f"quantity = {quantity!r}: is unknown; there are {', '.join(names)}")
    sigma = conductivity.sigma.where(quantity=quantity)
    temperatures = np.array(sigma.facets["temperature"], dtype=float)
    rows, entries, facet = [], [], []
    for value in (low, high):
        factor = 1 / (2 * np.pi * value * VACUUM_PERMITTIVITY)
        rows.append(np.eye(len(sigma)) * factor)
        entries += [f"{entry} eps {value:g}" for entry in sigma.entries]
        facet += [value] * len(sigma)
    frequency = sigma.linear(
        np.concatenate(rows), entries, temperature=[*temperatures, *temperatures], permittivity=facet
    )
    fast, slow = frequency.value.values[: len(sigma)], frequency.value.values[len(sigma) :]
    verdicts = [
        "outside" if s > highest_frequency else "inside" if f * WINDOW_EDGE < highest_frequency else "edge"
        for f, s in zip(fast, slow, strict=True)
    ]
    return Window(
        frequency, tuple(zip(temperatures.tolist(), verdicts, strict=True)), _window_notes(temperatures, verdicts)
    )


def _window_notes(temperatures: Real, verdicts: list[str]) -> tuple[Note, ...]:
    bad = [f"{t:g} K ({verdict})" for t, verdict in zip(temperatures, verdicts, strict=True) if verdict != "inside"]
    if not bad:
        return ()
    return (
        Note(
            "bulk-outside-window",
            Severity.WARNING,
            f"the bulk relaxation is not inside the measured window at {', '.join(bad)}: there the bulk resistance "
            "sits in the high-frequency intercept, and no arc is the bulk",
            "call the intercept bulk, report the total, cool the sample, or measure to higher frequency",
        ),
    )
