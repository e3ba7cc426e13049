"""The line of one site under magic-angle spinning: centreband and all sidebands, of one area."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import wofz

from shortrange_core import BadInput
from spectra.shapes._bands import band_sums
from spectra.shapes._shape import ANY, FWHM_PER_SIGMA, GAUSS_HEIGHT, LN2, POSITIVE, UNIT, Array, Shape
from spectra.shapes._sidebands import Manifold, manifold

SMALLEST_SHARE = 1e-7
"""Sidebands below this share of the site's area are left out: three orders below the noise of good spectra."""
SHARPEST_GAUSSIAN = 1e-3
"""A Gaussian part narrower than this fraction of the Lorentzian part is taken as this fraction (Voigt's derivatives
lose all digits below; the profile changes by less than 1e-6)."""


Turn = npt.NDArray[np.complex128] | None
"""exp(-i phase) along the axis; None where there is no phase, which spares the products."""


def _site(x: Array, values: tuple[float, ...]) -> tuple[Array, list[Array]]:
    """Profile of unit area of one site, and its derivatives in the seven quantities."""
    profile, _, slopes = _manifold_of(x, values, None)
    return profile, slopes


def _phased_site(x: Array, values: tuple[float, ...]) -> tuple[Array, list[Array]]:
    """The same in a phase of zero and first order (degrees), and its derivatives in these and in their pivot too."""
    phase, slope, pivot = values[-3:]
    turn = np.exp(-1j * np.deg2rad(phase + slope * (x - pivot)))
    profile, quadrature, slopes = _manifold_of(x, values[:-3], turn)
    by_phase = np.deg2rad(1.0) * quadrature
    return profile, [*slopes, by_phase, by_phase * (x - pivot), -slope * by_phase]


def _phased_centreband(x: Array, values: tuple[float, ...]) -> tuple[Array, list[Array]]:
    """A line without sidebands in a phase, and its derivatives in its three quantities and those of the phase."""
    profile, slopes = _phased_site(x, (*values[:3], 0.0, 0.0, math.inf, 1.0, *values[3:]))
    return profile, [*slopes[:3], *slopes[-3:]]


def _phased_pseudo_voigt(x: Array, *quantities: npt.ArrayLike) -> tuple[Array, tuple[Array, ...]]:
    """A pseudo-Voigt line in a phase: the Lorentzian and the Gaussian each with its own dispersion."""
    center, fwhm, fraction, phase, slope, pivot = (np.asarray(q, dtype=float) for q in quantities)
    away = x - center
    t = 2 * math.sqrt(LN2) * away / fwhm
    gauss = GAUSS_HEIGHT / fwhm * wofz(t)
    by_t = GAUSS_HEIGHT / fwhm * (-2 * t * wofz(t) + 2j / math.sqrt(math.pi))
    pole = 1 / (away + 0.5j * fwhm)
    turn = np.exp(-1j * np.deg2rad(phase + slope * (x - pivot)))
    whole = turn * (fraction * 1j / math.pi * pole + (1 - fraction) * gauss)
    by_center = fraction * 1j / math.pi * pole**2 - (1 - fraction) * by_t * 2 * math.sqrt(LN2) / fwhm
    by_fwhm = fraction * pole**2 / (2 * math.pi) - (1 - fraction) * (gauss + by_t * t) / fwhm
    by_fraction = 1j / math.pi * pole - gauss
    slopes = [(turn * one).real for one in (by_center, by_fwhm, by_fraction)]
    by_phase = np.deg2rad(1.0) * whole.imag
    return whole.real, (*slopes, by_phase, by_phase * (x - pivot), -slope * by_phase)


