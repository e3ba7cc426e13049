"""A spectrum as a resistance and M RC elements of fixed time constants: linear least squares in one part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from electrochemistry.impedance._elements import Complex, Real
from electrochemistry.impedance._stability import FEWEST_DOF

Part = Literal["real", "imaginary", "complex"]


@dataclass(frozen=True, eq=False, slots=True)
class Scaled:
    """A spectrum over its modulus (``target``), and the columns that no number of elements changes."""

    omega: Real
    data: Complex
    part: Part
    capacitance: bool
    scale: Real
    target: Complex
    reactive: Complex

    def dof(self, count: int) -> int:
        """Residual degrees of freedom of M elements; 0 where the part that is fitted has no more equations than M."""
        return 2 * self.omega.size - count - 2 - self.capacitance if count < self._below else 0

    @property
    def _below(self) -> int:
        """The M at which the part that is fitted has as many unknowns as equations."""
        size, reactive = self.omega.size, 1 + self.capacitance
        return {"real": size - 1, "imaginary": size - reactive, "complex": 2 * size}[self.part]

    @property
    def most(self) -> int:
        """Largest M that leaves enough degrees of freedom; 0 where none does."""
        return max(min(self._below - 1, 2 * self.omega.size - 2 - self.capacitance - FEWEST_DOF), 0)


def scaled_spectrum(omega: Real, data: Complex, part: Part, *, capacitance: bool) -> Scaled:
    """Scale every point by its modulus; the columns are an inductance and, where asked for, a series capacitance."""
    size = np.abs(data)
    columns = [1j * omega / omega.max(), *([-1j * omega.min() / omega] if capacitance else [])]
    scale = 1 / size
    reactive = np.asarray(np.stack(columns, axis=1) * scale[:, None], dtype=np.complex128)
    return Scaled(omega, data, part, capacitance, scale, _complex(data / size), reactive)


def time_constants(omega: Real, count: int) -> Real:
    """Time constants from 1/omega_max to 1/omega_min, evenly in the logarithm; 1/omega_min alone for one element."""
    if count == 1:
        return np.array([1 / float(omega.min())])
    return np.asarray(np.geomspace(1 / omega.max(), 1 / omega.min(), count), dtype=float)


def ratio(resistances: Real) -> float:
    """Mu: 1 - (sum of negative) / (sum of positive).

    Examples
    --------
    >>> ratio(np.array([3.0, -1.0, 1.0]))
    0.75
    """
    positive = float(resistances[resistances >= 0].sum())
    negative = float(-resistances[resistances < 0].sum())
    return 1 - negative / positive if positive > 0 else -np.inf


def _columns(spectrum: Scaled, taus: Real) -> Complex:
    """Columns of resistance and RC elements over abs(Z)."""
    main: Complex = np.ones((spectrum.omega.size, taus.size + 1), dtype=np.complex128)
    main[:, 1:] = 1 / (1 + 1j * spectrum.omega[:, None] * taus)
    main *= spectrum.scale[:, None]
    return main


def _solve(matrix: Complex, target: Complex, part: Part) -> Real:
    if part == "complex":
        rows = np.concatenate([matrix.real, matrix.imag])
        right = np.concatenate([target.real, target.imag])
    else:
        rows = matrix.real if part == "real" else matrix.imag
        right = target.real if part == "real" else target.imag
    return np.asarray(np.linalg.lstsq(rows, right, rcond=None)[0], dtype=float)


@dataclass(frozen=True, eq=False, slots=True)
class Elements:
    """The part of M elements that was fitted: their columns, and the unknowns of that part."""

    taus: Real
    main: Complex
    unknowns: Real
    resistances: Real


def fitted_elements(spectrum: Scaled, count: int) -> Elements:
    """M elements in the part that is fitted, which says how many are enough."""
    taus = time_constants(spectrum.omega, count)
    main = _columns(spectrum, taus)
    if spectrum.part == "real":
        x = _solve(main, spectrum.target, "real")
        return Elements(taus, main, x, x[1:])
    if spectrum.part == "imaginary":
        x = _solve(np.concatenate([main[:, 1:], spectrum.reactive], axis=1), spectrum.target, "imaginary")
        return Elements(taus, main, x, x[:count])
    x = _solve(np.concatenate([main, spectrum.reactive], axis=1), spectrum.target, "complex")
    return Elements(taus, main, x, x[1 : count + 1])


def model_of(spectrum: Scaled, fitted: Elements) -> Complex:
    """Model over abs(Z), with what the other part needs besides: inductance and capacitance, or the resistance."""
    main, x = fitted.main, fitted.unknowns
    if spectrum.part == "real":
        rest = _solve(spectrum.reactive, spectrum.target - main @ x, "imaginary")
        return _complex(main @ x + spectrum.reactive @ rest)
    if spectrum.part == "imaginary":
        both = np.concatenate([main[:, 1:], spectrum.reactive], axis=1)
        series = float(_solve(main[:, :1], spectrum.target - both @ x, "real")[0])
        return _complex(both @ x + series * main[:, 0])
    return _complex(np.concatenate([main, spectrum.reactive], axis=1) @ x)


def _complex(values: npt.ArrayLike) -> Complex:
    return np.asarray(values, dtype=np.complex128)
