"""Decays of 31P sites under spinning: shifts, anisotropies and their distributions, pairs of nuclei; the transform."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.stats import skewnorm

from studies.second_simulator.sidebands import manifolds

Vector = npt.NDArray[np.float64]
Parameters = dict[str, float]
PAIRED = ("P:S3/O", "P:S3~P", "P:S3/S", "P:S2O/O")
SKEW_STEPS, SKEW_REACH = 121, 4.0
ANISOTROPIES = 9
"""Anisotropies between which the shares of sidebands of a distribution are interpolated."""
FWHM_PER_SIGMA = 2 * math.sqrt(2 * math.log(2))


@dataclass(frozen=True)
class Spectrometer:
    """What does not change along a series.

    Parameters
    ----------
    larmor, rate
        MHz, Hz.
    centre, width
        Carrier and spectral width, ppm.
    points
        Complex points of the decay.
    """

    larmor: float
    rate: float
    centre: float
    width: float
    points: int

    def times(self) -> Vector:
        """Times of the decay in 1/ppm: a shift in ppm times this is a number of turns."""
        return np.arange(self.points) / self.width


@dataclass(frozen=True)
class Coupled:
    """What pairs of nuclei and disorder add to the sites of a decay; nothing in the clean arm.

    Parameters
    ----------
    j
        Hz, of paired nuclei.
    dipolar
        Hz by unit: with an axis along that of the shift, the two lines of a doublet have zeta plus and minus this.
    slope
        ppm of zeta per ppm of isotropic shift within the distribution of a unit.
    crystal
        Share of PS4 that is a narrow Lorentzian line, and its FWHM in ppm.
    """

    j: float = 0.0
    dipolar: Mapping[str, float] = field(default_factory=dict)
    slope: float = 0.0
    crystal: tuple[float, float] = (0.0, 1.0)


def prepare_manifolds(parameters: Parameters, spectrometer: Spectrometer) -> None:
    """All manifolds of a spectrum in one run of mrsimulator, which takes as long as one."""
    wanted = {_key(parameters, name[:-5]) for name in parameters if name.endswith(" zeta")}
    missing = [key for key in sorted(wanted) if (key, spectrometer.larmor, spectrometer.rate) not in _KNOWN]
    if missing:
        orders, shares = manifolds(missing, larmor=spectrometer.larmor, rate=spectrometer.rate)
        for key, share in zip(missing, shares, strict=True):
            _KNOWN[key, spectrometer.larmor, spectrometer.rate] = (orders, share)


_KNOWN: dict[tuple[tuple[float, float], float, float], tuple[Vector, Vector]] = {}


def _key(parameters: Parameters, unit: str) -> tuple[float, float]:
    return parameters[f"{unit} zeta"], parameters[f"{unit} eta"]


def decay(
    parameters: Parameters, weight: Mapping[str, float], spectrometer: Spectrometer, effects: Coupled = Coupled()
) -> npt.NDArray[np.complex128]:
    """Free induction decay without noise: every unit with its shift, widths, sidebands.

    Parameters
    ----------
    parameters, weight
        As :func:`draw_glass` and :func:`weights` give them.
    effects
        Pairs and disorder.
    """
    prepare_manifolds(parameters, spectrometer)
    t = spectrometer.times()
    total = np.zeros(t.size, dtype=complex)
    for unit, amount in weight.items():
        if amount == 0:
            continue
        turn = np.exp(2j * np.pi * (parameters[f"{unit} center"] + parameters["offset"] - spectrometer.centre) * t)
        lorentz = parameters["lorentz"] if "lorentz" in parameters else parameters[f"{unit} lorentz"]
        site = _site(parameters, unit, spectrometer, effects) * np.exp(-np.pi * lorentz * t)
        if unit == "P:S4" and effects.crystal[0]:
            share, fwhm = effects.crystal
            narrow = _rotor(_key(parameters, unit), spectrometer) * np.exp(-np.pi * fwhm * t)
            site = (1 - share) * site + share * narrow
        total += amount * turn * site
    return parameters["scale"] * total


def _site(
    parameters: Parameters, unit: str, spectrometer: Spectrometer, effects: Coupled
) -> npt.NDArray[np.complex128]:
    """A distribution of shifts about 0 with its sidebands; a doublet of such where the unit is one of a pair."""
    if unit not in PAIRED or not (effects.j or effects.dipolar):
        return _distributed(parameters, unit, spectrometer, 0.0, effects.slope)
    t, along = spectrometer.times(), effects.dipolar.get(unit, 0.0) / spectrometer.larmor
    apart = np.pi * effects.j / spectrometer.larmor * t
    lines = [
        np.exp(sign * 1j * apart) * _distributed(parameters, unit, spectrometer, sign * along, effects.slope)
        for sign in (-1, 1)
    ]
    return np.asarray(sum(lines) / 2)


def _distributed(
    parameters: Parameters, unit: str, spectrometer: Spectrometer, along_axis: float, slope: float
) -> npt.NDArray[np.complex128]:
    """One line of a unit: all shifts with one anisotropy, or each with its own."""
    t, (zeta, eta) = spectrometer.times(), _key(parameters, unit)
    gauss, skew = parameters[f"{unit} gauss"], parameters[f"{unit} skew"]
    zeta += along_axis
    if slope == 0:
        return _rotor((zeta, eta), spectrometer) * _envelope(t, gauss, skew)
    sigma = gauss / FWHM_PER_SIGMA
    grid, share = _skewed(round(skew, 6))
    ends = np.linspace(-SKEW_REACH, SKEW_REACH, ANISOTROPIES)
    tensors = [(round(zeta + slope * sigma * at, 6), eta) for at in ends]
    orders, tables = manifolds(tensors, larmor=spectrometer.larmor, rate=spectrometer.rate)
    own = share[:, None] * np.column_stack([np.interp(grid, ends, column) for column in tables.T])
    turns = np.exp(2j * np.pi * spectrometer.rate / spectrometer.larmor * np.outer(t, orders))
    return np.asarray(np.sum((np.exp(2j * np.pi * sigma * np.outer(t, grid)) @ own) * turns, axis=1))


@lru_cache(maxsize=64)
def _rotor(tensor: tuple[float, float], spectrometer: Spectrometer) -> npt.NDArray[np.complex128]:
    """What spinning makes of an anisotropy in time; remembered, as the other derivatives of a line leave it alone."""
    key = (tensor, spectrometer.larmor, spectrometer.rate)
    if key not in _KNOWN:
        orders, (shares,) = manifolds([tensor], larmor=spectrometer.larmor, rate=spectrometer.rate)
        _KNOWN[key] = (orders, shares)
    orders, shares = _KNOWN[key]
    shown = shares > 1e-7
    turns = np.outer(spectrometer.times(), orders[shown]) * spectrometer.rate / spectrometer.larmor
    found = np.asarray(np.exp(2j * np.pi * turns) @ shares[shown])
    found.flags.writeable = False
    return found


def _envelope(t: Vector, gauss: float, skew: float) -> npt.NDArray[np.complex128]:
    """Decay of a distribution of shifts about its mean: normal, or skew-normal with that skewness."""
    sigma = gauss / FWHM_PER_SIGMA
    if skew == 0:
        return np.exp(-2 * (np.pi * sigma * t) ** 2).astype(complex)
    grid, share = _skewed(round(skew, 6))
    return np.exp(2j * np.pi * sigma * np.outer(t, grid)) @ share


@lru_cache(maxsize=8)
def _skewed(skew: float) -> tuple[Vector, Vector]:
    """Standardised skew-normal distribution of a skewness, on a grid."""
    power = (2 * abs(skew) / (4 - math.pi)) ** (2 / 3)
    delta = math.copysign(math.sqrt(math.pi / 2 * power / (1 + power)), skew)
    law = skewnorm(delta / math.sqrt(1 - delta**2))
    grid = np.linspace(-SKEW_REACH, SKEW_REACH, SKEW_STEPS)
    share = law.pdf(law.mean() + law.std() * grid)
    share = share / share.sum()
    return grid - share @ grid, share


def transform(
    decay: npt.NDArray[np.complex128],
    spectrometer: Spectrometer,
    *,
    apodisation: float = 0.0,
    zero_filling: int = 1,
    phase: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> tuple[Vector, Vector]:
    """Shift axis (ascending, ppm) and absorption spectrum, whose area is the first point of the decay.

    Parameters
    ----------
    decay
        Complex points.
    apodisation
        Exponential broadening, ppm.
    zero_filling
        Points of the spectrum over those of the decay.
    phase
        Error of zero order (degrees) and of first order (degrees a ppm), and the shift (ppm) that the latter leaves.
    """
    t = spectrometer.times()
    shaped = decay * np.exp(-np.pi * apodisation * t)
    shaped[0] /= 2
    size = zero_filling * t.size
    axis = spectrometer.centre + np.fft.fftshift(np.fft.fftfreq(size, 1 / spectrometer.width))
    zero, first, pivot = phase
    turn = np.exp(1j * np.deg2rad(zero + first * (axis - pivot)))
    spectrum = np.fft.fftshift(np.fft.fft(shaped, size)) * turn * 2 / spectrometer.width
    return axis, np.real(spectrum)
