"""The answer of an analysis: a sentence a glass, and one table over the series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from shortrange import exports
from shortrange.reports._html import Cells, species
from shortrange.reports._plots import SHARE, asked_quantities
from shortrange.results import BASE, Analysis, Structure
from shortrange_core.shown_numbers import beside_interval, counted, estimate, limit, probability, span, with_sd

NAMED = 3
"""Units that a sentence names; the table has all."""
ESTIMATED = ("value", "sd", "lower", "upper")
"""Columns of a quantity that is determined."""
Row = Mapping[Any, Any]


def sentences(structures: Sequence[Structure]) -> list[Markup]:
    """What was found of every glass, in a sentence: whether to believe it, its main units, its oxygen."""
    return [_sentence(item) for item in structures]


def _sentence(item: Structure) -> Markup:
    head = Markup("<strong>{}</strong>").format(item.sample)
    if item.composition != item.sample:
        head += Markup(" ({})").format(species(item.composition))
    if not item.believed:
        verdict = "rejected" if item.solution is not None else "no solution"
        return head + Markup(": <strong>{}</strong>, no fractions are given. {}").format(verdict, item.problem)
    rows = exports.fractions_table([item]).to_dict("records")
    solution = item.solution
    assert solution is not None
    kinds = dict(zip(solution.species, solution.fractions.facets["kind"], strict=True))
    units = [row for row in rows if kinds.get(row["quantity"]) == "unit"]
    main = sorted((row for row in units if row["verdict"] in (exports.DETERMINED, exports.FIXED)), key=_least_first)
    text = [Markup("{} of {}").format(_percent(row), species(row["quantity"])) for row in main[:NAMED]]
    rest = len(units) - len(text)
    if text and rest:
        text.append(escape(counted(rest, "other unit")))
    if item.doubt:
        head += Markup(": <strong>in doubt</strong>, because the result {}").format(item.doubt)
    parts = [_listed(text) or escape("no unit is determined")]
    parts += [_oxygen(row) for row in rows if row["quantity"] == SHARE]
    return head + ": " + Markup("; ").join([*parts, escape(_agreement(item))]) + "."


def _least_first(row: Row) -> float:
    return -float(row["value"])


def _percent(row: Row) -> str:
    if row["verdict"] == exports.FIXED:
        return f"{100 * row['least']:.4g} %"
    return f"{estimate(*(100 * row[name] for name in ESTIMATED))} %"


def _listed(parts: Sequence[Markup]) -> Markup:
    return Markup(" and ").join([part for part in (Markup(", ").join(parts[:-1]), *parts[-1:]) if part])


def _oxygen(row: Row) -> Markup:
    if row["verdict"] in (exports.DETERMINED, exports.FIXED):
        return escape(f"{_percent(row)} of the bound oxygen is bridging")
    return escape(f"bridging share of the bound oxygen: {answer_text(row)}")


def _agreement(item: Structure) -> str:
    solution = item.solution
    assert solution is not None
    if item.widening > 1.0:
        return f"the evidence disagrees, so intervals are {item.widening:.2g} times wider"
    return f"the evidence agrees ({probability(solution.p_value)})" if solution.dof else "the evidence cannot be tested"


def answer_text(row: Row) -> str:
    """A quantity with its verdict: ``value(sd)``, a limit, a range, or what the balances fix.

    An interval stands in place of an sd that does not tell it.

    Examples
    --------
    >>> answer_text({"verdict": "at most", "lower": 0.0, "upper": 0.01234})
    '≤ 0.013'
    >>> answer_text({"verdict": "at most", "lower": 0.0, "upper": 0.01234, "misfits": "31P NMR"})
    '≤ 0.013 (in doubt)'
    """
    verdict = row["verdict"]
    if "lower" not in row or verdict == exports.REJECTED:
        return "rejected"
    return _undoubted(row) + _doubted(row)


def _doubted(row: Row) -> str:
    return " (in doubt)" if row.get("misfits") else ""


def _undoubted(row: Row) -> str:
    verdict = row["verdict"]
    low, high = (f"{row[end]:.2g}" if abs(row[end]) > 1e-9 else "0" for end in ("lower", "upper"))
    if verdict == exports.DETERMINED:
        return estimate(*(row[name] for name in ESTIMATED))
    if verdict == exports.FIXED:
        return f"{row['least']:.4g} (fixed)"
    if verdict == exports.UNDETERMINED:
        return f"{low} to {high} (undetermined)"
    upper = verdict == exports.AT_MOST
    return f"{'≤' if upper else '≥'} {limit(row['upper' if upper else 'lower'], upper=upper)}"


def answer_table(structures: Sequence[Structure]) -> Cells:
    """One row per quantity, one column per glass: ``value(sd)`` with the 95 % interval, or what else the verdict is."""
    rows = exports.fractions_table(structures).to_dict("records")
    by_place = {(row["sample"], row["quantity"]): row for row in rows}
    asked = [name for name in asked_quantities(rows) if name != "-"]
    table = tuple((species(name), *(_cell(by_place.get((item.sample, name))) for item in structures)) for name in asked)
    return Cells(("quantity", *(item.sample for item in structures)), table)


def network_cells(structures: Sequence[Structure]) -> Cells:
    """One row per quantity of the network, one column per glass: ``value(sd)``; a dash where nothing determines it."""
    rows = exports.network_table(structures).to_dict("records")
    by_place = {(row["sample"], row["quantity"]): row for row in rows}
    units = {row["quantity"]: row["unit"] for row in rows}
    samples = tuple(dict.fromkeys(str(row["sample"]) for row in rows))
    table = tuple(
        (species(name), escape(units[name]), *(_network_cell(by_place.get((sample, name))) for sample in samples))
        for name in exports.quantities_of(rows)
    )
    return Cells(("quantity", "unit", *samples), table)


def _network_cell(row: Row | None) -> Markup:
    if row is None or not row["sd"] >= 0 or not row["sd"] < float("inf"):
        return Markup("&ndash;")
    return escape(with_sd(row["value"], row["sd"]))


def answer_frame(analysis: Analysis) -> pd.DataFrame:
    """The answer as text that can be typed: one row per quantity, one column per glass."""
    base = [item for item in analysis.structures if item.reading == BASE]
    rows = exports.fractions_table(base).to_dict("records")
    by_place = {(row["sample"], row["quantity"]): answer_text(row) for row in rows}
    asked = pd.Index([name for name in asked_quantities(rows) if name != "-"], name="quantity")
    columns = {item.sample: [by_place.get((item.sample, name), "-") for name in asked] for item in base}
    return pd.DataFrame(columns, index=asked)


def _cell(row: Row | None) -> Markup:
    if row is None:
        return Markup("&ndash;")
    if row["verdict"] != exports.DETERMINED:
        return escape(answer_text(row))
    text = escape(beside_interval(*(row[name] for name in ESTIMATED)) + _doubted(row))
    return text + Markup('<br><span class="soft">{}</span>').format(span(row["lower"], row["upper"]))
