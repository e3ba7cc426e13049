r"""Saturation of quantitative NMR: what a recycle delay leaves of each site, T1 from recovery stacks, the correction.

After dummy scans, with ideal pulses of flip angle a and repetition time t,

.. math:: \frac{S}{S_0} = \frac{1 - E}{1 - E \cos a}, \qquad E = e^{-t / T_1}

times sin a, which is common to all sites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from shortrange_core import BadInput, Estimates, Note, Severity, Status
from shortrange_core.affine import parse
from shortrange_core.least_squares import minimise
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.spelling import option, spelled

Array = npt.NDArray[np.float64]
Kind = Literal["saturation", "inversion"]
TOLERATED_BIAS = 0.05
"""A ratio of areas that is 5 % off moves a fraction by as much as a good fit's uncertainty."""
USED_DELAYS = (10.0, 60.0, 300.0)
"""s: for which a note says what an unstated delay may do; the last is usual in quantitative work on glasses."""
PUBLISHED_T1 = (20.0, 3000.0)
"""s: 31P of crystalline selenophosphates (doi:10.1021/ic025946j), the widest published range of a chalcogenophosphate;
of units in one glass none is published, so what a compound may have is what a unit may have."""
MISFIT = 1e-3
"""Probability of chi2 below which areas follow no one recovery within their noise, and sds are widened to it."""
STRETCH_BOUNDS = (0.3, 1.0)
"""Below 0.3 a stretched exponential of one decade of delays is no longer told from a sum of sites."""


def remaining(recycle_delay: float, flip_angle: float, relaxation_time: npt.ArrayLike) -> Array:
    """Share S/S0 of the signal that remains under a train of pulses.

    Parameters
    ----------
    recycle_delay
        s, from pulse to pulse.
    flip_angle
        Degrees.
    relaxation_time
        T1 in s.

    Examples
    --------
    At 200 s and 60 degrees, for T1 of 100, 200, 300 and 1000 s:

    >>> remaining(200.0, 60.0, [100, 200, 300, 1000]).round(2).tolist()
    [0.93, 0.77, 0.65, 0.31]
    """
    decay = np.exp(-recycle_delay / np.asarray(relaxation_time, dtype=float))
    return np.asarray((1 - decay) / (1 - decay * np.cos(np.radians(flip_angle))))


def saturation_note(recycle_delay: float | None, flip_angle: float | None, t1: Estimates | None = None) -> Note | None:
    """Note on saturation; None if area ratios are not affected.

    Parameters
    ----------
    recycle_delay, flip_angle
        s and degrees; None where not known.
    t1
        Relaxation times in s by site; where absent, the two ends of :data:`PUBLISHED_T1` are assumed possible.
    """
    if recycle_delay is None:
        angle, times = _assumed(flip_angle, t1)
        biases = ", ".join(f"{_bias(delay, angle, times):.3g} at {delay:g} s" for delay in USED_DELAYS)
        return Note(
            "recycle-delay-unknown",
            Severity.WARNING,
            f"the recycle delay is not known, so saturation may differ between sites: {_basis(t1)} "
            f"bias a ratio of areas by a factor of {biases}",
            f"give {option('recycle_delay')} and {option('flip_angle')}; measure T1 of every site",
        )
    angle, times = _assumed(flip_angle, t1)
    bias = _bias(recycle_delay, angle, times)
    if bias < 1 + TOLERATED_BIAS:
        return None
    return Note(
        "saturation",
        Severity.WARNING,
        f"at a recycle delay of {recycle_delay:g} s and {angle:g} degrees {_basis(t1)} bias a ratio of areas by a "
        f"factor of {bias:.2f}",
        "measure T1 of every site and correct the areas"
        + spelled(" with spectra.nmr.corrected", command_line="", recipe=" (t1)")
        + ", or wait five times the longest T1",
    )


def _assumed(flip_angle: float | None, t1: Estimates | None) -> tuple[float, tuple[float, ...]]:
    """Flip angle and relaxation times that are compared: the angle that saturates most, and what is published."""
    times = PUBLISHED_T1 if t1 is None else tuple(float(v) for v in t1.value.values)
    return 90.0 if flip_angle is None else flip_angle, times


