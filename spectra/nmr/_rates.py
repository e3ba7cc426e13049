"""Spinning rate and field: what file, user and spectrum say of them, and where they do not agree.

A rate that is wrong makes sidebands where none are and leaves those that are there to other lines: fractions of units
with an anisotropy change by as much as their sidebands hold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import xarray as xr

from shortrange_core import Note, Severity
from shortrange_core.shown_numbers import shown
from shortrange_core.spelling import option
from spectra.models import Line
from spectra.shapes import manifold
from spectra.spectrum import Maximum, estimate_noise, find_maxima, scalar, with_notes

LEFT_OVER = 4200.0
"""Hz: what TopSpin writes as MASR where nobody entered a rate."""
SAME_RATE, SAME_FIELD = 0.05, 0.01
"""Relative differences that drift of a rate and choice of a carrier make."""
LEAST_SIDEBAND = 0.005
"""Share of the intensities' range: a smaller maximum moves no fraction by its standard deviation."""
LEAST_PROMINENCE = 8.0
"""Standard deviations of the noise: correlated noise has maxima of five and six."""
TOLERANCE = 2.5
"""ppm: maxima of glassy lines, 8 ppm wide, are found to this where noise and overlap shift them."""
ORDERS = 12
USUAL_ZETA = 80.0
"""ppm: a usual anisotropy of a unit with unlike ligands."""


def checked(spectrum: xr.Dataset, given: Mapping[str, float | None]) -> xr.Dataset:
    """The spectrum with notes on what its file and the user say differently; a rate that is left over is taken off.

    Parameters
    ----------
    spectrum
        As the file was read, before anything that is given overrides it.
    given
        What the user says, by coordinate.
    """
    notes = [
        note
        for name, unit, same in (("spinning_rate", "Hz", SAME_RATE), ("larmor_frequency", "MHz", SAME_FIELD))
        if (note := _contradiction(spectrum, name, unit, given.get(name), same)) is not None
    ]
    rate = scalar(spectrum, "spinning_rate", None)
    if rate == LEFT_OVER and given.get("spinning_rate") is None and not _shows(spectrum, rate):
        text = f"TopSpin writes {rate:g} Hz if no spinning rate was entered, and no sidebands are seen at that rate"
        remedy = f"give {option('spinning_rate')} (Hz), inf for a static sample; the rate is taken as unknown"
        notes.append(Note("spinning-rate-left-over", Severity.WARNING, text, remedy))
        spectrum = spectrum.drop_vars("spinning_rate")
    return with_notes(spectrum, notes) if notes else spectrum


def _contradiction(spectrum: xr.Dataset, name: str, unit: str, given: float | None, same: float) -> Note | None:
    stated = scalar(spectrum, name, None)
    left_over = name == "spinning_rate" and stated == LEFT_OVER
    if given is None or stated is None or left_over or abs(given / stated - 1) <= same:
        return None
    larmor = scalar(spectrum, "larmor_frequency", None) or given
    text = (
        f"the {name.replace('_', ' ')} is {stated:g} {unit} in the file; {shown(given, 6)} {unit} was given and is used"
    )
    if name == "spinning_rate":
        shares = [100 * _in_sidebands(rate, larmor) for rate in (stated, given)]
        text += (
            f"; a site of zeta {USUAL_ZETA:g} ppm has {shares[0]:.0f} % of its area in sidebands at the first and "
            f"{shares[1]:.0f} % at the second"
        )
    return Note("measurement-contradicted", Severity.WARNING, text, f"correct {option(name)}, or leave it out")


def _in_sidebands(rate: float, larmor: float) -> float:
    """Share of a usual site's area outside its centreband."""
    if math.isinf(rate):
        return 0.0
    bands = manifold(USUAL_ZETA * larmor / rate, 0.5)
    return 1 - float(bands.intensity[bands.order == 0].sum())


def _shows(spectrum: xr.Dataset, rate: float) -> bool:
    """Whether the spectrum has maxima a rate off its highest one."""
    larmor = scalar(spectrum, "larmor_frequency", None)
    return larmor is not None and any(abs(d - rate / larmor) < TOLERANCE for d in _spacings(spectrum))


def _maxima(spectrum: xr.Dataset) -> list[Maximum]:
    """Maxima that stand out of the noise as it is, correlated by filling and broadening too."""
    maxima = find_maxima(spectrum, prominence=LEAST_SIDEBAND)
    noise = max(float(spectrum["noise"].median()), estimate_noise(spectrum["intensity"].values))
    return [maximum for maximum in maxima if maximum.prominence > LEAST_PROMINENCE * noise]


def _spacings(spectrum: xr.Dataset) -> list[float]:
    """Distances, ppm, at which the highest maximum has another on both sides."""
    maxima = _maxima(spectrum)
    if len(maxima) < 3:
        return []
    top = max(maxima, key=lambda maximum: maximum.prominence).position
    above = [m.position - top for m in maxima if m.position > top + TOLERANCE]
    below = [top - m.position for m in maxima if m.position < top - TOLERANCE]
    return [(up + down) / 2 for up in above for down in below if abs(up - down) < 2 * TOLERANCE]


def foreign_sidebands(spectrum: xr.Dataset, lines: Sequence[Line], rate: float, larmor: float) -> Note | None:
    """Note on sidebands that the rate of a model does not explain: of another rate, or of one that is not stated.

    Parameters
    ----------
    spectrum
        What is fitted.
    lines
        Lines of the model with their windows.
    rate, larmor
        Hz (infinite: none), MHz.
    """
    step = rate / larmor
    maxima = _maxima(spectrum)
    strange = [m for m in maxima if not _explained(m.position, lines, step)]
    if not strange or larmor <= 1.0:
        return None
    top = max(maxima, key=lambda maximum: maximum.prominence).position
    seen = [d for d in _spacings(spectrum) if any(abs(abs(m.position - top) - d) < TOLERANCE for m in strange)]
    if not seen or any(abs(d / step - round(d / step)) * step < TOLERANCE for d in seen if math.isfinite(step)):
        return None
    of = min(seen) * larmor
    stated = f"the rate of {rate:g} Hz does not explain them" if math.isfinite(rate) else "the model has no sidebands"
    text = (
        f"maxima {min(seen):.3g} ppm on both sides of the line at {top:.1f} ppm look like sidebands at {of:.3g} Hz; "
        f"{stated}, and their area is counted for no unit or a wrong one"
    )
    return Note("sidebands-unexplained", Severity.WARNING, text, f"check {option('spinning_rate')}")


def _explained(position: float, lines: Sequence[Line], step: float) -> bool:
    """Whether a maximum lies in the window of a line, or a whole number of steps from it."""
    orders = range(-ORDERS, ORDERS + 1) if math.isfinite(step) else (0,)
    shifts = [order * step if order else 0.0 for order in orders]
    return any(
        line.lower - TOLERANCE <= position - shift <= line.upper + TOLERANCE for line in lines for shift in shifts
    )
