"""Raman: bands with unknown responses on a cubic fluorescence, Poisson counts, now and then a spike."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studies.second_simulator.laws import draw
from studies.second_simulator.settings import Settings
from studies.second_simulator.shapes import mixed

Vector = npt.NDArray[np.float64]
Parameters = dict[str, float]
NODES = 4
LEAST_LEVEL = 0.02
SPIKE = 3.0
"""Height of a spike over the tallest band."""


def draw_series(settings: Settings, rng: np.random.Generator) -> Parameters:
    """Positions and responses, the same in all glasses; that of PS4 is 1."""
    table, priors = settings.tables["raman"], settings.tables["priors"]["Raman"]
    found: Parameters = {}
    for band in table["bands"]:
        ends = settings.tables["windows"]["Raman"].get(band)
        found[f"{band} center"] = float(rng.uniform(*ends) if ends else rng.normal(*priors[band]))
        found[f"{band} response"] = 1.0 if band == "P:S4" else draw(table["response"], rng)
        found[f"{band} trend"] = settings.fault("response_drift") * rng.choice([-1.0, 1.0])
    return found


def draw_glass(settings: Settings, series: Parameters, place: float, rng: np.random.Generator) -> Parameters:
    """All parameters of one spectrum; ``place`` runs from -0.5 to 0.5 along the series."""
    table = settings.tables["raman"]
    found = {"offset": draw(table["offset"], rng), "peak_counts": draw(table["peak_counts"], rng)}
    for band in table["bands"]:
        found[f"{band} center"] = series[f"{band} center"]
        found[f"{band} response"] = series[f"{band} response"] * (1 + series[f"{band} trend"] * place)
        found[f"{band} fwhm"] = draw(table["fwhm"], rng)
        found[f"{band} fraction"] = draw(table["fraction"], rng)
    return found


def expected(settings: Settings, amounts: Mapping[str, float], parameters: Parameters, axis: Vector) -> Vector:
    """Bands alone, in units of amount times response per cm-1."""
    total = np.zeros_like(axis)
    for band, counted in settings.tables["raman"]["bands"].items():
        center, fwhm, fraction = (parameters[f"{band} {name}"] for name in ("center", "fwhm", "fraction"))
        area = amounts.get(counted, 0.0) * parameters[f"{band} response"]
        total += area * mixed(axis, center + parameters["offset"], fwhm, fraction)
    return total


def measure(
    settings: Settings, amounts: Mapping[str, float], parameters: Parameters, rng: np.random.Generator
) -> tuple[Vector, Vector]:
    """Axis and counts of one spectrum."""
    table = settings.tables["raman"]
    first, last, step = table["axis"]
    axis = np.arange(first, last + step / 2, step)
    bands = expected(settings, amounts, parameters, axis)
    bands *= parameters["peak_counts"] / bands.max()
    level = _fluorescence(axis, table["fluorescence"], rng) * parameters["peak_counts"]
    counts = rng.poisson(bands + level).astype(float)
    if rng.random() < table.get("spikes", 0.0):
        counts[rng.integers(axis.size)] += round(SPIKE * parameters["peak_counts"])
    return axis, counts


def _fluorescence(axis: Vector, ends: tuple[float, float], rng: np.random.Generator) -> Vector:
    """A cubic through four random levels that stays above 0."""
    place = np.linspace(-1.0, 1.0, axis.size)
    while True:
        cubic = np.polynomial.Polynomial.fit(np.linspace(-1.0, 1.0, NODES), rng.uniform(*ends, size=NODES), NODES - 1)
        level = np.asarray(cubic(place))
        if level.min() > LEAST_LEVEL:
            return level
