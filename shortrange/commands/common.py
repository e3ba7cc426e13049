"""What every sub-command shares: how an answer leaves, as text or as one JSON object, and the exit code.

0: answered (a conflict is an answer). 1: ran, but not to be trusted. 2: bad input or usage. 130: stopped.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from shortrange.commands.stopping import STOPPED, stop_taken
from shortrange_core.errors import BadInput, Offenders, RejectedResult
from shortrange_core.files import written_atomically
from shortrange_core.notes import Note, Severity
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import spoken_in

if TYPE_CHECKING:
    import xarray as xr

MOST_WARNINGS = 3
"""Warnings that a person reads before the answer is lost among them; the rest is folded, never dropped."""
WIDER = 4.3
"""Standard deviations from which on a range says more than an interval of 95 %, which is 3.9 wide."""
Content = TypeVar("Content")
EXIT_ANSWERED, EXIT_NOT_TRUSTED, EXIT_BAD_INPUT, EXIT_STOPPED = 0, 1, 2, 130

JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, everything else on stderr.")
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Refuse files that give a warning.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Every warning and remark, in full.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the answer, without progress bar.")]
FiguresOption = Annotated[Path | None, typer.Option("--figures", help="Existing folder for figures.")]
TablesOption = Annotated[Path | None, typer.Option("--tables", help="Existing folder for csv tables.")]


class Answer:
    """Collects what a sub-command answers: text for people, data for machines, and whether to trust it."""

    def __init__(self, name: str, number: int, as_json: bool) -> None:
        self.name, self.number, self.as_json = name, number, as_json
        self.data: dict[str, Any] = {}
        self.trusted = True

    def say(self, text: str = "") -> None:
        """Print a line for people: on standard output, or on stderr beside a JSON answer."""
        typer.echo(text, err=self.as_json)

    def emit(self, payload: Mapping[str, Any]) -> None:
        """Print the one JSON object, if it was asked for."""
        if self.as_json:
            body = {"schema": f"shortrange.{self.name}", "schema_number": self.number, **payload}
            whole = (sys.stdout.encoding or "").lower().startswith("utf")  # escaped where letters would be lost
            typer.echo(json.dumps(plain(body), ensure_ascii=not whole, allow_nan=False))


def plain(value: Any) -> Any:
    """``value`` in what JSON knows: NaN and infinities are null, estimates a list of entries, arrays lists."""
    if value is None or isinstance(value, (bool, int, str)):
        return value if not isinstance(value, str) else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if hasattr(value, "covariance") and hasattr(value, "entries"):
        return _estimates(value)
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if hasattr(value, "code") and hasattr(value, "remedy"):
        return {"code": value.code, "severity": str(value.severity), "text": value.text, "remedy": value.remedy}
    return str(value)


def _estimates(value: Any) -> dict[str, Any]:
    facets = value.facets
    entries = [
        {"entry": entry, "value": v, "sd": s, **{name: labels[i] for name, labels in facets.items()}}
        for i, (entry, v, s) in enumerate(
            zip(value.entries, value.value.values.tolist(), value.sd.values.tolist(), strict=True)
        )
    ]
    return {"entries": plain(entries), "covariance": plain(value.covariance.values)}


def say_notes(answer: Answer, notes: Sequence[Note], *, verbose: bool) -> None:
    """Print notes: errors, then at most three warnings, then how many more there are and what shows them."""
    if verbose:
        for note in sorted(notes, key=lambda note: -list(Severity).index(note.severity)):
            answer.say(str(note))
        return
    warnings = [note for note in notes if note.severity is Severity.WARNING]
    for note in (*(note for note in notes if note.severity is Severity.ERROR), *warnings[:MOST_WARNINGS]):
        answer.say(str(note))
    remarks = sum(note.severity is Severity.INFO for note in notes)
    say_folded(answer, len(warnings[MOST_WARNINGS:]), remarks)


def keep_notes(answer: Answer, notes: Sequence[Note], label: str = "") -> None:
    """Print all notes, and keep them for the JSON object beside those that are there."""
    for note in notes:
        answer.say(f"{label + ': ' if label else ''}{note}")
    answer.data.setdefault("notes", []).extend(notes)


def say_folded(answer: Answer, warnings: int, remarks: int) -> None:
    """Print one line of what was not shown, and how to see it; nothing where all was shown."""
    counts = ((warnings, "more warning"), (remarks, "remark"))
    told = " and ".join(counted(number, name) for number, name in counts if number)
    if told:
        answer.say(f"{told}: shown with --verbose; 'shortrange explain CODE' explains a code")


def read_each(files: Iterable[Path], read: Callable[[Path], Content]) -> list[Content]:
    """What is read from every file.

    Raises
    ------
    BadInput
        With what stands against every file that cannot be read.
    """
    offenders, read_ones = Offenders(), []
    for file in files:
        with offenders.of():
            read_ones.append(read(file))
    offenders.raise_if_any()
    return read_ones


@contextmanager
def answering(name: str, *, as_json: bool, number: int = 1) -> Iterator[Answer]:
    """Run the body of a sub-command: print its answer or its error in the form asked for, and exit.

    Parameters
    ----------
    name
        Name of the JSON schema, ``shortrange.<name>``.
    as_json
        Whether ``--json`` was given.
    number
        Schema number.
    """
    answer = Answer(name, number, as_json)
    try:
        with spoken_in("command line"):
            yield answer
    except (KeyboardInterrupt, Exception) as error:
        if stop_taken() or isinstance(error, KeyboardInterrupt):
            fail(answer, "stopped", (STOPPED,), EXIT_STOPPED)
        if isinstance(error, BadInput):
            fail(answer, "bad_input", error.problems, EXIT_BAD_INPUT)
        if isinstance(error, RejectedResult):
            fail(answer, "not_trusted", (str(error),), EXIT_NOT_TRUSTED)
        raise
    answer.emit(answer.data)
    if not answer.trusted:
        raise typer.Exit(EXIT_NOT_TRUSTED)


def fail(answer: Answer, kind: str, problems: tuple[str, ...], code: int) -> None:
    """Print problems, one per line, on stderr and in the JSON object; leave with ``code``."""
    for problem in problems:
        typer.echo(f"error: {problem}", err=True)
    answer.emit({"error": {"kind": kind, "problems": list(problems)}})
    raise typer.Exit(code)


def existing_folder(folder: Path | None) -> Path | None:
    """The folder, if one was given.

    Raises
    ------
    BadInput
        If it does not exist.
    """
    if folder is not None and not folder.is_dir():
        raise BadInput(f"{folder}: is not a folder; create it first")
    return folder


def write_table(table: xr.Dataset, path: Path) -> None:
    """Write a table as csv: whole, or not at all."""
    with written_atomically(path) as partial:
        table.to_dataframe().to_csv(partial)


def new_record(target: Path, *beside: str) -> Path:
    """A record that can be written: its name ends in ``.nc``, its folder is there, and nothing is overwritten.

    Parameters
    ----------
    target
        As it was named by ``--out``.
    beside
        Suffixes of files that are written beside it.

    Raises
    ------
    BadInput
        If one of these does not hold.
    """
    if target.suffix != ".nc":
        raise BadInput(f"--out {str(target)!r}: is a record; give a name that ends in .nc")
    names = (target, *(target.with_suffix(suffix) for suffix in beside))
    taken = [path.name for path in names if path.exists()]
    if taken:
        raise BadInput(
            f"--out {str(target)!r}: {', '.join(taken)} already exists; give a new name, nothing is overwritten"
        )
    if not target.parent.is_dir():
        raise BadInput(f"--out {str(target)!r}: there is no folder {str(target.parent)!r}; create it first")
    return target


def unseen(quiet: bool) -> bool:
    """Whether nobody would see a progress bar: none is wanted, or stderr is no terminal."""
    return quiet or not sys.stderr.isatty()


def over_backgrounds(sd: float, low: float, high: float) -> str:
    """Behind an area: its range over backgrounds and shapes that are not rejected, where that says more than its sd."""
    if not (sd > 0 and high - low > WIDER * sd):
        return ""
    decimals = max(0, 1 - math.floor(math.log10(sd)))  # those of the area with its sd
    return f"  {low:.{decimals}f} to {high:.{decimals}f} over backgrounds and shapes"
