"""Recovery stacks: areas of every site at every delay, and the relaxation time of every site."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import BadInput
from spectra.fits import Fit
from spectra.nmr._saturation import Kind, Recovery, recovery
from spectra.spectrum import axis_of, check

BACKGROUND_DEGREE = 1
Array = npt.NDArray[np.float64]


def relaxation(
    stack: xr.Dataset,
    sites: Fit | Mapping[str, tuple[float, float]],
    *,
    kind: Kind = "saturation",
    delay: str = "delay",
    stretched: bool = False,
) -> dict[str, Recovery]:
    """T1 of every site from a saturation- or inversion-recovery stack.

    Parameters
    ----------
    stack
        Spectra over (delay, chemical_shift); the coordinate ``delay`` in s.
    sites
        A fit of one spectrum of the same sample, whose line shapes are then held and only areas change (overlapping
        lines); or ranges in ppm by site, which are integrated (resolved lines).
    kind
        ``"saturation"`` or ``"inversion"``.
    delay
        Name of the dimension of delays.
    stretched
        Fit a stretching exponent too.

    Returns
    -------
    dict[str, Recovery]
        By peak name or by the name of the range.

    Raises
    ------
    BadInput
        If there is no dimension of delays, a range is empty, or fewer delays than parameters.
    """
    stack = check(stack, stack=True)
    if delay not in stack.dims:
        raise BadInput(f"the stack has no dimension {delay!r}, but {', '.join(map(str, stack.dims))}; name it")
    axis = axis_of(stack)
    ordered = stack.transpose(delay, axis)
    names, weights = _weights(ordered, sites, axis)
    areas = np.asarray(ordered["intensity"].values, dtype=float) @ weights.T
    sd = np.sqrt(np.asarray(ordered["noise"].values, dtype=float) ** 2 @ (weights**2).T)
    correlation = float(stack.coords["noise_correlation"]) if "noise_correlation" in stack.coords else 1.0
    times = np.asarray(stack[delay].values, dtype=float)
    return {
        name: recovery(times, areas[:, k], sd[:, k] * np.sqrt(correlation), kind=kind, stretched=stretched)
        for k, name in enumerate(names)
    }


def _weights(stack: xr.Dataset, sites: Fit | Mapping[str, tuple[float, float]], axis: str) -> tuple[list[str], Array]:
    """Weights of the points in the area of every site: areas are linear in the intensities."""
    x = np.asarray(stack[axis].values, dtype=float)
    if isinstance(sites, Mapping):
        return list(sites), np.stack([_integral(x, name, ends) for name, ends in sites.items()])
    curves = sites.curves
    names = [str(name) for name in curves["peak"].values]
    areas = sites.areas.value.values
    profiles = []
    for name, area in zip(names, areas, strict=True):
        if not area > 0:
            raise BadInput(f"{name}: has no area in the fit, so its shape is not known; remove it from the model")
        component = curves["component"].sel(peak=name)
        profiles.append(np.interp(x, component[axis].values, component.values / area, left=0.0, right=0.0))
    middle, half = (x[0] + x[-1]) / 2, (x[-1] - x[0]) / 2
    basis = np.polynomial.legendre.legvander((x - middle) / half, BACKGROUND_DEGREE).T
    design = np.vstack([*profiles, basis])
    return names, np.linalg.pinv(design.T)[: len(names)]


def _integral(x: Array, name: str, ends: tuple[float, float]) -> Array:
    inside = (x >= ends[0]) & (x <= ends[1])
    if not inside.any():
        raise BadInput(f"{name}: the range {ends} contains no point; the stack spans {x[0]:g} to {x[-1]:g} ppm")
    return np.where(inside, np.gradient(x), 0.0)
