"""Tension: whether the spectra of a technique, or of a glass, contradict all others beyond chance, and who is suspect.

Q = chi2(all) - chi2(group) - chi2(rest): by how much the group and the rest, each with amounts and shared parameters of
its own, fit better than together. A prior that concerns the group alone goes with it, any other stays with the rest:
each counts once. Amounts at zero make the law of chi2 wrong: the null is drawn, with new noise about the joint minimum,
in the quadratic form of chi2. Duplicated parameters as arXiv 1809.01406; several groups after Holm (1979).

With more groups Holm asks for a smaller p, which takes more draws to show. A group that chance soon beats is drawn no
longer (sequential p-values after Besag and Clifford 1991); the others go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange.joint._pieces import Pieces, Together
from shortrange.results import Tension

Array = npt.NDArray[np.float64]
FAMILY_ERROR = 0.05
BEATEN = 10
"""Draws as large as what was seen after which a group is decided: its p is then as good as 30 %."""
FEWEST = 99
"""Draws of every group, for the mean and the usual reach of q."""
SAME_DIRECTION = 0.64
"""Square of the cosine, 0.8, above which the signatures of two faults cannot be told apart."""
KEYWORDS = {"technique": "technique", "glass": "sample"}
ROUNDING = 1e-6
"""chi2 by which what was seen and what is drawn differ by rounding: where nothing could move, neither falls at all."""
LEFT = 0.1
"""Part of a group's chi2 that one spectrum may leave, or what chance leaves, where that spectrum alone is suspect."""


@dataclass(frozen=True, eq=False, slots=True)
class Tensions:
    """Every group, and a sentence."""

    groups: tuple[Tension, ...]
    suspects: tuple[str, ...]
    sentence: str


class _Split:
    """One group against the rest."""

    def __init__(self, pieces: Pieces, mine: Sequence[str]) -> None:
        group = pieces.with_priors(mine)
        self.mine, self.rest = pieces.together(group), pieces.together(pieces.without(group))

    def apart(self, residuals: Mapping[str, Array]) -> float:
        return sum(part.chi2(_stacked(part, residuals)) for part in (self.mine, self.rest))

    def q(self, whole: float, residuals: Mapping[str, Array]) -> float:
        return max(whole - self.apart(residuals), 0.0)


def _stacked(part: Together, residuals: Mapping[str, Array]) -> Array:
    return np.concatenate([residuals[name] for name in part.names])


def most_draws(groups: int) -> int:
    """Draws after which a group that chance has beaten fewer than ``BEATEN`` times is below Holm's first step.

    Examples
    --------
    >>> most_draws(7), most_draws(25)
    (1399, 4999)
    """
    return round(BEATEN * groups / FAMILY_ERROR) - 1


def tensions(pieces: Pieces, *, rng: np.random.Generator, draws: int | None = None) -> Tensions:
    """Every technique and every glass against the rest.

    Parameters
    ----------
    pieces
        Of the series at its minimum.
    rng
        Of the bootstrap.
    draws
        Of the bootstrap, for each group; None: until chance has beaten it ``BEATEN`` times, ``FEWEST`` at least and
        :func:`most_draws` at most.

    Returns
    -------
    Tensions
        Groups in the order of the series; without any where there is nothing to compare.
    """
    blocks = [block.data for block in pieces.likelihood.blocks.values()]
    groups = [("technique", name, pieces.keys(technique=name)) for name in dict.fromkeys(b.technique for b in blocks)]
    groups += [("glass", name, pieces.keys(sample=name)) for name in dict.fromkeys(b.sample for b in blocks)]
    groups = [group for group in groups if len(group[2]) < len(blocks)]
    if not groups:
        return Tensions((), (), "One technique on one glass: there is nothing that could contradict it.")
    everything = pieces.together(pieces.without(()))
    splits = [_Split(pieces, keys) for _, _, keys in groups]
    seen = {name: pieces.piece(name).residual for name in everything.names}
    whole = everything.chi2(_stacked(everything, seen))
    observed = np.array([split.q(whole, seen) for split in splits])
    null = _null(everything, splits, observed, _noise(seen, rng), draws)
    p = np.array([chance(drawn, q - ROUNDING) for drawn, q in zip(null, observed, strict=True)])
    rows = tuple(
        Tension(name, kind, float(q), _dof(split, everything), float(drawn.mean()), float(at), bool(no), drawn.size)
        for (kind, name, _), split, q, drawn, at, no in zip(
            groups, splits, observed, null, p, holm(p, FAMILY_ERROR), strict=True
        )
    )
    usual = {name: float(np.quantile(drawn, 0.95)) for (_, name, _), drawn in zip(groups, null, strict=True)}
    suspects = _suspects(pieces, everything, rows, seen, usual)
    return Tensions(rows, suspects, _sentence(rows, suspects))


