"""One spectrum in the joint likelihood: amounts, responses and its own parameters in, weighted residuals out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

import structure
from shortrange.recipe import OXYGEN_LINES
from shortrange_core import affine
from shortrange_core.errors import BadInput
from spectra.fits import Compiled, Residuals
from spectra.models import OFFSET, Model, Peak
from spectra.shapes import shape_named
from structure.balances import quantity_row

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


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
        Whether every unit is seen with a factor of its own, unknown but the same along the series.
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
    responses: bool
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
                more = room if kind[p.name] == "center" else 0.0
                parameters.append(replace(p, prior=None, lower=p.lower - more, upper=p.upper + more))
            else:
                parameters.append(p)
        peaks.append(replace(peak, parameters=tuple(parameters)))
    return replace(model, peaks=tuple(peaks))


class Block:
    """Residuals of one spectrum and their derivatives in a local vector: amounts, log scale, log responses, own.

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
        counted = {p.parameters[0].name: p.assignment for p in data.model.peaks if self._counts(p.assignment)}
        self.areas = [name for name in counted if name in self.compiled.free]
        linked = [name for name in counted if name not in self.compiled.free]
        texts = list(counted.values())
        repeated = sorted({text for text in texts if texts.count(text) > 1})
        if linked or repeated:
            raise BadInput(
                f"{data.key}: the joint route takes one line a unit; {', '.join((*linked, *repeated))} "
                "is linked or counted twice; take out crystalline lines and links of areas"
            )
        units = [structure.unit_of(label) for label in self.species]
        self.counts = np.array([quantity_row(counted[name], units)[0] for name in self.areas])
        self.area_rows = np.array([self.compiled.free.index(name) for name in self.areas], dtype=np.intp)
        self.own = [name for name in self.compiled.free if name not in self.areas]
        self.own_rows = np.array([self.compiled.free.index(name) for name in self.own], dtype=np.intp)
        size = len(self.species)
        self.scale_at = size
        self.response_at = slice(size + 1, size + 1 + (size if data.responses else 0))
        self.own_at = slice(self.response_at.stop, self.response_at.stop + len(self.own))
        self.size = self.own_at.stop
        self._root = np.sqrt(np.concatenate([np.full(data.x.size, data.weight), np.ones(len(self.compiled.priors[1]))]))

    def _counts(self, text: str) -> bool:
        """Whether a line counts units of the glass; that of a bond, such as S-S, has an area of its own."""
        names = affine.parse(text).names if text else ()
        return bool(names) and all(name in self.species or name in OXYGEN_LINES for name in names)

    @property
    def has_offset(self) -> bool:
        """Whether the referencing of this spectrum is a parameter."""
        return OFFSET in self.own

    def seen(self, local: Array) -> Array:
        """Area of every counted line: scale x sum of (counted x response x amount)."""
        amounts = local[: len(self.species)] * np.exp(self._log_responses(local))
        return np.asarray(np.exp(local[self.scale_at]) * (self.counts @ amounts))

    def _log_responses(self, local: Array) -> Array:
        return local[self.response_at] if self.data.responses else np.zeros(len(self.species))

    def phi(self, local: Array) -> Array:
        """Free parameters of the spectrum's model."""
        values = np.zeros(len(self.compiled.free))
        values[self.area_rows], values[self.own_rows] = self.seen(local), local[self.own_at]
        return values

    def derivative(self, local: Array) -> Array:
        """Derivatives of the free parameters in the local vector."""
        matrix = np.zeros((len(self.compiled.free), self.size))
        response = np.exp(self._log_responses(local))
        by_amount = np.exp(local[self.scale_at]) * self.counts * response
        matrix[self.area_rows[:, None], np.arange(len(self.species))] = by_amount
        matrix[self.area_rows, self.scale_at] = self.seen(local)
        if self.data.responses:
            columns = np.arange(self.response_at.start, self.response_at.stop)
            matrix[self.area_rows[:, None], columns] = by_amount * local[: len(self.species)]
        matrix[self.own_rows, np.arange(self.own_at.start, self.own_at.stop)] = 1.0
        return matrix

    def __call__(self, local: Array) -> tuple[Array, Array]:
        """As many residuals as the spectrum has parameters, and one, with the same sum of squares and derivatives."""
        residual, jacobian = self.residuals(self.phi(local))
        whole = np.column_stack([jacobian, residual]) * self._root[:, None]
        triangle: Array = np.asarray(np.linalg.qr(whole, mode="r"))
        return triangle[:, -1], triangle[:, :-1] @ self.derivative(local)

    def chi2(self, local: Array) -> float:
        """Weighted chi2 of the points alone."""
        residual, _ = self.residuals(self.phi(local))
        return float(self.data.weight * np.sum(residual[: self.data.x.size] ** 2))
