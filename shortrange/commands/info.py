"""``shortrange info``: what the reader sees in a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import Answer, JsonOption, StrictOption, answering
from shortrange.commands.written import measured
from shortrange_core.shown_numbers import counted

if TYPE_CHECKING:
    import xarray as xr

    from electrochemistry.readers.formats.declared_cycling import Sign
    from shortrange_core.notes import Note
    from spectra.readers import Settings

TABLES = ("delimited", "excel")
"""Readers of spectra that take any table: whether it is one of impedance or cycling is looked at first."""


def register(app: typer.Typer) -> None:
    """Add ``info`` to the application."""

    @app.command()
    def info(
        path: Annotated[str, typer.Argument(help="Instrument file or TopSpin folder.", show_default=False)],
        technique: Annotated[str | None, typer.Option(help="Such as '31P NMR', where the file does not say.")] = None,
        block: Annotated[str | None, typer.Option(help="Only this block.")] = None,
        energy: Annotated[str | None, typer.Option(help="'kinetic' or 'binding', where the file does not say.")] = None,
        laser: Annotated[float | None, measured("nm", "Of the laser, where a Raman axis is in nm.")] = None,
        larmor_frequency: Annotated[float | None, measured("MHz", "Of 0 ppm, where an axis is in Hz.")] = None,
        photon_energy: Annotated[float | None, measured("eV", "Of the source, where the file does not say it.")] = None,
        verify: Annotated[bool, typer.Option("--verify", help="Hold it to lists of checksums, also above it.")] = False,
        strict: StrictOption = False,
        json: JsonOption = False,
    ) -> None:
        """Show what a file holds: spectra, impedance or cycling; blocks, axis, units, maxima, what the header says."""
        with answering("info", as_json=json) as answer:
            from spectra.readers import Settings

            _look_at_lists(answer, Path(path).expanduser(), verify=verify)
            _info(answer, path, technique, block, Settings(laser, photon_energy, larmor_frequency, energy))
            if strict:
                _refuse_odd(answer.data)


def _refuse_odd(data: Mapping[str, Any]) -> None:
    from shortrange_core.readings import refuse_warnings

    refuse_warnings(note for row in (data, *data.get("blocks", ())) for note in row.get("notes", ()))


def _info(answer: Answer, path: str, technique: str | None, block: str | None, said: Settings) -> None:
    import spectra
    from shortrange_core.errors import BadInput

    blocks: tuple[spectra.readers.Block, ...] = ()
    refused: BadInput | None = None
    try:
        blocks = spectra.contents(path)
    except BadInput as error:
        refused = error
    if technique is None and all(b.format in TABLES for b in blocks) and _electrochemistry(answer, Path(path), block):
        return
    if refused is not None:
        raise refused
    chosen = [b for b in blocks if block in (None, b.name)]
    if not chosen:
        raise BadInput(f"{path}: has no block {block!r}; there are {', '.join(repr(b.name) for b in blocks)}")
    answer.data["file"] = Path(path).name
    answer.data["blocks"] = []
    answer.say(f"{Path(path).name}: {len(blocks)} block{'s' if len(blocks) > 1 else ''}")
    for found in chosen:
        row: dict[str, Any] = {"block": found.name, "format": found.format, "shape": list(found.shape)}
        answer.say(f"\n[{found.name}]  {found.format}, {' x '.join(map(str, found.shape))} points")
        try:
            spectrum = spectra.read(
                path,
                technique=technique,
                block=found.name,
                energy=said.energy,
                laser=said.laser,
                photon_energy=said.photon_energy,
                larmor_frequency=said.larmor_frequency,
            )
            row |= _described(answer, spectrum)
        except BadInput as error:
            row["problem"] = str(error)
            row |= {"axis": found.axis, "unit": found.unit, "range": [found.lowest, found.highest]}
            if not found.problem:
                taken = " ".join(part for part in (found.axis or "an axis without a name", found.unit) if part)
                answer.say(f"  taken for {taken}: {found.lowest:.6g} to {found.highest:.6g}")
                answer.say(f"  maximum: {found.maximum_at:.6g}")
            answer.say(f"  not readable as a spectrum: {error}")
        answer.data["blocks"].append(row)


def _electrochemistry(answer: Answer, path: Path, block: str | None) -> bool:
    """Say what an impedance or a cycling file holds; False where it is neither."""
    import electrochemistry as ec
    from shortrange_core.errors import BadInput

    if not path.is_file():
        return False
    try:
        sweeps = [s for s in ec.read_impedance_series(path) if block in (None, s["block"].item())]
    except BadInput:
        sweeps = []
    if sweeps:
        _say_sweeps(answer, path, sweeps)
        return True
    signs: tuple[Sign | None, ...] = (None, "+ = charging")
    for sign in signs:
        try:
            cycling = ec.read_cycling(path, block=block, current_sign=sign)
        except BadInput:
            continue
        _say_cycling(answer, path, cycling, signed=sign is None)
        return True
    return False


def _say_sweeps(answer: Answer, path: Path, sweeps: list[xr.Dataset]) -> None:
    answer.say(f"{path.name}: impedance, {len(sweeps)} sweep{'s' if len(sweeps) > 1 else ''}")
    rows = []
    for sweep in sweeps:
        f, z = sweep["frequency"].values, abs(sweep["impedance"].values)
        row = {"block": str(sweep["block"].item()), "points": f.size, "frequency_hz": [f[0], f[-1]]}
        row["modulus_ohm"] = [float(z.min()), float(z.max())]
        rows.append(row)
        answer.say(f"\n[{row['block']}]  {counted(f.size, 'point')}, {f[0]:.6g} to {f[-1]:.6g} Hz")
        answer.say(f"  |Z|: {z.min():.6g} to {z.max():.6g} ohm")
        row |= _said_notes(answer, sweep)
    answer.data |= {"file": path.name, "kind": "impedance", "blocks": rows}


def _said_notes(answer: Answer, data: xr.Dataset, *, aloud: bool = True) -> dict[str, tuple[Note, ...]]:
    """What the readers left out or made otherwise; ``aloud`` where no history that is shown says it."""
    from shortrange_core.readings import reading_of

    notes = reading_of(data).notes
    for note in notes if aloud else ():
        answer.say(f"  {note}")
    return {"notes": notes} if notes else {}


def _say_cycling(answer: Answer, path: Path, cycling: xr.Dataset, *, signed: bool) -> None:
    """Say what a record of cycling holds; ``signed`` where the file says what a positive current does."""
    rows = cycling.sizes["row"]
    sign = "+ = charging" if signed else "it does not say whether + charges"
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
    answer.data |= {
        "file": path.name,
        "kind": "cycling",
        "rows": rows,
        "ranges": ranges,
        "current_sign": sign,
        "history": steps,
    } | _said_notes(answer, cycling, aloud=not signed)


def _look_at_lists(answer: Answer, path: Path, *, verify: bool) -> None:
    """Say which list of checksums holds for the file: that beside it, or with ``verify`` one above it too."""
    answer.data["checksum"] = _checksum(path, everywhere=verify) if path.exists() else ""
    if not path.exists():
        return  # one error says so
    where = "beside the file or above it" if verify else "beside the file (--verify looks above it too)"
    answer.say(f"checksum: {answer.data['checksum'] or f'none recorded {where}'}")


def _checksum(path: Path, *, everywhere: bool) -> str:
    """Which list of checksums holds for the file, or for how many files of the folder."""
    from shortrange_core.checksums import verified

    if path.is_file():
        listed = verified(path, everywhere=everywhere)
        return f"verified by {listed}" if listed else ""
    lists = [verified(file, everywhere=everywhere) for file in sorted(path.rglob("*")) if file.is_file()]
    names = sorted({name for name in lists if name})
    return f"{sum(map(bool, lists))} of {counted(len(lists), 'file')} verified by {', '.join(names)}" if names else ""


def _described(answer: Answer, spectrum: Any) -> dict[str, Any]:
    import spectra
    from shortrange_core.readings import NAME, NAME_OF_NOTES

    axis = next(str(d) for d in spectrum["intensity"].dims if d in spectra.AXES)
    unit = spectra.AXES[axis]
    x = spectrum[axis].values
    coords = {str(k): v.item() for k, v in spectrum.coords.items() if v.ndim == 0 and k not in (NAME, NAME_OF_NOTES)}
    curve = spectrum["intensity"].values.real
    row: dict[str, Any] = {"axis": axis, "unit": unit, "range": [x[0], x[-1]], "points": x.size, **coords}
    answer.say(f"  {axis}: {x[0]:.6g} to {x[-1]:.6g} {unit}, {x.size} points")
    if curve.ndim == 1:
        row["maximum"] = float(x[int(curve.argmax())])
        row["local_maxima"] = [m.position for m in spectra.find_maxima(spectrum)]
        at_edge = min(row["maximum"] - x[0], x[-1] - row["maximum"]) <= 0.01 * (x[-1] - x[0])
        answer.say(f"  maximum: {row['maximum']:.6g} {unit}{' (at the edge of the range)' if at_edge else ''}")
        answer.say(f"  local maxima: {', '.join(f'{m:.6g}' for m in row['local_maxima']) or 'none'}")
    for name, value in coords.items():
        answer.say(f"  {name}: {value}")
    return row | _said_notes(answer, spectrum)
