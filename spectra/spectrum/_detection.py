"""Finding maxima: where a spectrum has lines, when nobody says so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter1d

from shortrange_core.errors import BadInput
from shortrange_core.showing import Shown
from spectra.spectrum._contract import check
from spectra.spectrum._noise_levels import estimate_noise

SMOOTHING_SHARE = 0.001  # of the axis range: below the width of a glass line by an order
FEWEST_SMOOTHING_POINTS = 2.0
EDGE_SHARE = 0.01  # of the axis range: a maximum this close to an end may be the flank of something outside
NOISE_MULTIPLE = 6.0


@dataclass(frozen=True, slots=True)
class Maximum(Shown):
    """A local maximum: its position, its height, and its prominence."""

    position: float
    height: float
    prominence: float


def find_maxima(
    spectrum: xr.Dataset, *, prominence: float = 0.02, smoothing: float | None = None
) -> tuple[Maximum, ...]:
    """Local maxima of a spectrum that stand out of noise and slope, in ascending order of the axis.

    The spectrum is smoothed with a Gaussian; a maximum counts where its prominence exceeds both a share of the whole
    range of intensities and six standard deviations of the smoothed noise, and where it is not at an end of the axis:
    the flank of a line outside the window is no maximum. A free induction decay (axis ``time``) oscillates and has no
    lines before its Fourier transform: it gives none.

    Parameters
    ----------
    spectrum
        One labelled spectrum of n points.
    prominence
        Least prominence as a share of the range of intensities, between 0 and 1.
    smoothing
        Standard deviation of the Gaussian, in the unit of the axis; 0.1 % of the axis range where absent.

    Raises
    ------
    BadInput
        If ``spectrum`` is no labelled spectrum of one dimension, or an option is out of range.

    Examples
    --------
    >>> from spectra.spectrum import from_arrays
    >>> x = np.linspace(0, 100, 501)
    >>> two = np.exp(-((x - 30) ** 2) / 20) + 0.5 * np.exp(-((x - 70) ** 2) / 20)
    >>> [round(m.position, 1) for m in find_maxima(from_arrays(x, two, axis="raman_shift", noise=0.01))]
    [30.0, 70.0]
    """
    checked = check(spectrum)
    dims = checked["intensity"].dims
    if len(dims) != 1:
        raise BadInput(f"maxima: the spectrum has the dimensions {dims}; choose one spectrum with .isel()")
    if not 0 < prominence < 1:
        raise BadInput(f"prominence = {prominence}: must lie between 0 and 1")
    if smoothing is not None and not smoothing > 0:
        raise BadInput(f"smoothing = {smoothing}: must be positive, in the unit of the axis")
    if dims[0] == "time":
        return ()
    x = np.asarray(checked[dims[0]].values, dtype=float)
    y = np.asarray(checked["intensity"].values.real, dtype=float)
    reach, extent = float(x[-1] - x[0]), float(np.ptp(y))
    if extent == 0:
        return ()
    step = reach / (x.size - 1)
    points = max(FEWEST_SMOOTHING_POINTS, (smoothing or SMOOTHING_SHARE * reach) / step)
    smooth = gaussian_filter1d(y, points, mode="nearest")
    noise = estimate_noise(y) / np.sqrt(2 * np.sqrt(np.pi) * points)
    from scipy.signal import find_peaks

    peaks, properties = find_peaks(smooth, prominence=max(prominence * extent, NOISE_MULTIPLE * noise))
    return tuple(
        Maximum(float(x[i]), float(smooth[i]), float(p))
        for i, p in zip(peaks, properties["prominences"], strict=True)
        if min(x[i] - x[0], x[-1] - x[i]) > EDGE_SHARE * reach
    )
