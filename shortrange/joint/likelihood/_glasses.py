"""What the joint likelihood is made for: glasses, and priors in words of the report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import structure

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class JointGlass:
    """One composition of the series, with its allowed species and first amounts; ``place`` as of the coupling."""

    name: str
    composition: structure.Composition
    species: tuple[str, ...]
    start: Array
    place: float
    statements: tuple[structure.Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class PriorTerm:
    """A prior of the joint likelihood: what it is about, in words of the report."""

    name: str
    mean: float
    sd: float
    source: str
