"""The network that fractions make up: connectivity by both counts, oxygen sites, mixing of anions, chains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core import Estimates, Note, Severity, concatenate
from shortrange_core.chemistry import ATOMIC_WEIGHTS
from shortrange_core.showing import Shown
from structure.balances import quantity_row
from structure.solving import Solution
from structure.units import Unit, unit_of

Vector = npt.NDArray[np.float64]
FEW_ENDS = 0.01
BRANCHED = 0.02
CANCELLED = 1e-6
"""Sd over what it would be without correlations, below which the balances fix a sum: the rest of it is rounding."""


@dataclass(frozen=True, eq=False, slots=True)
class Network(Shown):
    """Network quantities of one glass.

    Parameters
    ----------
    quantities
        Estimates with the facets quantity and unit: ``contacts`` (bridges of any kind to any former, per former),
        ``contacts of P`` and ``P-O-P`` and ``P-S-P`` for each former, BO and NBO per former, ``P-P``, free compounds
        in mol % and wt %.
    preference
        Logarithm of (bridging O : bridging S)/(terminal O : terminal S); 0 for random mixing, positive where O prefers
        to bridge. None where the glass does not mix O and S, or a site is empty.
    chain_length
        Mean number of formers in a chain, 2 (f1 + f2)/f1 with f1, f2 the units of one and two contacts; infinite
        without ends. None where there are no such units.
    notes
        What a user must know (branches, rings, few ends).
    """

    quantities: Estimates
    preference: Estimates | None
    chain_length: Estimates | None
    notes: tuple[Note, ...]


def network(solution: Solution) -> Network:
    """Network quantities that follow from the fractions of a solution, with their covariance.

    Connectivity is counted in two ways (doi:10.1021/acs.jpcc.8b06162): bridges of any kind to any former, and bridges
    of one kind between formers of one kind, named as ``P-O-P``. In a mixed network bridges of P reach other formers, so
    ``P-O-P`` counts them too and is an upper limit; a note says so.

    Examples
    --------
    >>> from structure import composition, solve
    >>> found = network(solve(composition("50Na2O-50P2O5"), ("P:O2/O2",)))
    >>> round(found.quantities.value.sel(entry="contacts").item(), 9)
    2.0
    """
    units = tuple(unit_of(label) for label in solution.species)
    names, rows, kinds = _linear_quantities(solution, units)
    quantities = _linear(solution, names, rows, kinds)
    notes: list[Note] = []
    formers = solution.composition.formers
    if len(formers) > 1:
        text = f"{', '.join(formers)} share bridges: P-O-P and the like also count bridges to other formers"
        notes.append(
            Note("bridges-between-formers", Severity.INFO, text, "report contacts, or add evidence on bridges")
        )
    chain = _chain_length(solution, units, notes)
    return Network(quantities, _preference(solution, units), chain, tuple(notes))


def _linear_quantities(solution: Solution, units: tuple[Unit, ...]) -> tuple[list[str], list[Vector], list[str]]:
    names = ["contacts"]
    for former in solution.composition.formers:
        names += [f"{former}-{e}-{former}" for e in solution.composition.anions if e in ("O", "S", "Se")]
        names.append(f"{former}-{former}")
    if solution.composition.amount("O") > 0:
        names += ["BO", "NBO"]
    rows = [quantity_row(name, units)[0] for name in names]
    kinds = ["per former"] * len(names)
    for former in solution.composition.formers:
        names.append(f"contacts of {former}")
        rows.append(np.array([float(u.n) if u.centre == former else 0.0 for u in units]))
        kinds.append("per former")
    free = [i for i, unit in enumerate(units) if unit.free]
    weights = _weights(solution, units)
    for index in free:
        if weights is not None:
            row = np.zeros(len(units))
            row[index] = 100 * weights[index]
            names.append(f"{units[index].label} by weight")
            rows.append(row)
            kinds.append("wt %")
    return names, rows, kinds


def _weights(solution: Solution, units: tuple[Unit, ...]) -> Vector | None:
    """Weight of every species over that of the glass per former; None where an atomic weight is missing."""
    glass = solution.composition
    if any(e not in ATOMIC_WEIGHTS for e in glass.elements):
        return None
    total = float(sum(ATOMIC_WEIGHTS[e] * a for e, a in zip(glass.elements, glass.amounts, strict=True)))
    return np.array([sum(ATOMIC_WEIGHTS[e] * float(n) for e, n in u.atoms.items()) / total for u in units])


def _linear(solution: Solution, names: list[str], rows: list[Vector], kinds: list[str]) -> Estimates:
    units = tuple(unit_of(label) for label in solution.species)
    matrix = np.array(rows)
    finite = np.isfinite(np.diagonal(solution.fractions.covariance.values))
    covariance = solution.fractions.covariance.values[np.ix_(finite, finite)]
    variance, directions = np.linalg.eigh(covariance)
    factor = matrix[:, finite] @ (directions * np.sqrt(np.maximum(variance, 0.0)))
    spread = factor @ factor.T
    uncorrelated = np.abs(matrix[:, finite]) @ np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    fixed = np.sqrt(np.diagonal(spread)) <= CANCELLED * uncorrelated
    spread[fixed, :] = spread[:, fixed] = 0.0
    blind = np.any(np.abs(matrix[:, ~finite]) > 0, axis=1)
    spread[blind, :] = np.nan
    spread[:, blind] = np.nan
    values = matrix @ solution.fractions.value.values
    linear = Estimates.build(names, values, spread, unit=kinds)
    moles = _mole_percent(solution, units)
    if moles is None:
        return linear
    return concatenate([linear, moles])


def _mole_percent(solution: Solution, units: tuple[Unit, ...]) -> Estimates | None:
    """Each free compound in moles over all formers and free compounds together, in percent."""
    free = [unit.label for unit in units if unit.free]
    if not free:
        return None
    part = solution.fractions.select(free)
    amounts = part.value.values
    total = 1.0 + float(amounts.sum())
    slope = 100 * (np.eye(len(free)) / total - amounts[:, None] / total**2)
    blind = ~np.isfinite(np.diagonal(part.covariance.values))
    spread = slope @ np.nan_to_num(part.covariance.values) @ slope.T
    spread = (spread + spread.T) / 2
    if blind.any():
        spread = np.full_like(spread, np.nan)
    names = [f"{label} by moles" for label in free]
    return Estimates.build(names, 100 * amounts / total, spread, unit=["mol %"] * len(free))


def _preference(solution: Solution, units: tuple[Unit, ...]) -> Estimates | None:
    rows = {
        (site, element): quantity_row(f"{site}({element})", units)[0]
        for site in ("bridging", "terminal")
        for element in ("O", "S")
    }
    values = solution.fractions.value.values
    amounts = {key: float(row @ values) for key, row in rows.items()}
    if min(amounts.values()) < 1e-9:
        return None
    signs = {key: 1.0 if key in (("bridging", "O"), ("terminal", "S")) else -1.0 for key in rows}
    gradient = sum((signs[key] * row / amounts[key] for key, row in rows.items()), np.zeros(values.size))
    value = sum(signs[key] * np.log(amount) for key, amount in amounts.items())
    return _scalar(solution, "preference of O for bridges", float(value), gradient)


def _scalar(solution: Solution, name: str, value: float, gradient: Vector) -> Estimates:
    covariance = solution.fractions.covariance.values
    used = gradient != 0
    block = covariance[np.ix_(used, used)]
    variance = float(gradient[used] @ block @ gradient[used])
    return Estimates.build([name], [value], [[max(variance, 0.0) if np.isfinite(variance) else np.nan]])


def _chain_length(solution: Solution, units: tuple[Unit, ...], notes: list[Note]) -> Estimates | None:
    values = solution.fractions.value.values
    ends = np.array([float(not u.free and u.n + u.homopolar == 1) for u in units])
    middles = np.array([float(not u.free and u.n + u.homopolar == 2) for u in units])
    branches = float(sum(v for u, v in zip(units, values, strict=True) if not u.free and u.n + u.homopolar > 2))
    f1, f2 = float(ends @ values), float(middles @ values)
    if f1 + f2 < 1e-9:
        return None
    if branches > BRANCHED:
        text = f"{branches:.3f} of the units have three or more contacts: the network is not only chains"
        notes.append(Note("chains-branch", Severity.WARNING, text, "take the chain length as that of unbranched parts"))
    if f2 > 0:
        text = "rings have no ends and count as middle units: with rings, the chain length is an upper limit"
        notes.append(
            Note(
                "rings-look-like-chains", Severity.INFO, text, "two- and three-membered rings can be detected by 2D NMR"
            )
        )
    if f1 < FEW_ENDS:
        text = f"only {f1:.4f} ends per former: the chain length diverges and its sd means little"
        notes.append(Note("chain-length-diverges", Severity.WARNING, text, "report a lower limit"))
    if f1 < 1e-9:
        return Estimates.build(["chain length"], [np.inf], [[np.nan]])
    gradient = 2 / f1 * middles - 2 * f2 / f1**2 * ends
    return _scalar(solution, "chain length", 2 * (f1 + f2) / f1, gradient)
