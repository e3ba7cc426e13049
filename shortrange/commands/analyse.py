"""``shortrange analyse`` and ``shortrange example``: a glass series from files to report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import Answer, JsonOption, QuietOption, answering, progress
from shortrange.commands.written import listed
from shortrange_core.shown_numbers import decimals

if TYPE_CHECKING:
    import pandas as pd

    from shortrange.recipe import Recipe
    from shortrange.results import Analysis, Structure


def register(app: typer.Typer) -> None:
    """Add ``analyse`` and ``example`` to the application."""

    @app.command()
    def analyse(
        recipe: Annotated[str, typer.Argument(help="Recipe (TOML); 'shortrange init' writes one.")],
        out: Annotated[str, typer.Option("--out", help="New folder for results.nc, tables, figures, report.html.")],
        routes: Annotated[
            list[str] | None, typer.Option(help="stepwise, or stepwise,joint; those of the recipe where absent.")
        ] = None,
        quiet: QuietOption = False,
        json: JsonOption = False,
    ) -> None:
        """Analyse a glass series: fits, fractions, ranges, alternatives, report."""
        with answering("analyse", as_json=json) as answer:
            from shortrange.recipe import read_recipe

            run(answer, read_recipe(recipe), Path(out), quiet=quiet, chosen=listed(routes) or None)

    @app.command()
    def example(
        folder: Annotated[str, typer.Argument(help="New folder for the simulated series; results go to its results/.")],
        quiet: QuietOption = False,
        json: JsonOption = False,
    ) -> None:
        """Write the simulated example series and analyse it."""
        with answering("example", as_json=json) as answer:
            from shortrange.example import write_example
            from shortrange.recipe import read_recipe

            path = write_example(folder)
            answer.say(f"simulated series written to {path.parent}; nothing in it was measured")
            run(answer, read_recipe(path), path.parent / "results", quiet=quiet)


def run(answer: Answer, recipe: Recipe, out: Path, *, quiet: bool, chosen: Sequence[str] | None = None) -> None:
    """Analyse, report, and say what came out."""
    from shortrange import routes as both
    from shortrange import stepwise
    from shortrange.reports import check_empty, report

    check_empty(out)
    steps = progress(range(stepwise.measured_count(recipe)), quiet=quiet, label=recipe.tables.title)

    def tell(step: str) -> None:
        steps.set_postfix_str(step, refresh=False)
        steps.update()

    with steps:
        analysis = both.analyse(recipe, routes=chosen, progress=tell)
    page = report(analysis, out)
    answer.trusted = analysis.trusted
    summarise(answer, analysis)
    answer.data["report"] = str(page)
    answer.say(f"\nreport: {page}")


def summarise(answer: Answer, analysis: Analysis) -> None:
    """Print the fractions of every glass as the evidence determines them, and put all tables into the answer."""
    from shortrange.exports import all_tables
    from shortrange.results import BASE

    tables = all_tables(analysis)
    answer.data |= {name: frame.to_dict("records") for name, frame in tables.items()}
    answer.data["simulated"] = analysis.recipe.tables.simulated
    frame = tables["fractions"]
    base = {item.sample: item for item in analysis.structures if item.reading == BASE}
    for sample, rows in frame[frame["reading"] == BASE].groupby("sample", sort=False):
        _say_glass(answer, base[str(sample)], rows.to_dict("records"))
    if analysis.joint is not None:
        _say_routes(answer, tables["routes"], analysis.joint.verdict)
    _say_notes(answer, tables["notes"].to_dict("records"), " ".join(item.problem for item in base.values()))


def _say_notes(answer: Answer, notes: Sequence[Mapping[Any, Any]], told: str) -> None:
    """Errors and warnings, each with its way out; remarks are counted."""
    from shortrange.stepwise import by_code

    for note in notes:
        # the sentence of a rejected glass stands above, with a capital
        if note["severity"] == "error" and note["text"][1:] not in told:
            answer.say(f"\nerror, {note['where']}: {note['text']} [{note['code']}]")
    loud = by_code([note for note in notes if note["severity"] == "warning"])
    for code, rows in loud.items():
        answer.say(f"\nwarning [{code}]")
        for note in rows:
            answer.say(f"  {note['where']}: {note['text']}")
        for remedy in dict.fromkeys(note["remedy"] for note in rows if note["remedy"]):
            answer.say(f"  -> {remedy}")
    remarks = sum(note["severity"] == "info" for note in notes)
    if remarks:
        answer.say(f"\n{remarks} remark{'s' * (remarks != 1)} in the report; 'shortrange explain CODE' explains a code")


def _say_routes(answer: Answer, table: pd.DataFrame, verdict: str) -> None:
    """Both routes side by side, with their standard deviations, and whether the spectra agree."""
    answer.say("\nboth routes: step by step, and all spectra of the series together")
    for row in table.to_dict("records"):
        if row["verdict"]:
            answer.say(f"  {row['sample']}  {row['verdict']}")
            continue
        one, other = (f"{row[k]:.4f} +- {row[f'{k} sd']:.4f}" for k in ("stepwise", "joint"))
        answer.say(f"  {row['sample']}  {row['quantity']:16} {one:18}  {other}")
    answer.say(f"  {verdict}")


def _say_glass(answer: Answer, item: Structure, rows: Sequence[Mapping[Any, Any]]) -> None:
    """First whether the numbers of a glass may be believed, then the numbers."""
    if not item.believed:
        answer.say(f"\n{item.sample}: {'REJECTED' if item.solution is not None else 'NO SOLUTION'}")
        answer.say(f"  {item.problem}")
        for row in rows:
            if row.get("least") == row.get("least", 0.0) and "least" in row:
                alone = f"{decimals(row['least'])} to {decimals(row['greatest'])}"
                answer.say(f"  {row['quantity']:16} balances alone {alone}")
        return
    marked = " (the evidence disagrees: sds and intervals are wider)" if item.widening > 1.0 else ""
    answer.say(f"\n{item.sample}{marked}")
    if marked:
        answer.say(f"  {rows[0]['agreement']}")
    for row in rows:
        answer.say(f"  {row['quantity']:16} {_said(row)}")


def _said(row: Mapping[Any, Any]) -> str:
    if "lower" not in row or row["lower"] != row["lower"]:
        return str(row["verdict"])
    interval = f"{decimals(row['lower'])} to {decimals(row['upper'])} (95 %)"
    if row["verdict"] == "fixed by the balances":
        return f"{decimals(row['least'])}   fixed by the balances"
    if row["verdict"] == "determined":
        return f"{decimals(row['value'])} +- {decimals(row['sd'])}   {interval}"
    if row["verdict"] == "undetermined":
        return f"undetermined: {interval}; balances alone {decimals(row['least'])} to {decimals(row['greatest'])}"
    return f"{row['verdict']} {decimals(row['upper'] if row['verdict'] == 'at most' else row['lower'])}   {interval}"
