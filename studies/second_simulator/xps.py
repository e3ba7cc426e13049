"""O 1s XPS: bridging and non-bridging oxygen, the sodium Auger line, numeric Shirley step, Poisson counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studies.second_simulator.laws import draw
from studies.second_simulator.settings import Settings
from studies.second_simulator.shapes import mixed, shirley
from studies.second_simulator.truths import oxygen, per_phosphorus

Vector = npt.NDArray[np.float64]
Parameters = dict[str, float]


def draw_series(settings: Settings, rng: np.random.Generator) -> Parameters:
    """Binding energies: from their priors, until BO lies above NBO by what is published."""
    table = settings.tables["xps"]
    low, high = table["separation"]
    while True:
        bridging, terminal = (_energy(settings, line, rng) for line in ("BO", "NBO"))
        if low <= bridging - terminal <= high:
            break
    found = {"BO center": bridging, "NBO center": terminal, "auger_shift": draw(table["auger_shift"], rng)}
    found |= {f"auger_{name}": draw(table[f"auger_{name}"], rng) for name in ("fwhm", "fraction", "per_sodium")}
    for unit in settings.tables["units"] | settings.tables["unlisted"]:
        found[f"{unit} energy"] = settings.fault("nbo_energies") * float(rng.normal())
    return found


def _energy(settings: Settings, line: str, rng: np.random.Generator) -> float:
    prior = settings.tables["priors"]["O 1s XPS"].get(line)
    return float(rng.normal(*prior) if prior else rng.uniform(*settings.tables["windows"]["O 1s XPS"][line]))


def draw_glass(settings: Settings, series: Parameters, rng: np.random.Generator) -> Parameters:
    """All parameters of one spectrum."""
    table = settings.tables["xps"]
    found = dict(series)
    for line in ("BO", "NBO"):
        found |= {f"{line} {name}": draw(table[name], rng) for name in ("fwhm", "fraction")}
    found |= {name: draw(table[name], rng) for name in ("scans", "shirley", "slope")}
    found["offset"] = draw(table["offset"], rng) + settings.fault("charge")
    return found


def expected(settings: Settings, amounts: Mapping[str, float], parameters: Parameters, axis: Vector) -> Vector:
    """Counts of all scans without noise."""
    table, constants = settings.tables["xps"], settings.tables["constants"]
    units = settings.tables["units"] | settings.tables["unlisted"]
    sites = oxygen(settings, dict(amounts))
    offset, scale = parameters["offset"], table["counts_per_oxygen"]

    def line(name: str, shift: float = 0.0) -> Vector:
        center, fwhm, fraction = (parameters[f"{name} {part}"] for part in ("center", "fwhm", "fraction"))
        return mixed(axis, center + offset + shift, fwhm, fraction)

    peaks = sites["BO"] * line("BO")
    for label, unit in units.items():
        held = amounts.get(label, 0.0) * unit["NBO"]
        if held:
            peaks = peaks + held * line("NBO", parameters[f"{label} energy"])
    surface = settings.fault("surface") * (sites["BO"] + sites["NBO"])
    if surface:
        carbonate = settings.tables["fault_numbers"]["carbonate"]
        peaks = peaks + surface * line("NBO", carbonate - parameters["NBO center"])
    auger = constants["photon_energy"] - constants["sodium_KL1L23"] + parameters["auger_shift"] + offset
    share = per_phosphorus(settings, 0.0)[2] * parameters["auger_per_sodium"]
    peaks = peaks + share * mixed(axis, auger, parameters["auger_fwhm"], parameters["auger_fraction"])
    under = table["level"] + parameters["slope"] * (axis - axis.mean())
    return parameters["scans"] * (scale * (peaks + shirley(axis, peaks, parameters["shirley"])) + under)


def measure(
    settings: Settings, amounts: Mapping[str, float], parameters: Parameters, rng: np.random.Generator
) -> tuple[Vector, Vector]:
    """Axis and counts of one spectrum."""
    first, last, step = settings.tables["xps"]["axis"]
    axis = first + step * np.arange(round((last - first) / step) + 1)
    return axis, rng.poisson(expected(settings, amounts, parameters, axis)).astype(float)