def _manifold_of(x: Array, values: tuple[float, ...], turn: Turn) -> tuple[Array, Array, list[Array]]:
    """Profile and quadrature of one site with all its sidebands, and the derivatives in its seven quantities.

    In a phase the profile is the real part of the complex line times exp(-i phase), the quadrature the imaginary one;
    without a phase nothing needs it. dw/dz times z, which the Gaussian width needs, is made of the sums of dw/dz.
    """
    center, gauss, lorentz, zeta, eta, rate, larmor = values
    # A width of 0 would divide by it; a Lorentzian alone is the limit, and 1e-3 of it is within the error stated above.
    gauss = max(gauss, SHARPEST_GAUSSIAN * lorentz, 1e-9)
    root = math.sqrt(2.0) / FWHM_PER_SIGMA * gauss
    alone = math.isinf(rate)
    depth, spacing = (0.0, 0.0) if alone else (zeta * larmor / rate, rate / larmor)
    order, weights = (np.zeros(1), np.array([[1.0], [0.0], [0.0], [0.0]])) if alone else _visible(manifold(depth, eta))
    w, slope = band_sums(x, center + order * spacing, weights, lorentz, root)
    if turn is not None:
        w, slope = w * turn, slope * turn
    height = 1 / (math.sqrt(math.pi) * root)
    scale = height / root
    profile, by_depth, by_eta = height * w.real
    moment = ((x - center) * slope[0].real - spacing * slope[1].real - 0.5 * lorentz * slope[0].imag) / root
    by_gauss = (math.sqrt(2.0) / FWHM_PER_SIGMA) * (-profile / root - scale * moment)
    slopes = [-scale * slope[0].real, by_gauss, -0.5 * scale * slope[0].imag]
    quadrature = profile if turn is None else height * w[0].imag
    if alone:
        nothing = np.zeros_like(profile)
        return profile, quadrature, [*slopes, nothing, nothing, nothing, nothing]
    by_order = -scale * slope[1].real
    by_rate = by_order / larmor - by_depth * depth / rate
    by_larmor = -by_order * rate / larmor**2 + by_depth * depth / larmor
    return profile, quadrature, [*slopes, by_depth * larmor / rate, by_eta, by_rate, by_larmor]


def _visible(bands: Manifold) -> tuple[Array, Array]:
    """Orders of the sidebands that are seen, and their weights for :func:`band_sums`."""
    keep = (bands.intensity > SMALLEST_SHARE) | (np.abs(bands.by_depth) > SMALLEST_SHARE)
    keep |= np.abs(bands.order) <= 1
    weights = np.stack([bands.intensity, bands.by_depth, bands.by_eta, bands.order * bands.intensity])
    return bands.order[keep], weights[:, keep]


Site = Callable[[Array, tuple[float, ...]], tuple[Array, list[Array]]]


def _mas(x: Array, *quantities: npt.ArrayLike) -> tuple[Array, tuple[Array, ...]]:
    """Kernel of a manifold in absorption."""
    return _sites(_site, x, quantities)


def _phased_mas(x: Array, *quantities: npt.ArrayLike) -> tuple[Array, tuple[Array, ...]]:
    """Kernel of a manifold in a phase."""
    return _sites(_phased_site, x, quantities)


def _phased_voigt(x: Array, *quantities: npt.ArrayLike) -> tuple[Array, tuple[Array, ...]]:
    """Kernel of a centreband alone in a phase."""
    return _sites(_phased_centreband, x, quantities)


def _sites(site: Site, x: Array, quantities: tuple[npt.ArrayLike, ...]) -> tuple[Array, tuple[Array, ...]]:
    """Quantities broadcast against x; every distinct site is computed once along the axis."""
    axis = np.asarray(x, dtype=float)
    columns = np.broadcast_arrays(*(np.asarray(q, dtype=float) for q in quantities))
    if columns[0].size == 1:
        profile, slopes = site(axis.ravel(), tuple(float(c.reshape(-1)[0]) for c in columns))
        shape = np.broadcast_shapes(axis.shape, columns[0].shape)
        return profile.reshape(shape), tuple(slope.reshape(shape) for slope in slopes)
    if columns[0].shape[-1] != 1 or axis.size != axis.shape[-1]:
        raise BadInput("the shape 'mas' takes one axis and one set of quantities a site, as columns")
    rows = zip(*(c.ravel() for c in columns), strict=True)
    made = [site(axis.ravel(), tuple(float(v) for v in row)) for row in rows]
    shape = (*columns[0].shape[:-1], axis.size)
    stacked = [np.stack([slopes[k] for _, slopes in made]).reshape(shape) for k in range(len(columns))]
    return np.stack([profile for profile, _ in made]).reshape(shape), tuple(stacked)


