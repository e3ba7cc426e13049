"""The sub-commands of ``shortrange peaks`` that write, pool, compare, export and show."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import Answer, JsonOption, answering
from shortrange.commands.peaks_differences import register_diff
from shortrange.commands.written import listed
from shortrange_core.shown_numbers import counted

if TYPE_CHECKING:
    from reference_peaks import Claim, Library
    from reference_peaks.curation import Standing

LibraryOption = Annotated[
    list[str] | None, typer.Option("--library", "-l", help="Folder of a private library, added to the public one.")
]
CationOption = Annotated[str | None, typer.Option(help="Cation of the sample, such as Na; default: any.")]
PhaseOption = Annotated[
    str | None, typer.Option(help="Phase of the sample: glass, or glass/amorphous for either; default: any.")
]
ScaleOption = Annotated[str | None, typer.Option(help="Reference scale, such as '85% H3PO4'.")]
RecordArgument = Annotated[str, typer.Argument(help="Record of 'shortrange fit --out' or 'shortrange analyse'.")]
SampleOption = Annotated[str | None, typer.Option(help="Only this sample of an analysis.")]
TechniqueOption = Annotated[str | None, typer.Option("--technique", "-t", help="Only this technique.")]


def register(peaks: typer.Typer) -> None:
    """Add the curating sub-commands to ``peaks``."""
    _register_pool(peaks)
    _register_compare(peaks)
    _register_propose(peaks)
    register_diff(peaks)
    _register_export(peaks)
    _register_site(peaks)


def opened(folders: list[str] | None) -> Library:
    """The public library with private folders laid over it."""
    import reference_peaks

    return reference_peaks.load(*listed(folders), over=reference_peaks.load())


def _register_pool(peaks: typer.Typer) -> None:
    @peaks.command()
    def pool(
        technique: Annotated[str, typer.Argument(help="Such as '31P NMR'.")],
        species: Annotated[list[str] | None, typer.Argument(help="Labels; default: every species.")] = None,
        cation: CationOption = None,
        phase: PhaseOption = None,
        scale: ScaleOption = None,
        line: Annotated[
            str | None, typer.Option(help="Line of a species, such as 2p3/2; default: its main line.")
        ] = None,
        library: LibraryOption = None,
        json: JsonOption = False,
    ) -> None:
        """Pool claims into positions with spread, prediction interval and outliers, the priors of fits."""
        with answering("peaks-pool", as_json=json) as answer:
            from shortrange.filters import check_material
            from shortrange.recipe import line_spelled

            opened_library = opened(library)
            check_material(opened_library, phase=phase)
            claims = opened_library.select(technique=technique)
            species_in = sorted({claim.species for claim in claims})
            labels = [line_spelled(text, ()) for text in listed(species)] or species_in
            pooled = opened_library.pool(technique, labels, cation=cation, phase=phase, scale=scale, line=line)
            spread = opened_library.spread(technique)
            answer.data |= {"pooled": [_pooled(item) for item in pooled.values()], "spread": _spread(spread)}
            answer.say(f"{technique}: {spread.reason}")
            for label, item in pooled.items():
                answer.say(
                    f"{label:12} {item.mean:9.3f} {item.unit} sd {item.sd:.3f} (spread {item.spread:.3f}, "
                    f"se {item.standard_error:.3f}) 95 % [{item.lower:.3f}, {item.upper:.3f}] "
                    f"{counted(len(item.sources), 'source')}{' technique default' if item.default else ''}"
                )
                for note in item.notes:
                    answer.say(f"  {note}")
            for label in labels if species else ():
                if label not in pooled:
                    answer.say(f"{label:12} {_without_position([one for one in claims if one.species == label])}")


def _without_position(claims: Sequence[Claim]) -> str:
    """What there is of a species that has no pooled position for what was asked."""
    materials = sorted({" ".join(part for part in (one.cation, one.phase) if part) or "any" for one in claims})
    there = f"; there are claims on {', '.join(materials)}" if materials else ""
    return f"no published position for this selection{there}"


def _pooled(item: Any) -> dict[str, Any]:
    names = ("species", "line", "scale", "unit", "mean", "sd", "standard_error", "spread", "own_spread", "lower")
    further = ("upper", "method", "outliers", "default", "reason", "notes")
    sources = [{"source": s.source, "value": s.value, "sd": s.sd, "pull": s.pull} for s in item.sources]
    return {**{name: getattr(item, name) for name in (*names, *further)}, "sources": sources}


def _spread(spread: Any) -> dict[str, Any]:
    names = ("spread", "unit", "paper_sd", "error_sd", "shared", "default", "reason")
    return {name: getattr(spread, name) for name in names}


def _register_compare(peaks: typer.Typer) -> None:
    @peaks.command()
    def compare(
        record: RecordArgument,
        sample: SampleOption = None,
        technique: TechniqueOption = None,
        cation: CationOption = None,
        phase: PhaseOption = None,
        scale: ScaleOption = None,
        library: LibraryOption = None,
        json: JsonOption = False,
    ) -> None:
        """Compare the lines of a fit with the library: pulls, nearest claims, candidates."""
        with answering("peaks-compare", as_json=json) as answer:
            from reference_peaks.curation import compare
            from shortrange.exports import lines_of
            from shortrange.filters import check_material

            lines = lines_of(record, sample=sample, technique=technique)
            opened_library = opened(library)
            check_material(opened_library, phase=phase)
            standings = compare(lines, opened_library, cation=cation, phase=phase, scale=scale)
            answer.data["lines"] = [_standing(standing) for standing in standings]
            for standing in standings:
                _say_standing(answer, standing)


def _standing(standing: Standing) -> dict[str, Any]:
    line = standing.line
    names = ("peak", "assignment", "technique", "sample", "position", "sd", "likelihood_position", "likelihood_sd")
    return {
        **{name: getattr(line, name) for name in names},
        "pulls": standing.pulls,
        "candidates": [{"species": label, "pull": pull} for label, pull in standing.candidates],
        "nearest": [{"key": claim.key, "distance": distance} for claim, distance in standing.nearest],
    }


def _say_standing(answer: Answer, standing: Standing) -> None:
    line = standing.line
    where = " ".join(part for part in (line.sample, line.technique) if part)
    answer.say(f"{where} {line.peak} ({line.assignment or 'not assigned'}): {line.position:.3f} +- {line.sd:.3f}")
    for label, pull in standing.pulls.items():
        answer.say(f"  {label}: library {standing.priors[label].mean:.3f}, pull {pull:+.2f}")
    for label, pull in standing.candidates:
        answer.say(f"  candidate {label}: pull {pull:+.2f}")
    for claim, distance in standing.nearest[:3]:
        answer.say(f"  nearest {claim.key}: {claim.quantity.centre:g}, off by {distance:+.3f}")


def _register_propose(peaks: typer.Typer) -> None:
    from shortrange.commands import peaks_entry, peaks_sources

    peaks_entry.register(peaks)
    peaks_sources.register(peaks)

    @peaks.command()
    def propose(
        record: RecordArgument,
        folder: Annotated[str, typer.Option("--into", help="Library folder for the new claims.")],
        source: Annotated[str, typer.Option(help="Key of the bibliography for this measurement.")],
        cation: Annotated[str, typer.Option(help="Cation of the sample, such as Na.")],
        phase: Annotated[str, typer.Option(help="Phase of the sample, such as glass.")],
        sample: SampleOption = None,
        technique: TechniqueOption = None,
        curator: Annotated[str, typer.Option(help="Who enters the claims.")] = "shortrange maintainers",
        json: JsonOption = False,
    ) -> None:
        """Write new claims for review, with the positions that the data of a good fit alone give."""
        with answering("peaks-propose", as_json=json) as answer:
            import reference_peaks
            from reference_peaks.curation import propose as proposed
            from shortrange.exports import lines_of
            from shortrange_core.errors import BadInput

            if not Path(folder).is_dir():
                raise BadInput(f"{folder!r}: is not a folder; create it first, with 'bibliography' and 'claims' in it")
            lines = lines_of(record, sample=sample, technique=technique)
            proposals = proposed(
                lines, peaks_entry.layered(folder), source=source, cation=cation, phase=phase, curator=curator
            )
            paths = [reference_peaks.write(claim, folder) for claim in proposals.claims]
            answer.data |= {"claims": [claim.key for claim in proposals.claims], "refused": proposals.refused}
            for path in paths:
                answer.say(f"written: {path}")
            for peak, reason in proposals.refused.items():
                answer.say(f"not proposed: {peak}: {reason}")


def _register_export(peaks: typer.Typer) -> None:
    @peaks.command()
    def export(
        form: Annotated[str, typer.Argument(metavar="FORMAT", help="csv, json, bibtex or latex.")],
        out: Annotated[str | None, typer.Option(help="File to write; default: standard output.")] = None,
        technique: TechniqueOption = None,
        species: Annotated[str | None, typer.Option("--species", "-s", help="Only this species.")] = None,
        cation: CationOption = None,
        phase: PhaseOption = None,
        library: LibraryOption = None,
        json: JsonOption = False,
    ) -> None:
        """Export claims as CSV, JSON or a LaTeX table, or their sources as BibTeX."""
        with answering("peaks-export", as_json=json) as answer:
            from reference_peaks.publishing import FORMATS
            from shortrange.filters import selected
            from shortrange_core.errors import BadInput
            from shortrange_core.files import written_atomically

            if form not in FORMATS:
                raise BadInput(f"format {form!r}: is not known; give one of {', '.join(FORMATS)}")
            opened_library = opened(library)
            claims = selected(opened_library, technique=technique, species=species, cation=cation, phase=phase)
            text = FORMATS[form](opened_library, claims)
            answer.data |= {"format": form, "claims": len(claims)}
            if out is None and json:
                answer.data["text"] = text
            elif out is None:
                sys.stdout.write(text)
            else:
                with written_atomically(out) as partial:
                    partial.write_text(text, encoding="utf-8", newline="\n")
                answer.say(f"{counted(len(claims), 'claim')} written to {out}")


def _register_site(peaks: typer.Typer) -> None:
    @peaks.command()
    def site(
        folder: Annotated[str, typer.Argument(help="New or empty folder.")],
        library: LibraryOption = None,
        json: JsonOption = False,
    ) -> None:
        """Write the library as a small static site (also for file://): search, filter, each line on an axis."""
        with answering("peaks-site", as_json=json) as answer:
            from reference_peaks.publishing import write_site

            path = write_site(opened(library), folder)
            answer.data["index"] = str(path)
            answer.say(f"written: {path}")
