"""Shapes that go together along a series: where each stands in the whole vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange.joint.likelihood import Coupling, Likelihood

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class CoupledShape:
    """One coupled shape along the series: where it stands in the whole vector, level and change first.

    Parameters
    ----------
    technique, line, quantity
        Such as ``31P NMR``, ``p_s4``, ``zeta``.
    level, change
        Places of both.
    keys, members
        Spectra that have it, and its place for each.
    coupling
        Its sds along the series.
    """

    technique: str
    line: str
    quantity: str
    level: int
    change: int
    keys: tuple[str, ...]
    members: npt.NDArray[np.intp]
    coupling: Coupling


def shapes_of(likelihood: Likelihood) -> list[CoupledShape]:
    """Every coupled shape that more than one spectrum has."""
    shapes = []
    line_of = {p.name: p.peak for block in likelihood.fitted.values() for p in block.data.model.all_parameters}
    for (technique, name), (level, change) in likelihood.common.items():
        coupling, quantity = likelihood.couplings[name, technique]
        members = likelihood.members[level]
        keys = tuple(key for key, block in likelihood.fitted.items()
                     if block.data.technique == technique and name in block.own)  # fmt: skip
        if members.size > 1:
            shapes.append(CoupledShape(technique, line_of[name], quantity, level, change, keys, members, coupling))
    return shapes


def known_before(likelihood: Likelihood) -> dict[int, tuple[float, float]]:
    """Mean and sd of what is known of a parameter alone before the spectra, by its place: of levels, mostly."""
    laws = {level: (term.mean, term.sd) for level, term in likelihood.known.items()}
    for row, constant in zip(likelihood.rows, likelihood.constants, strict=True):
        if len(row) == 1:
            ((at, inverse_sd),) = row.items()
            laws[at] = (-constant / inverse_sd, 1 / inverse_sd)
    return laws


def sds_from(laws: Mapping[int, tuple[float, float]], shape: CoupledShape, x: Array) -> float:
    """How many sds the level of a shape is from what is known of it, 0 where nothing is; anisotropies by their size."""
    mean, sd = laws.get(shape.level, (0.0, np.inf))
    value = float(x[shape.level])
    return abs(abs(value) - abs(mean) if shape.quantity == "zeta" else value - mean) / sd


def placed(shape: CoupledShape, value: float, x: Array) -> Array:
    """All parameters, with the shape at one value along the series."""
    start = x.copy()
    start[shape.members], start[shape.level], start[shape.change] = value, value, 0.0
    return start