def _bias(recycle_delay: float, angle: float, times: Sequence[float]) -> float:
    """Factor by which saturation may move a ratio of areas."""
    shares = remaining(recycle_delay, angle, times)
    return float(shares.max() / shares.min())


def _basis(t1: Estimates | None) -> str:
    if t1 is not None:
        return "the measured T1"
    return f"T1 of {PUBLISHED_T1[0]:g} s and {PUBLISHED_T1[1]:g} s, as of 31P in chalcogenophosphates,"


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Recovery(Shown):
    """Relaxation of one site from a stack of delays.

    Parameters
    ----------
    estimates
        Entries ``amplitude``, ``t1`` (s), ``efficiency`` (1 perfect saturation, 2 perfect inversion) and ``stretch``.
    chi2, dof
        Of the fit.
    status, notes
        How it ended.
    """

    estimates: Estimates
    chi2: float
    dof: int
    status: Status
    notes: tuple[Note, ...]


def recovery(
    delay: npt.ArrayLike, area: npt.ArrayLike, sd: npt.ArrayLike, *, kind: Kind = "saturation", stretched: bool = False
) -> Recovery:
    r"""T1 of one site from its areas in a saturation- or inversion-recovery stack.

    .. math:: A(t) = A_\infty \left[1 - f\, e^{-(t / T_1)^\beta}\right]

    with f free around 1 (saturation) or 2 (inversion), because pulses are never perfect. Where the areas do not follow
    it within their noise, a note says so and the covariance is multiplied by chi2 over its degrees of freedom.

    Parameters
    ----------
    delay
        n recovery delays in s.
    area, sd
        n areas and their standard deviations.
    kind
        ``"saturation"`` or ``"inversion"``.
    stretched
        Fit the stretching exponent beta (0.3 to 1) too, else it is 1.

    Raises
    ------
    BadInput
        If columns differ in length, delays are not positive, or there are fewer delays than parameters.

    Examples
    --------
    >>> t = np.array([5.0, 20.0, 60.0, 150.0, 400.0, 1200.0])
    >>> found = recovery(t, 10 * (1 - np.exp(-t / 150)), np.full(6, 0.01))
    >>> float(found.estimates.value.sel(entry="t1").round(3)), str(found.status)
    (150.0, 'ok')
    """
    t, y, s = (np.asarray(v, dtype=float).reshape(-1) for v in (delay, area, sd))
    free = 4 if stretched else 3
    if not t.size == y.size == s.size or t.size < free:
        raise BadInput(f"{t.size} delays, {y.size} areas, {s.size} sds: give as many of each, and at least {free}")
    if np.any(t < 0) or np.any(s <= 0) or kind not in ("saturation", "inversion"):
        raise BadInput("delays must be 0 or more, sds positive, kind 'saturation' or 'inversion'; check the columns")
    perfect = 1.0 if kind == "saturation" else 2.0

    def residuals(x: Array) -> tuple[Array, Array]:
        amplitude, log_t1, efficiency, stretch = x
        ratio = np.maximum(t, 1e-12) / np.exp(log_t1)
        power = ratio**stretch
        decay = np.exp(-power)
        columns = (
            1 - efficiency * decay,
            -amplitude * efficiency * decay * power * stretch,
            -amplitude * decay,
            amplitude * efficiency * decay * power * np.log(ratio),
        )
        return (amplitude * columns[0] - y) / s, np.stack(columns, axis=1) / s[:, None]

    low = [0.0, np.log(max(t[t > 0].min(), 1e-9)) - 3, 0.5 * perfect, STRETCH_BOUNDS[0] if stretched else 1.0]
    high = [np.inf, np.log(t.max()) + 3, 1.1 * perfect, 1.0]
    start = [float(np.max(np.abs(y))), np.log(max(np.median(t), t[t > 0].min())), perfect, 0.8 if stretched else 1.0]
    minimum = minimise(residuals, start, lower=low, upper=high)
    raw = Estimates.build(["amplitude", "log_t1", "efficiency", "stretch"], minimum.x, minimum.covariance)
    scale = np.array([1.0, np.exp(minimum.x[1]), 1.0, 1.0])
    covariance = raw.covariance.values * np.outer(scale, scale)
    value = np.where(np.arange(4) == 1, scale, minimum.x)
    degrees = t.size - free
    misfit = degrees > 0 and float(chdtrc(degrees, minimum.chi2)) < MISFIT
    if misfit:
        covariance = covariance * (minimum.chi2 / degrees)
    estimates = Estimates.build(["amplitude", "t1", "efficiency", "stretch"], value, covariance, unit=["", "s", "", ""])
    notes = _recovery_notes(t, float(scale[1]), minimum.chi2 / degrees if misfit else None, stretched)
    return Recovery(estimates, minimum.chi2, degrees, minimum.status, notes)


