"""Levels of a sample that are integrated without lines: cut out of their own region, or out of its survey."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import xarray as xr

from shortrange_core import BadInput, Estimates
from shortrange_core.errors import Offenders
from spectra.xps._integrals import Integration, integrated_region
from spectra.xps._levels import levels


def integrals_of(
    asked: Mapping[str, Integration],
    measured: Mapping[str, xr.Dataset],
    survey: xr.Dataset | None,
    fitted: Collection[str],
    prepared: Callable[[xr.Dataset], xr.Dataset],
) -> tuple[dict[str, xr.Dataset], dict[str, Estimates]]:
    """What is left of every level over its background, and its area.

    Raises
    ------
    BadInput
        If a level is fitted too, is no core level, or is neither measured nor in a survey, with all of its ends; all
        together.
    """
    flat, areas, offenders = {}, {}, Offenders()
    for level, one in asked.items():
        with offenders.of(f"integrated, {level}"):
            region = prepared(_region(level, one, measured, survey, fitted))
            flat[level], areas[level] = integrated_region(region, one)
    offenders.raise_if_any()
    return flat, areas


def _region(
    level: str, one: Integration, measured: Mapping[str, xr.Dataset], survey: xr.Dataset | None, fitted: Collection[str]
) -> xr.Dataset:
    if level not in levels():
        raise BadInput("is not a core level; correct it")
    if level in fitted:
        raise BadInput("is also fitted with lines and would count twice; remove one of the two")
    if level in measured:
        return measured[level]
    if survey is None:
        raise BadInput(f"is none of the regions {', '.join(measured) or '(none)'}, and no survey is given")
    if one.ends is None:
        raise BadInput("a survey contains all levels; give ends, the range over which this one is integrated, in eV")
    return survey.assign_coords(technique=f"{level} XPS")
