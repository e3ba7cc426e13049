r"""Doniach-Sunjic lines, bare and convolved with a Gaussian, normalised over the evaluated window.

With q = gamma - i e, e = center - x (the tail runs to higher binding energy) and asymmetry a

.. math:: I(x) = \mathrm{Re}\left[e^{i\pi a/2} q^{a-1}\right]
   = \frac{\cos(\pi a/2 + (1-a)\arctan(e/\gamma))}{(e^2+\gamma^2)^{(1-a)/2}}

whose antiderivative is elementary. The Gaussian enters under the integral
q^(a-1) = 1/Gamma(1-a) int t^-a exp(-gamma t + i e t) dt as exp(-sigma^2 t^2 / 2), summed with Gauss-Legendre nodes.

Its tail has no end and so no area. Mahan's line damps it at the energy xi that the electrons of the metal can take,

.. math:: I(x) = \frac{1}{\pi}\,\mathrm{Re}\int_0^\infty (1 - i\xi t)^{-a}
   \exp\left(-\gamma t - \sigma^2 t^2/2 + i e t\right) dt

a Voigt line convolved with the spectrum of losses u^(a-1) exp(-u/xi): of unit area over all x, Doniach-Sunjic where
xi is far above the window, and at a = 1 the asymmetric Voigt line, with one exponential tail. Reference: G. D. Mahan,
Phys. Rev. B 11, 4814 (1975), 10.1103/PhysRevB.11.4814.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from spectra.shapes._shape import ANY, FWHM_PER_SIGMA, POSITIVE, Array, Quantity, Shape

Complex = npt.NDArray[np.complex128]
SMALL_ASYMMETRY = 1e-4
DECAY = 37.0  # exp(-37) is 1e-16
NODES_AT_LEAST, NODES_PER_RADIAN, NODES_AT_MOST = 60, 0.75, 1500
GRADING = 4
"""t = T s^4: the integrand t^-a (and its logarithm in the derivative) becomes smooth at 0."""
ASYMMETRY = (0.0, 0.49)


def _power(log_q: Complex, a: Array) -> tuple[Complex, Complex]:
    """(q^a - 1) / a and its derivative in a, smooth through a = 0."""
    small = np.abs(a) < SMALL_ASYMMETRY
    safe = np.where(small, 1.0, a)
    whole = np.expm1(safe * log_q) / safe
    slope = (log_q * np.exp(safe * log_q) - whole) / safe
    series = log_q * (1 + a * log_q / 2 + (a * log_q) ** 2 / 6)
    series_slope = log_q**2 * (0.5 + a * log_q / 3 + (a * log_q) ** 2 / 8)
    return np.where(small, series, whole), np.where(small, series_slope, slope)


def _doniach_sunjic(
    x: Array, center: Quantity, lorentz_fwhm: Quantity, asymmetry: Quantity
) -> tuple[Array, tuple[Array, ...]]:
    gamma, a = np.asarray(lorentz_fwhm, dtype=float) / 2, np.asarray(asymmetry, dtype=float)
    turn = np.exp(0.5j * math.pi * a)
    q, first, last = (gamma - 1j * (center - at) for at in (x, x[..., :1], x[..., -1:]))
    power = turn * q ** (a - 1)
    value = power.real
    slope = (a - 1) * power / q
    by_gamma, by_center = slope.real, slope.imag
    by_a = (power * (0.5j * math.pi + np.log(q))).real
    ends = [_antiderivatives(at, turn, a) for at in (first, last)]
    area, *area_by = (low - high for low, high in zip(*ends, strict=True))
    profile = value / area
    raw = (by_center, by_gamma, by_a)
    slopes = [(own - profile * whole) / area for own, whole in zip(raw, area_by, strict=True)]
    return profile, (slopes[0], slopes[1] / 2, slopes[2])


def _antiderivatives(q: Complex, turn: Complex, a: Array) -> tuple[Array, ...]:
    """Antiderivative in e of the line, and its derivatives in center, gamma and asymmetry."""
    log_q = np.log(q)
    whole, by_a = _power(log_q, a)
    power = turn * np.exp((a - 1) * log_q)
    return (
        np.asarray((1j * turn * whole).real),
        np.asarray(power.real),
        np.asarray((1j * power).real),
        np.asarray((1j * turn * (0.5j * math.pi * whole + by_a)).real),
    )


def _convolved(
    x: Array, center: Quantity, lorentz_fwhm: Quantity, gauss_fwhm: Quantity, asymmetry: Quantity
) -> tuple[Array, tuple[Array, ...]]:
    lines = np.broadcast_arrays(*(np.asarray(q, dtype=float) for q in (center, lorentz_fwhm, gauss_fwhm, asymmetry)))
    shape = np.broadcast_shapes(x.shape, lines[0].shape)
    flat = [_one_line(x, *values) for values in zip(*(line.ravel().tolist() for line in lines), strict=True)]
    stacked = np.stack(flat, axis=1).reshape(5, *shape)
    return stacked[0], tuple(stacked[1:])


def _one_line(x: Array, center: float, lorentz_fwhm: float, gauss_fwhm: float, a: float) -> Array:
    gamma, sigma = lorentz_fwhm / 2, gauss_fwhm / FWHM_PER_SIGMA
    t, weight = _nodes(gamma, sigma, float(np.max(np.abs(center - x[[0, -1]]))))
    base = weight * t**-a * np.exp(-gamma * t - 0.5 * (sigma * t) ** 2 + 0.5j * math.pi * a)
    factors = np.stack([np.ones_like(t), 1j * t, -t, -sigma * t**2, 0.5j * math.pi - np.log(t)], axis=1)
    columns = base[:, None] * factors
    value = (np.exp(1j * np.outer(center - x, t)) @ columns).real.T
    swing = (np.exp(1j * (center - x[0]) * t) - np.exp(1j * (center - x[-1]) * t)) / (1j * t)
    area = (swing @ columns).real
    profile = value[0] / area[0]
    slopes = (value[1:] - profile * area[1:, None]) / area[0]
    return np.stack([profile, slopes[0], slopes[1] / 2, slopes[2] / FWHM_PER_SIGMA, slopes[3]])


def _mahan(x: Array, *quantities: Quantity) -> tuple[Array, tuple[Array, ...]]:
    """Center, lorentz_fwhm, gauss_fwhm, asymmetry, cutoff."""
    lines = np.broadcast_arrays(*(np.asarray(q, dtype=float) for q in quantities))
    shape = np.broadcast_shapes(x.shape, lines[0].shape)
    flat = [_one_damped(x, values) for values in zip(*(line.ravel().tolist() for line in lines), strict=True)]
    stacked = np.stack(flat, axis=1).reshape(6, *shape)
    return stacked[0], tuple(stacked[1:])


def _one_damped(x: Array, values: tuple[float, ...]) -> Array:
    """Profile and its derivatives in center, both widths, asymmetry and cutoff."""
    center, lorentz_fwhm, gauss_fwhm, a, cutoff = values
    gamma, sigma = lorentz_fwhm / 2, gauss_fwhm / FWHM_PER_SIGMA
    t, weight = _nodes(gamma, sigma, float(np.max(np.abs(center - x[[0, -1]]))))
    log_loss = np.log(1 - 1j * cutoff * t)
    base = weight / math.pi * np.exp(-gamma * t - 0.5 * (sigma * t) ** 2 - a * log_loss)
    by_cutoff = 1j * a * t / (1 - 1j * cutoff * t)
    factors = np.stack([np.ones_like(t), 1j * t, -t / 2, -sigma * t**2 / FWHM_PER_SIGMA, -log_loss, by_cutoff], axis=1)
    return np.asarray((np.exp(1j * np.outer(center - x, t)) @ (base[:, None] * factors)).real.T)


def _asymmetric_voigt(
    x: Array, center: Quantity, lorentz_fwhm: Quantity, gauss_fwhm: Quantity, tail: Quantity
) -> tuple[Array, tuple[Array, ...]]:
    """Mahan's line with a = 1."""
    profile, slopes = _mahan(x, center, lorentz_fwhm, gauss_fwhm, 1.0, tail)
    return profile, (*slopes[:3], slopes[4])


