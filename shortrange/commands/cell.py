"""``shortrange cell``: capacities, efficiencies, voltages and energies of a full cell, with intervals."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.cell_texts import Answered, texts_of
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
    import xarray as xr

    import electrochemistry as ec
    from shortrange_core import Estimates


def register(app: typer.Typer) -> None:
    """Add the sub-command to the application."""
    app.command("cell")(cell)


def _sd(help_: str) -> Any:
    return typer.Option(help=f"{help_}, as specified.")


def cell(
    files: CyclingArgument,
    *,
    mass: Annotated[
        float, measured("g", "Mass that capacities refer to, with its unit: 4.2mg.", bare=False, show_default=False)
    ],
    basis: Annotated[str, typer.Option("--basis", help="What this mass refers to, such as S.", show_default=False)],
    order: Annotated[str, typer.Option("--order", help="discharge-first or charge-first.", show_default=False)],
    mass_sd: Annotated[
        float | None, measured("g", "Standard deviation of the mass, with its unit.", bare=False)
    ] = None,
    formation: Annotated[
        str | None, typer.Option("--formation", help="Formation cycles, such as 1-2: left out of means and rates.")
    ] = None,
    reference: Annotated[
        int | None, typer.Option("--reference", help="Reference cycle for retention, mass bases and comparison.")
    ] = None,
    area: Annotated[float | None, measured("cm2", "Electrode area, for current densities.")] = None,
    area_sd: Annotated[float, measured("cm2", "Standard deviation of the area.")] = 0.0,
    gain_sd: Annotated[float | None, _sd("Relative sd of the gain of the current")] = None,
    offset_sd: Annotated[float | None, measured("A", "Sd of the offset of the current, as specified.")] = None,
    voltage_gain_sd: Annotated[float | None, _sd("Relative sd of the gain of the voltage")] = None,
    voltage_offset_sd: Annotated[float | None, measured("V", "Sd of the offset of the voltage, as specified.")] = None,
    active_fraction: Annotated[
        float | None,
        typer.Option(
            "--active-fraction",
            help="Active fraction of the composite electrode, for capacity and energy by every mass.",
        ),
    ] = None,
    metal: Annotated[str | None, typer.Option("--metal", help="Metal of the counter electrode, such as Na.")] = None,
    separator_mass: Annotated[
        float | None, measured("g", "Mass of the separator, for the basis that includes it, with its unit.", bare=False)
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Compare with published cells of the same basis.")] = False,
    published: Annotated[
        Path | None, typer.Option("--published", help="csv table of further published cells, each with its source.")
    ] = None,
    temperature: Annotated[float | None, measured("K", "Temperature of the test, for the comparison.")] = None,
    rest_current: RestOption = None,
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
    """Summarise the cycles of a full cell: capacity, efficiencies, voltage, energy, rate blocks, with intervals."""
    with answering("cell", as_json=json) as answer:
        import electrochemistry as ec

        folders = existing_folder(tables), existing_folder(figures)
        stated: Any = order
        cycling = record_of(
            files,
            column=column,
            current_sign=current_sign,
            block=block,
            voltage=voltage,
            pause=pause,
            strict=strict,
        )
        instrument = ec.Instrument(gain_sd, offset_sd, voltage_gain_sd, voltage_offset_sd)
        summary = ec.cycles(
            cycling,
            mass=mass,
            mass_sd=mass_sd or 0.0,
            basis=basis,
            order=stated,
            formation=_numbers(formation),
            rest_current=rest_current,
            instrument=instrument,
        )
        at = _reference(summary, reference)
        answered = Answered(
            None if reference is None else ec.retention(summary, reference=reference),
            _rate(summary, area, area_sd),
            _mean(summary),
            _bases(summary, at, active_fraction, metal, separator_mass),
            _compared(summary, at, area, temperature, published) if compare or published is not None else None,
        )
        answer.say(f"{named(files)}: {counted(summary.table.sizes['cycle'], 'cycle')}, mAh per g of {basis}, {order}")
        for text in texts_of(summary, answered, instrument, at):
            answer.say(text)
        for note in summary.notes:
            answer.say(f"  {note}")
        answer.data = _payload(summary, answered)
        _write(summary, answered, area, *folders)


def _numbers(text: str | None) -> tuple[int, ...]:
    """Cycle numbers of ``1-3,5``."""
    numbers: list[int] = []
    for part in (text or "").split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        if match:
            numbers += range(int(match[1]), int(match[2] or match[1]) + 1)
        elif text is not None:
            raise BadInput(f"--formation {text!r}: write cycles as 1-2 or 1,2,5")
    return tuple(numbers)


def _reference(summary: ec.Cycles, asked: int | None) -> int | None:
    """The cycle that is asked for, else the first discharge from cycle 1 on that is no formation cycle."""
    import numpy as np

    table = summary.table
    whole = np.isfinite(table.discharge_capacity.values) & (table.cycle.values > 0) & (table.formation.values == 0)
    return asked if asked is not None else (int(table.cycle.values[whole][0]) if whole.any() else None)


def _rate(summary: ec.Cycles, area: float | None, area_sd: float) -> xr.Dataset | None:
    import electrochemistry as ec

    return None if _reference(summary, None) is None else ec.rate_capability(summary, area=area, area_sd=area_sd)


def _mean(summary: ec.Cycles) -> Estimates | None:
    import electrochemistry as ec

    try:
        return ec.mean_efficiency(summary)
    except BadInput:
        return None


def _bases(
    summary: ec.Cycles, cycle: int | None, fraction: float | None, metal: str | None, separator: float | None
) -> Estimates | None:
    if fraction is None and metal is None and separator is None:
        return None
    if fraction is None or metal is None:
        raise BadInput("give both --active-fraction and --metal for capacity and energy by every mass")
    if cycle is None:
        raise BadInput("no cycle has a discharge, so there is no energy by every mass; leave out --active-fraction")
    import electrochemistry as ec

    return ec.mass_bases(summary, cycle=cycle, active_fraction=fraction, metal=metal, separator_mass=separator)


def _compared(
    summary: ec.Cycles, cycle: int | None, area: float | None, temperature: float | None, path: Path | None
) -> xr.Dataset:
    if area is None or temperature is None or cycle is None:
        raise BadInput("a comparison needs --area (cm2), --temperature (K), and a cycle with a discharge")
    import electrochemistry as ec
    from electrochemistry.cells import PUBLISHED

    own = () if path is None else ec.read_published(path)
    cells = {f"cycle {cycle}": summary}
    return ec.comparison(cells, cycle=cycle, area=area, temperature=temperature, published=(*PUBLISHED, *own))


def _payload(summary: ec.Cycles, answered: Answered) -> dict[str, Any]:
    table = summary.table
    columns = {"cycle": table.cycle.values, **{str(name): item.values for name, item in table.data_vars.items()}}
    kept = answered.retention
    return {
        "basis": summary.basis,
        "mass_g": summary.mass,
        "mass_sd_g": summary.mass_sd,
        "order": summary.order,
        "cycles": columns,
        "mean": answered.mean,
        "retention": None if kept is None else {"reference": kept.attrs["reference_cycle"], "values": kept.values},
        "rate": _columns(answered.rate),
        "by_mass": answered.bases,
        "comparison": _columns(answered.comparison),
        "history": str(summary.cycling.attrs.get("history", "")).split("\n"),
        "notes": list(summary.notes),
    }


def _columns(table: xr.Dataset | None) -> dict[str, Any] | None:
    return None if table is None else {str(name): item.values for name, item in table.variables.items()}


def _write(
    summary: ec.Cycles, answered: Answered, area: float | None, tables: Path | None, figures: Path | None
) -> None:
    if tables is not None:
        write_table(summary.table, tables / "cycles.csv")
        for name, table in (("rate", answered.rate), ("comparison", answered.comparison)):
            if table is not None:
                write_table(table, tables / f"{name}.csv")
    if figures is not None and summary.table.sizes["cycle"]:
        import electrochemistry as ec

        numbers = summary.table.cycle.values.tolist()
        ec.write_figure(
            ec.plot_profiles(summary, sorted({numbers[0], numbers[len(numbers) // 2], numbers[-1]})),
            figures / "profiles",
        )
        ec.write_figure(ec.plot_capacities(summary), figures / "capacities")
        if answered.rate is not None and answered.rate.sizes["block"] > 1:
            ec.write_figure(ec.plot_rate(summary, area=area), figures / "rate")
        if answered.bases is not None:
            ec.write_figure(ec.plot_specific_energies(answered.bases), figures / "by_mass")
        if answered.comparison is not None:
            ec.write_figure(ec.plot_comparison(answered.comparison), figures / "comparison")
