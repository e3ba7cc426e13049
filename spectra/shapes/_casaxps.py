r"""CasaXPS's asymmetric Lorentzian LA and its finite form LF, bare and convolved with a Gaussian.

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

LF is LA whose tails end: CasaXPS's w damps them on a scale that is not published. Here

.. math:: L_F(d) = L(d)\,\exp\left[-(d/D)^4\right]

with D = ``damping`` in eV: within D/3 of the center the line stays as it is, beyond 2 D nothing is left; it has
an area at every exponent above 0.

Equation: G. H. Major et al., Surf. Interface Anal. 53, 689 (2021). One F for both sides: as KherveFitting computes it,
and as the curves that it stores show.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

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
AREA_NODE, AREA_WEIGHT = np.polynomial.legendre.leggauss(120)
FINITE_REACH = 2.5
"""Dampings from the center beyond which nothing is left: exp(-2.5^4) is 1e-17."""
LEAST_FINITE_EXPONENT = 0.05


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


def _finite_line(
    d: Array, scale: Array, alpha: Array, beta: Array, damping: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """As :func:`_line`, times the damping of LF, with the derivative in D behind."""
    whole, by_d, by_scale, by_exponent = _line(d, scale, alpha, beta)
    fourth = (d / damping) ** 4
    damped = np.exp(-fourth)
    value = whole * damped
    by_damped = np.where(d == 0, 0.0, -4 * fourth / np.where(d == 0, 1.0, d)) * value
    return value, by_d * damped + by_damped, by_scale * damped, by_exponent * damped, 4 * fourth / damping * value


def _finite_area(scale: Array, alpha: Array, beta: Array, damping: Array) -> tuple[Array, tuple[Array, ...]]:
    """Area of LF of height 1, and its logarithm's derivatives in F, alpha, beta and D.

    With d = F/2 sinh s the integrand is cosh(s)^(1 - 2p) times the damping, smooth over its whole range.
    """
    end = np.arcsinh(2 * FINITE_REACH * damping / scale)
    s = end[..., None] * (AREA_NODE + 1) / 2
    d, width = scale[..., None] / 2 * np.sinh(s), scale[..., None] / 2 * np.cosh(s)
    weight = end[..., None] / 2 * AREA_WEIGHT * width
    total, by = np.zeros(()), [np.zeros(()) for _ in range(4)]
    for side, sign in enumerate((1.0, -1.0)):
        parts = _finite_line(sign * d, *(q[..., None] for q in (scale, alpha, beta, damping)))
        value, _, by_scale, by_exponent, by_damping = ((weight * part).sum(axis=-1) for part in parts)
        total = total + value
        by[0], by[1 + side], by[3] = by[0] + by_scale, by_exponent, by[3] + by_damping
    return total, tuple(one / total for one in by)


def _assembled(value: Array, by: Sequence[Array], width: Array, exponents: tuple[Array, ...]) -> Kernels:
    """Profile of unit area and derivatives in center, fwhm, alpha, beta and damping, from sums of height 1.

    ``by`` are derivatives in d, F, alpha, beta, of LF also in D; ``exponents`` alpha, beta, of LF also D.
    """
    scale, (f_width, f_alpha, f_beta) = _scale(width, *exponents[:2])
    area, (a_scale, *a_rest) = (_area if len(exponents) == 2 else _finite_area)(scale, *exponents)
    profile = value / area
    through = by[1] / area - profile * a_scale
    own = [part / area - profile * whole for part, whole in zip(by[2:], a_rest, strict=True)]
    slopes = [-by[0] / area, through * f_width, own[0] + through * f_alpha, own[1] + through * f_beta, *own[2:]]
    return profile, tuple(slopes)


def _la(x: Array, center: Quantity, fwhm: Quantity, *exponents: Quantity) -> Kernels:
    """LA, and LF where a damping follows alpha and beta."""
    w, *rest = (np.asarray(q, dtype=float) for q in (fwhm, *exponents))
    scale, _ = _scale(w, *rest[:2])
    d = x - center
    value, by_d, by_scale, by_exponent, *by_damping = (_line if len(rest) == 2 else _finite_line)(d, scale, *rest)
    sides = np.where(d > 0, by_exponent, 0.0), np.where(d > 0, 0.0, by_exponent)
    return _assembled(value, (by_d, by_scale, *sides, *by_damping), w, tuple(rest))


def _la_gauss(x: Array, center: Quantity, fwhm: Quantity, *rest: Quantity) -> Kernels:
    """LA convolved with a Gaussian, and LF where a damping follows alpha and beta."""
    w, *exponents, gauss_fwhm = (np.asarray(q, dtype=float) for q in (fwhm, *rest))
    sigma = gauss_fwhm / FWHM_PER_SIGMA
    scale, _ = _scale(w, *exponents[:2])
    d = x - center
    low, high = d - REACH_SIGMAS * sigma, d + REACH_SIGMAS * sigma
    middle = np.clip(0.0, low, high)
    deep = [np.asarray(q)[..., None] for q in (scale, *exponents)]
    line = _line if len(exponents) == 2 else _finite_line
    sums = [np.zeros(np.broadcast_shapes(d.shape, sigma.shape, scale.shape)) for _ in range(len(exponents) + 3)]
    by_gauss = np.zeros(())
    for side, (begin, end) in enumerate(((low, middle), (middle, high))):
        u = begin[..., None] + (end - begin)[..., None] * (NODE + 1) / 2
        distance = (d[..., None] - u) / sigma[..., None]
        weight = np.exp(-0.5 * distance**2) / (sigma[..., None] * math.sqrt(2 * math.pi)) * NODE_WEIGHT
        weight = weight * (end - begin)[..., None] / 2
        value, _, by_scale, by_exponent, *by_damping = line(u, *deep)
        by_d = -value * distance / sigma[..., None]
        own = 3 if side else 4  # alpha above the center, beta below
        for place, part in ((0, value), (1, by_d), (2, by_scale), (own, by_exponent), *enumerate(by_damping, 5)):
            sums[place] = sums[place] + (weight * part).sum(axis=-1)
        by_gauss = by_gauss + (weight * value * (distance**2 - 1) / sigma[..., None]).sum(axis=-1)
    profile, slopes = _assembled(sums[0], sums[1:], w, tuple(exponents))
    area = (_area if len(exponents) == 2 else _finite_area)(scale, *exponents)[0]
    return profile, (*slopes, by_gauss / area / FWHM_PER_SIGMA)


_EXPONENT = (LEAST_EXPONENT, MOST_EXPONENT)
_BOUNDS = {"center": ANY, "fwhm": POSITIVE, "alpha": _EXPONENT, "beta": _EXPONENT}
_FINITE = {
    "center": ANY,
    "fwhm": POSITIVE,
    "alpha": (LEAST_FINITE_EXPONENT, MOST_EXPONENT),
    "beta": (LEAST_FINITE_EXPONENT, MOST_EXPONENT),
    "damping": POSITIVE,
}
_DEFAULT_DAMPING = 10.0
"""eV: no tail of a core line is followed further than that before the next line or the end of a region."""
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
    Shape(
        "lf",
        ("center", "fwhm", "alpha", "beta", "damping"),
        _la,
        _FINITE,
        "la times exp(-(d/damping)^4): the finite tails of LF(alpha, beta, w, 0); w has no public scale: approximate",
        _REFERENCE,
        {"alpha": 1.0, "beta": 1.0, "damping": _DEFAULT_DAMPING},
    ),
    Shape(
        "lf_gauss",
        ("center", "fwhm", "alpha", "beta", "damping", "gauss_fwhm"),
        _la_gauss,
        {**_FINITE, "gauss_fwhm": POSITIVE},
        "lf convolved with a Gaussian of gauss_fwhm: LF(alpha, beta, w, m); w and m have no public scale: approximate",
        _REFERENCE,
        {"alpha": 1.0, "beta": 1.0, "damping": _DEFAULT_DAMPING},
    ),
)
