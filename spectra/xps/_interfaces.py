"""Interface analysis: what a region has after contact with a metal that it had not before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.records import record
from spectra.fits import Fit, fit
from spectra.models import Model, PriorLike, Windows, identifier, with_parameters
from spectra.xps import _engine as xps
from spectra.xps._surface import NEEDED, information

ONE_SIDED_95 = 1.6448536269514722
"""Standard deviations of a one-sided normal limit at 95 %."""


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Reaction:
    """A reduced species in one region, before and after contact.

    Parameters
    ----------
    species
        Such as ``"Na3P"`` or ``"Na2S"``.
    shares
        Entries ``pristine``, ``after``, ``change``: the species' share of the area of the region.
    upper_limit
        One-sided 95 % limit of its share after contact.
    gain
        Fall of BIC when the species is let into the region after contact.
    formed
        True where BIC supports it and its share grew by more than two standard deviations.
    pristine, after
        The fits with the species.
    notes
        What a user must know.
    """

    species: str
    shares: Estimates
    upper_limit: float
    gain: float
    formed: bool
    pristine: Fit
    after: Fit
    notes: tuple[Note, ...]


def reaction(
    pristine: xr.Dataset,
    after: xr.Dataset,
    species: Sequence[str],
    reduced: str,
    *,
    priors: Mapping[str, PriorLike] | None = None,
    windows: Windows | None = None,
    offset_sd: float | None = None,
) -> Reaction:
    """Share of a reduced species (a doublet at lower binding energy) before and after contact.

    In the pristine region the line is held as far from the first line of the glass, and as wide, as it is after
    contact.

    Parameters
    ----------
    pristine, after
        Regions of one level (P 2p or S 2p) as :func:`spectra.xps.prepare` gives them.
    species
        Lines of the glass in that region.
    reduced
        The reduced species, such as ``"Na3P"`` (P 2p) or ``"Na2S"`` (S 2p).
    priors, windows, offset_sd
        As for :func:`spectra.xps.model`.

    Raises
    ------
    BadInput
        If the two regions are of different levels.
    """
    levels = {xps.level_of(region) for region in (pristine, after)}
    if len(levels) > 1:
        raise BadInput(f"regions of {' and '.join(sorted(levels))} were given; compare one level before and after")
    own = {text: ends for text, ends in (windows or {}).items() if text != reduced}

    def modelled(region: xr.Dataset, lines: Sequence[str], chosen: Windows) -> Model:
        return xps.model(region, lines, priors=priors, windows=chosen, offset_sd=offset_sd)

    everything = [*species, reduced]
    second = fit(after, modelled(after, everything, windows or {}), check=False)
    gain = information(fit(after, modelled(after, species, own), check=False)) - information(second)
    same = _same_line(
        modelled(pristine, everything, windows or {}), second, identifier(species[0]), identifier(reduced)
    )
    first = fit(pristine, same, check=False)
    before, later = (_share(found, identifier(reduced)) for found in (first, second))
    change = later[0] - before[0], float(np.hypot(before[1], later[1]))
    covariance = [
        [before[1] ** 2, 0.0, -(before[1] ** 2)],
        [0.0, later[1] ** 2, later[1] ** 2],
        [-(before[1] ** 2), later[1] ** 2, change[1] ** 2],
    ]
    names = ["pristine", "after", "change"]
    shares = Estimates.build(names, [before[0], later[0], change[0]], covariance, species=[reduced] * 3)
    formed = gain > NEEDED and change[0] > 2 * change[1]
    limit = min(max(later[0], 0.0) + ONE_SIDED_95 * later[1], 1.0)
    return Reaction(reduced, shares, limit, gain, formed, first, second, _notes(reduced, shares, limit, formed))


def _same_line(model: Model, after: Fit, main: str, reduced: str) -> Model:
    """Model of the pristine region with the reduced line as it is after contact: as far from the main line, as wide."""
    value = {name: float(v) for name, v in zip(after.parameters.entries, after.parameters.value.values, strict=True)}
    away = value[f"{reduced}_center"] - value[f"{main}_center"]
    held = {f"{reduced}_{quantity}" for quantity in ("fwhm", "fraction")}
    changed = {}
    for parameter in model.all_parameters:
        if parameter.name in held:
            changed[parameter.name] = replace(parameter, value=value[parameter.name], prior=None, vary=False)
        if parameter.name == f"{reduced}_center":
            changed[parameter.name] = replace(parameter, prior=None, lower=-math.inf, upper=math.inf)
    sign = "+" if away >= 0 else "-"
    link = f"{reduced}_center = {main}_center {sign} {abs(away):.6g}"
    return with_parameters(model, changed, links=(*model.links, link))


def _share(found: Fit, name: str) -> tuple[float, float]:
    """Share of one peak of the area of all first lines, with its sd; partners of doublets go with their lines."""
    areas = found.areas
    counted = [entry for entry in areas.entries if not entry.endswith("_partner")]
    part = areas.select(counted)
    place = counted.index(name)
    share = part.propagate(lambda v: v[place] / v.sum(), ["share"])
    return float(share.value.item()), float(share.sd.item())


def _notes(reduced: str, shares: Estimates, limit: float, formed: bool) -> tuple[Note, ...]:
    value, sd = float(shares.value.sel(entry="after").item()), float(shares.sd.sel(entry="after").item())
    if formed:
        text = f"{reduced} formed: {100 * value:.1f} +- {100 * sd:.1f} % of the region after contact"
        return (Note("reduced-species", Severity.INFO, text, ""),)
    text = f"{reduced} is not shown to have formed: at most {100 * limit:.1f} % of the region (95 %)"
    return (Note("reduced-species-limit", Severity.INFO, text, "count longer for a tighter limit"),)
