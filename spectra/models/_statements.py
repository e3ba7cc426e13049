r"""Prior terms of a model, each statement once.

A prior is a statement about a quantity of the sample, not about a row of a table. Where links, equality constraints or
a shared parameter make several parameters one, a prior that stands at each of them is still one statement. With every
parameter expressed by those that are not linked, :math:`\theta_i = \sum_j s_{ij}\theta_j + b_i`, the term of a prior is

.. math:: t_i = \left(\textstyle\sum_j s_{ij}\theta_j + b_i - \mu_i\right) / \sigma_i,

and two terms of one source with the same coefficients and the same constant are the same: the second adds no knowledge,
and counting it n times would shrink the standard deviation by the root of n. Terms that differ in mean, sd or source
are different statements; all of them count, as independent measurements of one quantity do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
SAME = 1e-9
"""Coefficients and constants that differ by less, relative to the term, come from rounding of links."""


@dataclass(frozen=True, eq=False, slots=True)
class Terms:
    """Linear terms ``rows @ parameters + constants``, with the parameter and the source of each."""

    rows: Array
    constants: Array
    names: tuple[str, ...]
    sources: tuple[str, ...]

    def only(self, kept: npt.NDArray[np.bool_]) -> Terms:
        """The terms that are kept."""
        chosen = np.flatnonzero(kept)
        return Terms(
            self.rows[chosen],
            self.constants[chosen],
            tuple(self.names[i] for i in chosen),
            tuple(self.sources[i] for i in chosen),
        )


def uncorrelating(share: float, size: int) -> Array:
    r"""What makes correlated terms uncorrelated: (size, size), where terms have a share of their variance in common.

    Terms :math:`t` of unit variance and correlation :math:`\rho` count as :math:`t^T R^{-1} t`, which is the square of
    :math:`R^{-1/2} t`; this is the symmetric root

    .. math:: \frac{1}{\sqrt{1-\rho}} \left[1 - \frac{1}{k}\left(1 - \sqrt{\frac{1-\rho}{1-\rho+k\rho}}\right) J\right]

    with J full of ones, :math:`0 \le \rho < 1` the share and k the size.

    Examples
    --------
    >>> uncorrelating(0.0, 2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    own = 1 - share
    root = np.eye(size) - (1 - np.sqrt(own / (own + size * share))) / size
    return np.asarray(root / np.sqrt(own), dtype=float)


def in_common(terms: Terms, groups: Sequence[tuple[float, Sequence[int]]]) -> Terms:
    """The terms with those of every group correlated by a share of their variance, as terms that are not correlated.

    Parameters
    ----------
    terms
        Prior terms.
    groups
        Share of the variance in common, 0 <= rho < 1, and places of the terms; k of one group.

    Examples
    --------
    Two widths that are both one sd too large are less of a surprise together than apart, 2/(1 + rho) in place of 2:

    >>> both = Terms(np.eye(2), np.ones(2), ("a", "b"), ("s", "s"))
    >>> found = in_common(both, [(0.5, [0, 1])]).constants
    >>> round(float(found @ found), 3)
    1.333
    """
    rows, constants = terms.rows.copy(), terms.constants.copy()
    for share, places in groups:
        root = uncorrelating(share, len(places))
        rows[places], constants[places] = root @ rows[places], root @ constants[places]
    return Terms(rows, constants, terms.names, terms.sources)


def counted(
    rows: Array, constants: Array, sources: Sequence[str], equalities: tuple[Array, Array] | None = None
) -> npt.NDArray[np.bool_]:
    """True for every term that is no repetition of one before it.

    Parameters
    ----------
    rows, constants
        k x n coefficients of the terms in parameters that no link joins, and k constants.
    sources
        Where each statement comes from.
    equalities
        ``(A, b)`` with A x = b among the n parameters: what they make one is one, as with a link.

    Examples
    --------
    >>> twice = np.array([[2.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
    >>> counted(twice, np.full(3, -6.0), ["a", "a", "a"]).tolist()
    [True, False, True]
    >>> counted(twice, np.full(3, -6.0), ["a", "b", "a"]).tolist()
    [True, True, True]
    """
    reduced, levels = rows, constants
    if equalities is not None and rows.size:
        across = np.linalg.pinv(equalities[0])
        reduced = rows - rows @ across @ equalities[0]
        levels = constants + rows @ across @ equalities[1]
    kept = np.ones(len(rows), dtype=bool)
    for i in range(len(rows)):
        scale = SAME * float(np.abs(rows[i]).max(initial=0.0))
        if not float(np.abs(reduced[i]).max(initial=0.0)) > scale:
            continue  # nothing of it is free: a constant of its own
        for j in (int(n) for n in np.flatnonzero(kept[:i])):
            near = SAME * max(abs(levels[i]), 1.0)
            same = sources[i] == sources[j] and abs(levels[i] - levels[j]) <= near
            if same and np.allclose(reduced[i], reduced[j], rtol=0, atol=scale):
                kept[i] = False
                break
    return kept
