"""The labelled spectrum: what every reader gives, every step takes, and what the door refuses.

A spectrum is an :class:`xarray.Dataset` with ``intensity`` and ``noise`` (standard deviation of a point), and
optionally ``counts`` and ``imaginary``, over one ascending axis. What may differ between spectra (technique, sample,
reference, photon_energy, spinning_rate, noise_correlation ...) is a scalar coordinate, because attributes vanish
silently in xarray arithmetic; attributes hold units and history only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput, Offenders

AXES: dict[str, str] = {
    "chemical_shift": "ppm",
    "raman_shift": "cm-1",
    "wavenumber": "cm-1",
    "binding_energy": "eV",
    "kinetic_energy": "eV",
    "wavelength": "nm",
    "time": "s",
}
"""Name of every spectral axis with its one unit."""

NOISE_SOURCES = ("given", "counts", "estimated")
VARIABLES = ("intensity", "noise", "counts", "imaginary")
MAD_PER_SIGMA = 0.6744897501960817  # median |z| of a standard normal
SECOND_DIFFERENCE_GAIN = np.sqrt(6.0)  # sd of 2 y[i] - y[i-2] - y[i+2] for white noise of sd 1
LAG = 2
FEWEST_POINTS = 3
SMALLEST_SCALE, LARGEST_SCALE = 1e-150, 1e150
"""Limits of the largest intensity: squares, and sums of them, stay within what a double holds (1e-308 to 1.8e308)."""
LARGEST_LARMOR_MHZ = 3000.0
"""Twice the largest NMR magnet's proton frequency: a value above it is in Hz."""
Array = npt.NDArray[Any]
Coordinate = float | int | str | bool | None


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
        offenders.add(f"{axis}: has {at.size} points; a spectrum needs at least {FEWEST_POINTS}")
    for name, values in given.items():
        if values.size != at.size:
            offenders.add(f"{name}: has {values.size} values for {at.size} axis values; give as many")
    for name, values in {axis: at, **given}.items():
        bad = int(np.sum(~np.isfinite(values)))
        if bad:
            first = int(np.argmax(~np.isfinite(values)))
            where = f"the first at index {first} ({values[first]:g})"
            offenders.add(f"{name}: {bad} values are not finite, {where}; cut or repair them")
        elif name != axis:
            offenders.add(*scale_problems(name, values))
    if "counts" in given and np.any(given["counts"] < 0):
        offenders.add(f"counts: {int(np.sum(given['counts'] < 0))} values are negative; counts are 0 or more")
    offenders.raise_if_any()
    _check_repeats(at, axis)


def scale_problems(name: str, values: Array) -> list[str]:
    """Values whose squares a double cannot hold: sums of squares would overflow, or vanish; NaN is another matter."""
    if np.iscomplexobj(values):
        values = np.abs(values)
    largest = float(max(np.max(values, initial=0.0), -np.min(values, initial=0.0)))
    if largest == 0 or not np.isfinite(largest) or SMALLEST_SCALE <= largest <= LARGEST_SCALE:
        return []
    return [
        f"{name}: the largest value is {largest:.3g}; it must lie between {SMALLEST_SCALE:g} and {LARGEST_SCALE:g}, so "
        "that its square is a number: rescale the spectrum, or check the column"
    ]


def _check_repeats(at: Array, axis: str) -> None:
    unique, number = np.unique(at, return_counts=True)
    if unique.size < at.size:
        twice = ", ".join(f"{value:g}" for value in unique[number > 1][:5])
        raise BadInput(
            f"{axis}: {at.size - unique.size} axis values repeat ({twice} ...); the axis must be monotonic: "
            "average repeated scans, or check that the columns are not swapped"
        )


