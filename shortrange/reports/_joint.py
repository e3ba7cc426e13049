"""The part of a report on the joint route: both routes side by side, what spectra say of one another, averages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from shortrange import exports
from shortrange.reports._html import Cells, cells
from shortrange.results import BASE, Analysis, JointFit
from shortrange_core.shown_numbers import decimals, estimate

TABLES: Mapping[str, Callable[[JointFit], pd.DataFrame]] = {
    "joint_spectra": exports.joint_spectra_table,
    "tension": exports.tension_table,
    "carried": exports.carried_table,
    "averaged": exports.averaged_table,
    "unit_sets": exports.sets_table,
    "optima": exports.optima_table,
    "network": exports.joint_network_table,
    "responses": exports.responses_table,
}
ON_EVERY_ROW = ("reading", "x", "agreement", "misfits")
"""Columns of the fractions that repeat the same in every row of a glass."""


def joint_part(analysis: Analysis) -> dict[str, Any]:
    """Tables and verdict of the joint route for the page; empty where it was not asked for."""
    joint = analysis.joint
    if joint is None:
        return {"routes": Cells((), ())}
    fractions = exports.fractions_table(joint.structures).drop(columns=list(ON_EVERY_ROW), errors="ignore")
    parts: dict[str, Any] = {name: cells(made(joint)) for name, made in TABLES.items()}
    return {
        **parts,
        "routes": cells(side_by_side(analysis, joint)),
        "joint_verdict": joint.verdict,
        "joint_fractions": cells(fractions),
    }


def side_by_side(analysis: Analysis, joint: JointFit) -> pd.DataFrame:
    """Every quantity as each route knows it, in words where there is only a limit; a rejected glass says why."""
    base = exports.fractions_table([item for item in analysis.structures if item.reading == BASE])
    first = {(row["sample"], row["quantity"]): in_short(row) for row in base.to_dict("records")}
    second = {
        (row["sample"], row["quantity"]): in_short(row)
        for row in exports.fractions_table(joint.structures).to_dict("records")
    }
    rows = []
    for row in exports.routes_table(joint, analysis.structures).to_dict("records"):
        key = (row["sample"], row["quantity"])
        if not row["verdict"] and key not in first and key not in second:
            continue  # made of others, as BO/O is, and of the tables for machines
        shown = {"sample": row["sample"], "quantity": row["quantity"], "step by step": first.get(key, "")}
        if row["verdict"]:
            rows.append({**shown, "all together": row["verdict"]})
            continue
        couplings = {name: row[name] for name in ("coupling x 0.5", "coupling x 2")}
        rows.append({**shown, "all together": second.get(key, ""), **couplings})
    return pd.DataFrame(rows)


def in_short(row: Mapping[Any, Any]) -> str:
    """One quantity of a glass in short: its value with sd, or the limit that is all that is known of it."""
    return _in_short(row) + (" (in doubt)" if row.get("misfits") else "")


def _in_short(row: Mapping[Any, Any]) -> str:
    verdict = str(row["verdict"])
    if verdict == exports.AT_MOST:
        return f"{verdict} {decimals(row['upper'])}"
    if verdict == exports.AT_LEAST:
        return f"{verdict} {decimals(row['lower'])}"
    if verdict == exports.FIXED:
        return f"{decimals(row['least'])}, {verdict}"
    if verdict != exports.DETERMINED:
        return verdict
    return estimate(row["value"], row["sd"], row["lower"], row["upper"])
