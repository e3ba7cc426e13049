"""Tension: whether the spectra of a technique, or of a glass, contradict all others beyond chance, and who is suspect.

Q = chi2(all) - chi2(group) - chi2(rest): by how much the group and the rest, each with amounts and shared parameters of
its own, fit better than together. A prior that concerns the group alone goes with it, any other stays with the rest:
each counts once. Amounts at zero make the law of chi2 wrong: the null is drawn, with new noise about the joint minimum,
in the quadratic form of chi2. Duplicated parameters as arXiv 1809.01406; several groups after Holm (1979).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange.joint._pieces import Pieces, Together
from shortrange.results import Tension

Array = npt.NDArray[np.float64]
DRAWS = 399
FAMILY_ERROR = 0.05
SAME_DIRECTION = 0.64
"""Square of the cosine, 0.8, above which the signatures of two faults cannot be told apart."""
KEYWORDS = {"technique": "technique", "glass": "sample"}
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


def tensions(pieces: Pieces, *, rng: np.random.Generator, draws: int = DRAWS) -> Tensions:
    """Every technique and every glass against the rest.

    Parameters
    ----------
    pieces
        Of the series at its minimum.
    rng
        Of the bootstrap.
    draws
        Of the bootstrap.

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
    found = _q(everything, splits, seen)
    null = np.array([_q(everything, splits, _drawn(seen, rng)) for _ in range(draws)])
    p = (1 + np.sum(null >= found, axis=0)) / (draws + 1)
    rejected = holm(p, FAMILY_ERROR)
    rows = tuple(
        Tension(name, kind, float(q), _dof(split, everything), float(mean), float(chance), bool(no))
        for (kind, name, _), split, q, mean, chance, no in zip(
            groups, splits, found, null.mean(axis=0), p, rejected, strict=True
        )
    )
    usual = dict(zip((name for _, name, _ in groups), np.quantile(null, 0.95, axis=0).tolist(), strict=True))
    suspects = _suspects(pieces, everything, rows, seen, usual)
    return Tensions(rows, suspects, _sentence(rows, suspects))


def _q(everything: Together, splits: Sequence[_Split], residuals: Mapping[str, Array]) -> Array:
    whole = everything.chi2(_stacked(everything, residuals))
    return np.array([split.q(whole, residuals) for split in splits])


def _drawn(seen: Mapping[str, Array], rng: np.random.Generator) -> dict[str, Array]:
    return {name: rng.normal(size=residual.size) for name, residual in seen.items()}


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
            f"({len(rows)} comparisons, {100 * FAMILY_ERROR:g} % for all of them)."
        )
    worst = max((row for row in rows if row.rejected), key=lambda row: row.q - row.expected)
    what = f"chi2 falls by {worst.q:.0f} when {worst.group} stands alone, where chance gives {worst.expected:.0f}"
    if len(suspects) == 1:
        return f"{suspects[0]} contradicts the rest of the series: {what}."
    return f"The data contradict one another ({what}); they cannot tell which is wrong: {' or '.join(suspects)}."
