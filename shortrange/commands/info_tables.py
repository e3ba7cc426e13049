"""What ``shortrange info`` tells of tables that are no spectra: impedance, cycling, peaks of another program."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shortrange.commands.common import Answer
from shortrange_core.shown_numbers import counted

if TYPE_CHECKING:
    import xarray as xr

    from shortrange_core.notes import Note


def tell_electrochemistry(answer: Answer, path: Path, block: str | None) -> tuple[str, ...]:
    """Tell what an impedance or a cycling file holds; else why a reader that recognises it does not read it."""
    import electrochemistry as ec
    from shortrange_core.errors import AmbiguousFile, BadInput, UnknownFormat, Unstated

    if not path.is_file():
        return ()
    why: list[str] = []
    try:
        sweeps = [s for s in ec.read_impedance_series(path) if block in (None, s["block"].item())]
    except BadInput as error:
        sweeps = []
        why += () if isinstance(error, UnknownFormat) else error.problems
    if sweeps:
        _tell_sweeps(answer, path, sweeps)
        return ()
    try:
        rows = [_cycling(answer, path, block)]
    except AmbiguousFile as error:
        rows = [{"block": name} | _cycling(answer, path, name) for name in error.choices]
    except Unstated as error:
        rows = [{"problem": str(error)}]
        answer.say(f"{path.name}: cycling, from its column titles")
        answer.say(f"  not readable without options: {str(error).removeprefix(f'{path.name}: ')}")
        answer.say("  give them to 'shortrange cell' or 'shortrange symmetric'")
    except BadInput as error:
        why += () if isinstance(error, UnknownFormat) else error.problems
        return tuple(dict.fromkeys(why))
    answer.data |= {"file": path.name, "kind": "cycling"} | (rows[0] if len(rows) == 1 else {"blocks": rows})
    return ()


def _cycling(answer: Answer, path: Path, block: str | None) -> dict[str, Any]:
    """Tell what a record holds; of one that does not say what a positive current does, all but that."""
    import electrochemistry as ec
    from shortrange_core.errors import Unstated

    try:
        cycling, signed = ec.read_cycling(path, block=block), True
    except Unstated:
        cycling, signed = ec.read_cycling(path, block=block, current_sign="+ = charging"), False
    return _told_cycling(answer, path if block is None else Path(f"{path.name} [{block}]"), cycling, signed=signed)


def _tell_sweeps(answer: Answer, path: Path, sweeps: list[xr.Dataset]) -> None:
    answer.say(f"{path.name}: impedance, {len(sweeps)} sweep{'s' if len(sweeps) > 1 else ''}")
    rows = []
    for sweep in sweeps:
        f, z = sweep["frequency"].values, abs(sweep["impedance"].values)
        row = {"block": str(sweep["block"].item()), "points": f.size, "frequency_hz": [f[0], f[-1]]}
        row["modulus_ohm"] = [float(z.min()), float(z.max())]
        rows.append(row)
        answer.say(f"\n[{row['block']}]  {counted(f.size, 'point')}, {f[0]:.6g} to {f[-1]:.6g} Hz")
        answer.say(f"  |Z|: {z.min():.6g} to {z.max():.6g} ohm")
        row |= tell_notes(answer, sweep)
    answer.data |= {"file": path.name, "kind": "impedance", "blocks": rows}


def tell_notes(answer: Answer, data: xr.Dataset, *, history: bool = False) -> dict[str, tuple[Note, ...]]:
    """What readers left out or made otherwise; remarks are not said where the ``history`` is shown, which has them."""
    from shortrange_core.notes import Severity
    from shortrange_core.readings import reading_of

    notes = reading_of(data).notes
    for note in notes:
        if not history or note.severity is not Severity.INFO:
            answer.say(f"  {note}")
    return {"notes": notes} if notes else {}


def _told_cycling(answer: Answer, path: Path, cycling: xr.Dataset, *, signed: bool) -> dict[str, Any]:
    """Tell what a record of cycling holds; ``signed`` where the file says what a positive current does."""
    rows = cycling.sizes["row"]
    sign = "+ = charging" if signed else "sign of charging not stated"
    answer.say(f"{path.name}: cycling, {counted(rows, 'row')}")
    units = {"test_time_second": "s", "voltage_volt": "V", "current_ampere": f"A ({sign})"}
    ranges = {}
    for name, unit in units.items() if rows else ():
        values = cycling[name].values
        ranges[name] = [float(values.min()), float(values.max())]
        answer.say(f"  {name}: {values.min():.6g} to {values.max():.6g} {unit}")
    steps = str(cycling.attrs.get("history", "")).split("\n") if signed else []
    for line in steps:
        answer.say(f"  {line}")
    return {
        "rows": rows,
        "ranges": ranges,
        "current_sign": sign,
        "history": steps,
    } | tell_notes(answer, cycling, history=bool(steps))


def tell_peaks(answer: Answer, path: str) -> bool:
    """Tell what a table of peaks of another program holds; False where it is none."""
    import spectra
    from shortrange_core.errors import BadInput

    try:
        table = spectra.read_peak_table(path, relative_sd=1.0)  # areas alone are shown
    except BadInput:
        return False
    positions = table.positions.value.values
    stated = [x for x in positions if not isnan(x)]
    rows = [{"position": x, "area": y} for x, y in zip(positions, table.areas.value.values, strict=True)]
    answer.data |= {"file": Path(path).name, "kind": "peaks", "peaks": rows}
    answer.say(f"{Path(path).name}: a table of peaks, {counted(len(rows), 'peak')}; not a spectrum")
    answer.say(f"  positions: {f'{min(stated):.6g} to {max(stated):.6g}' if stated else 'not stated'}")
    answer.say("  in a recipe it goes under [[samples.peak_tables]]")
    return True
