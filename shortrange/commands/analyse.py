"""``shortrange analyse`` and ``shortrange example``: a glass series from files to report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import (
    MOST_WARNINGS,
    Answer,
    JsonOption,
    QuietOption,
    StrictOption,
    VerboseOption,
    answering,
    say_folded,
    unseen,
)
from shortrange.commands.written import listed, named
from shortrange_core.shown_numbers import beside_interval, decimals, limit

if TYPE_CHECKING:
    import pandas as pd

    from shortrange.recipe import Recipe
    from shortrange.reports import Picture
    from shortrange.results import Analysis, Structure


RoutesOption = Annotated[
    list[str] | None, typer.Option(help="stepwise, or stepwise,joint; default: those of the recipe.")
]
JobsOption = Annotated[
    int | None, typer.Option(min=1, help="Number of processes; default: two, or one on a single core.")
]
USED = ("shortrange.routes", "shortrange.reports")
"""What processes that help import while this one reads its files."""


def register(app: typer.Typer) -> None:
    """Add ``analyse`` and ``example`` to the application."""

    @app.command()
    def analyse(
        recipe: Annotated[str, typer.Argument(help="Recipe (TOML); 'shortrange init' writes one.")],
        out: Annotated[str, typer.Option("--out", help="New folder for results.nc, tables, figures, report.html.")],
        routes: RoutesOption = None,
        jobs: JobsOption = None,
        strict: StrictOption = False,
        verbose: VerboseOption = False,
        quiet: QuietOption = False,
        json: JsonOption = False,
    ) -> None:
        """Analyse a glass series: fits, fractions, ranges, alternatives, report."""
        with answering("analyse", as_json=json) as answer, _helped(jobs):
            from shortrange.recipe import read_recipe

            chosen = listed(routes) or None
            run(answer, read_recipe(recipe), Path(out), quiet=quiet, verbose=verbose, chosen=chosen, strict=strict)

    @app.command()
    def example(
        folder: Annotated[str, typer.Argument(help="New folder for the simulated series; results go to its results/.")],
        routes: RoutesOption = None,
        jobs: JobsOption = None,
        quiet: QuietOption = False,
        json: JsonOption = False,
    ) -> None:
        """Write the simulated example series and analyse it."""
        with answering("example", as_json=json) as answer, _helped(jobs):
            from shortrange.example import write_example
            from shortrange.recipe import read_recipe

            path = write_example(folder)
            answer.say(f"simulated series written to {path.parent}; these are not measured data")
            run(answer, read_recipe(path), path.parent / "results", quiet=quiet, chosen=listed(routes) or None)


@contextmanager
def _helped(jobs: int | None) -> Iterator[None]:
    from shortrange.processes import import_to_stay, team, usual_jobs

    with team(usual_jobs() if jobs is None else jobs, *USED):
        import_to_stay(USED)
        yield


def run(
    answer: Answer,
    recipe: Recipe,
    out: Path,
    *,
    quiet: bool,
    verbose: bool = False,
    chosen: Sequence[str] | None = None,
    strict: bool = False,
) -> None:
    """Analyse, report, and say what came out."""
    from shortrange import routes as both
    from shortrange.following import bar_of
    from shortrange.reports import check_empty, pictures_of, report

    check_empty(out)
    with bar_of(recipe, hidden=unseen(quiet)) as tell:
        pictures: dict[str, Picture] = {}  # drawn by whoever is free
        analysis = both.analyse(
            recipe,
            routes=chosen,
            progress=tell,
            strict=strict,
            meanwhile=lambda begun: pictures.update(pictures_of(begun)),
        )
    page = report(analysis, out, pictures=pictures)
    answer.trusted = analysis.trusted
    summarise(answer, analysis, verbose=verbose)
    answer.data["report"] = str(page)
    answer.say(f"\nreport: {page}")


def summarise(answer: Answer, analysis: Analysis, *, verbose: bool = False) -> None:
    """Print the fractions of every glass as the evidence determines them, and put all tables into the answer."""
    from shortrange.exports import all_tables
    from shortrange.reports import side_by_side
    from shortrange.results import BASE

    tables = all_tables(analysis)
    answer.data |= {name: frame.to_dict("records") for name, frame in tables.items()}
    answer.data["simulated"] = analysis.recipe.tables.simulated
    frame = tables["fractions"]
    base = {item.sample: item for item in analysis.structures if item.reading == BASE}
    for sample, rows in frame[frame["reading"] == BASE].groupby("sample", sort=False):
        _say_glass(answer, base[str(sample)], rows.to_dict("records"))
    if analysis.joint is not None:
        _say_routes(answer, side_by_side(analysis, analysis.joint), analysis.joint.verdict)
    told = " ".join(item.problem for item in base.values())
    _say_notes(answer, tables["notes"].to_dict("records"), told, verbose=verbose)


def _say_notes(answer: Answer, notes: Sequence[Mapping[Any, Any]], told: str, *, verbose: bool) -> None:
    """Errors, and warnings of at most three codes, each with its way out; the rest is counted, or said where asked."""
    from shortrange.stepwise import by_code

    for note in notes:
        # the sentence of a rejected glass stands above, with a capital
        if note["severity"] == "error" and note["text"][1:] not in told:
            answer.say(f"\nerror, {note['where']}: {note['text']} [{note['code']}]")
            if note["remedy"]:
                answer.say(f"  -> {note['remedy']}")
    loud = by_code([note for note in notes if note["severity"] == "warning"])
    remarks = by_code([note for note in notes if note["severity"] == "info"])
    for number, (code, rows) in enumerate(loud.items()):
        if number < MOST_WARNINGS or verbose:
            _say_code(answer, "warning", code, rows, verbose=verbose)
    for code, rows in remarks.items() if verbose else ():
        _say_code(answer, "remark", code, rows, verbose=verbose)
    if not verbose:
        folded = list(loud.values())[MOST_WARNINGS:]
        say_folded(answer, sum(map(len, folded)), sum(map(len, remarks.values())))


def _say_code(answer: Answer, kind: str, code: str, rows: Sequence[Mapping[Any, Any]], *, verbose: bool) -> None:
    """The notes of one code, at most three unless all are asked for, and what to do about them."""
    answer.say(f"\n{kind} [{code}]")
    shown = rows if verbose else rows[:MOST_WARNINGS]
    for note in shown:
        answer.say(f"  {note['where']}: {note['text']}")
    if len(rows) > len(shown):
        answer.say(f"  and {len(rows) - len(shown)} more of this kind in the report")
    for remedy in dict.fromkeys(note["remedy"] for note in rows if note["remedy"]):
        answer.say(f"  -> {remedy}")


def _say_routes(answer: Answer, table: pd.DataFrame, verdict: str) -> None:
    """Both routes side by side, and whether the spectra agree."""
    answer.say("\nboth routes: stepwise, and all spectra of the series together")
    for row in table.to_dict("records"):
        answer.say(f"  {row['sample']}  {row['quantity']:16} {row['step by step']:18}  {row['all together']}")
    answer.say(f"  {verdict}")


def _say_glass(answer: Answer, item: Structure, rows: Sequence[Mapping[Any, Any]]) -> None:
    """First whether the numbers of a glass may be believed, then the numbers."""
    from shortrange.exports import agreement

    if not item.believed:
        answer.say(f"\n{item.sample}: {'REJECTED' if item.solution is not None else 'NO SOLUTION'}")
        answer.say(f"  {item.problem}")
        for row in rows:
            if row.get("least") == row.get("least", 0.0) and "least" in row:
                alone = f"{decimals(row['least'])} to {decimals(row['greatest'])}"
                answer.say(f"  {named(row['quantity'])} balances alone {alone}")
        return
    marked = " (the evidence disagrees: sds and intervals are widened)" if item.widening > 1.0 else ""
    answer.say(f"\n{item.sample}{': IN DOUBT' if item.doubt else ''}{marked}")
    if item.doubt:
        answer.say(f"  the result {item.doubt}; the numbers below follow from that fit")
    if marked and item.solution is not None:
        answer.say(f"  {agreement(item.solution)}")
    for row in rows:
        answer.say(f"  {named(row['quantity'])} {_said(row)}")


def _said(row: Mapping[Any, Any]) -> str:
    if "lower" not in row or row["lower"] != row["lower"]:
        return str(row["verdict"])
    interval = f"{decimals(row['lower'])} to {decimals(row['upper'])} (95 %)"
    if row["verdict"] == "fixed by the balances":
        return f"{decimals(row['least'])}   fixed by the balances"
    if row["verdict"] == "determined":
        return f"{beside_interval(row['value'], row['sd'], row['lower'], row['upper'])}   {interval}"
    if row["verdict"] == "undetermined":
        return f"undetermined: {interval}; balances alone {decimals(row['least'])} to {decimals(row['greatest'])}"
    if row["verdict"] == "at most":
        most = limit(row["upper"], upper=True)
        return f"at most {most}   {decimals(row['lower'])} to {most} (95 %)"
    least = limit(row["lower"], upper=False)
    return f"at least {least}   {least} to {decimals(row['upper'])} (95 %)"
