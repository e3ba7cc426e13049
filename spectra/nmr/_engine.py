"""Solid-state NMR: prepare a spectrum, make its model with whole sideband manifolds, take the tensors out of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import xarray as xr

from shortrange_core import BadInput, Estimates
from shortrange_core.options import Option, nearest
from shortrange_core.spelling import option
from spectra.models import (
    Model,
    Places,
    PointsAsOne,
    Technique,
    UnknownShare,
    Widen,
    Windows,
    backgrounds,
    named_lines,
    planned,
    with_unknown,
)
from spectra.nmr import _defaults as nmr_defaults
from spectra.nmr._glass_lines import (
    AXIS,
    PHOSPHORUS,
    crystal_line,
    extra_line,
    glass_line,
    links_of_model,
    nucleus_of,
    spinning_of,
)
from spectra.nmr._model_notes import notes_of_model
from spectra.nmr._phase_evidence import on_free_phase, phased_as
from spectra.nmr._phases import in_phase
from spectra.nmr._rate_evidence import remarks_of_rate
from spectra.nmr._rates import checked
from spectra.nmr._referencing import referenced
from spectra.nmr._results import areas_outside, tensors
from spectra.nmr._settings import stated
from spectra.nmr._widths import width_notes, widths_of
from spectra.noise import with_noise
from spectra.spectrum import axis_of, check, measured_range, on_axis, text_of, within

__all__ = ["areas_outside", "model", "prepare", "tensors"]


def prepare(
    spectrum: xr.Dataset,
    *,
    reference: Annotated[str | None, Option("Reference compound of the shift scale, such as 85% H3PO4.")] = None,
    window: Annotated[tuple[float, float] | None, Option("Range of the axis to keep and fit.", unit="ppm")] = None,
    spinning_rate: Annotated[float | None, Option("Spinning rate; inf for no sidebands.", unit="Hz", above=0)] = None,
    larmor_frequency: Annotated[float | None, Option("Larmor frequency.", unit="MHz", above=0)] = None,
    recycle_delay: Annotated[float | None, Option("Delay between scans.", unit="s", above=0)] = None,
    flip_angle: Annotated[
        float | None, Option("Flip angle of the pulse.", unit="degrees", above=0, at_most=180)
    ] = None,
    noise_correlation: PointsAsOne = None,
) -> xr.Dataset:
    """Prepare a processed NMR spectrum for its model.

    Parameters
    ----------
    spectrum
        Spectrum over ``chemical_shift``; a FID goes through :mod:`spectra.nmr` first.
    reference
        Name of its scale, such as ``"85% H3PO4"``; refused if the file states another one.
    window
        ppm; the part to keep.
    spinning_rate
        Hz; overrides the file, whose value is often left over from another measurement. Infinite: no sidebands.
    larmor_frequency
        MHz; overrides the file.
    recycle_delay, flip_angle
        s, degrees; override the file.
    noise_correlation
        Number of points that count as one. Where absent it is measured in the quiet parts of the spectrum, together
        with the noise, unless the noise was given.

    Returns
    -------
    xr.Dataset
        Spectrum with noise, ``noise_correlation`` and the scalar coordinates.

    Raises
    ------
    BadInput
        If it is no NMR spectrum, states another reference, or a value is not in the unit that is meant.
    """
    spectrum = check(spectrum)
    if axis_of(spectrum) == "time":
        raise BadInput("this is a FID: transform it with spectra.nmr.transform first")
    if axis_of(spectrum) != AXIS:
        raise BadInput(f"the axis is {axis_of(spectrum)}, not {AXIS}; give an NMR spectrum")
    result = spectrum if reference is None else referenced(spectrum, reference)
    given = {
        "spinning_rate": spinning_rate,
        "larmor_frequency": larmor_frequency,
        "recycle_delay": recycle_delay,
        "flip_angle": flip_angle,
        "noise_correlation": noise_correlation,
    }
    result = with_noise(stated(checked(result, given), given))
    return check(within(result, window))


def model(
    spectrum: xr.Dataset,
    species: Sequence[str],
    *,
    priors: Places | None = None,
    windows: Annotated[Windows | None, Option("Range in which a line is fitted, by line.", unit="ppm")] = None,
    window: Annotated[tuple[float, float] | None, Option("Range of the axis to keep and fit.", unit="ppm")] = None,
    offset_sd: Annotated[float | None, Option("Standard deviation of the referencing.", unit="ppm", at_least=0)] = None,
    background_degree: Annotated[
        int | None, Option("Degree of the polynomial under the lines.", at_least=0, at_most=8)
    ] = None,
    crystalline: Annotated[Sequence[str], Option("Lines with a sharp line beside the broad one.")] = (),
    unassigned: Annotated[
        Windows | None, Option("Additional lines not assigned to any unit, with their windows.", unit="ppm")
    ] = None,
    t1: Estimates | None = None,
    widen: Widen = 1.0,
    phase_sd: Annotated[
        float | None,
        Option("Standard deviation of the remaining phase error; 0 for none.", unit="degrees", at_least=0),
    ] = None,
    lorentz_common: Annotated[
        float,
        Option("Share of the variance of Lorentzian widths common to all lines; 1: one width.", at_least=0, at_most=1),
    ] = nmr_defaults.LORENTZ_COMMON,
    unknown: UnknownShare = 0.0,
) -> Model:
    """Model with one line per species (or group of species that share a shift), each with its full sideband manifold.

    The area of a line is that of the manifold, sidebands outside the window included. Where spinning rate or Larmor
    frequency is not known, sidebands are left out and a note says so.

    Parameters
    ----------
    spectrum
        As :func:`prepare` gives it.
    species
        One text a line: a label, or labels that share a shift: ``"P:S4 + P:S3O"``.
    priors
        Published shifts by label, on the spectrum's scale; they act relative to its referencing offset.
    windows
        (lower, upper) in ppm by line text, over the technique's defaults.
    window
        Part of the axis to fit, ppm.
    offset_sd
        Uncertainty of the referencing in ppm; 0.5 where absent.
    background_degree
        Degree of the polynomial under the lines; one for every 80 ppm where absent, 1 to 8.
    crystalline
        Line texts that have a sharp line beside the broad one; both count the same species.
    unassigned
        Extra lines by name with their windows: their area counts for nothing and its share is shown.
    t1
        Relaxation times in s by species, for the note on saturation.
    widen
        Factor on the sds of the technique's own priors of widths and anisotropies.
    phase_sd
        Standard deviation, in degrees, of a phase error of zero order that may be left; one of first order about the
        centroid of the spectrum goes with it. Both are common to all lines. Where absent, 2, or 10 (which the data
        overrule) where the spectrum has an imaginary part, which itself is not fitted. At 0 lines are pure absorption.
    lorentz_common
        Share of the variance of the Lorentzian widths that all lines have in common. At 1 they are one width; below,
        every line has its own, which widens intervals of lines that overlap (docs/decisions/0057).
    unknown
        Most share of all areas that one broad line of unknown origin may hold, a last resort: it counts for nothing,
        and what it holds is told. 0 for none.

    Raises
    ------
    BadInput
        If a species has neither prior nor window, a name belongs to no line, or no line lies in the window.
    """
    spectrum = on_axis(spectrum, AXIS, "an NMR spectrum")
    sd = nmr_defaults.OFFSET_SD if offset_sd is None else offset_sd
    technique = f"{nucleus_of(spectrum)} NMR" if nucleus_of(spectrum) else PHOSPHORUS
    plan = planned(spectrum, species, technique=technique, priors=priors, windows=windows, offset_sd=sd, window=window)
    strangers = sorted(set(crystalline) - {line.text for line in plan.lines})
    if strangers:
        texts = [line.text for line in plan.lines]
        near = nearest(strangers[0], texts)
        raise BadInput(
            f"{option('crystalline')}: {', '.join(strangers)} is not a line of this model{near}; name one of "
            f"{', '.join(texts)}"
        )
    rate, larmor = spinning_of(spectrum)
    widths = widths_of(spectrum, AXIS, nucleus_of(spectrum), plan.lines, widen)
    glass = [glass_line(line, widths, (rate, larmor), widen, lorentz_common) for line in plan.lines]
    sharp = [crystal_line(line, spectrum, widths, (rate, larmor)) for line in plan.lines if line.text in crystalline]
    extra = [extra_line(name, ends, widths) for name, ends in (unassigned or {}).items()]
    ends = measured_range(spectrum, window)
    bends = min(max(round((ends[1] - ends[0]) / widths.bend), 1), nmr_defaults.MOST_BENDS)
    degree = bends if background_degree is None else background_degree
    peaks, turned = in_phase((*glass, *sharp, *extra), spectrum.sel({AXIS: slice(*ends)}), phase_sd)
    made = Model(
        text_of(spectrum, "technique"),
        AXIS,
        peaks,
        background=(backgrounds.polynomial(degree),),
        links=(*links_of_model(plan.lines, crystalline, rate, one_width=lorentz_common == 1), *turned),
        offset_sd=sd,
        window=None if window is None else ends,
        notes=(
            *plan.notes,
            *notes_of_model(spectrum, plan.lines, (rate, larmor), ends, t1),
            *width_notes(widths, spectrum),
        ),
    )
    return with_unknown(made, unknown, widths.start)


NMR = Technique("NMR", AXIS, prepare, model, named_lines, remarks_of_rate, on_free_phase, phased_as)
