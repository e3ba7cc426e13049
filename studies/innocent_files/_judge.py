"""What reading an innocent file must give, and what it gave."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import spectra
from shortrange_core import BadInput
from studies.innocent_files._hands import LAYOUTS, edited
from studies.innocent_files._measurements import Array, Writer, Written, measurement
from studies.innocent_files._programs import PROGRAMS

OUTCOMES = ("read", "noted", "refused", "wrong")
EDITED_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one file was read: ``outcome`` is one of ``OUTCOMES``, ``why`` the first difference, note or error."""

    seed: int
    writer: str
    program: bool
    edits: tuple[str, ...]
    odd: bool
    outcome: str
    why: str


def verdicts(seeds: Iterable[int], folder: Path, *, only: str = "") -> Iterator[Verdict]:
    """Write, edit, read and judge one file a seed; every second one by a program's own writer."""
    for seed in seeds:
        rng = np.random.default_rng(seed)
        program = seed % 2 == 0
        writers: dict[str, Writer] = {k: w for k, w in (PROGRAMS if program else LAYOUTS).items() if only in k}
        if not writers:
            continue
        name = list(writers)[seed // 2 % len(writers)]
        place = folder / f"{seed}"
        place.mkdir()
        written = writers[name](place, measurement(rng), rng)
        edits: tuple[str, ...] = ()
        if rng.random() < EDITED_SHARE:
            written, edits = edited(written, rng)
        outcome, why = judged(written)
        yield Verdict(seed, name, program, edits, written.odd, outcome, why)


def judged(written: Written) -> tuple[str, str]:
    """Outcome of reading one file, and why."""
    truth = written.truth
    try:
        blocks = spectra.contents(written.path)
        if len(blocks) != len(truth.y):
            return "wrong", f"{len(blocks)} blocks for {len(truth.y)}: {[b.name for b in blocks]}"
        notes: list[str] = []
        for block, name, y in zip(blocks, truth.names, truth.y, strict=True):
            spectrum = spectra.read(written.path, block=block.name, technique=truth.technique)
            if written.named and len(truth.y) > 1 and name not in block.name:
                return "wrong", f"{block.name!r} is called {name!r}"
            if difference := _difference(spectrum, truth.x, y, written.close):
                return "wrong", difference
            notes += [note.code for note in spectra.notes_of_reading(spectrum)]
    except BadInput as error:
        return "refused", str(error)
    return ("noted", ", ".join(sorted(set(notes)))) if notes else ("read", "")


def _difference(spectrum: Any, x: Array, y: Array, close: float) -> str:
    axis = next(str(d) for d in spectrum["intensity"].dims if d in spectra.AXES)
    order = np.argsort(x)
    found, values = spectrum[axis].values, spectrum["intensity"].values.real
    if found.size != x.size:
        return f"{found.size} points for {x.size}"
    for what, ours, theirs in (("axis", found, x[order]), ("intensity", values, y[order])):
        scale = np.max(np.abs(theirs))
        if np.max(np.abs(ours - theirs)) > close * scale:
            worst = int(np.argmax(np.abs(ours - theirs)))
            return f"{what} {ours[worst]:.9g} for {theirs[worst]:.9g} at point {worst + 1}"
    return ""


def report(found: list[Verdict]) -> str:
    """Table of outcomes by writer, and the rate of notes where nothing is odd."""
    rows = ["| writer | by | files | edited | read | noted, odd | noted, nothing odd | refused | wrong |"]
    rows.append("|" + "---|" * 9)
    by_writer: dict[tuple[bool, str], list[Verdict]] = collections.defaultdict(list)
    for verdict in found:
        by_writer[(not verdict.program, verdict.writer)].append(verdict)
    groups = [(name, "layout" if layout else "program", group) for (layout, name), group in sorted(by_writer.items())]
    for name, who, group in [*groups, ("**all**", "", found)]:
        count = collections.Counter((v.outcome, v.odd) for v in group)
        outcomes = [count[outcome, False] + count[outcome, True] for outcome in ("read", "refused", "wrong")]
        rows.append(
            f"| {name} | {who} | {len(group)} | {sum(bool(v.edits) for v in group)} | {outcomes[0]} | "
            f"{count['noted', True]} | {count['noted', False]} | {outcomes[1]} | {outcomes[2]} |"
        )
    plain = [v for v in found if not v.odd]
    noted = sum(v.outcome == "noted" for v in plain)
    programs = sum(v.program for v in found)
    rows.append(f"\n{programs} of {len(found)} files by programs' own writers; {noted} of {len(plain)} files that")
    rows.append(f"nothing is odd about carry a note ({100 * noted / max(1, len(plain)):.2f} %).")
    return "\n".join(rows)
