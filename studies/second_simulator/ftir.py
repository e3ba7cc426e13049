"""FTIR: Gaussian bands of unknown strength on a curved baseline, noise of the transmittance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studies.second_simulator.laws import draw
from studies.second_simulator.settings import Settings
from studies.second_simulator.shapes import gaussian

Vector = npt.NDArray[np.float64]
Parameters = dict[str, float]
HIGHEST = 0.8
"""Absorbance of the tallest band: thinner pellets are what one measures."""


def draw_series(settings: Settings, rng: np.random.Generator) -> Parameters:
    """Positions and strengths, the same in all glasses."""
    table = settings.tables["ftir"]
    found: Parameters = {}
    for band, (mean, sd) in table["bands"].items():
        found[f"{band} center"] = float(rng.normal(mean, sd))
        found[f"{band} strength"] = draw(table["strength"], rng)
    return found


def measure(
    settings: Settings, amounts: Mapping[str, float], series: Parameters, rng: np.random.Generator
) -> tuple[Vector, Vector]:
    """Axis and absorbance of one spectrum."""
    table = settings.tables["ftir"]
    first, last, step = table["axis"]
    axis = np.arange(first, last + step / 2, step)
    offset = draw(table["offset"], rng)
    total = np.zeros_like(axis)
    for band in table["bands"]:
        area = amounts.get(band, 0.0) * series[f"{band} strength"]
        total += area * gaussian(axis, series[f"{band} center"] + offset, draw(table["fwhm"], rng))
    total *= HIGHEST / total.max()
    place = (2 * axis - first - last) / (last - first)
    total += 0.08 + np.polynomial.legendre.legval(place, [0.0, *rng.uniform(-0.02, 0.02, size=2)])
    transmittance = 10**-total + rng.normal(0.0, draw(table["noise"], rng), axis.size)
    return axis, -np.log10(np.maximum(transmittance, 1e-4))