def _recovery_notes(delay: Array, t1: float, misfit: float | None, stretched: bool) -> tuple[Note, ...]:
    notes = []
    if delay.max() < 2 * t1:
        text = f"the longest delay, {delay.max():g} s, is below twice T1 = {t1:.3g} s: amplitude and T1 correlate"
        notes.append(Note("recovery-too-short", Severity.WARNING, text, "add delays of three to five times T1"))
    if misfit is not None:
        kind = "stretched exponential" if stretched else "exponential"
        text = f"the areas do not follow one {kind} within their noise (chi2/dof {misfit:.3g}); sds are widened"
        remedy = "check the phase at short delays" + ("" if stretched else f", or fit {option('stretched', True)}")
        notes.append(Note("recovery-misfit", Severity.WARNING, text, remedy))
    return tuple(notes)


def corrected(
    areas: Estimates, t1: Mapping[str, tuple[float, float]], *, recycle_delay: float, flip_angle: float
) -> Estimates:
    """Areas corrected to full relaxation, with the sd of T1 propagated.

    Parameters
    ----------
    areas
        Areas with the facet ``assignment``.
    t1
        T1 and its sd in s by assignment text; a line whose text is not there is looked up by its labels, which
        must then agree.
    recycle_delay, flip_angle
        s and degrees.

    Returns
    -------
    Estimates
        Same entries and facets.

    Raises
    ------
    BadInput
        If an assigned line has no T1, or labels that share a line differ in T1; all together.

    Examples
    --------
    >>> areas = Estimates.build(["a", "b"], [0.93, 0.65], [1e-4, 1e-4], assignment=["P:S4", "P:O4"])
    >>> full = corrected(areas, {"P:S4": (100, 5), "P:O4": (300, 30)}, recycle_delay=200, flip_angle=60)
    >>> full.value.values.round(2).tolist()
    [1.0, 0.99]
    """
    texts = [str(text) for text in areas.facets["assignment"]]
    times = _times(texts, t1)
    size = len(areas)
    joint = np.zeros((2 * size, 2 * size))
    joint[:size, :size] = areas.covariance.values
    for i, one in enumerate(texts):
        for j, other in enumerate(texts):
            same = one == other and one != ""
            joint[size + i, size + j] = times[i][1] * times[j][1] if same else 0.0
    both = Estimates.build(
        [f"{kind}{i}" for kind in "at" for i in range(size)],
        [*areas.value.values, *(time for time, _ in times)],
        joint,
    )

    def full(values: Array) -> Array:
        return np.asarray(values[:size] / remaining(recycle_delay, flip_angle, values[size:]))

    full_areas = both.propagate(full, areas.entries)
    facets = {name: list(labels) for name, labels in areas.facets.items()}
    return Estimates.build(areas.entries, full_areas.value.values, full_areas.covariance.values, **facets)


def _times(texts: Sequence[str], t1: Mapping[str, tuple[float, float]]) -> list[tuple[float, float]]:
    problems, times = [], []
    for text in texts:
        labels = parse(text).names if text else ()
        matches = [t1[text]] if text in t1 else [t1[label] for label in labels if label in t1]
        if not text:
            matches = [(1e-9, 0.0)]
        if not matches or len(set(matches)) > 1:
            problems.append(f"{text}: needs one T1, found {len(set(matches))}; give t1={{{text!r}: (T1, sd)}}")
            continue
        times.append(matches[0])
    if problems:
        raise BadInput(*problems)
    return times
