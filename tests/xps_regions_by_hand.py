"""Simulated photoelectron regions of Gaussian lines over a flat background."""

from collections.abc import Callable

import numpy as np
import xarray as xr

import spectra
from spectra import xps
from spectra.models import Default

OXYGEN = {"BO": Default(532.5, 0.2, "a"), "NBO": Default(531.0, 0.2, "a")}


def gauss(x: np.ndarray, area: float, center: float, fwhm: float) -> np.ndarray:
    return area * 2 * np.sqrt(np.log(2) / np.pi) / fwhm * np.exp(-4 * np.log(2) * ((x - center) / fwhm) ** 2)


def region(
    lines: list[tuple[float, float, float]],
    low: float,
    high: float,
    technique: str,
    seed: int,
    shift: float = 0.0,
    under: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    shape: Callable[[np.ndarray, float, float, float], np.ndarray] = gauss,
) -> xr.Dataset:
    """A region over 300 counts and a slope, or over what ``under`` makes of the axis and the lines."""
    x = np.arange(low, high, 0.1)
    y = sum(shape(x, area, center + shift, fwhm) for area, center, fwhm in lines)
    y = y + (300 + 3 * (x - low) if under is None else under(x, y))
    counts = np.random.default_rng(seed).poisson(y).astype(float)
    return spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique=technique,
                               intensity_unit="counts", dwell_time=0.1, scans=10.0)  # fmt: skip


def ready(dataset: xr.Dataset, **more: float) -> xr.Dataset:
    return xps.prepare(dataset, photon_energy=1486.6, charge_shift=0.0, charge_sd=0.1, **more)


def doublet(area: float, center: float, fwhm: float = 1.3, split: float = 0.85) -> list[tuple[float, float, float]]:
    return [(area, center, fwhm), (area / 2, center + split, fwhm)]