def _nodes(gamma: float, sigma: float, reach: float) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights in t, graded towards 0, up to where the integrand has died away."""
    end = 2 * DECAY / (gamma + math.sqrt(gamma**2 + 2 * DECAY * sigma**2))
    count = int(min(NODES_AT_LEAST + NODES_PER_RADIAN * reach * end, NODES_AT_MOST))
    node, weight = np.polynomial.legendre.leggauss(count)
    s = 0.5 * (node + 1)
    return end * s**GRADING, 0.5 * weight * end * GRADING * s ** (GRADING - 1)


DONIACH_SUNJIC = Shape(
    "doniach_sunjic",
    ("center", "lorentz_fwhm", "asymmetry"),
    _doniach_sunjic,
    {"center": ANY, "lorentz_fwhm": POSITIVE, "asymmetry": ASYMMETRY},
    "Re[exp(i pi a / 2) (gamma - i (center - x))^(a - 1)], gamma = lorentz_fwhm / 2; center is not the maximum",
    "G. K. Wertheim, Phys. Rev. B 25 (1982); J. Leiro et al., J. Electron Spectrosc. 128, 205 (2003)",
    {"asymmetry": 0.05},
    over_window=True,
)
DONIACH_SUNJIC_GAUSS = Shape(
    "doniach_sunjic_gauss",
    ("center", "lorentz_fwhm", "gauss_fwhm", "asymmetry"),
    _convolved,
    {"center": ANY, "lorentz_fwhm": POSITIVE, "gauss_fwhm": POSITIVE, "asymmetry": ASYMMETRY},
    "the Doniach-Sunjic line convolved with a Gaussian of gauss_fwhm; for windows up to about 1500 widths",
    "as doniach_sunjic; Fourier form",
    {"asymmetry": 0.05},
    over_window=True,
)
DONIACH_SUNJIC_DAMPED = Shape(
    "doniach_sunjic_damped",
    ("center", "lorentz_fwhm", "gauss_fwhm", "asymmetry", "cutoff"),
    _mahan,
    {
        "center": ANY,
        "lorentz_fwhm": POSITIVE,
        "gauss_fwhm": POSITIVE,
        "asymmetry": ASYMMETRY,
        "cutoff": POSITIVE,
    },
    "Voigt convolved with u^(a - 1) exp(-u / cutoff), u >= 0: Doniach-Sunjic whose tail ends at the cutoff, with area",
    "G. D. Mahan, Phys. Rev. B 11, 4814 (1975), 10.1103/PhysRevB.11.4814",
    {"asymmetry": 0.05, "cutoff": 5.0},
)
ASYMMETRIC_VOIGT = Shape(
    "asymmetric_voigt",
    ("center", "lorentz_fwhm", "gauss_fwhm", "tail"),
    _asymmetric_voigt,
    {"center": ANY, "lorentz_fwhm": POSITIVE, "gauss_fwhm": POSITIVE, "tail": POSITIVE},
    "Voigt convolved with exp(-u / tail) / tail, u >= 0; the tail runs to higher x, center is not the maximum",
    "as doniach_sunjic_damped with an asymmetry of 1",
    {"tail": 0.5},
)
METALLIC = (DONIACH_SUNJIC, DONIACH_SUNJIC_GAUSS, DONIACH_SUNJIC_DAMPED, ASYMMETRIC_VOIGT)
