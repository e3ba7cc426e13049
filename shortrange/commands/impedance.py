"""``shortrange impedance``, ``arrhenius`` and ``polarisation``: from instrument files to conductivities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import Answer, JsonOption, answering
from shortrange_core.errors import BadInput
from shortrange_core.labels import slug

if TYPE_CHECKING:
    import xarray as xr

    import electrochemistry as ec

TableOption = Annotated[
    Path | None,
    typer.Option("--table", help="csv that pairs files with temperature_celsius, thickness_mm, diameter_mm, ..."),
]
CircuitOption = Annotated[str, typer.Option("--circuit", help="Such as 'R0-p(R1,CPE1)-CPE2'.", show_default=False)]
SumOption = Annotated[
    list[str] | None, typer.Option("--resistance", help="Name = sum of resistances, such as 'total = R1 + R2'.")
]
ColumnsOption = Annotated[
    str | None,
    typer.Option("--columns", help="Columns of a plain table: frequency,Re,Im or frequency,Re,-Im, from 0: '0,1,-2'."),
]
FiguresOption = Annotated[Path | None, typer.Option("--figures", help="Existing folder that figures are written to.")]
ThicknessOption = Annotated[float | None, typer.Option("--thickness-cm", help="Of the disc.")]
DiameterOption = Annotated[float | None, typer.Option("--diameter-cm", help="Of the disc.")]


def register(app: typer.Typer) -> None:
    """Add the three sub-commands to the application."""
    app.command("impedance")(impedance)
    app.command("arrhenius")(arrhenius)
    app.command("polarisation")(polarisation)


def impedance(
    *,
    circuit: CircuitOption,
    files: Annotated[list[Path] | None, typer.Argument(help="Impedance files; or give --table.")] = None,
    table: TableOption = None,
    block: Annotated[str | None, typer.Option(help="Spectrum in a file that holds several.")] = None,
    columns: ColumnsOption = None,
    shared: Annotated[list[str] | None, typer.Option(help="Parameter with one value in the whole series.")] = None,
    fix: Annotated[list[str] | None, typer.Option(help="Fixed parameter, such as 'CPE1_n = 1'.")] = None,
    tie: Annotated[list[str] | None, typer.Option(help="Tie, such as 'CPE1_n = CPE2_n'.")] = None,
    weighting: Annotated[str, typer.Option(help="modulus or unit.")] = "modulus",
    starts: Annotated[int, typer.Option(help="Number of automatic starts.")] = 32,
    resistance: SumOption = None,
    thickness_cm: ThicknessOption = None,
    diameter_cm: DiameterOption = None,
    figures: FiguresOption = None,
    save: Annotated[Path | None, typer.Option(help="Write the fit as one netCDF file.")] = None,
    json: JsonOption = False,
) -> None:
    """Test impedance spectra (Kramers-Kronig) and fit a circuit to them."""
    with answering("impedance", as_json=json) as answer:
        import electrochemistry as ec

        spectra, shapes = _spectra(files, table, columns, block)
        shape = _shape(thickness_cm, diameter_cm) or _common_shape(shapes, required=False)
        if resistance and shape is None:
            raise BadInput("--resistance: a conductivity needs the geometry; give --thickness-cm and --diameter-cm")
        fit = ec.fit_circuit(
            spectra,
            circuit,
            labels=_labels(spectra, files),
            shared=tuple(shared or ()),
            fixed=_numbers(fix),
            ties=tuple(tie or ()),
            weighting=_weighting(weighting),
            starts=starts,
            check=False,
        )
        tests = [ec.validate(spectrum, part="complex") for spectrum in spectra]
        _say_fit(answer, fit, tests)
        if shape is not None:
            _say_conduction(answer, fit, shape, resistance)
        if figures is not None:
            _figures(figures, fit, tests)
        if save is not None:
            from shortrange_core import save as write

            write(fit, save)
            answer.say(f"saved {save}")


def arrhenius(
    *,
    table: Annotated[Path, typer.Argument(help="csv that pairs files with temperatures and geometry.")],
    circuit: CircuitOption,
    resistance: SumOption = None,
    form: Annotated[str, typer.Option(help="'ln sigma' or 'ln sigma T'.", show_default=False)] = "",
    at_celsius: Annotated[list[float] | None, typer.Option(help="Temperatures at which sigma is wanted.")] = None,
    unweighted: Annotated[bool, typer.Option("--unweighted", help="All points count alike.")] = False,
    columns: ColumnsOption = None,
    figures: FiguresOption = None,
    json: JsonOption = False,
) -> None:
    """Fit a temperature series and give activation energies."""
    with answering("arrhenius", as_json=json) as answer:
        import electrochemistry as ec

        spectra, shapes = _spectra(None, table, columns, None)
        shape = _common_shape(shapes, required=True)
        assert shape is not None
        missing = [n for n, s in enumerate(spectra, start=1) if "temperature" not in s.coords]
        if missing:
            raise BadInput(f"{table.name}: rows {missing} have no temperature; fill temperature_celsius or _kelvin")
        fit = ec.fit_circuit(spectra, circuit, check=False)
        sums = _sums(resistance)
        if not sums:
            raise BadInput("give --resistance, such as 'total = R1 + R2'")
        found = ec.conductivity(fit, shape, resistances=sums)
        kelvin = [value + 273.15 for value in (at_celsius or [25.0, 60.0])]
        _say_notes(answer, fit.notes)
        answer.data["conductivity"] = found.sigma
        answer.data["lines"] = []
        for name in sums:
            line = ec.arrhenius(found, form=_form(form), quantity=name, at=kelvin, weighted=not unweighted)
            _say_line(answer, line)
            if figures is not None:
                ax = ec.plot_arrhenius(found, line)
                ec.write_figure(ax, figures / f"{slug(f'arrhenius-{name}')}.png")
        answer.trusted = fit.status.trusted


def polarisation(
    *,
    files: Annotated[list[Path], typer.Argument(help="One file of current against time a voltage step.")],
    electrodes: Annotated[str, typer.Option(help="'two blocking' or 'one reversible'.", show_default=False)],
    thickness_cm: Annotated[float, typer.Option("--thickness-cm", help="Of the disc.", show_default=False)],
    diameter_cm: Annotated[float, typer.Option("--diameter-cm", help="Of the disc.", show_default=False)],
    voltage: Annotated[list[float] | None, typer.Option(help="V, one a file; from the files where left out.")] = None,
    current_floor: Annotated[float, typer.Option(help="Smallest current of the instrument, A.")] = 0.0,
    ionic: Annotated[float | None, typer.Option(help="Ionic conductivity, S/cm.")] = None,
    ionic_sd: Annotated[float, typer.Option(help="Its standard deviation, S/cm.")] = 0.0,
    figures: FiguresOption = None,
    json: JsonOption = False,
) -> None:
    """Electronic conductivity, or its upper bound, from DC polarisation."""
    with answering("polarisation", as_json=json) as answer:
        import electrochemistry as ec
        from shortrange_core import Estimates

        shape = ec.geometry(thickness=thickness_cm, diameter=diameter_cm)
        steps = [_since_start(ec.read_cycling(path)) for path in files]
        ionic_estimate = None if ionic is None else Estimates.build(["sigma_ionic"], [ionic], [ionic_sd**2])
        found = ec.polarisation(
            steps,
            shape,
            electrodes=_electrodes(electrodes),
            voltages=voltage,
            current_floor=current_floor,
            ionic_conductivity=ionic_estimate,
        )
        answer.say(f"electrodes: {found.electrodes}; criterion: {found.criterion}")
        answer.say(found.sigma.table().to_string())
        answer.data |= {"sigma": found.sigma, "electrodes": found.electrodes, "criterion": found.criterion}
        if found.transference is not None:
            answer.say(found.transference.table().to_string())
            answer.data["transference"] = found.transference
        _say_notes(answer, found.notes)
        if figures is not None:
            ec.write_figure(ec.plot_polarisation(steps, found), figures / "polarisation.png")


def _since_start(cycling: xr.Dataset) -> xr.Dataset:
    time = cycling["test_time_second"]
    later = cycling.isel({time.dims[0]: slice(1, None)})
    return later.assign(test_time_second=later["test_time_second"] - float(time.values[0]))


def _weighting(text: str) -> Any:
    if text not in ("modulus", "unit"):
        raise BadInput(f"--weighting {text!r}: give modulus or unit")
    return text


def _form(text: str) -> Any:
    if text not in ("ln sigma", "ln sigma T"):
        raise BadInput(f"--form {text!r}: give 'ln sigma' or 'ln sigma T': the two give different activation energies")
    return text


def _electrodes(text: str) -> Any:
    if text not in ("two blocking", "one reversible"):
        raise BadInput(f"--electrodes {text!r}: give 'two blocking' or 'one reversible'")
    return text


def _shape(thickness: float | None, diameter: float | None) -> ec.Geometry | None:
    if thickness is None and diameter is None:
        return None
    if thickness is None or diameter is None:
        raise BadInput("give --thickness-cm and --diameter-cm, or neither")
    import electrochemistry as ec

    return ec.geometry(thickness=thickness, diameter=diameter)


def _declared(columns: str | None) -> ec.Columns | None:
    if columns is None:
        return None
    import electrochemistry as ec

    parts = [part.strip() for part in columns.split(",")]
    if len(parts) != 3 or not all(part.removeprefix("-").isdigit() for part in parts):
        raise BadInput(
            f"--columns {columns!r}: give three numbers from 0: frequency,Re,Im, a minus for -Im, as '0,1,-2'"
        )
    plain = [int(part.removeprefix("-")) for part in parts]
    return ec.Columns(plain[0], plain[1], plain[2], negative_imaginary=parts[2].startswith("-"))


def _spectra(
    files: Sequence[Path] | None, table: Path | None, columns: str | None, block: str | None
) -> tuple[list[xr.Dataset], list[ec.Geometry | None]]:
    import electrochemistry as ec

    if bool(files) == (table is not None):
        raise BadInput("give impedance files, or --table, and not both")
    declared = _declared(columns)
    if table is not None:
        samples = ec.read_samples(table)
        return list(ec.read_sample_spectra(samples, columns=declared)), [row.shape for row in samples]
    return [ec.read_impedance(path, columns=declared, block=block) for path in files or ()], []


def _common_shape(shapes: Sequence[ec.Geometry | None], *, required: bool) -> ec.Geometry | None:
    known = {(s.thickness, s.diameter, s.thickness_sd, s.diameter_sd): s for s in shapes if s is not None}
    if len(known) > 1 or (known and any(s is None for s in shapes)):
        raise BadInput("the rows of the table differ in thickness or diameter; a series is measured on one disc")
    if not known and required:
        raise BadInput("the table gives no thickness and diameter; fill thickness_mm and diameter_mm")
    return next(iter(known.values()), None)


def _labels(spectra: Sequence[xr.Dataset], files: Sequence[Path] | None) -> list[str] | None:
    if len(spectra) == 1 or not files:
        return None
    names = [path.stem for path in files]
    return names if len(set(names)) == len(names) else None


def _numbers(texts: Sequence[str] | None) -> dict[str, float]:
    found = {}
    for text in texts or ():
        name, sign, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise BadInput(f"--fix {text!r}: write 'parameter = number'") from None
        if not sign:
            raise BadInput(f"--fix {text!r}: write 'parameter = number'")
    return found


def _sums(texts: Sequence[str] | None) -> dict[str, str]:
    found = {}
    for text in texts or ():
        name, sign, expression = text.partition("=")
        if not sign or not name.strip() or not expression.strip():
            raise BadInput(f"--resistance {text!r}: write 'name = R1 + R2'")
        found[name.strip()] = expression.strip()
    return found


def _say_fit(answer: Answer, fit: ec.ImpedanceFit, tests: Sequence[ec.KramersKronig]) -> None:
    for label, test in zip(fit.labels, tests, strict=True):
        name = f"{label}: " if label else ""
        largest = 100 * test.largest_residual
        answer.say(f"{name}lin-KK: M = {test.elements}, mu = {test.mu:.3f}, largest residual {largest:.2g} %")
    answer.say(f"{fit.circuit}: {fit.status}, chi2 = {fit.chi2:.6g}, {fit.dof} degrees of freedom ({fit.weighting})")
    table = fit.table().drop(columns=["parameter", "coordinate"])
    answer.say(table.to_string())
    _say_notes(answer, fit.notes)
    for label, test in zip(fit.labels, tests, strict=True):
        _say_notes(answer, [note for note in test.notes if str(note.severity) != "info"], label)
    answer.trusted = fit.status.trusted
    answer.data |= {
        "circuit": fit.circuit,
        "status": str(fit.status),
        "chi2": fit.chi2,
        "dof": fit.dof,
        "weighting": fit.weighting,
        "covariance": fit.covariance,
        "parameters": fit.parameters,
        "kramers_kronig": [
            {"label": label, "elements": t.elements, "mu": t.mu, "largest_residual": t.largest_residual}
            for label, t in zip(fit.labels, tests, strict=True)
        ],
    }


def _say_notes(answer: Answer, notes: Sequence[Any], label: str = "") -> None:
    for note in notes:
        answer.say(f"{label + ': ' if label else ''}{note}")
    answer.data.setdefault("notes", []).extend(notes)


def _say_conduction(answer: Answer, fit: ec.ImpedanceFit, shape: ec.Geometry, resistance: Sequence[str] | None) -> None:
    import electrochemistry as ec

    sums = _sums(resistance)
    if sums:
        found = ec.conductivity(fit, shape, resistances=sums)
        answer.say("conductivity, S/cm")
        answer.say(found.sigma.table().to_string())
        answer.data["conductivity"] = found.sigma
        _say_notes(answer, found.notes)
    try:
        assigned = ec.arcs(fit, shape)
    except BadInput:
        return
    answer.say("effective capacitance, F")
    answer.say(assigned.capacitances.table().to_string())
    answer.data["capacitances"] = assigned.capacitances
    _say_notes(answer, assigned.notes)


def _say_line(answer: Answer, line: ec.Arrhenius) -> None:
    energy, volt = (line.parameters.select([name]) for name in ("activation_energy", "activation_energy_ev"))
    answer.say(
        f"{line.quantity}: Ea = {energy.value.item():.3f} +- {energy.sd.item():.3f} kJ/mol "
        f"({volt.value.item():.4f} +- {volt.sd.item():.4f} eV) by {line.form}; {line.other_form[1]:.3f} kJ/mol by "
        f"{line.other_form[0]}"
    )
    answer.say(line.table().to_string())
    _say_notes(answer, line.notes)
    answer.data["lines"].append(
        {
            "quantity": line.quantity,
            "form": line.form,
            "parameters": line.parameters,
            "conductivities": line.conductivities,
            "other_form": list(line.other_form),
            "chi2": line.chi2,
            "dof": line.dof,
            "comparison": [list(row) for row in line.comparison],
        }
    )


def _figures(folder: Path, fit: ec.ImpedanceFit, tests: Sequence[ec.KramersKronig]) -> None:
    import electrochemistry as ec

    ec.write_figure(ec.plot_nyquist(fit), folder / "nyquist.png")
    ec.write_figure(ec.plot_bode(fit)[0], folder / "bode.png")
    ec.write_figure(ec.plot_residuals(fit), folder / "residuals.png")
    for number, test in enumerate(tests, start=1):
        ec.write_figure(ec.plot_residuals(test), folder / f"kramers-kronig-{number}.png")
