"""What a fit says of the spinning rate that it was given: whether its spectrum asks for another one.

Sidebands at a rate that is a little off cost chi2 without a word, and their area goes to other lines; far off, the fit
misses the data and looks like one that lacks lines. Where the fit describes its data, the rate is released: to
first order (a score test, :mod:`spectra.fits`), and where that asks for another, by descents at the rates that are
asked for, because sidebands that are off by half of a width have no slope, and at rates up to two fifths off whose
manifolds would add much: anisotropies of lines whose sidebands lie elsewhere end near zero, and have no slope either.
Where the fit misses its data, the same lines are tried at every other rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from shortrange_core import Note, Severity, Status
from shortrange_core.shown_numbers import with_sd
from shortrange_core.spelling import option
from spectra.fits import Fit, LeftOut, Tangent, minimum_near, minimum_with
from spectra.models import Model
from spectra.nmr._results import MANIFOLDS

Array = npt.NDArray[np.float64]
ASKED = 9.0
"""Fall of chi2 from which a spectrum asks for another rate: by chance in one of four hundred (3 sd)."""
FOLLOWED = 2.7
"""Fall of chi2 to first order from which descents follow it: by chance in one of ten."""
DESCENTS = 4
LINEAR = 0.2
"""Relative difference of rates beyond which a slope tells nothing."""
BESIDE = 0.4
"""Relative difference of rates that are tried where a slope leads nowhere."""
ADDED = 15.0
"""Fall of chi2 to first order, by all manifolds of another rate, from which descents begin there."""
ASKED_BESIDE = 12.0
"""Fall of chi2 from which a spectrum asks for one of many rates: ``ASKED``, and 2 log 4 for those that were tried."""
AS_GOOD = 4.0
"""Difference of chi2 up to which a second rate is named too, if it lies as many sds off."""
MATTERS = 0.002
"""Relative difference of rates below which nothing but the value of the rate is wrong."""
FASTEST = 150e3
"""Hz: no rotor spins faster."""
APART = 3.0
"""Widths of a line between neighbouring sidebands, at least: denser ones can stand for any line that is missing."""
STEP = 0.3
"""Of a line's width, between two rates that are tried: by that the first sidebands move."""
TRIED = 3
SUSPECT = 1.5
"""chi2 per degree of freedom from which other rates are tried although quiet parts cannot tell a misfit."""
EXPLAINS = 0.75
"""Share of what is missed that another rate must explain to be named."""
CHANCE = 2.0
"""sds of chi2 that are left out of what is missed: they may be noise, which no rate explains."""
RATE, WIDTH, TENSOR = "spinning_rate", "gauss_fwhm", ("zeta", "eta")


def remarks_of_rate(fit: Fit) -> tuple[Note, ...]:
    """The note that a spectrum asks for another spinning rate; none where its model has no sidebands."""
    lines = [line for line in fit.model.peaks if line.shape in MANIFOLDS]
    if not lines or fit.status is Status.REJECTED or not np.all(np.isfinite(fit.values)):
        return ()
    stated = next(p.value for line in lines for p in line.parameters if p.quantity == RATE)
    if not (fit.missed or fit.chi2 > SUSPECT * fit.dof):
        return _asked(fit, stated) if fit.status.trusted else ()
    scaled = fit.covariance_kind == "scaled"  # noise that was scaled to what is missed would hide it
    plain = replace(fit, noise=np.asarray(fit.noise) / fit.noise_scale) if scaled else fit
    ended = fit.status is not Status.NOT_CONVERGED
    return _elsewhere(plain, stated) or (_asked(plain, stated) if ended else ())


def _along_rate(fit: Fit) -> LeftOut:
    """What another rate, for all lines together, would do, to first order."""
    tangent = Tangent(fit)
    names = [p.name for line in fit.model.peaks for p in line.parameters if p.quantity == RATE]
    return tangent.along(tangent.slope_of(names))


def _asked(fit: Fit, stated: float) -> tuple[Note, ...]:
    along = _along_rate(fit)
    missed = to_explain(fit) if fit.missed else 0.0
    gain, rate, sd, also = 0.0, stated, math.nan, ""
    if along.gain > FOLLOWED and abs(along.amount) < LINEAR * stated:
        gain, rate, sd = _followed(fit, stated, along)
    if not (gain > max(ASKED, missed) and abs(rate - stated) < LINEAR * stated):
        gain, rate, sd, also = _beside(fit, stated)
        line = Tangent(fit).by_a_line(_width(fit.model, fit.values) / 2) if fit.missed else 0.0
        if not gain > max(ASKED_BESIDE, missed, line):
            return ()
    text = (
        f"the spectrum indicates a spinning rate of {with_sd(rate, sd)} Hz{also} (chi2 lower by {gain:.3g}); "
        f"{stated:g} Hz is stated"
    )
    if abs(rate - stated) < MATTERS * stated:
        return (Note("spinning-rate-asked", Severity.INFO, text),)
    text += ": sidebands are fitted in the wrong places, and their area is counted as other lines"
    return (Note("spinning-rate-asked", Severity.WARNING, text, f"check {option('spinning_rate')}"),)


