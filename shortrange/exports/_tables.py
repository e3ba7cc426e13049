"""Tables of an analysis: every number with its uncertainty, written as CSV and shown in the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

import structure
from reference_peaks import Prior
from shortrange.results import BASE, Analysis, Fitted, Structure
from shortrange.stepwise import prior_rows
from shortrange_core.estimates import Estimates
from shortrange_core.notes import Note, Severity

BOUND_TOLERANCE = 1e-6
FIXED_WIDTH = 1e-9  # per network former: a range of the balances without a width
DETERMINED, AT_MOST, AT_LEAST, UNDETERMINED = "determined", "at most", "at least", "undetermined"
FIXED, REJECTED = "fixed by the balances", "rejected"


def fractions_table(structures: Sequence[Structure]) -> pd.DataFrame:
    """One row per glass, reading and quantity: value, sd, 95 % interval, what balances alone allow, verdict, agreement.

    Where the evidence is rejected there are no values, sds and intervals: what the solver left of them stands in the
    record (``results.nc``), for whoever looks for the reason. ``agreement`` says whether sds were widened, ``misfits``
    which techniques a glass rests on whose fits miss their data: its numbers are in doubt.
    """
    rows = [row for item in structures for row in _structure_rows(item)]
    return pd.DataFrame(rows)


def series_table(analysis: Analysis) -> pd.DataFrame:
    """One row per glass and amount where all glasses are solved together: value, sd and 95 % interval, and those alone.

    Empty where the recipe does not say what the glasses have in common. A rejected solution has no values.
    """
    alone = {item.sample: item for item in analysis.structures if item.reading == BASE}
    rows: list[dict[str, Any]] = []
    for item in analysis.series:
        solution, single = item.solution, alone[item.sample]
        assert solution is not None
        before = dict(values_of(single.solution.fractions)) if single.solution is not None and single.believed else {}
        ends = zip(solution.species, solution.lower.tolist(), solution.upper.tolist(), strict=True)
        limits = {label: (lower, upper) for label, lower, upper in ends}
        for label, (value, sd) in values_of(solution.fractions):
            if single.solution is not None and label not in single.solution.species:
                continue  # its elements are not in the glass
            told = {"value": value, "sd": sd, "lower": limits[label][0], "upper": limits[label][1]}
            row = {"sample": item.sample, "x": item.x, "quantity": label, **(told if item.believed else {})}
            row["value alone"], row["sd alone"] = before.get(label, (np.nan, np.nan))
            rows.append({**row, "agreement": agreement(solution, item.agreement)})
    return pd.DataFrame(rows)


def network_table(structures: Sequence[Structure]) -> pd.DataFrame:
    """Contacts and bridges, mixing and mean chain length of every glass as the recipe reads it, with sds.

    What nothing determines has no value.
    """
    rows = []
    for item in structures:
        if item.reading != BASE or item.solution is None or not item.believed:
            continue
        network = structure.network(item.solution)
        units = dict(zip(network.quantities.entries, network.quantities.facets["unit"], strict=True))
        single = (network.preference, network.chain_length)
        stated = [
            *values_of(network.quantities),
            *(pair for one in single if one is not None for pair in values_of(one)),
        ]
        head = {"sample": item.sample, "x": item.x}
        rows += [
            {**head, "quantity": name, "unit": units.get(name, ""), "value": value if sd >= 0 else np.nan, "sd": sd}
            for name, (value, sd) in stated
        ]
    return pd.DataFrame(rows)


def quantities_of(rows: Sequence[Mapping[Any, Any]]) -> list[str]:
    """Quantities of a table of fractions, in the order of the glass that has most."""
    by_glass: dict[str, list[str]] = {}
    for row in rows:
        by_glass.setdefault(row["sample"], []).append(row["quantity"])
    longest_first = sorted(by_glass.values(), key=lambda names: -len(names))
    return list(dict.fromkeys(name for names in longest_first for name in names))


def _structure_rows(item: Structure) -> list[dict[str, Any]]:
    head = {"sample": item.sample, "reading": item.reading, "x": item.x}
    solution, possible, supported = item.solution, item.possible, item.supported
    if solution is None:
        return [{**head, "quantity": "-", "verdict": item.problem, "misfits": ""}]
    values = dict(values_of(solution.fractions))
    values |= dict(values_of(solution.sites)) if solution.sites is not None else {}
    believed, agreed = item.believed, standing(item)
    rows = []
    for quantity in supported.quantities if supported is not None else values:
        value, sd = values.get(quantity, (np.nan, np.nan)) if believed else (np.nan, np.nan)
        row: dict[str, Any] = {**head, "quantity": quantity, "value": value, "sd": sd}
        if supported is not None and possible is not None:
            lower, upper = supported.of(quantity)
            least, greatest = possible.of(quantity)
            blind = bool(supported.undetermined[supported.quantities.index(quantity)])
            if not believed:
                lower, upper = np.nan, np.nan
            row |= {"lower": lower, "upper": upper, "least": least, "greatest": greatest}
            if item.with_unlisted is not None:
                row["lower, units left out"], row["upper, units left out"] = item.with_unlisted.of(quantity)
            ends = (lower, upper), (least, greatest)
            row["verdict"] = verdict(*ends, blind=blind, pointed=bool(np.isfinite(sd))) if believed else REJECTED
        rows.append({**row, "agreement": agreed, "misfits": ", ".join(item.misfits)})
    return rows


def standing(item: Structure) -> str:
    """What a glass rests on and whether its evidence agrees, in words; its solution must be there."""
    assert item.solution is not None
    return "; ".join(part for part in (item.doubt, agreement(item.solution)) if part)


def agreement(solution: structure.Solution, together: str = "") -> str:
    """Whether the evidence of a glass, or of all ``together``, agrees, with chi2, degrees of freedom and p."""
    text = together or solution.agreement.text()
    if not solution.status.trusted:
        return f"{solution.status}: {text}"
    if solution.widening > 1.0:
        return f"disagrees: {text}; sds and intervals {solution.widening:.2g} times wider"
    return text


def verdict(supported: tuple[float, float], possible: tuple[float, float], *, blind: bool, pointed: bool = True) -> str:
    """What the data say of a quantity: its value, only a limit or a range, or nothing beyond the balances.

    Where they do not point to one value (``pointed``), a range inside that of the balances is no value either.

    Examples
    --------
    >>> verdict((0.1, 0.2), (0.0, 1.0), blind=False), verdict((0.0, 0.2), (0.0, 1.0), blind=False)
    ('determined', 'at most')
    >>> verdict((0.4, 0.8), (0.0, 1.0), blind=False, pointed=False)
    'undetermined'
    """
    if possible[1] - possible[0] <= FIXED_WIDTH:
        return FIXED
    if blind:
        return UNDETERMINED
    low = supported[0] <= possible[0] + BOUND_TOLERANCE < possible[1]
    high = supported[1] >= possible[1] - BOUND_TOLERANCE > possible[0]
    if low and high:
        return UNDETERMINED
    return AT_MOST if low else AT_LEAST if high else DETERMINED if pointed else UNDETERMINED


def values_of(estimates: Estimates) -> list[tuple[str, tuple[float, float]]]:
    """Entries of estimates with their value and sd."""
    pairs = zip(estimates.value.values.tolist(), estimates.sd.values.tolist(), strict=True)
    return list(zip(estimates.entries, pairs, strict=True))


def peaks_table(fits: Sequence[Fitted]) -> pd.DataFrame:
    """One row per line of every spectrum: area, position with the error of its reference, width, pull."""
    return pd.DataFrame([row for item in fits for row in _peak_rows(item)])


def _peak_rows(item: Fitted) -> list[dict[str, Any]]:
    fit = item.fit
    parameters = dict(values_of(fit.parameters))
    pulls, places = dict(values_of(fit.pulls)), dict(values_of(fit.positions))
    rows = []
    for peak, assignment in zip(fit.areas.entries, fit.areas.facets["assignment"], strict=True):
        area, sd = dict(values_of(fit.areas))[peak]
        row: dict[str, Any] = {"sample": item.sample, "technique": item.technique, "file": item.file, "peak": peak}
        row |= {"assignment": assignment, "area": area, "area sd": sd}
        for quantity in ("center", "gauss_fwhm", "fwhm"):
            if f"{peak}_{quantity}" in parameters:
                row[quantity], row[f"{quantity} sd"] = parameters[f"{peak}_{quantity}"]
        if "center" in row:
            row["center sd"] = places[peak][1]
        row["pull"] = pulls.get(f"{peak}_center", (np.nan, np.nan))[0]
        row["published"] = "no" if assignment in item.unpublished else "yes" if assignment else ""
        rows.append(row)
    return rows


def alternatives_table(analysis: Analysis) -> pd.DataFrame:
    """One row per glass and reading: what it implies for bridging oxygen, free sulfide, chi2."""
    rows = []
    for item in analysis.structures:
        row: dict[str, Any] = {"sample": item.sample, "reading": item.reading}
        if item.solution is None:
            rows.append({**row, "status": item.problem})
            continue
        values = dict(values_of(item.solution.fractions))
        values |= dict(values_of(item.solution.sites)) if item.solution.sites is not None else {}
        for quantity in ("BO", "BO/(BO + NBO)", "Na2S", "S"):
            if quantity in values and item.believed:
                row[quantity], row[f"{quantity} sd"] = values[quantity]
        row |= {"chi2": item.solution.chi2, "dof": item.solution.dof, "p": item.solution.p_value}
        row |= {"status": str(item.solution.status)}
        rows.append(row)
    return pd.DataFrame(rows)


def unlisted_table(analysis: Analysis) -> pd.DataFrame:
    """One row a unit that the recipe leaves out and a line that may hide it: what would follow if it lay there too.

    ``chi2 less`` says how much better the evidence then agrees; the amount has a 95 % interval; then every fraction and
    BO, NBO, BO/(BO + NBO) as they would be.
    """
    rows = []
    for item in analysis.unlisted:
        row: dict[str, Any] = {"sample": item.sample, "technique": item.technique, "line": item.line}
        row |= {"unit": item.unit, "reason": item.reason, "chi2 less": item.chi2}
        row |= dict(zip(("amount", "amount lower", "amount upper"), item.amount, strict=True))
        oxygen = {name: item.implied[name] for name in ("BO", "NBO", "BO/(BO + NBO)") if name in item.implied}
        for name, (value, sd) in oxygen.items():
            row[name], row[f"{name} sd"] = value, sd
        fractions = {name: value for name, (value, _) in item.implied.items() if name != item.unit}
        rows.append(row | {name: value for name, value in fractions.items() if name not in ("oxide", "BO/O", *oxygen)})
    return pd.DataFrame(rows)


def sensitivity_table(analysis: Analysis) -> pd.DataFrame:
    """One row per glass and species: the fraction with all priors half as wide, as they are, and twice as wide.

    Then the largest move in its own sd, that which the priors of each kind make alone, to first order, and that which
    1 mol% of a compound of the batch makes.
    """
    base = [s for s in analysis.structures if s.reading == BASE]
    varied = [{s.sample: s.fractions for s in run} for run in (analysis.narrower, base, analysis.wider)]
    alone = {(i.sample, i.species, i.kind): (i.narrower, i.wider) for i in analysis.influences}
    kinds = tuple(dict.fromkeys(i.kind for i in analysis.influences))
    rows = []
    for item in base:
        sds = dict(values_of(item.solution.fractions)) if item.solution is not None else {}
        for species in item.fractions:
            half, one, double = (fractions.get(item.sample, {}).get(species, np.nan) for fractions in varied)
            sd = sds[species][1]
            row: dict[str, Any] = {"sample": item.sample, "species": species}
            row |= {"sd x 0.5": half, "sd x 1": one, "sd x 2": double, "sd": sd}
            row["largest move in sd"] = _largest_move((half, double), one, sd)
            for kind in kinds:
                row[f"by {kind}"] = _largest_move(alone.get((item.sample, species, kind), (np.nan, np.nan)), one, sd)
            rows.append(row)
    return pd.DataFrame(rows)


def _largest_move(values: tuple[float, float], one: float, sd: float) -> float:
    return max(abs(value - one) for value in values) / sd if sd > 0 else np.nan


def priors_table(analysis: Analysis) -> pd.DataFrame:
    """One row per spectrum and prior, of whatever kind: mean, sd, source or reason, what was fitted, pull."""
    options = analysis.recipe.tables.techniques
    return pd.DataFrame([row for item in analysis.fits for row in prior_rows(item, options[item.technique])])


def claims_table(analysis: Analysis) -> pd.DataFrame:
    """One row a prior or window of the library: where it puts the line, why, and the claims behind it."""
    rows = []
    for technique, by_species in analysis.priors.items():
        for species, place in by_species.items():
            row: dict[str, Any] = {"technique": technique, "species": species}
            if isinstance(place, Prior):
                row |= {"mean": place.mean, "sd": place.sd, "unit": place.unit, "scale": place.scale}
                row |= {"sources": place.sources, "default sd": "yes" if place.default else "no"}
            else:
                row |= {"lower": place.lower, "upper": place.upper, "unit": place.unit}
                row["assumed"] = "yes" if place.assumed else "no"
            rows.append(row | {"reason": place.reason, "source": place.source, "claims": ", ".join(place.claims)})
    return pd.DataFrame(rows)


def notes_table(analysis: Analysis) -> pd.DataFrame:
    """One row per note, with all the places that it belongs to: code, severity, text, remedy; errors first."""
    places: dict[Note, list[str]] = {}
    for where, note in analysis.notes:
        places.setdefault(note, []).append(where)
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    return pd.DataFrame(
        [
            {"where": "; ".join(dict.fromkeys(named)), "code": n.code, "severity": str(n.severity), "text": n.text,
             "remedy": n.remedy}
            for n, named in sorted(places.items(), key=lambda pair: order[pair[0].severity])
        ],
        columns=["where", "code", "severity", "text", "remedy"],
    )  # fmt: skip
