"""The record of a solve: its numbers, and the labelled tables made from them when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import BadInput, Estimates, Note, Provenance, Status
from shortrange_core.kept import kept
from shortrange_core.records import record
from shortrange_core.showing import Shown
from structure.balances import quantity_row, split_ratio
from structure.solving._agreement import Agreement
from structure.units import Composition, Unit, unit_of

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
_SITES = ("BO", "NBO", "oxide")
_EXACT = 1e-14
_UNUSABLE = ("statements-contradict", "solve-not-converged")


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Solution(Shown):
    """Short-range order of one composition.

    The record keeps numbers; :attr:`fractions`, :attr:`sites`, :attr:`parameters`, :attr:`pulls` and :attr:`residuals`
    are labelled tables made from them at each call.

    Parameters
    ----------
    composition
        What was solved.
    species
        Labels of the species, in order.
    values, covariance
        n amounts per network former and their n x n covariance: exactly 0 in the rows of what is held at 0, NaN in the
        rows of what is not determined.
    statuses
        For every species ok, at_bound or undetermined.
    lower, upper
        95 % interval of every species that knows that amounts are not negative: one-sided at 0, and for the others as
        wide as what is held at 0 leaves them, were it there. That is the profile of chi2 for a quadratic, as
        :func:`structure.ranges` follows it; the sd is that of the face, and may be much less.
    logs, log_values, log_covariance
        Names of the k unknown scales and responses, their logarithms and the k x k covariance.
    entries, evidence
        Names of the m observations, and of the evidence that each belongs to.
    observed, predicted, sd, pull
        m values each; pull = (predicted - observed)/sd, 0 for a one-sided statement that is kept.
    lines, off
        Names of the balance lines, and how far the fractions are from each.
    chi2, dof, p_value
        Goodness of fit; p_value is NaN where dof is 0.
    status, notes
        How the solve ended and what a user must know.
    provenance
        Versions.
    widening
        Factor by which disagreeing evidence widened all sds and intervals; 1 where it agrees.
    """

    composition: Composition
    species: tuple[str, ...]
    values: Vector
    covariance: Matrix
    statuses: tuple[Status, ...]
    lower: Vector
    upper: Vector
    logs: tuple[str, ...]
    log_values: Vector
    log_covariance: Matrix
    entries: tuple[str, ...]
    evidence: tuple[str, ...]
    observed: Vector
    predicted: Vector
    sd: Vector
    pull: Vector
    lines: tuple[str, ...]
    off: Vector
    chi2: float
    dof: int
    p_value: float
    status: Status
    notes: tuple[Note, ...]
    provenance: Provenance
    widening: float = 1.0

    def __post_init__(self) -> None:
        for array in (self.values, self.covariance, self.lower, self.upper, self.log_values, self.log_covariance):
            array.setflags(write=False)
        for array in (self.observed, self.predicted, self.sd, self.pull, self.off):
            array.setflags(write=False)

    @property
    def agreement(self) -> Agreement:
        """chi2 and degrees of freedom, with what they say (:mod:`structure.solving`)."""
        return Agreement(self.chi2, self.dof)

    @property
    @kept
    def fractions(self) -> Estimates:
        """Amount of every species per network former.

        Facets species, kind (unit or free), status, interval_lower and interval_upper.
        """
        return Estimates.build(
            self.species,
            self.values,
            self.covariance,
            species=self.species,
            kind=[unit_of(label).kind for label in self.species],
            status=[str(status) for status in self.statuses],
            interval_lower=self.lower.tolist(),
            interval_upper=self.upper.tolist(),
        )

    @property
    @kept
    def sites(self) -> Estimates | None:
        """BO, NBO, oxide per network former and BO/(BO + NBO), BO/O; None where the glass holds no oxygen."""
        if self.composition.amount("O") <= 0:
            return None
        units = tuple(unit_of(label) for label in self.species)
        held = quantity_row("BO + NBO", units)[0] @ self.values
        ratios = ("BO/(BO + NBO)", "BO/O") if held > 1e-9 else ("BO/O",)
        return value_of(self, *_SITES, *ratios)

    @property
    def parameters(self) -> Estimates | None:
        """Logarithms of the scales and responses that were not known; None where all were."""
        return Estimates.build(self.logs, self.log_values, self.log_covariance) if self.logs else None

    @property
    def pulls(self) -> xr.Dataset:
        """Over entry: evidence, observed, predicted, sd and pull."""
        columns = {"observed": self.observed, "predicted": self.predicted, "sd": self.sd, "pull": self.pull}
        return xr.Dataset(
            {name: ("entry", np.array(values)) for name, values in columns.items()},
            coords={
                "entry": np.array(self.entries, dtype=object),
                "evidence": ("entry", np.array(self.evidence, dtype=object)),
            },
        )

    @property
    def residuals(self) -> xr.DataArray:
        """How far the fractions are from every balance line (0 to rounding where the composition is exact)."""
        return xr.DataArray(np.array(self.off), dims=("line",), coords={"line": np.array(self.lines, dtype=object)})

    @property
    def feasible(self) -> bool:
        """Whether there is a minimum at all; it may still disagree with the evidence (status ``rejected``)."""
        return not any(note.code in _UNUSABLE for note in self.notes)


record(1)(Solution)


def value_of(solution: Solution, *quantities: str) -> Estimates:
    """Any linear quantity or ratio of a solution, with its covariance.

    Parameters
    ----------
    solution
        From :func:`structure.solve`.
    *quantities
        Such as ``"BO"``, ``"P1"``, ``"P:S3/O + P:S3/S"``, ``"BO/(BO + NBO)"``, ``"sulfide"``.

    Raises
    ------
    BadInput
        If a name is no quantity, or the denominator of a ratio is 0.

    Examples
    --------
    >>> from structure import composition, solve
    >>> found = solve(composition("50Na2O-50P2O5"), ("P:O2/O2",))
    >>> value_of(found, "BO/(BO + NBO)").value.values.round(4).tolist()
    [0.3333]
    """
    units = tuple(unit_of(label) for label in solution.species)
    rows, offsets = [], []
    for text in quantities:
        row, offset = _gradient(text, units, solution.values)
        rows.append(row)
        offsets.append(offset)
    covariance = solution.covariance
    slope = np.array(rows).reshape(len(quantities), len(units))
    finite = np.isfinite(np.diagonal(covariance))
    variance, directions = np.linalg.eigh(covariance[np.ix_(finite, finite)])
    factor = slope[:, finite] @ (directions * np.sqrt(np.maximum(variance, 0.0)))
    most = (np.abs(slope[:, finite]) @ np.sqrt(np.maximum(np.diagonal(covariance)[finite], 0.0))) ** 2
    factor[np.einsum("ij,ij->i", factor, factor) <= _EXACT * most] = 0.0  # a sum that the balances hold
    matrix = factor @ factor.T
    blind = np.any(np.abs(slope[:, ~finite]) > 0, axis=1)
    matrix[blind, :] = np.nan
    matrix[:, blind] = np.nan
    return Estimates.build(quantities, offsets, matrix, quantity=quantities)


def _gradient(text: str, units: Sequence[Unit], value: Vector) -> tuple[Vector, float]:
    top, bottom = split_ratio(text)
    row, constant = quantity_row(top, units)
    total = float(row @ value) + constant
    if bottom is None:
        return row, total
    below, base = quantity_row(bottom, units)
    share = float(below @ value) + base
    if share <= 0:
        raise BadInput(f"{text}: {bottom} is {share:g}; the ratio does not exist here (0/0), leave it out")
    return (row - total / share * below) / share, total / share
