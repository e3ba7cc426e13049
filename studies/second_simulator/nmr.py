"""31P MAS NMR: a decay of sites with their sidebands, noise, apodisation, zero filling, transform, phase."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.stats import skewnorm

from studies.second_simulator.laws import draw
from studies.second_simulator.settings import Settings
from studies.second_simulator.sidebands import manifolds

Vector = npt.NDArray[np.float64]
Parameters = dict[str, float]
PAIRED = ("P:S3/O", "P:S3~P", "P:S3/S", "P:S2O/O")
SKEW_STEPS, SKEW_REACH = 61, 4.0
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


def lines(settings: Settings) -> list[str]:
    """Units that have a line of their own here."""
    units = [unit for unit in settings.tables["units"] if unit not in settings.tables["nmr"]["shared"]]
    return units + (list(settings.tables["unlisted"]) if settings.fault("unit") else [])


def draw_spectrometer(settings: Settings, rng: np.random.Generator) -> Spectrometer:
    """Rate and field of a series."""
    table = settings.tables["nmr"]
    larmor = settings.tables["constants"]["gamma_31P"] * rng.choice(table["field"])
    return Spectrometer(
        round(float(larmor), 3),
        round(draw(table["spinning_rate"], rng)),
        table["centre"],
        table["width_ppm"],
        table["points"],
    )


def draw_series(settings: Settings, rng: np.random.Generator) -> Parameters:
    """Shifts (in sds of their scatter-free part) and tensors of every unit: the same in all glasses."""
    table = settings.tables["nmr"]
    found: Parameters = {"drift": table.get("drift", 0.0) * rng.choice([-1.0, 1.0])}
    for own in dict.fromkeys(table["shared"].values()):  # a line that units share is not symmetric to the fits
        name = joined_name(own)
        found[f"{name} zeta"], found[f"{name} eta"] = draw(table["zeta_mixed"], rng), draw(table["eta_any"], rng)
    for unit in lines(settings):
        kind = "symmetric" if unit in table["symmetric"] else "mixed"
        found[f"{unit} zeta"] = draw(table["zeta_own"].get(unit, table[f"zeta_{kind}"]), rng)
        found[f"{unit} eta"] = draw(table["eta_own"].get(unit, table["eta_any"]), rng)
        found[f"{unit} center"] = _shift(settings, unit, rng)
        found[f"{unit} T1"] = math.exp(rng.uniform(*np.log(settings.tables["fault_numbers"]["t1_range"])))
        found[f"{unit} skew"] = settings.fault("skew") * rng.choice([-1.0, 1.0])
    if "P:S3O center" in found:
        found["P:S3O center"] = found["P:S4 center"]
    return found


def joined_name(unit: str) -> str:
    """Name of the tensor of a line that other units share with this one.

    Examples
    --------
    >>> joined_name("P:S4")
    'P:S4 with others'
    """
    return f"{unit} with others"


def _shift(settings: Settings, unit: str, rng: np.random.Generator) -> float:
    prior = settings.tables["priors"]["31P NMR"].get(unit)
    if prior is not None:
        return float(rng.normal(*prior))
    ends = settings.tables["windows"]["31P NMR"].get(unit)
    return float(rng.uniform(*ends)) if ends else settings.tables["fault_numbers"]["unlisted_shift"]


def draw_glass(settings: Settings, series: Parameters, x: float, place: float, rng: np.random.Generator) -> Parameters:
    """All parameters of one spectrum; ``place`` runs from -0.5 to 0.5 along the series."""
    table = settings.tables["nmr"]
    common = draw(table["common_width"], rng) if "common_width" in table else 1.0
    found: Parameters = {
        "scale": 1.0,
        "offset": draw(table["offset"], rng),
        "lorentz": draw(table["lorentz_fwhm"], rng),
    }
    for unit in lines(settings):
        tensor = joined_name(unit) if shares(settings, unit, x) else unit
        found |= {f"{unit} {name}": series[f"{tensor} {name}"] for name in ("zeta", "eta")}
        found |= {f"{unit} {name}": series[f"{unit} {name}"] for name in ("skew", "T1")}
        found[f"{unit} center"] = _scattered(settings, unit, series[f"{unit} center"], rng) + series["drift"] * place
        found[f"{unit} gauss"] = common * draw(table["gauss_fwhm"], rng)
    if "P:S3O center" in found:
        found["P:S3O center"] = found["P:S4 center"]
    found["phase"] = settings.fault("phase") + (draw(table["phase"], rng) if "phase" in table else 0.0)
    if "phase_slope" in table:
        found["phase_slope"] = draw(table["phase_slope"], rng)
    for degree in range(table["baseline_degree"] + 1):
        found[f"baseline {degree}"] = float(rng.normal(0.0, table["baseline"]))
    return found


def shares(settings: Settings, unit: str, x: float) -> bool:
    """Whether a line holds other units besides its own in a glass; those with oxygen are in none without it."""
    units = settings.tables["units"]
    return any(
        own == unit and (x > 0 or units[other]["O"] == 0) for other, own in settings.tables["nmr"]["shared"].items()
    )


def _scattered(settings: Settings, unit: str, shift: float, rng: np.random.Generator) -> float:
    """A little of the prior's spread is drawn anew for every glass, so that the whole keeps the prior's sd."""
    scatter = settings.tables["nmr"]["scatter"]
    prior = settings.tables["priors"]["31P NMR"].get(unit)
    if prior is None:
        return shift
    share = min(scatter / prior[1], 1.0)
    return prior[0] + math.sqrt(1 - share**2) * (shift - prior[0]) + share * float(rng.normal(0.0, prior[1]))


def weights(settings: Settings, amounts: Mapping[str, float], parameters: Parameters) -> dict[str, float]:
    """What every line weighs: amounts, of all units that share it, less what had not relaxed."""
    found = {unit: amounts.get(unit, 0.0) for unit in lines(settings)}
    for unit, own in settings.tables["nmr"]["shared"].items():
        found[own] += amounts[unit]
    power = settings.fault("t1")
    if power:
        median = float(np.median([parameters[f"{unit} T1"] for unit in found]))
        for unit in found:
            found[unit] *= 1 - math.exp(-((median / parameters[f"{unit} T1"]) ** power))
    return found


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
    parameters: Parameters,
    weight: Mapping[str, float],
    spectrometer: Spectrometer,
    *,
    coupling: float = 0.0,
    crystal: tuple[float, float] = (0.0, 1.0),
) -> npt.NDArray[np.complex128]:
    """Free induction decay without noise: every unit with its shift, widths, sidebands.

    Parameters
    ----------
    parameters, weight
        As :func:`draw_glass` and :func:`weights` give them.
    coupling
        J of paired nuclei in Hz.
    crystal
        Share of PS4 that is a narrow Lorentzian line, and its FWHM in ppm.
    """
    prepare_manifolds(parameters, spectrometer)
    t = spectrometer.times()
    spacing = spectrometer.rate / spectrometer.larmor
    total = np.zeros(t.size, dtype=complex)
    for unit, amount in weight.items():
        if amount == 0:
            continue
        orders, shares = _KNOWN[_key(parameters, unit), spectrometer.larmor, spectrometer.rate]
        turn = np.exp(2j * np.pi * (parameters[f"{unit} center"] + parameters["offset"] - spectrometer.centre) * t)
        rotor = np.exp(2j * np.pi * spacing * np.outer(t, orders[shares > 1e-7])) @ shares[shares > 1e-7]
        envelope = _envelope(t, parameters[f"{unit} gauss"], parameters[f"{unit} skew"])
        envelope = envelope * np.exp(-np.pi * parameters["lorentz"] * t)
        if unit in PAIRED and coupling:
            envelope = envelope * np.cos(np.pi * coupling / spectrometer.larmor * t)
        if unit == "P:S4" and crystal[0]:
            envelope = (1 - crystal[0]) * envelope + crystal[0] * np.exp(-np.pi * crystal[1] * t)
        total += amount * turn * rotor * envelope
    return parameters["scale"] * total


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


def phase_of(parameters: Mapping[str, float], weight: Mapping[str, float]) -> tuple[float, float, float]:
    """Phase of a spectrum for :func:`transform`, about the centroid of its lines."""
    total = sum(weight.values())
    centroid = sum(share * parameters[f"{line} center"] for line, share in weight.items()) / total
    return parameters["phase"], parameters.get("phase_slope", 0.0), centroid


def baseline(axis: Vector, parameters: Parameters, window: tuple[float, float]) -> Vector:
    """Legendre polynomial over the window, in units of the tallest line."""
    coefficients = [value for name, value in parameters.items() if name.startswith("baseline")]
    inside = (2 * axis - window[0] - window[1]) / (window[1] - window[0])
    return np.polynomial.legendre.legval(inside, coefficients)


def measure(
    settings: Settings,
    amounts: Mapping[str, float],
    parameters: Parameters,
    spectrometer: Spectrometer,
    rng: np.random.Generator,
) -> tuple[Vector, Vector, Parameters]:
    """Axis and intensity of one spectrum, and how it was processed."""
    table = settings.tables["nmr"]
    # the broadening is part of the Lorentzian width that the glass was given
    apodisation = min(draw(table["apodisation"], rng), parameters["lorentz"])
    crystal = (settings.fault("crystal"), settings.tables["fault_numbers"]["crystal_fwhm"])
    own = parameters | {"lorentz": parameters["lorentz"] - apodisation}
    weight = weights(settings, amounts, parameters)
    signal = decay(own, weight, spectrometer, coupling=settings.fault("coupling"), crystal=crystal)
    processing = {"apodisation": apodisation, "zero_filling": int(rng.choice(table["zero_filling"]))}
    phase = phase_of(parameters, weight)
    axis, clean = transform(signal, spectrometer, **processing, phase=phase)  # type: ignore[arg-type]
    tallest = float(clean.max())
    ratio = draw(table["signal_to_noise"], rng)
    kept = np.exp(-np.pi * apodisation * spectrometer.times())
    kept[0] /= 2
    sd = tallest / ratio / (2 / spectrometer.width * math.sqrt(float(kept @ kept)))
    noise = sd * (rng.normal(size=signal.size) + 1j * rng.normal(size=signal.size))
    _, noisy = transform(signal + noise, spectrometer, **processing, phase=phase)  # type: ignore[arg-type]
    low, high = table["window"]
    inside = (axis >= low) & (axis <= high)
    intensity = noisy[inside] / tallest + baseline(axis[inside], parameters, (low, high))
    told = {**processing, "phase": parameters["phase"], "signal_to_noise": ratio}
    return axis[inside], 1000 * intensity, told
