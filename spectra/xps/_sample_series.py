"""Several samples: what formed at an interface, level by level, and series over depth or angle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from shortrange_core import BadInput, Estimates
from shortrange_core.estimates import concatenate
from shortrange_core.spelling import spelled
from spectra.fits import Fit
from spectra.models import Places
from spectra.spectrum import scalar
from spectra.xps._engine import Satellite
from spectra.xps._interfaces import InterfaceReaction, reaction
from spectra.xps._prepared import prepare
from spectra.xps._region_model import Region
from spectra.xps._samples import Sample


def products(
    before: Sample,
    after: Sample,
    reduced: Mapping[str, str],
    *,
    priors: Mapping[str, Places] | None = None,
    satellites: Sequence[Satellite] = (),
) -> dict[str, InterfaceReaction]:
    """Products at an interface, level by level, with limits before and after contact (:func:`reaction`).

    Every region is fitted with what ``before`` states of it: shape, background, surface, splitting, constraints. The
    regions are aligned by the reference line of both samples, which contact must leave as it is; where a shift was
    stated instead, by that.

    Parameters
    ----------
    before, after
        The sample before and after contact.
    reduced
        The product that is asked for by level, such as ``{"P 2p": "Na3P", "S 2p": "Na2S"}``.
    priors
        Published positions by level.
    satellites
        As for :func:`sample`.

    Raises
    ------
    BadInput
        If a level is missing in one of the samples, or they have different references.
    """
    if before.reference != after.reference:
        raise BadInput(f"before is referenced to {before.reference or 'a stated shift'}, after to another; use one")
    common = None
    if before.reference:
        pair = [prepare(one.measured[one.reference], photon_energy=_photons(one)) for one in (before, after)]
        common = (pair[0], pair[1])
    reactions = {}
    for level, product in reduced.items():
        absent = [one.name or word for one, word in ((before, "before"), (after, "after")) if level not in one.fits]
        if absent:
            raise BadInput(f"reduced: {level} is not a region of {' and '.join(absent)}")
        first = before.fits[level]
        reactions[level] = reaction(
            first.spectrum,
            after.fits[level].spectrum,
            before.regions.get(level, Region(_texts(first))),
            product,
            priors=(priors or {}).get(level),
            windows=_windows(first, after.regions.get(level), product),
            common=common,
            satellites=satellites,
        )
    return reactions


def _photons(one: Sample) -> float | None:
    return next((scalar(fit.spectrum, "photon_energy", None) for fit in one.fits.values()), None)


def _texts(fit: Fit) -> list[str]:
    """Lines of a fit that was stored without the region that it was asked for."""
    return [line.assignment for line in fit.model.peaks if line.assignment]


def _windows(fit: Fit, after: Region | None, product: str) -> dict[str, tuple[float, float]]:
    """Where the lines of a fit were looked for, and the product where the region after contact states that."""
    ends = {parameter.name: (parameter.lower, parameter.upper) for parameter in fit.model.all_parameters}
    lines = [line for line in fit.model.peaks if line.assignment and line.assignment != product]
    stated = (after.windows or {}) if after is not None else {}
    own = {product: stated[product]} if product in stated else {}
    return {line.assignment: ends[f"{line.name}_center"] for line in lines} | own


def series(samples: Sequence[Sample], coordinate: str) -> Estimates:
    """Atomic percent of a depth or angle series, with the position of every sample in it.

    Parameters
    ----------
    samples
        Samples with sensitivity factors.
    coordinate
        Scalar coordinate of their regions, such as ``"variable_angle"`` of a VAMAS file.

    Returns
    -------
    Estimates
        Entries ``"sample level"`` with the facets ``sample``, ``element`` and the coordinate.

    Raises
    ------
    BadInput
        If a sample has no amounts, or its regions do not agree on the coordinate.
    """
    parts = []
    for number, one in enumerate(samples, start=1):
        if one.percent is None:
            raise BadInput(f"sample {one.name or number}: has no amounts; give sensitivity factors")
        places = {scalar(region, coordinate, None) for region in _regions(one)}
        place = places.pop() if len(places) == 1 else None
        if place is None:
            told = f"sample {one.name or number}: its regions do not have one common {coordinate}"
            raise BadInput(f"{told}; {_instead(one, coordinate)}")
        label, count = f"{one.name} {place:g}".strip(), len(one.percent)
        names = [f"{label} {entry}" for entry in one.percent.entries]
        facets = {
            "sample": [label] * count,
            "element": list(one.percent.facets["element"]),
            coordinate: [place] * count,
        }
        parts.append(one.percent.linear(np.eye(count), names, **facets))
    return concatenate(parts)


def _regions(one: Sample) -> list[xr.Dataset]:
    """What was measured of a sample, those of its survey too."""
    return [*one.measured.values(), *one.integrated.values()]


def _instead(one: Sample, coordinate: str) -> str:
    """What else the regions of a sample say with one number, or how they come to say it."""
    regions = _regions(one)
    texts = {
        str(name): {scalar(region, str(name), None) for region in regions}
        for name, value in regions[0].coords.items()
        if value.ndim == 0 and value.dtype.kind in "if"
    }
    alike = [name for name, values in texts.items() if len(values) == 1 and name.startswith("variable_")]
    if alike:
        return f"they have {', '.join(alike)}: name one of these"
    return spelled(
        f"region.assign_coords({coordinate}=...) of each states it",
        command_line="their files name no experimental variable",
        recipe="if the files do not name it, state x of every sample",
    )
