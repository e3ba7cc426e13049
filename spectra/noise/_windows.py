r"""Points that count as one, from the residuals of a fit, where the noise is that of a decay under a window.

The power of the noise over times t of the decay is the square of its window, which falls as an exponential or a
Gaussian as far as the decay reaches, and is nothing beyond: apodisation and zero filling have few parameters, and all
points tell them. Lines feel the power at the beginning,

.. math:: c = \frac{P(0)}{\overline{P}}, \qquad P(t) = a\,(1 - h(t))\,e^{-k t^n}, \quad t < T, \quad n = 1, 2,

h being the share of the power that the fit took. k and n are those of the largest likelihood of independent powers,
each exponentially distributed (Whittle, Ark. Mat. 2, 423 (1953), doi:10.1007/BF02590998).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from spectra.noise._correlation import basis_of

Array = npt.NDArray[np.float64]
FALLS = np.concatenate([[0.0], np.geomspace(0.02, 20.0, 60)])
"""k, over times whose unit is the longest that an axis can tell; 0: no window."""
KINDS = (1, 2)
"""Powers of the time in the exponent: an exponential, a Gaussian."""
FOLDED = (1.0, 4 / 3, 2.0)
"""Ends of a decay that was not filled with twice its zeros: what lies beyond 1 is folded back."""
NOTHING_LEFT = 0.01
"""Share of the power beyond the end of a decay: what the ends of an axis spill over."""
BEFORE_THE_END = 0.96
TAKEN = 0.8
"""Share of the power that a fit took, above which little is left to tell."""
FEWEST_TIMES = 96
FIRST_BLOCK = 8
"""Times of the first block, in which what a model lacks shows; each further block is as long as all before it."""
UNLIKELY = 1e-4
"""Probability below which the power of a block is not that of the window."""
WHITE = 6.0
"""Twice the logarithm of the likelihood that a window must gain: 95 % of two degrees of freedom."""


def points_under_window(residuals: npt.ArrayLike, derivatives: npt.ArrayLike) -> float | None:
    """Points that count as one; None where no such window explains the residuals, or they are too few.

    Parameters
    ----------
    residuals
        m residuals, in units of their noise.
    derivatives
        m x k derivatives of what was fitted to them, in the same units.

    Examples
    --------
    >>> rng, time = np.random.default_rng(0), np.arange(512)
    >>> decay = np.exp(-time / 400) * (rng.normal(size=512) + 1j * rng.normal(size=512))
    >>> round(points_under_window(np.fft.fft(decay, 2048).real, np.ones((2048, 1))), 1)
    5.4
    """
    values = np.asarray(residuals, dtype=float)
    basis = basis_of(np.asarray(derivatives, dtype=float))
    power = np.abs(np.fft.rfft(values - basis @ (basis.T @ values)))[1:] ** 2
    left = 1 - np.sum(np.abs(np.fft.rfft(basis, axis=0))[1:] ** 2, axis=1) / values.size
    time = np.arange(1, power.size + 1) / (values.size / 2)
    end = _end(power, time)
    used = (left > 1 - TAKEN) & (time < (BEFORE_THE_END * end if end < 1 else np.inf))
    if np.count_nonzero(used) < FEWEST_TIMES:
        return None
    power, left, time = power[used], left[used], time[used]
    ends = FOLDED if end == 1 else (end,)
    windows = [(last, kind, fall) for last in ends for kind in KINDS for fall in FALLS.tolist()]
    shapes = [_window(time, *window) * left for window in windows]
    losses = [float(np.log(np.mean(power / shape)) * power.size + np.sum(np.log(shape))) for shape in shapes]
    best = int(np.argmin(losses))
    if end == 1 and 2 * (losses[0] - losses[best]) < WHITE:
        best = 0
    if not _explains(power, shapes[best]):
        return None
    whole = np.linspace(0.0, 1.0, 4001)
    return max(float(_window(whole[:1], *windows[best])[0] / np.mean(_window(whole, *windows[best]))), 1.0)


def _end(power: Array, time: Array) -> float:
    """Time at which a decay ends, 1 where it reaches as far as the axis can tell."""
    beyond = np.cumsum(power[::-1])[::-1] / np.sum(power)
    at = int(np.searchsorted(-beyond, -NOTHING_LEFT))
    return float(time[at]) if at < time.size and time[at] < BEFORE_THE_END else 1.0


def _window(time: Array, last: float, kind: int, fall: float) -> Array:
    """Power of the noise of the real part: of times up to the end, and of those that are folded back at 1."""
    straight = np.where(time <= last, np.exp(-fall * time**kind), 0.0)
    return np.asarray(straight + np.where(2 - time <= last, np.exp(-fall * (2 - time) ** kind), 0.0))


def _explains(power: Array, shape: Array) -> bool:
    """Whether blocks of times, short ones first, have the power that independent times of a window have."""
    ratio = power / shape
    ends = FIRST_BLOCK * 2 ** np.arange(int(np.log2(ratio.size / FIRST_BLOCK)) + 1)
    blocks = np.split(ratio / np.mean(ratio), ends[:-1])
    above = [float(chdtrc(2 * block.size, 2 * np.sum(block))) for block in blocks]
    return all(UNLIKELY / 2 < p < 1 - UNLIKELY / 2 for p in above)
