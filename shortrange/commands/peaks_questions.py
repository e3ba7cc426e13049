"""The questions of ``shortrange peaks add``: each answer is checked at once, and asked again where it is wrong."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import typer

ASKED = {
    "technique": "Technique, such as 31P NMR",
    "species": "Species, such as P:S3/O, BO or Na2S",
    "source": "Key of the source in the bibliography",
    "cation": "Cation, such as Na",
    "phase": "Phase: glass, crystal, amorphous, solution or film",
    "evidence": "Evidence: measured, read from a figure, database, quoted, calculated or defined",
    "value": "The number",
}
OPTIONAL = frozenset({"cation", "phase"})
Fault = Callable[[str, str], str]
"""Name of a field and an answer to what is wrong with it; empty where nothing is."""


def answers(given: dict[str, Any], fault: Fault) -> None:
    """Ask for what is missing in ``given`` and put it there; a wrong answer is asked again and costs no other.

    Parameters
    ----------
    given
        Field to value, None where missing.
    fault
        What is wrong with an answer.
    """
    for name, question in ASKED.items():
        wanted = given[name] is None and (name != "value" or given["kind"] == "position")
        if wanted:
            given[name] = _answer(name, question, fault)
    given["value"] = None if given["value"] is None else float(given["value"])


def _answer(name: str, question: str, fault: Fault) -> str | None:
    while True:
        text = str(typer.prompt(question, default="", show_default=False, err=True)).strip()
        if not text and name in OPTIONAL:
            return None
        problem = fault(name, text) if text else "is needed"
        if not problem:
            return text
        typer.echo(f"  {problem}; answer again, or stop with Ctrl-C", err=True)


def as_command(folder: str, given: dict[str, Any]) -> str:
    """The command that gives the same answers again.

    Examples
    --------
    >>> as_command("lab", {"technique": "31P NMR", "sd": None, "condition": ["laser_nm=532"], "value": 82.0})
    "shortrange peaks add lab --technique '31P NMR' --condition laser_nm=532 --value 82.0"
    """
    words = ["shortrange", "peaks", "add", folder]
    for name, value in given.items():
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                words += [f"--{name.replace('_', '-')}", str(item)]
    return shlex.join(words)
