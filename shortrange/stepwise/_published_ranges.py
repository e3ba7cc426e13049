"""Where the library puts what a glass could hold, and what of it lies where a fit misses its spectrum.

A fit that misses its data says where. If the library knows a unit there that no line counts, that is the likeliest
cause: it is named, with whom to cite, where a line more at a published place would take most of what is missed (to
first order, :class:`spectra.fits.Tangent`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

import reference_peaks
import spectra
import structure
from reference_peaks import Window
from shortrange.recipe import OXYGEN_LINES, Recipe, can_hold
from shortrange_core import affine
from shortrange_core.notes import Note, Severity, Status
from shortrange_core.shown_numbers import span
from shortrange_core.spelling import spelled
from spectra.fits import Fit, Tangent
from structure import Composition, Unit

PLACE_SDS = 2.0
"""A published position holds a line within this many of its standard deviations, and the width of the line."""
PLACES_A_WIDTH = 2.0
EXPLAINS = 0.5
"""Share of what a fit misses that a line more must take to be named."""
ALIKE = 0.9
"""Of the largest gain: what takes nearly as much stands in the order of how narrow its published range is."""
NARROW = 0.5
"""Of the median width of the lines of a fit: below it a shape is no unit's."""
NAMED = 3
BAND = "bond"
DOI = re.compile(r"doi:[^\s,;)]+")
SYMBOL = re.compile(r"[A-Z][a-z]?")


def places_of(recipe: Recipe, library: reference_peaks.Library) -> dict[str, dict[str, Window]]:
    """Where the library puts what the glasses of a recipe could hold, by technique and label."""
    tables = recipe.tables
    glasses = [sample.glass for sample in tables.samples]
    units = dict.fromkeys(unit.label for glass in glasses for unit in possible_units(glass))
    ranges = {}
    for technique, options in tables.techniques.items():
        if not options.lines or technique not in library.techniques:
            continue
        asked = {"cation": tables.cation, "phase": tables.phase, "scale": options.get("reference")}
        elements = {element for glass in glasses for element in glass.elements}
        labels = dict.fromkeys((*units, *published_labels(library, technique, elements)))
        ranges[technique] = ranges_of(library, technique, labels, asked)
    return ranges


def ranges_of(
    library: reference_peaks.Library, technique: str, labels: Iterable[str], asked: Mapping[str, Any]
) -> dict[str, Window]:
    """Range of every label that the library places: two sds around a position, and a window beside it.

    ``asked`` are the cation, the phase and the scale of the sample, as :meth:`reference_peaks.Library.priors` has them.
    """
    names = tuple(labels)
    ranges = {
        label: Window(
            prior.mean - PLACE_SDS * prior.sd, prior.mean + PLACE_SDS * prior.sd, prior.unit, prior.source, label
        )
        for label, prior in library.priors(technique, names, **asked).items()
    }
    for label, window in library.windows(technique, names, **asked).items():
        own = ranges.get(label, window)
        lower, upper = min(own.lower, window.lower), max(own.upper, window.upper)
        ranges[label] = replace(own, lower=lower, upper=upper)
    return ranges


def possible_units(glass: Composition) -> tuple[Unit, ...]:
    """All units that the elements of a glass allow, with at most two kinds of ligands and one homopolar bond."""
    labels = structure.species(glass, former=glass.formers, homopolar=True)
    return tuple(structure.parse_label(label) for label in labels)


def published_labels(library: reference_peaks.Library, technique: str, elements: Collection[str]) -> tuple[str, ...]:
    """Units, sites of oxygen and bonds of some elements that the library places in a technique."""
    kinds = {claim.species: claim.species_kind for claim in library.claims if claim.technique == technique}
    labels = []
    for label in sorted(library.lines(technique)):
        if kinds.get(label) == BAND:
            labels += [label] if set(SYMBOL.findall(label)) <= set(elements) else []
        elif (":" in label or label in OXYGEN_LINES) and can_hold(label, elements):  # crystals are no part of a glass
            labels.append(label)
    return tuple(labels)


