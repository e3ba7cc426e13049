"""Fits of all regions of one sample, one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from shortrange_core import BadInput, Estimates
from shortrange_core.errors import Offenders
from spectra.fits import Fit, fit
from spectra.models import Places
from spectra.xps import _engine as xps
from spectra.xps._auger import tied_to_partner
from spectra.xps._exposures import rates
from spectra.xps._oxygen import OXYGEN
from spectra.xps._region_model import Region, region_model
from spectra.xps._regions import AUGER_LEVEL


def fitted_regions(
    ready: Mapping[str, xr.Dataset],
    asked: Mapping[str, Region],
    priors: Mapping[str, Places],
    auger_ratio: Estimates | None,
    satellites: Sequence[xps.Satellite],
) -> dict[str, Fit]:
    """Fits by level, in the order asked for; the free Auger line is fitted before O 1s, which hangs on it."""
    found: dict[str, Fit] = {}
    offenders = Offenders()
    for level in sorted(asked, key=lambda one: one != AUGER_LEVEL):  # the free Auger line first: O 1s hangs on it
        try:
            found[level] = _fit_of(ready[level], level, asked[level], priors.get(level), found, auger_ratio, satellites)
        except BadInput as error:
            offenders.add(*(f"{level}: {problem}" for problem in error.problems))
    offenders.raise_if_any()
    return {level: found[level] for level in asked}


def _fit_of(  # noqa: PLR0917
    region: xr.Dataset,
    level: str,
    one: Region,
    places: Places | None,
    before: Mapping[str, Fit],
    auger_ratio: Estimates | None,
    satellites: Sequence[xps.Satellite],
) -> Fit:
    model = region_model(region, one, priors=places, satellites=satellites)
    if level == OXYGEN and auger_ratio is not None:
        if AUGER_LEVEL not in before:
            raise BadInput(f"auger_ratio: ties the Auger line to the region {AUGER_LEVEL!r}, which was not given")
        free = rates(before[AUGER_LEVEL])
        model = tied_to_partner(
            model, free.select(free.entries[:1]), auger_ratio, spectrum=region, source=f"{AUGER_LEVEL} of this sample"
        )
    return fit(region, model, check=False)
