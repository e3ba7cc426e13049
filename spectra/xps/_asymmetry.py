"""Whether two lines of an s level are one line with a tail: what symmetric lines do to an asymmetric singlet.

C 1s of a polymer has a tail of vibrations to higher binding energy, and a second symmetric line under it lowers chi2 as
a second substance would. The pair is replaced by one asymmetric Voigt line; where BIC does not prefer the two by more
than 6, the region does not say which it is (``studies/xps_doublets.md``).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from shortrange_core import Note, Severity
from shortrange_core.spelling import option
from spectra.fits import Fit, PixelFitter, fit
from spectra.models import Model, Peak, peak, with_peaks
from spectra.xps import _defaults as xps_defaults
from spectra.xps._doublets import satellites_of
from spectra.xps._levels import splits
from spectra.xps._prepared import level_of
from spectra.xps._surface import NEEDED, information

SHAPE, SYMMETRIC = "asymmetric_voigt", "pseudo_voigt"
FAR = 100.0
"""chi2 above that of two lines from which no further search brings one line back."""
REACH = 1.5
"""Widths between two lines beyond which no tail looks like the second."""


def remarks_of_tails(result: Fit) -> tuple[Note, ...]:
    """Pairs of lines that one asymmetric line describes as well.

    None where both have published positions, or where a constraint states how far apart they are at most: who states
    that says that there are two.
    """
    if splits(level_of(result.spectrum)) or not result.status.trusted:
        return ()
    notes = []
    for low, high in _pairs(result):
        one = _as_one(result, low, high)
        if not _near(one, result):
            continue
        single = fit(result.spectrum, one, check=False)
        gain = information(single) - information(result)
        if single.status.trusted and gain <= NEEDED:
            apart = _place(result, high) - _place(result, low)
            text = (
                f"{low.name} and {high.name}, {apart:.2f} eV apart, can be described as well by one line with a "
                f"tail (its BIC is {abs(gain):.0f} {'lower' if gain < 0 else 'higher'}, two lines need one that is "
                f"lower by more than {NEEDED:g}): use their areas only if both are known to be there"
            )
            remedy = f"measure the pure substance, or fit a single line with {option('shape', SHAPE)}"
            notes.append(Note("tail-or-line", Severity.WARNING, text, remedy))
    return tuple(notes)


def _near(one: Model, fit: Fit) -> bool:
    """Whether one descent of the model with one line ends where a better one could still make it as good as two.

    A whole fit searches on where it misses the data, which it does wherever there are two lines.
    """
    x = np.asarray(fit.spectrum[one.axis].values, dtype=float)
    data = np.asarray(fit.spectrum["intensity"].values, dtype=float)
    fitter = PixelFitter(one, x, together=fit.points_per_independent)
    start = fitter.start(data, np.asarray(fit.noise))
    point, _ = fitter.descend(start)
    return fitter.data_chi2(point) - (fit.chi2 - fit.chi2_priors) < FAR


def _place(fit: Fit, line: Peak) -> float:
    return float(fit.parameters.select([f"{line.name}_center"]).value.item())


def _pairs(fit: Fit) -> Iterator[tuple[Peak, Peak]]:
    """Neighbours nearer than their widths, the upper one the smaller; none whose places or distance are known."""
    others = {xps_defaults.AUGER_PEAK, *satellites_of([line.name for line in fit.model.peaks], fit.model)}
    lines = [line for line in fit.model.peaks if line.shape == SYMMETRIC and line.name not in others]
    ordered = sorted(lines, key=lambda line: _place(fit, line))
    published = {p.name for p in fit.model.all_parameters if p.quantity == "center" and p.prior is not None}
    for low, high in pairwise(ordered):
        areas = fit.areas.select([low.name, high.name]).value.values
        widths = fit.parameters.select([f"{low.name}_fwhm", f"{high.name}_fwhm"]).value.values
        places = {f"{low.name}_center", f"{high.name}_center"}
        placed = places <= published or _apart_at_most(fit.model, low, high)
        near = _place(fit, high) - _place(fit, low) < REACH * float(widths.mean())
        if near and 0 < areas[1] < areas[0] and not placed:
            yield low, high


def _apart_at_most(model: Model, low: Peak, high: Peak) -> bool:
    """Whether a constraint states how far apart two lines lie at most: their order alone is no such statement."""
    for stated in model.relations():
        factors = stated.left.coefficients
        below, above = (factors.get(f"{line.name}_center", 0.0) for line in (low, high))
        upward = {"<=": 1, ">=": -1}.get(stated.relation, 0)
        if below * above < 0 and (upward == 0 or above * upward > 0):
            return True
    return False


def _as_one(fit: Fit, low: Peak, high: Peak) -> Model:
    """The model with one asymmetric Voigt line in place of two; links, constraints and satellites of theirs go."""
    place, model = _place(fit, low), fit.model
    most = xps_defaults.FWHM_BOUNDS[1]
    quantities = {
        "center": (place, place - REACH, place + REACH),
        "lorentz_fwhm": xps_defaults.FURTHER_WIDTHS["lorentz_fwhm"],
        "gauss_fwhm": (xps_defaults.FURTHER_WIDTHS["gauss_fwhm"][0], xps_defaults.LEAST_GAUSSIAN, most),
        "tail": xps_defaults.FURTHER_WIDTHS["tail"],
    }
    one = peak(low.name, quantities, shape=SHAPE, assignment=low.assignment)
    own = (low.name, high.name)
    gone = {*own, *satellites_of(own, model)}
    others = (line for line in model.peaks if line.name not in gone)
    return with_peaks(model, (one, *others))
