"""How the vector of a series falls into glasses and what they share: the arrow of its curvature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import Part

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


class Groups:
    """Places of every group and of the shared parameters in one vector.

    Parameters
    ----------
    owner
        Of every parameter the number of its group; -1 where it is shared.
    count
        Number of groups.
    """

    def __init__(self, owner: Places, count: int) -> None:
        self.owner = owner
        by_group = np.argsort(owner, kind="stable")
        ends = np.searchsorted(owner[by_group], np.arange(-1, count), side="right")
        self.edge = np.sort(by_group[: ends[0]])
        self.places = [np.sort(by_group[a:b]) for a, b in pairwise(ends)]
        self.inner = np.zeros(owner.size, dtype=np.intp)
        for at in (*self.places, self.edge):
            self.inner[at] = np.arange(at.size)

    def part(self, number: int, columns: Places, residual: Array, jacobian: Array) -> Part:
        """Residuals (m,) with derivatives in some parameters (m, columns), in those of a group and in the shared ones.

        The group behind the last one has nothing of its own.
        """
        shared = self.owner[columns] < 0
        size = self.places[number].size if number < len(self.places) else 0
        own, common = np.zeros((residual.size, size)), np.zeros((residual.size, self.edge.size))
        own[:, self.inner[columns[~shared]]] = jacobian[:, ~shared]
        common[:, self.inner[columns[shared]]] = jacobian[:, shared]
        return Part(residual, own, common)

    def priors(self, rows: Sequence[Mapping[int, float]], levels: Array) -> list[Part]:
        """Linear residuals, ``levels`` at the origin, by the group that each concerns; those of shared ones last."""
        mine: list[list[int]] = [[] for _ in range(len(self.places) + 1)]
        for number, row in enumerate(rows):
            mine[max(self.owner[at] for at in row)].append(number)
        return [
            self._together(group, [rows[k] for k in numbers], levels[numbers]) for group, numbers in enumerate(mine)
        ]

    def _together(self, group: int, rows: Sequence[Mapping[int, float]], levels: Array) -> Part:
        columns = np.array(sorted({at for row in rows for at in row}), dtype=np.intp)
        table = np.zeros((len(rows), columns.size))
        for line, row in zip(table, rows, strict=True):
            line[np.searchsorted(columns, list(row))] = list(row.values())
        return self.part(group, columns, levels, table)


def joined(parts: Sequence[Part]) -> Part:
    """Parts of one group as one."""
    return Part(
        np.concatenate([part.residual for part in parts]),
        np.concatenate([part.own for part in parts]),
        np.concatenate([part.shared for part in parts]),
    )
