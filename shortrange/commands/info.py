"""Probe."""

import typer
from shortrange.commands.common import JsonOption, answering
from shortrange_core.errors import BadInput


def register(app: typer.Typer) -> None:
    @app.command()
    def info(path: str, json: JsonOption = False) -> None:
        """Say."""
        with answering("info", as_json=json) as answer:
            if path == "bad":
                raise BadInput("bad: is bad")
            answer.say(path)
            answer.data["x"] = float("nan")

    @app.command()
    def foo(path: str, json: JsonOption = False) -> None:
        """Say."""
