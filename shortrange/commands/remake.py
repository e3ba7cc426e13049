"""``shortrange remake``: repeat a stored analysis from what it holds, and compare every number."""

from __future__ import annotations

from typing import Annotated

import typer

from shortrange.commands.common import JsonOption, QuietOption, answering, unseen


def register(app: typer.Typer) -> None:
    """Add ``remake`` to the application."""

    @app.command()
    def remake(
        path: Annotated[str, typer.Argument(help="Folder or results.nc of 'shortrange analyse'.")],
        quiet: QuietOption = False,
        json: JsonOption = False,
    ) -> None:
        """Repeat a stored result from the spectra, the recipe and the claims inside it, and compare."""
        with answering("remake", as_json=json) as answer:
            from shortrange import remaking
            from shortrange.following import bar_of

            stored = remaking.stored_analysis(path)
            with bar_of(stored.recipe, hidden=unseen(quiet)) as tell:
                comparison = remaking.remake(path, progress=tell)
            answer.trusted = comparison.same
            answer.data |= {
                "identical": comparison.identical,
                "largest_difference": comparison.largest_difference,
                "tolerance": remaking.TOLERANCE,
                "numbers": comparison.numbers,
                "texts": comparison.texts,
                "versions": comparison.versions,
            }
            answer.say(comparison.text)
