"""Simulated measurements and how their numbers are written: the truth behind every innocent file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Measurement:
    """Spectra over one axis with numbers as they are written.

    Parameters
    ----------
    technique
        What a user says of it.
    unit
        Of the axis.
    x, y
        n axis values in the order of the file, (m, n) intensities.
    title, names
        Title of the axis, titles of the intensities.
    decimals
        Places behind the decimal sign of both; None where the shortest text that gives the number back is written.
    """

    technique: str
    unit: str
    x: Array
    y: Array
    title: str
    names: tuple[str, ...]
    decimals: tuple[int | None, int | None]

    def cells(self, decimal: str = ".") -> list[list[str]]:
        """Rows of numbers as text."""
        places = (self.decimals[0], *([self.decimals[1]] * len(self.y)))
        columns = [[_text(v, p, decimal) for v in c] for c, p in zip((self.x, *self.y), places, strict=True)]
        return [list(row) for row in zip(*columns, strict=True)]


def _text(value: float, places: int | None, decimal: str) -> str:
    text = repr(float(value)) if places is None else f"{value:.{places}f}"
    return text.replace(".", decimal)


@dataclass(frozen=True, eq=False, slots=True)
class Written:
    """A file and what a reader must find in it.

    Parameters
    ----------
    path
        The file, or a folder.
    truth
        The measurement.
    named
        True where the file says what its columns are called.
    odd
        True where something is odd, so that a note is right.
    close
        How near the numbers must be, as a share of the largest: what the program rounds to.
    """

    path: Path
    truth: Measurement
    named: bool = False
    odd: bool = False
    close: float = 1e-9


Writer = Callable[[Path, Measurement, np.random.Generator], Written]

_AXES: dict[str, tuple[str, tuple[float, float], tuple[float, float], tuple[str, ...]]] = {
    "Raman": ("cm-1", (80.0, 1800.0), (0.4, 2.5), ("Raman shift (cm-1)", "Raman Shift / cm\u207b\u00b9", "x", "Shift")),
    "FTIR": ("cm-1", (400.0, 4000.0), (0.9, 4.0), ("Wavenumber (cm-1)", "cm-1", "wavenumber [1/cm]", "x")),
    "31P NMR": ("ppm", (-150.0, 150.0), (0.05, 0.7), ("ppm", "chemical shift (ppm)", "\u03b4 / ppm", "x")),
    "O 1s XPS": ("eV", (520.0, 545.0), (0.05, 0.1), ("Binding Energy (eV)", "BE / eV", "B.E.", "x")),
}
_NAMES = ("glass a", "x=0.3", "20% P2O5", "S1", "Na3PS4 (2)", "run 1", "300 K", "-5 C", "Intensity (a.u.)", "25C_b")
_SINGLE = ("Intensity", "Intensity (a.u.)", "counts", "I", "y", "signal [a.u.]", "Absorbance")
MOST_POINTS = 300


def measurement(rng: np.random.Generator, *, columns: int | None = None, technique: str = "") -> Measurement:
    """A simulated measurement: lines on a slope with noise, as one of the four techniques gives it."""
    technique = technique or str(rng.choice(list(_AXES)))
    unit, span, steps, titles = _AXES[technique]
    step = float(rng.uniform(*steps))
    low = float(rng.uniform(span[0], span[0] + 0.4 * (span[1] - span[0])))
    size = int(min(MOST_POINTS, max(40, (span[1] - low) / step * rng.uniform(0.3, 1.0))))
    x = low + step * np.arange(size)
    if technique == "Raman" and rng.random() < 0.5:
        x = x - 4e-5 * step * np.arange(size) ** 2  # a grating
    if rng.random() < 0.5:
        x = x[::-1]
    places = _places(rng, step)
    y, digits = _intensities(rng, x, columns or int(rng.choice([1, 1, 1, 2, 3, 6])))
    names = tuple(str(n) for n in rng.choice(_NAMES, len(y), replace=False))
    names = (str(rng.choice(_SINGLE)),) if len(y) == 1 else names
    x = x if places is None else np.round(x, places)
    return Measurement(technique, unit, x, y, str(rng.choice(titles)), names, (places, digits))


def _places(rng: np.random.Generator, step: float) -> int | None:
    """Decimals that keep the axis even enough to have no value twice; None for all digits."""
    least = max(0, int(np.ceil(-np.log10(step))) + 1)
    return None if rng.random() < 0.25 else least + int(rng.integers(0, 5))


def _intensities(rng: np.random.Generator, x: Array, columns: int) -> tuple[Array, int | None]:
    width = np.ptp(x)
    scale = 10.0 ** rng.uniform(-1, 5.5)
    rows = []
    for _ in range(columns):
        lines = sum(
            rng.uniform(0.1, 1) * np.exp(-(((x - rng.choice(x)) / (rng.uniform(0.005, 0.1) * width)) ** 2))
            for _ in range(4)
        )
        rows.append(scale * (lines + rng.uniform(-0.1, 0.5) * (x - x.min()) / width + rng.normal(0, 0.02, x.size)))
    y = np.array(rows)
    if rng.random() < 0.25:
        return np.round(np.abs(y) * (1 + 1e3 / scale)), 0
    digits = None if rng.random() < 0.3 else max(0, int(3 - np.floor(np.log10(scale)))) + int(rng.integers(0, 4))
    return (y if digits is None else np.round(y, digits)), digits
