r"""Interface analysis: what a region has after contact with a metal that it had not before.

The lines of the glass after contact are those of the pristine region, moved together by an offset: positions and widths
carry what the pristine fit leaves open, areas are free. Three models of the region after contact compete by their BIC:

- moved: the pristine lines alone, at any common offset. A charge shift looks like that, and so does full conversion;
- plain: the pristine lines alone, at an offset within what the alignment leaves open;
- formed: the same with the product, at an offset within what the alignment leaves open.

A product is claimed where *formed* is better than *plain* and than *moved*. Against *moved* alone only a line that no
reaction changes can decide (``common``): a stated charge shift is what a rigid shift calls into question.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import xarray as xr

from shortrange_core import BadInput, Estimates, Note, Status
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.spelling import option
from spectra.fits import Fit, fit
from spectra.models import Model, Places, Windows, identifier
from spectra.xps._alignment import Alignment, aligned, alignment
from spectra.xps._engine import Satellite
from spectra.xps._interface_models import like_pristine, same_line, without
from spectra.xps._interface_notes import Searched, Trials, judged, outcome
from spectra.xps._limits import grew, limit_of, shares_of, shares_with
from spectra.xps._other_shapes import HEAVIEST, as_fitted, reshaped
from spectra.xps._prepared import level_of
from spectra.xps._region_model import BELOW, Region, apart, region_model
from spectra.xps._surface import NEEDED, information

FREE_OFFSET = 6.0
"""eV: sd of an offset that nothing holds; no region that still shows its lines is charged by more."""


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class InterfaceReaction(Shown):
    """A reduced species in one region, before and after contact.

    Parameters
    ----------
    species
        Such as ``"Na3P"`` or ``"Na2S"``.
    shares
        Entries ``pristine``, ``after``, ``change``: the species' share of the area of the region, over the background
        and with the shape that were fitted.
    upper_limit
        One-sided 95 % limit of its share after contact, where chi2 has risen by 2.71 over everything else; the largest
        over all backgrounds and, where no shape is stated, shapes of the lines that the regions do not reject, as of
        :func:`area_ranges`.
    gain
        Fall of BIC when the species is let into the region after contact.
    formed
        True where BIC supports it and its share grew by more than two and a half standard deviations, in the fit as it
        is and in the shape and over the background that describe both regions best.
    pristine, after
        The fits with the species.
    notes
        What a user must know.
    status
        ``undetermined`` where a shift of the whole region and a full conversion cannot be told apart, or the lines do
        not describe the region: the upper limit is then 1.
    shift, shift_sd
        eV by which the region after contact lay above the pristine one by its alignment, and what that leaves open;
        the sd is infinite where nothing aligns the two.
    alignment
        ``common line``, ``stated`` or ``nothing``.
    pristine_limit
        As ``upper_limit``, before contact; 1 where the regions cannot answer.
    """

    species: str
    shares: Estimates
    upper_limit: float
    gain: float
    formed: bool
    pristine: Fit
    after: Fit
    notes: tuple[Note, ...]
    status: Status = Status.OK
    shift: float = 0.0
    shift_sd: float = math.inf
    alignment: str = "nothing"
    pristine_limit: float = math.nan

    def __post_init__(self) -> None:
        if math.isnan(self.pristine_limit):  # a record from before it was stored: that of the covariance, as it was
            before = limit_of(self.shares, "pristine", determined=self.status is Status.OK)
            object.__setattr__(self, "pristine_limit", before)

    @property
    def searched(self) -> tuple[float, float]:
        """From where to where the product was looked for, eV on the axis of the pristine region."""
        place = _place(self.after.model, self.pristine, identifier(self.species))
        return place.lower, place.upper


def _information(fit: Fit) -> float:
    """BIC with its prior terms: here they are the pristine region and the alignment, which are measured."""
    return information(fit) + fit.chi2_priors


def reaction(
    pristine: xr.Dataset,
    after: xr.Dataset,
    species: Sequence[str] | Region,
    reduced: str,
    *,
    priors: Places | None = None,
    windows: Windows | None = None,
    offset_sd: float | None = None,
    common: tuple[xr.Dataset, xr.Dataset] | None = None,
    satellites: Sequence[Satellite] = (),
) -> InterfaceReaction:
    """Share of a reduced species (a doublet at lower binding energy) before and after contact.

    After contact the line is looked for in its window, 0.7 eV and more below every line of the glass: nearer, no
    region tells the two apart. In the pristine region it is held as far from the first line of the glass, and as wide,
    as it is after contact.

    Parameters
    ----------
    pristine, after
        Regions of one level (P 2p or S 2p) as :func:`spectra.xps.prepare` gives them.
    species
        Lines of the glass in that region, or a :class:`Region`, which states surface, shape, background, splitting
        and constraints too; the product has the same shape and splitting.
    reduced
        The reduced species, such as ``"Na3P"`` (P 2p) or ``"Na2S"`` (S 2p).
    priors, windows, offset_sd
        As for :func:`spectra.xps.model`, for the pristine region; positions of the product count on its axis. Windows
        are over those of the region.
    common
        Regions of a line that contact leaves as it is (C 1s of both, or the metal of a grid), before and after, as
        measured: they align the two regions. Without them the stated charge shifts or references do, and a region that
        moved as a whole is undetermined.
    satellites
        Of an unmonochromated source, as for :func:`spectra.xps.model`: an image of the glass is no product.

    Raises
    ------
    BadInput
        If the two regions are of different levels or on different references, the common line cannot be fitted, or
        the window that is given for the product leaves no place 0.7 eV below the glass.
    """
    levels = {level_of(region) for region in (pristine, after)}
    if len(levels) > 1:
        raise BadInput(f"regions of {' and '.join(sorted(levels))} were given; compare one level before and after")
    by = alignment(pristine, after, common)
    stated = species if isinstance(species, Region) else Region(species)
    lines = [text for text in stated.lines if text != reduced]
    places = {**(stated.windows or {}), **(windows or {})}
    own = replace(stated, lines=lines, windows={text: ends for text, ends in places.items() if text != reduced})
    both = replace(stated, lines=[*lines, reduced], windows=places)
    modelled = partial(region_model, priors=priors, offset_sd=offset_sd, satellites=satellites)
    glass, everything = _fitted(pristine, modelled(pristine, own)), modelled(pristine, both)
    place = _place(everything, glass, identifier(reduced))
    if not place.room > 0 and reduced in places:
        raise BadInput(
            f"windows: that of {reduced} begins at {place.lower:.2f} eV, the glass has a line at {place.glass:.2f}: "
            f"less than {BELOW:g} eV below it no region can separate the two; give {option('windows')} that begin "
            "lower"
        )
    below = _below(glass, reduced, place)
    named, moved_back = (identifier(lines[0]), identifier(reduced)), aligned(after, by)
    trials = _tried(moved_back, glass, _limited(everything, *below), by, named[1])
    first = _fitted(pristine, same_line(everything, trials.formed, *named))
    others = [
        _with_product((pristine, moved_back), lined, all_lined, by, named, limits=(*below, HEAVIEST[shape]))
        for (shape, lined), (_, all_lined) in zip(
            reshaped(as_fitted(glass)), reshaped(as_fitted(trials.formed, everything)), strict=True
        )
    ]
    before, later = shares_with((first, trials.formed), named[1], others)
    shares = shares_of(before.share, later.share, reduced)
    status, notes = judged(trials, by, glass, reduced, place)
    increased = grew(before.share, later.share) and grew(before.best, later.best)
    formed = status is Status.OK and trials.over_plain > NEEDED and increased
    limits = [one.limit if status is Status.OK else 1.0 for one in (before, later)]
    return InterfaceReaction(
        reduced,
        shares,
        limits[1],
        min(trials.over_plain, trials.over_moved) if by.kind != "common line" else trials.over_plain,
        formed,
        first,
        trials.formed,
        (*notes, *(outcome(reduced, shares, limits[1], formed, place) if status is Status.OK else ())),
        status,
        by.shift,
        by.sd,
        by.kind,
        limits[0],
    )


def _fitted(region: xr.Dataset, model: Model) -> Fit:
    """The pristine region is the measurement that tells the lines of the glass from a product."""
    return fit(region, model, check=False, exchanges=False)


def _with_product(
    regions: tuple[xr.Dataset, xr.Dataset],
    glass: Model,
    everything: Model,
    by: Alignment,
    named: tuple[str, str],
    *,
    limits: Sequence[str],
) -> tuple[Model, Model]:
    """Models of both regions with the product, where their fits end, for lines of another shape."""
    limited = _limited(everything, *(text.format(named[1]) for text in limits))
    formed = _fitted(regions[1], _after(limited, _fitted(regions[0], glass), by))
    return as_fitted(_fitted(regions[0], same_line(everything, formed, *named))), as_fitted(formed)


def _limited(model: Model, *constraints: str) -> Model:
    return replace(model, constraints=(*model.constraints, *constraints))


def _after(everything: Model, glass: Fit, by: Alignment) -> Model:
    """The region after contact with the lines of the glass, and all of it as far off as the alignment leaves open."""
    return replace(like_pristine(everything, glass), offset_sd=min(by.sd, FREE_OFFSET))


def _tried(after: xr.Dataset, glass: Fit, everything: Model, by: Alignment, reduced: str) -> Trials:
    bounded = _after(everything, glass, by)
    alone = without(bounded, reduced)
    moved, plain, formed = (_fitted(after, model) for model in (replace(alone, offset_sd=FREE_OFFSET), alone, bounded))
    free, held, with_product = (_information(one) for one in (moved, plain, formed))
    return Trials(moved, formed, free - with_product, held - with_product)


def _place(model: Model, glass: Fit, reduced: str) -> Searched:
    """Where the product is looked for, on the axis of the pristine region."""
    center = next(one for one in model.all_parameters if one.name == f"{reduced}_center")
    first = float(glass.parameters.select([f"{line}_center" for line in _lines(glass, reduced)]).value.values.min())
    return Searched(center.lower, center.upper, first)


def _lines(fit: Fit, reduced: str) -> list[str]:
    """Lines of the glass."""
    return [line.name for line in fit.model.peaks if line.assignment and line.name != reduced]


def _below(glass: Fit, product: str, place: Searched) -> tuple[str, ...]:
    """The product lies below every line of the glass, where that leaves it a place."""
    name = identifier(product)
    return tuple(apart(line, name) for line in _lines(glass, name)) if place.room > 0 else ()
