"""Forward model of the built-in example: a simulated Na3PS4-xOx series whose truth is known.

It is written apart from the fitted models on purpose: Voigt lines with stated spinning-sideband shares on a broad
probe hump (31P NMR), Poisson counts on exponential fluorescence (Raman), absorbance noise on an interference fringe
(FTIR), and a Shirley step with a sloping tail under O 1s and the sodium Auger line (XPS). Line positions are drawn from
the priors of the peak library, and every spectrum carries its own referencing error. All of it is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import voigt_profile

from reference_peaks import Prior

Vector = npt.NDArray[np.float64]

# Fractions per phosphorus, chosen so that closure, charge, oxygen and sulfur balance for every x.
FRACTIONS: dict[float, dict[str, float]] = {
    0.00: {"P:S4": 0.88, "P:S3~P": 0.06, "P:S3/S": 0.06},
    0.15: {
        "P:S4": 0.77, "P:S3O": 0.03, "P:S2O2": 0.03, "P:SO3": 0.01,
        "P:S3/O": 0.06, "P:S3~P": 0.05, "P:S3/S": 0.05,
    },
    0.30: {
        "P:S4": 0.68, "P:S3O": 0.04, "P:S2O2": 0.05, "P:SO3": 0.02, "P:O4": 0.01,
        "P:S3/O": 0.12, "P:S3~P": 0.04, "P:S3/S": 0.04,
    },
    0.60: {
        "P:S4": 0.46, "P:S3O": 0.11, "P:S2O2": 0.09, "P:SO3": 0.04, "P:O4": 0.02,
        "P:S3/O": 0.22, "P:S3~P": 0.03, "P:S3/S": 0.03,
    },
}  # fmt: skip
UNITS = ("P:S4", "P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3/O", "P:S3~P", "P:S3/S")

LARMOR_MHZ = 202.4
SPINNING_HZ = 20_000.0
SPINNING_PPM = SPINNING_HZ / LARMOR_MHZ
# Where the library has no claim for sodium glasses: the centre of the window in which the recipe fits the line.
UNPUBLISHED = {("31P NMR", "P:S3/S"): 93.0, ("31P NMR", "P:S3/O"): 72.5, ("Raman", "P:S3/S"): 402.0}
UNPUBLISHED_HALF_WIDTH = {"31P NMR": 1.0, "Raman": 2.0}
ANISOTROPY: dict[str, tuple[float, float]] = {  # Haeberlen zeta (ppm, of the shift) and eta
    "P:S4": (8.0, 0.3),
    "P:S3O": (60.0, 0.3),
    "P:S2O2": (75.0, 0.6),
    "P:SO3": (165.7, 0.43),  # as Na3PO3S, 10.1002/1521-3749(200203)628:3<641::AID-ZAAC641>3.0.CO;2-8
    "P:O4": (5.0, 0.3),
    "P:S3/O": (70.0, 0.5),
    "P:S3~P": (60.0, 0.4),
    "P:S3/S": (55.0, 0.5),
}
SIDEBAND_ORDERS = range(-4, 5)
ROTOR_STEPS, POWDER_STEPS = 64, 40
NMR_GAUSSIAN_SIGMA, NMR_LORENTZ_HWHM = 2.4, 0.7  # ppm
NMR_NOISE = 1 / 400  # of the tallest line
NMR_HUMP = (0.02, 30.0, 110.0)  # of the tallest line; center and sigma, ppm
RAMAN_BANDS = {  # line: what it counts, its response relative to PS4
    "P:S4": ("P:S4", 1.0),
    "P:S3~P": ("P:S3~P", 0.8),
    "P:S3/S": ("P:S3/S", 1.3),
    "S-S": ("S", 0.6),
}
RAMAN_SIGMA, RAMAN_HWHM = 5.5, 1.5  # cm-1
RAMAN_PEAK_COUNTS = 20_000.0
FTIR_BANDS = {  # center, Gaussian fwhm in cm-1, strength
    "P:S4": (545.0, 70.0, 1.0),
    "P:S3/O": (880.0, 90.0, 1.4),
    "P:S2O2": (1040.0, 80.0, 0.9),
    "P:SO3": (1085.0, 80.0, 1.1),
}
FTIR_TRANSMITTANCE_NOISE = 5e-4
BO_ABOVE_NBO = (1.5, 1.9)  # eV, as in alkali phosphates; the recipe states it too
O1S_SIGMA, O1S_HWHM = 0.55, 0.15  # eV
O1S_COUNTS_PER_OXYGEN = 60_000.0  # counts eV per oxygen atom a formula unit
AUGER = (535.6, 1.1, 0.4, 90_000.0)  # binding energy with Al Ka, sigma, hwhm (eV), counts eV
PHOTON_ENERGY = 1486.6
OFFSET_SD = {"31P NMR": 0.5, "Raman": 1.0, "FTIR": 1.0, "O 1s XPS": 0.1}


@dataclass(frozen=True, eq=False, slots=True)
class _Draw:
    """What one spectrum is made from: amounts per P, line positions, its referencing error, random numbers."""

    amounts: Mapping[str, float]
    positions: Mapping[tuple[str, str], float]
    offset: float
    rng: np.random.Generator


@dataclass(frozen=True, eq=False, slots=True)
class SimulatedSpectrum:
    """One simulated spectrum as an instrument would give it; ``offset`` is its referencing error."""

    x: Vector
    intensity: Vector
    offset: float


@dataclass(frozen=True, eq=False, slots=True)
class SimulatedSeries:
    """A simulated series: spectra by (x, technique), the truth behind them, and the seed."""

    spectra: Mapping[tuple[float, str], SimulatedSpectrum]
    fractions: Mapping[float, Mapping[str, float]]
    positions: Mapping[tuple[str, str], float]
    seed: int


def truth(x: float) -> dict[str, float]:
    """Fractions per P of every unit and free species at oxygen content ``x``, and BO/(BO+NBO).

    Examples
    --------
    >>> round(truth(0.6)["BO/(BO+NBO)"], 4)
    0.1833
    >>> round(truth(0.0)["Na2S"], 3)
    0.06
    """
    units = {unit: FRACTIONS[x].get(unit, 0.0) for unit in UNITS}
    bridging = units["P:S3/O"] / 2
    terminal = units["P:S3O"] + 2 * units["P:S2O2"] + 3 * units["P:SO3"] + 4 * units["P:O4"]
    values = {**units, "Na2S": (units["P:S3/O"] + units["P:S3~P"] + units["P:S3/S"]) / 2, "S": units["P:S3~P"] / 2}
    values |= {"BO": bridging, "NBO": terminal}
    if x > 0:
        values["BO/(BO+NBO)"] = bridging / (bridging + terminal)
    return values


def simulate_series(priors: Mapping[str, Mapping[str, Prior]], *, seed: int) -> SimulatedSeries:
    """Simulate the four techniques of the whole series.

    Parameters
    ----------
    priors
        By technique, the library's prior of every line; a line's position is one draw for the whole series.
    seed
        Seed of the random numbers.
    """
    rng = np.random.default_rng(seed)
    positions = _positions(priors, rng)
    spectra = {}
    for x in FRACTIONS:
        amounts = truth(x)
        for technique, make in _MAKERS.items():
            offset = float(rng.normal(0.0, OFFSET_SD[technique]))
            axis, intensity = make(_Draw(amounts, positions, offset, rng))
            spectra[x, technique] = SimulatedSpectrum(axis, intensity, offset)
    return SimulatedSeries(spectra, {x: truth(x) for x in FRACTIONS}, positions, seed)


def _positions(priors: Mapping[str, Mapping[str, Prior]], rng: np.random.Generator) -> dict[tuple[str, str], float]:
    drawn = {}
    for technique, by_species in priors.items():
        for species, prior in by_species.items():
            drawn[technique, species] = float(rng.normal(prior.mean, prior.sd))
    for (technique, species), centre in UNPUBLISHED.items():
        half = UNPUBLISHED_HALF_WIDTH[technique]
        drawn[technique, species] = float(rng.uniform(centre - half, centre + half))
    if ("O 1s XPS", "BO") in drawn:
        drawn["O 1s XPS", "NBO"] = drawn["O 1s XPS", "BO"] - float(rng.uniform(*BO_ABOVE_NBO))
    if ("31P NMR", "P:S4") in drawn:  # the paper: PS3O has essentially the shift of PS4
        drawn["31P NMR", "P:S3O"] = drawn["31P NMR", "P:S4"]
    return drawn


@lru_cache(maxsize=64)
def sideband_shares(zeta: float, eta: float) -> tuple[float, ...]:
    """Shares of the spinning sidebands of one site, of the orders -4 to 4, by a direct powder average.

    The shift of a crystallite under magic-angle spinning is summed up over one rotor period; its squared Fourier
    coefficients, averaged over the sphere, are the shares (Herzfeld and Berger, 10.1063/1.440136).

    Parameters
    ----------
    zeta, eta
        Haeberlen anisotropy in ppm and asymmetry of the shift tensor.
    """
    xx, yy, zz = -zeta * (1 + eta) / 2, -zeta * (1 - eta) / 2, zeta
    cosines, weights = np.polynomial.legendre.leggauss(POWDER_STEPS)
    beta = np.arccos(cosines)[:, None, None]
    alpha = (np.pi * (np.arange(POWDER_STEPS) + 0.5) / POWDER_STEPS)[None, :, None]
    angle = (2 * np.pi * np.arange(ROTOR_STEPS) / ROTOR_STEPS)[None, None, :]
    across = np.cos(alpha) ** 2 * (xx - zz) + np.sin(alpha) ** 2 * (yy - zz)
    c1 = 2 * np.sqrt(2) / 3 * np.sin(beta) * np.cos(beta) * across
    s1 = 2 * np.sqrt(2) / 3 * np.sin(alpha) * np.cos(alpha) * np.sin(beta) * (xx - yy)
    c2 = (np.cos(beta) ** 2 * np.cos(alpha) ** 2 - np.sin(alpha) ** 2) * (xx - zz) / 3
    c2 = c2 + (np.cos(beta) ** 2 * np.sin(alpha) ** 2 - np.cos(alpha) ** 2) * (yy - zz) / 3
    s2 = -2 / 3 * np.sin(alpha) * np.cos(alpha) * np.cos(beta) * (xx - yy)
    phase = c1 * np.sin(angle) - s1 * np.cos(angle) + (c2 * np.sin(2 * angle) - s2 * np.cos(2 * angle)) / 2
    coefficients = np.fft.fft(np.exp(1j * phase / SPINNING_PPM), axis=2) / ROTOR_STEPS
    powder = np.mean(np.sum(np.abs(coefficients) ** 2 * (weights / 2)[:, None, None], axis=0), axis=0)
    return tuple(float(powder[order % ROTOR_STEPS]) for order in SIDEBAND_ORDERS)


def _voigt(x: Vector, center: float, sigma: float, hwhm: float) -> Vector:
    return np.asarray(voigt_profile(x - center, sigma, hwhm), dtype=float)


def _nmr(draw: _Draw) -> tuple[Vector, Vector]:
    x = np.linspace(-200.0, 300.0, 1251)
    clean = np.zeros_like(x)
    for unit in UNITS:
        for order, share in zip(SIDEBAND_ORDERS, sideband_shares(*ANISOTROPY[unit]), strict=True):
            center = draw.positions["31P NMR", unit] + draw.offset + order * SPINNING_PPM
            clean += draw.amounts[unit] * share * _voigt(x, center, NMR_GAUSSIAN_SIGMA, NMR_LORENTZ_HWHM)
    tallest = float(clean.max())
    height, center, sigma = NMR_HUMP
    clean += height * tallest * np.exp(-0.5 * ((x - center) / sigma) ** 2)
    return x, 1000 * (clean + draw.rng.normal(0.0, NMR_NOISE * tallest, x.size)) / tallest


def _raman(draw: _Draw) -> tuple[Vector, Vector]:
    x = np.arange(250.0, 700.5, 1.0)
    clean = np.zeros_like(x)
    for line, (species, response) in RAMAN_BANDS.items():
        center = draw.positions["Raman", line] + draw.offset
        clean += response * draw.amounts[species] * _voigt(x, center, RAMAN_SIGMA, RAMAN_HWHM)
    clean *= RAMAN_PEAK_COUNTS / clean.max()
    fluorescence = 6000 * np.exp(-(x - 250) / 300) + 2500
    return x, draw.rng.poisson(clean + fluorescence).astype(float)


def _ftir(draw: _Draw) -> tuple[Vector, Vector]:
    x = np.arange(400.0, 1401.0, 2.0)
    absorbance = 0.05 + 0.001 * np.sin(2 * np.pi * x / 300) + 0.00002 * (1400 - x)
    for species, (center, fwhm, strength) in FTIR_BANDS.items():
        height = 0.6 * strength * draw.amounts[species]
        absorbance += height * np.exp(-4 * np.log(2) * ((x - center - draw.offset) / fwhm) ** 2)
    transmittance = 10**-absorbance + draw.rng.normal(0.0, FTIR_TRANSMITTANCE_NOISE, x.size)
    return x, -np.log10(transmittance)


def _o1s(draw: _Draw) -> tuple[Vector, Vector]:
    x = np.arange(524.0, 545.01, 0.1)
    peaks = np.zeros_like(x)
    for line in ("BO", "NBO"):
        center = draw.positions["O 1s XPS", line] + draw.offset
        peaks += O1S_COUNTS_PER_OXYGEN * draw.amounts[line] * _voigt(x, center, O1S_SIGMA, O1S_HWHM)
    center, sigma, hwhm, area = AUGER
    peaks += area * _voigt(x, center + draw.offset, sigma, hwhm)
    step = 0.03 * np.cumsum(peaks) * (x[1] - x[0])
    tail = 4000 + 25 * (x - x[0])
    return x, draw.rng.poisson(peaks + step + tail).astype(float)


_MAKERS = {"31P NMR": _nmr, "Raman": _raman, "FTIR": _ftir, "O 1s XPS": _o1s}
