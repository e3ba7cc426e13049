"""Pop-ins: sudden steps of depth while an indenter loads, told from noise at a stated rate of false alarms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.stats import t as student

from electrochemistry.separators._indentation import AT_TOP, checked_curve
from shortrange_core import BadInput

WINDOW = 10  # rows on each side that tell the usual step of depth
MAD_TO_SD = 1.4826  # sd of a normal distribution over its median absolute deviation
MAD_EFFICIENCY = 0.37  # of the median absolute deviation: as many rows of it tell a spread as well as one of an sd
MEDIAN_VARIANCE = np.pi / 2  # of a median of normal values, over that of their mean
POWER_SDS = 0.8416  # normal quantile of 80 %
Vector = npt.NDArray[np.float64]


def pop_ins(depth: npt.ArrayLike, load: npt.ArrayLike, *, false_alarm: float = 0.01) -> xr.Dataset:
    r"""Sudden steps of depth while loading, beyond what the root of the load explains.

    Parameters
    ----------
    depth, load
        nm and mN in the order of time.
    false_alarm
        Probability that a curve without a pop-in shows one, where the noise of neighbouring rows is normal and
        independent.

    Returns
    -------
    xarray.Dataset
        Over ``pop_in``: ``depth_before`` (nm), ``jump`` (nm), ``load_before`` (mN). Attributes: ``false_alarm``,
        ``threshold`` (nm: steps above it are pop-ins, in the middle of the curve), ``smallest`` (nm: what this curve
        shows in 80 % of cases).

    Raises
    ------
    BadInput
        If the arrays differ in length or the false-alarm rate is not between 0 and 0.5.

    Notes
    -----
    Steps are held to the local median of :math:`\Delta h/\Delta\sqrt P`, which is constant for a sharp tip. Their
    spread is a median absolute deviation, so that pop-ins do not hide themselves; the threshold is the quantile of
    Student's t at the rate over the number of steps.
    """
    x, y = checked_curve(depth, load)
    if not 0 < false_alarm < 0.5:
        raise BadInput(f"false_alarm = {false_alarm}; give a probability above 0 and below 0.5")
    top = int(np.argmax(y >= AT_TOP * float(np.max(y)))) + 1  # creep of a hold is no pop-in
    steps, roots = np.diff(x[:top]), np.diff(np.sqrt(np.maximum(y[:top], 0.0)))
    usual, widening = _usual_steps(steps, roots)
    away = steps - usual
    spread = MAD_TO_SD * float(np.median(np.abs(away / widening))) if away.size else 0.0
    freedom = max(MAD_EFFICIENCY * away.size, 1.0)
    threshold = float(student.isf(false_alarm / max(away.size, 1), freedom)) * spread + 1e-6 * float(np.ptp(x))
    rows = np.flatnonzero(away > threshold * widening)
    usually = float(np.median(widening)) if widening.size else 1.0
    return xr.Dataset(
        {
            "depth_before": ("pop_in", x[rows], {"units": "nm"}),
            "jump": ("pop_in", away[rows], {"units": "nm"}),
            "load_before": ("pop_in", y[rows], {"units": "mN"}),
        },
        attrs={
            "false_alarm": false_alarm,
            "threshold": threshold * usually,
            "smallest": (threshold + POWER_SDS * spread) * usually,
        },
    )


def _usual_steps(steps: Vector, roots: Vector) -> tuple[Vector, Vector]:
    """Steps of depth expected from those of the root of the load, and by how much this widens the spread of each."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(roots > 0, steps / roots, np.nan)
    usual, widening = np.zeros(rate.size), np.ones(rate.size)
    for row in range(rate.size):
        near = slice(max(row - WINDOW, 0), row + WINDOW + 1)
        counted = np.isfinite(rate[near])
        counted[row - near.start] = False  # a row that counts in its own median hides behind it
        if counted.any() and roots[row] > 0:
            usual[row] = float(np.median(rate[near][counted])) * roots[row]
            lever = float(np.mean(1 / roots[near][counted] ** 2)) * roots[row] ** 2 / int(counted.sum())
            widening[row] = np.sqrt(1 + MEDIAN_VARIANCE * lever)
    return usual, widening
