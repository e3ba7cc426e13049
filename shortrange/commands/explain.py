"""``shortrange explain``: what the code of a note means."""

from __future__ import annotations

from typing import Annotated

import typer

from shortrange.commands.common import JsonOption, answering


def register(app: typer.Typer) -> None:
    """Add ``explain`` to the application."""

    @app.command()
    def explain(
        code: Annotated[
            str | None, typer.Argument(help="Code in brackets after a note; without it, all are listed.")
        ] = (None),
        json: JsonOption = False,
    ) -> None:
        """Explain the code of a note: when it is given, and the known pitfall behind it."""
        with answering("explain", as_json=json) as answer:
            from shortrange.explanations import explain as explained
            from shortrange.explanations import explanations

            codes = list(explanations().values()) if code is None else [explained(code)]
            answer.data["codes"] = [
                {"code": e.code, "package": e.package, "when": e.when, "pitfalls": list(e.pitfalls)} for e in codes
            ]
            for one in codes:
                answer.say(f"{one.code} ({one.package}): {one.when}")
                for pitfall in one.pitfalls:
                    answer.say(f"  pitfall {pitfall}")
