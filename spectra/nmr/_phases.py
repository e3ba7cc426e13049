"""What is left of a phase error in a processed spectrum: one phase of zero and first order for all its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from spectra.models import Default, Peak, peak, tied
from spectra.nmr import _defaults as nmr_defaults

PHASED = {"mas": "phased_mas", "voigt": "phased_voigt", "pseudo_voigt": "phased_pseudo_voigt"}
"""Shape of a line in a phase, by that of the line in absorption."""


def in_phase(peaks: Sequence[Peak], spectrum: xr.Dataset, sd: float | None) -> tuple[tuple[Peak, ...], tuple[str, ...]]:
    """Lines that share a phase with a prior about 0, and the links that make it one; the lines as they are for sd 0.

    Parameters
    ----------
    peaks
        Lines of the shapes ``mas``, ``voigt`` and ``pseudo_voigt``.
    spectrum
        Spectrum over ``chemical_shift``: the first order turns about its centroid, where it moves no area.
    sd
        Degrees, of the zero order; by what the spectrum holds where absent.
    """
    if sd is None:
        sd = nmr_defaults.PHASE_SD_COMPLEX if "imaginary" in spectrum else nmr_defaults.PHASE_SD
    if sd == 0:
        return tuple(peaks), ()
    zero = Default(0.0, sd, nmr_defaults.PHASE_REASON)
    first = Default(0.0, sd * nmr_defaults.PHASE_SLOPE_PER_PHASE, nmr_defaults.PHASE_REASON)
    pivot = centroid(spectrum)
    turned = tuple(_turned(line, zero, first, pivot) for line in peaks)
    links = [f"{line.name}_{q} = {turned[0].name}_{q}" for line in turned[1:] for q in ("phase", "phase_slope")]
    return turned, tuple(links)


def centroid(spectrum: xr.Dataset) -> float:
    """Mean shift (ppm) of a spectrum, weighted by its positive intensity over the median."""
    x, y = (np.asarray(values, dtype=float) for values in (spectrum["chemical_shift"], spectrum["intensity"]))
    weight = np.clip(y - np.median(y), 0.0, None)
    return float(x @ weight / weight.sum()) if weight.any() else float(x.mean())


def _turned(line: Peak, zero: Default, first: Default, pivot: float) -> Peak:
    """A line in a phase: its parameters as they were, with those of the phase beside them."""
    starts = {p.quantity: p.value for p in line.parameters if p.quantity != "area"}
    quantities = {**starts, "phase": 0.0, "phase_slope": 0.0, "pivot": pivot}
    made = peak(line.name, quantities, assignment=line.assignment, shape=PHASED[line.shape])
    before = {p.name: p for p in line.parameters}
    free = {f"{line.name}_phase", f"{line.name}_phase_slope"}
    parameters = [before.get(p.name) or replace(p, vary=p.name in free) for p in made.parameters]
    made = replace(made, parameters=tuple(parameters))
    made = tied(made, "phase", zero, nmr_defaults.PHASE_BOUNDS)
    return tied(made, "phase_slope", first, nmr_defaults.PHASE_BOUNDS)
