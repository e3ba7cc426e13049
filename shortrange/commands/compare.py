"""``shortrange compare``: two stored analyses number by number."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shortrange.commands.common import JsonOption, answering

SHOWN = 12
"""Numbers, and lines of what changed, that the terminal names; the page and --json have all."""


def register(app: typer.Typer) -> None:
    """Add ``compare`` to the application."""

    @app.command()
    def compare(
        first: Annotated[str, typer.Argument(help="Folder or results.nc of 'shortrange analyse'.")],
        second: Annotated[str, typer.Argument(help="Another one.")],
        out: Annotated[str | None, typer.Option("--out", help="New page (HTML) for the whole comparison.")] = None,
        json: JsonOption = False,
    ) -> None:
        """Compare two runs number by number: what moved, by how many sds, and what changed between them."""
        with answering("compare", as_json=json) as answer:
            from shortrange.remaking import stored_analysis
            from shortrange.reports import compare_runs, comparison_page
            from shortrange_core.shown_numbers import counted, shown

            one, other = stored_analysis(first), stored_analysis(second)
            comparison = compare_runs(one, other)
            answer.say(comparison.text)
            for line in comparison.changes[:SHOWN]:
                answer.say(f"  {line}")
            if len(comparison.changes) > SHOWN:
                rest = counted(len(comparison.changes) - SHOWN, "more line")
                answer.say(f"  {rest} of the changes (all with --out PAGE or --json)")
            moved = [row for row in comparison.table.to_dict("records") if row["difference"] != 0]
            for row in moved[:SHOWN]:
                values = f"{shown(row['first'])} -> {shown(row['second'])}"
                answer.say(f"  {row['glass']:12} {row['what']:18} {row['entry']:16} {values}  {row['in sds']:+.2g} sds")
            answer.data |= {
                "numbers": comparison.table.to_dict("records"),
                "verdicts": comparison.verdicts.to_dict("records"),
                "missing": list(comparison.missing),
                "changes": list(comparison.changes),
            }
            if out:
                title = f"{one.recipe.tables.title}: two runs"
                page = comparison_page(comparison, Path(out), names=(first, second), title=title)
                answer.data["page"] = str(page)
                answer.say(f"page: {page}")
