"""Modulus and hardness of a separator from unloading curves (Oliver and Pharr), with what noise makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from shortrange_core import BadInput, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted

GEOMETRY_FACTOR = 0.75  # epsilon of a paraboloid of revolution: Oliver and Pharr 2004, doi:10.1557/jmr.2004.19.1.3
FIT_FROM, FIT_TO = 0.25, 0.95  # of the greatest load: the part of the unloading that is fitted
AT_TOP = 0.99  # of the greatest load: rows held there, whose depth creeps
BLUNT_TIP_DEPTH_SHARE = 1e-9
MOST_CORRELATION = 0.95  # of neighbouring residuals: beyond it the curve is too short to know how far they follow
MOST_STIFFNESS_STEP = 0.05  # of the stiffness: where its sd is larger, derivatives are taken over this much
Vector = npt.NDArray[np.float64]
AreaFunction = Callable[[float], float]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Indentation(Shown):
    """Result of one unloading curve.

    Parameters
    ----------
    hardness
        GPa.
    indentation_modulus
        E/(1 - nu^2) of the sample, GPa: what the curve measures, without a Poisson ratio.
    stiffness
        dP/dh at the greatest load, mN/nm.
    contact_depth, contact_area
        nm, nm2.
    exponent
        m of P = B (h - h_f)^m.
    residual
        Root mean square of the fit over the greatest load.
    notes
        What a user must know.
    hardness_sd, indentation_modulus_sd
        GPa, by the noise of the unloading alone: area function, shape and Poisson ratios have errors of their own.
    """

    hardness: float
    indentation_modulus: float
    stiffness: float
    contact_depth: float
    contact_area: float
    exponent: float
    residual: float
    notes: tuple[Note, ...]
    hardness_sd: float = float("nan")
    indentation_modulus_sd: float = float("nan")

    def youngs_modulus(self, poisson_ratio: float) -> float:
        """E in GPa for a Poisson ratio, which the curve does not tell."""
        if not -1 < poisson_ratio < 0.5:
            raise BadInput(f"poisson_ratio = {poisson_ratio}; it must be between -1 and 0.5")
        return self.indentation_modulus * (1 - poisson_ratio**2)


def indentation(
    depth: npt.ArrayLike,
    load: npt.ArrayLike,
    *,
    area_function: AreaFunction,
    indenter_modulus: float,
    indenter_poisson: float,
    shape_factor: float,
) -> Indentation:
    r"""Hardness and indentation modulus from the unloading part of a load-depth curve.

    Parameters
    ----------
    depth, load
        nm and mN in the order of time: loading, a hold where there was one, unloading. The unloading starts at the
        deepest row of the hold, after its creep.
    area_function
        Contact area in nm2 of a contact depth in nm: ``lambda depth: 24.5 * depth**2`` for an ideal Berkovich tip;
        a calibrated one for a real tip.
    indenter_modulus, indenter_poisson
        GPa and 1, of the tip.
    shape_factor
        beta of the relation between stiffness and area; 1 for a cone, values from 1.02 to 1.08 are in use for Berkovich
        tips, so it is stated.

    Raises
    ------
    BadInput
        If the curve has no unloading of 10 rows, or a number is out of range.

    Notes
    -----
    :math:`P = B (h - h_f)^m` is fitted to the unloading between 25 and 95 % of the greatest load;
    :math:`S = \mathrm dP/\mathrm dh` at :math:`h_\max`; :math:`h_c = h_\max - 0.75\,P_\max/S`;
    :math:`H = P_\max/A(h_c)`;
    :math:`E_r = \sqrt\pi\,S/(2\beta\sqrt{A})`; :math:`1/E_r = (1-\nu^2)/E + (1-\nu_i^2)/E_i`. Holds without pile-up.

    References
    ----------
    Oliver and Pharr 2004, doi:10.1557/jmr.2004.19.1.3
    """
    x, y = checked_curve(depth, load)
    if not (indenter_modulus > 0 and 0 <= indenter_poisson < 0.5 and shape_factor > 0):
        raise BadInput(
            f"indenter_modulus = {indenter_modulus} GPa, indenter_poisson = {indenter_poisson}, shape_factor = "
            f"{shape_factor}; give positive numbers and a Poisson ratio in [0, 0.5)"
        )
    tip = _Tip(area_function, indenter_modulus, indenter_poisson, shape_factor)
    top = _deepest_at_top(x, y)
    unloading = _unloading(x[top:], y[top:])
    depth_top, load_top = float(x[top]), float(y[top])
    stiffness = unloading.stiffness(depth_top)
    hardness, modulus, contact_depth, area = tip.result(depth_top, load_top, stiffness)
    hardness_sd, modulus_sd = _noise_sds(tip, unloading, depth_top, load_top)
    return Indentation(
        hardness,
        modulus,
        stiffness,
        contact_depth,
        area,
        unloading.exponent,
        unloading.residual,
        _curve_notes(unloading.exponent, unloading.residual),
        hardness_sd,
        modulus_sd,
    )


def _noise_sds(tip: _Tip, unloading: _Unloading, depth: float, load: float) -> tuple[float, float]:
    """Sds of hardness and modulus by the noise of the unloading: of its power law, and of the deepest row itself."""
    stiffness, sd = unloading.stiffness(depth), unloading.stiffness_sd(depth)
    step = min(sd, MOST_STIFFNESS_STEP * stiffness)
    of_row = unloading.depth_noise
    by_slope = [(depth, stiffness + step), (depth, stiffness - step)]
    by_row = [(at, unloading.stiffness(at)) for at in (depth + of_row, depth - of_row)]
    moves = []
    for ends, size in ((by_slope, 0.5 * sd / step if step > 0 else 0.0), (by_row, 0.5)):
        up, down = (np.array(tip.result(at, load, slope)[:2]) for at, slope in ends)
        moves.append(size * (up - down))
    hardness, modulus = np.sqrt(np.sum(np.square(moves), axis=0))
    return float(hardness), float(modulus)


@dataclass(frozen=True, slots=True)
class _Tip:
    """Area function, modulus (GPa) and Poisson ratio of the tip, and the shape factor."""

    area_function: AreaFunction
    modulus: float
    poisson: float
    shape_factor: float

    def result(self, depth: float, load: float, stiffness: float) -> tuple[float, float, float, float]:
        """Hardness and indentation modulus (GPa), contact depth (nm) and area (nm2)."""
        contact = float(depth - GEOMETRY_FACTOR * load / stiffness)
        area = float(self.area_function(contact)) if contact > BLUNT_TIP_DEPTH_SHARE * depth else float("nan")
        if not area > 0:
            raise BadInput(f"contact depth {contact:.4g} nm with area {area} nm2; check the area function and units")
        reduced = np.sqrt(np.pi) * stiffness / (2 * self.shape_factor * np.sqrt(area)) * 1e6  # mN nm-2 to GPa
        rest = 1 / reduced - (1 - self.poisson**2) / self.modulus
        if not rest > 0:
            raise BadInput(
                f"reduced modulus {reduced:.4g} GPa is above that of the indenter; check units and area function"
            )
        return float(load / area * 1e6), float(1 / rest), contact, area


def _deepest_at_top(depth: Vector, load: Vector) -> int:
    """Deepest row among those at the greatest load: the last one of a hold."""
    held = np.flatnonzero(load >= AT_TOP * float(np.max(load)))
    return int(held[np.argmax(depth[held])])


def checked_curve(depth: npt.ArrayLike, load: npt.ArrayLike) -> tuple[Vector, Vector]:
    """Depth and load as arrays.

    Raises
    ------
    BadInput
        If they differ in length, are shorter than 10 rows or not finite, or do not go into the sample.
    """
    x, y = np.asarray(depth, dtype=float).reshape(-1), np.asarray(load, dtype=float).reshape(-1)
    if x.size != y.size or x.size < 10 or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise BadInput(f"depth has {counted(x.size, 'row')} and load {y.size}; give 10 or more finite ones of each")
    deepest = float(x[int(np.argmax(y))])
    if not deepest > 0:
        raise BadInput(f"the depth at the greatest load is {deepest:g} nm; give depths in nm, positive into the sample")
    if not np.max(y) > 0:
        raise BadInput(f"the greatest load is {np.max(y):g} mN; give loads in mN, positive into the sample")
    return x, y


@dataclass(frozen=True, slots=True)
class _Unloading:
    """Power law of an unloading: scale, final depth, exponent, their covariance, residual over the greatest load.

    ``depth_noise``: sd of the depths about the curve, nm.
    """

    scale: float
    final: float
    exponent: float
    covariance: Vector
    residual: float
    depth_noise: float

    def stiffness(self, depth: float) -> float:
        """Slope of the unloading at a depth, mN/nm."""
        return float(self.scale * self.exponent * (depth - self.final) ** (self.exponent - 1))

    def stiffness_sd(self, depth: float) -> float:
        """Its sd by the noise of the unloading."""
        away = depth - self.final
        by = self.stiffness(depth) * np.array(
            [1 / self.scale, -(self.exponent - 1) / away, 1 / self.exponent + np.log(away)]
        )  # of scale, final depth, exponent
        return float(np.sqrt(max(float(by @ self.covariance @ by), 0.0)))


def _unloading(depth: Vector, load: Vector) -> _Unloading:
    """Fit of the power law between a quarter and 95 % of the greatest load."""
    top = float(load[0])
    chosen = (load >= FIT_FROM * top) & (load <= FIT_TO * top)
    if chosen.sum() < 10:
        raise BadInput(
            f"the unloading has {counted(int(chosen.sum()), 'row')} between {FIT_FROM:.0%} and {FIT_TO:.0%} of the "
            "greatest load; give a curve with 10 or more"
        )
    x, y = depth[chosen], load[chosen]
    lowest = float(x.min())
    slope = abs(float(np.polyfit(x, y, 1)[0]))
    start = np.array([max(lowest - 0.5 * float(y.min()) / max(slope, 1e-300), 0.01 * lowest), 1.5])

    def fitted(parameters: Vector) -> tuple[Vector, float]:
        basis = np.maximum(x - parameters[0], 1e-12) ** parameters[1]
        scale = float(basis @ y / (basis @ basis))
        return scale * basis - y, scale

    def residuals(parameters: Vector) -> Vector:
        return fitted(parameters)[0] / top

    solution = least_squares(
        residuals,
        start,
        bounds=([-np.inf, 1.0], [lowest - 1e-9 * abs(lowest), 3.0]),
        x_scale=[lowest, 1],
    )
    residual, scale = fitted(solution.x)
    final, exponent = (float(value) for value in solution.x)
    covariance = _covariance(x, residual, scale, final, exponent)
    slopes = scale * exponent * np.maximum(x - final, 1e-12) ** (exponent - 1)
    depth_noise = float(np.sqrt(np.mean((residual / slopes) ** 2)))
    return _Unloading(scale, final, exponent, covariance, float(np.sqrt(np.mean(residual**2)) / top), depth_noise)


def _covariance(depth: Vector, residual: Vector, scale: float, final: float, exponent: float) -> Vector:
    """Covariance of scale, final depth and exponent; residuals that follow one another count as fewer."""
    away = np.maximum(depth - final, 1e-12)
    power = away**exponent
    design = np.stack([power, -scale * exponent * power / away, scale * power * np.log(away)], axis=1)
    size = np.sqrt(np.sum(design**2, axis=0))
    total = float(residual @ residual)
    follow = float(residual[1:] @ residual[:-1]) / total if total > 0 else 0.0
    follow = min(max(follow, 0.0), MOST_CORRELATION)
    inverse = np.linalg.pinv((design / size).T @ (design / size))
    spread = total / (depth.size - 3) * (1 + follow) / (1 - follow)
    return np.asarray(inverse / np.outer(size, size) * spread, dtype=float)


def _curve_notes(exponent: float, residual: float) -> tuple[Note, ...]:
    notes = []
    if not 1.2 <= exponent <= 1.8:
        text = f"the unloading exponent is {exponent:.2f}; sharp tips give 1.2 to 1.6"
        notes.append(Note("unloading-unusual", Severity.WARNING, text, "look for creep, drift, or a wrong depth zero"))
    if residual > 0.01:
        text = f"the unloading deviates from a power law by {residual:.1%} of the greatest load"
        notes.append(Note("unloading-misfit", Severity.WARNING, text, "look for pop-outs, drift or noise"))
    return tuple(notes)
