"""FTIR spectroscopy: prepare a spectrum, make its model; bands are amounts times unknown responses, never fractions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import xarray as xr

from shortrange_core import Note, Severity
from shortrange_core.options import Option
from spectra.ftir import _defaults as ftir_defaults
from spectra.ftir._absorbance import QUANTITIES, atmosphere_notes, ranges, to_absorbance
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
    named_lines,
    peak,
    planned,
    positioned,
    tied,
    widened,
    with_unknown,
)
from spectra.spectrum import check, measured_range, on_axis, text_of, with_correlation, within

AXIS = "wavenumber"


def prepare(
    spectrum: xr.Dataset,
    *,
    window: Annotated[tuple[float, float] | None, Option("Range of the axis to keep and fit.", unit="cm-1")] = None,
    quantity: Annotated[str | None, Option("What the intensities are.", words=QUANTITIES)] = None,
    noise_correlation: PointsAsOne = None,
) -> xr.Dataset:
    """Prepare an infrared spectrum for its model: absorbance over the fitted range.

    Parameters
    ----------
    spectrum
        Spectrum over ``wavenumber``: absorbance, or transmittance (as a share or in per cent).
    window
        cm-1; the part to keep.
    quantity
        ``"absorbance"``, ``"transmittance"`` or ``"percent transmittance"``; the unit of the intensity where absent.
    noise_correlation
        Number of points that count as one; measured in the residuals where absent.

    Raises
    ------
    BadInput
        If it is no infrared spectrum, the window leaves nothing, or fewer than one point counts as one.
    """
    spectrum = with_correlation(on_axis(spectrum, AXIS, "an infrared spectrum"), noise_correlation)
    return check(to_absorbance(within(spectrum, window), quantity=quantity))


def model(
    spectrum: xr.Dataset,
    species: Sequence[str],
    *,
    priors: Places | None = None,
    windows: Annotated[Windows | None, Option("Range in which a line is fitted, by line.", unit="cm-1")] = None,
    window: Annotated[tuple[float, float] | None, Option("Range of the axis to keep and fit.", unit="cm-1")] = None,
    offset_sd: Annotated[float | None, Option("Standard deviation of the axis.", unit="cm-1", at_least=0)] = None,
    background_degree: Annotated[
        int | None, Option("Degree of the baseline polynomial.", at_least=0, at_most=8)
    ] = None,
    widen: Widen = 1.0,
    unknown: UnknownShare = 0.0,
) -> Model:
    """Model with one band per species and a smooth baseline that is fitted too.

    Areas have unknown responses: they enter the balances as such, never as a share of bridging oxygen.

    Parameters
    ----------
    spectrum
        As :func:`prepare` gives it.
    species
        One text a band: a label or labels that share a band.
    priors
        Published positions by label, relative to the spectrum's calibration offset.
    windows
        (lower, upper) in cm-1 by band text, over the technique's defaults.
    window
        Part of the axis to fit, cm-1.
    offset_sd
        Uncertainty of the axis in cm-1; 1 where absent.
    background_degree
        Degree of the polynomial baseline; 2 where absent.
    widen
        Factor on the sds of the technique's own priors of widths.
    unknown
        Most share of all areas that one broad line of unknown origin may hold, a last resort: it counts for nothing,
        and what it holds is told. 0 for none.

    Raises
    ------
    BadInput
        If a species has neither prior nor window, or no band lies in the window.
    """
    spectrum = on_axis(spectrum, AXIS, "an infrared spectrum")
    sd = ftir_defaults.OFFSET_SD if offset_sd is None else offset_sd
    plan = planned(
        spectrum,
        species,
        technique="FTIR",
        priors=priors,
        windows=windows,
        offset_sd=sd,
        window=window,
    )
    degree = ftir_defaults.BACKGROUND_DEGREE if background_degree is None else background_degree
    made = Model(
        text_of(spectrum, "technique"),
        AXIS,
        tuple(_band(line, widen) for line in plan.lines),
        background=(backgrounds.polynomial(degree),),
        offset_sd=sd,
        window=None if window is None else measured_range(spectrum, window),
        notes=(*plan.notes, *atmosphere_notes(spectrum), *_notes(plan.lines)),
    )
    return with_unknown(made, unknown, ftir_defaults.FWHM.mean)


def _band(line: Line, widen: float) -> Peak:
    prior = widened(ftir_defaults.FWHM, widen)
    quantities: dict[str, Any] = {"center": line.start, "fwhm": prior.mean}
    made = positioned(line, peak(line.name, quantities, assignment=line.text, shape="gaussian"))
    return tied(made, "fwhm", prior, ftir_defaults.FWHM_BOUNDS)


def _notes(lines: Sequence[Line]) -> tuple[Note, ...]:
    notes = [
        Note(
            "unknown-response",
            Severity.INFO,
            "FTIR areas depend on absorption strengths that are not known for any unit",
            "use them in the balances with unknown responses, never as fractions or as a BO share",
        )
    ]
    low, high = ranges()[ftir_defaults.BRIDGING]
    if any(low <= line.start <= high for line in lines):
        text = (
            f"the range {low:g} to {high:g} cm-1 also has terminal P-S of PSO3 (709-733) and of P2S6(2-) (610-630): "
            "a band there is not only P-O-P"
        )
        notes.append(Note("window-overlap", Severity.INFO, text, "compare with NMR before counting it as bridges"))
    return tuple(notes)


FTIR = Technique("FTIR", AXIS, prepare, model, named_lines)
