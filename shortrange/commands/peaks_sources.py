"""``shortrange peaks add-source``: a new entry of the bibliography."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shortrange.commands.common import JsonOption, answering

if TYPE_CHECKING:
    from reference_peaks import Library, Source

DOI_PREFIXES = ("https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "http://dx.doi.org/", "doi:")


def register(peaks: typer.Typer) -> None:
    """Add ``add-source`` to ``peaks``."""

    @peaks.command("add-source")
    def add_source(
        folder: Annotated[str, typer.Argument(help="Library folder for the source.")],
        key: Annotated[str, typer.Argument(help="Key used by claims, such as bradtmuller2018.")],
        kind: Annotated[
            str, typer.Option(help="article, preprint, database, web, standard, data or book.")
        ] = "article",
        doi: Annotated[str | None, typer.Option(help="Such as 10.1021/acs.jpcc.8b06162, bare or as a link.")] = None,
        authors: Annotated[str | None, typer.Option(help="As printed, separated by commas.")] = None,
        title: Annotated[str | None, typer.Option(help="Title.")] = None,
        journal: Annotated[str | None, typer.Option(help="Journal.")] = None,
        volume: Annotated[str | None, typer.Option(help="Volume.")] = None,
        pages: Annotated[str | None, typer.Option(help="Pages or article number.")] = None,
        year: Annotated[int | None, typer.Option(help="Year.")] = None,
        url: Annotated[str | None, typer.Option(help="Address, if there is no DOI.")] = None,
        note: Annotated[str | None, typer.Option(help="What a reader needs to know, such as 'not seen'.")] = None,
        json: JsonOption = False,
    ) -> None:
        """Add a source to the bibliography of a library folder; write only what you have seen."""
        with answering("peaks-add-source", as_json=json) as answer:
            from reference_peaks import Source
            from reference_peaks.entries import write_source
            from shortrange.commands.peaks_entry import layered

            words = {"authors": authors, "title": title, "journal": journal, "volume": volume, "pages": pages}
            texts = {name: text.strip() for name, text in {**words, "url": url, "note": note}.items() if text}
            source = Source(key, kind, year=year, doi=bare_doi(doi or ""), **texts)
            refuse_known(source, layered(folder))
            path = write_source(source, folder)
            answer.data |= {"key": key, "path": str(path), "citation": source.citation}
            answer.say(f"written to {path}: {source.citation}")


def bare_doi(text: str) -> str:
    """DOI without what makes it a link.

    Examples
    --------
    >>> bare_doi("https://doi.org/10.1021/acs.jpcc.8b06162"), bare_doi("doi: 10.1021/ic025946j")
    ('10.1021/acs.jpcc.8b06162', '10.1021/ic025946j')
    """
    doi = text.strip()
    for prefix in DOI_PREFIXES:
        if doi.lower().startswith(prefix):
            doi = doi[len(prefix) :].strip()
    return doi


def refuse_known(source: Source, library: Library) -> None:
    """Refuse a key that names something else already, and a DOI that has a key: one paper would count as two.

    Raises
    ------
    BadInput
        With the entry that is there.
    """
    from shortrange_core.errors import BadInput

    if source.key in library.sources:
        there = library.sources[source.key].citation
        raise BadInput(f"{source.key}: is already in the bibliography, {there}; use it, or choose another key")
    for key, other in library.sources.items():
        if source.doi and other.doi.lower() == source.doi.lower():
            raise BadInput(
                f"doi {source.doi}: is already in the bibliography as {key}; use that key: one paper counts once"
            )
