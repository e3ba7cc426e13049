"""``shortrange symmetric``: critical current density and short verdict of a symmetric cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import JsonOption, StrictOption, answering
from shortrange.commands.cycling_inputs import (
    BlockOption,
    ColumnOption,
    CyclingArgument,
    PauseOption,
    RestOption,
    SignOption,
    VoltageOption,
    named,
    record_of,
)
from shortrange.commands.written import measured
from shortrange_core.errors import BadInput
from shortrange_core.files import written_atomically
from shortrange_core.shown_numbers import counted

if TYPE_CHECKING:
    import xarray as xr

    import electrochemistry as ec

FiguresOption = Annotated[Path | None, typer.Option("--figures", help="Existing folder that figures are written to.")]
TablesOption = Annotated[Path | None, typer.Option("--tables", help="Existing folder that csv tables are written to.")]


def register(app: typer.Typer) -> None:
    """Add the sub-command to the application."""
    app.command("symmetric")(symmetric)


def existing_folder(folder: Path | None) -> Path | None:
    """The folder, if one was given.

    Raises
    ------
    BadInput
        If it does not exist.
    """
    if folder is not None and not folder.is_dir():
        raise BadInput(f"{folder}: is no folder; make it first")
    return folder


def write_table(table: xr.Dataset, path: Path) -> None:
    """Write a table as csv: whole, or not at all."""
    with written_atomically(path) as partial:
        table.to_dataframe().to_csv(partial)


def symmetric(
    files: CyclingArgument,
    *,
    area: Annotated[float, measured("cm2", "Electrode area.", show_default=False)],
    event: Annotated[str, typer.Option("--event", help="rise, drop or either.", show_default=False)],
    stack_resistance: Annotated[float | None, measured("ohm cm2", "Thickness over conductivity.")] = None,
    stack_sd: Annotated[float | None, measured("ohm cm2", "Its standard deviation.")] = None,
    temperature: Annotated[float | None, measured("K", "Kept with the number.")] = None,
    pressure: Annotated[float | None, measured("MPa", "Kept with the number.")] = None,
    rest_current: RestOption = None,
    steps: Annotated[int, typer.Option("--steps", help="Steps that must agree before there is a baseline.")] = 5,
    rows: Annotated[int, typer.Option("--rows", help="Consecutive rows that make an event.")] = 3,
    column: ColumnOption = None,
    current_sign: SignOption = None,
    block: BlockOption = None,
    voltage: VoltageOption = None,
    pause: PauseOption = 0.0,
    tables: TablesOption = None,
    figures: FiguresOption = None,
    strict: StrictOption = False,
    json: JsonOption = False,
) -> None:
    """Cut a symmetric cell into half cycles; give its critical current density and short verdict."""
    with answering("symmetric", as_json=json) as answer:
        import electrochemistry as ec

        folders = existing_folder(tables), existing_folder(figures)
        if event not in ("rise", "drop", "either"):
            raise BadInput(f"--event {event!r}: give rise, drop or either")
        if (stack_resistance is None) != (stack_sd is None):
            raise BadInput("give both --stack-resistance and --stack-sd (ohm cm2), or neither")
        cycling = record_of(
            files,
            column=column,
            current_sign=current_sign,
            block=block,
            voltage=voltage,
            pause=pause,
            strict=strict,
        )
        half = ec.half_cycles(cycling, area=area, rest_current=rest_current)
        stack = None
        if stack_resistance is not None and stack_sd is not None:
            stack = _one(stack_resistance, stack_sd)
        critical = ec.critical_current(
            half,
            criterion=_criterion(event, steps, rows),
            stack_resistance=stack,
            temperature=temperature,
            pressure=pressure,
        )
        answer.say(f"{named(files)}: {counted(half.table.sizes['half_cycle'], 'half cycle')}, {critical.text}")
        answer.say(f"short: {critical.short}" + (" (recovered)" if critical.recovered else ""))
        for note in critical.notes:
            answer.say(f"  {note}")
        answer.data = _payload(half, critical)
        _write(half, critical, *folders)


def _criterion(event: Any, steps: int, rows: int) -> ec.Criterion:
    import electrochemistry as ec

    return ec.Criterion(event, steps=steps, rows=rows)


def _one(value: float, sd: float) -> Any:
    from shortrange_core import Estimates

    return Estimates.build(["stack"], [value], [sd**2], unit=["ohm cm2"])


def _payload(half: ec.HalfCycles, critical: ec.CriticalCurrent) -> dict[str, Any]:
    columns = {str(name): values.values for name, values in half.table.data_vars.items()}
    number = {
        "value": critical.value,
        "lower": critical.lower,
        "upper": critical.upper,
        "unit": "mA cm-2",
        "event": critical.event,
        "direction": critical.direction,
        "half_cycle": critical.half_cycle,
        "areal_capacity": critical.areal_capacity,
        "cumulative_areal_capacity": critical.cumulative_areal_capacity,
        "criterion": critical.criterion.text,
        "valid": critical.valid,
        "temperature": critical.temperature,
        "pressure": critical.pressure,
    }
    return {
        "critical_current": number,
        "short": {"verdict": critical.short, "recovered": critical.recovered},
        "baseline_resistance": critical.baseline_resistance,
        "history": str(half.cycling.attrs.get("history", "")).split("\n"),
        "half_cycles": columns,
        "notes": list(critical.notes),
    }


def _write(half: ec.HalfCycles, critical: ec.CriticalCurrent, tables: Path | None, figures: Path | None) -> None:
    if tables is not None:
        write_table(half.table, tables / "half_cycles.csv")
    if figures is not None:
        import electrochemistry as ec
        from electrochemistry.plots import write_figure

        write_figure(ec.plot_voltage(half.cycling, area=half.area), figures / "voltage")
        write_figure(ec.plot_critical_current(half, critical), figures / "critical_current")
