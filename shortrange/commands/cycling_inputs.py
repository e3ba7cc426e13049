"""How the commands of cells are given records: one file, or the files of the runs of one cell in their order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import read_each
from shortrange.commands.written import assignments, measured
from shortrange_core.errors import BadInput

if TYPE_CHECKING:
    import xarray as xr

CyclingArgument = Annotated[
    list[Path],
    typer.Argument(
        help="Cycling file: .mpt, .mpr, .nda, .ndax, .xlsx, .res, BDF, or a table; several are the runs of one cell, "
        "joined in the given order.",
        show_default=False,
    ),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="Column of a plain table: quantity=name [unit], such as 'voltage_volt=E [mV]'; direction=name if currents "
        "have no sign.",
    ),
]
SignOption = Annotated[
    str | None,
    typer.Option("--current-sign", help="Sign of the current in a plain table: '+ = charging' or '- = charging'."),
]
RestOption = Annotated[
    float | None, measured("A", "Currents up to this size are rests; determined if not given.", "--rest-current")
]
VoltageOption = Annotated[
    str | None,
    typer.Option(
        "--voltage", help="Voltage of a three-electrode cell: Ewe, Ece or Ewe-Ece; default: that of the cell."
    ),
]
BlockOption = Annotated[str | None, typer.Option("--block", help="Channel, sheet or table, if the file has several.")]
PauseOption = Annotated[float, measured("s", "Pause between the runs of several files.", "--pause")]


def declared_columns(column: list[str] | None) -> dict[str, str] | None:
    """``quantity=name [unit]`` options as a mapping, or None.

    Raises
    ------
    BadInput
        If an option has no equals sign.
    """
    stated = assignments(column)
    if not stated:
        return None
    wrong = [item for item in stated if "=" not in item]
    if wrong:
        raise BadInput(*(f"--column {item!r}: write quantity=name [unit]" for item in wrong))
    return {item.partition("=")[0].strip(): item.partition("=")[2].strip() for item in stated}


def record_of(
    files: Sequence[Path],
    *,
    column: list[str] | None,
    current_sign: str | None,
    block: str | None,
    voltage: str | None,
    pause: float,
    strict: bool,
) -> xr.Dataset:
    """The record of a cell: of its file, or of the runs of several files one after the other."""
    import electrochemistry as ec

    columns, sign = declared_columns(column), current_sign
    stated: Any = sign
    runs = read_each(
        files,
        lambda file: ec.read_cycling(
            file, columns=columns, current_sign=stated, block=block, voltage=voltage, strict=strict
        ),
    )
    if len(runs) == 1:
        if pause:
            raise BadInput(
                f"--pause {pause:g}: is between the runs of several files, and there is only one; leave it out"
            )
        return runs[0]
    return ec.join_runs(runs, pause=pause)


def named(files: Sequence[Path]) -> str:
    """The names of the files, as an answer begins."""
    return " + ".join(file.name for file in files)
