"""Whether the background or the shape of the lines decides the areas: the fit repeated with the others of the trade.

An area has the sd of its own background and of its own shape, and no sd holds that another was as good. One descent
each, from where the fit ended and in its noise, tells what the others give: a straight line, Shirley and Tougaard
inside the fit, and a Shirley pinned to the ends of the region, as most published fits have it
(``studies/xps_published.md``); Voigt lines and products of Gaussian and Lorentzian where nobody states the shape
(``studies/xps_shapes.md``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core import Estimates, Note, Severity
from shortrange_core.kept import kept
from shortrange_core.shown_numbers import shown
from shortrange_core.spelling import option
from spectra.fits import Fit
from spectra.xps._other_backgrounds import (
    INSIDE,
    LINE,
    Alternative,
    not_rejected,
    other_ends,
    over_another_background,
    own_end,
    reshaped_ends,
)
from spectra.xps._other_shapes import NAMED
from spectra.xps._surface import NEEDED

Array = npt.NDArray[np.float64]
BACKGROUND, SHAPE = "background-decides", "shape-decides"
ACCEPTED = 4.0
"""chi2 over that of the fit up to which the residuals stay below twice the noise: published fits have that."""
TOLD, DECIDES = 1.0, 2.0
"""Standard deviations by which an area moves that are told, and that decide where chi2 does not."""
PREFERRED = 4.0
"""Fall of chi2 from which another shape counts in evidence (``studies/xps_shapes.md``)."""
NOT_APART = "the data do not decide between them, and the sds of the areas do not include this"


@dataclass(frozen=True)
class _Move:
    """How far the quantity that moves most goes over another background; ``sds`` are those of the fit."""

    end: Alternative
    quantity: int
    before: float
    after: float
    sds: float

    def told(self, names: Sequence[str]) -> str:
        """The move in words."""
        way = f"{names[self.quantity]} is {shown(self.after)} instead of {shown(self.before)}"
        return f"with {self.end.name} {way} ({self.sds:.1f} sds, chi2 {shown(self.end.chi2)})"

    def apart(self, sd: Array) -> float:
        """The move over the larger of both sds."""
        both = max(sd[self.quantity], _with_shares(self.end.areas, self.end.spread().covariance)[1][self.quantity])
        return abs(self.after - self.before) / both if both > 0 else 0.0


def remarks_of_background(fit: Fit) -> tuple[Note, ...]:
    """How far areas and shares move over other backgrounds; nothing where the model has none, or none moves them."""
    if not fit.status.trusted or not fit.model.background:
        return ()
    moves = _Moves(fit, other_ends(fit))
    moved = [one for one in moves.all if one.sds > TOLD and one.end.chi2 < ACCEPTED * moves.own.chi2]
    if not moved:
        return ()
    decide, text = moves.decisive(moved), f"areas depend on the background ({moves.told(moved)}"
    if not decide:
        return (Note(BACKGROUND, Severity.INFO, text, "compare them only with areas over the same background"),)
    if moves.beaten:
        remedy = (
            f"take {moves.best.name}{_stated_by(moves.best.name)}, which describes the data better, or measure further "
            "on both sides of the lines"
        )
    else:
        text += f"; {NOT_APART}"
        remedy = "measure further on both sides of the lines, or give the range of the areas over backgrounds"
    return (Note(BACKGROUND, Severity.WARNING, text, remedy),)


def remarks_of_shape(fit: Fit) -> tuple[Note, ...]:
    """How far areas and shares move with other shapes that the data do not reject; nothing where a shape is stated.

    A shape is advised where the data reject the lines as they are over every background: over losses, lines of the
    right shape ask for another over a Shirley (``studies/xps_shapes.md``).
    """
    if not fit.status.trusted:
        return ()
    moves = _Moves(fit, reshaped_ends(fit))
    moved = [one for one in moves.all if one.sds > TOLD and one.end.chi2 < moves.least + NEEDED]
    if not moved:
        return ()
    text = f"areas depend on the line shape, which is not stated ({moves.told(moved)}"
    if moves.beaten and moves.decisive(moved):
        as_good = over_another_background(fit)
        if as_good is not None:
            text += f"; {as_good.name} describes the data with the present shape (chi2 {shown(as_good.chi2)})"
            remedy = f"take {as_good.name}{_stated_by(as_good.name)} rather than another shape"
            return (Note(SHAPE, Severity.INFO, text, remedy),)
        shape = option("shape", NAMED[moves.best.name])
        remedy = f"take {moves.best.name} ({shape}), which describe the data better, or give the range of the areas"
        return (Note(SHAPE, Severity.WARNING, text, remedy),)
    # most crowded regions leave the shape open: a warning beside every one of them would not be read
    remedy = f"state the line shape if it is known ({option('shape')}), or give the range of the areas"
    return (Note(SHAPE, Severity.INFO, f"{text}; {NOT_APART}", remedy),)


class _Moves:
    """Moves from a fit to other ends of it."""

    def __init__(self, fit: Fit, others: Sequence[Alternative]) -> None:
        self.names, _, self.own = own_end(fit)
        before, self.sd = _with_shares(self.own.areas, self.own.spread().covariance)
        self.all = [_move(before, self.sd, one) for one in others]
        self.best = min((self.own, *others), key=lambda one: one.chi2)
        self.least = self.best.chi2

    @property
    def beaten(self) -> bool:
        """Whether the data reject the fit for another end."""
        return self.own.chi2 > self.least + NEEDED

    def decisive(self, moved: Sequence[_Move]) -> list[_Move]:
        """Those that the data do not reject, farther off than both sds allow."""
        return [one for one in moved if one.end.chi2 < self.least + NEEDED and one.apart(self.sd) > DECIDES]

    def told(self, moved: Sequence[_Move]) -> str:
        """chi2 of the fit and the moves in words, the decisive ones first."""
        decide = self.decisive(moved)
        ordered = sorted(moved, key=lambda one: (one not in decide, -one.sds))
        return f"chi2 {shown(self.own.chi2)} here): {'; '.join(one.told(self.names) for one in ordered)}"


def _stated_by(name: str) -> str:
    """How a background is asked for."""
    words = {LINE: "linear", **{inside: kind for kind, (inside, _) in INSIDE.items()}}
    return f" ({option('background', words[name])})" if name in words else ""


def area_ranges(fit: Fit) -> dict[str, tuple[float, float]]:
    """95 % ranges of the areas of the lines that count over all backgrounds and shapes that the data do not reject.

    The interval of the fit, and those over the other backgrounds of the trade (a straight line, Shirley, Tougaard and a
    Shirley pinned to the ends; none where the model has no background inside) and with Voigt lines and products of
    Gaussian and Lorentzian (none where a shape is stated) whose chi2 lies within 6 of the least; from the lowest end to
    the highest.

    Parameters
    ----------
    fit
        Fit of a photoelectron region.

    Returns
    -------
    dict
        By line: lower and upper end, in the unit of ``fit.areas``; not below 0 where the area is not.
    """
    rows, ends = not_rejected(fit)
    own = ends[0]
    below, above = np.array([one.spread().reach() for one in ends]).transpose(1, 0, 2)
    areas = np.array([one.areas for one in ends])
    lower, upper = (areas - below).min(axis=0), (areas + above).max(axis=0)
    lower = np.where(own.areas >= 0, np.maximum(lower, 0.0), lower)
    names = [fit.model.peaks[row].name for row in rows]
    return {name: (float(low), float(high)) for name, low, high in zip(names, lower, upper, strict=True)}


@kept
def areas_over_shapes(fit: Fit) -> Estimates:
    """Areas of a fit as evidence; the covariance includes how far they move with a shape that the data prefer.

    Where nobody states the shape and another symmetric one has a chi2 lower by more than 4, the square of that move is
    added. A shape that is only as good adds nothing: crowded regions leave it open, and the move is then mostly noise.
    """
    areas, (_, rows, own) = fit.areas, own_end(fit)
    others = reshaped_ends(fit) if fit.status.trusted else []
    best = min((own, *others), key=lambda one: one.chi2)
    if best.chi2 > own.chi2 - PREFERRED:
        return areas
    move = np.zeros(len(areas))
    move[rows] = best.areas - own.areas
    wider = areas.covariance.values + np.outer(move, move)
    return Estimates.build(areas.entries, areas.value.values, wider, **areas.facets)


def whole_ratios(fit: Fit) -> tuple[float, float]:
    """Smallest and largest sum of areas over backgrounds and shapes that are not rejected, over that of the fit."""
    _, ends = not_rejected(fit)
    sums = [float(one.areas.sum()) for one in ends]
    if not sums[0] > 0:
        return 1.0, 1.0
    return max(min(sums) / sums[0], 0.0), max(sums) / sums[0]


def _with_shares(areas: Array, covariance: Array) -> tuple[Array, Array]:
    """Areas, and shares where there are two or more, with their sds."""
    variances = np.diag(covariance)
    whole = float(areas.sum())
    if areas.size > 1 and whole > 0:
        slopes = (np.eye(areas.size) - (areas / whole)[:, None]) / whole
        variances = np.concatenate([variances, np.diag(slopes @ covariance @ slopes.T)])
        areas = np.concatenate([areas, areas / whole])
    return areas, np.sqrt(np.maximum(variances, 0.0))


def _move(before: Array, sd: Array, end: Alternative) -> _Move:
    after = _with_shares(end.areas, np.zeros((end.areas.size, end.areas.size)))[0]
    both = min(before.size, after.size)  # shares of areas that sum to nothing are none
    moved = np.abs(after[:both] - before[:both])
    sds = np.divide(moved, sd[:both], out=np.zeros_like(moved), where=np.isfinite(sd[:both]) & (sd[:both] > 0))
    most = int(np.argmax(sds))
    return _Move(end, most, float(before[most]), float(after[most]), float(sds[most]))
