"""``shortrange indentation`` and ``density``: hardness and moduli of a separator, and how dense its pellets are."""

from __future__ import annotations

import math
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
    read_each,
    write_table,
)
from shortrange.commands.cycling_inputs import declared_columns
from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import with_sd

if TYPE_CHECKING:
    import electrochemistry as ec
    from shortrange_core import Estimates

_SHOWN = {
    "hardness": "H / GPa",
    "indentation_modulus": "E/(1-nu2) / GPa",
}


def register(app: typer.Typer) -> None:
    """Add the sub-commands to the application."""
    app.command("indentation")(indentation)
    app.command("density")(density)


def indentation(
    files: Annotated[
        list[Path], typer.Argument(help="Load-depth curves in text files; a file may have several indents.")
    ],
    *,
    area_coefficients: Annotated[
        str, typer.Option("--area", help="C0[,C1,...] of the contact area, nm2; 24.5 is an ideal Berkovich tip.")
    ],
    tip_modulus: Annotated[
        float, typer.Option("--tip-modulus", help="Modulus of the tip, GPa, such as 1141 for diamond.")
    ],
    tip_poisson: Annotated[
        float, typer.Option("--tip-poisson", help="Poisson ratio of the tip, such as 0.07 for diamond.")
    ],
    shape_factor: Annotated[
        float, typer.Option("--shape-factor", help="Shape factor beta: 1, or 1.02 to 1.08 for Berkovich tips.")
    ],
    poisson: Annotated[float, typer.Option("--poisson", help="Poisson ratio of the sample, which is assumed.")],
    poisson_sd: Annotated[float, typer.Option("--poisson-sd", help="Standard deviation of this ratio.")] = 0.0,
    area_sd: Annotated[float, typer.Option("--area-sd", help="Relative sd of the contact area.")] = 0.0,
    shape_factor_sd: Annotated[
        float, typer.Option("--shape-factor-sd", help="Standard deviation of the shape factor.")
    ] = 0.0,
    leave_out: Annotated[
        list[str] | None, typer.Option("--leave-out", help="Name of an indent to leave out; may be repeated.")
    ] = None,
    false_alarm: Annotated[
        float, typer.Option("--false-alarm", help="False alarms of the pop-in test, per curve.")
    ] = 0.01,
    column: Annotated[
        list[str] | None, typer.Option("--column", help="depth=title [unit] and load=title [unit], for other tables.")
    ] = None,
    strict: StrictOption = False,
    tables: TablesOption = None,
    figures: FiguresOption = None,
    json: JsonOption = False,
) -> None:
    """Hardness, Young's and shear modulus from many indents, with their errors and pop-ins (Oliver and Pharr)."""
    with answering("indentation", as_json=json) as answer:
        import electrochemistry as ec

        folders = existing_folder(tables), existing_folder(figures)
        columns = declared_columns(column)
        read = read_each(files, lambda file: ec.read_indents(file, columns=columns, strict=strict))
        curves = [curve for several in read for curve in several]
        indenter = ec.Indenter(
            _coefficients(area_coefficients), tip_modulus, tip_poisson, shape_factor, area_sd, shape_factor_sd
        )
        evaluated = ec.indents(
            curves,
            indenter=indenter,
            poisson_ratio=poisson,
            poisson_sd=poisson_sd,
            left_out=tuple(leave_out or ()),
            false_alarm=false_alarm,
        )
        counted = int((evaluated.table.left_out.values == 0).sum())
        answer.say(f"{counted} of {len(curves)} indents; in brackets: standard deviations in units of the last digits")
        answer.say(_indents_shown(evaluated))
        answer.say("mean with all errors | scatter of one indent:")
        for name, mean, one in _both(evaluated.estimates, evaluated.scatter):
            answer.say(f"  {name:20s} {mean} GPa | {one} GPa")
        answer.say(
            f"Poisson ratio {with_sd(poisson, poisson_sd)} is assumed; pop-ins: false alarms in {false_alarm:.1%}"
        )
        for note in evaluated.notes:
            answer.say(f"  {note}")
        answer.data = {
            "estimates": evaluated.estimates,
            "scatter": evaluated.scatter,
            "indents": {str(name): item.values for name, item in evaluated.table.variables.items()},
            "poisson_ratio": poisson,
            "notes": list(evaluated.notes),
        }
        _write_indents(curves, evaluated, *folders)


