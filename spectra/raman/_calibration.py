r"""Wavenumber calibration of a Raman spectrometer from silicon, polystyrene or a neon lamp, with its uncertainty.

.. math:: \tilde\nu_{true} = \tilde\nu + \sum_k a_k \left(\frac{\tilde\nu - \tilde\nu_0}{1000}\right)^k
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.fits import fit
from spectra.models import Model, backgrounds, peak
from spectra.raman._thermal import NM_PER_CM
from spectra.spectrum import axis_of, check, recorded

SILICON = (520.5,)
"""cm-1, first order of silicon at room temperature."""
POLYSTYRENE = (620.9, 795.8, 1001.4, 1031.8, 1155.3, 1450.5, 1583.1, 1602.3, 2852.4, 2904.5, 3054.3)
"""cm-1, polystyrene of ASTM E1840."""
NEON_NM = (
    585.24879, 588.18952, 594.48342, 597.46273, 602.99969, 607.43377, 609.61631, 614.30626, 616.35939, 621.72812,
    626.64950, 630.47889, 633.44278, 638.29917, 640.22480, 650.65281, 653.28822, 659.89529, 667.82762, 671.70430,
    692.94673, 702.40504, 703.24131, 717.39381, 724.51666, 743.88980, 748.88712, 753.57741, 754.40443, 837.76080,
)  # fmt: skip
"""nm in air, strong neon lines of the NIST Atomic Spectra Database between 585 and 840 nm."""
STANDARD_SD = {"silicon": 0.3, "polystyrene": 0.55, "neon": 0.05}
"""cm-1, of one line: half of the expanded uncertainty of 1.1 cm-1 for polystyrene (Analytical Sciences 37 (2021) 1533);
silicon moves with temperature and heating by the laser; neon is as good as the fit."""
SEARCH = 12.0
"""cm-1 around an expected line: spectrometers out of calibration by more need a first shift by hand."""
HALF_WIDTH = 15.0
LEAST_CONTRAST = 8.0
"""Noise standard deviations by which a line must stand out."""
SCALE = 1000.0
OUTLIER = 4.0
"""Times the scatter of the others: one good line in 16 000 by chance."""
Array = npt.NDArray[np.float64]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Calibration(Shown):
    """A correction of the Raman axis.

    Parameters
    ----------
    coefficients
        Entries ``a0``, ``a1`` ... in cm-1, with covariance.
    middle
        Expansion point in cm-1.
    measured, expected
        n line positions in cm-1.
    scatter
        Root mean square of what is left, cm-1.
    notes
        What a user must know.
    """

    coefficients: Estimates
    middle: float
    measured: Array
    expected: Array
    scatter: float
    notes: tuple[Note, ...]

    def correction(self, shift: npt.ArrayLike) -> tuple[Array, Array]:
        """What to add to Raman shifts (cm-1), and its standard deviation."""
        powers = _powers(np.asarray(shift, dtype=float), self.middle, len(self.coefficients) - 1)
        variance = np.einsum("ij,jk,ik->i", powers, self.coefficients.covariance.values, powers)
        return powers @ self.coefficients.value.values, np.sqrt(variance)


def _powers(shift: Array, middle: float, degree: int) -> Array:
    return np.vander(np.atleast_1d((shift - middle) / SCALE), degree + 1, increasing=True)


def neon_shifts(laser: float) -> Array:
    """Raman shifts (cm-1) at which neon lines show with a laser of the given wavelength (nm).

    Examples
    --------
    >>> neon_shifts(632.8)[13:15].round(1).tolist()
    [136.1, 183.3]
    """
    return np.asarray(NM_PER_CM / laser - NM_PER_CM / np.array(NEON_NM))


def calibrate(
    standard: xr.Dataset,
    kind: str,
    *,
    laser: float | None = None,
    degree: int | None = None,
    search: float = SEARCH,
) -> Calibration:
    """Calibration of the Raman axis from the spectrum of a standard.

    Parameters
    ----------
    standard
        Spectrum of silicon, polystyrene or a neon lamp, as measured.
    kind
        ``"silicon"``, ``"polystyrene"`` or ``"neon"``.
    laser
        nm, for neon: the wavelength that the spectrometer takes as its zero.
    degree
        Of the correction; 0 for one line, 1 for two to four, 2 for more.
    search
        cm-1 around every expected line.

    Raises
    ------
    BadInput
        If the standard is not known, neon has no laser, or no line is found.
    """
    standard = check(standard)
    if axis_of(standard) != "raman_shift":
        raise BadInput(f"the axis is {axis_of(standard)}, not raman_shift; give the standard's Raman spectrum")
    expected = _expected(kind, laser)
    pairs = [(line, at) for line in expected if (at := _position(standard, line, expected, search)) is not None]
    if not pairs:
        raise BadInput(f"{kind}: none of its {expected.size} lines is seen within {search:g} cm-1; check the file")
    lines = np.array([line for line, _ in pairs])
    places = np.array([at[0] for _, at in pairs])
    sds = np.hypot([at[1] for _, at in pairs], STANDARD_SD[kind])
    degree = min((0 if lines.size == 1 else 1 if lines.size < 5 else 2) if degree is None else degree, lines.size - 1)
    middle = float(places.mean())
    keep = _agreeing(places, lines, sds, degree)
    outliers = lines[~keep]
    places, lines, sds = places[keep], lines[keep], sds[keep]
    value, covariance, left = _solved(places, lines, sds, middle, degree)
    freedom = lines.size - degree - 1
    inflation = max(1.0, float(np.sum((left / sds) ** 2)) / freedom) if freedom > 0 else 1.0
    names = [f"a{k}" for k in range(degree + 1)]
    coefficients = Estimates.build(names, value, covariance * inflation)
    scatter = float(np.sqrt(np.mean(left**2)))
    return Calibration(coefficients, middle, places, lines, scatter, _notes(kind, lines, outliers, degree))


def _solved(places: Array, lines: Array, sds: Array, middle: float, degree: int) -> tuple[Array, Array, Array]:
    """Coefficients, their covariance, and what is left at every line."""
    design = _powers(places, middle, degree) / sds[:, None]
    target = (lines - places) / sds
    covariance = np.linalg.inv(design.T @ design)
    value = covariance @ design.T @ target
    return value, np.asarray(covariance, dtype=float), (target - design @ value) * sds


def _agreeing(places: Array, lines: Array, sds: Array, degree: int) -> npt.NDArray[np.bool_]:
    """Lines that agree with the others: the worst is left out while it is far from a curve through the rest."""
    keep = np.ones(lines.size, dtype=bool)
    while keep.sum() > degree + 3:
        middle = float(places.mean())
        trials = []
        for index in np.flatnonzero(keep):
            rest = keep.copy()
            rest[index] = False
            value, _, left = _solved(places[rest], lines[rest], sds[rest], middle, degree)
            own = lines[index] - places[index] - float(_powers(places[index], middle, degree)[0] @ value)
            spread = max(float(np.sqrt(np.mean(left**2))), float(sds[index]))
            trials.append((abs(own) / spread, index))
        worst, index = max(trials)
        if worst < OUTLIER:
            break
        keep[index] = False
    return keep


def _expected(kind: str, laser: float | None) -> Array:
    if kind == "silicon":
        return np.array(SILICON)
    if kind == "polystyrene":
        return np.array(POLYSTYRENE)
    if kind != "neon":
        raise BadInput(f"kind {kind!r} is not a known standard; give one of {', '.join(STANDARD_SD)}")
    if laser is None:
        raise BadInput("laser: neon lines are absolute, so the laser line is needed; give laser= in nm, such as 632.8")
    return neon_shifts(laser)


def _position(spectrum: xr.Dataset, line: float, expected: Array, search: float) -> tuple[float, float] | None:
    """Position of the line nearest to what is expected, with its sd; None where nothing stands out."""
    others = np.abs(expected[expected != line] - line)
    reach = min(search, float(others.min()) / 2 if others.size else search)
    part = spectrum.sel(raman_shift=slice(line - reach - HALF_WIDTH, line + reach + HALF_WIDTH))
    inside = part.sel(raman_shift=slice(line - reach, line + reach))
    if inside.raman_shift.size < 4 or part.raman_shift[0] > line - reach or part.raman_shift[-1] < line + reach:
        return None
    top = float(inside.raman_shift[int(np.argmax(inside.intensity.values))])
    height = float(inside.intensity.max() - np.median(part.intensity.values))
    if height < LEAST_CONTRAST * float(inside.noise.mean()) or abs(top - line) > 0.95 * reach:
        return None
    step = float(np.median(np.diff(part.raman_shift.values)))
    half = max(HALF_WIDTH / 2, 5 * step)
    quantities: dict[str, Any] = {"center": (top, top - reach, top + reach), "fwhm": (4 * step, step, 2 * half)}
    model = Model(
        "",
        "raman_shift",
        (peak("line", quantities),),
        background=(backgrounds.linear(),),
        window=(top - half, top + half),
    )
    try:
        result = fit(part, model, check=False)
    except BadInput:
        return None
    entry = result.parameters.select(["line_center"])
    sd = float(entry.sd.item())
    return (float(entry.value.item()), sd) if result.status.trusted and math.isfinite(sd) else None


def _notes(kind: str, lines: Array, outliers: Array, degree: int) -> tuple[Note, ...]:
    if outliers.size:
        named = ", ".join(f"{line:g}" for line in outliers)
        text = f"{kind}: the lines at {named} cm-1 disagree with the others and were left out"
        return (Note("calibration-outlier", Severity.INFO, text, "check whether other lines were mistaken for them"),)
    if degree > 0:
        return ()
    text = f"one line of {kind}, at {lines[0]:g} cm-1, calibrates only the offset: far from it the axis may be wrong"
    return (Note("calibration-one-line", Severity.INFO, text, "use polystyrene or neon for the slope"),)


def calibrated(spectrum: xr.Dataset, correction: Calibration) -> xr.Dataset:
    """The spectrum on the calibrated axis, with the coordinate ``calibration_sd`` (cm-1, largest between the lines).

    Raises
    ------
    BadInput
        If it was calibrated before, or the correction turns the axis round.
    """
    spectrum = check(spectrum)
    if "calibration_sd" in spectrum.coords:
        raise BadInput("calibration_sd: the spectrum is already calibrated; start from the measured one")
    shift = np.asarray(spectrum.raman_shift.values, dtype=float)
    added, sd = correction.correction(shift)
    if np.any(np.diff(shift + added) <= 0):
        raise BadInput("the calibrated axis is not monotonic outside its lines; give degree=1 or fewer points")
    attrs = dict(spectrum.raman_shift.attrs)
    between = (shift >= correction.measured.min() - HALF_WIDTH) & (shift <= correction.measured.max() + HALF_WIDTH)
    largest = float(sd[between].max() if between.any() else sd.max())
    moved = spectrum.assign_coords(raman_shift=shift + added, calibration_sd=largest)
    moved.raman_shift.attrs.update(attrs)
    return recorded(moved, f"axis calibrated with {correction.expected.size} lines, {correction.scatter:.2f} cm-1 left")
