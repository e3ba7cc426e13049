"""The labelled spectrum: what every reader gives, every step takes, and what is refused on entry.

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
from shortrange_core.shown_numbers import counted

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
FEWEST_POINTS = 3
SMALLEST_SCALE, LARGEST_SCALE = 1e-150, 1e150
"""Limits of the largest intensity: squares, and sums of them, stay within what a double holds (1e-308 to 1.8e308)."""
LARGEST_LARMOR_MHZ = 3000.0
"""Twice the largest NMR magnet's proton frequency: a value above it is in Hz."""
Array = npt.NDArray[Any]
Coordinate = float | int | str | bool | None


def scale_problems(name: str, values: Array) -> list[str]:
    """Values whose squares a double cannot hold: sums of squares would overflow, or vanish; NaN is another matter."""
    if np.iscomplexobj(values):
        values = np.abs(values)
    largest = float(max(np.max(values, initial=0.0), -np.min(values, initial=0.0)))
    if largest == 0 or not np.isfinite(largest) or SMALLEST_SCALE <= largest <= LARGEST_SCALE:
        return []
    return [
        f"{name}: the largest value is {largest:.3g}; it must lie between {SMALLEST_SCALE:g} and {LARGEST_SCALE:g}, so "
        "that its square is finite: rescale the spectrum, or check the column"
    ]


def axis_of(spectrum: xr.Dataset) -> str:
    """Name of the spectral axis of ``spectrum``.

    Raises
    ------
    BadInput
        If no dimension, or more than one, is a spectral axis.
    """
    axes = [str(name) for name in spectrum.dims if name in AXES]
    if len(axes) != 1:
        raise BadInput(
            f"the spectrum has the dimensions {', '.join(map(str, spectrum.dims)) or 'none'}; exactly one must be of "
            f"{', '.join(AXES)}: make it with spectra.from_arrays"
        )
    return axes[0]


def check(spectrum: object, *, technique: str | None = None, stack: bool = False, gaps: bool = False) -> xr.Dataset:
    """Check a spectrum on entry: return it if it fulfils the contract, otherwise raise an error that lists every fault.

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
        are not finite, or so large or small that their squares are not numbers, or noise is not positive.

    Examples
    --------
    >>> check(xr.DataArray([1.0, 2.0], dims="raman_shift"))
    Traceback (most recent call last):
    shortrange_core.errors.BadInput: a DataArray is not a spectrum: it has no noise; make one with spectra.from_arrays
    """
    if not isinstance(spectrum, xr.Dataset):
        kind = type(spectrum).__name__
        raise BadInput(f"a {kind} is not a spectrum: it has no noise; make one with spectra.from_arrays")
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
            offenders.add(f"{name}: differs within one spectrum; it must be one scalar coordinate: select one first")
    larmor = _coordinate(spectrum, "larmor_frequency")
    if larmor is not None and larmor.ndim == 0 and not 0 < float(larmor) < LARGEST_LARMOR_MHZ:
        offenders.add(f"larmor_frequency = {float(larmor):g}: is in MHz, above 0 and below {LARGEST_LARMOR_MHZ:g}")
    coordinate = _coordinate(spectrum, "technique")
    stated = str(coordinate.values.item()) if coordinate is not None and coordinate.ndim == 0 else technique
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
        problems.append(f"{axis}: has {counted(values.size, 'point')}; a spectrum needs at least {FEWEST_POINTS}")
    if not np.all(np.isfinite(values)):
        problems.append(
            f"{axis}: {counted(int(np.sum(~np.isfinite(values))), 'value is', 'values are')} not finite; cut them"
        )
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
        return [f"{name}: contains {values.dtype}, not real numbers; give floats"]
    if gaps and variable.dims != (axis,):
        return []
    bad = int(np.sum(~np.isfinite(values)))
    if bad:
        return [
            f"{name}: {counted(bad, 'value is', 'values are')} not finite (NaN or infinite); cut or repair them "
            f"before the fit"
        ]
    if name == "noise" and np.any(values <= 0):
        return [
            f"noise: {counted(int(np.sum(values <= 0)), 'value is', 'values are')} not positive; a standard "
            f"deviation is above 0"
        ]
    if name == "intensity" and not np.any(values):
        return ["intensity: is zero everywhere, so there is nothing to fit; check the column or block that was read"]
    return scale_problems(name, values)


def check_together(spectra: Sequence[object], *, same_axis: bool = False) -> tuple[xr.Dataset, ...]:
    """Check several spectra on entry that are used in one step.

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
            offenders.add(
                f"{technique or axis}: the reference scales {names} are mixed; convert all to one scale first"
            )
    if same_axis and any(not _equal_axes(good[0], other) for other in good[1:]):
        offenders.add("the axes of the spectra are not equal; interpolate them to one axis before this step")
    offenders.raise_if_any()
    return tuple(good)


def _label(spectrum: xr.Dataset, name: str) -> str:
    return str(spectrum.coords[name].item()) if name in spectrum.coords else ""


def _equal_axes(one: xr.Dataset, other: xr.Dataset) -> bool:
    axis = axis_of(one)
    return axis == axis_of(other) and np.array_equal(one[axis].values, other[axis].values)