def _coefficients(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise BadInput(f"--area {text!r}: write numbers separated by commas, such as 24.5,120") from error


def _both(mean: Estimates, one: Estimates) -> list[tuple[str, str, str]]:
    rows = zip(mean.entries, mean.value.values, mean.sd.values, one.sd.values, strict=True)
    return [(name, with_sd(float(v), float(a)), with_sd(float(v), float(b))) for name, v, a, b in rows]


def _indents_shown(evaluated: ec.Indents) -> str:
    import pandas as pd

    table = evaluated.table
    frame = pd.DataFrame({"indent": table.indent.values})
    for name, title in _SHOWN.items():
        pairs = zip(table[name].values, table[f"{name}_sd"].values, strict=True)
        frame[title] = [with_sd(float(value), float(sd)) for value, sd in pairs]
    frame["contact / nm"] = [f"{value:.1f}" for value in table.contact_depth.values]
    frame["load / mN"] = [f"{value:.4g}" for value in table.greatest_load.values]
    frame["pop-ins"] = table.pop_ins.values
    frame["left out"] = ["yes" if out else "" for out in table.left_out.values]
    return str(frame.to_string(index=False))


def _write_indents(curves: Any, evaluated: ec.Indents, tables: Path | None, figures: Path | None) -> None:
    if tables is not None:
        write_table(evaluated.table, tables / "indents.csv")
    if figures is not None:
        import electrochemistry as ec

        ec.write_figure(ec.plot_indents(curves, evaluated=evaluated), figures / "indents")


def density(
    file: Annotated[Path, typer.Argument(help="csv: pressure_mpa, mass_g, thickness_cm, diameter_cm, each with _sd.")],
    *,
    true_density: Annotated[float, typer.Option("--true-density", help="True density of the same material, g cm-3.")],
    true_density_sd: Annotated[
        float, typer.Option("--true-density-sd", help="Standard deviation of this density.")
    ] = 0.0,
    tables: TablesOption = None,
    figures: FiguresOption = None,
    json: JsonOption = False,
) -> None:
    """Bulk and relative density of pellets against pressing pressure, with their errors."""
    with answering("density", as_json=json) as answer:
        import pandas as pd

        import electrochemistry as ec

        folders = existing_folder(tables), existing_folder(figures)
        pellets = ec.densities(ec.read_pellets(file), true_density=true_density, true_density_sd=true_density_sd)
        table = pellets.table
        frame = pd.DataFrame({"pressure / MPa": [f"{value:g}" for value in table.pressure.values]})
        for name, title, scale in (
            ("bulk_density", "bulk / g cm-3", 1.0),
            ("relative_density", "relative / %", 100.0),
        ):
            pairs = zip(table[name].values * scale, table[f"{name}_sd"].values * scale, strict=True)
            frame[title] = [with_sd(float(value), float(sd)) for value, sd in pairs]
        answer.say(f"true density {with_sd(true_density, true_density_sd)} g cm-3")
        answer.say(str(frame.to_string(index=False)))
        dense = pellets.dense_from
        answer.say(f"95 % dense from {dense:g} MPa on" if math.isfinite(dense) else "no pressure reaches 95 %")
        for note in pellets.notes:
            answer.say(f"  {note}")
        columns = {str(name): item.values for name, item in table.variables.items()}
        answer.data = {"pellets": columns, "dense_from": dense, "notes": list(pellets.notes)}
        if folders[0] is not None:
            write_table(table, folders[0] / "densities.csv")
        if folders[1] is not None:
            ec.write_figure(ec.plot_densities(pellets), folders[1] / "densities")
