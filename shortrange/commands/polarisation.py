"""``shortrange polarisation``: electronic conductivity from the current that is left after voltage steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands import impedance_tables as tables
from shortrange.commands.common import (
    FiguresOption,
    JsonOption,
    StrictOption,
    answering,
    existing_folder,
    keep_notes,
    read_each,
)
from shortrange.commands.cycling_inputs import BlockOption, ColumnOption, SignOption, declared_columns
from shortrange.commands.impedance_numbers import DiameterSdOption, ThicknessSdOption, disc
from shortrange.commands.written import listed, measured, quantities
from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted

if TYPE_CHECKING:
    import xarray as xr


def register(app: typer.Typer) -> None:
    """Add the sub-command to the application."""
    app.command("polarisation")(polarisation)


def polarisation(
    *,
    files: Annotated[list[Path], typer.Argument(help="One file of current against time per voltage step.")],
    electrodes: Annotated[
        str, typer.Option(help="Electrodes: 'two blocking' or 'one reversible'.", show_default=False)
    ],
    thickness: Annotated[float, measured("cm", "Thickness of the disc.", show_default=False)],
    diameter: Annotated[float, measured("cm", "Diameter of the disc.", show_default=False)],
    thickness_sd: ThicknessSdOption = 0.0,
    diameter_sd: DiameterSdOption = 0.0,
    voltage: Annotated[
        list[str] | None,
        typer.Option(
            help="One per file; default: from the files. For three electrodes, the voltage in the files: Ewe, Ece or "
            "Ewe-Ece; default: that of the cell.",
            metavar="<V>",
        ),
    ] = None,
    block: BlockOption = None,
    column: ColumnOption = None,
    current_sign: SignOption = None,
    current_floor: Annotated[float, measured("A", "Smallest current of the instrument.")] = 0.0,
    ionic: Annotated[float | None, measured("S/cm", "Ionic conductivity.")] = None,
    ionic_sd: Annotated[float, measured("S/cm", "Standard deviation of the ionic conductivity.")] = 0.0,
    figures: FiguresOption = None,
    strict: StrictOption = False,
    json: JsonOption = False,
) -> None:
    """Electronic conductivity, or its upper bound, from DC polarisation."""
    with answering("polarisation", as_json=json) as answer:
        import electrochemistry as ec
        from shortrange_core import Estimates

        existing_folder(figures)
        shape = disc(thickness, diameter, thickness_sd, diameter_sd)
        assert shape is not None
        volts, electrode = _voltages(voltage)
        stated: Any = {"block": block, "columns": declared_columns(column), "current_sign": current_sign}
        records = read_each(files, lambda path: ec.read_cycling(path, strict=strict, voltage=electrode, **stated))
        steps = [_since_start(record, path.name) for record, path in zip(records, files, strict=True)]
        ionic_estimate = None if ionic is None else Estimates.build(["sigma_ionic"], [ionic], [ionic_sd**2])
        polarised = ec.polarisation(
            steps,
            shape,
            electrodes=_electrodes(electrodes),
            voltages=volts,
            current_floor=current_floor,
            ionic_conductivity=ionic_estimate,
        )
        answer.say(f"electrodes: {polarised.electrodes}; criterion: {polarised.criterion}")
        for path, step in zip(files, polarised.steps, strict=True):
            state = "steady" if step.steady else "not steady"
            answer.say(
                f"{path.name}: {step.voltage:g} V, {step.current:.4g} +- {step.current_sd:.2g} A, "
                f"d ln I/d ln t = {step.slope:.2g}, {state}{'' if step.significant else ', not significant'}"
            )
        tables.say_bounded(answer, polarised.sigma, "sigma / S cm-1")
        answer.data["steps"] = [
            {name: getattr(step, name) for name in step.__dataclass_fields__} for step in polarised.steps
        ]
        answer.data |= {"sigma": polarised.sigma, "electrodes": polarised.electrodes, "criterion": polarised.criterion}
        if polarised.transference is not None:
            tables.say_bounded(answer, polarised.transference, "share")
            answer.data["transference"] = polarised.transference
        keep_notes(answer, polarised.notes)
        if figures is not None:
            ec.write_figure(ec.plot_polarisation(steps, polarised), figures / "polarisation")


def _voltages(given: list[str] | None) -> tuple[list[float] | None, str | None]:
    """Voltages of the steps, or the electrode whose recorded voltage is theirs: a word that begins with no number.

    Raises
    ------
    BadInput
        If a voltage is none.

    Examples
    --------
    >>> _voltages(["0.1V, 200 mV"]), _voltages(["Ewe-Ece"]), _voltages(None)
    (([0.1, 0.2], None), (None, 'Ewe-Ece'), (None, None))
    """
    match listed(given):
        case [str(word)] if word[0] not in "+-.0123456789":
            return None, word
    return quantities(given, "V", "--voltage"), None


def _since_start(cycling: xr.Dataset, file: str) -> xr.Dataset:
    from shortrange_core.readings import reading_of

    time = cycling["test_time_second"]
    if time.size < 2:
        raise BadInput(f"{file}: has {counted(time.size, 'row')}; give the current against time of one voltage step")
    if any(note.code == "open-circuit-record" for note in reading_of(cycling).notes):
        raise BadInput(f"{file}: is a record at open circuit; give the current against time of one voltage step")
    later = cycling.isel({time.dims[0]: slice(1, None)})
    return later.assign(test_time_second=later["test_time_second"] - float(time.values[0]))


def _electrodes(text: str) -> Any:
    if text not in ("two blocking", "one reversible"):
        raise BadInput(f"--electrodes {text!r}: give 'two blocking' or 'one reversible'")
    return text
