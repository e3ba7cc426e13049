"""Line shapes and the numeric Shirley step."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


def gaussian(x: Vector, center: float, fwhm: float) -> Vector:
    """Unit area."""
    return math.sqrt(4 * math.log(2) / math.pi) / fwhm * np.exp(-4 * math.log(2) * ((x - center) / fwhm) ** 2)


def lorentzian(x: Vector, center: float, fwhm: float) -> Vector:
    """Unit area."""
    return fwhm / (2 * math.pi) / ((x - center) ** 2 + fwhm**2 / 4)


def mixed(x: Vector, center: float, fwhm: float, fraction: float) -> Vector:
    """Sum of both with one width; ``fraction`` of the area is Lorentzian."""
    return fraction * lorentzian(x, center, fwhm) + (1 - fraction) * gaussian(x, center, fwhm)


def shirley(x: Vector, peaks: Vector, k: float) -> Vector:
    """k times the trapezoid integral of the peaks from the end of low binding energy; ``x`` ascends."""
    steps = (peaks[1:] + peaks[:-1]) / 2 * np.diff(x)
    return k * np.concatenate([[0.0], np.cumsum(steps)])
