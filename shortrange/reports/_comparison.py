"""Two runs number by number: what moved, by how many of its standard deviations, what changed in between."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shortrange import exports
from shortrange.reports._html import cells, rendered
from shortrange.results import BASE, Analysis, JointFit
from shortrange_core.errors import BadInput
from shortrange_core.files import written_atomically

MOVED = 1.0
"""sds: what moved by more is told first."""
_QUANTITIES = ("area", "center", "fwhm", "gauss_fwhm")
Key = tuple[str, str, str]


@dataclass(frozen=True, eq=False, slots=True)
class RunComparison:
    """Every number that two runs have in common, and what else differs.

    Parameters
    ----------
    table
        One row a number: glass, what (fraction by a route, response, or quantity of a line), entry, first, its sd,
        second, its sd, their difference and that in the larger of the two sds; those that moved most first.
    verdicts
        Rows whose verdict changed: glass, what, quantity, first, second.
    missing
        What only one of the runs has.
    changes
        Libraries, versions and lines of the recipe that differ, in words.
    """

    table: pd.DataFrame
    verdicts: pd.DataFrame
    missing: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def moved(self) -> int:
        """How many numbers moved by more than the larger of their sds."""
        return int((self.table["in sds"].abs() > MOVED).sum())

    @property
    def text(self) -> str:
        """The comparison in a sentence."""
        size = self.table["in sds"].abs()
        most = f", the largest change is {size.max():.2g} sds" if size.notna().any() else ""
        only = f"; {len(self.missing)} are in one run only" if self.missing else ""
        return (
            f"{len(self.table)} numbers compared: {int((self.table['difference'] != 0).sum())} differ, {self.moved} by "
            f"more than their sd{most}; {len(self.verdicts)} verdicts differ{only}"
        )


def compare_runs(first: Analysis, second: Analysis) -> RunComparison:
    """Compare two analyses number by number: fractions of every route, responses, lines.

    Parameters
    ----------
    first, second
        Of glasses with the same names; what only one of them has is listed.
    """
    one, other = dict(_numbers(first)), dict(_numbers(second))
    rows: list[dict[str, Any]] = []
    for key in one.keys() & other.keys():
        (value, sd), (value_2, sd_2) = one[key], other[key]
        largest = np.nanmax([sd, sd_2]) if np.isfinite([sd, sd_2]).any() else np.nan
        gap = value_2 - value
        row = {"glass": key[0], "what": key[1], "entry": key[2], "first": value, "sd": sd}
        row |= {"second": value_2, "sd of the second": sd_2, "difference": gap}
        rows.append({**row, "in sds": gap / largest if largest > 0 else (0.0 if gap == 0 else np.nan)})
    columns = ["glass", "what", "entry", "first", "sd", "second", "sd of the second", "difference", "in sds"]
    rows.sort(key=_moved_most_first)
    table = pd.DataFrame(rows, columns=columns)
    missing = [*(("the first", key) for key in one.keys() - other.keys())]
    missing += [("the second", key) for key in other.keys() - one.keys()]
    alone = tuple(f"{', '.join(key)}: in {run} run only" for run, key in sorted(missing, key=lambda pair: pair[1]))
    return RunComparison(table, _verdicts(first, second), alone, _changes(first, second))


def _moved_most_first(row: Mapping[str, Any]) -> tuple[Any, ...]:
    size = abs(row["in sds"])
    return (-np.inf if np.isnan(size) else -size, row["glass"], row["what"], row["entry"])


def _numbers(analysis: Analysis) -> Iterator[tuple[Key, tuple[float, float]]]:
    for what, glass, row in _fractions(analysis):
        if np.isfinite(row.get("value", np.nan)):
            yield (glass, what, row["quantity"]), (row["value"], row["sd"])
    joint = _joint(analysis)
    for seen in joint.seen if joint else ():
        yield (seen.spectrum, "joint response", seen.name), (seen.factor, seen.factor * seen.log_sd)
    for averaged in joint.averaged if joint else ():
        sd = (averaged.upper - averaged.lower) / (2 * exports.NORMAL_95)
        yield (averaged.sample, "joint fraction, over the sets", averaged.species), (averaged.median, sd)
    if joint and joint.posterior:
        for entry, *moments in zip(joint.posterior.entries, *joint.posterior.moments(), strict=True):
            yield ("all glasses", "mean of the joint samples", entry), (float(moments[0]), float(moments[1]))
    spectra = Counter((item.sample, item.technique) for item in analysis.fits)
    for row in exports.peaks_table(analysis.fits).to_dict("records"):
        several = spectra[row["sample"], row["technique"]] > 1
        entry = f"{row['peak']}, {row['file']}" if several else row["peak"]
        for quantity in _QUANTITIES:
            if np.isfinite(row.get(quantity, np.nan)):
                key = (row["sample"], f"{row['technique']} {quantity}", entry)
                yield key, (row[quantity], row[f"{quantity} sd"])


def _joint(analysis: Analysis) -> JointFit | None:
    """The joint route, where its minimum is a result."""
    return analysis.joint if analysis.joint and analysis.joint.status.trusted else None


def _fractions(analysis: Analysis) -> Iterator[tuple[str, str, dict[Any, Any]]]:
    """What, glass and row of every amount, by every route: step by step, jointly, all glasses solved together."""
    joint = _joint(analysis)
    for row in exports.fractions_table(analysis.structures).to_dict("records"):
        yield "fraction" if row["reading"] == BASE else f"fraction, {row['reading']}", row["sample"], row
    for row in exports.fractions_table(joint.structures if joint else ()).to_dict("records"):
        yield "joint fraction", row["sample"], row
    for row in exports.series_table(analysis).to_dict("records"):
        yield "fraction, all glasses together", row["sample"], row


def _verdicts(first: Analysis, second: Analysis) -> pd.DataFrame:
    one, other = (
        {(glass, what, row["quantity"]): row["verdict"] for what, glass, row in _fractions(run) if "verdict" in row}
        for run in (first, second)
    )
    rows = [(*key, verdict, other[key]) for key, verdict in one.items() if other.get(key, verdict) != verdict]
    return pd.DataFrame(rows, columns=["glass", "what", "quantity", "first", "second"])


def _changes(first: Analysis, second: Analysis) -> tuple[str, ...]:
    old, new = first.provenance.versions, second.provenance.versions
    changes = [f"{name} {old.get(name, '-')} -> {new.get(name, '-')}" for name in {**old, **new}]
    changes = [text for text, name in zip(changes, {**old, **new}, strict=True) if old.get(name) != new.get(name)]
    if first.library != second.library:
        changes.append(f"peak library {first.library} -> {second.library}")
    files, files_2 = first.provenance.inputs, second.provenance.inputs
    changes += [f"{name}: a different file" for name in files if name in files_2 and files[name] != files_2[name]]
    lines = difflib.unified_diff(first.recipe.text.splitlines(), second.recipe.text.splitlines(), lineterm="", n=0)
    return (*changes, *(line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")))


def comparison_page(
    comparison: RunComparison, path: str | os.PathLike[str], *, names: tuple[str, str], title: str
) -> Path:
    """Write a comparison as one self-contained page.

    Parameters
    ----------
    comparison
        From :func:`compare_runs`.
    path
        The page; it must not be there yet.
    names
        How the two runs are called.
    title
        Of the page.

    Raises
    ------
    BadInput
        If the page is there already.
    """
    target = Path(path)
    if target.exists():
        raise BadInput(f"{str(path)!r}: already exists; give a new page, so that nothing is overwritten")
    moved = comparison.table["in sds"].abs() > MOVED
    page = rendered(
        "comparison.html.j2",
        title=title,
        names=names,
        text=comparison.text,
        moved=cells(comparison.table[moved]),
        rest=cells(comparison.table[~moved]),
        verdicts=cells(comparison.verdicts),
        missing=comparison.missing,
        changes=comparison.changes,
    )
    with written_atomically(target) as partial:
        partial.write_text(page, encoding="utf-8")
    return target
