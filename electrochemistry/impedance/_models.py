"""What a circuit fit minimises: weighted complex residuals in logarithmic parameters, bounds, fixed values and ties."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.impedance._circuits import Circuit
from electrochemistry.impedance._elements import Complex, Frequencies, Real
from electrochemistry.impedance._spectra import Weighting, weights
from shortrange_core import BadInput
from shortrange_core.affine import Affine, parse_relation
from shortrange_core.errors import Offenders
from shortrange_core.spelling import spelled

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Space:
    """Where the parameters of one circuit live: logarithms or not, bounds, fixed values, ties.

    Parameters
    ----------
    names
        n parameter names.
    log
        n flags: fitted by its logarithm.
    lower, upper
        n bounds in fitted coordinates; equal where the parameter is fixed.
    ties
        ``(A, b)`` with A x = b in fitted coordinates.
    """

    names: tuple[str, ...]
    log: npt.NDArray[np.bool_]
    lower: Real
    upper: Real
    ties: tuple[Matrix, Real] | None

    def natural(self, x: Real) -> Real:
        """Values in their units."""
        return np.where(self.log, np.exp(np.where(self.log, x, 0.0)), x)

    def fitted(self, values: Real) -> Real:
        """Fitted coordinates of values in their units."""
        return np.where(self.log, np.log(np.where(self.log, np.maximum(values, 1e-300), 1.0)), values)

    @property
    def free(self) -> npt.NDArray[np.bool_]:
        """True where a parameter is not fixed."""
        return np.asarray(self.lower < self.upper)


def space(
    circuit: Circuit,
    *,
    fixed: Mapping[str, float] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    ties: Sequence[str] = (),
) -> Space:
    """Bounds, fixed values and ties of a circuit's parameters.

    Parameters
    ----------
    fixed
        Values by name that do not vary.
    bounds
        Lower and upper limit by name, instead of those of the element.
    ties
        Such as ``"CPE1_n = CPE2_n"``, ``"R2 = 2*R1"`` or ``"R1 + R2 = 100"``. A resistance in a tie that is not a ratio
        is fitted as it is instead of by its logarithm.

    Raises
    ------
    BadInput
        For unknown names, values outside of bounds and bounds in the wrong order; all together.
    """
    fixed, bounds = dict(fixed or {}), dict(bounds or {})
    names, offenders = circuit.names, Offenders()
    quantities = [parameter.quantity for parameter in circuit.parameters]
    for name in [*fixed, *bounds]:
        if name not in names:
            offenders.add(f"{name} is not a parameter of {circuit}; it has {', '.join(names)}")
    for name, pair in bounds.items():
        if np.shape(pair) != (2,):
            offenders.add(f"{name}: bounds {pair!r}; give a lower and an upper limit")
    offenders.raise_if_any()
    limits = np.array([bounds.get(n, (q.lower, q.upper)) for n, q in zip(names, quantities, strict=True)], dtype=float)
    lower, upper = limits[:, 0].copy(), limits[:, 1].copy()
    for index, name in enumerate(names):
        if name in fixed:
            value = float(fixed[name])
            if not lower[index] <= value <= upper[index]:
                offenders.add(
                    f"{name} = {value:g}: is fixed outside {lower[index]:g} to {upper[index]:g}; give "
                    f"{spelled('bounds=', command_line='--bound', recipe='bounds')}"
                )
                continue
            lower[index] = upper[index] = value
        positive = lower[index] > 0 or not quantities[index].log
        if not (np.isfinite(lower[index]) and np.isfinite(upper[index]) and lower[index] <= upper[index] and positive):
            offenders.add(f"{name}: bounds {lower[index]:g} to {upper[index]:g}; give finite ones, in order, above 0")
    offenders.raise_if_any()
    log = np.array([quantity.log for quantity in quantities])
    rows = _ties(ties, names, log)
    change = (
        np.where(log, np.log(np.where(log, lower, 1.0)), lower),
        np.where(log, np.log(np.where(log, upper, 1.0)), upper),
    )
    return Space(names, log, change[0], change[1], rows)


def _ties(ties: Sequence[str], names: tuple[str, ...], log: npt.NDArray[np.bool_]) -> tuple[Matrix, Real] | None:
    if not ties:
        return None
    parsed = _equalities(ties, names)
    for left in parsed:
        if not _is_ratio(left.coefficients, left.constant, names, log):
            log[[names.index(name) for name in left.names]] = False
    matrix, right = np.zeros((len(parsed), len(names))), np.zeros(len(parsed))
    for row, left in enumerate(parsed):
        if _is_ratio(left.coefficients, left.constant, names, log):
            (first, a), (second, b) = left.coefficients.items()
            matrix[row, names.index(first)], matrix[row, names.index(second)] = 1.0, -1.0
            right[row] = np.log(-b / a)
        elif any(log[names.index(name)] for name in left.names):
            raise BadInput(
                f"tie {ties[row]!r}: shares a parameter with another tie; write all ties as ratios or all as sums"
            )
        else:
            for name, coefficient in left.coefficients.items():
                matrix[row, names.index(name)] = coefficient
            right[row] = -left.constant
    return matrix, right


def _equalities(ties: Sequence[str], names: tuple[str, ...]) -> list[Affine]:
    """Left sides of the ties, whose right sides are 0."""
    if isinstance(ties, str):
        raise BadInput(f"ties = {ties!r}: give a list of texts")
    parsed = []
    for text in ties:
        relation = parse_relation(re.sub(r"(?<=\w)\s*([+-])\s*(?=[A-Za-z])", r" \1 ", text).strip())
        unknown = [name for name in relation.left.names if name not in names]
        if unknown or relation.relation != "=":
            raise BadInput(f"tie {text!r}: give an equality of {', '.join(names)}")
        parsed.append(relation.left)
    return parsed


def _is_ratio(
    coefficients: Mapping[str, float], constant: float, names: tuple[str, ...], log: npt.NDArray[np.bool_]
) -> bool:
    values = list(coefficients.values())
    two = len(values) == 2 and constant == 0 and values[0] * values[1] < 0
    return two and all(bool(log[names.index(name)]) for name in coefficients)


class ResidualModel:
    """Weighted residuals (real parts, then imaginary parts) and derivatives of one spectrum."""

    def __init__(self, circuit: Circuit, place: Space, spectrum: xr.Dataset, weighting: Weighting) -> None:
        self.circuit = circuit
        self.data: Complex = np.asarray(spectrum["impedance"].values, dtype=complex)
        self.frequencies = Frequencies(spectrum["frequency"].values)
        self.weight = weights(spectrum, weighting)
        self.size = self.data.size
        self._live(place)

    def within(self, place: Space) -> ResidualModel:
        """The same residuals where parameters live elsewhere: other bounds or fixed values."""
        other = copy.copy(self)
        other._live(place)
        return other

    def _live(self, place: Space) -> None:
        self.place, circuit = place, self.circuit
        self._linear = np.flatnonzero(~place.log & np.array([p.quantity.log for p in circuit.parameters]))
        self._free = np.flatnonzero(place.free)
        self._all_free = self._free.size == place.lower.size

    def __call__(self, x: Real) -> tuple[Real, Matrix]:
        """Residuals and their derivatives at fitted coordinates x."""
        natural = self.place.natural(x)
        z, slopes = self.circuit.response(list(natural[:, None]), self.frequencies)
        residual = (z - self.data) * self.weight
        if self._all_free:
            weighted = np.array(slopes) * self.weight
        else:
            weighted = np.zeros((x.size, self.size), dtype=complex)
            for column in self._free:
                weighted[column] = slopes[column] * self.weight
        jacobian = np.concatenate([weighted.real, weighted.imag], axis=1)
        for column in self._linear:
            jacobian[column] /= natural[column]
        return np.concatenate([residual.real, residual.imag]), jacobian.T

    def batch(self, x: Real) -> tuple[Real, Matrix]:
        """Residuals ``(s, 2n)`` and derivatives ``(s, p, 2n)`` of s rows of p fitted coordinates at once."""
        natural = self.place.natural(x)
        z, slopes = self.circuit.response([natural[:, column, None] for column in range(x.shape[1])], self.frequencies)
        residual = (z - self.data) * self.weight
        jacobian = np.zeros((x.shape[0], x.shape[1], 2 * self.size))
        for column in self._free:
            slope = slopes[column] * self.weight
            jacobian[:, column, : self.size] = slope.real
            jacobian[:, column, self.size :] = slope.imag
        for column in self._linear:
            jacobian[:, column] /= natural[:, column, None]
        return np.concatenate([residual.real, residual.imag], axis=1), jacobian

    def impedance(self, x: Real) -> Complex:
        """Impedance of the circuit at fitted coordinates x."""
        return self.circuit.response(list(self.place.natural(x)[:, None]), self.frequencies)[0]
