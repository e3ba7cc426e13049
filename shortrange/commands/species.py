"""``shortrange species``: names of structural units as the tools write them, with where their lines were published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shortrange.commands.common import Answer, JsonOption, answering
from shortrange.commands.written import listed

if TYPE_CHECKING:
    from shortrange.lookups import Named


def register(app: typer.Typer) -> None:
    """Add ``species`` to the application."""

    @app.command()
    def species(
        text: Annotated[
            str | None, typer.Argument(help="A label, formula or family: P:S3/O, PS4, P2O7(4-), P^1, Q^1, 'S P'.")
        ] = None,
        technique: Annotated[
            str | None,
            typer.Option("--technique", "-t", help="Only species with a line in this technique, such as '31P NMR'."),
        ] = None,
        cation: Annotated[str | None, typer.Option(help="Cation of the sample, such as Na; default: any.")] = None,
        phase: Annotated[str | None, typer.Option(help="Phase of the sample; default: any.")] = None,
        library: Annotated[
            list[str] | None,
            typer.Option("--library", "-l", help="Folder of a private library, added to the public one."),
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """List structural units: label, name, bridges, charge, published positions."""
        with answering("species", as_json=json) as answer:
            from shortrange.lookups import species as named

            _say(answer, named(text, technique=technique, cation=cation, phase=phase, libraries=listed(library)))


def _say(answer: Answer, named: tuple[Named, ...]) -> None:
    answer.data["species"] = [
        {
            "label": one.label,
            "name": one.pretty,
            "family": one.family,
            "bridges": one.bridges,
            "charge": one.charge,
            "positions": [
                {"technique": p.technique, "mean": p.mean, "sd": p.sd, "lower": p.lower, "upper": p.upper,
                 "unit": p.unit, "sources": p.sources}
                for p in one.positions
            ],
        }
        for one in named
    ]  # fmt: skip
    for one in named:
        charge = "no charge" if one.charge == 0 else f"charge {-one.charge:+g}"
        answer.say(f"{one.label:12} {one.pretty}, {one.family}, {charge}")
        for place in one.positions:
            answer.say(f"  {place.technique:10} {place.text}")
        if not one.positions:
            answer.say("  no published position")
