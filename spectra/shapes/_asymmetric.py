"""Further line shapes: Gaussian-Lorentzian sum and product as XPS programs define them, and asymmetric lines.

Shapes whose integral over all x diverges (Doniach-Sunjic, Breit-Wigner-Fano, Pearson VII with an exponent of 1/2 or
less) are normalised over the window in which
they are evaluated, from the first to the last axis value: their area is the area inside it.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import digamma, erfc, erfcx, gammaln

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

Kernels = tuple[Array, tuple[Array, ...]]
GAUSS_AREA = math.sqrt(math.pi / LN2) / 2  # area of a Gaussian of unit height and unit fwhm
LORENTZ_AREA = math.pi / 2
LEAST_MIX = 1e-6
LEAST_EXPONENT = 0.505
LEAST_WINDOW_EXPONENT = 0.05
LEAST_AREA = 1e-290  # of a line of unit height so far outside the window that nothing of it is left inside
NODE, NODE_WEIGHT = np.polynomial.legendre.leggauss(160)
NEWTON_STEPS = 8
ERFCX_SAFE = -20.0


def _gl_sum(x: Array, center: Quantity, fwhm: Quantity, mix: Quantity) -> Kernels:
    w, m = np.asarray(fwhm, dtype=float), np.asarray(mix, dtype=float)
    u2 = ((x - center) / w) ** 2
    gauss, inverse = np.exp(-4 * LN2 * u2), 1 / (1 + 4 * u2)
    area = w * ((1 - m) * GAUSS_AREA + m * LORENTZ_AREA)
    profile = ((1 - m) * gauss + m * inverse) / area
    pull = 8 * (LN2 * (1 - m) * gauss + m * inverse**2) / area  # -(d/du2) * 2
    by_center = pull * (x - center) / w**2
    by_width = (pull * u2 - profile) / w
    by_mix = (inverse - gauss) / area - profile * (LORENTZ_AREA - GAUSS_AREA) * w / area
    return profile, (by_center, by_width, by_mix)


def half_width_of_product(mix: Quantity) -> tuple[Array, Array]:
    """Half-width at half maximum of the GL product of nominal width 1, and its derivative in the mixing.

    The root of ln(1 + 4 m u^2) + 4 ln 2 (1 - m) u^2 = ln 2; it is 1/2 for m = 0 and m = 1 and below between.

    Examples
    --------
    >>> half_width_of_product(np.array([0.0, 0.5, 1.0]))[0].round(4).tolist()
    [0.5, 0.478, 0.5]
    """
    m = np.asarray(mix, dtype=float)
    u = np.full(m.shape, 0.5)
    for _ in range(NEWTON_STEPS):
        value = np.log1p(4 * m * u**2) + 4 * LN2 * (1 - m) * u**2 - LN2
        u = u - value / (8 * m * u / (1 + 4 * m * u**2) + 8 * LN2 * (1 - m) * u)
    by_u = 8 * m * u / (1 + 4 * m * u**2) + 8 * LN2 * (1 - m) * u
    by_m = 4 * u**2 / (1 + 4 * m * u**2) - 4 * LN2 * u**2
    return u, -by_m / by_u


def _product_area(m: Array) -> tuple[Array, Array]:
    """Area of the GL product of nominal width 1 and height 1, and its derivative in the mixing."""
    a, b = 4 * LN2 * (1 - m), 4 * m
    z = np.sqrt(a / b)
    scaled = erfcx(z)
    area = math.pi / np.sqrt(b) * scaled
    by_z = math.pi / np.sqrt(b) * (2 * z * scaled - 2 / math.sqrt(math.pi))
    # dz/dm = -LN2 / (2 z m^2); z -> 0 at m = 1, where only z * dz/dm and the constant term stay
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(z > 0, by_z * -LN2 / (2 * z * m**2), -np.inf)
    return area, slope - area / (2 * m)


def _gl_product(x: Array, center: Quantity, fwhm: Quantity, mix: Quantity) -> Kernels:
    full, m = np.asarray(fwhm, dtype=float), np.asarray(mix, dtype=float)
    half, half_by_m = half_width_of_product(m)
    w = full / (2 * half)
    v = (x - center) / w
    v2 = v * v
    inverse = 1 / (1 + 4 * m * v2)
    area, area_by_m = _product_area(m)
    profile = np.exp(-4 * LN2 * (1 - m) * v2) * inverse / (w * area)
    log_slope = -8 * v * (LN2 * (1 - m) + m * inverse)
    by_w = -profile * (v * log_slope + 1) / w
    by_mix = profile * (4 * LN2 * v2 - 4 * v2 * inverse - area_by_m / area) - by_w * w / half * half_by_m
    return profile, (-profile * log_slope / w, by_w / (2 * half), by_mix)


def _pearson_vii(x: Array, center: Quantity, fwhm: Quantity, exponent: Quantity) -> Kernels:
    w, m = np.asarray(fwhm, dtype=float), np.asarray(exponent, dtype=float)
    k = np.expm1(LN2 / m)
    k_by_m = -LN2 / m**2 * (k + 1)
    u = (x - center) / w
    base = 1 + 4 * k * u * u
    log_area = np.log(w / 2) + 0.5 * np.log(math.pi / k) + gammaln(m - 0.5) - gammaln(m)
    profile = np.exp(-m * np.log(base) - log_area)
    log_slope = -8 * m * k * u / base
    by_exponent = -np.log(base) - 4 * m * k_by_m * u * u / base
    by_exponent = by_exponent - (digamma(m - 0.5) - digamma(m) - k_by_m / (2 * k))
    return profile, (-profile * log_slope / w, -profile * (u * log_slope + 1) / w, profile * by_exponent)


def _pearson_vii_window(x: Array, center: Quantity, fwhm: Quantity, exponent: Quantity) -> Kernels:
    w, m = np.asarray(fwhm, dtype=float), np.asarray(exponent, dtype=float)
    k = np.expm1(LN2 / m)
    k_by_m = -LN2 / m**2 * (k + 1)

    def line(u: Array) -> tuple[Array, Array]:
        base = 1 + 4 * k * u * u
        return np.exp(-m * np.log(base)), base

    u, first, last = ((at - center) / w for at in (x, x[..., :1], x[..., -1:]))
    value, base = line(u)
    log_by_u = -8 * m * k * u / base
    log_by_m = -np.log(base) - 4 * m * k_by_m * u * u / base
    low, high = line(first)[0], line(last)[0]
    whole, whole_by_m = _window_integrals(2 * np.sqrt(k) * first, 2 * np.sqrt(k) * last, m, m * k_by_m / k)
    area, area_by_m = (w / (2 * np.sqrt(k)) * part for part in (np.maximum(whole, LEAST_AREA), whole_by_m))
    area_by_width = area / w - last * high + first * low
    profile = value / area
    by_center = -profile * log_by_u / w - profile * (low - high) / area
    by_width = -profile * (u * log_by_u / w + area_by_width / area)
    return profile, (by_center, by_width, profile * (log_by_m - area_by_m / area))


def _window_integrals(start: Array, stop: Array, m: Array, turn: Array) -> tuple[Array, Array]:
    """Integrals from start to stop of (1 + t^2)^-m and of that times -ln(1 + t^2) - turn t^2 / (1 + t^2).

    With t = sinh s the integrand is cosh(s)^(1 - 2m), smooth and of short range; the range is parted at its maximum.
    """
    low, high = np.arcsinh(start), np.arcsinh(stop)
    middle = np.clip(0.0, low, high)
    whole = slope = np.zeros(())
    for begin, end in ((low, middle), (middle, high)):
        s = begin + (end - begin) * (NODE + 1) / 2
        log_cosh = np.logaddexp(s, -s) - LN2
        part = (end - begin) / 2 * NODE_WEIGHT * np.exp((1 - 2 * m) * log_cosh)
        whole = whole + part.sum(axis=-1, keepdims=True)
        slope = slope + (part * (-2 * log_cosh - turn * np.tanh(s) ** 2)).sum(axis=-1, keepdims=True)
    return np.asarray(whole), np.asarray(slope)


def _split_pseudo_voigt(
    x: Array, center: Quantity, fwhm_left: Quantity, fwhm_right: Quantity, fraction: Quantity
) -> Kernels:
    left, right = np.asarray(fwhm_left, dtype=float), np.asarray(fwhm_right, dtype=float)
    eta = np.asarray(fraction, dtype=float)
    low = x < center
    w = np.where(low, left, right)
    u = (x - center) / w
    u2 = u * u
    gauss, inverse = GAUSS_HEIGHT * np.exp(-4 * LN2 * u2), 1 / (1 + 4 * u2)
    lorentz = LORENTZ_HEIGHT * inverse
    height = 2 / (left + right)
    profile = height * (eta * lorentz + (1 - eta) * gauss)
    pull = 8 * u * height * (eta * lorentz * inverse + LN2 * (1 - eta) * gauss)  # -d profile / du
    shared = -profile / (left + right)
    by_left = shared + np.where(low, pull * u / w, 0.0)
    by_right = shared + np.where(low, 0.0, pull * u / w)
    return profile, (pull / w, by_left, by_right, height * (lorentz - gauss))


def _exponential_gaussian(x: Array, center: Quantity, gauss_fwhm: Quantity, tail: Quantity) -> Kernels:
    sigma, tau = np.asarray(gauss_fwhm, dtype=float) / FWHM_PER_SIGMA, np.asarray(tail, dtype=float)
    d = x - center
    u = d / sigma
    bell = np.exp(-0.5 * u * u)
    gauss = bell / (sigma * math.sqrt(2 * math.pi))
    z = (sigma / tau - u) / math.sqrt(2)
    far = z < ERFCX_SAFE  # there erfc is 2 and erfcx overflows
    near = bell * erfcx(np.where(far, 0.0, z))
    direct = np.exp(np.where(far, 0.5 * (sigma / tau) ** 2 - d / tau, 0.0)) * erfc(np.where(far, z, 0.0))
    profile = np.where(far, direct, near) / (2 * tau)
    by_center = (profile - gauss) / tau
    by_sigma = profile * sigma / tau**2 - gauss * (sigma / tau**2 + d / (sigma * tau))
    by_tail = profile * (d / tau - 1 - (sigma / tau) ** 2) / tau + gauss * sigma**2 / tau**3
    return profile, (by_center, by_sigma / FWHM_PER_SIGMA, by_tail)


def _breit_wigner_fano(x: Array, center: Quantity, fwhm: Quantity, coupling: Quantity) -> Kernels:
    w, k = np.asarray(fwhm, dtype=float), np.asarray(coupling, dtype=float)

    def line(e: Array) -> Array:
        return np.asarray(((1 - k * k) + 2 * k * e) / (1 + e * e))

    e, first, last = (2 * (at - center) / w for at in (x, x[..., :1], x[..., -1:]))
    turn, ratio = np.arctan(last) - np.arctan(first), np.log((1 + last**2) / (1 + first**2))
    whole = (1 - k * k) * turn + k * ratio
    area = w / 2 * whole
    value = line(e)
    slope = (2 * k - 2 * e * value) / (1 + e * e)
    area_by_center = line(first) - line(last)
    area_by_width = (whole - line(last) * last + line(first) * first) / 2
    area_by_coupling = w / 2 * (-2 * k * turn + ratio)
    profile = value / area
    by_center = (-2 / w * slope - profile * area_by_center) / area
    by_width = (-e / w * slope - profile * area_by_width) / area
    by_coupling = ((2 * e - 2 * k) / (1 + e * e) - profile * area_by_coupling) / area
    return profile, (by_center, by_width, by_coupling)


_MIX = {"center": ANY, "fwhm": POSITIVE, "mix": UNIT}
_CASA = "CasaXPS; 10.1016/j.apsusc.2018.03.190, 10.1002/sia.7050"
ASYMMETRIC = (
    Shape(
        "gl_sum",
        ("center", "fwhm", "mix"),
        _gl_sum,
        _MIX,
        "(1 - mix) exp(-4 ln 2 u^2) + mix / (1 + 4 u^2), u = (x - center) / fwhm: SGL(100 mix); mix is of heights",
        _CASA,
        {"mix": 0.3},
    ),
    Shape(
        "gl_product",
        ("center", "fwhm", "mix"),
        _gl_product,
        {**_MIX, "mix": (LEAST_MIX, 1 - LEAST_MIX)},
        "exp(-4 ln 2 (1 - mix) v^2) / (1 + 4 mix v^2), v = (x - center) / nominal width: GL(100 mix); fwhm is true",
        _CASA,
        {"mix": 0.3},
    ),
    Shape(
        "pearson_vii",
        ("center", "fwhm", "exponent"),
        _pearson_vii,
        {"center": ANY, "fwhm": POSITIVE, "exponent": (LEAST_EXPONENT, math.inf)},
        "(1 + 4 (2^(1/m) - 1) u^2)^-m, m = exponent > 1/2 (else pearson_vii_window); 1 Lorentzian, infinity Gaussian",
        "Pearson's type VII density, in fwhm and exponent",
        {"exponent": 3.0},
    ),
    Shape(
        "pearson_vii_window",
        ("center", "fwhm", "exponent"),
        _pearson_vii_window,
        {"center": ANY, "fwhm": POSITIVE, "exponent": (LEAST_WINDOW_EXPONENT, math.inf)},
        "as pearson_vii; the integral over all x diverges for m = exponent <= 1/2, so the area is that in the window",
        "Pearson's type VII density, in fwhm and exponent",
        {"exponent": 1.0},
        over_window=True,
    ),
    Shape(
        "split_pseudo_voigt",
        ("center", "fwhm_left", "fwhm_right", "fraction"),
        _split_pseudo_voigt,
        {"center": ANY, "fwhm_left": POSITIVE, "fwhm_right": POSITIVE, "fraction": UNIT},
        "pseudo-Voigt with a width of its own on each side of the maximum; fwhm is the mean of both",
        "two half pseudo-Voigts of one height",
        {"fraction": 0.5},
    ),
    Shape(
        "exponential_gaussian",
        ("center", "gauss_fwhm", "tail"),
        _exponential_gaussian,
        {"center": ANY, "gauss_fwhm": POSITIVE, "tail": POSITIVE},
        "Gaussian convolved with exp(-t / tail) / tail, t >= 0; the tail runs to higher x",
        "closed form with the scaled complementary error function",
    ),
    Shape(
        "breit_wigner_fano",
        ("center", "fwhm", "coupling"),
        _breit_wigner_fano,
        {"center": ANY, "fwhm": POSITIVE, "coupling": (-0.99, 0.99)},
        "(1 + k e)^2 / (1 + e^2) - k^2 = (1 - k^2 + 2 k e) / (1 + e^2), e = 2 (x - center) / fwhm, k = coupling = 1/q",
        "U. Fano, Phys. Rev. 124, 1866 (1961); the constant k^2 is left to the background",
        {"coupling": 0.0},
        over_window=True,
    ),
)
