"""How wide a glassy NMR line may be: published widths for 31P, none for any other nucleus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from shortrange_core import Note, Severity
from spectra.models import Default, Line, Peak, tied, widened
from spectra.nmr import _defaults as nmr_defaults
from spectra.spectrum import text_of

POINTS_A_WIDTH = 3
WIDTHS_A_BEND = 10.0
QUANTITY = "gauss_fwhm"


@dataclass(frozen=True, slots=True)
class Widths:
    """Gaussian width of the glassy lines of one spectrum.

    Parameters
    ----------
    start
        ppm.
    bounds
        ppm: narrower is crystalline, wider is a background.
    prior
        What is published of it; None where nothing is assumed.
    bend
        ppm a degree of the background under the lines.
    """

    start: float
    bounds: tuple[float, float]
    prior: Default | None
    bend: float

    def set(self, peak: Peak) -> Peak:
        """The peak with its Gaussian width bounded, and tied where a width is published."""
        if self.prior is not None:
            return tied(peak, QUANTITY, self.prior, self.bounds)
        name, (lower, upper) = f"{peak.name}_{QUANTITY}", self.bounds
        free = (
            replace(p, value=self.start, lower=lower, upper=upper) if p.name == name else p for p in peak.parameters
        )
        return replace(peak, parameters=tuple(free))


def widths_of(spectrum: xr.Dataset, axis: str, nucleus: str, lines: Sequence[Line], widen: float) -> Widths:
    """Widths of 31P as published; of another nucleus from three points to a third of the axis.

    Without published widths a line starts at half of its window, and the background bends at most every ten of the
    widest of these: it follows the hump of a probe and no line.
    """
    if nucleus in ("", "31P"):
        prior = widened(nmr_defaults.GLASS_FWHM, widen)
        return Widths(prior.mean, nmr_defaults.GLASS_FWHM_BOUNDS, prior, nmr_defaults.PPM_PER_BEND)
    x = np.asarray(spectrum[axis].values, dtype=float)
    bounds = (POINTS_A_WIDTH * float(np.median(np.diff(x))), float(x[-1] - x[0]) / 3)
    widest = max((line.upper - line.lower) / 2 for line in lines)
    start = float(np.clip(widest, *bounds))
    return Widths(start, bounds, None, max(WIDTHS_A_BEND * start, nmr_defaults.PPM_PER_BEND))


def width_notes(widths: Widths, spectrum: xr.Dataset) -> tuple[Note, ...]:
    """That nothing is assumed of the widths of a nucleus other than 31P."""
    if widths.prior is not None:
        return ()
    (low, high), technique = widths.bounds, text_of(spectrum, "technique")
    text = f"the library has no widths of {technique} lines; they are fitted between {low:.3g} and {high:.3g} ppm"
    return (Note("no-width-assumed", Severity.INFO, text, "give windows as narrow as you can justify, and compare"),)
