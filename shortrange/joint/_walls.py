"""What walls leave of a Gaussian: amounts at zero, ends of windows and limits of a recipe, as Gaussian statements.

A shape at the end of its window is not known there: all that lies within is as possible as spectra and priors say, and
the minimum is its corner. Each wall that is near is taken for the Gaussian statement which gives its linear form the
mean and the sd that the part within has where all other walls are (expectation propagation, arXiv:1111.6832; exact for
one wall). Shapes of a line that hardly shows stay at the wall where they are: its area goes with them as a whole, so
that a Gaussian would move the area and not its sd, and what may be nothing would be seen.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import erfcx

from shortrange.joint.likelihood import Likelihood
from shortrange_core.least_squares import ArrowMinimum, Part, gradient_of

Array = npt.NDArray[np.float64]
REACH = 3.0
"""Sds from the minimum beyond which a wall takes nothing to speak of: one in a thousand. So many an area shows by."""
NO_WAY = 1e-9
"""Sd below which a form does not move: an amount that the balances hold."""
ROUNDS, STEP, STILL = 100, 0.5, 1e-5
"""Rounds at most, part of the way that each goes, and the change of precisions, of what is known, that ends them."""
LEAST_PART, MOST = 1e-6, 1e8
"""Of a variance, what one wall leaves at least; and precision of a statement at most, in that of the spectra: what is
pushed harder has no digits left."""


def walls_of(likelihood: Likelihood) -> tuple[sparse.csr_array, Array]:
    """Rows and levels of all walls: rows @ x + levels is above zero inside."""
    lower, upper = np.array(likelihood.lower), np.array(likelihood.upper)
    moving = lower < upper
    below, above = np.flatnonzero(np.isfinite(lower) & moving), np.flatnonzero(np.isfinite(upper) & moving)
    eye = sparse.eye_array(lower.size, format="csr")
    rows, levels = [eye[below], -eye[above]], [-lower[below], upper[above]]
    for key, (lines, right) in likelihood.limits.items():
        whole = np.zeros((right.size, lower.size))
        whole[:, likelihood.local[key]] = -lines
        rows.append(sparse.csr_array(whole))
        levels.append(right)
    return sparse.csr_array(sparse.vstack(rows)), np.concatenate(levels)


def within_walls(likelihood: Likelihood, minimum: ArrowMinimum) -> tuple[list[Part], list[Part]]:
    """What walls say about a minimum, glass by glass and of the shared last: those of amounts, and all others."""
    rows, levels = walls_of(likelihood)
    root, groups = minimum.factors.root(), likelihood.groups
    forms = rows @ root
    sd = np.sqrt(np.asarray(forms.power(2).sum(axis=1)))
    room = np.maximum(rows @ minimum.x + levels, 0.0)
    blind = abs(rows) @ minimum.factors.blind.astype(float) > 0
    near = np.flatnonzero((room < REACH * sd) & (sd > NO_WAY) & ~blind)
    slope = root.T @ gradient_of(minimum.parts, groups.places, groups.edge)
    covariance, mean = (forms[near] @ forms[near].T).toarray(), -(forms[near] @ slope)
    faint = abs(rows[near]) @ _of_faint(likelihood, minimum, root) > 0
    held, open_ = np.flatnonzero(faint & (room[near] <= 0)), np.flatnonzero(~faint)
    precision, pull = np.zeros(near.size), np.zeros(near.size)
    precision[held] = MOST / covariance.diagonal()[held]
    gain = np.linalg.solve(covariance[np.ix_(held, held)] + np.diag(1 / precision[held]), covariance[held]).T
    left, at = covariance - gain @ covariance[held], mean - gain @ mean[held]
    precision[open_], pull[open_] = _statements(left[np.ix_(open_, open_)], at[open_], room[near][open_])
    felt = precision > 0
    near, pull, scale = near[felt], pull[felt], np.sqrt(precision[felt])
    made = [
        {int(at): float(value * by) for at, value in zip(row.indices, row.data, strict=True)}
        for row, by in zip((rows[[number]] for number in near), scale, strict=True)
    ]
    amounts = np.isin([min(row) for row in made], np.concatenate(list(likelihood.amounts.values())))
    on_amounts, on_others = (
        groups.priors([made[at] for at in np.flatnonzero(kind)], -(pull / scale)[kind]) for kind in (amounts, ~amounts)
    )
    return on_amounts, on_others


def _of_faint(likelihood: Likelihood, minimum: ArrowMinimum, root: sparse.csr_array) -> Array:
    """1 at every shape of a line whose area may be nothing, else 0, in the whole vector."""
    shapes = np.zeros(minimum.x.size)
    for key, block in likelihood.fitted.items():
        local, counts = likelihood.local[key], block.sight.counts
        amounts = local[: counts.shape[1]]
        area, moves = counts @ minimum.x[amounts], counts @ root[amounts].toarray()
        faint = area < REACH * np.sqrt(np.sum(moves**2, axis=1))
        texts = {text for text, hardly in zip(block.texts, faint, strict=True) if hardly}
        names = {p.name for peak in block.data.model.peaks if peak.assignment in texts for p in peak.parameters}
        shapes[local[block.own_at][[name in names for name in block.own]]] = 1.0
    return shapes


def _statements(covariance: Array, mean: Array, room: Array) -> tuple[Array, Array]:
    """Precision of the statement of every wall, and precision times centre, on forms that stay above minus their room.

    Examples
    --------
    Half of a Gaussian has its mean at 0.80 and the variance 0.36:

    >>> precision, pull = _statements(np.eye(1), np.zeros(1), np.zeros(1))
    >>> (pull / (1 + precision)).round(2).tolist(), (1 / (1 + precision)).round(2).tolist()
    ([0.8], [0.36])
    """
    spread = covariance.diagonal()
    precision, pull = np.zeros(mean.size), np.zeros(mean.size)
    for _ in range(ROUNDS if mean.size else 0):
        across = np.sqrt(precision)[:, None] * covariance
        centre = mean + covariance @ pull
        inner = np.eye(mean.size) + across * np.sqrt(precision)
        lost = across.T @ np.linalg.solve(inner, np.column_stack([across, np.sqrt(precision) * centre]))
        variance = np.maximum(spread - lost[:, :-1].diagonal(), spread / MOST / 2)
        others = np.maximum(1 / variance - precision, np.finfo(float).tiny)
        at, sd = ((centre - lost[:, -1]) / variance - pull) / others, others**-0.5
        z = (at + room) / sd
        push = np.sqrt(2 / np.pi) / erfcx(-z / np.sqrt(2))
        left = np.maximum(1 - push * (push + z), LEAST_PART)
        wanted = others * (1 / left - 1)
        aim = wanted * at + others * sd * push / left
        kept = 1 / np.maximum(1.0, wanted * spread / MOST)
        change = float(np.max(np.abs(kept * wanted - precision) * variance))
        precision, pull = precision + STEP * (kept * wanted - precision), pull + STEP * (kept * aim - pull)
        if change < STILL:
            break
    return precision, pull
