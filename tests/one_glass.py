"""The last glass of the simulated example as a recipe of its own, and the command line that is asked about it."""

import contextlib
import io
import os
from pathlib import Path

import pytest
from filelock import FileLock

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


def analysed_glass(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Folder of the last glass, analysed once by all processes that test together, and what the command said.

    The folder holds ``series``, ``out`` and ``said.txt``; it is read, never changed.
    """
    root = tmp_path_factory.getbasetemp()
    # processes of one run have a folder each, in one that they share
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "analysed-glass"
    said = folder / "said.txt"
    with FileLock(f"{folder}.lock"):
        if not said.is_file():
            recipe = recipe_of_one_glass(folder / "series")
            code, output = command("analyse", str(recipe), "--out", str(folder / "out"), "--quiet")
            assert code == 0, output
            said.write_text(output, encoding="utf-8")
    return folder, said.read_text(encoding="utf-8")
