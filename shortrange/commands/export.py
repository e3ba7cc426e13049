"""``shortrange export``: a stored result in the formats of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shortrange.commands.common import JsonOption, answering
from shortrange.commands.written import listed

EXPORTS = "exports"


def register(app: typer.Typer) -> None:
    """Add ``export`` to the application."""

    @app.command()
    def export(
        run: Annotated[str, typer.Argument(help="Folder or results.nc of 'analyse', or a record of 'fit --out'.")],
        to: Annotated[
            list[str] | None, typer.Option(help="csv, xlsx, tex, json, nexus, csdm, jcamp, tree; default csv.")
        ] = None,
        out: Annotated[str | None, typer.Option(help="New folder; default: exports/ beside the record.")] = None,
        json: JsonOption = False,
    ) -> None:
        """Write spectra with their curves, and tables, for Origin, Excel, LaTeX, NeXus, CSDM, JCAMP-DX or xarray."""
        with answering("export", as_json=json) as answer:
            from shortrange.exports import export as exported
            from shortrange.remaking import record_in
            from shortrange_core import load
            from shortrange_core.shown_numbers import counted

            record = record_in(run)
            target = Path(out) if out is not None else record.parent / EXPORTS
            paths = exported(load(record), target, to=listed(to) or ("csv",))
            answer.data["files"] = [str(path) for path in paths]
            answer.say(f"{counted(len(paths), 'file')} in {target}")
            for path in paths:
                answer.say(f"  {path.relative_to(target)}")
