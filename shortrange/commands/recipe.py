"""``shortrange recipe``: the keys that a recipe may have, or their JSON schema."""

from __future__ import annotations

from typing import Annotated

import typer

from shortrange.commands.common import answering


def register(app: typer.Typer) -> None:
    """Add ``recipe`` to the application."""

    @app.command()
    def recipe(
        schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema for editors instead.")] = False,
    ) -> None:
        """Print all keys of a recipe with their values, as Markdown."""
        import json

        with answering("recipe", as_json=False) as answer:
            from shortrange.recipe import page
            from shortrange.recipe import schema as schema_of

            answer.say(json.dumps(schema_of(), indent=1) if schema else page().rstrip("\n"))
