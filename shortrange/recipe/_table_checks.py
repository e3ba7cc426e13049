"""Typed tables of a recipe beside one another: files and techniques, other readings of lines, what glasses share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import structure
from shortrange.recipe._options import Options
from shortrange.recipe._raw import texts_in
from shortrange.recipe._tables import Tables
from shortrange_core import affine
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.options import closest, nearest


def check_files(tables: Tables, name: str, offenders: Offenders) -> None:
    """Every glass has a spectrum, peak table or statement, and every technique of a file has a table."""
    used = {entry.technique for sample in tables.samples for entry in sample.spectra}
    used |= {entry.technique for sample in tables.samples for entry in sample.peak_tables}
    for sample in tables.samples:
        if not (sample.spectra or sample.peak_tables or sample.statements):
            offenders.add(f"{name}: sample {sample.name!r}: has no spectrum, peak table or statement; add one")
    for technique in sorted(used - set(tables.techniques)):
        offenders.add(f"{name}: files of {technique} are given, but no table techniques.{technique!r}; add it")


def check_alternatives(tables: Tables, techniques: Mapping[str, Any], name: str, offenders: Offenders) -> None:
    """Alternatives read lines that are there; ``techniques`` as they are written, for one with a mistake has lines."""
    for alternative in tables.alternatives:
        written = techniques.get(alternative.technique, {})
        lines = texts_in(written, "lines") if isinstance(written, dict) else []
        place = f"{name}: alternative {alternative.name!r}"
        if alternative.line not in lines:
            offenders.add(
                f"{place}: {alternative.line!r} is not a line of {alternative.technique}; "
                f"name one of {', '.join(lines) or 'none'}"
            )
        try:
            check_units(affine.parse(alternative.read_as).names, (), name, offenders)
        except BadInput as error:
            offenders.add(*(f"{place}: {problem}" for problem in error.problems))


def check_series(tables: Tables, techniques: Mapping[str, Any], place: str, offenders: Offenders) -> None:
    """What glasses share can be shared: places, techniques with unknown responses, species."""
    series = tables.series
    if series is None:
        return
    if not (series.share or series.smooth or series.trends):
        offenders.add(f"{place}: states nothing; give share, smooth or trends, or leave it out")
    counting = [one for one, options in tables.techniques.items() if _evidence(options, techniques[one]) == "responses"]
    places = [sample.x for sample in tables.samples]
    lacking = [sample.name for sample in tables.samples if sample.x is None]
    if lacking:
        offenders.add(f"{place}: sample {', '.join(map(repr, lacking))}: has no x; give its position in the series")
    elif len(set(places)) < max(len(places), 2):
        offenders.add(
            f"{place}: x = {', '.join(f'{x:g}' for x in places)}: give two or more glasses, each with its own x"
        )
    for technique in series.share:
        if technique not in counting:
            able = ", ".join(counting)
            offenders.add(
                f"{place}.share: {technique!r} has no unknown responses; name one of {able or 'none'}, or state "
                f'evidence = "responses" for it'
            )
    for label in sorted(series.trends.keys() - {*tables.units, *tables.free}):
        offenders.add(f"{place}.trends: {label!r} is not among units and free; name one of them")


def _evidence(options: Options, written: Any) -> Any:
    """How areas enter, as it is written where another option of the technique has a mistake."""
    return written.get("evidence", options.evidence) if isinstance(written, dict) else options.evidence


def check_units(units: Iterable[str], meant: Collection[str], name: str, offenders: Offenders) -> set[str]:
    """Labels of units; of one that is none what is meant, of ``meant``: its lines are right once it is corrected."""
    labels = set()
    for unit in units:
        try:
            labels.add(structure.check_label(unit))
        except BadInput as error:
            offenders.add(*(f"{name}: units: {problem}{nearest(unit, meant)}" for problem in error.problems))
            labels |= {closest(unit, meant)} - {""}
    return labels