def lines_of_fit(fit: Fit) -> Iterator[tuple[str, float, float]]:
    """Lines of a fit that count something: assignment, fitted position, fitted width."""
    values = dict(zip(fit.parameters.entries, fit.parameters.value.values.tolist(), strict=True))
    for peak in fit.model.peaks:
        center = values.get(f"{peak.name}_center")
        if center is not None and peak.assignment:
            widths = [values.get(f"{peak.name}_{quantity}", 0.0) for quantity in ("gauss_fwhm", "lorentz_fwhm", "fwhm")]
            yield peak.assignment, center, max(widths)


def wanted_at(tangent: Tangent, like: int, low: float, high: float, fwhm: float) -> tuple[float, float] | None:
    """Where a line more makes chi2 of a spectrum fall most, and by how much; None where none of them rises."""
    places = np.linspace(low, high, max(round(PLACES_A_WIDTH * (high - low) / fwhm), 1) + 1)
    tried = [(tangent.along(tangent.curve_of(like, float(place))), float(place)) for place in places]
    return max(((place, one.gain) for one, place in tried if one.amount > 0), key=lambda pair: pair[1], default=None)


def published_there(fit: Fit, places: Mapping[str, Window], listed: Iterable[str]) -> tuple[Note, ...]:
    """The note that the library has units where a fit misses its data; none where no line there explains it.

    Parameters
    ----------
    fit
        Of one spectrum.
    places
        Where the library puts what its sample could hold.
    listed
        Texts of the lines that were fitted.
    """
    if not fit.missed:
        return ()
    counted = {name for text in listed for name in affine.parse(text).names}
    plain = replace(fit, noise=np.asarray(fit.noise) / fit.noise_scale)
    tangent = Tangent(plain)
    missed = float(tangent.residual @ tangent.residual) - fit.dof
    gains = {
        label: gain
        for label, place in places.items()
        if label not in counted and (gain := _gain(tangent, place)) > EXPLAINS * missed
    }
    if not gains:
        return ()
    most = max(gains.values())
    best = sorted(gains, key=lambda label: (gains[label] < ALIKE * most, places[label].upper - places[label].lower))[
        :NAMED
    ]
    unit = spectra.AXES[fit.model.axis]
    texts = (
        f"{label} ({span(places[label].lower, places[label].upper)} {unit}: {_cited(places[label])})" for label in best
    )
    share = min(most / missed, 1.0)
    text = (
        f"another line at {span(*fit.missed)} {unit} would explain {share:.0%} of the misfit, and the library has "
        f"unassigned species there: {'; '.join(texts)}"
    )
    names = ", ".join(best)
    remedy = spelled(
        f"add it to species= ({names})",
        command_line=f"add it to --species ({names})",
        recipe=f"add it to lines of this technique, and to units if it is not among them ({names})",
    )
    severity = (
        Severity.ERROR if fit.status is Status.MISFIT else Severity.WARNING
    )  # a cause stands where the effect does
    return (Note("published-there", severity, text, remedy),)


def _cited(place: Window) -> str:
    """The DOIs of a source, all of its text where it has none; why the curators assume a range of no source."""
    return ", ".join(DOI.findall(place.source)) or place.source or place.reason


def _gain(tangent: Tangent, place: Window) -> float:
    """Fall of chi2 by a line more in that part of a published range where the fit misses its data.

    In the shape of any line of the fit, because the nearest has bent around what is missed; but in none of those that
    are narrow beside the others, as absent lines may be: a spike is no line.
    """
    names, missed = [peak.assignment for peak in tangent.fit.model.peaks], tangent.fit.missed
    lines, gains = list(lines_of_fit(tangent.fit)), [0.0]
    usual = float(np.median([fwhm for _, _, fwhm in lines])) if lines else 0.0
    for name, _, fwhm in lines:
        low, high = max(place.lower, missed[0] - fwhm / 2), min(place.upper, missed[-1] + fwhm / 2)
        if low <= high and fwhm > NARROW * usual:
            wanted = wanted_at(tangent, names.index(name), low, high, fwhm)
            gains.append(0.0 if wanted is None else wanted[1])
    return max(gains)
