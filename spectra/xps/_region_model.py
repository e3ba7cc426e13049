"""What one region is fitted with, and the model that it makes of a spectrum."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import xarray as xr

from shortrange_core import Note
from shortrange_core.affine import parse_relation
from shortrange_core.showing import Shown
from spectra.models import Model, Places, Windows, backgrounds, identifier, interchangeable
from spectra.xps import _defaults as xps_defaults
from spectra.xps._engine import BackgroundKind, Satellite, model
from spectra.xps._prepared import OXYGEN, StaticKind, level_of

BELOW = 0.7
"""eV by which a product lies below every line of the glass, about half a line's width: nearer, the two exchange their
areas at no cost in chi2, and the limit is the whole region."""


@dataclass(frozen=True, eq=False, slots=True)
class Region(Shown):
    """Settings of the fit of one region of a sample; arguments as in :func:`spectra.xps.model`.

    Parameters
    ----------
    lines
        One text a line: ``"BO"``, ``"P:S4"``, ``"carbon"``.
    windows, surface, background, shape, shape_values, splitting, free_doublet, window
        As of :func:`spectra.xps.model`.
    constraints
        Affine relations of parameters, such as ``"bo_center - nbo_center <= 1.9"``.
    elements
        Symbols of what the sample may hold besides the elements of its regions: their lines in this region are said.
    static_background, ends, averaged, losses
        Of a background that is taken away before the fit, as of :func:`spectra.xps.prepare`.
    sodium
        Whether O 1s has the sodium Auger line KL1L23 under it; False for samples without sodium.
    """

    lines: Sequence[str]
    windows: Windows | None = None
    surface: Sequence[str] = ()
    background: BackgroundKind | Sequence[backgrounds.Background] | None = None
    shape: str | None = None
    shape_values: Mapping[str, float] | None = None
    splitting: float | None = None
    free_doublet: Sequence[str] = ()
    window: tuple[float, float] | None = None
    constraints: Sequence[str] = ()
    elements: Sequence[str] = ()
    sodium: bool = True
    static_background: StaticKind | None = None
    ends: tuple[float, float] | None = None
    averaged: int | None = None
    losses: Mapping[str, float] | None = None

    def static(self) -> dict[str, Any]:
        """What :func:`spectra.xps.prepare` takes of it."""
        names = ("static_background", "ends", "averaged", "losses")
        return {name: getattr(self, name) for name in names}


def region_model(
    spectrum: xr.Dataset,
    one: Region,
    *,
    priors: Places | None = None,
    satellites: Sequence[Satellite] = (),
    offset_sd: float | None = None,
) -> Model:
    """The model that a region states, of a spectrum as :func:`spectra.xps.prepare` gives it.

    Raises
    ------
    BadInput
        As :func:`spectra.xps.model` does.
    """
    made = model(
        spectrum,
        one.lines,
        priors=priors,
        windows=one.windows,
        window=one.window,
        offset_sd=offset_sd,
        background=one.background,
        surface=one.surface,
        splitting=one.splitting,
        free_doublet=one.free_doublet,
        shape=one.shape,
        shape_values=one.shape_values,
        sodium=one.sodium and level_of(spectrum) == OXYGEN,
        satellites=satellites,
        elements=one.elements,
    )
    return replace(
        made,
        constraints=(*made.constraints, *one.constraints),
        notes=tuple(note for note in made.notes if note not in _answered(one)),
    )


def _answered(one: Region) -> list[Note]:
    """Notes on lines that nothing tells apart, of those that a constraint puts in order."""
    ordered = [set(parse_relation(text).left.names) for text in one.constraints]
    pairs = itertools.combinations((*one.lines, *one.surface), 2)
    return [interchangeable(*pair) for pair in pairs if {f"{identifier(text)}_center" for text in pair} in ordered]


def with_products(region: Region, products: Sequence[str]) -> Region:
    """A region with lines of possible contact products, 0.7 eV or more below every line of the glass.

    Parameters
    ----------
    region
        Of the glass.
    products
        Texts, such as ``["Na3P"]``; those that the region has among its lines are left as they are.

    Examples
    --------
    >>> after = with_products(Region(["P:S4"]), ["Na3P"])
    >>> after.lines, after.constraints
    (('P:S4', 'Na3P'), ('p_s4_center - na3p_center >= 0.7',))
    """
    added = [text for text in dict.fromkeys(products) if text not in region.lines]
    glass = [text for text in region.lines if text not in xps_defaults.SURFACE]
    below = [apart(identifier(line), identifier(text)) for text in added for line in glass]
    return replace(region, lines=(*region.lines, *added), constraints=(*region.constraints, *below))


def apart(line: str, product: str) -> str:
    """That a product lies below a line of the glass, both by the names of their peaks."""
    return f"{line}_center - {product}_center >= {BELOW:g}"
