"""What a reader should know beside the numbers: what contradicts, what hangs on priors, what to do and to measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup, escape

import structure
from shortrange import exports
from shortrange.reports._answer import answer_text
from shortrange.reports._html import species
from shortrange.results import BASE, Analysis, Structure
from shortrange.stepwise import ASKED, by_code, evidence_of
from shortrange_core.errors import BadInput
from shortrange_core.notes import Severity
from shortrange_core.shown_numbers import told_by_sd

MOST_TO_DO = 3
MOVED = 1.0
"""sds that halving or doubling the priors moves a fraction: above, the fraction hangs on them."""
BUYS = 1.1
"""Factor by which an sd must fall for a measurement to be worth naming."""
PLACES = 3
"""Places that a sentence names before it counts."""


def contradictions(analysis: Analysis) -> list[str]:
    """What speaks against what: glasses whose evidence disagrees, in words; fits that miss their spectra."""
    texts = []
    for item in _base(analysis):
        if not item.believed:
            texts.append(f"{item.sample}: {item.problem}")
            continue
        if item.widening > 1.0 and item.solution is not None:
            texts.append(f"{item.sample}: the evidence {exports.agreement(item.solution)}")
        if item.doubt:
            texts.append(f"{item.sample}: in doubt: the result {item.doubt}")
    missed = [f"{item.sample} {item.technique}" for item in analysis.fits if not item.fit.status.trusted]
    return texts + ([f"fits that do not describe their spectra, or failed: {', '.join(missed)}"] if missed else [])


def _base(analysis: Analysis) -> list[Structure]:
    return [item for item in analysis.structures if item.reading == BASE]


def prior_driven(analysis: Analysis) -> list[Markup]:
    """Fractions that move by more than their own sd when all priors are half or twice as wide."""
    frame = exports.sensitivity_table(analysis)
    rows = frame.to_dict("records") if not frame.empty else []
    return [
        Markup("{}: {} moves by {} times its sd if the priors are halved or doubled in width").format(
            row["sample"], species(row["species"]), f"{row['largest move in sd']:.1f}"
        )
        for row in rows
        if row["largest move in sd"] > MOVED
    ]


def next_measurement(analysis: Analysis) -> Markup:
    """What is least certain, and by how much each kind of measurement, made again, would sharpen it; empty if nothing.

    The least certain unit of all glasses is taken; :func:`structure.what_to_measure` says what repeating each piece of
    evidence would buy at the values that the present solution predicts.
    """
    worst = _worst(_base(analysis))
    if worst is None:
        return Markup("")
    item, row = worst
    unit, sd, ends = row["quantity"], row["sd"], (row["lower"], row["upper"])
    sample = next(one for one in analysis.recipe.tables.samples if one.name == item.sample)
    told = answer_text(row)
    head = Markup("The least certain fraction is {} at {}, {}.").format(species(unit), item.sample, told)
    if not told_by_sd(sd, *ends):
        return head
    try:
        solution = item.solution
        assert solution is not None
        evidence = evidence_of(analysis.recipe, sample, analysis.fits, solution.species)
    except BadInput:  # peak tables that the recipe names are not there any more
        return head
    counted = [piece for piece in evidence if not (isinstance(piece, structure.Statement) and not piece.sd)]
    if not counted:
        return head
    again = [replace(piece, name=f"{piece.name}, again") for piece in counted]
    glass = structure.composition(item.composition)
    design = structure.what_to_measure(glass, solution.species, evidence, again, quantities=(unit,))
    gains = dict(zip([piece.name for piece in counted], design.gain.values[:, 0].tolist(), strict=True))
    worth = sorted((name for name, gain in gains.items() if gain > BUYS), key=lambda name: -gains[name])
    if not worth:
        return (
            head + " Repeating any of the present measurements as well as now would reduce its sd by less than a tenth."
        )
    falls = ", ".join(f"to {sd / gains[name]:.2g} with a second {name}" for name in worth)
    return head + escape(f" With data of the same quality, its sd of {sd:.2g} would fall {falls}.")


def _worst(structures: Sequence[Structure]) -> tuple[Structure, dict[Any, Any]] | None:
    """The unit with the widest interval of all glasses that have a result, with its row of the table of fractions."""
    open_rows = []
    for item in structures:
        if item.solution is not None and item.believed:
            table = item.solution.fractions
            units = {name for name, kind in zip(table.entries, table.facets["kind"], strict=True) if kind == "unit"}
            rows = [row for row in exports.fractions_table([item]).to_dict("records") if row["quantity"] in units]
            open_rows += [(item, row) for row in rows if row.get("upper", 0.0) > row["lower"]]
    return max(open_rows, key=lambda one: one[1]["upper"] - one[1]["lower"], default=None)


def to_do(analysis: Analysis) -> list[str]:
    """At most three things: what makes results untrustworthy, its cause first; then warnings, of most places first.

    Before these, stated numbers that the data ask to be others.
    """
    rows = [row for row in exports.notes_table(analysis).to_dict("records") if row["remedy"]]
    errors = by_code([row for row in rows if row["severity"] == "error"])
    warnings = by_code([row for row in rows if row["severity"] == "warning"])
    causes = [warnings.pop(code) for code in _causes(analysis) if code in warnings]
    asked = [warnings.pop(code) for code in list(warnings) if code.endswith(ASKED)]
    ordered = [*causes, *errors.values(), *asked, *sorted(warnings.values(), key=lambda alike: -_places(alike))]
    return [_task(alike) for alike in ordered[:MOST_TO_DO]]


def _causes(analysis: Analysis) -> list[str]:
    """Codes of warnings that stand before an error of the same place: fits put what names a cause before the misfit."""
    causes: list[str] = []
    before: dict[str, list[str]] = {}
    for where, note in analysis.notes:
        if note.severity is Severity.ERROR:
            causes += before.get(where, [])
        elif note.severity is Severity.WARNING:
            before.setdefault(where, []).append(note.code)
    return list(dict.fromkeys(causes))


def _places(rows: Sequence[Any]) -> int:
    return sum(row["where"].count("; ") + 1 for row in rows)


def _task(rows: Sequence[Any]) -> str:
    where = [place for row in rows for place in row["where"].split("; ")]
    others = f" and {len(where) - PLACES} more" if len(where) > PLACES else ""
    remedy = rows[0]["remedy"].rstrip(".")
    return f"{'; '.join(where[:PLACES])}{others}: {rows[0]['text'].rstrip('.')}. {remedy[0].upper()}{remedy[1:]}."
