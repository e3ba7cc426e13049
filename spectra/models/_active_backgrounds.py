r"""Backgrounds that are not a sum of fixed functions: exponential, and Shirley and Tougaard from the model's own peaks.

The step of Shirley and the losses of Tougaard are computed from the sum S of the fitted peaks, never from the
measured data, so noise does not enter the model and all derivatives are exact. E runs from the end of low binding
energy (high kinetic energy):

.. math:: B_\mathrm{Shirley}(E) = k\int_{E_0}^{E} S\,dE', \qquad
   B_\mathrm{Tougaard}(E) = \int_{E_0}^{E} K(E-E')\,[S(E') + B(E')]\,dE', \quad
   K(T) = \frac{B\,T}{(C + C' T^2)^2 + D\,T^2}

Shirley: 10.1103/physrevb.5.4709. Tougaard: two parameters 10.1016/0038-1098(87)90166-9 (C' = 1, D = 0), three
10.1002/(SICI)1096-9918(199703)25:3<137::AID-SIA230>3.0.CO;2-L (C' = -1), four 10.1002/sia.3746.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_triangular

from shortrange_core.errors import BadInput
from spectra.models.backgrounds import Background

Array = npt.NDArray[np.float64]
REACH = 50.0
"""Window in eV beyond the last line that is needed before C, C' or D may vary."""


class Active(Protocol):
    """A background with derivatives of its own."""

    @property
    def linear(self) -> tuple[str, ...]:
        """Parameters that enter linearly and may be found by a linear fit."""

    def add(self, theta: Array, peaks: Array, slopes: Array | None, jacobian: Array | None) -> Array:
        """Background; adds its derivatives to ``jacobian`` (all parameters x m).

        ``peaks`` is the sum of the peaks (m), ``slopes`` its derivatives in the peaks' parameters, the first rows of
        the jacobian.
        """


class Exponential:
    """amplitude * exp(-(x - x_0) / decay) with x_0 the first point of the window."""

    def __init__(self, background: Background, x: Array, position: Mapping[str, int], axis: str) -> None:  # noqa: ARG002
        self.rows = [position[parameter.name] for parameter in background.parameters]
        self.linear = (background.parameters[0].name,)
        self.x = x - x[0]

    def add(self, theta: Array, peaks: Array, slopes: Array | None, jacobian: Array | None) -> Array:  # noqa: ARG002
        """Background and its derivatives in amplitude and decay."""
        amplitude, decay = theta[self.rows]
        curve = np.exp(-self.x / decay)
        if jacobian is not None:
            jacobian[self.rows[0]] = curve
            jacobian[self.rows[1]] = amplitude * curve * self.x / decay**2
        return np.asarray(amplitude * curve)


class Shirley:
    """k times the integral of the peaks from the end of low binding energy."""

    linear: tuple[str, ...] = ()

    def __init__(self, background: Background, x: Array, position: Mapping[str, int], axis: str) -> None:
        self.row = position[background.parameters[0].name]
        self.half_steps = np.diff(x) / 2
        self.from_end = _from_end(axis)

    def integral(self, curves: Array) -> Array:
        """Trapezoid integral of curves (rows x m) up to every point."""
        flipped = curves[..., ::-1] if self.from_end else curves
        steps = self.half_steps[::-1] if self.from_end else self.half_steps
        result = np.zeros_like(flipped)
        np.cumsum((flipped[..., 1:] + flipped[..., :-1]) * steps, axis=-1, out=result[..., 1:])
        return result[..., ::-1] if self.from_end else result

    def add(self, theta: Array, peaks: Array, slopes: Array | None, jacobian: Array | None) -> Array:
        """Background and its derivatives in k and in every parameter of every peak."""
        k = float(theta[self.row])
        whole = self.integral(peaks)
        if jacobian is not None and slopes is not None:
            jacobian[: len(slopes)] += k * self.integral(slopes)
            jacobian[self.row] = whole
        return k * whole