MAS = Shape(
    "mas",
    ("center", "gauss_fwhm", "lorentz_fwhm", "zeta", "eta", "spinning_rate", "larmor_frequency"),
    _mas,
    {
        "center": ANY,
        "gauss_fwhm": (0.0, math.inf),
        "lorentz_fwhm": (0.0, math.inf),
        "zeta": ANY,
        "eta": (0.0, 3.0),
        "spinning_rate": (1.0, math.inf),
        "larmor_frequency": (0.1, math.inf),
    },
    "sum over N of I_N(zeta larmor / rate, eta) voigt(x; center + N rate / larmor)",
    "sideband shares of spectra.shapes.manifold: Haeberlen convention of the shift; eta up to 3 holds every tensor "
    "twice, so that a fit can pass from one sign of zeta to the other",
    {"lorentz_fwhm": 0.0, "zeta": 0.0, "eta": 0.5, "spinning_rate": math.inf, "larmor_frequency": 1.0},
)
"""One site: isotropic shift (ppm) with a Gaussian distribution and Lorentzian broadening (fwhm, ppm), anisotropy
zeta (ppm) and eta, spinning rate (Hz; infinite gives the centreband alone) and Larmor frequency (MHz)."""

PHASED_MAS = Shape(
    "phased_mas",
    (*MAS.quantities, "phase", "phase_slope", "pivot"),
    _phased_mas,
    {**MAS.bounds, "phase": (-180.0, 180.0), "phase_slope": ANY, "pivot": ANY},
    "Re of the complex line of 'mas' times exp(-i (phase + phase_slope (x - pivot)))",
    "what a spectrum shows of a line whose phase is off: cos(phase) x absorption + sin(phase) x dispersion; a phase of "
    "first order is a delay before the first point",
    {**MAS.defaults, "phase": 0.0, "phase_slope": 0.0, "pivot": 0.0},
)
"""One site of :data:`MAS` in a phase of zero order (degrees) and first order (degrees/ppm) about a pivot (ppm)."""

PHASED_VOIGT = Shape(
    "phased_voigt",
    (*MAS.quantities[:3], "phase", "phase_slope", "pivot"),
    _phased_voigt,
    {name: PHASED_MAS.bounds[name] for name in (*MAS.quantities[:3], "phase", "phase_slope", "pivot")},
    "Re of w(z) / (sigma sqrt(2 pi)) times exp(-i (phase + phase_slope (x - pivot))), z as of 'voigt'",
    "PHASED_MAS without sidebands",
    {name: PHASED_MAS.defaults[name] for name in ("lorentz_fwhm", "phase", "phase_slope", "pivot")},
)
"""The centreband alone of :data:`PHASED_MAS`."""

PHASED_PSEUDO_VOIGT = Shape(
    "phased_pseudo_voigt",
    ("center", "fwhm", "fraction", "phase", "phase_slope", "pivot"),
    _phased_pseudo_voigt,
    {
        "center": ANY,
        "fwhm": POSITIVE,
        "fraction": UNIT,
        **{name: PHASED_MAS.bounds[name] for name in ("phase", "phase_slope", "pivot")},
    },
    "Re of (fraction i / (pi (x - center + i fwhm / 2)) + (1 - fraction) 2 sqrt(ln 2 / pi) / fwhm w(2 sqrt(ln 2) "
    "(x - center) / fwhm)) times exp(-i (phase + phase_slope (x - pivot)))",
    "pseudo_voigt with the dispersion of both parts, w the Faddeeva function",
    {"fraction": 0.5, **dict.fromkeys(("phase", "phase_slope", "pivot"), 0.0)},
)
"""A line of one width in a phase: what :data:`PHASED_VOIGT` is to a Voigt line."""
