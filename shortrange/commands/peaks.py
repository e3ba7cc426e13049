"""``shortrange peaks``: look things up in the peak library, and curate it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands import peaks_curation
from shortrange.commands.common import Answer, JsonOption, answering
from shortrange_core.shown_numbers import counted

if TYPE_CHECKING:
    from reference_peaks import Claim, Library

LibraryOption = Annotated[
    list[str] | None, typer.Option("--library", "-l", help="Folder of a private library, added to the public one.")
]
TechniqueOption = Annotated[str | None, typer.Option("--technique", "-t", help="Such as '31P NMR' or Raman.")]
SpeciesOption = Annotated[str | None, typer.Option("--species", "-s", help="Such as P:S3/O, BO or Na2S.")]
CationOption = Annotated[str | None, typer.Option(help="Such as Na.")]
PhaseOption = Annotated[str | None, typer.Option(help="glass, crystal, amorphous, solution or film.")]


def register(app: typer.Typer) -> None:
    """Add ``peaks`` with its sub-commands to the application."""
    peaks = typer.Typer(help="Look up and curate the library of published line positions.", no_args_is_help=True)
    _register_reading(peaks)
    peaks_curation.register(peaks)
    app.add_typer(peaks, name="peaks")


def row(claim: Claim) -> dict[str, Any]:
    """What a list shows of a claim."""
    return {
        "key": claim.key,
        "technique": claim.technique,
        "species": claim.species,
        "line": claim.line,
        "cation": claim.cation,
        "phase": claim.phase,
        "kind": claim.quantity.kind,
        "value": claim.quantity.centre,
        "sd": claim.quantity.spread,
        "unit": claim.quantity.unit,
        "scale": claim.scale,
        "source": claim.source,
        "source_kind": claim.source_kind,
        "status": claim.status,
    }


def _register_reading(peaks: typer.Typer) -> None:
    @peaks.command("list")
    def list_claims(
        technique: TechniqueOption = None,
        species: SpeciesOption = None,
        cation: CationOption = None,
        phase: PhaseOption = None,
        status: Annotated[str | None, typer.Option(help="proposed, reviewed, inferred, disputed, retired.")] = None,
        source: Annotated[str | None, typer.Option(help="Key of the bibliography.")] = None,
        library: LibraryOption = None,
        json: JsonOption = False,
    ) -> None:
        """List claims, one per line."""
        with answering("peaks-list", as_json=json) as answer:
            from shortrange.filters import selected

            claims = selected(
                peaks_curation.opened(library),
                technique=technique, species=species, cation=cation, phase=phase, status=status, source=source,
            )  # fmt: skip
            _list(answer, claims)

    @peaks.command()
    def show(
        key: Annotated[str, typer.Argument(help="Key of a claim, or a unique part of it.")],
        library: LibraryOption = None,
        json: JsonOption = False,
    ) -> None:
        """Show one claim whole, with its sources."""
        with answering("peaks-show", as_json=json) as answer:
            _show(answer, peaks_curation.opened(library), key)

    @peaks.command()
    def check(
        folder: Annotated[str | None, typer.Argument(help="Library folder; default: the public library.")] = None,
        branch: Annotated[str | None, typer.Option(help="Only files that differ from this git branch.")] = None,
        json: JsonOption = False,
    ) -> None:
        """Check files against the schema; report every fault with its remedy, and leave with code 2."""
        with answering("peaks-check", as_json=json) as answer:
            _check(answer, folder, branch)


def _list(answer: Answer, claims: tuple[Claim, ...]) -> None:
    answer.data["claims"] = [row(claim) for claim in claims]
    for claim in claims:
        number = "" if math.isnan(claim.quantity.centre) else f"{claim.quantity.centre:.9g} {claim.quantity.unit}"
        line = f" ({claim.line})" if claim.line else ""
        kind = "" if claim.quantity.kind == "position" else f" {claim.quantity.kind}"
        answer.say(f"{claim.technique:9} {claim.species + line:30} {number:>14}{kind}  {claim.status:9} {claim.key}")
    answer.say(counted(len(claims), "claim"))


def _show(answer: Answer, library: Library, key: str) -> None:
    from reference_peaks.entries import text_of, tree_from_claim

    claim = library.get(key)
    sources = {k: library.sources[k].citation for k in (claim.source, claim.via) if k in library.sources}
    answer.data |= {"key": claim.key, "claim": tree_from_claim(claim), "sources": sources}
    answer.say(f"# {claim.key}\n{text_of(claim).rstrip()}")
    for name, citation in sources.items():
        answer.say(f"# {name}: {citation}")


def _check(answer: Answer, folder: str | None, branch: str | None) -> None:
    from pathlib import Path

    import reference_peaks
    from reference_peaks.curation import changed_files, check_files, check_sense
    from reference_peaks.entries import read_claim
    from structure import check_label

    public = reference_peaks.load()
    if branch is not None:
        paths = changed_files(folder or Path(reference_peaks.__file__).parent, branch)
        check_files(paths, label_rule=check_label)
        library = public if folder is None else reference_peaks.load(folder, over=public)
        _ask(answer, check_sense(map(read_claim, paths), library, label_rule=check_label))
        answer.data |= {"files": [path.name for path in paths], "branch": branch}
        answer.say(f"{counted(len(paths), 'file differs', 'files differ')} from {branch}; all are valid")
        return
    library = public if folder is None else reference_peaks.load(folder, over=public)
    library.check(label_rule=check_label)
    claims = reference_peaks.load(folder).claims if folder is not None else library.claims
    count = len(claims)
    _ask(answer, check_sense(claims, library, label_rule=check_label))
    answer.data |= {"claims": count, "version": library.version, "digest": library.digest()}
    answer.say(f"{counted(count, 'claim')}, library {library.version} ({library.digest()}); all are valid")


def _ask(answer: Answer, doubts: dict[str, list[str]]) -> None:
    """Say what a reviewer should look at; a doubt is a question and no fault."""
    answer.data["doubts"] = doubts
    for key, texts in doubts.items():
        for text in texts:
            answer.say(f"check again: {key}: {text} Set status: reviewed once it has been compared with the source")
