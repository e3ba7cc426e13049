"""A model made ready for one axis: numbers in, weighted residuals and their derivatives out, without names.

``theta`` holds every parameter of the model in the order of ``model.all_parameters``; ``phi`` those that the fit moves:
neither fixed nor linked. They are related by ``theta = spread @ phi + base``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core.affine import Affine
from shortrange_core.errors import BadInput
from spectra.fits._basis import Basis
from spectra.models import OFFSET, PRIOR_WINDOW, Active, Model, Parameter, Terms, check_reach, counted, in_common, made
from spectra.models.backgrounds import KINDS, Background
from spectra.shapes import Kernel, shape_named

Array = npt.NDArray[np.float64]
Index = slice | npt.NDArray[np.intp]
RIDGE = 1e-10
LIFT = 0.02  # an area that starts at 0 would leave its position and width without influence


@dataclass(frozen=True, eq=False, slots=True)
class _ShapeGroup:
    """Peaks of one shape, evaluated together."""

    kernel: Kernel
    members: npt.NDArray[np.intp]
    area: Index
    quantities: tuple[Index, ...]


def _index(numbers: Sequence[int]) -> Index:
    """The rows as a slice where they are evenly spaced: writing into a slice needs no copy."""
    steps = set(np.diff(numbers).tolist())
    if len(numbers) == 1:
        return slice(numbers[0], numbers[0] + 1)
    if len(steps) == 1 and min(steps) > 0:
        return slice(numbers[0], numbers[-1] + 1, steps.pop())
    return np.array(numbers, dtype=np.intp)


def _groups(model: Model, position: Mapping[str, int]) -> tuple[_ShapeGroup, ...]:
    members: dict[str, list[int]] = {}
    for number, line in enumerate(model.peaks):
        members.setdefault(line.shape, []).append(number)
    groups = []
    for name, numbers in members.items():
        shape = shape_named(name)
        rows = np.array([[position[p.name] for p in model.peaks[n].parameters] for n in numbers]).T.tolist()
        groups.append(
            _ShapeGroup(shape.kernel, np.array(numbers), _index(rows[0]), tuple(_index(row) for row in rows[1:]))
        )
    return tuple(groups)


class Compiled:
    """Model on one axis.

    Parameters
    ----------
    model
        The model; its window is not applied here.
    x
        m axis values, ascending.
    """

    def __init__(self, model: Model, x: Array) -> None:
        self.model, self.x = model, np.ascontiguousarray(x, dtype=float)
        self.parameters: tuple[Parameter, ...] = model.all_parameters
        self.names = tuple(parameter.name for parameter in self.parameters)
        self.position = {name: index for index, name in enumerate(self.names)}
        self.groups = _groups(model, self.position)
        self.peak_rows = sum(len(line.parameters) for line in model.peaks)
        self.columns, self.column_rows = self._fixed_columns(model.background)
        self.active = self._active(model)
        fixed = self.columns, self.column_rows
        plain = not self.active and Basis.serves(model)
        self.basis = Basis(model, self.x, self.position, *fixed) if plain else None
        areas = [line.parameters[0].name for line in model.peaks]
        self.linear = frozenset([*areas, *(self.names[r] for r in self.column_rows), *self._linear_of_active()])
        self._spread_out()
        terms = self._prior_terms()
        self.priors = (terms.rows, terms.constants, terms.names)
        self.sources = terms.sources
        self.prior_hessian = self.priors[0].T @ self.priors[0]
        self.theta_jacobian = np.zeros((len(self.names), self.x.size + len(self.priors[0])))
        self.theta_jacobian[:, self.x.size :] = self.priors[0].T

    def _fixed_columns(self, parts: tuple[Background, ...]) -> tuple[Array, npt.NDArray[np.intp]]:
        rows = [self.position[p.name] for part in parts if part.kind in KINDS for p in part.parameters]
        columns = [KINDS[part.kind](self.x, part) for part in parts if part.kind in KINDS]
        return np.vstack(columns) if columns else np.zeros((0, self.x.size)), np.array(rows, dtype=np.intp)

    def _active(self, model: Model) -> tuple[Active, ...]:
        parts = [part for part in model.background if part.kind not in KINDS]
        for part in parts:
            check_reach(part, self.x, model.axis, [line.parameters[1].value for line in model.peaks])
        return tuple(made(part, self.x, self.position, model.axis) for part in parts)

    def _linear_of_active(self) -> list[str]:
        return [name for part in self.active for name in part.linear]

    def _spread_out(self) -> None:
        """Matrix from free to all parameters, bounds of the free ones, rows of affine relations."""
        linked = self.model.linked()
        free = [p.name for p in self.parameters if p.vary and p.lower < p.upper and p.name not in linked]
        place = {name: index for index, name in enumerate(free)}
        self.free = tuple(free)
        self.free_rows = np.array([self.position[name] for name in free], dtype=np.intp)
        self.quantity = tuple(self.parameters[row].quantity for row in self.free_rows)
        self.spread = np.zeros((len(self.names), len(free)))
        self.base = np.zeros(len(self.names))
        for row, parameter in enumerate(self.parameters):
            if parameter.name in place:
                self.spread[row, place[parameter.name]] = 1.0
            elif parameter.name not in linked:
                self.base[row] = parameter.value if parameter.lower < parameter.upper else parameter.lower
        for name, expression in linked.items():
            row = self.position[name]
            self.spread[row], self.base[row] = self._affine_row(expression)
        self.plain = not linked
        self.whole = self.plain and len(free) == len(self.names)
        self._limit(linked)

    def _affine_row(self, expression: Affine) -> tuple[Array, float]:
        """An expression of parameters that are not linked, as coefficients of the free ones and a constant."""
        coefficients, constant = np.zeros(self.spread.shape[1]), expression.constant
        for name, factor in expression.coefficients.items():
            coefficients += factor * self.spread[self.position[name]]
            constant += factor * self.base[self.position[name]]
        return coefficients, constant

    def _limit(self, linked: Mapping[str, Affine]) -> None:
        windows = [self._window(self.parameters[row]) for row in self.free_rows]
        self.lower, self.upper = np.array([low for low, _ in windows]), np.array([high for _, high in windows])
        equal: list[tuple[Array, float]] = []
        less: list[tuple[Array, float]] = []
        for name in linked:
            parameter, row = self.parameters[self.position[name]], self.position[name]
            for sign, bound in ((1.0, parameter.upper), (-1.0, -parameter.lower)):
                if np.isfinite(bound):
                    less.append((sign * self.spread[row], bound - sign * self.base[row]))
        for relation in self.model.relations():
            coefficients, constant = self._affine_row(relation.left)
            if relation.relation == "=":
                equal.append((coefficients, -constant))
            else:
                sign = 1.0 if relation.relation == "<=" else -1.0
                less.append((sign * coefficients, -sign * constant))
        self.equalities = _stacked(equal)
        self.inequalities = self._into_bounds(less)

    def _window(self, parameter: Parameter) -> tuple[float, float]:
        """Bounds; the window that a position has from its prior alone moves with the offset, so it is made wider."""
        if parameter.prior is None or parameter.quantity != "center":
            return parameter.lower, parameter.upper
        reach = PRIOR_WINDOW * parameter.prior.sd
        mean = parameter.prior.mean
        own = math.isclose(parameter.lower, mean - reach) and math.isclose(parameter.upper, mean + reach)
        room = PRIOR_WINDOW * self.model.offset_sd if own else 0.0
        return parameter.lower - room, parameter.upper + room

    def _into_bounds(self, rows: list[tuple[Array, float]]) -> tuple[Array, Array] | None:
        """Inequalities on one free parameter become its bounds; the others stay."""
        rest = []
        for coefficients, limit in rows:
            at = np.flatnonzero(coefficients)
            if at.size != 1:
                rest.append((coefficients, limit))
            elif coefficients[at[0]] > 0:
                self.upper[at[0]] = min(self.upper[at[0]], limit / coefficients[at[0]])
            else:
                self.lower[at[0]] = max(self.lower[at[0]], limit / coefficients[at[0]])
        crossed = [self.free[i] for i in np.flatnonzero(self.lower > self.upper)]
        if crossed:
            raise BadInput(
                f"links leave no allowed value for {', '.join(crossed)}: the bounds of linked parameters cross"
            )
        return _stacked(rest)

    def _prior_terms(self) -> Terms:
        """Prior terms (theta - offset - mean) / sd in theta, the offset's own last; repeated ones count once."""
        stated = [(index, p, p.prior) for index, p in enumerate(self.parameters) if p.prior is not None]
        offset = self.position.get(OFFSET)
        rows = np.zeros((len(stated) + (offset is not None), len(self.names)))
        constants, sources = np.zeros(len(rows)), []
        for row, (index, parameter, prior) in enumerate(stated):
            rows[row, index] = 1 / prior.sd
            if offset is not None and parameter.quantity == "center":
                rows[row, offset] = -1 / prior.sd
            constants[row] = -prior.mean / prior.sd
            sources.append(str(prior.source))
        names = [parameter.name for _, parameter, _ in stated]
        if offset is not None:
            rows[-1, offset] = 1 / self.model.offset_sd
            names.append(OFFSET)
            sources.append("referencing offset")
        terms = Terms(rows, constants, tuple(names), tuple(sources))
        unlinked, base = self._unlinked()
        equal = self._equalities_of_all(unlinked, base)
        kept = terms.only(counted(rows @ unlinked, constants + rows @ base, sources, equal))
        return in_common(kept, self._wide_together(kept.names))

    def _wide_together(self, names: tuple[str, ...]) -> list[tuple[float, list[int]]]:
        """Places of the prior terms that have a share of their variance in common, with that share."""
        groups: dict[tuple[float, float, float, str], list[int]] = {}
        for place, name in enumerate(names):
            prior = self.parameters[self.position[name]].prior
            share = getattr(prior, "common", 0.0)
            if prior is not None and share > 0:
                groups.setdefault((share, prior.mean, prior.sd, str(prior.source)), []).append(place)
        return [(key[0], places) for key, places in groups.items() if len(places) > 1]

    def _unlinked(self) -> tuple[Array, Array]:
        """Matrix and constants that give every parameter from those that are not linked, fixed ones too."""
        matrix, base = np.eye(len(self.names)), np.zeros(len(self.names))
        for name, expression in self.model.linked().items():
            row = self.position[name]
            matrix[row], base[row] = 0.0, expression.constant
            for other, factor in expression.coefficients.items():
                matrix[row, self.position[other]] = factor
        return matrix, base

    def _equalities_of_all(self, unlinked: Array, base: Array) -> tuple[Array, Array] | None:
        """Equality constraints in the parameters that are not linked."""
        rows = []
        for relation in self.model.relations():
            if relation.relation == "=":
                coefficients = np.zeros(len(self.names))
                for name, factor in relation.left.coefficients.items():
                    coefficients[self.position[name]] = factor
                rows.append((coefficients @ unlinked, -relation.left.constant - float(coefficients @ base)))
        return _stacked(rows)

    def theta(self, phi: Array) -> Array:
        """Every parameter from the free ones."""
        return np.asarray(self.spread @ phi + self.base)

    def evaluate(self, theta: Array, weight: float = 1.0) -> Array:
        """Model at ``x`` (m values); its derivatives, times ``weight``, are left in the data part of theta_jacobian."""
        jacobian = self.theta_jacobian[:, : self.x.size]
        total = np.zeros(self.x.size)
        for group in self.groups:
            area = theta[group.area]
            profile, slopes = group.kernel(self.x, *(theta[rows][:, None] for rows in group.quantities))
            total += area @ profile
            factor = (weight * area)[:, None]
            if isinstance(group.area, slice):
                np.multiply(profile, weight, out=jacobian[group.area])
            else:
                jacobian[group.area] = weight * profile
            for rows, slope in zip(group.quantities, slopes, strict=True):
                if isinstance(rows, slice):
                    np.multiply(factor, slope, out=jacobian[rows])
                else:
                    jacobian[rows] = factor * slope
        if self.active:
            peaks, by_peaks = total, jacobian[: self.peak_rows].copy()
            for part in self.active:
                total = total + part.add(theta, peaks, by_peaks, jacobian)
        if self.column_rows.size:
            jacobian[self.column_rows] = self.columns if weight == 1.0 else weight * self.columns
            total += theta[self.column_rows] @ self.columns
        return total

    def free_jacobian(self) -> Array:
        """Derivatives in the free parameters, from those in all: free x (m + priors)."""
        if self.whole:
            return self.theta_jacobian
        if self.plain:
            return self.theta_jacobian[self.free_rows]
        return np.asarray(self.spread.T @ self.theta_jacobian)

    def components(self, theta: Array) -> tuple[Array, Array]:
        """Every peak (peaks x m) and the background (m)."""
        peaks = np.zeros((len(self.model.peaks), self.x.size))
        for group in self.groups:
            profile, _ = group.kernel(self.x, *(theta[rows][:, None] for rows in group.quantities))
            peaks[group.members] = theta[group.area][:, None] * profile
        background = theta[self.column_rows] @ self.columns if self.column_rows.size else np.zeros(self.x.size)
        for part in self.active:
            background = background + part.add(theta, peaks.sum(axis=0), None, None)
        return peaks, background

    def prior_residuals(self, theta: Array) -> Array:
        """Prior terms (theta - offset - mean) / sd, the offset's own last."""
        return np.asarray(self.priors[0] @ theta + self.priors[1])


def _stacked(rows: list[tuple[Array, float]]) -> tuple[Array, Array] | None:
    if not rows:
        return None
    return np.array([row for row, _ in rows]), np.array([limit for _, limit in rows])
