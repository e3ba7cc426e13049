"""Whether the minimum of a series is the only one: descents from random starts over what is known of all parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from shortrange.joint.likelihood import CHAINS, Face, Likelihood
from shortrange.joint.search._coupled_shapes import known_before
from shortrange.joint.search._set_right import TRIAL, settled
from shortrange.results import Optimum
from shortrange_core.least_squares import ArrowMinimum, grouped
from shortrange_core.tasks import later

Array = npt.NDArray[np.float64]
FLAT = 1e-4
"""Precision, per former squared, with which starts are drawn from the whole polytope."""
SAME = 1e-6
"""Fraction of chi2 by which two ends of one minimum may differ."""
HEATS, WARM = (1e4, 1e3, 1e2, 1e1), 30
"""By what chi2 of the spectra is divided on the way from a random start, and evaluations for each: where noise is a
hundred times what it is, what is known of shapes keeps every line in its place while amounts come to theirs."""
LONGEST = 600
"""Evaluations of one descent: far starts take more than that of the route."""


def far_ends(
    likelihood: Likelihood, starts: int, rng: np.random.Generator, tell: Callable[[str], object] = str
) -> list[ArrowMinimum]:
    """Where so many random starts end; ``tell`` is called with the name of every one."""
    laws = _laws(likelihood)
    drawn = [random_start(likelihood, laws, rng) for _ in range(starts)]
    tasks = [later(descended, likelihood, start) for start in drawn]
    ends = []
    for number, task in enumerate(tasks):
        tell(f"random start {number + 1} of {starts}")
        ends.append(task.result())
    return ends


def lowest_end(minimum: ArrowMinimum, ends: Sequence[ArrowMinimum]) -> ArrowMinimum:
    """The minimum, or the end that lies clearly below it."""
    trusted = (end for end in ends if end.status.trusted)
    best = min(trusted, key=lambda end: float(end.chi2), default=minimum)
    return best if best.chi2 < minimum.chi2 * (1 - SAME) else minimum


def optima(likelihood: Likelihood, minimum: ArrowMinimum, ends: Sequence[ArrowMinimum]) -> tuple[Optimum, ...]:
    """Distinct minima of the result and of random starts, best first; then ends that are none.

    Parameters
    ----------
    likelihood, minimum
        Of the series, and the minimum that is the result, which counts as one start.
    ends
        As :func:`far_ends` gives them.
    """
    kept, counts = grouped([minimum, *ends], same=SAME)
    return tuple(
        Optimum(
            count,
            float(end.chi2 - kept[0].chi2),
            {f"{name}: {label}": float(value) for name, glass in likelihood.glasses.items()
             for label, value in zip(glass.species, end.x[likelihood.amounts[name]], strict=True)},
            end is minimum or bool(abs(end.chi2 - minimum.chi2) <= SAME * minimum.chi2),
            end.status.trusted,
        )
        for end, count in zip(kept, counts, strict=True)
    )  # fmt: skip


def descended(likelihood: Likelihood, start: Array) -> ArrowMinimum:
    """The end of a far start: noise falls to what it is step by step, then minima that the end points to."""
    for heat in HEATS:
        start = np.array(likelihood.minimum(start, most=WARM, heat=heat).x)
    return settled(likelihood, likelihood.minimum(start, most=LONGEST), most=LONGEST, trial=TRIAL)


def _laws(likelihood: Likelihood) -> Mapping[int, tuple[float, float]]:
    """Mean and sd of what is known of parameters of single spectra before them, by place."""
    levels = known_before(likelihood)
    stated_laws = {}
    for key, block in likelihood.fitted.items():
        stated = {p.name: (p.prior.mean, p.prior.sd) for p in block.data.model.all_parameters if p.prior is not None}
        for name, at in zip(block.own, likelihood.local[key][block.own_at].tolist(), strict=True):
            level, _ = likelihood.common.get((block.data.technique, name), (-1, -1))
            law = levels.get(level, stated.get(name))
            if law is not None:
                stated_laws[at] = law
    return stated_laws


def random_start(likelihood: Likelihood, laws: Mapping[int, tuple[float, float]], rng: np.random.Generator) -> Array:
    """Amounts anywhere on the balances; responses, shapes and shares from their priors, cut by their windows.

    What has no prior is anywhere in its window. Ends of a window that only keep a fit from running away, such as 30
    degrees a ppm of phase, are no place to start from.
    """
    x = np.array(likelihood.first)
    lower, upper = np.array(likelihood.lower), np.array(likelihood.upper)
    for name, at in likelihood.amounts.items():
        face = Face.of(*likelihood.balances[name], ())
        if face is not None and face.basis.shape[1]:
            flat = FLAT * np.eye(face.basis.shape[1])
            x[at] = face.walk(flat, face.start, CHAINS, rng)[0, -1]
    for place in likelihood.responses.values():
        x[place] = np.clip(rng.normal(), lower[place], upper[place])
    from scipy.stats import truncnorm

    for key, block in likelihood.blocks.items():
        for at in likelihood.local[key][block.own_at].tolist():
            if at in laws:
                mean, sd = laws[at]
                ends = (lower[at] - mean) / sd, (upper[at] - mean) / sd
                x[at] = truncnorm.rvs(*ends, loc=mean, scale=sd, random_state=rng)
            elif np.isfinite(upper[at] - lower[at]):
                x[at] = rng.uniform(lower[at], upper[at])
        amounts = x[likelihood.amounts[block.data.sample]]
        x[likelihood.local[key][block.sight.scale_at]] = likelihood.first_scale(block, amounts)
    for level, own in likelihood.members.items():
        x[level] = float(np.mean(x[own]))
    return x
