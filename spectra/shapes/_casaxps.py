r"""CasaXPS's asymmetric Lorentzian LA, bare and convolved with a Gaussian.

With d = x - center on an axis of binding energies

.. math:: L(d) = \left[1 + 4 (d/F)^2\right]^{-\alpha}\ (d > 0), \qquad \left[1 + 4 (d/F)^2\right]^{-\beta}\ (d \le 0)

alpha shapes the side of high binding energy, beta that of low. One F serves both sides, and is chosen so that the full
width at half maximum of L is ``fwhm``:

.. math:: F = \frac{2\,\mathrm{fwhm}}{\sqrt{2^{1/\alpha} - 1} + \sqrt{2^{1/\beta} - 1}}, \qquad
   \int L = \frac{\sqrt{\pi} F}{4}\left[\frac{\Gamma(\alpha - 1/2)}{\Gamma(\alpha)} +
   \frac{\Gamma(\beta - 1/2)}{\Gamma(\beta)}\right]

Exponents of 1/2 and less have no area and are refused. CasaXPS's third number m sets the width of a Gaussian on a scale
that is not published: here that width is ``gauss_fwhm``, in eV, and ``fwhm`` stays the width before the convolution.

The convolution is parted where the two sides meet, and each part is summed with Gauss-Legendre nodes, which lie
closest together there: the structure of L is resolved also where the Gaussian is ten times as wide.

Equation: G. H. Major et al., Surf. Interface Anal. 53, 689 (2021). One F for both sides: as KherveFitting computes it,
and as the curves that it stores show.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import digamma, gammaln

from spectra.shapes._shape import ANY, FWHM_PER_SIGMA, LN2, POSITIVE, Array, Quantity, Shape

Kernels = tuple[Array, tuple[Array, ...]]
LEAST_EXPONENT = 0.505
"""Above 1/2, where the area of a side ends."""
MOST_EXPONENT = 200.0
"""A Gaussian for every purpose: beyond it nothing of the exponent can be seen."""
REACH_SIGMAS = 8.0
NODE, NODE_WEIGHT = np.polynomial.legendre.leggauss(40)


def _scale(fwhm: Array, alpha: Array, beta: Array) -> tuple[Array, tuple[Array, Array, Array]]:
    """F, and its derivatives in fwhm, alpha and beta."""
    halves = [np.sqrt(np.expm1(LN2 / p)) for p in (alpha, beta)]
    total = halves[0] + halves[1]
    scale = 2 * fwhm / total
    by_half = -scale / total
    by = [by_half * -LN2 / p**2 * (half**2 + 1) / (2 * half) for p, half in zip((alpha, beta), halves, strict=True)]
    return scale, (2 / total, by[0], by[1])


def _area(scale: Array, alpha: Array, beta: Array) -> tuple[Array, tuple[Array, Array, Array]]:
    """Area of a line of height 1, and its logarithm's derivatives in F, alpha and beta."""
    sides = [np.exp(gammaln(p - 0.5) - gammaln(p)) for p in (alpha, beta)]
    total = sides[0] + sides[1]
    by = [side * (digamma(p - 0.5) - digamma(p)) / total for p, side in zip((alpha, beta), sides, strict=True)]
    return math.sqrt(math.pi) / 4 * scale * total, (1 / scale, by[0], by[1])


def _line(d: Array, scale: Array, alpha: Array, beta: Array) -> tuple[Array, Array, Array, Array]:
    """L of height 1 and its derivatives in d, F and the exponent of the side that d is on."""
    exponent = np.where(d > 0, alpha, beta)
    ratio = d / scale
    base = 1 + 4 * ratio * ratio
    log = np.log(base)
    value = np.exp(-exponent * log)
    pull = 8 * exponent * value * ratio / base / scale
    return value, -pull, pull * ratio, -log * value


