"""Modulus and hardness of a separator from unloading curves (Oliver and Pharr), and pop-ins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.optimize import least_squares

from shortrange_core import BadInput, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown

GEOMETRY_FACTOR = 0.75  # epsilon of a paraboloid of revolution: Oliver and Pharr 2004, doi:10.1557/jmr.2004.19.1.3
FIT_FROM, FIT_TO = 0.25, 0.95  # of the greatest load: the part of the unloading that is fitted
AT_TOP = 0.99  # of the greatest load: rows held there, whose depth creeps
BLUNT_TIP_DEPTH_SHARE = 1e-9
POP_IN_WINDOW = 10  # rows on each side that tell the usual step of depth
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
    """

    hardness: float
    indentation_modulus: float
    stiffness: float
    contact_depth: float
    contact_area: float
    exponent: float
    residual: float
    notes: tuple[Note, ...]

    def youngs_modulus(self, poisson_ratio: float) -> float:
        """E in GPa for a Poisson ratio, which the curve does not tell."""
        if not -1 < poisson_ratio < 0.5:
            raise BadInput(f"poisson_ratio = {poisson_ratio}; it lies between -1 and 0.5")
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
    x, y = _curve(depth, load)
    if not (indenter_modulus > 0 and 0 <= indenter_poisson < 0.5 and shape_factor > 0):
        raise BadInput(
            f"indenter_modulus = {indenter_modulus} GPa, indenter_poisson = {indenter_poisson}, shape_factor = "
            f"{shape_factor}; give positive numbers and a Poisson ratio in [0, 0.5)"
        )
    top = _deepest_at_top(x, y)
    scale, final, exponent, residual = _unloading(x[top:], y[top:])
    at_most = float(scale * (x[top] - final) ** exponent)
    stiffness = exponent * at_most / (x[top] - final)
    contact_depth = float(x[top] - GEOMETRY_FACTOR * y[top] / stiffness)
    area = float(area_function(contact_depth)) if contact_depth > BLUNT_TIP_DEPTH_SHARE * x[top] else float("nan")
    if not area > 0:
        raise BadInput(f"contact depth {contact_depth:.4g} nm with area {area} nm2; check the area function and units")
    reduced = np.sqrt(np.pi) * stiffness / (2 * shape_factor * np.sqrt(area)) * 1e6  # mN nm-2 to GPa
    rest = 1 / reduced - (1 - indenter_poisson**2) / indenter_modulus
    if not rest > 0:
        raise BadInput(
            f"reduced modulus {reduced:.4g} GPa is above that of the indenter; check units and area function"
        )
    notes = _curve_notes(exponent, residual)
    return Indentation(
        float(y[top] / area * 1e6), float(1 / rest), float(stiffness), contact_depth, area, exponent, residual, notes
    )


def _deepest_at_top(depth: Vector, load: Vector) -> int:
    """Deepest row among those at the greatest load: the last one of a hold."""
    held = np.flatnonzero(load >= AT_TOP * float(np.max(load)))
    return int(held[np.argmax(depth[held])])


def _curve(depth: npt.ArrayLike, load: npt.ArrayLike) -> tuple[Vector, Vector]:
    x, y = np.asarray(depth, dtype=float).reshape(-1), np.asarray(load, dtype=float).reshape(-1)
    if x.size != y.size or x.size < 10 or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise BadInput(f"depth has {x.size} and load {y.size} rows; give 10 or more finite ones of each")
    deepest = float(x[int(np.argmax(y))])
    if not deepest > 0:
        raise BadInput(f"the depth at the greatest load is {deepest:g} nm; give depths in nm, positive into the sample")
    if not np.max(y) > 0:
        raise BadInput(f"the greatest load is {np.max(y):g} mN; give loads in mN, positive into the sample")
    return x, y


def _unloading(depth: Vector, load: Vector) -> tuple[float, float, float, float]:
    """Scale, final depth, exponent and relative residual of the power law."""
    top = float(load[0])
    chosen = (load >= FIT_FROM * top) & (load <= FIT_TO * top)
    if chosen.sum() < 10:
        raise BadInput(
            f"the unloading has {int(chosen.sum())} rows between {FIT_FROM:.0%} and {FIT_TO:.0%} of the greatest load; "
            "give a curve with 10 or more"
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
    return scale, float(solution.x[0]), float(solution.x[1]), float(np.sqrt(np.mean(residual**2)) / top)


def _curve_notes(exponent: float, residual: float) -> tuple[Note, ...]:
    notes = []
    if not 1.2 <= exponent <= 1.8:
        text = f"the unloading exponent is {exponent:.2f}; sharp tips give 1.2 to 1.6"
        notes.append(
            Note("unloading-unusual", Severity.WARNING, text, "look for creep, drift, or a wrong zero of depth")
        )
    if residual > 0.01:
        text = f"the unloading deviates from a power law by {residual:.1%} of the greatest load"
        notes.append(Note("unloading-misfit", Severity.WARNING, text, "look for pop-outs, drift or noise"))
    return tuple(notes)


def _usual_steps(steps: Vector, root_steps: Vector) -> Vector:
    """Steps of depth expected from those of the root of the load, which go together for a sharp tip (P ~ h^2)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(root_steps > 0, steps / root_steps, np.nan)
    windows = [rate[max(i - POP_IN_WINDOW, 0) : i + POP_IN_WINDOW + 1] for i in range(rate.size)]
    local = np.array([np.median(w[np.isfinite(w)]) if np.isfinite(w).any() else 0.0 for w in windows])
    return np.asarray(local * np.maximum(root_steps, 0.0))


def pop_ins(depth: npt.ArrayLike, load: npt.ArrayLike, *, factor: float = 8.0) -> xr.Dataset:
    """Sudden steps of depth while loading, beyond what the root of the load explains.

    Parameters
    ----------
    depth, load
        nm and mN in the order of time.
    factor
        Median absolute deviations by which a step of depth must exceed the usual one.

    Returns
    -------
    xarray.Dataset
        Over ``pop_in``: ``depth_before`` (nm), ``jump`` (nm), ``load_before`` (mN).

    Raises
    ------
    BadInput
        If the arrays differ in length or the factor is not positive.
    """
    x, y = _curve(depth, load)
    if not factor > 0:
        raise BadInput(f"factor = {factor}; give a positive number of median absolute deviations")
    top = int(np.argmax(y >= AT_TOP * float(np.max(y)))) + 1  # creep of a hold is no pop-in
    steps = np.diff(x[:top])
    away = steps - _usual_steps(steps, np.diff(np.sqrt(np.maximum(y[:top], 0.0))))
    spread = 1.4826 * float(np.median(np.abs(away))) if away.size else 0.0
    floor = 1e-6 * float(np.ptp(x)) if x.size else 0.0
    rows = np.flatnonzero(away > factor * spread + floor)
    return xr.Dataset(
        {
            "depth_before": ("pop_in", x[rows], {"units": "nm"}),
            "jump": ("pop_in", away[rows], {"units": "nm"}),
            "load_before": ("pop_in", y[rows], {"units": "mN"}),
        }
    )
