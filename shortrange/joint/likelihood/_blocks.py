"""One spectrum in the joint likelihood: amounts, responses and its own parameters in, weighted residuals out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from shortrange.joint.likelihood._sight import AreaTable, Own, Responses, Sight, TableBlock, counts_in
from shortrange_core.errors import BadInput
from spectra.fits import Compiled, Residuals
from spectra.models import OFFSET, Model, Peak, PriorLike
from spectra.shapes import shape_named

Array = npt.NDArray[np.float64]
FIRST_SHARE = 0.05
"""Of a unit, where its second line starts when the spectrum alone does not say: a crystal beside the glass."""


@dataclass(frozen=True, eq=False, slots=True)
class Data:
    """A spectrum with its model as the joint route takes it.

    Parameters
    ----------
    key
        ``"sample, technique"``, with a number where a glass has several of one technique.
    sample, technique, kind
        Glass, technique, and its kind (NMR, Raman, FTIR, XPS).
    model
        Lines of single units, those of surfaces and sources among them.
    x, intensity, noise
        m values each; the noise as the fit of the spectrum alone found it.
    weight
        On chi2: one over the points that count as one, and over what a misfit widened squared.
    responses
        Factors by which units are seen; those that are not known are the same along the series.
    start
        First values by name of parameter.
    """

    key: str
    sample: str
    technique: str
    kind: str
    model: Model
    x: Array
    intensity: Array
    noise: Array
    weight: float
    responses: Responses
    start: Mapping[str, float]


def quantities_of(peak: Peak) -> dict[str, str]:
    """Quantity of every parameter of a peak by its name; the area first."""
    names = ("area", *shape_named(peak.shape).quantities)
    return dict(zip((p.name for p in peak.parameters), names, strict=True))


def without_priors(model: Model, names: Sequence[str]) -> Model:
    """The model with the priors of some parameters left to the series; a position keeps its room for the offset."""
    room = 3.0 * model.offset_sd
    peaks = []
    for peak in model.peaks:
        kind = quantities_of(peak)
        parameters = []
        for p in peak.parameters:
            if p.name in names and p.prior is not None:
                beyond = room if kind[p.name] == "center" else 0.0
                parameters.append(replace(p, prior=None, lower=p.lower - beyond, upper=p.upper + beyond))
            else:
                parameters.append(p)
        peaks.append(replace(peak, parameters=tuple(parameters)))
    return replace(model, peaks=tuple(peaks))


def stated_prior(spectra: Sequence[Data], name: str) -> PriorLike | None:
    """Prior of a parameter, of the first spectrum that states one."""
    stated = (p.prior for data in spectra for p in data.model.all_parameters if p.name == name)
    return next((prior for prior in stated if prior is not None), None)


def stated_place(spectra: Sequence[Data], name: str) -> float:
    """Where a line is expected: the mean of its published positions, or the middle of its window; NaN without line."""
    prior = stated_prior(spectra, name)
    if prior is not None:
        return prior.mean
    ends = [(p.lower, p.upper) for data in spectra for p in data.model.all_parameters if p.name == name]
    return sum(ends[0]) / 2 if ends else np.nan


class LocalResiduals:
    """Residuals of one spectrum and their derivatives in a local vector: that of :class:`Sight`, then its own ones.

    Several lines may count the same, as a crystal beside the glass: they share one amount, and which part of it each of
    them but the first holds is a parameter of the spectrum.

    Parameters
    ----------
    data
        The spectrum.
    species
        Labels of the n species of its glass.
    """

    def __init__(self, data: Data, species: Sequence[str]) -> None:
        self.data, self.species = data, tuple(species)
        self.compiled = Compiled(data.model, data.x)
        self.residuals = Residuals(self.compiled, data.intensity, data.noise)
        measured = [p for p in data.model.peaks if p.parameters[0].vary]  # an area that is held by hand is none
        counted = {p.parameters[0].name: p.assignment for p in measured if counts_in(p.assignment, self.species)}
        linked = sorted(name for name in counted if name not in self.compiled.free)
        if linked:
            raise BadInput(
                f"{data.key}: the joint route needs lines with independent areas; {', '.join(linked)} is tied to "
                "another; remove the tie, or the assignment of the line"
            )
        self.texts = texts = tuple(dict.fromkeys(counted.values()))
        self.sight = Sight(texts, self.species, data.responses)
        self.areas = list(counted)
        self.text_of = np.array([texts.index(text) for text in counted.values()], dtype=np.intp)
        firsts = {text: self.areas.index(name) for name, text in reversed(counted.items())}
        self.first_of = np.array([firsts[text] for text in counted.values()], dtype=np.intp)
        self.further = np.flatnonzero(self.first_of != np.arange(len(self.areas)))
        free = self.compiled.free
        self.area_rows = np.array([free.index(name) for name in self.areas], dtype=np.intp)
        self.shaped = [name for name in free if name not in self.areas]
        self.shaped_rows = np.array([free.index(name) for name in self.shaped], dtype=np.intp)
        self.own = [*self.shaped, *(f"{self.areas[line]} as a share" for line in self.further)]
        self.own_at = slice(self.sight.response_at.stop, self.sight.response_at.stop + len(self.own))
        self.shares_at = slice(self.own_at.start + len(self.shaped), self.own_at.stop)
        self.size = self.own_at.stop
        self._root = np.sqrt(np.concatenate([np.full(data.x.size, data.weight), np.ones(len(self.compiled.priors[1]))]))
        self._whole = np.empty((self._root.size, len(free) + 1), order="F")

    @property
    def has_offset(self) -> bool:
        """Whether the referencing of this spectrum is a parameter."""
        return OFFSET in self.own

    @property
    def points(self) -> int:
        """Of the spectrum."""
        return int(self.data.x.size)

    @property
    def own_parameters(self) -> tuple[Own, ...]:
        """What the spectrum has for itself."""
        made = []
        for name, row in zip(self.shaped, self.shaped_rows.tolist(), strict=True):
            value = self.data.start.get(name, np.nan)
            value = self.compiled.parameters[self.compiled.position[name]].value if np.isnan(value) else value
            made.append(Own(name, float(self.compiled.lower[row]), float(self.compiled.upper[row]), float(value)))
        areas = np.array([self.data.start.get(name, np.nan) for name in self.areas])
        for line, name in zip(self.further.tolist(), self.own[len(self.shaped) :], strict=True):
            whole = float(areas[self.text_of == self.text_of[line]].sum())
            start = float(areas[line]) / whole if whole > 0 else FIRST_SHARE
            made.append(Own(name, 0.0, 1.0, min(max(start, 0.0), 1.0)))
        return tuple(made)

    def alone(self) -> Array:
        """Areas of the fit of the spectrum alone, by what they count; without one the whole area, as much for each."""
        areas = np.array([self.data.start.get(name, np.nan) for name in self.areas])
        sums = np.bincount(self.text_of, weights=areas, minlength=len(self.sight.counted))
        if np.nansum(sums) > 0:
            return np.asarray(sums)
        whole = float(np.trapezoid(np.clip(self.data.intensity, 0, None), self.data.x))
        return np.full(sums.size, whole / max(sums.size, 1))

    def _shares(self, local: Array) -> Array:
        """Part of what it counts that every line holds."""
        shares = np.ones(len(self.areas))
        shares[self.further] = local[self.shares_at]
        np.subtract.at(shares, self.first_of[self.further], local[self.shares_at])
        return shares

    def phi(self, local: Array) -> Array:
        """Free parameters of the spectrum's model."""
        values = np.zeros(len(self.compiled.free))
        values[self.area_rows] = self.sight.areas_at(local)[self.text_of] * self._shares(local)
        values[self.shaped_rows] = local[self.own_at.start : self.shares_at.start]
        return values

    def derivative(self, local: Array) -> Array:
        """Derivatives of the free parameters in the local vector."""
        matrix = np.zeros((len(self.compiled.free), self.size))
        slopes = self.sight.slopes_at(local, self.size)
        matrix[self.area_rows] = slopes[self.text_of] * self._shares(local)[:, None]
        whole = self.sight.areas_at(local)[self.text_of]
        columns = np.arange(self.shares_at.start, self.shares_at.stop)
        matrix[self.area_rows[self.further], columns] = whole[self.further]
        matrix[self.area_rows[self.first_of[self.further]], columns] = -whole[self.further]
        matrix[self.shaped_rows, np.arange(self.own_at.start, self.shares_at.start)] = 1.0
        return matrix

    def sharing(self) -> tuple[Array, Array]:
        """Rows and limits of what shares of one amount add up to, where more than two lines count it."""
        crowded = [line for line in dict.fromkeys(self.first_of.tolist()) if np.sum(self.first_of == line) > 2]
        rows = np.zeros((len(crowded), self.size))
        for row, line in zip(rows, crowded, strict=True):
            row[self.shares_at] = self.first_of[self.further] == line
        return rows, np.ones(len(crowded))

    def __call__(self, local: Array, *, heat: float = 1.0) -> tuple[Array, Array]:
        """As many residuals as the spectrum has parameters, and one, with the same sum of squares and derivatives.

        chi2 of the points is divided by ``heat``, that of priors is not.
        """
        residual, jacobian = self.residuals(self.phi(local))
        weights = self._root.copy()
        weights[: self.points] /= np.sqrt(heat)
        # Column by column in one array that is used again, as LAPACK works: copies take longer than what is computed.
        np.multiply(jacobian, weights[:, None], out=self._whole[:, :-1])
        np.multiply(residual, weights, out=self._whole[:, -1])
        packed = lapack.dgeqrf(self._whole, overwrite_a=True)[0]
        triangle: Array = np.triu(packed[: min(packed.shape)])
        return triangle[:, -1], triangle[:, :-1] @ self.derivative(local)

    def chi2(self, local: Array) -> float:
        """Weighted chi2 of the points alone."""
        residual, _ = self.residuals(self.phi(local))
        return float(self.data.weight * np.sum(residual[: self.data.x.size] ** 2))


def block_of(data: Data | AreaTable, species: Sequence[str]) -> LocalResiduals | TableBlock:
    """The residuals of a spectrum or of a finished peak table."""
    return TableBlock(data, species) if isinstance(data, AreaTable) else LocalResiduals(data, species)
