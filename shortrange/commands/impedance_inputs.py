"""What ``shortrange impedance`` and ``arrhenius`` are given: files or a table of samples, windows, labels, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.written import quantity
from shortrange.commands.written import window as ends_of
from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted

if TYPE_CHECKING:
    import xarray as xr

    import electrochemistry as ec
    from shortrange_core.notes import Note
    from shortrange_core.readings import Reading

TableOption = Annotated[
    Path | None,
    typer.Option("--table", help="csv that lists files with temperature_celsius, thickness_mm, diameter_mm, ..."),
]
CircuitOption = Annotated[
    str | None,
    typer.Option("--circuit", help="Circuit, such as 'R0-p(R1,CPE1)-CPE2'; without it, spectra are only tested."),
]
SumOption = Annotated[
    list[str] | None, typer.Option("--resistance", help="Name = sum of resistances, such as 'total = R1 + R2'.")
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(
        "--columns",
        help="Columns of a table, from 0 or by name: '0,1,-2' is frequency,Re,-Im; or 'frequency=0,modulus=1,phase=2'.",
    ),
]
WindowOption = Annotated[str | None, typer.Option("--window", help="Lowest and highest frequency, Hz: 10..1e5.")]
FixOption = Annotated[list[str] | None, typer.Option("--fix", help="Fixed parameter, such as 'CPE1_n = 1'.")]
TieOption = Annotated[list[str] | None, typer.Option("--tie", help="Link, such as 'CPE1_n = CPE2_n' or 'R2 = 2*R1'.")]
StartOption = Annotated[list[str] | None, typer.Option("--start", help="First guess, such as 'R1 = 1000'.")]
BoundOption = Annotated[list[str] | None, typer.Option("--bound", help="Limits, such as 'R1 = 10..1e6'.")]
WeightingOption = Annotated[
    str | None, typer.Option("--weighting", help="modulus, unit or noise; default modulus, with --noise: noise.")
]
NoiseOption = Annotated[
    str | None, typer.Option("--noise", help="Standard deviation of Re(Z) and of Im(Z): '0.5%' of |Z|, or '2ohm'.")
]
LABELS = ("temperature", "time", "voltage", "state", "sample", "file", "sweep")


@dataclass(frozen=True, slots=True)
class InputSpectrum:
    """One spectrum with the file that it is from, and the row of the table that named it."""

    spectrum: xr.Dataset
    file: Path
    sweep: str
    row: ec.Sample | None = None


def measured(
    files: Sequence[Path] | None,
    table: Path | None,
    *,
    columns: str | None = None,
    blocks: Sequence[str] = (),
    sample: str | None = None,
    window: str | None = None,
    strict: bool = False,
) -> list[InputSpectrum]:
    """Every sweep of the files, or those of the blocks, or the spectra of a table, cut to the window.

    Raises
    ------
    BadInput
        If neither files nor a table are given or both, or one cannot be read or, where that is asked, is odd.
    """
    import electrochemistry as ec

    if bool(files) == (table is not None):
        raise BadInput("give either impedance files or --table")
    declared = _declared(columns)
    if table is not None:
        rows = _rows(table, sample)
        spectra = ec.read_sample_spectra(rows, columns=declared)
        inputs = [InputSpectrum(s, row.file, row.block or "", row) for s, row in zip(spectra, rows, strict=True)]
    else:
        inputs = [own for path in files or () for own in _sweeps(path, declared, blocks)]
    if strict:
        from shortrange_core.readings import reading_of, refuse_warnings

        refuse_warnings(dict.fromkeys(note for own in inputs for note in reading_of(own.spectrum).notes))
    return [InputSpectrum(_cut(own, window), own.file, own.sweep, own.row) for own in inputs] if window else inputs


def _rows(table: Path, sample: str | None) -> tuple[ec.Sample, ...]:
    import electrochemistry as ec

    rows = ec.read_samples(table)
    if sample is None:
        return rows
    listed_samples = dict.fromkeys(row.sample for row in rows)
    rows = tuple(row for row in rows if row.sample == sample)
    if not rows:
        raise BadInput(f"--sample {sample!r}: {table.name} lists {', '.join(filter(None, listed_samples)) or 'none'}")
    return rows


def _sweeps(path: Path, declared: ec.Columns | None, blocks: Sequence[str]) -> list[InputSpectrum]:
    import electrochemistry as ec

    every = ec.read_impedance_series(path, columns=declared)
    names = [str(spectrum["block"].item()) for spectrum in every]
    if not every:
        raise BadInput(
            f"{path.name}: has impedance columns but no row with a value (an aborted run, a technique "
            "without impedance or an empty table); if it is a cycling record, use shortrange cell"
        )
    unknown = [block for block in blocks if block not in names]
    if unknown:
        raise BadInput(f"{path.name}: has no spectrum {', '.join(unknown)}; there are {', '.join(names)}")
    pairs = zip(every, names, strict=True)
    return [InputSpectrum(spectrum, path, name) for spectrum, name in pairs if not blocks or name in blocks]


def _declared(columns: str | None) -> ec.Columns | None:
    if columns is None:
        return None
    import electrochemistry as ec

    parts = [part.strip() for part in columns.split(",")]
    if len(parts) == 3 and all(part.removeprefix("-").isdigit() for part in parts):
        parts = [
            f"frequency={parts[0]}",
            f"real={parts[1]}",
            f"{'-' * parts[2].startswith('-')}imaginary={parts[2].removeprefix('-')}",
        ]
    pairs = dict(part.partition("=")[::2] for part in parts)
    negative = any(name.startswith("-") for name in pairs)
    named: dict[str, Any] = {
        name.strip().removeprefix("-"): int(value) if value.strip().isdigit() else value.strip()
        for name, value in pairs.items()
    }
    if (
        set(named) not in ({"frequency", "real", "imaginary"}, {"frequency", "modulus", "phase"})
        or "" in named.values()
    ):
        raise BadInput(
            f"--columns {columns!r}: give three numbers from 0: frequency,Re,Im, a minus for -Im, as '0,1,-2', or "
            "names: 'frequency=0,modulus=1,phase=2' (-phase=2 if the file has its negative), with units if the "
            "file has none: 'frequency=0 [rad/s],modulus=1 [kOhm],phase=2 [rad]'"
        )
    return ec.Columns(**named, negative_imaginary=negative)


def _cut(own: InputSpectrum, window: str | None) -> xr.Dataset:
    try:
        low, high = ends_of(window or "")
    except ValueError as error:
        raise BadInput(f"--window {window!r}: {error}") from None
    if not low > 0:
        raise BadInput(f"--window {window!r}: give the lowest and the highest frequency in Hz, such as 10..1e5")
    cut = own.spectrum.sel(frequency=slice(low, high))
    if cut.sizes["frequency"] < 3:
        f = own.spectrum["frequency"].values
        raise BadInput(
            f"--window {window!r}: keeps {cut.sizes['frequency']} frequencies of {own.file.name}, which has "
            f"{f[0]:g} to {f[-1]:g} Hz"
        )
    return cut


def with_temperature(
    inputs: Sequence[InputSpectrum], temperature: float | None, sd: float | None
) -> list[InputSpectrum]:
    """Spectra with the temperature (K, and its sd) that was stated for all of them.

    Raises
    ------
    BadInput
        If a table states another temperature, or the sd is below 0.
    """
    from electrochemistry.temperatures import check_kelvin

    scalars: dict[str, float] = {}
    if temperature is not None:
        check_kelvin("--temperature", [temperature])
        if any("temperature" in own.spectrum.coords for own in inputs):
            raise BadInput("--temperature: the table states temperatures; give one of the two")
        scalars["temperature"] = temperature
    if sd is not None:
        if not 0 <= sd < float("inf"):
            raise BadInput(f"--temperature-sd {sd}: give kelvin, 0 or more")
        scalars["temperature_sd"] = sd
    return [InputSpectrum(own.spectrum.assign_coords(scalars), own.file, own.sweep, own.row) for own in inputs]


def with_noise(
    inputs: Sequence[InputSpectrum], noise: str | None, weighting: str | None
) -> tuple[list[InputSpectrum], Any]:
    """Spectra with the noise that was stated for all of them, and the weighting.

    Raises
    ------
    BadInput
        If the noise is no share of ``|Z|`` or number of ohm above 0, or the two options do not belong together.
    """
    chosen = ("modulus" if noise is None else "noise") if weighting is None else weighting
    if chosen not in ("modulus", "unit", "noise"):
        raise BadInput(f"--weighting {chosen!r}: give modulus, unit or noise")
    if (chosen == "noise") != (noise is not None):
        raise BadInput(f"--weighting {chosen}: --noise, such as 0.5% of |Z| or 2ohm, is only for noise")
    if noise is None:
        return list(inputs), chosen
    try:
        sd = quantity(noise, "%" if "%" in noise else "ohm", bare=False)
    except ValueError:
        sd = 0.0
    if not 0 < sd < float("inf"):
        raise BadInput(f"--noise {noise!r}: give a percentage of |Z| above 0, such as 0.5%, or ohm, such as 2ohm")
    spectra = []
    for own in inputs:
        size = abs(own.spectrum["impedance"].values)
        of_each = sd / 100 * size if "%" in noise else 0 * size + sd
        spectra.append(own.spectrum.assign(noise=("frequency", of_each, {"units": "ohm"})))
    pairs = zip(inputs, spectra, strict=True)
    return [InputSpectrum(spectrum, own.file, own.sweep, own.row) for own, spectrum in pairs], chosen


def labelled(inputs: Sequence[InputSpectrum], by: str | None) -> list[str] | None:
    """Names that tell the spectra of a series apart: by what was asked for, else by the first that does.

    Raises
    ------
    BadInput
        If spectra do not have what was asked for, or two have the same.
    """
    if by is not None and by not in LABELS:
        raise BadInput(f"--label {by!r}: give one of {', '.join(LABELS)}")
    if by is None and len(inputs) == 1:
        return None
    for name in (by,) if by else ("sample", "state", "temperature", "file", "time", "sweep"):
        labels = [_label(own, name) for own in inputs]
        if all(labels) and len(set(labels)) == len(labels):
            return labels
        if by is not None:
            missing = [own for own, label in zip(inputs, labels, strict=True) if not label]
            what = (
                f"{counted(len(missing), 'spectrum has', 'spectra have')} none"
                if missing
                else "two spectra have the same"
            )
            raise BadInput(f"--label {by}: {what}; give one of {', '.join(LABELS)}")
    return [" ".join(filter(None, (own.file.stem, own.sweep, f"({n})"))) for n, own in enumerate(inputs, start=1)]


def _label(own: InputSpectrum, name: str) -> str:
    import numpy as np

    if name == "file":
        return own.file.stem
    if name == "sweep":
        return own.sweep
    if name == "voltage":
        volts = own.spectrum["voltage_volt"].values if "voltage_volt" in own.spectrum else np.array([np.nan])
        return f"{np.nanmean(volts):.4g} V" if np.isfinite(volts).any() else ""
    if name not in own.spectrum.coords:
        return ""
    value = own.spectrum[name].item()
    if name == "temperature":
        return celsius(value)
    return f"{value:.4g} h" if name == "time" else str(value)


def celsius(kelvin: float) -> str:
    """A temperature in degrees Celsius, as it is written."""
    from shortrange_core.chemistry import ZERO_CELSIUS

    return f"{round(kelvin - ZERO_CELSIUS, 3):g} °C"


def remarks(inputs: Sequence[InputSpectrum]) -> Mapping[str, tuple[Note, ...]]:
    """What readers left out or made otherwise, by file."""
    from shortrange_core.readings import joined, reading_of

    readings: dict[str, list[Reading]] = {}
    for own in inputs:
        readings.setdefault(own.file.name, []).append(reading_of(own.spectrum))
    notes = {name: joined(several).notes for name, several in readings.items()}
    return {name: several for name, several in notes.items() if several}
