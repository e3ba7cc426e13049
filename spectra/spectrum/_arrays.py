"""A labelled spectrum from arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput, Offenders
from shortrange_core.shown_numbers import counted
from spectra.spectrum._contract import AXES, FEWEST_POINTS, VARIABLES, Array, Coordinate, check, scale_problems
from spectra.spectrum._noise_levels import estimate_noise


def from_arrays(
    x: npt.ArrayLike,
    intensity: npt.ArrayLike,
    *,
    axis: str,
    noise: npt.ArrayLike | None = None,
    counts: npt.ArrayLike | None = None,
    imaginary: npt.ArrayLike | None = None,
    technique: str | None = None,
    intensity_unit: str = "arbitrary",
    history: str = "",
    **coords: Coordinate,
) -> xr.Dataset:
    """Make a labelled spectrum from plain arrays: sorted, checked, with a noise of stated origin.

    Parameters
    ----------
    x
        n axis values in the unit of ``axis``, in either order, none twice.
    intensity
        n intensities (complex only over ``time``).
    axis
        One of :data:`AXES`, such as ``"raman_shift"`` (cm-1) or ``"binding_energy"`` (eV).
    noise
        Standard deviation of the intensity: one positive number or n of them. Where absent it is the square root of
        ``counts`` (at least one count) in the unit of the intensity, and else it is estimated by
        :func:`estimate_noise`; the coordinate ``noise_source`` says which.
    counts
        n detector counts behind the intensities, for Poisson weights.
    imaginary
        n imaginary parts of a processed NMR spectrum.
    technique
        Such as ``"31P NMR"``, ``"Raman"``, ``"FTIR"``, ``"O 1s XPS"``.
    intensity_unit
        Unit of the intensity, such as ``"counts"``, ``"counts/s"``, ``"absorbance"``.
    history
        What was done so far, one sentence a step.
    **coords
        Scalar coordinates: sample, reference, photon_energy (eV), spinning_rate (Hz), temperature (K) ...; None is
        left out.

    Returns
    -------
    xr.Dataset
        The spectrum over the ascending axis.

    Raises
    ------
    BadInput
        If lengths differ, a value is not finite, an axis value repeats, the axis is unknown, the noise is not
        positive or cannot be estimated; all problems together.

    Examples
    --------
    >>> spectrum = from_arrays([3, 2, 1], [0.1, 2.0, 0.2], axis="raman_shift", noise=0.1, sample="x = 0.3")
    >>> spectrum.raman_shift.values.tolist(), spectrum.intensity.values.tolist()
    ([1.0, 2.0, 3.0], [0.2, 2.0, 0.1])
    >>> str(spectrum.noise_source.item()), spectrum.raman_shift.attrs["units"]
    ('given', 'cm-1')
    """
    if axis not in AXES:
        raise BadInput(f"axis {axis!r}: is not known; give one of {', '.join(AXES)}")
    at = _column("x", x)
    dtype = complex if axis == "time" and np.iscomplexobj(np.asarray(intensity)) else float
    given: dict[str, Array] = {"intensity": _column("intensity", intensity, dtype)}
    for name, values in (("counts", counts), ("imaginary", imaginary)):
        if values is not None:
            given[name] = _column(name, values)
    if noise is not None:
        level = np.asarray(noise, dtype=float)
        given["noise"] = np.full(at.shape, float(level)) if level.ndim == 0 else _column("noise", level)
    _check_columns(at, given, axis)
    order = np.argsort(at, kind="stable")
    sorted_columns = {name: values[order] for name, values in given.items()}
    source = "given" if noise is not None else "counts" if counts is not None else "estimated"
    if "noise" not in sorted_columns:
        sorted_columns["noise"] = _noise(sorted_columns)
    scalars: dict[str, Coordinate] = {"technique": technique, "noise_source": source, **coords}
    spectrum = xr.Dataset(
        {name: (axis, sorted_columns[name]) for name in VARIABLES if name in sorted_columns},
        coords={axis: (axis, at[order]), **{k: v for k, v in scalars.items() if v is not None}},
        attrs={"history": history} if history else {},
    )
    spectrum[axis].attrs["units"] = AXES[axis]
    for name in ("intensity", "noise", "imaginary"):
        if name in spectrum:
            spectrum[name].attrs["units"] = intensity_unit
    if "counts" in spectrum:
        spectrum["counts"].attrs["units"] = "counts"
    return check(spectrum)


def _column(name: str, values: npt.ArrayLike, dtype: type = float) -> Array:
    try:
        array: Array = np.array(values, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{name}: is not a column of numbers ({error}); give n numbers") from error
    if array.ndim != 1:
        raise BadInput(f"{name}: has the shape {array.shape}; give one column of n numbers")
    return array


def _check_columns(at: Array, given: dict[str, Array], axis: str) -> None:
    offenders = Offenders()
    if at.size < FEWEST_POINTS:
        offenders.add(f"{axis}: has {counted(at.size, 'point')}; a spectrum needs at least {FEWEST_POINTS}")
    for name, values in given.items():
        if values.size != at.size:
            offenders.add(f"{name}: has {values.size} values for {at.size} axis values; give one each")
    for name, values in {axis: at, **given}.items():
        bad = int(np.sum(~np.isfinite(values)))
        if bad:
            first = int(np.argmax(~np.isfinite(values)))
            where = f"the first at index {first} ({values[first]:g})"
            offenders.add(f"{name}: {counted(bad, 'value is', 'values are')} not finite, {where}; cut or repair them")
        elif name != axis:
            offenders.add(*scale_problems(name, values))
    if "counts" in given and np.any(given["counts"] < 0):
        offenders.add(
            f"counts: {counted(int(np.sum(given['counts'] < 0)), 'value is', 'values are')} negative; counts "
            f"are 0 or more"
        )
    offenders.raise_if_any()
    _check_repeats(at, axis)


def _check_repeats(at: Array, axis: str) -> None:
    unique, number = np.unique(at, return_counts=True)
    if unique.size < at.size:
        twice = ", ".join(f"{value:g}" for value in unique[number > 1][:5])
        raise BadInput(
            f"{axis}: {at.size - unique.size} axis values repeat ({twice} ...); the axis must be monotonic: "
            "average repeated scans, or check that the columns are not swapped"
        )


def _noise(columns: dict[str, Array]) -> Array:
    intensity = columns["intensity"]
    if "counts" not in columns:
        return np.full(intensity.shape, estimate_noise(intensity))
    counts = columns["counts"]
    seen = counts > 0
    if not np.any(seen):
        raise BadInput("counts: all are zero, so there is no spectrum; check the column")
    per_count = float(np.median(intensity[seen] / counts[seen]))
    if not per_count > 0:
        raise BadInput("intensity: is not proportional to the counts given; give noise= instead")
    return np.asarray(per_count * np.sqrt(np.maximum(counts, 1.0)))
