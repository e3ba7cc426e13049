"""Pages of the site that are made: reference from records and docstrings, gallery from the notebooks."""

from __future__ import annotations

import base64
import contextlib
import importlib
import inspect
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import background_pictures

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("spectra", "structure", "reference_peaks", "electrochemistry", "shortrange", "shortrange_core")
VALUES = """How values are written: a number alone is in the unit that the help names, or carries its own
(`0.8mm`); a window is `700..1300`; a list has commas, or the option is given again.
"""
ROLE = re.compile(r":[a-z]+:`~?\.?([^`<]+?)(?: <[^>]+>)?`")
DOLLARS = re.compile(r"(?<!\\)\$")

FLOW_CHART = re.compile(r"```mermaid\n(.*?)```\n", re.DOTALL)
BOX = re.compile(r'^ *(\w+)\["\w+: ([^"]*)"\]$', re.MULTILINE)
ARROW = re.compile(r'^ *(\w+) --(?: "([^"]*)" --)?> (\w+)$', re.MULTILINE)


def arrows_listed(text: str) -> str:
    """A page whose flow charts are lists of their arrows: code hosts draw them, a page without scripts does not."""
    return FLOW_CHART.sub(_listed, text)


def _listed(chart: re.Match[str]) -> str:
    aims: dict[str, list[str]] = {}
    for start, word, end in ARROW.findall(chart[1]):
        aims.setdefault(start, []).append(f"`{end}`" + (f" ({word})" if word else ""))
    ends = {start: f" → {', '.join(found)}" for start, found in aims.items()}
    return "".join(f"- `{name}`: {what}{ends.get(name, '')}\n" for name, what in BOX.findall(chart[1]))


def made() -> dict[str, str]:
    """Every page that is made, by its place in the site."""
    pages = {
        "reference/command-line.md": command_line(),
        "reference/shapes.md": shapes(),
        "reference/backgrounds.md": backgrounds(),
        "reference/notes.md": notes(),
        "reference/exits.md": exits(),
        "reference/python.md": python(),
    }
    return pages | {f"gallery/{path.stem}.md": gallery(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """A table of Markdown; a bar in a cell is escaped."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def first_sentence(thing: Any) -> str:
    """First paragraph of a docstring, as Markdown."""
    paragraph = (inspect.getdoc(thing) or "").split("\n\n")[0]
    text = DOLLARS.sub(r"\\$", ROLE.sub(r"`\1`", " ".join(paragraph.split())).replace("``", "`"))
    prose = re.split(r"(`[^`]*`)", text)
    prose[::2] = [part.replace("*", r"\*") for part in prose[::2]]  # inside code a star is a star
    return "".join(prose)


def command_line() -> str:
    """Help of every command."""
    import typer.main

    from shortrange.cli import make_app

    parts = ["# Command line\n", VALUES]

    def walk(command: Any, place: str) -> None:
        inner = getattr(command, "commands", {})
        for name, sub in inner.items():
            walk(sub, f"{place} {name}")
        if not inner:
            parts.append(f"## `{place}`\n\n```text\n{help_of(place.split()[1:])}\n```\n")

    walk(typer.main.get_command(make_app()), "shortrange")
    return "\n".join(parts)


def help_of(words: list[str]) -> str:
    """What ``--help`` prints."""
    from shortrange.cli import main

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main([*words, "--help"])
    return said.getvalue().strip()


def shapes() -> str:
    """Line shapes from their registry."""
    from spectra.shapes import SHAPES

    rows = (
        (f"`{shape.name}`", ", ".join(f"`{name}`" for name in shape.quantities), f"`{shape.equation}`", shape.reference)
        for shape in SHAPES.values()
    )
    head = "# Line shapes\n\nEvery shape has the area as its first parameter, and analytic derivatives.\n\n"
    return head + table(("name", "quantities after the area", "profile of unit area", "source"), rows)


def backgrounds() -> str:
    """Backgrounds from their docstrings."""
    from spectra.models import backgrounds as room

    names = [
        n for n, f in vars(room).items() if inspect.isfunction(f) and f.__module__ == room.__name__ and n[0] != "_"
    ]
    rows = ((f"`{name}{_signature(getattr(room, name))}`", first_sentence(getattr(room, name))) for name in names)
    return (
        "# Backgrounds\n\n`spectra.backgrounds`; they are fitted together with the lines.\n\n"
        + table(("call", "what it is"), rows)
        + background_pictures.page()
    )


def notes() -> str:
    """Codes of notes as ``shortrange explain`` has them."""
    from shortrange.explanations import explanations

    rows = ((f"`{one.code}`", one.package, one.when) for one in explanations().values())
    return "# Codes of notes\n\n`shortrange explain CODE` says the same.\n\n" + table(("code", "package", "when"), rows)


def exits() -> str:
    """Formats that results leave in."""
    from shortrange.exports import EXITS

    rows = ((f"`{name}`", one.text, first_sentence(one.write)) for name, one in EXITS.items())
    return "# Exits\n\n`shortrange export RUN --to ...`\n\n" + table(("name", "what it is", "files"), rows)


def python() -> str:
    """Public names of every package with the first sentence of their docstrings."""
    parts = ["# Python\n"]
    for name in PACKAGES:
        package = importlib.import_module(name)
        found = ((one, getattr(package, one)) for one in sorted(package.__all__, key=str.lower))
        rows = ((f"`{one}{_signature(thing)}`", first_sentence(thing)) for one, thing in found if callable(thing))
        parts.append(f"## `{name}`\n\n{first_sentence(package)}\n\n{table(('name', 'what it is'), rows)}")
    return "\n".join(parts)


def _signature(thing: Callable[..., Any]) -> str:
    """Names of the arguments; of a record none, its docstring has them."""
    if inspect.isclass(thing):
        return ""
    parameters = inspect.signature(thing).parameters.values()
    names = [
        f"{p.name}=" if p.kind is p.KEYWORD_ONLY else f"*{p.name}" if p.kind is p.VAR_POSITIONAL else p.name
        for p in parameters
    ]
    return f"({', '.join(names)})"


def gallery(path: Path) -> str:
    """A notebook as a page: text, code, and the outputs that are stored with it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = []
    for cell in cells:
        source = "".join(cell["source"]).replace("](../docs/", "](../")  # the site has the pages of docs/ at its root
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
        parts += [shown for output in cell.get("outputs", []) for shown in _output(output)]
    note = f"```{{note}}\nThis page is `notebooks/{path.name}`.\n```"
    return "\n\n".join([parts[0], note, *parts[1:], ""])


def _output(output: dict[str, Any]) -> Iterator[str]:
    if "text" in output:
        yield f"```text\n{''.join(output['text']).rstrip()}\n```"
    data = output.get("data", {})
    if "image/png" in data:
        image = base64.b64encode(base64.b64decode("".join(data["image/png"]))).decode("ascii")
        yield f'<img alt="output of the cell above" src="data:image/png;base64,{image}">'
    elif "text/plain" in data:
        yield f"```text\n{''.join(data['text/plain']).rstrip()}\n```"
