"""Many spectra over one axis: maps, series and recovery stacks as one labelled dataset."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput
from spectra.contract import AXES, FEWEST_POINTS, LAG, MAD_PER_SIGMA, SECOND_DIFFERENCE_GAIN, check, scale_problems
from spectra.readers.records import Array, Raw


def from_stack(raw: Raw, *, technique: str = "", history: str = "") -> xr.Dataset:
    """Make a stack of spectra over one ascending axis, the noise of each estimated where no counts are given.

    Parameters
    ----------
    raw
        A block with ``stack`` dimensions and ``y`` of their shape, the axis last.
    technique
        Name for the coordinate.
    history
        What was done so far.

    Raises
    ------
    BadInput
        If shapes disagree, axis values repeat, or values are not finite.
    """
    sizes = tuple(dim.values.size for dim in raw.stack)
    if raw.y.shape != (*sizes, raw.x.size):
        raise BadInput(f"the stack has the shape {raw.y.shape}, but its axes have {(*sizes, raw.x.size)} values")
    if np.unique(raw.x).size < raw.x.size or not np.all(np.isfinite(raw.x)):
        raise BadInput(f"{raw.axis}: values repeat or are not finite; the axis of a stack must be monotonic")
    if raw.x.size < FEWEST_POINTS or 0 in sizes:
        raise BadInput(
            f"the stack has {sizes} spectra of {raw.x.size} points; {FEWEST_POINTS} points and one are needed"
        )
    problems = scale_problems("intensity", np.asarray(raw.y))
    if problems:
        raise BadInput(*problems)
    order = np.argsort(raw.x, kind="stable")
    intensity = np.asarray(raw.y)[..., order]
    dims = (*(dim.name for dim in raw.stack), raw.axis)
    spectrum = xr.Dataset(
        {"intensity": (dims, intensity), "noise": (dims, _noise(intensity))},
        coords={raw.axis: (raw.axis, raw.x[order]), **{dim.name: (dim.name, dim.values) for dim in raw.stack}},
        attrs={"history": history} if history else {},
    )
    for name, values in raw.labels.items():
        spectrum = spectrum.assign_coords({name: (raw.stack[0].name, values)})
    scalars = {"technique": technique, "noise_source": "estimated", **raw.coords}
    spectrum = spectrum.assign_coords({k: v for k, v in scalars.items() if v is not None and v != ""})
    spectrum[raw.axis].attrs["units"] = AXES[raw.axis]
    for dim in raw.stack:
        if dim.unit:
            spectrum[dim.name].attrs["units"] = dim.unit
    for name in ("intensity", "noise"):
        spectrum[name].attrs["units"] = raw.intensity_unit
    return check(spectrum, stack=True)


def _noise(intensity: Array) -> npt.NDArray[np.float64]:
    """Noise of every spectrum of a stack by second differences; of a constant one, the median of the others."""
    parts = [intensity.real, intensity.imag] if np.iscomplexobj(intensity) else [intensity]
    lag = LAG if intensity.shape[-1] > 2 * LAG else 1
    variances = []
    for part in parts:
        middle = 2 * part[..., lag:-lag] - part[..., : -2 * lag] - part[..., 2 * lag :]
        sigma = np.median(np.abs(middle), axis=-1) / (MAD_PER_SIGMA * SECOND_DIFFERENCE_GAIN)
        rms = np.sqrt(np.mean(middle**2, axis=-1)) / SECOND_DIFFERENCE_GAIN
        variances.append(np.where(sigma > 0, sigma, rms) ** 2)
    sd = np.sqrt(np.mean(variances, axis=0))
    if not np.any(sd > 0):
        raise BadInput("intensity: every spectrum of the stack is constant; check the file")
    sd = np.where(sd > 0, sd, np.median(sd[sd > 0]))
    return np.array(np.broadcast_to(sd[..., None], intensity.shape), dtype=np.float64)