def _beside(fit: Fit, stated: float) -> tuple[float, float, float, str]:
    """Fall of chi2 at the best rate not far off, where all lines begin anew, this rate, its sd, and rates as good."""
    rates = _rates(fit.model, fit.values, (1 - BESIDE) * stated, (1 + BESIDE) * stated)
    ends = sorted(_ended(fit, rate) for score, rate in _places(Tangent(fit), rates) if score > ADDED)
    own = minimum_near(fit, fit.model)[0] if ends else math.inf
    if not (math.isfinite(own) and math.isfinite(ends[0][0])):
        return 0.0, stated, math.nan, ""
    least, rate, sd = ends[0]
    others = [other for chi2, other, _ in ends[1:] if chi2 < least + AS_GOOD and abs(other - rate) > AS_GOOD * sd]
    return own - least, rate, sd, "".join(f", or near {round(other, -1):g} Hz" for other in others)


def _places(tangent: Tangent, rates: Sequence[float]) -> list[tuple[float, float]]:
    """The rates whose manifolds would add most, to first order, each with the fall of chi2, best first."""
    scored = [(tangent.together(_manifolds(tangent, rate)), rate) for rate in rates]
    highest = [place for i, place in enumerate(scored) if place == max(scored[max(i - 2, 0) : i + 3])]
    return sorted(highest, reverse=True)[:TRIED]


def to_explain(fit: Fit) -> float:
    """Fall of chi2 that explains what a fit misses."""
    return EXPLAINS * (fit.chi2 - fit.dof - CHANCE * math.sqrt(2 * max(fit.dof, 0.0)))


def _followed(fit: Fit, stated: float, along: LeftOut) -> tuple[float, float, float]:
    """Fall of chi2 at the rate that is asked for, this rate, and its sd, by descents from the fit.

    To first order where a descent at the stated rate, or the first at another, does not end.
    """
    own, _ = minimum_near(fit, fit.model)
    gain, rate, sd, there = 0.0, stated, along.sd, stated + along.amount
    for number in range(DESCENTS):
        chi2, values = minimum_near(fit, _spun(fit.model, there))
        if not math.isfinite(own) or not (number or math.isfinite(chi2)):
            return along.gain, there, along.sd
        if not own - chi2 > gain:
            break
        gain, rate = own - chi2, there
        along = _along_rate(replace(fit, model=_spun(fit.model, rate), values=values))
        sd, there = along.sd, rate + along.amount
        if along.gain < 1.0:
            break
    return gain, rate, sd


def _elsewhere(fit: Fit, stated: float) -> tuple[Note, ...]:
    """The rate at which the same lines explain most of what a fit misses."""
    still = _spun(fit.model, FASTEST)
    _, values = minimum_with(fit, still)
    if not np.all(np.isfinite(values)):
        return ()
    tangent = Tangent(replace(fit, model=still, values=values))
    places = _places(tangent, _rates(still, values, 0.0, FASTEST))
    least, rate, _ = min((_ended(fit, rate) for _, rate in places), default=(math.inf, stated, math.nan))
    explained = fit.chi2 - least
    if not (explained > to_explain(fit) and abs(rate / stated - 1) > MATTERS):
        return ()
    if explained < Tangent(fit).by_a_line(_width(fit.model, fit.values) / 2):
        return ()
    text = (
        f"at a spinning rate near {round(rate, -1):g} Hz the same lines fit better: chi2 {least:.4g}, against "
        f"{fit.chi2:.4g} at the stated {stated:g} Hz"
    )
    return (Note("spinning-rate-asked", Severity.WARNING, text, f"check {option('spinning_rate')}"),)


def _ended(fit: Fit, rate: float) -> tuple[float, float, float]:
    """chi2, rate and its sd where descents lead that begin at a rate, which the first of them corrects."""
    chi2, values = minimum_with(fit, _spun(fit.model, rate))
    if not np.isfinite(chi2):
        return chi2, rate, math.nan
    along = _along_rate(replace(fit, model=_spun(fit.model, rate), values=values))
    if abs(along.amount) < LINEAR * rate:
        again, _ = minimum_with(fit, _spun(fit.model, rate + along.amount))
        if again < chi2:
            return again, rate + along.amount, along.sd
    return chi2, rate, along.sd


def _manifolds(tangent: Tangent, rate: float) -> Array:
    """Every line of a fit, of unit area, with the sidebands that the anisotropy of its start makes at a rate."""
    model = tangent.fit.model
    values = [
        p.value if p.quantity in TENSOR else 1.0 if p.quantity == "area" else rate if p.quantity == RATE else value
        for p, value in zip(model.all_parameters, tangent.fit.values.tolist(), strict=True)
    ]
    return tangent.compiled.components(np.array(values))[0]


def _rates(model: Model, values: Array, low: float, high: float) -> list[float]:
    """Rates, Hz, between two, that differ by what moves sidebands by a share of a line's width."""
    of = [p.quantity for p in model.all_parameters]
    width = float(values[of.index("larmor_frequency")]) * _width(model, values)
    return [float(rate) for rate in np.arange(max(low, APART * width), high, STEP * width)]


def _width(model: Model, values: Array) -> float:
    """The middle width of the lines, ppm."""
    widths = [value for p, value in zip(model.all_parameters, values, strict=True) if p.quantity == WIDTH]
    return max(float(np.median(widths)), 1.0)


def _spun(model: Model, rate: float) -> Model:
    """The model at another rate."""
    peaks = tuple(
        replace(
            line,
            parameters=tuple(replace(p, value=rate) if p.quantity == RATE else p for p in line.parameters),
        )
        for line in model.peaks
    )
    return replace(model, peaks=peaks)
