"""Which arc is what: effective capacitances with their candidates, and whether the bulk can be seen at all.

An arc R beside Q, n has the effective capacitance (Q R^(1-n))^(1/n) where time constants are spread through the thickness,
and Brug's Q^(1/n) (1/Rs + 1/R)^((n-1)/n) where they are spread over a surface. The two can differ by a factor 2: both
are given. Bulk and grain boundary are compared with the published ranges [1]_ as C l/A, interfaces as C/A.

References
----------
.. [1] J. T. S. Irvine, D. C. Sinclair and A. R. West, Electroceramics: Characterization by Impedance Spectroscopy,
   Advanced Materials 2 (1990) 132, for l/A = 1 cm-1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from electrochemistry.circuits import Leaf, Node, Parallel, Series, circuit
from electrochemistry.conduction import Conductivity, Geometry
from electrochemistry.elements import Real
from electrochemistry.impedance_fitting import ImpedanceFit
from shortrange_core import BadInput, Estimates, Note, Severity, concatenate
from shortrange_core.records import record

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


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Arcs:
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
        If the circuit holds no arc, or the resistance is not part of it.

    Examples
    --------
    >>> from electrochemistry.impedance_fitting import fit_circuit
    >>> from electrochemistry.impedance_models import spectrum_from_arrays
    >>> f = np.logspace(0, 7, 40)
    >>> z = circuit("p(R1,C1)").impedance(f, {"R1": 1e5, "C1": 1e-12})
    >>> found = arcs(fit_circuit(spectrum_from_arrays(f, z), "p(R1,C1)", starts=4), Geometry(1.0, 1.128379))
    >>> found.capacitances.value.values.round(15).tolist(), found.capacitances.facets["candidates"]
    ([1e-12], ('bulk',))
    """
    members = _members(circuit(fit.circuit).root)
    if not members:
        raise BadInput(f"{fit.circuit}: holds no arc (R beside CPE or C, or ZARC)")
    if series_resistance is not None and series_resistance not in fit.parameters.facets["parameter"]:
        raise BadInput(f"series_resistance = {series_resistance!r}: is no parameter of {fit.circuit}")
    capacitances, taus = [], []
    for label in fit.labels:
        for names in members:
            capacitances.append(_capacitances(fit, shape, label, names, series_resistance))
            taus.append(_time_constant(fit, label, names))
    found = _joined(fit, capacitances)
    return Arcs(found, _joined(fit, taus), _notes(found))


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


def _own(fit: ImpedanceFit, label: str, names: tuple[str, ...]) -> Estimates:
    known = set(fit.fitted.entries)
    return fit.parameters.select([n if f"{n}[{label}]" not in known else f"{n}[{label}]" for n in names])


def _through_thickness(kind: str, p: Real) -> float:
    if kind == "RC":
        return float(p[1])
    if kind == "ZARC":
        return float(p[1] / p[0])
    return float((p[1] * p[0] ** (1 - p[2])) ** (1 / p[2]))


def _brug(kind: str, p: Real) -> float:
    resistance, n, series = p[0], p[2], p[3]
    q = p[1] if kind == "RQ" else p[1] ** n / resistance
    return float(q ** (1 / n) * (1 / series + 1 / resistance) ** ((n - 1) / n))


def _capacitances(
    fit: ImpedanceFit, shape: Geometry, label: str, names: tuple[str, ...], series: str | None
) -> Estimates:
    kind, members = names[0], names[1:]
    brug = series is not None and kind != "RC" and series not in members
    own = _own(fit, label, (*members, series) if brug and series is not None else members)
    formulas = ["through thickness", "Brug"] if brug else ["through thickness"]
    suffix = f"[{label}]" if label else ""

    def both(p: Real) -> list[float]:
        return [_through_thickness(kind, p), _brug(kind, p)] if brug else [_through_thickness(kind, p)]

    value = both(np.array(own.value.values))
    return own.propagate(
        lambda p: np.array(both(p)),
        [f"{members[0]} {formula}{suffix}" for formula in formulas],
        element=[members[0]] * len(formulas),
        formula=formulas,
        candidates=["; ".join(candidates(v, shape)) for v in value],
        label=[label] * len(formulas),
    )


def _time_constant(fit: ImpedanceFit, label: str, names: tuple[str, ...]) -> Estimates:
    kind, members = names[0], names[1:]

    def tau(p: Real) -> float:
        if kind == "RC":
            return float(p[0] * p[1])
        return float(p[1]) if kind == "ZARC" else float((p[0] * p[1]) ** (1 / p[2]))

    suffix = f"[{label}]" if label else ""
    own = _own(fit, label, members)
    return own.propagate(lambda p: np.array([tau(p)]), [f"{members[0]}{suffix}"], element=[members[0]], label=[label])


def _joined(fit: ImpedanceFit, parts: list[Estimates]) -> Estimates:
    return parts[0] if len(parts) == 1 else concatenate(parts)


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
class Window:
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
        If a frequency or permittivity is not above 0.
    """
    low, high = permittivity
    if not (highest_frequency > 0 and 0 < low <= high):
        raise BadInput(f"highest_frequency = {highest_frequency}, permittivity = {permittivity}: must be above 0")
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
            f"the bulk relaxation is not inside the measured window at {', '.join(bad)}: there the bulk resistance sits in "
            "the high-frequency intercept, and no arc is the bulk",
            "call the intercept bulk, report the total, cool the sample, or measure to higher frequency",
        ),
    )
