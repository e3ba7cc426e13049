"""``shortrange impedance``: from instrument files to tested spectra, circuits with their errors, and conductivities."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands import impedance_inputs as given
from shortrange.commands import impedance_numbers as values_given
from shortrange.commands import impedance_tables as tables
from shortrange.commands.common import (
    Answer,
    FiguresOption,
    JsonOption,
    StrictOption,
    answering,
    existing_folder,
    keep_notes,
    new_record,
)
from shortrange.commands.impedance_numbers import DiameterSdOption, ThicknessSdOption, disc
from shortrange.commands.written import assignments, listed, measured
from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted

if TYPE_CHECKING:
    import electrochemistry as ec

ThicknessOption = Annotated[float | None, measured("cm", "Thickness of the disc.", "--thickness")]
DiameterOption = Annotated[float | None, measured("cm", "Diameter of the disc.", "--diameter")]
PARTS = ("real", "imaginary", "complex")


def register(app: typer.Typer) -> None:
    """Add the sub-command to the application."""
    app.command("impedance")(impedance)


def impedance(
    *,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Impedance files, with all their sweeps; or use --table.")
    ] = None,
    circuit: given.CircuitOption = None,
    table: given.TableOption = None,
    block: Annotated[list[str] | None, typer.Option("--block", help="Only this sweep of a file.")] = None,
    columns: given.ColumnsOption = None,
    window: given.WindowOption = None,
    label: Annotated[str | None, typer.Option("--label", help=f"Name spectra by: {', '.join(given.LABELS)}.")] = None,
    start: given.StartOption = None,
    bound: given.BoundOption = None,
    fix: given.FixOption = None,
    tie: given.TieOption = None,
    shared: Annotated[list[str] | None, typer.Option(help="Parameter with one common value in the series.")] = None,
    profile: Annotated[list[str] | None, typer.Option(help="Parameter for a profile interval; 'all' for all.")] = None,
    weighting: given.WeightingOption = None,
    noise: given.NoiseOption = None,
    starts: Annotated[int, typer.Option(help="Number of automatic starts.")] = 32,
    resistance: given.SumOption = None,
    thickness: ThicknessOption = None,
    diameter: DiameterOption = None,
    thickness_sd: ThicknessSdOption = 0.0,
    diameter_sd: DiameterSdOption = 0.0,
    temperature: Annotated[
        float | None, measured("K", "Temperature of all spectra, with its unit: '60 C'.", bare=False)
    ] = None,
    temperature_sd: Annotated[float | None, typer.Option(help="Standard deviation of temperatures, K.")] = None,
    activation_energy: Annotated[
        float | None, typer.Option(help="kJ/mol, to include the sd of the temperature in sigma.")
    ] = None,
    series_capacitance: Annotated[
        bool | None,
        typer.Option(
            help="Series capacitance of blocking electrodes, in tests and relaxation times; determined if not given."
        ),
    ] = None,
    drt: Annotated[bool, typer.Option("--drt", help="Also give a distribution of relaxation times.")] = False,
    figures: FiguresOption = None,
    out: Annotated[Path | None, typer.Option(help="New record (.nc) of the fit.")] = None,
    strict: StrictOption = False,
    json: JsonOption = False,
) -> None:
    """Test impedance spectra (Kramers-Kronig) and fit a circuit to them."""
    with answering("impedance", as_json=json, number=2) as answer:
        import electrochemistry as ec

        existing_folder(figures)
        target = None if out is None else new_record(out)
        sums = values_given.sums(resistance)
        inputs = given.measured(files, table, columns=columns, blocks=block or (), window=window, strict=strict)
        inputs = given.with_temperature(inputs, temperature, temperature_sd)
        inputs, weighted = given.with_noise(inputs, noise, weighting)
        if circuit is None:
            values_given.refuse_of_a_fit(
                {
                    "--start": start, "--bound": bound, "--fix": fix, "--tie": tie, "--shared": shared,
                    "--profile": profile, "--weighting": weighting, "--noise": noise, "--out": out,
                }
            )  # fmt: skip
        labels = given.labelled(inputs, label)
        own = disc(thickness, diameter, thickness_sd, diameter_sd)
        shapes = [own if own is not None else m.row.shape if m.row else None for m in inputs]
        if sums and (None in shapes or circuit is None):
            raise BadInput(
                "--resistance: a conductivity needs geometry and circuit; give --thickness, --diameter and --circuit"
            )
        fit = None
        if circuit is not None:
            fit = ec.fit_circuit(
                [m.spectrum for m in inputs],
                circuit,
                labels=labels,
                start=values_given.numbers(start, "--start") or None,
                bounds=values_given.limits(bound),
                fixed=values_given.numbers(fix, "--fix"),
                ties=assignments(tie),
                shared=listed(shared),
                profiles=ec.circuit(circuit).names if profile == ["all"] else listed(profile),
                weighting=weighted,
                starts=starts,
                check=False,
            )
        _say_remarks(answer, inputs, aloud=fit is None)
        tests = _tests(answer, inputs, labels or [""], series_capacitance)
        if drt:
            _relaxation(answer, inputs, labels or [""], tests, figures)
        if fit is None:
            answer.trusted = not any(parts["complex"].violated for parts in tests)
        else:
            _say_fit(answer, fit)
            _say_conduction(answer, fit, shapes, sums, activation_energy)
        if figures is not None:
            _figures(figures, fit, inputs, tests)
        if fit is not None and target is not None:
            from shortrange_core import save

            save(fit, target)
            answer.say(f"record: {target}")


def _say_remarks(answer: Answer, inputs: Sequence[given.InputSpectrum], *, aloud: bool) -> None:
    """Keep what was left out of the files; a fit says it among its own notes."""
    remarks = given.remarks(inputs)
    for note in (note for notes in remarks.values() for note in notes if aloud):
        answer.say(str(note))
    answer.data["remarks"] = remarks


def _tests(
    answer: Answer, inputs: Sequence[given.InputSpectrum], labels: Sequence[str], capacitance: bool | None
) -> list[dict[str, ec.KramersKronig]]:
    import electrochemistry as ec

    parts: Any = PARTS
    tests = [
        {part: ec.validate(own.spectrum, part=part, series_capacitance=capacitance) for part in parts} for own in inputs
    ]
    tables.say_tests(answer, labels, tests)
    _say_test_notes(answer, labels, tests)
    answer.data["kramers_kronig"] = [tables.test_payload(label, own) for label, own in zip(labels, tests, strict=True)]
    return tests


def _say_test_notes(answer: Answer, labels: Sequence[str], tests: Sequence[Mapping[str, ec.KramersKronig]]) -> None:
    """Warnings of the tests, and that residuals are scatter, once each: of a series the first, and how many have it."""
    by_code: dict[str, list[tuple[str, Any]]] = {}
    for label, own in zip(labels, tests, strict=True):
        for note in own["complex"].notes:
            if str(note.severity) != "info" or note.code == "kk-scatter":
                by_code.setdefault(note.code, []).append((label, note))
    for pairs in by_code.values():
        label, note = pairs[0]
        others = f" ({len(pairs)} of {len(labels)} spectra)" if len(labels) > 1 else ""
        keep_notes(answer, [note], f"{label}{others}")


def _relaxation(
    answer: Answer,
    inputs: Sequence[given.InputSpectrum],
    labels: Sequence[str],
    tests: Sequence[Mapping[str, ec.KramersKronig]],
    figures: Path | None,
) -> None:
    """Relaxation times, with a capacitance in series where the test needed one."""
    import electrochemistry as ec

    distributions = [
        ec.relaxation_times(own.spectrum, series_capacitance=test["complex"].series_capacitance)
        for own, test in zip(inputs, tests, strict=True)
    ]
    tables.say_relaxation(answer, labels, distributions)
    answer.data["relaxation_times"] = [
        {
            "label": label,
            "time_constant": own.peaks["time_constant"].values,
            "resistance": own.peaks["resistance"].values,
            "regularisation": own.regularisation,
            "relative_residual": own.relative_residual,
        }
        for label, own in zip(labels, distributions, strict=True)
    ]
    notes = {note.code: note for own in distributions for note in own.notes}
    keep_notes(answer, list(notes.values()))
    for number, own in enumerate(distributions if figures is not None else (), start=1):
        assert figures is not None
        ec.write_figure(ec.plot_relaxation_times(own), figures / f"relaxation-times-{number}")


def _say_fit(answer: Answer, fit: ec.ImpedanceFit) -> None:
    answer.say(
        f"{fit.circuit}: {fit.status}, chi2 = {fit.chi2:.6g}, "
        f"{counted(fit.dof, 'degree of freedom', 'degrees of freedom')} ({fit.weighting})"
    )
    tables.say_parameters(answer, fit)
    keep_notes(answer, fit.notes)
    answer.trusted = fit.status.trusted
    limits = fit.interval(tables.LEVEL).values
    answer.data |= {
        "circuit": fit.circuit,
        "status": str(fit.status),
        "chi2": fit.chi2,
        "dof": fit.dof,
        "weighting": fit.weighting,
        "covariance_kind": fit.covariance_kind,
        "parameters": fit.parameters,
        "intervals": {
            entry: list(pair)
            for entry, pair, status in zip(fit.entries, limits.tolist(), fit.facets["status"], strict=True)
            if status != "misfit"
        },
        "alternatives": [
            {"label": other.label, "chi2": other.chi2, "parameters": dict(other.parameters)}
            for other in fit.alternatives
        ],
    }


def _say_conduction(
    answer: Answer,
    fit: ec.ImpedanceFit,
    shapes: Sequence[ec.Geometry | None],
    sums: dict[str, str],
    energy: float | None,
) -> None:
    """Conductivities and capacitances of every spectrum with the geometry of its own row, or why there are none."""
    import electrochemistry as ec
    from shortrange_core import Note, concatenate

    discs = {values_given.sizes(shape): shape for shape in shapes if shape is not None}
    sigmas, capacitances, notes = [], [], dict[str, Note]()
    for sizes, own in discs.items():
        pairs = zip(fit.labels, shapes, strict=True)
        mine = [label for label, shape in pairs if shape and values_given.sizes(shape) == sizes]
        if sums:
            conducted = ec.conductivity(fit, own, resistances=sums, activation_energy=energy)
            sigmas.append(conducted.sigma.where(label=mine))
            notes |= {note.text: note for note in conducted.notes}
        with contextlib.suppress(BadInput):  # a circuit without arcs
            assigned = ec.arcs(fit, own)
            capacitances.append(assigned.capacitances.where(label=mine))
            notes |= {note.text: note for note in assigned.notes}
    if sigmas:
        answer.data["conductivity"] = concatenate(sigmas)
        tables.say_conductivity(answer, answer.data["conductivity"])
    else:
        answer.say(f"no conductivity: {_why_none(fit, bool(discs))}")
    if capacitances:
        answer.data["capacitances"] = concatenate(capacitances)
        tables.say_capacitances(answer, answer.data["capacitances"])
    keep_notes(answer, list(notes.values()))


def _why_none(fit: ec.ImpedanceFit, measured: bool) -> str:
    pairs = zip(fit.facets["parameter"], fit.facets["unit"], strict=True)
    ohm = list(dict.fromkeys(name for name, unit in pairs if unit == "ohm"))
    if not ohm:
        return "the circuit has no resistance"
    wanted = f"--resistance, such as 'total = {' + '.join(ohm)}'"
    return f"give {wanted}" if measured else f"give --thickness, --diameter and {wanted}"


def _figures(
    folder: Path,
    fit: ec.ImpedanceFit | None,
    inputs: Sequence[given.InputSpectrum],
    tests: Sequence[Mapping[str, ec.KramersKronig]],
) -> None:
    import electrochemistry as ec

    ec.write_figure(ec.plot_nyquist(fit or [own.spectrum for own in inputs]), folder / "nyquist")
    if fit is not None:
        ec.write_figure(ec.plot_bode(fit)[0], folder / "bode")
        ec.write_figure(ec.plot_residuals(fit), folder / "residuals")
    for number, test in enumerate(tests, start=1):
        ec.write_figure(ec.plot_residuals(test["complex"]), folder / f"kramers-kronig-{number}")
