"""Damaged copies of instrument files: made by seed, read in a child process under limits, and judged.

Every damaged copy must end in a named error or in arrays: never in another exception, a hang, or memory without bound.
The arrays are held to those of the original: see :mod:`studies.damage._outcomes`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studies.damage._outcomes import OUTCOMES

KINDS = ("cut", "flip", "absurd", "scramble", "empty")
ABSURD_TEXT = ("999999999999", "-1", "0", "1e308", "nan", "", "99999999999999999999999999", "1e-320")
ABSURD_BYTES = (b"\xff" * 8, b"\x00" * 8, b"\xff\xff\xff\x7f" * 2, b"\x00\x00\x00\x80" * 2, b"\xff\xff\x00\x00" * 2)
HEADER_BYTES = 4096
SECONDS_A_READ = 20.0
START_SECONDS = 120.0
LIST = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Trial:
    """One damaged copy and how reading it ended.

    Parameters
    ----------
    file
        Path of the original.
    seed, kind
        What was done to it.
    outcome
        One of :data:`studies.damage._outcomes.OUTCOMES`.
    detail
        The error, or how the arrays differ.
    format
        Name of the reader of the original; empty where the original is refused.
    """

    file: str
    seed: int
    kind: str
    outcome: str
    detail: str = ""
    format: str = ""


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


def extent(original: bytes, copy: bytes) -> int:
    """Number of bytes that differ, or, where the length changed, the length of the stretch between equal ends.

    Examples
    --------
    >>> extent(b"abcdef", b"aXcdYf"), extent(b"abcdef", b"af"), extent(b"ab", b"ab")
    (2, 4, 0)
    """
    if len(original) == len(copy):
        return int(np.sum(np.frombuffer(original, np.uint8) != np.frombuffer(copy, np.uint8)))
    start = _shared(original, copy)
    end = _shared(original[start:][::-1], copy[start:][::-1])
    return max(len(original), len(copy)) - start - end


def _shared(a: bytes, b: bytes) -> int:
    """Length of the beginning that two texts share."""
    size = min(len(a), len(b))
    differs = np.frombuffer(a, np.uint8, size) != np.frombuffer(b, np.uint8, size)
    return int(np.argmax(differs)) if differs.any() else size


def trials(
    files: Sequence[Path], seeds: Sequence[int], *, reader: str, listed: bool = False, seconds: float = SECONDS_A_READ
) -> list[Trial]:
    """Read damaged copies of all files in child processes.

    Parameters
    ----------
    files
        Instrument files, or folders of them.
    seeds
        One damaged copy of each file for each seed.
    reader
        ``"module:function"``; the function takes a path and gives a tuple of
        :class:`studies.damage._outcomes.Reading`, or raises BadInput.
    listed
        True to lay a list of the original's checksums beside every copy.
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
        found += _child(left, [reader, "listed" if listed else "", str(seconds)], seconds)
        counted = {(trial.file, trial.seed) for trial in found}
        left = [(file, rest) for file, seeds_ in left if (rest := [s for s in seeds_ if (file, s) not in counted])]
    return found


def _child(tasks: list[tuple[str, list[int]]], arguments: list[str], seconds: float) -> list[Trial]:
    """Trials of one child, up to its end; the one that it died on is a crash or a hang."""
    number = sum(len(seeds) for _, seeds in tasks)
    command = [sys.executable, "-m", "studies.damage._child", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    outcome, detail = "crash", ""
    try:
        run = subprocess.run(
            command,
            input=json.dumps(tasks),
            capture_output=True,
            text=True,
            timeout=START_SECONDS + seconds * number,
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


def copied(original: Path, folder: Path, seed: int, *, listed: bool) -> tuple[str, Path, int]:
    """A damaged copy of a file, or of a folder with one damaged file, inside ``folder``.

    Returns
    -------
    tuple
        Kind of damage, path of the copy, and the number of damaged bytes.
    """
    target = folder / original.name
    if original.is_dir():
        shutil.copytree(original, target, copy_function=shutil.copyfile)
        beside = sorted(path for path in target.rglob("*") if path.is_file() and path.stat().st_size)
        chosen = beside[(seed + seed // len(KINDS)) % len(beside)]  # every kind of damage reaches every file
    else:
        beside = [folder / path.name for path in original.parent.glob(f"{original.stem}*.dat")]
        for path in [*beside, target]:
            shutil.copyfile(original.parent / path.name, path)
        chosen = target
    if listed:
        for path in {*beside, chosen}:  # readers look beside a file, not above it
            with (path.parent / LIST).open("a", encoding="utf-8") as stream:
                stream.write(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
    content = chosen.read_bytes()
    kind, copy = damaged(content, seed)
    chosen.chmod(0o600)
    chosen.write_bytes(copy)
    return kind, target, extent(content, copy)


def table(found: Sequence[Trial], *, by: str = "kind") -> str:
    """Number of trials by kind of damage or by format (``by``) and outcome, one line each."""
    used = [outcome for outcome in OUTCOMES if any(trial.outcome == outcome for trial in found)]
    names = sorted({getattr(trial, by) for trial in found})
    lines = [f"| {by} | files | copies | " + " | ".join(used) + " |", "|---" * (len(used) + 3) + "|"]
    for name in [*names, None]:
        rows = [trial for trial in found if name is None or getattr(trial, by) == name]
        numbers = [sum(trial.outcome == outcome for trial in rows) for outcome in used]
        label = "all" if name is None else name or "(refused as it is)"
        files = len({trial.file for trial in rows})
        lines.append(f"| {label} | {files} | {len(rows)} | " + " | ".join(map(str, numbers)) + " |")
    return "\n".join(lines)