def _assembled(
    parts: tuple[Array, Array, Array, Array, Array], width: Array, alpha: Array, beta: Array
) -> tuple[Array, tuple[Array, Array, Array, Array]]:
    """Profile of unit area and derivatives in center, fwhm, alpha, beta from sums of height 1."""
    value, by_d, by_scale, by_alpha, by_beta = parts
    scale, (f_width, f_alpha, f_beta) = _scale(width, alpha, beta)
    area, (a_scale, a_alpha, a_beta) = _area(scale, alpha, beta)
    profile = value / area
    through = by_scale / area - profile * a_scale
    return profile, (
        -by_d / area,
        through * f_width,
        by_alpha / area - profile * a_alpha + through * f_alpha,
        by_beta / area - profile * a_beta + through * f_beta,
    )


def _la(x: Array, center: Quantity, fwhm: Quantity, alpha: Quantity, beta: Quantity) -> Kernels:
    w, a, b = (np.asarray(q, dtype=float) for q in (fwhm, alpha, beta))
    scale, _ = _scale(w, a, b)
    d = x - center
    value, by_d, by_scale, by_exponent = _line(d, scale, a, b)
    sides = np.where(d > 0, by_exponent, 0.0), np.where(d > 0, 0.0, by_exponent)
    return _assembled((value, by_d, by_scale, *sides), w, a, b)


def _la_gauss(x: Array, center: Quantity, *rest: Quantity) -> Kernels:
    w, a, b, gauss_fwhm = (np.asarray(q, dtype=float) for q in rest)  # fwhm, alpha, beta, gauss_fwhm
    sigma = gauss_fwhm / FWHM_PER_SIGMA
    scale, _ = _scale(w, a, b)
    d = x - center
    low, high = d - REACH_SIGMAS * sigma, d + REACH_SIGMAS * sigma
    middle = np.clip(0.0, low, high)
    deep = [np.asarray(q)[..., None] for q in (d, sigma, scale, a, b)]
    total = [np.zeros(np.broadcast_shapes(d.shape, sigma.shape, scale.shape)) for _ in range(6)]
    for side, (begin, end) in enumerate(((low, middle), (middle, high))):
        u = begin[..., None] + (end - begin)[..., None] * (NODE + 1) / 2
        distance = (deep[0] - u) / deep[1]
        weight = np.exp(-0.5 * distance**2) / (deep[1] * math.sqrt(2 * math.pi)) * NODE_WEIGHT
        weight = weight * (end - begin)[..., None] / 2
        value, _, by_scale, by_exponent = _line(u, deep[2], deep[3], deep[4])
        total[0] = total[0] + (weight * value).sum(axis=-1)
        total[1] = total[1] - (weight * value * distance / deep[1]).sum(axis=-1)
        total[2] = total[2] + (weight * by_scale).sum(axis=-1)
        total[3 if side else 4] = total[3 if side else 4] + (weight * by_exponent).sum(axis=-1)
        total[5] = total[5] + (weight * value * (distance**2 - 1) / deep[1]).sum(axis=-1)
    profile, slopes = _assembled((total[0], total[1], total[2], total[3], total[4]), w, a, b)
    by_gauss = total[5] / _area(scale, a, b)[0] / FWHM_PER_SIGMA
    return profile, (*slopes, by_gauss)


_EXPONENT = (LEAST_EXPONENT, MOST_EXPONENT)
_BOUNDS = {"center": ANY, "fwhm": POSITIVE, "alpha": _EXPONENT, "beta": _EXPONENT}
_REFERENCE = "CasaXPS; G. H. Major et al., Surf. Interface Anal. 53, 689 (2021)"
CASAXPS = (
    Shape(
        "la",
        ("center", "fwhm", "alpha", "beta"),
        _la,
        _BOUNDS,
        "(1 + 4 (d/F)^2)^-alpha above, ^-beta below the center: LA(alpha, beta, 0); fwhm is the true one of both sides",
        _REFERENCE,
        {"alpha": 1.0, "beta": 1.0},
    ),
    Shape(
        "la_gauss",
        ("center", "fwhm", "alpha", "beta", "gauss_fwhm"),
        _la_gauss,
        {**_BOUNDS, "gauss_fwhm": POSITIVE},
        "la convolved with a Gaussian of gauss_fwhm (unit of the axis): LA(alpha, beta, m); m has no public scale",
        _REFERENCE,
        {"alpha": 1.0, "beta": 1.0},
    ),
)
