"""How the resistance of a symmetric cell drifts while its current is held."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from electrochemistry.cells._events import HELD
from electrochemistry.cells._half_cycles import SECONDS_PER_HOUR, HalfCycles
from shortrange_core import BadInput, Estimates
from shortrange_core.shown_numbers import counted

FEWEST = 6  # half cycles: resistance, drift and the difference of the directions leave three degrees of freedom
LARGEST_CORRELATION = 0.9  # of neighbouring residuals: beyond it the record is too short to know how far they follow
Vector = npt.NDArray[np.float64]


def is_held(half_cycles: HalfCycles) -> bool:
    """Whether six half cycles or more have one current, in both directions alike."""
    size = np.abs(half_cycles.table.current_density.values)
    return bool(size.size >= FEWEST and np.ptp(size) <= HELD * float(np.median(size)))


def resistance_drift(half_cycles: HalfCycles, *, until: int | None = None) -> Estimates:
    r"""Resistance at the start of a hold and its drift with time, from one resistance a half cycle.

    It holds while one current flows to and fro; a ramp has no drift of its own, because its current changes with time.

    Parameters
    ----------
    half_cycles
        From :func:`electrochemistry.half_cycles`.
    until
        Number of the half cycle that ends the hold, such as that of an event; it is left out. None: all.

    Returns
    -------
    Estimates
        ``resistance`` (ohm cm2, at the first row) and ``drift`` (ohm cm2 h-1).

    Raises
    ------
    BadInput
        If the current is not held within 5 %, or there are fewer than six half cycles.

    Notes
    -----
    Least squares of :math:`R_k = R_0 + b t_k + d s_k`, with the sign :math:`s_k` of the current: an offset of the
    instrument makes the two directions differ by :math:`2d`. Variances come from the residuals, times
    :math:`(1 + r)/(1 - r)` where neighbours correlate by :math:`r > 0`.

    Examples
    --------
    >>> from electrochemistry.cells import half_cycles, simulate_symmetric_cell
    >>> cell = simulate_symmetric_cell([0.2] * 10, area=1.0, resistance=233.0)
    >>> resistance, change = resistance_drift(half_cycles(cell, area=1.0)).value.values.tolist()
    >>> round(resistance, 6), abs(change) < 1e-9
    (233.0, True)
    """
    rows = slice(None) if until is None else slice(0, max(until - 1, 0))
    table = half_cycles.table.isel(half_cycle=rows)
    part = HalfCycles(table, half_cycles.cycling, half_cycles.area, half_cycles.notes)
    if not is_held(part):
        raise BadInput(
            f"{counted(table.sizes['half_cycle'], 'half cycle')} with current densities from "
            f"{np.abs(table.current_density.values).min(initial=np.inf):.4g} to "
            f"{np.abs(table.current_density.values).max(initial=0.0):.4g} mA/cm2: a drift needs {FEWEST} at one current"
        )
    hours = (table.start_second.values + 0.5 * table.duration_second.values) / SECONDS_PER_HOUR
    hours = hours - float(table.start_second.values[0]) / SECONDS_PER_HOUR
    design = np.stack([np.ones(hours.size), hours, np.sign(table.current_density.values)], axis=1)
    value, covariance = _line(design, table.areal_resistance.values)
    return Estimates.build(["resistance", "drift"], value[:2], covariance[:2, :2], unit=["ohm cm2", "ohm cm2 h-1"])


def _line(design: Vector, resistance: Vector) -> tuple[Vector, Vector]:
    """Coefficients and their covariance; columns that say nothing (one direction only) take no part."""
    inverse = np.linalg.pinv(design.T @ design)
    value = inverse @ design.T @ resistance
    left = resistance - design @ value
    power = float(left @ left)
    correlation = float(left[1:] @ left[:-1]) / power if power > 0 else 0.0
    correlation = min(max(correlation, 0.0), LARGEST_CORRELATION)
    free = resistance.size - int(np.linalg.matrix_rank(design))
    return value, inverse * power / free * (1 + correlation) / (1 - correlation)
