"""Symmetric line shapes: the unit-area profiles and their analytic derivatives, each in one place.

Every kernel takes the axis and the quantities of the shape, broadcast against one another, and gives the profile of
area 1 and its derivative in every quantity. A peak is ``area * profile``. The fwhm is 2 sqrt(2 ln 2) sigma of a
Gaussian and twice the half-width gamma of a Lorentzian.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import wofz

from spectra.shapes._shape import (
    ANY,
    FWHM_PER_SIGMA,
    GAUSS_HEIGHT,
    LN2,
    LORENTZ_HEIGHT,
    POSITIVE,
    UNIT,
    Array,
    Quantity,
    Shape,
)


def _gaussian(x: Array, center: Quantity, fwhm: Quantity) -> tuple[Array, tuple[Array, ...]]:
    w = np.asarray(fwhm, dtype=float)
    u = (x - center) / w
    u2 = u * u
    profile = (GAUSS_HEIGHT / w) * np.exp(-4 * LN2 * u2)
    slope = profile / w
    return profile, (8 * LN2 * u * slope, (8 * LN2 * u2 - 1) * slope)


def _lorentzian(x: Array, center: Quantity, fwhm: Quantity) -> tuple[Array, tuple[Array, ...]]:
    w = np.asarray(fwhm, dtype=float)
    u = (x - center) / w
    inverse = 1 / (1 + 4 * u * u)
    profile = (LORENTZ_HEIGHT / w) * inverse
    slope = profile / w
    return profile, (8 * u * inverse * slope, (1 - 2 * inverse) * slope)


def _pseudo_voigt(x: Array, center: Quantity, fwhm: Quantity, fraction: Quantity) -> tuple[Array, tuple[Array, ...]]:
    # the inner loop of most fits: every array is used again as soon as it can be
    w, eta = np.asarray(fwhm, dtype=float), np.asarray(fraction, dtype=float)
    u = x - center
    u *= 1 / w
    u2 = u * u
    gauss = np.exp(-4 * LN2 * u2)
    gauss *= GAUSS_HEIGHT / w
    inverse = 4 * u2
    inverse += 1
    inverse = 1 / inverse
    lorentz = (LORENTZ_HEIGHT / w) * inverse
    by_fraction = lorentz - gauss
    lorentz *= eta / w
    gauss *= (1 - eta) / w
    profile = lorentz + gauss
    profile *= w
    by_center = lorentz * inverse
    by_center += LN2 * gauss
    u *= 8
    by_center *= u
    inverse *= -2
    inverse += 1
    inverse *= lorentz
    u2 *= 8 * LN2
    u2 -= 1
    u2 *= gauss
    inverse += u2
    return profile, (by_center, inverse, by_fraction)


def _voigt(x: Array, center: Quantity, gauss_fwhm: Quantity, lorentz_fwhm: Quantity) -> tuple[Array, tuple[Array, ...]]:
    root = math.sqrt(2.0) / FWHM_PER_SIGMA * np.asarray(gauss_fwhm, dtype=float)  # sqrt(2) sigma
    z = ((x - center) + 0.5j * np.asarray(lorentz_fwhm, dtype=float)) / root
    w = wofz(z)
    slope = -2 * z * w + 2j / math.sqrt(math.pi)  # dw/dz
    height = 1 / (math.sqrt(math.pi) * root)
    profile = height * w.real
    scale = height / root
    by_gauss = (math.sqrt(2.0) / FWHM_PER_SIGMA) * (-profile / root - scale * (slope * z).real)
    return profile, (-scale * slope.real, by_gauss, -0.5 * scale * slope.imag)


GAUSSIAN = Shape(
    "gaussian",
    ("center", "fwhm"),
    _gaussian,
    {"center": ANY, "fwhm": POSITIVE},
    "2 sqrt(ln 2 / pi) / fwhm * exp(-4 ln 2 ((x - center) / fwhm)^2)",
    "normal density with sigma = fwhm / (2 sqrt(2 ln 2))",
)
LORENTZIAN = Shape(
    "lorentzian",
    ("center", "fwhm"),
    _lorentzian,
    {"center": ANY, "fwhm": POSITIVE},
    "2 / (pi fwhm) / (1 + 4 ((x - center) / fwhm)^2)",
    "Cauchy density with gamma = fwhm / 2",
)
PSEUDO_VOIGT = Shape(
    "pseudo_voigt",
    ("center", "fwhm", "fraction"),
    _pseudo_voigt,
    {"center": ANY, "fwhm": POSITIVE, "fraction": UNIT},
    "fraction * lorentzian + (1 - fraction) * gaussian, one center and one fwhm",
    "sum of the two with one width; fraction is the Lorentzian part of the area",
    {"fraction": 0.5},
)
VOIGT = Shape(
    "voigt",
    ("center", "gauss_fwhm", "lorentz_fwhm"),
    _voigt,
    {"center": ANY, "gauss_fwhm": POSITIVE, "lorentz_fwhm": (0.0, math.inf)},
    "Re w(z) / (sigma sqrt(2 pi)), z = (x - center + i gamma) / (sigma sqrt 2), w the Faddeeva function",
    "convolution of the Gaussian with the Lorentzian; scipy.special.wofz",
)
SYMMETRIC = (GAUSSIAN, LORENTZIAN, PSEUDO_VOIGT, VOIGT)


def gaussian(x: npt.ArrayLike, area: npt.ArrayLike, center: npt.ArrayLike, fwhm: npt.ArrayLike) -> Array:
    """Gaussian of the given area; x, center and fwhm in the unit of the axis.

    Examples
    --------
    >>> x = np.linspace(-20, 20, 4001)
    >>> round(float(np.trapezoid(gaussian(x, 3.0, 1.0, 2.0), x)), 9)
    3.0
    """
    return GAUSSIAN(x, area, center, fwhm)


def lorentzian(x: npt.ArrayLike, area: npt.ArrayLike, center: npt.ArrayLike, fwhm: npt.ArrayLike) -> Array:
    """Lorentzian of the given area; half of its height at center +- fwhm / 2.

    Examples
    --------
    >>> round(float(lorentzian(1.0, 3.0, 0.0, 2.0) / lorentzian(0.0, 3.0, 0.0, 2.0)), 9)
    0.5
    """
    return LORENTZIAN(x, area, center, fwhm)


def pseudo_voigt(
    x: npt.ArrayLike, area: npt.ArrayLike, center: npt.ArrayLike, fwhm: npt.ArrayLike, fraction: npt.ArrayLike
) -> Array:
    """Lorentzian part ``fraction`` of the area and Gaussian rest, with one center and one fwhm.

    Examples
    --------
    >>> bool(pseudo_voigt(0.3, 2.0, 0.0, 1.0, 1.0) == lorentzian(0.3, 2.0, 0.0, 1.0))
    True
    """
    return PSEUDO_VOIGT(x, area, center, fwhm, fraction)


def voigt(
    x: npt.ArrayLike,
    area: npt.ArrayLike,
    center: npt.ArrayLike,
    gauss_fwhm: npt.ArrayLike,
    lorentz_fwhm: npt.ArrayLike,
) -> Array:
    """Gaussian of width ``gauss_fwhm`` convolved with a Lorentzian of width ``lorentz_fwhm``.

    Examples
    --------
    >>> bool(np.isclose(voigt(0.3, 2.0, 0.0, 1.0, 0.0), gaussian(0.3, 2.0, 0.0, 1.0)))
    True
    """
    return VOIGT(x, area, center, gauss_fwhm, lorentz_fwhm)
