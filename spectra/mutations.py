"""Damaged copies of instrument files: made by seed, read in a child process under limits, and judged.

Every damaged copy must end in a named error or in arrays: never in another exception, a hang, or memory without bound.
Most formats keep no checksum, so a flipped byte can be another valid number; such copies are counted as *changed*.
A cut copy may never pass as a whole one, save where a format states no length; then what is left must be the beginning
of the original.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

KINDS = ("cut", "flip", "absurd", "scramble", "empty")
ABSURD_TEXT = ("999999999999", "-1", "0", "1e308", "nan", "", "99999999999999999999999999", "1e-320")
ABSURD_BYTES = (b"\xff" * 8, b"\x00" * 8, b"\xff\xff\xff\x7f" * 2, b"\x00\x00\x00\x80" * 2, b"\xff\xff\x00\x00" * 2)
HEADER_BYTES = 4096
SECONDS_A_READ = 20.0
EXTRA_MEMORY_BYTES = 1 << 30
FOLDER_FILES = ("acqus", "procs", "1r", "1i", "fid")


@dataclass(frozen=True, slots=True)
class Trial:
    """One damaged copy and how reading it ended.

    Parameters
    ----------
    file
        Name of the original.
    seed, kind
        What was done to it.
    outcome
        refused, equal, beginning (of the original), changed, crash, hang or memory.
    detail
        The error, where there was one.
    """

    file: str
    seed: int
    kind: str
    outcome: str
    detail: str = ""


def damaged(content: bytes, seed: int) -> tuple[str, bytes]:
    """A damaged copy of ``content`` and the kind of damage.

    Parameters
    ----------
    content
        A whole file.
    seed
        Same seed, same damage; ``seed % 5`` is the kind, so that five seeds are all kinds.

    Examples
    --------
    >>> damaged(b"spectrum", 4)
    ('empty', b'')
    """
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    if kind == "empty" and seed >= 2 * len(KINDS):
        kind = "cut"
    if kind == "empty" or not content:
        return "empty", b""
    size = len(content)
    if kind == "cut":
        return kind, content[: int(rng.integers(1, size))]
    if kind == "flip":
        body = bytearray(content)
        for position in rng.integers(0, size, int(rng.integers(1, 9))):
            body[position] ^= 1 << int(rng.integers(0, 8))
        return kind, bytes(body)
    if kind == "absurd":
        return kind, _absurd(content, rng)
    start, stop = sorted(int(k) for k in rng.integers(0, size, 2))
    middle = content[start:stop]
    swapped = (b"", middle[::-1], middle + middle, b"\x00" * len(middle))[int(rng.integers(0, 4))]
    return kind, content[:start] + swapped + content[stop:]


def _absurd(content: bytes, rng: np.random.Generator) -> bytes:
    """A number of the header replaced by an absurd one."""
    head = content[:HEADER_BYTES]
    numbers = list(re.finditer(rb"\d+(?:\.\d+)?", head))
    if numbers and b"\0\0\0" not in head:
        chosen = numbers[int(rng.integers(0, len(numbers)))]
        text = ABSURD_TEXT[int(rng.integers(0, len(ABSURD_TEXT)))].encode()
        return content[: chosen.start()] + text + content[chosen.end() :]
    block = ABSURD_BYTES[int(rng.integers(0, len(ABSURD_BYTES)))][: int(rng.choice([4, 8]))]
    at = int(rng.integers(0, max(1, min(len(head), len(content) - len(block)))))
    return content[:at] + block + content[at + len(block) :]


def trials(files: Sequence[Path], seeds: Sequence[int], *, seconds: float = SECONDS_A_READ) -> list[Trial]:
    """Read damaged copies of all files in child processes.

    Parameters
    ----------
    files
        Instrument files, or TopSpin folders.
    seeds
        One damaged copy of each file for each seed.
    seconds
        Longest time for one copy; a child that overruns it is ended and counts as a hang.

    Returns
    -------
    list of Trial
        In the order of files and seeds.
    """
    found: list[Trial] = []
    left = [(str(file), list(seeds)) for file in files]
    while left:
        done = _child(left, seconds)
        found += done
        counted = {(trial.file, trial.seed) for trial in found}
        left = [(file, rest) for file, seeds_ in left if (rest := [s for s in seeds_ if (file, s) not in counted])]
    return found


def _child(tasks: list[tuple[str, list[int]]], seconds: float) -> list[Trial]:
    """Trials of one child, up to its end; the one that it died on is a crash or a hang."""
    number = sum(len(seeds) for _, seeds in tasks)
    command = [sys.executable, "-m", "spectra.mutation_child", str(seconds)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    outcome, detail = "crash", ""
    try:
        run = subprocess.run(  # noqa: S603 - our own interpreter and module
            command,
            input=json.dumps(tasks),
            capture_output=True,
            text=True,
            timeout=60 + seconds * number,
            env=environment,
            check=False,
        )
        text, detail = run.stdout, run.stderr.strip()[-300:]
    except subprocess.TimeoutExpired as error:
        text = error.stdout.decode() if isinstance(error.stdout, bytes) else (error.stdout or "")
        outcome = "hang"
    done = [Trial(**json.loads(line)) for line in text.split("\n") if line.startswith("{") and line.endswith("}")]
    started = [line[1:].split("\t") for line in text.split("\n") if line.startswith(">")]
    if len(done) < number:
        file, seed = (
            (started[-1][0], int(started[-1][1])) if len(started) > len(done) else (tasks[0][0], tasks[0][1][0])
        )
        done.append(Trial(file, int(seed), "", outcome, detail))
    return done


def copied(original: Path, folder: Path, seed: int) -> tuple[str, Path]:
    """A damaged copy of a file, or of a folder with one damaged file, inside ``folder``; and the kind of damage."""
    target = folder / original.name
    if original.is_file():
        kind, content = damaged(original.read_bytes(), seed)
        target.write_bytes(content)
        for beside in original.parent.glob(f"{original.stem}*.dat"):
            shutil.copyfile(beside, folder / beside.name)
        return kind, target
    shutil.copytree(original, target, copy_function=shutil.copyfile)
    inside = sorted(path for path in target.rglob("*") if path.name in FOLDER_FILES)
    chosen = inside[seed % len(inside)]
    kind, content = damaged(chosen.read_bytes(), seed)
    chosen.write_bytes(content)
    return kind, target


def table(found: Sequence[Trial]) -> str:
    """Number of trials by kind and outcome, one line a kind."""
    outcomes = ("refused", "equal", "beginning", "changed", "crash", "hang", "memory")
    lines = ["kind      " + "".join(f"{outcome:>10}" for outcome in outcomes)]
    for kind in (*KINDS, ""):
        numbers = [sum(t.kind == kind and t.outcome == outcome for t in found) for outcome in outcomes]
        if any(numbers):
            lines.append(f"{kind or '(unknown)':10}" + "".join(f"{number:>10}" for number in numbers))
    return "\n".join(lines)


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for one damaged copy."""
    return tempfile.TemporaryDirectory(prefix="shortrange-")
