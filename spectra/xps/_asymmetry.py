"""Whether two lines of an s level are one line with a tail: what symmetric lines do to an asymmetric singlet.

C 1s of a polymer has a tail of vibrations to higher binding energy, and a second symmetric line under it lowers chi2 as
a second substance would. The pair is replaced by one asymmetric Voigt line; where BIC does not prefer the two by more
than 6, the region does not say which it is (``studies/xps_doublets.md``).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shortrange_core import Note, Severity
from shortrange_core.spelling import option
from spectra.fits import Fit, fit
from spectra.models import Model, Peak, peak, with_peaks
from spectra.xps import _defaults as xps_defaults
from spectra.xps._doublets import satellite_of
from spectra.xps._levels import splits
from spectra.xps._prepared import level_of
from spectra.xps._surface import NEEDED, information

SHAPE, SYMMETRIC = "asymmetric_voigt", "pseudo_voigt"
REACH = 1.5
"""Widths between two lines beyond which no tail looks like the second."""


def remarks_of_tails(found: Fit) -> tuple[Note, ...]:
    """Pairs of lines that one asymmetric line describes as well; none where both have published positions."""
    level = level_of(found.spectrum)
    if splits(level) or not found.status.trusted:
        return ()
    notes = []
    for low, high in _pairs(found):
        single = fit(found.spectrum, _as_one(found, low, high), check=False)
        gain = information(single) - information(found)
        if single.status.trusted and gain <= NEEDED:
            text = (
                f"{level}: {low.name} and {high.name}, {_place(found, high) - _place(found, low):.2f} eV apart, are "
                f"described as well by one line with a tail (two have a BIC that is {gain:+.0f} better, {NEEDED:g} "
                "are needed): their areas count only if both are known to be there"
            )
            remedy = f"measure the pure substance, or fit one line with {option('shape', SHAPE)}"
            notes.append(Note("tail-or-line", Severity.WARNING, text, remedy))
    return tuple(notes)


def _place(found: Fit, line: Peak) -> float:
    return float(found.parameters.select([f"{line.name}_center"]).value.item())


def _pairs(found: Fit) -> Iterator[tuple[Peak, Peak]]:
    """Neighbours of which the upper one is the smaller, nearer than their widths, not both of known position."""
    lines = [
        line
        for line in found.model.peaks
        if line.shape == SYMMETRIC and line.name != xps_defaults.AUGER_PEAK and not satellite_of(line.name)
    ]
    ordered = sorted(lines, key=lambda line: _place(found, line))
    published = {p.name for p in found.model.all_parameters if p.quantity == "center" and p.prior is not None}
    for low, high in pairwise(ordered):
        areas = found.areas.select([low.name, high.name]).value.values
        widths = found.parameters.select([f"{low.name}_fwhm", f"{high.name}_fwhm"]).value.values
        known = {f"{low.name}_center", f"{high.name}_center"} <= published
        near = _place(found, high) - _place(found, low) < REACH * float(widths.mean())
        if near and 0 < areas[1] < areas[0] and not known:
            yield low, high


def _as_one(found: Fit, low: Peak, high: Peak) -> Model:
    """The model with one asymmetric Voigt line in place of two; links and constraints of theirs are left out."""
    place, model = _place(found, low), found.model
    most = xps_defaults.FWHM_BOUNDS[1]
    quantities = {
        "center": (place, place - REACH, place + REACH),
        "lorentz_fwhm": xps_defaults.FURTHER_WIDTHS["lorentz_fwhm"],
        "gauss_fwhm": (xps_defaults.FURTHER_WIDTHS["gauss_fwhm"][0], xps_defaults.LEAST_GAUSSIAN, most),
        "tail": xps_defaults.FURTHER_WIDTHS["tail"],
    }
    one = peak(low.name, quantities, shape=SHAPE, assignment=low.assignment)
    return with_peaks(model, (one, *(line for line in model.peaks if line.name not in (low.name, high.name))))
