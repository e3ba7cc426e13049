"""Lines at stated positions: how wide a line the spectrum shows there, how far it may move, the model of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

import spectra
from shortrange_core.errors import BadInput
from shortrange_core.spelling import option, spelled

Array = npt.NDArray[np.float64]
BACKGROUND_DEGREE = 3
WIDEST_SHARE = 0.5
LEAST_DEPTH = 4.0  # a flank falls or rises by four standard deviations of the noise, or it is none,
LEAST_SHARE = 0.02  # ... and by this share of the intensities, as maxima do that are searched for
MOVES_BY_WIDTH = 0.5  # a line may move by half its width at half maximum, as the spectrum shows it
MOVES_BY_POINTS = 3  # ... and by three points at least: a position is stated to a few of them


def by_position() -> str:
    """How the place of the reader spells positions."""
    return spelled(option("positions"), command_line="--peaks", recipe="positions")


def axis_of(spectrum: xr.Dataset) -> str:
    """The axis that a spectrum is fitted along."""
    return next(str(dim) for dim in spectrum["intensity"].dims if dim in spectra.AXES)


def model_at(
    spectrum: xr.Dataset, positions: Sequence[float], *, background_degree: int | None = None, **of_region: Any
) -> spectra.Model:
    """Pseudo-Voigt lines at stated positions over a polynomial background; of a core level as doublets over Shirley's.

    Parameters
    ----------
    spectrum
        One labelled spectrum.
    positions
        Positions in the unit of the axis.
    background_degree
        Degree of the polynomial; 3 where absent, 1 of a core level.
    of_region
        Of a core level: shape, background and more of :func:`spectra.xps.model`; the sodium Auger line is left out
        unless asked for.

    Raises
    ------
    BadInput
        If there is no position, one repeats, or one lies outside the axis; all together.
    """
    axis = axis_of(spectrum)
    x = np.asarray(spectrum[axis].values, dtype=float)
    places = np.sort(np.asarray(list(positions), dtype=float))
    reach = float(x[-1] - x[0])
    unit = spectra.AXES[axis]
    outside = [f"{p:g}" for p in places if not x[0] < p < x[-1]]
    if outside:
        raise BadInput(f"{by_position()} {', '.join(outside)}: outside the range {x[0]:g} to {x[-1]:g} {unit}")
    if places.size == 0:
        raise BadInput(f"no line: no position is given and no maximum exceeds the noise; give {by_position()}")
    if np.any(np.diff(places) <= 0):
        raise BadInput(f"{by_position()}: a position repeats; give each line once")
    step = reach / (x.size - 1)
    gaps = np.diff(np.concatenate([[-np.inf], places, [np.inf]]))
    y = np.asarray(spectrum["intensity"].values, dtype=float)
    windows, widths = [], []
    for number, place in enumerate(places):
        seen = width_at(x, y, float(place))
        free = max(MOVES_BY_WIDTH * seen, MOVES_BY_POINTS * step)
        room = min(free, float(gaps[number]) / 2, float(gaps[number + 1]) / 2)
        windows.append((float(place), max(float(place) - room, float(x[0])), min(float(place) + room, float(x[-1]))))
        widths.append((min(max(seen, 3 * step), WIDEST_SHARE * reach), step, WIDEST_SHARE * reach))
    if axis == spectra.xps.XPS.axis and spectra.xps.level_of(spectrum):
        return _core_level(spectrum, windows, {"sodium": False, "background_degree": background_degree, **of_region})
    peaks = [
        spectra.peak(f"line{number}", {"center": window, "fwhm": width})
        for number, (window, width) in enumerate(zip(windows, widths, strict=True), start=1)
    ]
    degree = BACKGROUND_DEGREE if background_degree is None else background_degree
    technique = str(spectrum.coords["technique"].item()) if "technique" in spectrum.coords else ""
    return spectra.Model(technique, axis, tuple(peaks), background=(spectra.backgrounds.polynomial(degree),))


def _core_level(
    spectrum: xr.Dataset, windows: Sequence[tuple[float, float, float]], options: Mapping[str, Any]
) -> spectra.Model:
    """Lines at positions of a core level: doublets over Shirley's background, which count nothing."""
    ends = {f"line{number}": window[1:] for number, window in enumerate(windows, start=1)}
    made = spectra.xps.model(spectrum, (), surface=tuple(ends), windows=ends, **options)
    return replace(made, notes=tuple(note for note in made.notes if note.code != "no-published-position"))


def width_at(x: Array, y: Array, place: float) -> float:
    """Full width at half maximum of the line nearest to a position, as the intensities show it; 0 where there is none.

    From the highest point within three points of the position down to the valley on either side; of a shoulder, whose
    one flank rises, twice the other half. It does not depend on the range around the line.

    Parameters
    ----------
    x, y
        m positions, ascending, and intensities.
    place
        Position, unit of the axis.

    Examples
    --------
    >>> x = np.linspace(0.0, 100.0, 501)
    >>> line = np.exp(-4 * np.log(2) * ((x - 40.0) / 8.0) ** 2)
    >>> round(width_at(x, 1 + line, 41.0)), round(width_at(x[150:260], 1 + line[150:260], 39.6))
    (8, 8)
    """
    smooth = np.convolve(np.pad(y, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
    near = int(np.argmin(np.abs(x - place)))
    first = max(near - MOVES_BY_POINTS, 0)
    top = first + int(np.argmax(smooth[first : near + MOVES_BY_POINTS + 1]))
    ripple = max(LEAST_DEPTH * spectra.estimate_noise(y), LEAST_SHARE * float(np.ptp(y)))
    valleys = [_valley(flank, ripple) for flank in (smooth[top::-1], smooth[top:])]
    depth = max(float(smooth[top] - smooth[top + side * at]) for side, at in zip((-1, 1), valleys, strict=True))
    halves = []
    for side, at in zip((-1, 1), valleys, strict=True):
        below = np.flatnonzero(smooth[top : top + side * (at + 1) or None : side] < smooth[top] - depth / 2)
        if below.size:
            halves.append(abs(float(x[top + side * int(below[0])] - x[top])))
    return 2 * sum(halves) / len(halves) if halves and depth > ripple else 0.0


def _valley(flank: Array, ripple: float) -> int:
    """Steps from the first of some intensities to where they have fallen and rise again by more than a ripple."""
    rising = np.flatnonzero(flank - np.minimum.accumulate(flank) > ripple)
    return int(np.argmin(flank[: int(rising[0]) if rising.size else flank.size]))