class Tougaard:
    """Inelastic losses of the peaks, with up to four parameters of the loss function."""

    linear: tuple[str, ...] = ()

    def __init__(self, background: Background, x: Array, position: Mapping[str, int], axis: str) -> None:
        self.rows = [position[parameter.name] for parameter in background.parameters]
        self.vary = [parameter.vary for parameter in background.parameters]
        self.from_end = _from_end(axis)
        at = -x[::-1] if self.from_end else x
        self.loss = np.tril(at[:, None] - at[None, :])
        weight = np.zeros_like(at)
        weight[1:] += np.diff(at) / 2
        weight[:-1] += np.diff(at) / 2
        self.weight = np.broadcast_to(weight, self.loss.shape).copy()
        self.weight[:, 0] = (at[1] - at[0]) / 2  # the end of the integral, K(0) = 0, carries no weight
        self.square = self.loss**2
        self._of: tuple[float, float, float] | None = None

    def _losses(self, c: float, c_prime: float, d: float) -> None:
        """Shape of the loss function at C, C' and D, which are held in most fits: kept from one step to the next."""
        if self._of != (c, c_prime, d):
            self.inner = c + c_prime * self.square
            self.base = self.inner**2 + d * self.square
            self.shape = self.weight * self.loss / self.base
            self._of = (c, c_prime, d)

    def add(self, theta: Array, peaks: Array, slopes: Array | None, jacobian: Array | None) -> Array:
        """Background and its derivatives in the loss parameters and in every parameter of every peak."""
        b, c, c_prime, d = (float(theta[row]) for row in self.rows)
        self._losses(c, c_prime, d)
        step = b * self.shape
        source = peaks[::-1] if self.from_end else peaks
        system = np.eye(source.size) - step
        solved = _solved(system, step @ source)
        if jacobian is not None and slopes is not None:
            turned = slopes[:, ::-1] if self.from_end else slopes
            moved = _solved(system, step @ turned.T).T
            jacobian[: len(slopes)] += moved[:, ::-1] if self.from_end else moved
            for row, part in self._parts(step):
                own = _solved(system, part @ (source + solved))
                jacobian[row] = own[::-1] if self.from_end else own
        return np.asarray(solved[::-1] if self.from_end else solved)

    def _parts(self, step: Array) -> Iterator[tuple[int, Array]]:
        """Derivatives of the losses in those of B, C, C' and D that are free, by the rows of these."""
        if self.vary[0]:
            yield self.rows[0], self.shape
        if any(self.vary[1:]):
            by_base = -step / self.base
            slopes = (by_base * 2 * self.inner, by_base * 2 * self.inner * self.square, by_base * self.square)
            yield from (
                pair for pair, free in zip(zip(self.rows[1:], slopes, strict=True), self.vary[1:], strict=True) if free
            )


ACTIVE: dict[str, type[Exponential] | type[Shirley] | type[Tougaard]] = {
    "exponential": Exponential,
    "shirley": Shirley,
    "tougaard": Tougaard,
}


def _solved(system: Array, right: Array) -> Array:
    """Losses of losses; not finite where B ran away, which a descent takes for a step too far."""
    return np.asarray(solve_triangular(system, right, lower=True, unit_diagonal=True, check_finite=False))


def _from_end(axis: str) -> bool:
    if axis not in ("binding_energy", "kinetic_energy"):
        raise BadInput(
            f"axis {axis!r}: Shirley and Tougaard backgrounds are for photoelectron spectra on an energy axis"
        )
    return axis == "kinetic_energy"


def check_reach(background: Background, x: Array, axis: str, centers: list[float]) -> None:
    """Refuse a free C, C' or D where the window does not reach 50 eV beyond the lines: B and C are inseparable there.

    Raises
    ------
    BadInput
        If a loss parameter other than B varies in a short window.
    """
    if background.kind != "tougaard" or not any(parameter.vary for parameter in background.parameters[1:]):
        return
    reach = min(centers) - x[0] if axis == "kinetic_energy" else x[-1] - max(centers)
    if reach < REACH:
        raise BadInput(
            f"the window ends {reach:.3g} eV beyond the last line: C, C' and D of a Tougaard background cannot "
            f"be separated from B below {REACH:g} eV; fix them at published values or widen the window"
        )


def made(background: Background, x: Array, position: Mapping[str, int], axis: str) -> Active:
    """The working form of a background on an axis."""
    return ACTIVE[background.kind](background, x, position, axis)
