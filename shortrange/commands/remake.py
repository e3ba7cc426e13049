"""``shortrange remake``: repeat a stored analysis from what it holds, and compare every number."""

from __future__ import annotations

from typing import Annotated

import typer

from shortrange.commands.common import JsonOption, QuietOption, answering, progress


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
            from shortrange import remaking, stepwise

            stored = remaking.stored_analysis(path)
            steps = progress(range(stepwise.measured_count(stored.recipe)), quiet=quiet, label="remake")
            with steps:
                comparison = remaking.remake(path, progress=lambda _step: steps.update())
            answer.trusted = comparison.same
            answer.data |= {
                "identical": comparison.identical,
                "largest_difference": comparison.largest_difference,
                "tolerance": remaking.TOLERANCE,
                "numbers": comparison.numbers,
                "versions": comparison.versions,
            }
            answer.say(comparison.text)