def estimate_noise(intensity: npt.ArrayLike) -> float:
    r"""Standard deviation of white noise on a smooth curve, from second differences.

    .. math:: \hat\sigma = \mathrm{median}_i |2 y_i - y_{i-2} - y_{i+2}| \, / \, (0.6745 \sqrt 6)

    Holds where lines are wider than about eight points; sharper lines raise it, smoothing and zero filling (correlated
    noise) lower it. Where more than half of the differences vanish (rounded data), their root mean square is used, and
    never less than the rounding step over the square root of 12.

    Parameters
    ----------
    intensity
        n values in the order of the axis; of complex values the mean of both parts.

    Raises
    ------
    BadInput
        If all intensities are equal.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> round(estimate_noise(np.linspace(0, 50, 4000) + rng.normal(0, 2.0, 4000)), 1)
    2.0
    """
    values = np.asarray(intensity)
    if np.iscomplexobj(values):
        return float(np.hypot(estimate_noise(values.real), estimate_noise(values.imag)) / np.sqrt(2))
    if values.size == 0 or np.ptp(values) == 0:
        raise BadInput(
            f"intensity: all {values.size} values are equal, so there is no spectrum; check the column, "
            "or give noise= if a constant is meant"
        )
    lag = LAG if values.size > 2 * LAG else 1
    middle = 2 * values[lag:-lag] - values[: -2 * lag] - values[2 * lag :]
    sigma = float(np.median(np.abs(middle))) / (MAD_PER_SIGMA * SECOND_DIFFERENCE_GAIN)
    if sigma == 0:
        sigma = float(np.sqrt(np.mean(middle**2))) / SECOND_DIFFERENCE_GAIN
    steps = np.diff(np.unique(values))
    rounding = float(steps.min()) / np.sqrt(12.0)
    return float(max(sigma, rounding))


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


def axis_of(spectrum: xr.Dataset) -> str:
    """Name of the spectral axis of ``spectrum``.

    Raises
    ------
    BadInput
        If no dimension, or more than one, is a spectral axis.
    """
    found = [str(name) for name in spectrum.dims if name in AXES]
    if len(found) != 1:
        raise BadInput(
            f"the spectrum has the dimensions {', '.join(map(str, spectrum.dims)) or 'none'}; exactly one must be of "
            f"{', '.join(AXES)}: make it with spectra.from_arrays"
        )
    return found[0]


def check(spectrum: object, *, technique: str | None = None, stack: bool = False, gaps: bool = False) -> xr.Dataset:
    """The door: the spectrum itself if it holds to the contract, else every offender together.

    Parameters
    ----------
    spectrum
        What a user gives.
    technique
        The technique that is needed; a spectrum that says another one is refused.
    stack
        True where further dimensions (pixel, delay) are allowed beside the axis.
    gaps
        True where single spectra of a stack may hold no numbers, or only zeros: a map marks them.

    Raises
    ------
    BadInput
        If it is no Dataset, misses intensity, noise, axis or unit, if the axis does not ascend strictly, or if values
        are not finite, or so large or small that their squares are no numbers, or noise is not positive.

    Examples
    --------
    >>> check(xr.DataArray([1.0, 2.0], dims="raman_shift"))
    Traceback (most recent call last):
    shortrange_core.errors.BadInput: a DataArray is no spectrum: it has no noise; make one with spectra.from_arrays
    """
    if not isinstance(spectrum, xr.Dataset):
        kind = type(spectrum).__name__
        raise BadInput(f"a {kind} is no spectrum: it has no noise; make one with spectra.from_arrays")
    axis = axis_of(spectrum)
    offenders = Offenders()
    offenders.add(*_axis_problems(spectrum, axis))
    for name in ("intensity", "noise"):
        offenders.add(*_variable_problems(spectrum, name, axis, stack=stack, gaps=gaps))
    for name in ("counts", "imaginary"):
        if name in spectrum:
            offenders.add(*_variable_problems(spectrum, name, axis, stack=stack, gaps=gaps))
    for name in ("technique", "reference", "sample", "photon_energy"):
        if name in spectrum.coords and spectrum.coords[name].ndim and not stack:
            offenders.add(f"{name}: differs inside one spectrum; it must be one scalar coordinate: select one first")
    larmor = _coordinate(spectrum, "larmor_frequency")
    if larmor is not None and larmor.ndim == 0 and not 0 < float(larmor) < LARGEST_LARMOR_MHZ:
        offenders.add(f"larmor_frequency = {float(larmor):g}: is in MHz, above 0 and below {LARGEST_LARMOR_MHZ:g}")
    said = _coordinate(spectrum, "technique")
    stated = str(said.values.item()) if said is not None and said.ndim == 0 else technique
    if technique is not None and stated != technique:
        offenders.add(f"technique: the spectrum is {stated!r}, not {technique!r}; give the right file")
    offenders.raise_if_any()
    return spectrum


def _coordinate(spectrum: xr.Dataset, name: str) -> xr.Variable | None:
    """A coordinate as a bare variable: labels cost more than all that is looked at here."""
    return spectrum.variables[name] if name in spectrum.coords else None


