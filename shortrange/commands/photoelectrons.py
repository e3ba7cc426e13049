"""``shortrange photoelectrons``: all regions of photoelectron samples on one reference, amounts, products, series."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import (
    Answer,
    JsonOption,
    StrictOption,
    VerboseOption,
    answering,
    new_record,
    over_backgrounds,
    say_notes,
)
from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import with_sd

if TYPE_CHECKING:
    from shortrange.photoelectrons import PhotoelectronResults
    from shortrange_core import Estimates
    from spectra import xps

TABLE, SERIES = "lines.csv", "series.csv"


def register(app: typer.Typer) -> None:
    """Add the sub-command to the application."""
    app.command("photoelectrons")(photoelectrons)


def photoelectrons(
    file: Annotated[
        Path,
        typer.Argument(
            help='TOML: [regions."O 1s"], [integrated."O 1s"], [[samples]], [[contacts]], reference, factors, along.'
        ),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for a record and a figure per sample, and tables of lines and of the series."),
    ] = None,
    strict: StrictOption = False,
    verbose: VerboseOption = False,
    json: JsonOption = False,
) -> None:
    """Fit all regions of XPS samples on one charge reference: lines, at%, products of a contact, series."""
    with answering("photoelectrons", as_json=json) as answer:
        from shortrange.photoelectrons import fit_samples, read_samples

        stated = read_samples(file)
        targets = _targets(out, [one.name for one in stated.samples])
        results = fit_samples(file, strict=strict)
        answer.trusted = all(one.status.trusted for one in results.samples.values())
        answer.data = {"samples": {}, "contacts": {}}
        for name, one in results.samples.items():
            _say_sample(answer, name, one, [*stated.regions, *stated.integrated])
        _say_contacts(answer, results)
        if results.series is not None:
            answer.data["series"] = results.series
        say_notes(answer, results.notes, verbose=verbose)
        if out is not None:
            _keep(answer, results, targets, out)


def _targets(out: Path | None, names: list[str]) -> dict[str, Path]:
    """Records by sample, none of which is there yet."""
    from shortrange_core.labels import slug

    if out is None:
        return {}
    if out.exists() and not out.is_dir():
        raise BadInput(f"--out {str(out)!r}: is a file; name a folder")
    taken = [name for name in (TABLE, SERIES) if (out / name).exists()]
    if taken:
        raise BadInput(f"--out {str(out)!r}: {', '.join(taken)} already exists; name a new folder")
    records = {name: out / f"{slug(name)}.nc" for name in names}
    if out.exists():
        for record in records.values():
            new_record(record, ".png", ".svg", ".pdf")
    return records


def _say_sample(answer: Answer, name: str, one: xps.Sample, asked: Sequence[str]) -> None:
    shift = with_sd(float(one.shift.value.item()), float(one.shift.sd.item()))
    answer.say(f"{name}: {one.status}, shifted by {shift} eV ({one.reference or 'stated'})")
    absent = [level for level in asked if level not in {*one.fits, *one.integrals}]
    if absent:
        answer.say(f"  no region of {', '.join(absent)}")
    unit = one.lines.facets["unit"][0] if "unit" in one.lines.facets else ""
    area = f"area / {unit or 'counts eV'}" if one.fits else "area"
    answer.say(f"  {'level':8}{'line':16}{'position / eV':>19}  {area:>18}{'share':>8}")
    rows = one.line_table().to_dict("records")
    for row in rows:
        share = "" if math.isnan(row["share"]) else f"{100 * row['share']:6.1f} %"
        place = "" if math.isnan(row["position"]) else with_sd(row["position"], row["position_sd"])
        area = with_sd(row["area"], row["area_sd"])
        wider = over_backgrounds(row["area_sd"], row["area_low"], row["area_high"])
        answer.say(f"  {row['level']:8}{row['line']:16}{place:>19}  {area:>18}{share:>8}{wider}")
    percents = one.percent_ranges()
    for level, value, sd in _triples(one.percent):
        answer.say(f"  {level:8}{with_sd(value, sd):>16} at%{over_backgrounds(sd, *percents[level])}")
    if one.bridging is not None:
        answer.say(f"  BO/(BO + NBO) {one.bridging.answer()}")
    answer.data["samples"][name] = {
        "status": str(one.status),
        "shift": one.shift,
        "reference": one.reference,
        "lines": one.lines,
        "integrals": dict(one.integrals),
        "area_ranges": {
            f"{row['level']} {row['line']}": [row["area_low"], row["area_high"]]
            for row in rows
            if not math.isnan(row["area_low"])
        },
        "percent": one.percent,
        "percent_ranges": {level: list(ends) for level, ends in percents.items()},
        "bridging": None if one.bridging is None else _fields(one.bridging),
        "notes": one.notes,
        "regions": {level: {"status": str(fitted.status), "notes": fitted.notes} for level, fitted in one.fits.items()},
    }


def _fields(bridging: xps.BridgingRange) -> dict[str, Any]:
    return {
        name: getattr(bridging, name) for name in ("share", "lower", "upper", "surface_limit", "limited_by", "notes")
    }


def _triples(estimates: Estimates | None) -> list[tuple[str, float, float]]:
    """Entries with their values and sds."""
    if estimates is None:
        return []
    rows = zip(estimates.entries, estimates.value.values, estimates.sd.values, strict=True)
    return [(entry, float(value), float(sd)) for entry, value, sd in rows]


def _say_contacts(answer: Answer, results: PhotoelectronResults) -> None:
    for pair, levels in results.contacts.items():
        answer.say(f"{pair}: 95 % limits in the region, before and after")
        for level, one in levels.items():
            before, after = (f"{100 * limit:.1f} %" for limit in (one.pristine_limit, one.upper_limit))
            answer.say(f"  {level:8}{one.species:10}{before:>8}{after:>8}  {_answer(one)}")
        answer.data["contacts"][pair] = {
            level: {
                "species": one.species,
                "formed": one.formed,
                "shares": one.shares,
                "limits": [one.pristine_limit, one.upper_limit],
                "searched": one.searched,
                "status": str(one.status),
            }
            for level, one in levels.items()
        }


def _answer(one: xps.InterfaceReaction) -> str:
    """Whether a product formed, and of which part of the axis a limit is."""
    if one.formed or str(one.status) != "ok":
        return "formed" if one.formed else str(one.status)
    lower, upper = one.searched
    return f"not detected, from {lower:.2f} to {upper:.2f} eV"


def _keep(answer: Answer, results: PhotoelectronResults, targets: Mapping[str, Path], out: Path) -> None:
    import pandas as pd

    from shortrange_core import save
    from shortrange_core.plots import save_figure

    out.mkdir(parents=True, exist_ok=True)
    for name, target in targets.items():
        save(results.samples[name], target)
        save_figure(results.samples[name].plot(), target.with_suffix(""))
    tables = [one.line_table().assign(sample=name) for name, one in results.samples.items()]
    pd.concat(tables).to_csv(out / TABLE, index=False)
    if results.series is not None:
        results.series.table().to_csv(out / SERIES)
    names = ", ".join(target.name for target in targets.values())
    answer.data["folder"] = str(out)
    answer.say(f"in {out}: {names}, each with its figure, {TABLE}{'' if results.series is None else f', {SERIES}'}")
