"""``shortrange symmetric``: critical current density and short verdict of a symmetric cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import (
    FiguresOption,
    JsonOption,
    StrictOption,
    TablesOption,
    answering,
    existing_folder,
    write_table,
)
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
from shortrange_core.shown_numbers import counted

if TYPE_CHECKING:
    import electrochemistry as ec


def register(app: typer.Typer) -> None:
    """Add the sub-command to the application."""
    app.command("symmetric")(symmetric)


def symmetric(
    files: CyclingArgument,
    *,
    area: Annotated[float, measured("cm2", "Electrode area.", show_default=False)],
    event: Annotated[str, typer.Option("--event", help="Event: rise, drop or either.", show_default=False)],
    stack_resistance: Annotated[
        float | None, measured("ohm cm2", "Resistance of the stack: thickness over conductivity.")
    ] = None,
    stack_sd: Annotated[float | None, measured("ohm cm2", "Standard deviation of this resistance.")] = None,
    temperature: Annotated[float | None, measured("K", "Temperature, stored with the result.")] = None,
    pressure: Annotated[float | None, measured("MPa", "Pressure, stored with the result.")] = None,
    rest_current: RestOption = None,
    steps: Annotated[int, typer.Option("--steps", help="Consecutive steps that must agree to give a baseline.")] = 5,
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
    """Divide a symmetric cell into half cycles; give its critical current density and a verdict on shorts."""
    with answering("symmetric", as_json=json) as answer:
        import electrochemistry as ec
        from shortrange_core import Estimates

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
            stack = Estimates.build(["stack"], [stack_resistance], [stack_sd**2], unit=["ohm cm2"])
        stated: Any = event
        critical = ec.critical_current(
            half,
            criterion=ec.Criterion(stated, steps=steps, rows=rows),
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

        ec.write_figure(ec.plot_voltage(half.cycling, area=half.area), figures / "voltage")
        ec.write_figure(ec.plot_critical_current(half, critical), figures / "critical_current")
