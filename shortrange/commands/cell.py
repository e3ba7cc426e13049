"""``shortrange cell``: capacities, efficiencies and voltages of a full cell, by the basis and order that are stated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import JsonOption, answering
from shortrange.commands.symmetric import (
    BlockOption,
    ColumnOption,
    CyclingArgument,
    FiguresOption,
    RestOption,
    SignOption,
    TablesOption,
    declared_columns,
    existing_folder,
    write_table,
)
from shortrange.commands.written import measured

if TYPE_CHECKING:
    import xarray as xr

    import electrochemistry as ec


def register(app: typer.Typer) -> None:
    """Add the sub-command to the application."""
    app.command("cell")(cell)


def cell(
    file: CyclingArgument,
    *,
    mass: Annotated[
        float, measured("g", "That capacities are divided by, with its unit: 4.2mg.", bare=False, show_default=False)
    ],
    basis: Annotated[str, typer.Option("--basis", help="What it is the mass of, such as S.", show_default=False)],
    order: Annotated[str, typer.Option("--order", help="discharge-first or charge-first.", show_default=False)],
    reference: Annotated[
        int | None, typer.Option("--reference", help="Cycle that retention refers to; without it none is given.")
    ] = None,
    area: Annotated[float | None, measured("cm2", "Electrode area, for current densities of the rate test.")] = None,
    rest_current: RestOption = None,
    offset_sd: Annotated[
        float | None,
        measured("A", "Sd of the offset of the current, by specification."),
    ] = None,
    column: ColumnOption = None,
    current_sign: SignOption = None,
    block: BlockOption = None,
    tables: TablesOption = None,
    figures: FiguresOption = None,
    json: JsonOption = False,
) -> None:
    """Summarise the cycles of a full cell: capacity, Coulombic and energy efficiency, mean voltage, rate blocks."""
    with answering("cell", as_json=json) as answer:
        import electrochemistry as ec

        folders = existing_folder(tables), existing_folder(figures)
        sign: Any = current_sign
        stated: Any = order
        cycling = ec.read_cycling(file, columns=declared_columns(column), current_sign=sign, block=block)
        summary = ec.cycles(
            cycling, mass=mass, basis=basis, order=stated, rest_current=rest_current, offset_sd=offset_sd
        )
        kept = None if reference is None else ec.retention(summary, reference=reference)
        rate = ec.rate_capability(summary, area=area) if (summary.table.discharge_start.values >= 0).any() else None
        answer.say(f"{file.name}: {summary.table.sizes['cycle']} cycles, mAh per g of {basis}, {order}")
        answer.say(_shown(summary, kept))
        if rate is not None and rate.sizes["block"] > 1:
            answer.say(rate.to_dataframe().round(4).to_string())
        for note in summary.notes:
            answer.say(f"  {note}")
        answer.data = _payload(summary, kept, rate)
        _write(summary, rate, *folders)


def _shown(summary: ec.Cycles, kept: xr.DataArray | None) -> str:
    """Table for people; retention names its reference cycle."""
    shown = [
        "discharge_capacity",
        "charge_capacity",
        "coulombic_efficiency",
        "coulombic_efficiency_sd",
        "discharge_voltage",
        "energy_efficiency",
    ]
    frame = summary.table[shown].to_dataframe()
    if kept is not None:
        frame[f"retention (cycle {kept.attrs['reference_cycle']})"] = kept.values
    return str(frame.round(4).to_string())


def _payload(summary: ec.Cycles, kept: xr.DataArray | None, rate: xr.Dataset | None) -> dict[str, Any]:
    table = summary.table
    columns = {"cycle": table.cycle.values, **{str(name): item.values for name, item in table.data_vars.items()}}
    blocks = None if rate is None else {str(name): item.values for name, item in rate.data_vars.items()}
    return {
        "basis": summary.basis,
        "mass_g": summary.mass,
        "order": summary.order,
        "cycles": columns,
        "retention": None if kept is None else {"reference": kept.attrs["reference_cycle"], "values": kept.values},
        "rate": blocks,
        "history": str(summary.cycling.attrs.get("history", "")).split("\n"),
        "notes": list(summary.notes),
    }


def _write(summary: ec.Cycles, rate: xr.Dataset | None, tables: Path | None, figures: Path | None) -> None:
    if tables is not None:
        write_table(summary.table, tables / "cycles.csv")
        if rate is not None:
            write_table(rate, tables / "rate.csv")
    if figures is not None and summary.table.sizes["cycle"]:
        import electrochemistry as ec
        from electrochemistry.plots import saved

        numbers = summary.table.cycle.values.tolist()
        saved(
            ec.plot_profiles(summary, sorted({numbers[0], numbers[len(numbers) // 2], numbers[-1]})),
            figures / "profiles.png",
        )
        saved(ec.plot_capacities(summary), figures / "capacities.png")
        if rate is not None and rate.sizes["block"] > 1:
            saved(ec.plot_rate(summary), figures / "rate.png")
