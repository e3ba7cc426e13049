"""Raman spectroscopy: prepare a spectrum, make its model; areas are relative to unknown responses, never fractions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import xarray as xr

from shortrange_core import BadInput, Note, Severity
from shortrange_core.options import Option
from shortrange_core.spelling import option
from spectra.models import (
    Line,
    Model,
    Peak,
    Places,
    PointsAsOne,
    Technique,
    UnknownShare,
    Widen,
    Windows,
    backgrounds,
    identifier,
    named_lines,
    peak,
    planned,
    positioned,
    tied,
    widened,
    with_unknown,
)
from spectra.raman import _defaults as raman_defaults
from spectra.raman._calibration import Calibration, calibrated
from spectra.raman._cosmic_rays import despiked
from spectra.raman._thermal import reduce_raman
from spectra.spectrum import check, measured_range, on_axis, scalar, text_of, with_correlation, within

AXIS = "raman_shift"


def prepare(
    spectrum: xr.Dataset,
    *,
    window: Annotated[tuple[float, float] | None, Option("Range of the axis to keep and fit.", unit="cm-1")] = None,
    cosmic_rays: Annotated[bool, Option("Leave out points that only a cosmic ray can explain.")] = True,
    calibration: Calibration | None = None,
    temperature: Annotated[float | None, Option("Temperature, to remove the Bose factor.", unit="K", above=0)] = None,
    laser: Annotated[float | None, Option("Laser wavelength.", unit="nm", at_least=200, at_most=2000)] = None,
    noise_correlation: PointsAsOne = None,
) -> xr.Dataset:
    """Prepare a Raman spectrum for its model.

    Parameters
    ----------
    spectrum
        Spectrum over ``raman_shift``.
    window
        cm-1; the part to keep.
    cosmic_rays
        Leave out points that only a cosmic ray can have made (see :func:`spectra.raman.despiked`); the history
        lists them.
    calibration
        Correction of the axis, from :func:`spectra.raman.calibrate`; its sd becomes the offset's in the model.
    temperature
        K; given, the Bose and frequency factors are taken out (see :func:`spectra.raman.reduce_raman`).
    laser
        Laser wavelength in nm, for that correction; the file's where absent.
    noise_correlation
        Number of points that count as one; measured in the residuals where absent.

    Raises
    ------
    BadInput
        If it is no Raman spectrum, the correction lacks the laser line, or fewer than one point counts as one.
    """
    spectrum = with_correlation(on_axis(spectrum, AXIS, "a Raman spectrum"), noise_correlation)
    result = despiked(spectrum)[0] if cosmic_rays else spectrum
    if calibration is not None:
        result = calibrated(result, calibration)
    if temperature is not None:
        line = laser if laser is not None else spectrum.coords.get("laser")
        if line is None:
            raise BadInput(
                f"laser: the frequency correction needs the laser line; give {option('laser')} in nm, such as 488.0"
            )
        result = reduce_raman(result, temperature=temperature, laser=float(line))
    return check(within(result, window))


def model(
    spectrum: xr.Dataset,
    species: Sequence[str],
    *,
    priors: Places | None = None,
    windows: Annotated[Windows | None, Option("Range in which a line is fitted, by line.", unit="cm-1")] = None,
    window: Annotated[tuple[float, float] | None, Option("Range of the axis to keep and fit.", unit="cm-1")] = None,
    offset_sd: Annotated[
        float | None, Option("Standard deviation of the calibration of the axis.", unit="cm-1", at_least=0)
    ] = None,
    background_degree: Annotated[
        int | None, Option("Degree of the fluorescence polynomial.", at_least=0, at_most=8)
    ] = None,
    unassigned: Annotated[
        Windows | None, Option("Additional lines not assigned to any unit, with their windows.", unit="cm-1")
    ] = None,
    widest: Annotated[
        float, Option("Largest width of a band (FWHM).", unit="cm-1", above=0)
    ] = raman_defaults.FWHM_BOUNDS[1],
    widen: Widen = 1.0,
    unknown: UnknownShare = 0.0,
) -> Model:
    """Model with one band per species and a fluorescence background that is fitted too.

    Areas leave with their assignments, but every species has its own unknown response: in the balances they are
    ratios along a series, relative to PS4 = 1, not mole fractions.

    Parameters
    ----------
    spectrum
        As :func:`prepare` gives it.
    species
        One text a band: a label or labels that share a band.
    priors
        Published shifts by label, relative to the spectrum's calibration offset.
    windows
        (lower, upper) in cm-1 by band text, over the technique's defaults.
    window
        Part of the axis to fit, cm-1.
    offset_sd
        Uncertainty of the calibration in cm-1; where absent that of the calibration made, else 1.
    background_degree
        Degree of the polynomial of the fluorescence; 3 where absent.
    unassigned
        Extra bands by name with their windows, which count for nothing.
    widest
        Largest FWHM of a band in cm-1; 60, which is right for P-S stretches, where absent. Bands of silicates, borates
        and oxide-rich glasses are wider: give 150, and a background that bends less.
    widen
        Factor on the sds of the technique's own priors of widths.
    unknown
        Most share of all areas that one broad line of unknown origin may hold, a last resort: it counts for nothing,
        and what it holds is told. 0 for none.

    Raises
    ------
    BadInput
        If a species has neither prior nor window, no band lies in the window, or ``widest`` is no width.
    """
    if not widest > raman_defaults.FWHM_BOUNDS[0]:
        raise BadInput(f"widest = {widest:g}: is a FWHM in cm-1 above {raman_defaults.FWHM_BOUNDS[0]:g}")
    spectrum = on_axis(spectrum, AXIS, "a Raman spectrum")
    stated_sd = scalar(spectrum, "calibration_sd", offset_sd)
    sd = raman_defaults.OFFSET_SD if stated_sd is None else stated_sd
    plan = planned(
        spectrum,
        species,
        technique="Raman",
        priors=priors,
        windows=windows,
        offset_sd=sd,
        window=window,
    )
    bands = [_band(line, widest, widen) for line in plan.lines]
    bands += [_extra(name, ends, widest) for name, ends in (unassigned or {}).items()]
    degree = raman_defaults.BACKGROUND_DEGREE if background_degree is None else background_degree
    made = Model(
        text_of(spectrum, "technique"),
        AXIS,
        tuple(bands),
        background=(backgrounds.polynomial(degree),),
        offset_sd=sd,
        window=None if window is None else measured_range(spectrum, window),
        notes=(*plan.notes, *_notes(spectrum, plan.lines, window)),
    )
    return with_unknown(made, unknown, raman_defaults.FWHM.mean)


def _band(line: Line, widest: float, widen: float) -> Peak:
    prior = widened(raman_defaults.FWHM, widen)
    quantities: dict[str, Any] = {"center": line.start, "fwhm": prior.mean}
    made = positioned(line, peak(line.name, quantities, assignment=line.text))
    return tied(made, "fwhm", prior, (raman_defaults.FWHM_BOUNDS[0], widest))


def _extra(name: str, ends: tuple[float, float], widest: float) -> Peak:
    width = (min(raman_defaults.FWHM.mean, widest), raman_defaults.FWHM_BOUNDS[0], widest)
    return peak(identifier(name), {"center": (sum(ends) / 2, *ends), "fwhm": width})


def _notes(spectrum: xr.Dataset, lines: Sequence[Line], window: tuple[float, float] | None) -> tuple[Note, ...]:
    low, high = measured_range(spectrum, window)
    notes = [
        Note(
            "unknown-response",
            Severity.INFO,
            "Raman areas are in units of unknown responses, which are not published for PS4 : P2S7 : P2S6",
            "use them as ratios along a series, relative to PS4 = 1, or give a calibration",
        )
    ]
    first, last = raman_defaults.OXIDE_RANGE
    if high < last or low > first:
        text = (
            f"the range {low:g} to {high:g} cm-1 misses P-O stretches, {first:g} to {last:g}: oxide units are not seen"
        )
        notes.append(Note("oxide-range-missing", Severity.INFO, text, "measure up to 1200 cm-1"))
    if any("~P" in label for line in lines for label in line.members):  # 10.1002/aenm.71471
        text = (
            "free sulfide (Li2S at 372 cm-1 in lithium glasses) and reduced phosphorus (360 cm-1) lie under the P2S6 "
            "band near 380 cm-1"
        )
        notes.append(Note("p2s6-overlap", Severity.INFO, text, "check by XRD that there is no free sulfide"))
    return tuple(notes)


RAMAN = Technique("Raman", AXIS, prepare, model, named_lines)
