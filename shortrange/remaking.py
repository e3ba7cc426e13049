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
    versions
        Libraries whose versions differ: stored and present.
    """

    identical: bool
    largest_difference: float
    numbers: int
    versions: Mapping[str, tuple[str, str]]

    @property
    def same(self) -> bool:
        """Equal within :data:`TOLERANCE`."""
        return self.largest_difference <= TOLERANCE

    @property
    def text(self) -> str:
        """The comparison in a sentence."""
        changed = ", ".join(f"{name} {old} -> {new}" for name, (old, new) in self.versions.items())
        verdict = "identical" if self.identical else f"largest relative difference {self.largest_difference:.2g}"
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
        raise BadInput(f"{os.fspath(path)}: holds a {type(stored).__name__}, not an analysis; give a results.nc")
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
    again = analyse_measured(*source, progress=progress, routes=stored.routes, places=stored.places)
    old, new = stored.provenance.versions, again.provenance.versions
    versions = {
        name: (old.get(name, "-"), new.get(name, "-")) for name in {**old, **new} if old.get(name) != new.get(name)
    }
    differences, same, count = [0.0], True, 0
    before, after = all_tables(stored), all_tables(again)
    for name, frame in before.items():
        gap, equal, numbers = _compared(frame, after[name])
        differences.append(gap)
        same, count = same and equal, count + numbers
    return RemakeComparison(same, max(differences), count, versions)


def _compared(one: pd.DataFrame, other: pd.DataFrame) -> tuple[float, bool, int]:
    if one.shape != other.shape or list(one.columns) != list(other.columns):
        return np.inf, False, one.size
    gap, equal, count = 0.0, True, 0
    for column in one.columns:
        if not pd.api.types.is_float_dtype(one[column]):
            equal &= one[column].astype(str).equals(other[column].astype(str))
            continue
        a, b = one[column].to_numpy(float), other[column].to_numpy(float)
        count += a.size
        if not np.array_equal(np.isnan(a), np.isnan(b)):
            return np.inf, False, count
        numbers = ~np.isnan(a)
        equal &= bool(np.array_equal(a[numbers], b[numbers]))
        scale = max(1.0, float(np.max(np.abs(a[numbers]), initial=0.0)))
        gap = max(gap, float(np.max(np.abs(a[numbers] - b[numbers]), initial=0.0)) / scale)
    return gap, equal, count
