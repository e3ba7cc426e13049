"""``shortrange impedance`` and ``arrhenius``: from instrument files to conductivities and activation energies."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import Answer, JsonOption, answering
from shortrange.commands.polarisation import DiameterSdOption, ThicknessSdOption, disc, say_notes
from shortrange.commands.symmetric import FiguresOption, existing_folder
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
ThicknessOption = Annotated[float | None, typer.Option("--thickness-cm", help="Of the disc.")]
DiameterOption = Annotated[float | None, typer.Option("--diameter-cm", help="Of the disc.")]
FixOption = Annotated[list[str] | None, typer.Option(help="Fixed parameter, such as 'CPE1_n = 1'.")]
TieOption = Annotated[list[str] | None, typer.Option(help="Tie, such as 'CPE1_n = CPE2_n'.")]


def register(app: typer.Typer) -> None:
    """Add the two sub-commands to the application."""
    app.command("impedance")(impedance)
    app.command("arrhenius")(arrhenius)


def impedance(
    *,
    circuit: CircuitOption,
    files: Annotated[list[Path] | None, typer.Argument(help="Impedance files; or give --table.")] = None,
    table: TableOption = None,
    block: Annotated[str | None, typer.Option(help="Spectrum in a file that holds several.")] = None,
    columns: ColumnsOption = None,
    shared: Annotated[list[str] | None, typer.Option(help="Parameter with one value in the whole series.")] = None,
    fix: FixOption = None,
    tie: TieOption = None,
    weighting: Annotated[str, typer.Option(help="modulus or unit.")] = "modulus",
    starts: Annotated[int, typer.Option(help="Number of automatic starts.")] = 32,
    resistance: SumOption = None,
    thickness_cm: ThicknessOption = None,
    diameter_cm: DiameterOption = None,
    thickness_sd_cm: ThicknessSdOption = 0.0,
    diameter_sd_cm: DiameterSdOption = 0.0,
    figures: FiguresOption = None,
    save: Annotated[Path | None, typer.Option(help="Write the fit as one netCDF file.")] = None,
    json: JsonOption = False,
) -> None:
    """Test impedance spectra (Kramers-Kronig) and fit a circuit to them."""
    with answering("impedance", as_json=json) as answer:
        import electrochemistry as ec

        existing_folder(figures)
        existing_folder(None if save is None else save.parent)
        sums = _sums(resistance)
        spectra, rows = _spectra(files, table, columns, block)
        own = disc(thickness_cm, diameter_cm, thickness_sd_cm, diameter_sd_cm)
        shapes = [row.shape for row in rows] if own is None and rows else [own] * len(spectra)
        if sums and None in shapes:
            raise BadInput("--resistance: a conductivity needs the geometry; give --thickness-cm and --diameter-cm")
        fit = ec.fit_circuit(
            spectra,
            circuit,
            labels=_labels(files, rows),
            shared=tuple(shared or ()),
            fixed=_numbers(fix),
            ties=tuple(tie or ()),
            weighting=_weighting(weighting),
            starts=starts,
            check=False,
        )
        tests = [ec.validate(spectrum, part="complex") for spectrum in spectra]
        _say_fit(answer, fit, tests)
        _say_conduction(answer, fit, shapes, sums)
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
    sample: Annotated[str | None, typer.Option(help="Which sample of a table that lists several.")] = None,
    fix: FixOption = None,
    tie: TieOption = None,
    at_celsius: Annotated[list[float] | None, typer.Option(help="Temperatures at which sigma is wanted.")] = None,
    unweighted: Annotated[bool, typer.Option("--unweighted", help="All points count alike.")] = False,
    columns: ColumnsOption = None,
    figures: FiguresOption = None,
    json: JsonOption = False,
) -> None:
    """Fit a temperature series and give activation energies."""
    with answering("arrhenius", as_json=json) as answer:
        import electrochemistry as ec
        from shortrange_core.chemistry import ZERO_CELSIUS

        existing_folder(figures)
        sums, stated = _sums(resistance), _form(form)
        if not sums:
            raise BadInput("give --resistance, such as 'total = R1 + R2'")
        spectra, rows = _spectra(None, table, columns, None, sample=sample)
        shape = _common_shape(rows, table.name)
        fit = ec.fit_circuit(spectra, circuit, fixed=_numbers(fix), ties=tuple(tie or ()), check=False)
        found = ec.conductivity(fit, shape, resistances=sums)
        kelvin = [value + ZERO_CELSIUS for value in (at_celsius or [25.0, 60.0])]
        say_notes(answer, fit.notes)
        answer.data["conductivity"] = found.sigma
        answer.data["lines"] = []
        for name in sums:
            line = ec.arrhenius(found, form=stated, quantity=name, at=kelvin, weighted=not unweighted)
            _say_line(answer, line)
            if figures is not None:
                ax = ec.plot_arrhenius(found, line)
                ec.write_figure(ax, figures / f"{slug(f'arrhenius-{name}')}.png")
        answer.trusted = fit.status.trusted


def _weighting(text: str) -> Any:
    if text not in ("modulus", "unit"):
        raise BadInput(f"--weighting {text!r}: give modulus or unit")
    return text


def _form(text: str) -> Any:
    if text not in ("ln sigma", "ln sigma T"):
        raise BadInput(f"--form {text!r}: give 'ln sigma' or 'ln sigma T': the two give different activation energies")
    return text


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
    files: Sequence[Path] | None,
    table: Path | None,
    columns: str | None,
    block: str | None,
    *,
    sample: str | None = None,
) -> tuple[list[xr.Dataset], tuple[ec.Sample, ...]]:
    """Spectra of files, or of the rows of a table (of one sample, where it is named) with these rows."""
    import electrochemistry as ec

    if bool(files) == (table is not None):
        raise BadInput("give impedance files, or --table, and not both")
    declared = _declared(columns)
    if table is not None:
        rows = ec.read_samples(table)
        if sample is not None:
            known = dict.fromkeys(row.sample for row in rows)
            rows = tuple(row for row in rows if row.sample == sample)
            if not rows:
                raise BadInput(f"--sample {sample!r}: {table.name} lists {', '.join(filter(None, known)) or 'none'}")
        return list(ec.read_sample_spectra(rows, columns=declared)), rows
    return [ec.read_impedance(path, columns=declared, block=block) for path in files or ()], ()


def _common_shape(rows: Sequence[ec.Sample], table: str) -> ec.Geometry:
    """The disc of a temperature series: rows of one sample and one geometry, each with its temperature."""
    samples = list(dict.fromkeys(row.sample for row in rows))
    if len(samples) > 1:
        raise BadInput(f"{table}: lists the samples {', '.join(map(repr, samples))}; name one with --sample")
    missing = [number for number, row in enumerate(rows, start=1) if row.temperature is None]
    if missing:
        raise BadInput(f"{table}: rows {missing} have no temperature; fill temperature_celsius or _kelvin")
    shapes = [row.shape for row in rows]
    known = {_sizes(shape): shape for shape in shapes if shape is not None}
    if len(known) > 1 or (known and None in shapes):
        raise BadInput(f"{table}: its rows differ in thickness or diameter; a series is measured on one disc")
    if not known:
        raise BadInput(f"{table}: gives no thickness and diameter; fill thickness_mm and diameter_mm")
    return next(iter(known.values()))


def _sizes(shape: ec.Geometry) -> tuple[float, float, float, float]:
    return shape.thickness, shape.diameter, shape.thickness_sd, shape.diameter_sd


def _labels(files: Sequence[Path] | None, rows: Sequence[ec.Sample]) -> list[str] | None:
    """Names of files or samples that tell the spectra of a series apart, or None."""
    names = [path.stem for path in files] if files else [row.sample for row in rows]
    return names if len(names) > 1 and all(names) and len(set(names)) == len(names) else None


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
    say_notes(answer, fit.notes)
    for label, test in zip(fit.labels, tests, strict=True):
        say_notes(answer, [note for note in test.notes if str(note.severity) != "info"], label)
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


def _say_conduction(
    answer: Answer, fit: ec.ImpedanceFit, shapes: Sequence[ec.Geometry | None], sums: dict[str, str]
) -> None:
    """Conductivities and capacitances of every spectrum with the geometry of its own row."""
    import electrochemistry as ec
    from shortrange_core import Note, concatenate

    discs = {_sizes(shape): shape for shape in shapes if shape is not None}
    conductivities, capacitances, notes = [], [], dict[str, Note]()
    for sizes, own in discs.items():
        mine = [label for label, shape in zip(fit.labels, shapes, strict=True) if shape and _sizes(shape) == sizes]
        if sums:
            found = ec.conductivity(fit, own, resistances=sums)
            conductivities.append(found.sigma.where(label=mine))
            notes |= {note.text: note for note in found.notes}
        with contextlib.suppress(BadInput):  # a circuit without arcs
            assigned = ec.arcs(fit, own)
            capacitances.append(assigned.capacitances.where(label=mine))
            notes |= {note.text: note for note in assigned.notes}
    for name, title, parts in (
        ("conductivity", "conductivity, S/cm", conductivities),
        ("capacitances", "effective capacitance, F", capacitances),
    ):
        if parts:
            answer.data[name] = concatenate(parts)
            answer.say(title)
            answer.say(answer.data[name].table().to_string())
    say_notes(answer, list(notes.values()))


def _say_line(answer: Answer, line: ec.Arrhenius) -> None:
    energy, volt = (line.parameters.select([name]) for name in ("activation_energy", "activation_energy_ev"))
    answer.say(
        f"{line.quantity}: Ea = {energy.value.item():.3f} +- {energy.sd.item():.3f} kJ/mol "
        f"({volt.value.item():.4f} +- {volt.sd.item():.4f} eV) by {line.form}; {line.other_form[1]:.3f} kJ/mol by "
        f"{line.other_form[0]}"
    )
    answer.say(line.table().to_string())
    say_notes(answer, line.notes)
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
