"""``shortrange plan``: what more measuring would give."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shortrange.commands.common import JsonOption, answering
from shortrange.commands.written import listed, quantities


def register(app: typer.Typer) -> None:
    """Add ``plan`` to the application."""

    @app.command()
    def plan(
        path: Annotated[
            str, typer.Argument(help="Folder or results.nc of 'shortrange analyse --routes stepwise,joint'.")
        ],
        quantity: Annotated[
            list[str] | None, typer.Option(help="Units or ratios; default: P:S3O and BO/(BO + NBO).")
        ] = None,
        rate: Annotated[
            list[str] | None, typer.Option(help="Spinning rates of the NMR to try.", metavar="<Hz>")
        ] = None,
        figure: Annotated[
            Path | None,
            typer.Option("--figure", help="Name of a picture without ending: PNG, SVG and PDF are written."),
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """Expected standard deviations for more scans, a missing technique, another spinning rate."""
        with answering("plan", as_json=json) as answer:
            from shortrange import remaking, routes
            from shortrange.exports import plans_table
            from shortrange.joint import PLANNED
            from shortrange.reports import plot_plans
            from shortrange_core.plots import save_figure

            stored = remaking.stored_analysis(path)
            rates = {f"{value / 1e3:g} kHz": value for value in quantities(rate, "Hz", "--rate") or ()}
            plans = routes.plan(stored, quantities=listed(quantity) or PLANNED, rates=rates)
            table = plans_table(plans)
            answer.data["plans"] = table.to_dict("records")
            for asked, rows in table.groupby("quantity", sort=False):
                answer.say(f"\nexpected standard deviation of {asked}")
                wide = rows.pivot(index="plan", columns="sample", values="sd").reindex(
                    list(dict.fromkeys(rows["plan"]))
                )
                for line in wide.to_string(float_format=lambda value: f"{value:.4f}").splitlines():
                    answer.say(f"  {line}")
            if figure is not None:
                save_figure(plot_plans(plans), figure)
                answer.say(f"\nfigure: {figure}")
