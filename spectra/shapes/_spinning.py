"""The line of one site under magic-angle spinning: centreband and all sidebands, of one area."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import wofz

from shortrange_core import BadInput
from spectra.shapes._bands import band_sums
from spectra.shapes._faddeeva import Bands
from spectra.shapes._shape import ANY, FWHM_PER_SIGMA, GAUSS_HEIGHT, LN2, POSITIVE, UNIT, Array, Shape
from spectra.shapes._shares import shares

SMALLEST_SHARE = 1e-7
"""Sidebands below this share of the site's area are left out: three orders below the noise of good spectra."""
SHARPEST_GAUSSIAN = 1e-3
"""A Gaussian part narrower than this fraction of the Lorentzian part is taken as this fraction (Voigt's derivatives
lose all digits below; the profile changes by less than 1e-6)."""


WITHOUT_PHASE, WITH_PHASE = 7, 3
"""Quantities of a site, and those of a phase behind them."""


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


def _manifolds(x: Array, columns: Array) -> Array:
    """Profiles of sites with all their sidebands, then the derivatives in all their quantities, a site a row each.

    ``columns`` (7, s) has a site a column. With three rows more, a phase of zero and first order (degrees) about a
    pivot, profiles are the real part of the complex line times exp(-i phase).
    """
    _, gauss, lorentz = columns[:3]
    # A width of 0 would divide by it; a Lorentzian alone is the limit, and 1e-3 of it is within the error stated above.
    roots = math.sqrt(2.0) / FWHM_PER_SIGMA * np.maximum(np.maximum(gauss, SHARPEST_GAUSSIAN * lorentz), 1e-9)
    sites = list(zip(columns.T.tolist(), roots.tolist(), strict=True))
    turns = {phase: _turn(x, *phase) for phase in {tuple(site[WITHOUT_PHASE:]) for site, _ in sites} if phase}
    # One array: memory that is given back and asked for again costs more than what is computed.
    made = np.empty((len(columns) + 1, len(sites), x.size))
    for row, sums in band_sums(x, [_line(site, root) for site, root in sites]):
        site, root = sites[row]
        _fill(made[:, row], x, site, root, sums=sums, turn=turns.get(tuple(site[WITHOUT_PHASE:])))
    return made


def _turn(x: Array, phase: float, slope: float, pivot: float) -> tuple[Array, Array]:
    """Cosine and sine of a phase along the axis."""
    angle = np.deg2rad(phase + slope * (x - pivot))
    return np.cos(angle), np.sin(angle)


def _fill(
    made: Array, x: Array, site: Sequence[float], root: float, *, sums: Array, turn: tuple[Array, Array] | None
) -> None:
    """Profile of one site and its derivatives, from the real and imaginary parts of its sums (2, 5, m).

    dw/dz times z, which the Gaussian width needs, is made of the sums of dw/dz.
    """
    center, _, lorentz, zeta, _, rate, larmor, *phase = site
    depth, spacing = (0.0, 0.0) if math.isinf(rate) else (zeta * larmor / rate, rate / larmor)
    real, imaginary = sums
    odd = imaginary[::3]
    if turn is not None:
        cosine, sine = turn
        odd = cosine * odd - sine * real[::3]
        real = cosine * real + sine * imaginary
    profile, by_center, by_gauss, by_lorentz, by_zeta, by_eta, by_rate, by_larmor = made[: WITHOUT_PHASE + 1]
    profile[:], by_depth, by_eta[:] = real[:3]
    np.multiply(real[3], -1 / root, out=by_center)
    np.multiply(odd[1], -0.5 / root, out=by_lorentz)
    by_order = real[4] * (-spacing / root)
    np.subtract(center, x, out=by_gauss)
    by_gauss *= by_center
    by_gauss += by_order
    by_gauss += lorentz * by_lorentz
    by_gauss += profile
    by_gauss *= -math.sqrt(2.0) / FWHM_PER_SIGMA / root
    np.multiply(by_depth, larmor / rate, out=by_zeta)
    # Depth and spacing go one with the other of rate and field, and the reverse.
    np.subtract(by_depth * depth, by_order, out=by_larmor)
    np.multiply(by_larmor, -1 / rate, out=by_rate)
    by_larmor /= larmor
    if turn is not None:
        by_phase, by_slope, by_pivot = made[-WITH_PHASE:]
        np.multiply(odd[0], np.deg2rad(1.0), out=by_phase)
        np.multiply(by_phase, x - phase[2], out=by_slope)
        np.multiply(by_phase, -phase[1], out=by_pivot)


def _line(site: Sequence[float], root: float) -> Bands:
    """Sidebands of a site that are seen, and their weights for :func:`band_sums`, for an area of 1."""
    height = 1 / (math.sqrt(math.pi) * root)
    center, _, lorentz, zeta, eta, rate, larmor = site[:WITHOUT_PHASE]
    if math.isinf(rate):
        return Bands(center, 0.0, np.array([0.0]), np.array([[height], [0.0], [0.0], [0.0]]), lorentz, root)
    bands = shares(zeta * larmor / rate, eta)
    keep = (bands.intensity > SMALLEST_SHARE) | (np.abs(bands.by_depth) > SMALLEST_SHARE)
    weights = np.array([bands.intensity, bands.by_depth, bands.by_eta, bands.order * bands.intensity])
    return Bands(center, rate / larmor, bands.order[keep], height * weights[:, keep], lorentz, root)


def _mas(x: Array, *quantities: npt.ArrayLike) -> tuple[Array, tuple[Array, ...]]:
    """Kernel of a manifold in absorption."""
    return _sites(x, quantities)


def _phased_mas(x: Array, *quantities: npt.ArrayLike) -> tuple[Array, tuple[Array, ...]]:
    """Kernel of a manifold in a phase."""
    return _sites(x, quantities)


def _phased_voigt(x: Array, *quantities: npt.ArrayLike) -> tuple[Array, tuple[Array, ...]]:
    """Kernel of a centreband alone in a phase."""
    whole = (*quantities[:3], 0.0, 0.0, math.inf, 1.0, *quantities[3:])
    profile, slopes = _sites(x, whole)
    return profile, (*slopes[:3], *slopes[-WITH_PHASE:])


def _sites(x: Array, quantities: tuple[npt.ArrayLike, ...]) -> tuple[Array, tuple[Array, ...]]:
    """Quantities broadcast against x; all sites are computed in one pass along the axis."""
    axis = np.asarray(x, dtype=float)
    columns = np.broadcast_arrays(*(np.asarray(q, dtype=float) for q in quantities))
    if columns[0].size == 1:
        shape = np.broadcast_shapes(axis.shape, columns[0].shape)
    elif columns[0].shape[-1] != 1 or axis.size != axis.shape[-1]:
        raise BadInput("the shape 'mas' takes one axis and one set of quantities a site, as columns")
    else:
        shape = (*columns[0].shape[:-1], axis.size)
    sites = np.stack([column.ravel() for column in columns])
    profile, *slopes = _remembered(axis.tobytes(), sites.tobytes(), len(sites))
    return profile.reshape(shape), tuple(slope.reshape(shape) for slope in slopes)


@lru_cache(maxsize=4)
def _remembered(axis: bytes, sites: bytes, quantities: int) -> Array:
    """What the last sites gave: a search asks for its best place again, and for steps that change areas alone."""
    made = _manifolds(np.frombuffer(axis), np.frombuffer(sites).reshape(quantities, -1))
    made.flags.writeable = False
    return made


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
