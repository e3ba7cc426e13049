"""``shortrange init`` and ``check``: the draft of a recipe, and what is wrong with one, before anything is fitted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shortrange.commands.common import Answer, JsonOption, StrictOption, answering
from shortrange_core.notes import Severity
from shortrange_core.shown_numbers import counted

if TYPE_CHECKING:
    from shortrange.drafts import Draft
    from shortrange.stepwise import Preview


def register(app: typer.Typer) -> None:
    """Add ``init`` and ``check`` to the application."""

    @app.command()
    def init(
        folder: Annotated[str, typer.Argument(help="Folder of instrument files; its subfolders are included.")],
        composition: Annotated[
            str | None, typer.Option(help="Formula of the glasses, with x as position in the series: Na3PS4-xOx.")
        ] = None,
        phase: Annotated[str, typer.Option(help="Phase of the samples, such as glass.")] = "glass",
        title: Annotated[str | None, typer.Option(help="Title of the report; default: the name of the folder.")] = None,
        ask: Annotated[
            bool, typer.Option("--ask/--no-ask", help="Ask on a terminal for missing information; or leave blanks.")
        ] = True,
        strict: StrictOption = False,
        json: JsonOption = False,
    ) -> None:
        """Write a draft recipe from the files of a folder, with blanks for what they do not say."""
        with answering("init", as_json=json) as answer:
            from shortrange.drafts import init as drafted

            asks = _asked if ask and not json and sys.stdin.isatty() else None
            draft = drafted(folder, composition=composition, phase=phase, title=title, ask=asks, strict=strict)
            _say_draft(answer, draft)

    @app.command()
    def check(
        recipe: Annotated[str, typer.Argument(help="Recipe (TOML); 'shortrange init' writes one.")],
        strict: StrictOption = False,
        json: JsonOption = False,
    ) -> None:
        """Check a recipe and its files without a fit: all mistakes at once, and what would be fitted."""
        with answering("check", as_json=json) as answer:
            from shortrange.recipe import read_recipe
            from shortrange.stepwise import preview, unseen

            read = read_recipe(recipe)
            _say_previews(answer, preview(read, strict=strict), recipe)
            answer.data["unseen"] = list(unseen(read.tables))
            for unit in answer.data["unseen"]:
                answer.say(f"no line is assigned to {unit}: only the balances limit it")


def _asked(question: str, fault: Callable[[str], str]) -> str:
    """Answer of a person at the terminal, asked again where it is wrong; empty to leave it blank."""
    while True:
        text = str(
            typer.prompt(f"{question} (Enter: leave it blank)", default="", show_default=False, err=True)
        ).strip()
        problem = fault(text) if text else ""
        if not problem:
            return text
        typer.echo(f"  {problem}; answer again, or leave it blank", err=True)


def _say_draft(answer: Answer, draft: Draft) -> None:
    answer.data |= {
        "recipe": str(draft.recipe),
        "schema_file": str(draft.schema),
        "samples": [
            {
                "name": glass.name,
                "composition": glass.composition,
                "x": glass.x,
                "files": [
                    {"file": one.file, "technique": one.technique, "said_by": one.said_by} for one in glass.findings
                ],
            }
            for glass in draft.glasses
        ],
        "left_out": [{"file": name, "reason": reason} for name, reason in draft.left_out],
        "blanks": list(draft.blanks),
    }
    from shortrange.drafts import CERTAIN

    for glass in draft.glasses:
        answer.say(f"{glass.name}: {glass.composition}")
        for one in glass.findings:
            source = f"  (guessed from {one.said_by})" if one.said_by not in ("", *CERTAIN) else ""
            answer.say(f"  {one.technique or '?':10} {one.file}{source}")
    if draft.left_out:
        answer.say(
            f"left out: {counted(len(draft.left_out), 'file or block', 'files or blocks')}; for the reasons see "
            "the end of the recipe"
        )
    for blank in draft.blanks:
        answer.say(f"blank: {blank}")
    answer.say(f"\nrecipe: {draft.recipe}, its schema for editors: {draft.schema.name}")
    answer.say(f"next: fill what is blank, correct what was guessed, then 'shortrange check {draft.recipe}'")


def _say_previews(answer: Answer, previews: tuple[Preview, ...], recipe: str) -> None:
    answer.data["spectra"] = [
        {
            "sample": one.sample,
            "technique": one.technique,
            "file": one.file,
            "range": [one.lower, one.upper],
            "unit": one.unit,
            "lines": list(one.lines),
            "unpublished": list(one.unpublished),
            "notes": one.notes,
        }
        for one in previews
    ]
    for one in previews:
        lines = counted(len(one.lines), "line") if one.lines else "no line: it is not fitted"
        answer.say(f"{one.sample}, {one.technique}: {one.file}, {one.lower:.6g} to {one.upper:.6g} {one.unit}, {lines}")
    unpublished = {(one.technique, line): None for one in previews for line in one.unpublished}
    for technique, line in unpublished:
        answer.say(f"without a published position: {line} in {technique}; it depends on its window")
    notes: dict[str, list[str]] = {}
    for one in previews:
        for note in (note for note in one.notes if note.severity is not Severity.INFO):
            notes.setdefault(str(note), []).append(f"{one.sample} {one.technique}")
    for text, places in notes.items():
        answer.say(f"{places[0]}{f' and {len(places) - 1} more' if len(places) > 1 else ''}: {text}")
    remarks = {(note.code, note.text) for one in previews for note in one.notes if note.severity is Severity.INFO}
    if remarks:
        answer.say(f"{counted(len(remarks), 'remark')}; shown with --json")
    answer.say(f"\n{Path(recipe).name} can be analysed: {counted(len(previews), 'spectrum', 'spectra')}")
