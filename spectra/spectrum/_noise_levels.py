"""Noise of a spectrum from its second differences."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import BadInput
from shortrange_core.spelling import spelled

MAD_PER_SIGMA = 0.6744897501960817  # median |z| of a standard normal
SECOND_DIFFERENCE_GAIN = np.sqrt(6.0)  # sd of 2 y[i] - y[i-2] - y[i+2] for white noise of sd 1
LAG = 2


def estimate_noise(intensity: npt.ArrayLike) -> float:
    r"""Standard deviation of white noise on a smooth curve, from second differences.

    .. math:: \hat\sigma = \mathrm{median}_i |2 y_i - y_{i-2} - y_{i+2}| \, / \, (0.6745 \sqrt 6)

    Holds where lines are wider than about eight points; sharper lines raise it, smoothing and zero filling (correlated
    noise) lower it. Where more than half of the differences vanish (rounded data), their root mean square is used, and
    never less than the rounding step over the square root of 12.

    Parameters
    ----------
    intensity
        n values in the order of the axis; of complex values the mean of both parts.

    Raises
    ------
    BadInput
        If all intensities are equal.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> round(estimate_noise(np.linspace(0, 50, 4000) + rng.normal(0, 2.0, 4000)), 1)
    2.0
    """
    values = np.asarray(intensity)
    if np.iscomplexobj(values):
        return float(np.hypot(estimate_noise(values.real), estimate_noise(values.imag)) / np.sqrt(2))
    if values.size == 0 or np.ptp(values) == 0:
        raise BadInput(
            f"intensity: all {values.size} values are equal, so there is no spectrum; check the column"
            + spelled(", or give noise= if it is meant to be constant", command_line="", recipe="")
        )
    lag = LAG if values.size > 2 * LAG else 1
    middle = 2 * values[lag:-lag] - values[: -2 * lag] - values[2 * lag :]
    sigma = float(np.median(np.abs(middle))) / (MAD_PER_SIGMA * SECOND_DIFFERENCE_GAIN)
    if sigma == 0:
        sigma = float(np.sqrt(np.mean(middle**2))) / SECOND_DIFFERENCE_GAIN
    steps = np.diff(np.unique(values))
    rounding = float(steps.min()) / np.sqrt(12.0)
    return float(max(sigma, rounding))
