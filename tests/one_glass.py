"""The last glass of the simulated example as a recipe of its own, and the command line that is asked about it."""

import contextlib
import io
from pathlib import Path

import pytest

import shortrange
from shortrange.cli import main


def recipe_of_one_glass(folder: Path, *changes: tuple[str, str]) -> Path:
    """Recipe of the last glass of the example alone, with its text changed."""
    path = shortrange.write_example(folder)
    text = path.read_text(encoding="utf-8")
    head, *samples = text.split("[[samples]]\n")
    text = head + "[[samples]]\n" + samples[-1]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


def command(*arguments: str) -> tuple[int, str]:
    """Exit code and standard output of a command."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0), out.getvalue()
