"""``shortrange info``: what the reader sees in a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import Answer, JsonOption, StrictOption, answering
from shortrange.commands.info_tables import tell_electrochemistry, tell_notes, tell_peaks
from shortrange.commands.written import measured
from shortrange_core.shown_numbers import counted

if TYPE_CHECKING:
    import xarray as xr

    from shortrange_core.errors import BadInput
    from spectra.readers import Block, Overrides

TABLES = ("delimited", "excel")
"""Readers of spectra that take any table: whether it is one of impedance or cycling is looked at first."""


def register(app: typer.Typer) -> None:
    """Add ``info`` to the application."""

    @app.command()
    def info(
        path: Annotated[str, typer.Argument(help="Instrument file or TopSpin folder.", show_default=False)],
        technique: Annotated[
            str | None, typer.Option(help="Technique, such as '31P NMR', if the file does not say.")
        ] = None,
        block: Annotated[str | None, typer.Option(help="Only this block.")] = None,
        energy: Annotated[
            str | None, typer.Option(help="Energy axis: 'kinetic' or 'binding', if the file does not say.")
        ] = None,
        laser: Annotated[float | None, measured("nm", "Laser wavelength, if a Raman axis is in nm.")] = None,
        larmor_frequency: Annotated[float | None, measured("MHz", "Frequency of 0 ppm, if an axis is in Hz.")] = None,
        photon_energy: Annotated[
            float | None, measured("eV", "Photon energy of the source, if the file does not say.")
        ] = None,
        verify: Annotated[
            bool, typer.Option("--verify", help="Verify it with lists of checksums, also in folders above.")
        ] = False,
        strict: StrictOption = False,
        json: JsonOption = False,
    ) -> None:
        """Show what a file contains: spectra, impedance or cycling; blocks, axis, units, maxima, header."""
        with answering("info", as_json=json) as answer:
            from spectra.readers import Overrides

            _look_at_lists(answer, Path(path).expanduser(), verify=verify)
            _info(answer, path, technique, block, Overrides(laser, photon_energy, larmor_frequency, energy))
            if strict:
                _refuse_odd(answer.data)


def _refuse_odd(data: Mapping[str, Any]) -> None:
    from shortrange_core.readings import refuse_warnings

    refuse_warnings(note for row in (data, *data.get("blocks", ())) for note in row.get("notes", ()))


def _looked(
    answer: Answer, path: str, technique: str | None, block: str | None
) -> tuple[tuple[Block, ...], tuple[str, ...]] | None:
    """Blocks of spectra, and why the file is read neither as impedance nor as cycling; None where all is told."""
    import spectra
    from shortrange_core.errors import BadInput, UnknownFormat

    blocks: tuple[Block, ...] = ()
    refused: BadInput | None = None
    try:
        blocks = spectra.contents(path)
    except BadInput as error:
        refused = error
    why: tuple[str, ...] = ()
    if technique is None and all(b.format in TABLES for b in blocks):
        why = tell_electrochemistry(answer, Path(path), block)
        if answer.data.get("kind"):
            return None
    if refused is None:
        return blocks, why
    if isinstance(refused, UnknownFormat):
        if tell_peaks(answer, path):
            return None
        raise BadInput(*why) if why else refused
    raise refused


def _info(answer: Answer, path: str, technique: str | None, block: str | None, overrides: Overrides) -> None:
    from shortrange_core.errors import BadInput

    looked = _looked(answer, path, technique, block)
    if looked is None:
        return
    blocks, why = looked
    chosen = [b for b in blocks if block in (None, b.name)]
    if not chosen:
        raise BadInput(f"{path}: has no block {block!r}; there are {', '.join(repr(b.name) for b in blocks)}")
    answer.data["file"] = Path(path).name
    answer.data["blocks"] = []
    answer.say(f"{Path(path).name}: {len(blocks)} block{'s' if len(blocks) > 1 else ''}")
    named = f"{Path(path).name}: "  # it stands above what is said of it
    for problem in why:
        answer.say(f"  not readable as impedance or cycling: {problem.removeprefix(named)}")
    spectra_found = _read(path, technique, block, overrides)
    for shown, spectrum in zip(chosen, spectra_found, strict=True):
        row: dict[str, Any] = {"block": shown.name, "format": shown.format, "shape": list(shown.shape)}
        answer.say(f"\n[{shown.name}]  {shown.format}, {' x '.join(map(str, shown.shape))} points")
        if not isinstance(spectrum, BadInput):
            row |= _described(answer, spectrum)
        else:
            row["problem"] = str(spectrum)
            row |= {"axis": shown.axis, "unit": shown.unit, "range": [shown.lowest, shown.highest]}
            if not shown.problem:
                taken = " ".join(part for part in (shown.axis or "an axis without a name", shown.unit) if part)
                answer.say(f"  read as {taken}: {shown.lowest:.6g} to {shown.highest:.6g}")
                answer.say(f"  maximum: {shown.maximum_at:.6g}")
            answer.say(f"  not readable as a spectrum: {str(spectrum).removeprefix(named)}")
        answer.data["blocks"].append(row)


def _read(
    path: str, technique: str | None, block: str | None, overrides: Overrides
) -> tuple[xr.Dataset | BadInput, ...]:
    """The block that is named, or all of a file that is read once."""
    from shortrange_core.errors import BadInput
    from spectra.readers import read, read_all

    settings: dict[str, Any] = {
        "energy": overrides.energy,
        "laser": overrides.laser,
        "photon_energy": overrides.photon_energy,
        "larmor_frequency": overrides.larmor_frequency,
    }
    if block is None:
        return read_all(path, technique=technique or "", **settings)
    try:
        return (read(path, technique=technique, block=block, **settings),)
    except BadInput as error:
        return (error,)


def _look_at_lists(answer: Answer, path: Path, *, verify: bool) -> None:
    """Say which list of checksums holds for the file: that beside it, or with ``verify`` one above it too."""
    answer.data["checksum"] = _checksum(path, everywhere=verify) if path.exists() else ""
    if not path.exists():
        return  # one error says so
    where = "beside the file or above it" if verify else "beside the file (--verify also looks in folders above)"
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
    return row | tell_notes(answer, spectrum)