def _null(
    everything: Together,
    splits: Sequence[_Split],
    observed: Array,
    noise: Iterator[Mapping[str, Array]],
    draws: int | None,
) -> list[Array]:
    """Drawn q of every group where nothing is wrong; of a group that is decided no longer."""
    least, most = (FEWEST, most_draws(len(splits))) if draws is None else (draws, draws)
    drawn: list[list[float]] = [[] for _ in splits]
    beaten = np.zeros(len(splits), dtype=int)
    for number in range(most):
        open_yet = np.flatnonzero((beaten < BEATEN) | (number < least))
        if open_yet.size == 0:
            break
        residuals = next(noise)
        whole = everything.chi2(_stacked(everything, residuals))
        for at in open_yet.tolist():
            drawn[at].append(splits[at].q(whole, residuals))
            beaten[at] += drawn[at][-1] >= observed[at] - ROUNDING
    return [np.array(values) for values in drawn]


def chance(drawn: Array, q: float) -> float:
    """Chance p of what was seen among draws in their order, which end where they need not go on.

    ``BEATEN`` over the draws that it took to be beaten so often; where that never came, one more than the times over
    one more than the draws. Either way p is at most alpha in a share of at most alpha where nothing is wrong.

    Examples
    --------
    >>> import numpy as np
    >>> chance(np.zeros(999), 1.0), chance(np.tile([0.0, 2.0], 50), 1.0)
    (0.001, 0.5)
    """
    (beaten,) = np.nonzero(drawn >= q)
    if beaten.size >= BEATEN:
        return BEATEN / float(beaten[BEATEN - 1] + 1)
    return float(1 + beaten.size) / float(1 + drawn.size)


def _noise(seen: Mapping[str, Array], rng: np.random.Generator) -> Iterator[dict[str, Array]]:
    while True:
        yield {name: rng.normal(size=residual.size) for name, residual in seen.items()}


def _dof(split: _Split, everything: Together) -> int:
    return split.mine.determined + split.rest.determined - everything.determined


def holm(p: Array, error: float) -> npt.NDArray[np.bool_]:
    """Which of several tests reject, so that one falsely rejects with at most ``error``.

    Examples
    --------
    >>> import numpy as np
    >>> holm(np.array([0.04, 0.01, 0.03]), 0.05).tolist()
    [False, True, False]
    """
    order = np.argsort(p)
    passed = p[order] <= error / (p.size - np.arange(p.size))
    rejected = np.zeros(p.size, dtype=bool)
    rejected[order[: int(np.argmin(passed)) if not passed.all() else p.size]] = True
    return rejected


def _suspects(
    pieces: Pieces,
    everything: Together,
    rows: Sequence[Tension],
    residuals: Mapping[str, Array],
    usual: Mapping[str, float],
) -> tuple[str, ...]:
    """Single spectra whose removal resolves as much as that of the worst group; else the groups that resolve most."""
    beyond = sorted((row for row in rows if row.rejected), key=lambda row: row.expected - row.q)
    if not beyond:
        return ()
    worst, best = beyond[0], beyond[0].q - beyond[0].expected
    keys = [key for row in beyond for key in pieces.keys(**{KEYWORDS[row.kind]: row.group})]
    whole = everything.chi2(_stacked(everything, residuals))
    single = {key: _Split(pieces, [key]).q(whole, residuals) for key in dict.fromkeys(keys)}
    lead = max(single.values())
    if worst.q - lead <= max(usual[worst.group], LEFT * worst.q):
        named = [key for key, q in single.items() if q >= SAME_DIRECTION * best]
        return tuple(sorted(named, key=lambda key: -single[key]))
    return tuple(row.group for row in beyond if row.q - row.expected >= SAME_DIRECTION * best)


def _sentence(rows: Sequence[Tension], suspects: Sequence[str]) -> str:
    if not suspects:
        return (
            "No technique and no glass contradicts the rest beyond chance "
            f"({len(rows)} comparisons, {100 * FAMILY_ERROR:g} % for all together)."
        )
    worst = max((row for row in rows if row.rejected), key=lambda row: row.q - row.expected)
    what = f"chi2 falls by {worst.q:.0f} if {worst.group} is fitted separately; chance gives {worst.expected:.0f}"
    if len(suspects) == 1:
        return f"{suspects[0]} contradicts the rest of the series: {what}."
    return f"The data contradict one another ({what}); they cannot tell which is wrong: {' or '.join(suspects)}."
