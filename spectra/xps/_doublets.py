"""The second lines of spin-orbit pairs, tied to the first by the table of levels or freed on request."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shortrange_core import BadInput, Note, Severity
from shortrange_core.spelling import option
from spectra.models import Line, Model, Peak, peak
from spectra.shapes import Shape
from spectra.xps import _defaults as xps_defaults
from spectra.xps._levels import MOMENTUM, levels, splits, under
from spectra.xps._line_shapes import LineShape

FREE = ("splitting", "ratio", "fwhm")
SODIUM_AUGER = frozenset(f"Na {name}" for name in xps_defaults.AUGER_KINETIC)
SPLITTING_SDS = 3.0
"""A free splitting stays within three standard deviations of the published one."""
RATIO_RANGE = 0.2
"""A free ratio stays within a fifth of that of the numbers of states: backgrounds and shake-up move it by less."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Second lines of a level, what ties them to the first, and what a user must know of them."""

    peaks: tuple[Peak, ...] = ()
    links: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Tie:
    """What ties second lines to first ones: eV apart, how far that may move, ratio of areas, what is free."""

    apart: float
    reach: float
    ratio: float
    free: Collection[str]
    kind: LineShape


def image(name: str, shape: Shape, place: float) -> Peak:
    """A line whose every quantity will be linked to that of another: starts only have to be allowed ones."""
    quantities: dict[str, Any] = {quantity: 1.0 for quantity in shape.quantities if quantity not in shape.defaults}
    return peak(name, {**quantities, "area": 1.0, "center": place}, shape=shape.name)


def pairs(
    lines: Sequence[Line], level: str, kind: LineShape, *, splitting: float | None, free: Collection[str]
) -> Pairs:
    """Second lines of a level: nothing for s levels, one note where nobody states a splitting.

    One splitting, and one width of second lines, belongs to the level: where it is free, all its lines share it.

    Raises
    ------
    BadInput
        If a splitting is given to an s level or is not positive, or ``free`` names what no doublet has.
    """
    _checked(level, splitting, free)
    if not splits(level):
        return Pairs()
    published = levels().get(level)
    apart = splitting if splitting is not None else published.splitting if published is not None else None
    if apart is None and published is not None and published.source:
        text = (
            f"{level} is not a doublet: one line per species is the envelope of its final states, with their whole area"
        )
        return Pairs(
            notes=(Note("level-envelope", Severity.INFO, text, "use a sharp level of the element for shares"),)
        )
    if apart is None:
        text = f"{level}: no source gives its spin-orbit splitting; each species is one line, wider than a component"
        remedy = f"give {option('splitting')} (eV) if you know it"
        return Pairs(notes=(Note("splitting-unknown", Severity.WARNING, text, remedy),))
    momentum = MOMENTUM[level[-1]]
    sd = published.splitting_sd if published is not None and splitting is None else None
    tie = _Tie(apart, SPLITTING_SDS * (sd or xps_defaults.SPLITTING_SD), momentum / (momentum + 1), free, kind)
    peaks, links, limits = [], [], []
    for line in lines:
        peaks.append(image(partner_of(line.name), kind.shape, line.start + apart))
        own = _tied(line.name, lines[0].name, tie)
        links += own[0]
        limits += own[1]
    return Pairs(tuple(peaks), tuple(links), tuple(limits))


def partner_of(name: str) -> str:
    """Name of the second line of a pair, from that of the first."""
    return f"{name}_partner"


def satellite_name(name: str, number: int) -> str:
    """Name of a satellite of a line, counted from 1."""
    return f"{name}_satellite{number}"


def satellites_of(names: Iterable[str], model: Model) -> set[str]:
    """Names of the satellites that lines have in a model."""
    there = {line.name for line in model.peaks}
    return {satellite_name(name, number) for name in names for number in range(1, len(there))} & there


def _checked(level: str, splitting: float | None, free: Collection[str]) -> None:
    unknown = [one for one in free if one not in FREE]
    if unknown:
        raise BadInput(f"free_doublet = {sorted(free)}: {', '.join(unknown)} is none of {', '.join(FREE)}")
    if splitting is not None and not (splits(level) and splitting > 0 and math.isfinite(splitting)):
        raise BadInput(
            f"splitting = {splitting}: must be in eV, above 0, for a p, d or f level; the level is {level!r}"
        )


def _tied(name: str, first: str, tie: _Tie) -> tuple[list[str], list[str]]:
    """Links and constraints of one pair; what is free is shared with the first pair of the level."""
    other, ratio = partner_of(name), tie.ratio
    width = tie.kind.width
    rest = [quantity for quantity in tie.kind.shape.quantities[1:] if quantity != width]
    links, limits = [f"{other}_{quantity} = {name}_{quantity}" for quantity in rest], []
    if "ratio" in tie.free:
        limits += [f"{other}_area - {ratio * (1 - RATIO_RANGE):.6g}*{name}_area >= 0"]
        limits += [f"{other}_area - {ratio * (1 + RATIO_RANGE):.6g}*{name}_area <= 0"]
    else:
        links.append(f"{other}_area = {ratio:.12g}*{name}_area")
    if "splitting" not in tie.free:
        links.append(f"{other}_center = {name}_center + {tie.apart:g}")
    elif name == first:
        gap = f"{other}_center - {name}_center"
        limits += [f"{gap} >= {max(tie.apart - tie.reach, 0):.6g}", f"{gap} <= {tie.apart + tie.reach:.6g}"]
    else:
        links.append(f"{other}_center = {name}_center + {partner_of(first)}_center - {first}_center")
    if "fwhm" not in tie.free:
        links.append(f"{other}_{width} = {name}_{width}")
    elif name != first:
        links.append(f"{other}_{width} = {partner_of(first)}_{width}")
    return links, limits


def overlaps(
    level: str,
    ends: tuple[float, float],
    elements: Collection[str],
    photon_energy: float | None,
    *,
    in_model: bool,
    images: Collection[float],
) -> tuple[Note, ...]:
    """One note on lines of other levels of the sample, and their satellites, that may lie inside a region."""
    lines_under = under(level, ends, elements, photon_energy, images=images)
    lines = [one for one in lines_under if not (in_model and one[0] in SODIUM_AUGER)]
    if not lines:
        return ()
    told = ", ".join(f"{name} near {energy:g} eV" for name, energy in lines)
    text = f"in or near this region of {level or 'no stated level'} there may be {told}"
    remedy = f"narrow {option('window')}, or check the strongest line of that element in the survey"
    return (Note("levels-overlap", Severity.WARNING, text, remedy),)
