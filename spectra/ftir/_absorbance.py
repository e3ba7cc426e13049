r"""Infrared intensities: transmittance to absorbance with its noise, windows as area ratios, the air's own lines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.spelling import option
from spectra.ftir import _defaults as ftir_defaults
from spectra.models import public_windows
from spectra.spectrum import LAG, MAD_PER_SIGMA, SECOND_DIFFERENCE_GAIN, axis_of, check, recorded, text_of

QUANTITIES = ("absorbance", "transmittance", "percent transmittance")
LEAST_SIGNAL = 2.0
"""Noise standard deviations of transmittance below which its logarithm means nothing."""
EDGE_STEP = 10.0
"""cm-1 by which the edge at 950 is moved, each way, to see what hangs on it."""
LARGEST_ABSORBANCE = 10.0
Array = npt.NDArray[np.float64]
_SPELLINGS = {
    "absorbance": "absorbance",
    "a.u.": "absorbance",
    "transmittance": "transmittance",
    "t": "transmittance",
    "percent transmittance": "percent transmittance",
    "%t": "percent transmittance",
    "% t": "percent transmittance",
    "%": "percent transmittance",
    "%transmittance": "percent transmittance",
    "% transmittance": "percent transmittance",
}


def to_absorbance(spectrum: xr.Dataset, *, quantity: str | None = None) -> xr.Dataset:
    r"""Absorbance of an infrared spectrum, with its noise.

    .. math:: A = -\log_{10} T, \qquad \mathrm{sd}(A) = \frac{\mathrm{sd}(T)}{T \ln 10}

    Points whose transmittance is below two of its standard deviations are left out: their logarithm means nothing.

    Parameters
    ----------
    spectrum
        Spectrum over ``wavenumber``.
    quantity
        One of absorbance, transmittance, percent transmittance; the unit of the intensity where absent, and absorbance
        where that says nothing and no intensity is above 10.

    Raises
    ------
    BadInput
        If the quantity is not known or neither of these (a single beam, a reflectance), or no point is left.

    Examples
    --------
    >>> from spectra import from_arrays
    >>> raw = from_arrays([1, 2, 3], [1.0, 0.1, 0.5], axis="wavenumber", noise=0.001, intensity_unit="transmittance")
    >>> found = to_absorbance(raw)
    >>> found.intensity.values.round(3).tolist(), found.noise.values.round(5).tolist()
    ([-0.0, 1.0, 0.301], [0.00043, 0.00434, 0.00087])
    """
    spectrum = check(spectrum)
    unit = str(spectrum["intensity"].attrs.get("units", ""))
    said_quantity = _SPELLINGS.get((quantity or unit).lower(), "absorbance" if quantity is None else "")
    if not said_quantity:
        raise BadInput(f"quantity {quantity!r}: is not known; give one of {', '.join(QUANTITIES)}")
    if quantity is None and unit.lower() not in _SPELLINGS:
        _check_unsaid(spectrum, unit)
    if said_quantity == "absorbance":
        return spectrum
    scale = 0.01 if said_quantity.startswith("percent") else 1.0
    share, sd = scale * spectrum["intensity"].values, scale * spectrum["noise"].values
    good = share > LEAST_SIGNAL * sd
    if not good.any():
        raise BadInput(
            "transmittance: no point is above its noise, so absorbance cannot be calculated; check the unit and block"
        )
    axis = axis_of(spectrum)
    kept = spectrum.drop_vars("counts", errors="ignore").isel({axis: np.flatnonzero(good)})
    result = kept.assign(
        intensity=(axis, -np.log10(share[good]), {"units": "absorbance"}),
        noise=(axis, sd[good] / (share[good] * math.log(10.0)), {"units": "absorbance"}),
    ).assign_coords(noise_source="estimated" if text_of(spectrum, "noise_source") == "estimated" else "given")
    left = int(np.sum(~good))
    return recorded(result, f"absorbance from {said_quantity}" + (f", {left} opaque points left out" if left else ""))


def _check_unsaid(spectrum: xr.Dataset, unit: str) -> None:
    """Refuse to take for absorbance what says that it is something else, or is far too large."""
    if unit and unit != "arbitrary":
        raise BadInput(
            f"intensity: is in {unit!r}, neither absorbance nor transmittance; divide a single beam by its background, "
            f"or state what it is: {option('quantity')}, one of {', '.join(QUANTITIES)}"
        )
    largest = float(spectrum["intensity"].max())
    if largest > LARGEST_ABSORBANCE:
        raise BadInput(
            f"intensity: reaches {largest:g} without a unit; no absorbance is above {LARGEST_ABSORBANCE:g}: give "
            f"{option('quantity', 'percent transmittance')} if that is what it is"
        )


def ranges() -> dict[str, tuple[float, float]]:
    """Windows of the bonds in cm-1, from the public peak library.

    Examples
    --------
    >>> ranges()["bridging P-O-P"]
    (600.0, 950.0)
    """
    windows = public_windows("FTIR", ftir_defaults.CLASSES.values())
    return {name: (windows[text].lower, windows[text].upper) for name, text in ftir_defaults.CLASSES.items()}


def window_areas(
    spectrum: xr.Dataset, *, windows: Mapping[str, tuple[float, float]] | None = None, baseline: bool = True
) -> Estimates:
    """Areas of the windows with their covariance.

    Every area is a linear function of the intensities: trapezoids, less one straight baseline through the ends of all
    windows together, whose errors are shared by all areas.

    Parameters
    ----------
    spectrum
        Absorbance over ``wavenumber``.
    windows
        Lower and upper end of every window, cm-1; :func:`ranges` where absent.
    baseline
        Take the straight line through the two ends away.

    Returns
    -------
    Estimates
        One entry a window, absorbance x cm-1, with the facet ``window``.

    Raises
    ------
    BadInput
        If a window is not measured whole.

    Examples
    --------
    >>> from spectra import from_arrays
    >>> x = np.arange(400.0, 1201.0, 1.0)
    >>> flat = from_arrays(x, 0.1 + np.exp(-(((x - 775) / 60) ** 2)), axis="wavenumber", noise=0.01)
    >>> window_areas(flat).value.values.round(1).tolist()
    [0.0, 106.3, 0.0]
    """
    spectrum = check(spectrum)
    x = np.asarray(spectrum.wavenumber.values, dtype=float)
    y, sd = (np.asarray(spectrum[name].values, dtype=float) for name in ("intensity", "noise"))
    chosen = ranges() if windows is None else windows
    lowest, highest = min(low for low, _ in chosen.values()), max(high for _, high in chosen.values())
    step = float(np.max(np.diff(x)))
    if x[0] > lowest + step or x[-1] < highest - step:
        raise BadInput(
            f"wavenumber: the windows need {lowest:g} to {highest:g} cm-1, but {x[0]:g} to {x[-1]:g} were measured; "
            f"give {option('windows')}"
        )
    weights = np.stack([_weights(x, low, high) for low, high in chosen.values()])
    if baseline:
        line = _line(x, lowest, highest)
        weights = weights - weights @ line
    correlation = float(spectrum.coords["noise_correlation"]) if "noise_correlation" in spectrum.coords else 1.0
    covariance = (weights * sd**2) @ weights.T * correlation
    return Estimates.build(list(chosen), weights @ y, covariance, window=list(chosen))


def _weights(x: Array, low: float, high: float) -> Array:
    """Weights of the points in the integral of the piecewise straight curve from ``low`` to ``high``."""
    weights = np.zeros_like(x)
    low, high = max(low, float(x[0])), min(high, float(x[-1]))
    left, right = np.clip(x[:-1], low, high), np.clip(x[1:], low, high)
    width = np.diff(x)
    middle = ((left + right) / 2 - x[:-1]) / width
    weights[:-1] += (right - left) * (1 - middle)
    weights[1:] += (right - left) * middle
    return weights


BASELINE_POINTS = 5


def _line(x: Array, low: float, high: float) -> Array:
    """Matrix from intensities to the straight line through the means of the five points at either end."""
    inside = np.flatnonzero((x >= low) & (x <= high))
    ends = [inside[:BASELINE_POINTS], inside[-BASELINE_POINTS:]]
    anchors = [float(x[e].mean()) for e in ends]
    matrix = np.zeros((x.size, x.size))
    share = (x - anchors[0]) / (anchors[1] - anchors[0])
    matrix[:, ends[0]] = ((1 - share) / ends[0].size)[:, None]
    matrix[:, ends[1]] = (share / ends[1].size)[:, None]
    return matrix


def window_index(spectrum: xr.Dataset) -> tuple[Estimates, tuple[Note, ...]]:
    """Area of the "bridging" window over that of the oxygen windows: an area ratio, never a share of bridging oxygen.

    Parameters
    ----------
    spectrum
        Absorbance over 400 to 1200 cm-1.

    Returns
    -------
    tuple
        Entries ``index``, ``index_edge_lower`` and ``index_edge_upper`` (the edge at 950 cm-1 moved by 10 cm-1 each
        way), and notes.

    Examples
    --------
    >>> from spectra import from_arrays
    >>> x = np.arange(400.0, 1201.0, 1.0)
    >>> y = np.exp(-(((x - 800) / 40) ** 2)) + np.exp(-(((x - 1060) / 40) ** 2))
    >>> index, notes = window_index(from_arrays(x, y, axis="wavenumber", noise=0.001))
    >>> float(index.value[0].round(3)), notes[0].code
    (0.5, 'window-index-is-no-fraction')
    """
    published = ranges()
    low, edge = published[ftir_defaults.BRIDGING]
    high = published[ftir_defaults.TERMINAL_OXYGEN][1]
    marks = (low, edge - EDGE_STEP, edge, edge + EDGE_STEP, high)
    first = published[ftir_defaults.TERMINAL_SULFUR]
    windows = {"sulfur": first} | {f"part{k}": pair for k, pair in enumerate(itertools.pairwise(marks))}
    parts = window_areas(spectrum, windows=windows)

    def ratios(values: Array) -> list[float]:
        total = float(values[1:].sum())
        return [float(values[1:upto].sum()) / total for upto in (3, 2, 4)]

    index = parts.propagate(ratios, ["index", "index_edge_lower", "index_edge_upper"])
    indices = index.value.values
    swing = float(np.max(np.abs(indices[1:] - indices[0])))
    notes = [
        Note(
            "window-index-is-no-fraction",
            Severity.INFO,
            "the window index is a ratio of areas with unknown responses, and the windows overlap",
            "do not take it as a fraction of bridging oxygen",
        )
    ]
    if swing > 2 * float(index.sd.values[0]):
        text = (
            f"moving the edge at {edge:g} cm-1 by {EDGE_STEP:g} changes the index by {swing:.3f}, more than its noise"
        )
        notes.append(Note("window-edge-sensitive", Severity.WARNING, text, "fit bands instead of windows"))
    return index, tuple(notes)


def atmosphere_notes(spectrum: xr.Dataset) -> tuple[Note, ...]:
    """Notes if carbon dioxide or water vapour of the air is visible: roughness above that of the rest of the spectrum.

    Parameters
    ----------
    spectrum
        Absorbance over ``wavenumber``.
    """
    x = np.asarray(spectrum.wavenumber.values, dtype=float)
    y = np.asarray(spectrum["intensity"].values, dtype=float)
    if x.size <= 4 * LAG:
        return ()
    rough = np.abs(2 * y[LAG:-LAG] - y[: -2 * LAG] - y[2 * LAG :]) / (MAD_PER_SIGMA * SECOND_DIFFERENCE_GAIN)
    at = x[LAG:-LAG]
    marked = np.zeros(at.shape, dtype=bool)
    for ranges in ftir_defaults.ATMOSPHERE.values():
        for low, high in ranges:
            marked |= (at >= low) & (at <= high)
    if not np.any(~marked):
        return ()
    quiet = float(np.median(rough[~marked]))
    notes = []
    for gas, ranges in ftir_defaults.ATMOSPHERE.items():
        for low, high in ranges:
            part = rough[(at >= low) & (at <= high)]
            if part.size >= 8 and float(np.median(part)) > ftir_defaults.ROUGHNESS * quiet:
                text = (
                    f"between {low:g} and {high:g} cm-1 the spectrum is {np.median(part) / quiet:.0f} times as rough "
                    f"as elsewhere: lines of atmospheric {gas}"
                )
                notes.append(Note("atmosphere", Severity.WARNING, text, "purge longer, or exclude that range"))
    return tuple(notes)
