"""``shortrange arrhenius``: activation energies of a temperature series that a table of samples lists."""

from __future__ import annotations

from collections.abc import Sequence
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
)
from shortrange.commands.written import assignments, quantities
from shortrange_core.errors import BadInput
from shortrange_core.labels import slug
from shortrange_core.shown_numbers import with_sd

if TYPE_CHECKING:
    import electrochemistry as ec


def register(app: typer.Typer) -> None:
    """Add the sub-command to the application."""
    app.command("arrhenius")(arrhenius)


def arrhenius(
    *,
    table: Annotated[Path, typer.Argument(help="csv that lists files with their temperatures and geometry.")],
    circuit: Annotated[
        str, typer.Option("--circuit", help="Circuit, such as 'R0-p(R1,CPE1)-CPE2'.", show_default=False)
    ],
    resistance: given.SumOption = None,
    form: Annotated[str, typer.Option(help="Arrhenius form: 'ln sigma' or 'ln sigma T'.", show_default=False)] = "",
    sample: Annotated[str | None, typer.Option(help="Sample, if the table lists several.")] = None,
    window: given.WindowOption = None,
    start: given.StartOption = None,
    bound: given.BoundOption = None,
    fix: given.FixOption = None,
    tie: given.TieOption = None,
    at: Annotated[
        list[str] | None,
        typer.Option(help="Temperatures at which to give sigma; default 25C,60C.", metavar="<K>"),
    ] = None,
    temperature_sd: Annotated[float | None, typer.Option(help="Standard deviation of each temperature, K.")] = None,
    temperature_offset_sd: Annotated[
        float, typer.Option(help="Standard deviation of an error common to all temperatures, K.")
    ] = 0.0,
    unweighted: Annotated[bool, typer.Option("--unweighted", help="Give all points the same weight.")] = False,
    columns: given.ColumnsOption = None,
    figures: FiguresOption = None,
    strict: StrictOption = False,
    json: JsonOption = False,
) -> None:
    """Fit a temperature series and give activation energies."""
    with answering("arrhenius", as_json=json, number=2) as answer:
        import electrochemistry as ec

        existing_folder(figures)
        sums, stated = values_given.sums(resistance), _form(form)
        if not sums:
            raise BadInput("give --resistance, such as 'total = R1 + R2'")
        inputs = given.measured(None, table, columns=columns, sample=sample, window=window, strict=strict)
        shape = _common_shape([own.row for own in inputs if own.row is not None], table.name)
        inputs = given.with_temperature(inputs, None, temperature_sd)
        fit = ec.fit_circuit(
            [own.spectrum for own in inputs],
            circuit,
            labels=given.labelled(inputs, "temperature") if len({_kelvin(m) for m in inputs}) == len(inputs) else None,
            start=values_given.numbers(start, "--start") or None,
            bounds=values_given.limits(bound),
            fixed=values_given.numbers(fix, "--fix"),
            ties=assignments(tie),
            check=False,
        )
        sigma = ec.conductivity(fit, shape, resistances=sums)
        kelvin = quantities(at or ["25C,60C"], "K", "--at") or []
        keep_notes(answer, fit.notes)
        tables.say_conductivity(answer, sigma.sigma)
        answer.data |= {"conductivity": sigma.sigma, "lines": []}
        answer.trusted = fit.status.trusted
        for name in sums:
            try:
                line = ec.arrhenius(
                    sigma, form=stated, quantity=name, at=kelvin, weighted=not unweighted,
                    temperature_offset_sd=temperature_offset_sd,
                )  # fmt: skip
            except BadInput as error:
                if not fit.where_missed:
                    raise
                answer.say(f"no line: {error}")  # what is missing is a circuit, and no file or option
                continue
            _say_line(answer, line)
            answer.trusted = answer.trusted and line.status.trusted
            if figures is not None:
                ax = ec.plot_arrhenius(sigma, line)
                ec.write_figure(ax, figures / f"{slug(f'arrhenius-{name}')}")


def _kelvin(own: given.InputSpectrum) -> float | None:
    return None if own.row is None else own.row.temperature


def _form(text: str) -> Any:
    if text not in ("ln sigma", "ln sigma T"):
        raise BadInput(f"--form {text!r}: give 'ln sigma' or 'ln sigma T': the two give different activation energies")
    return text


def _common_shape(rows: Sequence[ec.Sample], table: str) -> ec.Geometry:
    """The disc of a temperature series: rows of one sample and one geometry, each with its temperature."""
    samples = list(dict.fromkeys(row.sample for row in rows))
    if len(samples) > 1:
        raise BadInput(f"{table}: lists the samples {', '.join(map(repr, samples))}; select one with --sample")
    missing = [number for number, row in enumerate(rows, start=1) if row.temperature is None]
    if missing:
        raise BadInput(f"{table}: rows {missing} have no temperature; fill temperature_celsius or _kelvin")
    shapes = [row.shape for row in rows]
    by_size = {values_given.sizes(shape): shape for shape in shapes if shape is not None}
    if len(by_size) > 1 or (by_size and None in shapes):
        raise BadInput(f"{table}: its rows differ in thickness or diameter; a series is measured on one disc")
    if not by_size:
        raise BadInput(f"{table}: has no thickness and diameter; fill thickness_mm and diameter_mm")
    return next(iter(by_size.values()))


def _say_line(answer: Answer, line: ec.Arrhenius) -> None:
    energy, volt = (line.parameters.select([name]) for name in ("activation_energy", "activation_energy_ev"))
    answer.say(
        f"{line.quantity}: {line.status}, Ea = {with_sd(energy.value.item(), energy.sd.item())} kJ/mol = "
        f"{with_sd(volt.value.item(), volt.sd.item())} eV by {line.form} ({line.other_form[1]:.2f} kJ/mol by "
        f"{line.other_form[0]}); chi2/dof = {line.chi2 / line.dof:.3g}"
    )
    columns = line.table().reset_index()[["temperature", "sigma", "sd", "lower", "upper"]].to_numpy(dtype=float)
    rows = [
        {
            "temperature": given.celsius(kelvin),
            "sigma / S cm-1": with_sd(sigma, sd),
            "95 % interval": f"{lower:.3g} to {upper:.3g}",
        }
        for kelvin, sigma, sd, lower, upper in columns.tolist()
    ]
    answer.say(tables.frame(rows))
    keep_notes(answer, line.notes)
    answer.data["lines"].append(
        {
            "quantity": line.quantity,
            "status": str(line.status),
            "form": line.form,
            "parameters": line.parameters,
            "conductivities": line.conductivities,
            "other_form": list(line.other_form),
            "chi2": line.chi2,
            "dof": line.dof,
            "left_out": list(line.left_out),
            "comparison": [list(row) for row in line.comparison],
        }
    )
