"""The command line ``shortrange``: each sub-command imports what it needs only when it runs."""

from __future__ import annotations

import importlib
import json
import sys
from importlib import metadata
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from shortrange.commands.common import EXIT_BAD_INPUT, EXIT_STOPPED
from shortrange.commands.encoding import spell_out
from shortrange.commands.stopping import STOPPED, hearing_stops, stop_taken

GROUPS: tuple[str, ...] = (
    "analyse",
    "arrhenius",
    "balance",
    "cell",
    "compare",
    "edit",
    "explain",
    "export",
    "fit",
    "impedance",
    "info",
    "mechanics",
    "peaks",
    "photoelectrons",
    "plan",
    "polarisation",
    "recipe",
    "remake",
    "separator",
    "species",
    "start",
    "symmetric",
)
LATE = ("fit",)

# Newer versions of typer carry their own copy of click: the base class is taken from where typer has it.
UsageError: type[Exception] = typer.BadParameter.__bases__[0]


class LateGroup(typer.core.TyperGroup):
    """Commands whose options are made from signatures get them when they are called, not when they are listed."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of the first argument, whole."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in LATE:
            module = importlib.import_module(f"shortrange.commands.{name}")
            command = typer.main.get_command(module.late())
        return name, command, rest


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"shortrange {metadata.version('shortrange')}")
        raise typer.Exit


def make_app() -> typer.Typer:
    """Application with every sub-command registered."""
    app = typer.Typer(
        name="shortrange",
        cls=LateGroup,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_shortrange)
    for group in GROUPS:
        importlib.import_module(f"shortrange.commands.{group}").register(app)
    return app


def _shortrange(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """From instrument files of a glass series to its short-range order, with honest uncertainties."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    spell_out()
    given = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        with hearing_stops():
            code = make_app()(args=given, prog_name="shortrange", standalone_mode=False)
    except UsageError as error:
        message = str(getattr(error, "format_message", error.__str__)())
        context = getattr(error, "ctx", None)
        place = "shortrange" if context is None else context.command_path
        typer.echo(f"error: {message}\nsee '{place} --help'", err=True)
        if "--json" in given:
            problem = {"kind": "usage", "problems": [message]}
            sys.stdout.write(json.dumps({"schema": "shortrange.usage", "schema_number": 1, "error": problem}) + "\n")
        code = EXIT_BAD_INPUT
    except (KeyboardInterrupt, Exception) as error:  # before a command answers or after it, as while one is imported
        if not (stop_taken() or isinstance(error, KeyboardInterrupt | typer.Abort)):
            raise
        typer.echo(f"error: {STOPPED}", err=True)
        code = EXIT_STOPPED
    sys.exit(code if isinstance(code, int) else 0)
