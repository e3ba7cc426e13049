"""Repeating a stored analysis: identical on the same machine and versions, to 1e-8 elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from shortrange.exports import all_tables
from shortrange.results import Analysis
from shortrange.routes import analyse_measured
from shortrange.stepwise import Progress
from shortrange_core import load
from shortrange_core.errors import BadInput
from shortrange_core.showing import Shown

RESULTS = "results.nc"
TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True)
class RemakeComparison(Shown):
    """How a repeated analysis compares with the stored one.

    Parameters
    ----------
    identical
        Every number is the same to the last bit.
    largest_difference
        Largest difference of two numbers, relative to the larger of 1 and their column's largest size.
    numbers
        How many numbers were compared.
    texts
        Tables whose rows or texts differ.
    versions
        Libraries whose versions differ: stored and present.
    """

    identical: bool
    largest_difference: float
    numbers: int
    texts: tuple[str, ...]
    versions: Mapping[str, tuple[str, str]]

    @property
    def same(self) -> bool:
        """Numbers equal within :data:`TOLERANCE`, and the same rows."""
        return self.largest_difference <= TOLERANCE and not self.texts

    @property
    def text(self) -> str:
        """The comparison in a sentence."""
        changed = ", ".join(f"{name} {old} -> {new}" for name, (old, new) in self.versions.items())
        verdict = "identical" if self.identical else f"largest relative difference {self.largest_difference:.2g}"
        if self.texts and not self.identical:
            verdict += f"; rows or texts of {', '.join(self.texts)} differ"
        return f"{self.numbers} numbers compared: {verdict}" + (f"; versions differ: {changed}" if changed else "")


def record_in(path: str | os.PathLike[str]) -> Path:
    """The record that a path names: itself, or ``results.nc`` where it is the folder of a run."""
    return Path(path) / RESULTS if Path(path).is_dir() else Path(path)


def stored_analysis(path: str | os.PathLike[str]) -> Analysis:
    """The analysis in a file.

    Parameters
    ----------
    path
        ``results.nc`` of an analysis, or the folder that ``analyse`` wrote.

    Raises
    ------
    BadInput
        If the file holds no analysis.
    """
    stored = load(record_in(path))
    if not isinstance(stored, Analysis):
        raise BadInput(f"{os.fspath(path)}: contains a {type(stored).__name__}, not an analysis; give a results.nc")
    return stored


def remake(path: str | os.PathLike[str], *, progress: Progress = lambda _step: None) -> RemakeComparison:
    """Run a stored analysis again from the spectra, recipe and priors inside it, and compare all tables.

    Parameters
    ----------
    path
        ``results.nc`` of an analysis, or the folder that holds it.
    progress
        Called with the name of every step.

    Raises
    ------
    BadInput
        If the file holds no analysis.
    """
    stored = stored_analysis(path)
    source = (stored.recipe, stored.measured, stored.priors, stored.library)
    again = analyse_measured(*source, progress=progress, routes=stored.routes, places=lambda: stored.places)
    old, new = stored.provenance.versions, again.provenance.versions
    versions = {
        name: (old.get(name, "-"), new.get(name, "-")) for name in {**old, **new} if old.get(name) != new.get(name)
    }
    before, after = all_tables(stored), all_tables(again)
    gaps = {name: _gap(frame, after[name]) for name, frame in before.items()}
    texts = tuple(name for name, frame in before.items() if not _same_texts(frame, after[name]))
    same = not texts and all(gap == 0 for gap, _ in gaps.values())
    return RemakeComparison(
        same, max((gap for gap, _ in gaps.values()), default=0.0), sum(n for _, n in gaps.values()), texts, versions
    )


def _gap(one: pd.DataFrame, other: pd.DataFrame) -> tuple[float, int]:
    """Largest relative difference of the numbers of a table, infinite where one is not a number; their count."""
    if len(one) != len(other) or list(one.columns) != list(other.columns):
        return 0.0, 0  # told as rows that differ
    gap, count = 0.0, 0
    for column in one.select_dtypes("float"):
        a, b = one[column].to_numpy(float), other[column].to_numpy(float)
        count += a.size
        apart = ~((a == b) | (np.isnan(a) & np.isnan(b)))
        if not np.any(apart):
            continue
        if not np.all(np.isfinite(a[apart]) & np.isfinite(b[apart])):
            return np.inf, count
        scale = max(1.0, float(np.max(np.abs(a[np.isfinite(a)]))))
        gap = max(gap, float(np.max(np.abs(a[apart] - b[apart]))) / scale)
    return gap, count


def _same_texts(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    words = [frame.select_dtypes(exclude="float").astype(str) for frame in (one, other)]
    return len(one) == len(other) and words[0].equals(words[1])
