"""Units that nobody listed: what a fitted line may count besides, and what would follow for the fractions.

A line of a spectrum counts the units that the recipe gives it. Others may lie under it unseen: those that the library
puts there, and, where nothing is published of a unit, those with the same ligands and one bridge more or less
(``P:S2O/O`` under ``P:S2O2``). Each is tried in the balances beside what the line counts. All of them together give the
range over every reading that the data do not tell apart. A unit may also have a line of its own beside those of the
recipe, which bend around it: that is tried to first order (:class:`spectra.fits.Tangent`) where chi2 of the spectrum
falls, with what the balances then say. Only lines whose areas count as relative amounts are tried:
behind an unknown response a unit can hide anywhere.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from scipy.special import chdtrc

import structure
from reference_peaks import Window
from shortrange.recipe import Alternative, Recipe, Sample, Tables, can_hold
from shortrange.results import Fitted, Places, Structure, Unlisted
from shortrange.stepwise._evidence import evidence_of, labels_of, usable
from shortrange.stepwise._published_ranges import lines_of_fit, possible_units, wanted_at
from shortrange_core import affine
from shortrange_core.errors import BadInput, Infeasible
from shortrange_core.notes import Note, Severity
from shortrange_core.shown_numbers import span
from spectra.fits import Tangent
from structure import Composition, Solution, Unit

MOST_BRIDGES_APART = 1
"""More bridges move a line of phosphorus by more than its width: 3, -9, -20, -27 ppm for P:O4 to P:O/O3."""
WANTED = 0.0027
"""Probability, over all units that were tried, below which the data ask for a unit: 3 sd, as evidence disagrees."""
HANGS = 2.0
"""A range that grows more than so many times hangs on which units are listed."""
NAMED = 3
LEVEL = 0.95
FIXED_WIDTH = 1e-9
SEEN = 4.0
"""Fall of chi2 of a spectrum from which a line more in it is looked at in the balances."""
OWN_LINE = "unlisted_unit"
LOOKS = 3.0
"""Places that a unit is looked for at: under a line, and two or three that tell apart beside it."""
BRIDGING = "BO/(BO + NBO)"


def candidates(tables: Tables, sample: Sample, fits: Sequence[Fitted], places: Places) -> tuple[Unlisted, ...]:
    """Units that the recipe leaves out and that may lie under a fitted line of one glass, with the reason."""
    listed = {structure.check_label(text) for text in (*tables.units, *tables.free)}
    glass = sample.glass
    units = [unit for unit in possible_units(glass) if unit.label not in listed]
    by_place = {}
    for item in fits:
        if item.sample != sample.name or not usable(item.fit) or not _counts_amounts(tables, item):
            continue
        own_places = places.get(item.technique, {})
        for line, center, fwhm in _lines(item):
            for unit in units:
                reason = _reason(unit, line, (center, fwhm), own_places)
                if reason:
                    by_place[item.technique, line, unit.label] = (reason,)
    return tuple(Unlisted(sample.name, *where, *reason) for where, reason in by_place.items())


def _counts_amounts(tables: Tables, item: Fitted) -> bool:
    entry = tables.entry_of(item.sample, item.technique, item.file, item.block)
    return tables.options_of(entry).evidence == "fractions"


def _lines(item: Fitted) -> Iterator[tuple[str, float, float]]:
    """Lines of a fit that count units: assignment, fitted position, fitted width."""
    return (line for line in lines_of_fit(item.fit) if any(":" in name for name in affine.parse(line[0]).names))


def _reason(unit: Unit, line: str, fitted: tuple[float, float], places: Mapping[str, Window]) -> str:
    """Why a unit may lie under a line at (position, width); empty where it may not."""
    center, fwhm = fitted
    if unit.label in places:
        low, high = places[unit.label].lower, places[unit.label].upper
        near = low - fwhm <= center <= high + fwhm
        return f"the library gives {low:.4g} to {high:.4g}" if near else ""
    for label in affine.parse(line).names:
        other = structure.parse_label(label)
        alike = (other.centre, other.oxidation, other.partners) == (unit.centre, unit.oxidation, unit.partners)
        if alike and _ligands(other) == _ligands(unit) and abs(other.n - unit.n) <= MOST_BRIDGES_APART:
            return f"unpublished; same ligands as {label}"
    return ""


def _ligands(unit: Unit) -> Counter[str]:
    total: Counter[str] = Counter()
    for shell in unit.shells:
        total.update(dict(shell))
    return total


def with_unlisted(
    recipe: Recipe, sample: Sample, fits: Sequence[Fitted], places: Places, base: Structure
) -> tuple[Structure, tuple[Unlisted, ...]]:
    """What units that a recipe leaves out would change in one glass: its structure with wider ranges, and each unit.

    Parameters
    ----------
    recipe, sample, fits
        What was analysed.
    places
        As :func:`shortrange.stepwise.places_of` gives them.
    base
        The glass as the recipe reads it.
    """
    listed = candidates(recipe.tables, sample, fits, places)
    solution, supported = base.solution, base.supported
    if not listed or solution is None or supported is None:
        return base, ()
    problem = recipe, sample, fits
    under = (_with(problem, item, solution) for item in listed)
    beside = _beside(problem, listed, places, solution)
    one_by_one = tuple(max((item, *beside.get(_key(item), ())), key=_fall) for item in under)
    if not base.believed:
        return base, one_by_one
    possible = [item for item in one_by_one if item.implied]
    readings = _readings(possible)
    glass, species, evidence = _problem(recipe, sample, fits, readings)
    try:
        wider = structure.ranges(glass, species, evidence, quantities=supported.quantities, level=LEVEL)
    except Infeasible:
        return base, one_by_one
    return replace(base, with_unlisted=wider), one_by_one


def _key(item: Unlisted) -> tuple[str, str, str]:
    return item.technique, item.line, item.unit


def _fall(item: Unlisted) -> float:
    return item.chi2 if math.isfinite(item.chi2) else -math.inf


def _beside(
    problem: tuple[Recipe, Sample, Sequence[Fitted]], listed: Sequence[Unlisted], places: Places, without: Solution
) -> dict[tuple[str, str, str], list[Unlisted]]:
    """Units with a line of their own beside that of the recipe, where a spectrum that is described asks for one."""
    recipe, sample, fits = problem
    made: dict[tuple[str, str, str], list[Unlisted]] = {}
    for number, item in enumerate(fits):
        if item.sample != sample.name or not item.fit.status.trusted or item.fit.missed:
            continue
        lines = {line: (center, fwhm) for line, center, fwhm in _lines(item)}
        tangent, names = Tangent(item.fit), [peak.assignment for peak in item.fit.model.peaks]
        for one in (one for one in listed if one.technique == item.technique and one.line in lines):
            like = names.index(one.line)
            where = wanted_at(tangent, like, *_reach(one, lines[one.line], places.get(item.technique, {})))
            if where is None or where[1] <= SEEN:
                continue
            center, gain = where
            fit = tangent.with_line(like, center, name=OWN_LINE, assignment=one.unit)
            others = (*fits[:number], replace(item, fit=fit), *fits[number + 1 :])
            named = replace(one, reason=f"{one.reason}; a separate line at {center:.4g}")
            tried = _with((recipe, sample, others), named, without, counts=False)
            made.setdefault(_key(one), []).append(replace(tried, chi2=tried.chi2 + gain))
    return made


def _reach(one: Unlisted, fitted: tuple[float, float], ranges: Mapping[str, Window]) -> tuple[float, float, float]:
    """From where to where a unit may have a line of its own, and the width of lines there."""
    center, fwhm = fitted
    place = ranges.get(one.unit)
    return (center - fwhm, center + fwhm, fwhm) if place is None else (place.lower, place.upper, fwhm)


def _readings(listed: Sequence[Unlisted]) -> tuple[Alternative, ...]:
    """Every line with all units that may lie under it."""
    under: dict[tuple[str, str], list[str]] = {}
    for item in listed:
        under.setdefault((item.technique, item.line), []).append(item.unit)
    return tuple(
        Alternative(name=line, technique=technique, line=line, read_as=" + ".join((line, *units)))
        for (technique, line), units in under.items()
    )


def _problem(
    recipe: Recipe, sample: Sample, fits: Sequence[Fitted], readings: Sequence[Alternative]
) -> tuple[Composition, tuple[str, ...], list[structure.Evidence]]:
    glass = sample.glass
    species = tuple(label for label in labels_of(recipe.tables, readings) if can_hold(label, glass.elements))
    return glass, species, evidence_of(recipe, sample, fits, species, readings)


def _with(
    problem: tuple[Recipe, Sample, Sequence[Fitted]], item: Unlisted, without: Solution, *, counts: bool = True
) -> Unlisted:
    """One unit with what the balances make of it; ``counts`` says whether the line that it lies under counts it too."""
    recipe, sample, fits = problem
    glass, species, evidence = _problem(recipe, sample, fits, _readings([item]))
    if not counts:
        evidence = evidence_of(recipe, sample, fits, species)
    try:
        solution = structure.solve(glass, species, evidence, check=False)
    except (BadInput, Infeasible):
        return item
    if not solution.feasible:
        return item
    at = solution.species.index(item.unit)
    amount = (float(solution.values[at]), float(solution.lower[at]), float(solution.upper[at]))
    implied: dict[str, tuple[float, float]] = {}
    for estimates in (solution.fractions, solution.sites):
        if estimates is not None:
            pairs = zip(estimates.value.values.tolist(), estimates.sd.values.tolist(), strict=True)
            implied |= dict(zip(estimates.entries, pairs, strict=True))
    return replace(item, chi2=without.chi2 - solution.chi2, amount=amount, implied=implied)


def notes_of_unlisted(item: Structure, items: Sequence[Unlisted]) -> tuple[Note, ...]:
    """What a user must know: that the data ask for a unit, or that a result hangs on which units are listed."""
    rise: dict[str, float] = {}
    for one in items:
        rise[one.unit] = max(one.chi2, rise.get(one.unit, 0.0))
    best = sorted(rise, key=lambda unit: -rise[unit])
    if best and LOOKS * len(rise) * float(chdtrc(1, rise[best[0]])) < WANTED:
        named = "; ".join(
            f"{unit} under {' or '.join(one.line for one in items if one.unit == unit)} (chi2 less by {rise[unit]:.3g})"
            for unit in best[:NAMED]
        )
        text = f"the data indicate a unit that is not among the units of the recipe; best with {named}"
        return (Note("unit-wanted", Severity.WARNING, text, "check it by another method, and add it to units"),)
    moved = _widened(item)
    if not moved:
        return ()
    names = ", ".join(dict.fromkeys(one.unit for one in items))
    text = (
        f"{'; '.join(moved)} depends on which units are listed: the data do not show whether units not in the recipe "
        f"({names}) also lie under its lines"
    )
    remedy = "report the wider ranges of the table unlisted, or exclude these units by a statement"
    return (Note("units-left-out", Severity.INFO, text, remedy),)


def _widened(item: Structure) -> list[str]:
    """Quantities whose range grows much, with both ranges: the bridging share, then the fractions that grow most."""
    if item.with_unlisted is None or item.supported is None:
        return []
    growth = {}
    for quantity in item.supported.quantities:
        one, other = item.supported.of(quantity), item.with_unlisted.of(quantity)
        width = one[1] - one[0]
        if width > FIXED_WIDTH and other[1] - other[0] > HANGS * width:
            text = f"{quantity} ({span(*one)} as listed, {span(*other)} with them)"
            growth[text] = (quantity != BRIDGING, -(other[1] - other[0]) / width)
    return sorted(growth, key=lambda text: growth[text])[:NAMED]
