"""31P MAS NMR of glasses: what is drawn, what lines weigh; noise, apodisation, zero filling, phase of a spectrum."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studies.second_simulator.decays import Coupled, Spectrometer, decay, prepare_manifolds, transform
from studies.second_simulator.laws import draw
from studies.second_simulator.settings import Settings

__all__ = ["Coupled", "Spectrometer", "decay", "prepare_manifolds", "transform"]
Vector = npt.NDArray[np.float64]
Parameters = dict[str, float]


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


def draw_glass(
    settings: Settings, series: Parameters, x: float, place: float, rng: np.random.Generator, *, own_lorentz: bool
) -> Parameters:
    """All parameters of one spectrum; ``place`` runs from -0.5 to 0.5 along the series.

    One Lorentzian width is drawn for all lines, or one for each.
    """
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
    if own_lorentz:
        del found["lorentz"]
        found |= {f"{unit} lorentz": draw(table["lorentz_fwhm"], rng) for unit in lines(settings)}
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


def added(settings: Settings) -> Coupled:
    """Pairs and disorder by the faults of an arm."""
    numbers = settings.tables["fault_numbers"]
    strength = settings.fault("dipolar")
    dipolar = {unit: strength * dipolar_coupling(settings, far) for unit, far in numbers["pair_distance"].items()}
    crystal = (settings.fault("crystal"), numbers["crystal_fwhm"])
    return Coupled(settings.fault("coupling"), dipolar if strength else {}, settings.fault("shift_anisotropy"), crystal)


def dipolar_coupling(settings: Settings, distance: float) -> float:
    """Hz of two phosphorus nuclei so many Angstrom apart.

    Examples
    --------
    >>> from studies.second_simulator import settings
    >>> round(dipolar_coupling(settings("clean"), 2.25))
    1728
    """
    constants = settings.tables["constants"]
    gamma = 2 * math.pi * 1e6 * constants["gamma_31P"]
    return float(1e-7 * gamma**2 * constants["hbar"] / (2 * math.pi) / (distance * 1e-10) ** 3)


def phase_of(parameters: Mapping[str, float], weight: Mapping[str, float]) -> tuple[float, float, float]:
    """Phase of a spectrum for :func:`transform`, about the centroid of its lines."""
    total = sum(weight.values())
    centroid = sum(share * parameters[f"{line} center"] for line, share in weight.items()) / total
    return parameters["phase"], parameters.get("phase_slope", 0.0), centroid


def before_apodisation(parameters: Mapping[str, float], lost: float) -> Parameters:
    """Parameters of a decay whose Lorentzian widths are those of its spectrum less ``lost`` ppm."""
    return {name: value - lost if name.endswith("lorentz") else value for name, value in parameters.items()}


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
    # the broadening is part of the Lorentzian widths that the glass was given
    lorentzian = [value for name, value in parameters.items() if name.endswith("lorentz")]
    apodisation = min(draw(table["apodisation"], rng), *lorentzian)
    own = before_apodisation(parameters, apodisation)
    weight = weights(settings, amounts, parameters)
    signal = decay(own, weight, spectrometer, added(settings))
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