def _axis_problems(spectrum: xr.Dataset, axis: str) -> list[str]:
    if axis not in spectrum.coords:
        return [f"{axis}: the axis has no values; assign them with assign_coords"]
    problems = []
    labels = spectrum.variables[axis]
    values = np.asarray(labels.values, dtype=float)
    if values.size < FEWEST_POINTS:
        problems.append(f"{axis}: has {values.size} points; a spectrum needs at least {FEWEST_POINTS}")
    if not np.all(np.isfinite(values)):
        problems.append(f"{axis}: {int(np.sum(~np.isfinite(values)))} values are not finite; cut them")
    elif np.any(np.diff(values) <= 0):
        index = int(np.argmax(np.diff(values) <= 0))
        problems.append(
            f"{axis}: does not ascend at index {index} ({values[index]:g} then {values[index + 1]:g}); "
            f"sort it: spectrum.sortby({axis!r}), without repeated values"
        )
    unit = labels.attrs.get("units")
    if unit is None:
        problems.append(f"{axis}: the unit is missing; set spectrum[{axis!r}].attrs['units'] = {AXES[axis]!r}")
    elif unit != AXES[axis]:
        problems.append(f"{axis}: is in {unit!r}; convert it to {AXES[axis]!r}")
    return problems


def _variable_problems(spectrum: xr.Dataset, name: str, axis: str, *, stack: bool, gaps: bool) -> list[str]:
    if name not in spectrum.data_vars:
        return [f"{name}: is missing; make the spectrum with spectra.from_arrays"]
    variable = spectrum.variables[name]
    if (not stack and variable.dims != (axis,)) or (stack and axis not in variable.dims):
        return [f"{name}: has the dimensions {variable.dims}; it must lie over ({axis!r},): select one spectrum"]
    if variable.chunks is not None:
        return []  # lazy: looked at where it is computed
    values = variable.values
    values = values[tuple(slice(0, 1) if step == 0 else slice(None) for step in values.strides)]  # of repeats, one
    if values.dtype.kind not in "fiu" + ("c" if axis == "time" and name == "intensity" else ""):
        return [f"{name}: holds {values.dtype}, not real numbers; give floats"]
    if gaps and variable.dims != (axis,):
        return []
    bad = int(np.sum(~np.isfinite(values)))
    if bad:
        return [f"{name}: {bad} values are not finite (NaN or infinite); cut or repair them before the fit"]
    if name == "noise" and np.any(values <= 0):
        return [f"noise: {int(np.sum(values <= 0))} values are not positive; a standard deviation is above 0"]
    if name == "intensity" and not np.any(values):
        return ["intensity: is zero everywhere, so there is nothing to fit; check the column or block that was read"]
    return scale_problems(name, values)


def check_together(spectra: Sequence[object], *, same_axis: bool = False) -> tuple[xr.Dataset, ...]:
    """The door for several spectra that are used in one step.

    Parameters
    ----------
    spectra
        Spectra, each to the contract.
    same_axis
        True where the step needs equal axis values: nothing is ever interpolated silently.

    Raises
    ------
    BadInput
        If one is no spectrum, if the axes differ, or if reference scales are mixed within a technique.
    """
    offenders = Offenders()
    good: list[xr.Dataset] = []
    for index, spectrum in enumerate(spectra):
        try:
            good.append(check(spectrum))
        except BadInput as error:
            offenders.add(*(f"spectrum {index}: {problem}" for problem in error.problems))
    offenders.raise_if_any()
    references: dict[tuple[str, str], set[str]] = {}
    for spectrum in good:
        key = (_label(spectrum, "technique"), axis_of(spectrum))
        references.setdefault(key, set()).add(_label(spectrum, "reference"))
    for (technique, axis), scales in references.items():
        if len(scales) > 1:
            names = ", ".join(sorted(scale or "none stated" for scale in scales))
            offenders.add(f"{technique or axis}: the reference scales {names} are mixed; bring all to one scale first")
    if same_axis and any(not _equal_axes(good[0], other) for other in good[1:]):
        offenders.add("the axes of the spectra are not equal; interpolate them to one axis before this step")
    offenders.raise_if_any()
    return tuple(good)


def _label(spectrum: xr.Dataset, name: str) -> str:
    return str(spectrum.coords[name].item()) if name in spectrum.coords else ""


def _equal_axes(one: xr.Dataset, other: xr.Dataset) -> bool:
    axis = axis_of(one)
    return axis == axis_of(other) and np.array_equal(one[axis].values, other[axis].values)
