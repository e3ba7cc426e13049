"""Many spectra over one axis: maps, series and recovery stacks as one labelled dataset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput
from spectra.readers.raw import Array, Raw
from spectra.spectrum import AXES, FEWEST_POINTS, LAG, MAD_PER_SIGMA, SECOND_DIFFERENCE_GAIN, check, scale_problems

BLOCK = 64
"""Spectra whose noise is estimated together: few enough for the cache."""
SINGLE_RANGE = (1e-20, 1e30)


def from_stack(
    raw: Raw, *, technique: str = "", history: str = "", lazy: Callable[[Array], tuple[Any, Any]] | None = None
) -> xr.Dataset:
    """Make a stack of spectra over one ascending axis, the noise of each estimated where no counts are given.

    Parameters
    ----------
    raw
        A block with ``stack`` dimensions and ``y`` of their shape, the axis last.
    technique
        Name for the coordinate.
    history
        What was done so far.
    lazy
        Takes the positions that sort the axis, gives intensity and noise in place of ``y``: for spectra that stay in
        their file.

    Raises
    ------
    BadInput
        If shapes disagree, axis values repeat, or values are not finite.
    """
    sizes = tuple(dim.values.size for dim in raw.stack)
    shape = raw.y.shape if raw.rows is None else raw.rows.shape
    if shape != (*sizes, raw.x.size):
        raise BadInput(f"the stack has the shape {shape}, but its axes have {(*sizes, raw.x.size)} values")
    if np.unique(raw.x).size < raw.x.size or not np.all(np.isfinite(raw.x)):
        raise BadInput(f"{raw.axis}: values repeat or are not finite; the axis of a stack must be monotonic")
    if raw.x.size < FEWEST_POINTS or 0 in sizes:
        raise BadInput(
            f"the stack has {sizes} spectra of {raw.x.size} points; at least one spectrum of {FEWEST_POINTS} "
            "points is needed"
        )
    order = np.argsort(raw.x, kind="stable")
    dims = (*(dim.name for dim in raw.stack), raw.axis)
    intensity, noise = _arrays(raw, order) if lazy is None else lazy(order)
    spectrum = xr.Dataset(
        {"intensity": (dims, intensity), "noise": (dims, noise)},
        coords={raw.axis: (raw.axis, raw.x[order]), **{dim.name: (dim.name, dim.values) for dim in raw.stack}},
        attrs={"history": history} if history else {},
    )
    for name, values in raw.labels.items():
        unit = raw.label_units.get(name, "")
        spectrum = spectrum.assign_coords({name: (raw.stack[0].name, values, {"units": unit} if unit else {})})
    scalars = {"technique": technique, "noise_source": "estimated", **raw.coords}
    spectrum = spectrum.assign_coords({k: v for k, v in scalars.items() if v is not None and v != ""})
    spectrum[raw.axis].attrs["units"] = AXES[raw.axis]
    for dim in raw.stack:
        if dim.unit:
            spectrum[dim.name].attrs["units"] = dim.unit
    for name in ("intensity", "noise"):
        spectrum[name].attrs["units"] = raw.intensity_unit
    return check(spectrum, stack=True)


def _arrays(raw: Raw, order: Array) -> tuple[Array, Array]:
    """Intensity and noise of spectra in memory, over the sorted axis."""
    problems = scale_problems("intensity", raw.y)
    if problems:
        raise BadInput(*problems)
    falls = bool(order[0] == order.size - 1 and np.all(np.diff(order) == -1))
    given = raw.y[..., ::-1] if falls else raw.y if np.all(np.diff(order) == 1) else raw.y[..., order]
    with np.errstate(invalid="ignore"):  # a signalling NaN of a damaged file, which the contract refuses
        intensity = np.array(given, dtype=complex if np.iscomplexobj(raw.y) else float, order="C")
    return intensity, _noise(intensity)


def _noise(intensity: Array) -> Array:
    """Noise of every spectrum of a stack, the same at all its points; of a constant one, the median of the others."""
    sd = spectrum_noise(intensity)
    if not np.any(sd > 0):
        raise BadInput("intensity: every spectrum of the stack is constant; check the file")
    return np.broadcast_to(np.where(sd > 0, sd, np.median(sd[sd > 0]))[..., None], intensity.shape)


def spectrum_noise(intensity: Array) -> npt.NDArray[np.float64]:
    """Standard deviation of white noise of every spectrum of a stack, by second differences; 0 of a constant one.

    Parameters
    ----------
    intensity
        (..., m) intensities in the order of the axis; of complex ones the mean of both parts.

    Returns
    -------
    ndarray
        One value a spectrum, what :func:`spectra.estimate_noise` gives of it but for its rounding step.

    Examples
    --------
    >>> spectrum_noise(np.random.default_rng(0).normal(0, [[1.0], [3.0]], (2, 4000))).round(1).tolist()
    [1.0, 3.0]
    """
    parts = [intensity.real, intensity.imag] if np.iscomplexobj(intensity) else [intensity]
    rows = [part.reshape(-1, intensity.shape[-1]) for part in parts]
    variances = [
        np.concatenate([_variance(part[low : low + BLOCK]) for low in range(0, len(part), BLOCK)]) for part in rows
    ]
    return np.asarray(np.sqrt(np.mean(variances, axis=0)).reshape(intensity.shape[:-1]), dtype=np.float64)


def _variance(rows: Array) -> Array:
    """Noise variance of a block of spectra small enough for the cache."""
    lag = LAG if rows.shape[-1] > 2 * LAG else 1
    middle = 2.0 * rows[:, lag:-lag]
    middle -= rows[:, : -2 * lag]
    middle -= rows[:, 2 * lag :]
    np.abs(middle, out=middle)
    largest = float(middle.max(initial=0.0))
    single = SINGLE_RANGE[0] < largest < SINGLE_RANGE[1]  # numpy selects single precision in half the time
    sigma = _median(middle.astype(np.float32) if single else middle) / (MAD_PER_SIGMA * SECOND_DIFFERENCE_GAIN)
    if np.any(sigma == 0):
        rms = np.sqrt(np.mean(middle**2, axis=-1)) / SECOND_DIFFERENCE_GAIN
        sigma = np.where(sigma > 0, sigma, rms)
    return np.asarray(sigma**2)


def _median(rows: Array) -> Array:
    """Median of every row, which is overwritten."""
    half = rows.shape[-1] // 2
    rows.partition(half, axis=-1)
    upper = rows[:, half].astype(np.float64)
    return upper if rows.shape[-1] % 2 else (upper + rows[:, :half].max(axis=-1)) / 2
