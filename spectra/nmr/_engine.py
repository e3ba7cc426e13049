"""Solid-state NMR: prepare a spectrum, make its model with whole sideband manifolds, take the tensors out of a fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter1d

from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.options import Option
from shortrange_core.spelling import option
from spectra.models import (
    Default,
    Line,
    Model,
    Peak,
    Places,
    Technique,
    Windows,
    backgrounds,
    identifier,
    named_lines,
    peak,
    planned,
    positioned,
    public_windows,
    tied,
    widened,
    with_unknown,
)
from spectra.nmr import _defaults as nmr_defaults
from spectra.nmr._phases import in_phase
from spectra.nmr._rates import checked, foreign_sidebands
from spectra.nmr._referencing import referenced
from spectra.nmr._results import areas_outside, share_outside, tensors
from spectra.nmr._saturation import saturation_note
from spectra.nmr._settings import stated
from spectra.nmr._widths import Widths, width_notes, widths_of
from spectra.noise import with_noise
from spectra.spectrum import axis_of, check, kind, measured_range, nucleus, on_axis, scalar, text_of

__all__ = ["areas_outside", "model", "prepare", "tensors"]
AXIS = "chemical_shift"
PHOSPHORUS = "31P NMR"
"""What a spectrum that does not say its nucleus is taken for."""
OUTSIDE_SHARE = 0.01
"""A site that has 1 % of its area outside the window gets a note."""
PHOSPHATE = "P:O4"


def prepare(
    spectrum: xr.Dataset,
    *,
    reference: Annotated[str | None, Option("Reference compound of the shift scale, such as 85% H3PO4.")] = None,
    window: Annotated[tuple[float, float] | None, Option("Part of the axis to keep and to fit.", unit="ppm")] = None,
    spinning_rate: Annotated[float | None, Option("Spinning rate; inf for no sidebands.", unit="Hz", above=0)] = None,
    larmor_frequency: Annotated[float | None, Option("Larmor frequency.", unit="MHz", above=0)] = None,
    recycle_delay: Annotated[float | None, Option("Delay between scans.", unit="s", above=0)] = None,
    flip_angle: Annotated[
        float | None, Option("Flip angle of the pulse.", unit="degrees", above=0, at_most=180)
    ] = None,
    noise_correlation: Annotated[float | None, Option("Number of points that count as one.", above=0)] = None,
) -> xr.Dataset:
    """Make a processed NMR spectrum ready for its model.

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
        raise BadInput("a FID was given: transform it with spectra.nmr_processing.transform first")
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
    if window is not None:
        low, high = measured_range(result, window)
        result = result.sel({AXIS: slice(low, high)})
    return check(result)


def model(
    spectrum: xr.Dataset,
    species: Sequence[str],
    *,
    priors: Places | None = None,
    windows: Annotated[Windows | None, Option("Where a line is looked for, by line.", unit="ppm")] = None,
    window: Annotated[tuple[float, float] | None, Option("Part of the axis to keep and to fit.", unit="ppm")] = None,
    offset_sd: Annotated[float | None, Option("Standard deviation of the referencing.", unit="ppm", at_least=0)] = None,
    background_degree: Annotated[
        int | None, Option("Degree of the polynomial under the lines.", at_least=0, at_most=8)
    ] = None,
    crystalline: Annotated[Sequence[str], Option("Lines that have a sharp line beside the broad one.")] = (),
    unassigned: Annotated[
        Windows | None, Option("Extra lines that count for nothing, with their windows.", unit="ppm")
    ] = None,
    t1: Estimates | None = None,
    widen: Annotated[float, Option("Factor on the sds of the technique's own priors.", above=0)] = 1.0,
    phase_sd: Annotated[
        float, Option("Standard deviation of the phase error that is left; 0 for none.", unit="degrees", at_least=0)
    ] = 0.0,
    unknown: Annotated[
        float,
        Option("Most share of all areas of one broad line of unknown origin; 0 for none.", at_least=0, at_most=0.2),
    ] = 0.0,
) -> Model:
    """One line a species (or group of species that share a shift), each with its whole sideband manifold.

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
        Standard deviation, in degrees, of a phase error of zero order that may be left (2 is usual where a phase was
        corrected by the eye); one of first order about the centroid of the spectrum goes with it. Both are common to
        all lines. At 0 lines are pure absorption.
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
    technique = f"{_nucleus(spectrum)} NMR" if _nucleus(spectrum) else PHOSPHORUS
    plan = planned(spectrum, species, technique=technique, priors=priors, windows=windows, offset_sd=sd, window=window)
    strangers = sorted(set(crystalline) - {line.text for line in plan.lines})
    if strangers:
        raise BadInput(f"crystalline: {', '.join(strangers)} is no line of this model; name texts of species")
    rate, larmor = _spinning(spectrum)
    widths = widths_of(spectrum, AXIS, _nucleus(spectrum), plan.lines, widen)
    glass = [_glass(line, widths, (rate, larmor), widen) for line in plan.lines]
    sharp = [_crystal(line, spectrum, widths, (rate, larmor)) for line in plan.lines if line.text in crystalline]
    extra = [_extra(name, ends, widths) for name, ends in (unassigned or {}).items()]
    ends = measured_range(spectrum, window)
    bends = min(max(round((ends[1] - ends[0]) / widths.bend), 1), nmr_defaults.MOST_BENDS)
    degree = bends if background_degree is None else background_degree
    peaks, turned = in_phase((*glass, *sharp), spectrum.sel({AXIS: slice(*ends)}), phase_sd)
    made = Model(
        text_of(spectrum, "technique"),
        AXIS,
        (*peaks, *extra),
        background=(backgrounds.polynomial(degree),),
        links=(*_links(plan.lines, crystalline, rate), *turned),
        offset_sd=sd,
        window=None if window is None else ends,
        notes=(*plan.notes, *_notes(spectrum, plan.lines, (rate, larmor), ends, t1), *width_notes(widths, spectrum)),
    )
    return with_unknown(made, unknown, widths.start)


def _nucleus(spectrum: xr.Dataset) -> str:
    technique = text_of(spectrum, "technique")
    return nucleus(" ".join(technique.split()[:-1])) if technique and kind(technique) == "NMR" else ""


def _spinning(spectrum: xr.Dataset) -> tuple[float, float]:
    """Spinning rate (Hz) and Larmor frequency (MHz); an infinite rate where either is not known."""
    rate, larmor = scalar(spectrum, "spinning_rate", None), scalar(spectrum, "larmor_frequency", None)
    if rate is None or larmor is None or rate < nmr_defaults.SLOWEST_MAS:
        return math.inf, larmor or 1.0
    return rate, larmor


def _anisotropy(line: Line, widen: float) -> tuple[Default, Default]:
    zeta = eta = None
    for label in line.members:
        zeta = zeta or nmr_defaults.ZETA.get(label)
        eta = eta or nmr_defaults.ETA_BY_SPECIES.get(label)
    if zeta is None:
        symmetric = all(label in nmr_defaults.SYMMETRIC for label in line.members)
        zeta = nmr_defaults.ZETA_SYMMETRIC if symmetric else nmr_defaults.ZETA_MIXED
    return widened(zeta, widen), widened(eta or nmr_defaults.ETA, widen)


def _usual(zeta: Default) -> float:
    """A usual anisotropy: a fit that starts at 0, where sidebands do not change with it, would not leave it."""
    return zeta.mean if zeta.mean else zeta.sd / math.sqrt(2)


def _glass(line: Line, widths: Widths, spinning: tuple[float, float], widen: float) -> Peak:
    """Broad line of a glassy site: a whole manifold where the spinning rate is known, else a centreband."""
    rate, larmor = spinning
    lorentz = widened(nmr_defaults.LORENTZ_FWHM, widen)
    quantities: dict[str, Any] = {"center": line.start, "gauss_fwhm": widths.start, "lorentz_fwhm": lorentz.mean}
    quantities |= _turned(rate, larmor)
    made = widths.set(positioned(line, peak(line.name, quantities, assignment=line.text, shape=_shape(rate))))
    made = tied(made, "lorentz_fwhm", lorentz, nmr_defaults.LORENTZ_BOUNDS)
    if math.isfinite(rate):
        zeta, eta = _anisotropy(line, widen)
        made = tied(made, "zeta", zeta, nmr_defaults.ZETA_BOUNDS, start=_usual(zeta))
        made = tied(made, "eta", eta, nmr_defaults.ETA_BOUNDS)
    return _fixed(made, rate, larmor)


def _turned(rate: float, larmor: float) -> dict[str, float]:
    """What a manifold takes from the spectrometer; nothing of a centreband alone."""
    return {"spinning_rate": rate, "larmor_frequency": larmor} if math.isfinite(rate) else {}


def _shape(rate: float) -> str:
    return "mas" if math.isfinite(rate) else "voigt"


def _fixed(made: Peak, rate: float, larmor: float, **more: float) -> Peak:
    """The peak with what the spectrometer says held fixed."""
    values = {"spinning_rate": rate, "larmor_frequency": larmor, **more}
    named = {f"{made.name}_{quantity}": value for quantity, value in values.items()}
    return replace(
        made,
        parameters=tuple(
            replace(p, value=named[p.name], vary=False) if p.name in named else p for p in made.parameters
        ),
    )


def _crystal(line: Line, spectrum: xr.Dataset, widths: Widths, spinning: tuple[float, float]) -> Peak:
    """Sharp Lorentzian line of the same species beside the broad one; its anisotropy is linked to the glass."""
    rate, larmor = spinning
    name, narrow = f"{line.name}_crystal", nmr_defaults.CRYSTAL_GAUSS_FWHM
    quantities: dict[str, Any] = {
        "center": (_sharpest(line, spectrum, widths.start), line.lower, line.upper),
        "gauss_fwhm": narrow,
        "lorentz_fwhm": nmr_defaults.CRYSTAL_FWHM,
        **_turned(rate, larmor),
    }
    made = peak(name, quantities, assignment=line.text, shape=_shape(rate))
    return _fixed(made, rate, larmor, gauss_fwhm=narrow)


def _sharpest(line: Line, spectrum: xr.Dataset, width: float) -> float:
    """Where the spectrum stands out most of what a glassy line can follow: a sharp line elsewhere is never found."""
    x = np.asarray(spectrum[AXIS].values, dtype=float)
    y = np.asarray(spectrum["intensity"].values, dtype=float)
    step = float(np.median(np.diff(x)))
    sharp = gaussian_filter1d(y, max(nmr_defaults.CRYSTAL_FWHM[0] / step / 2, 1.0))
    broad = gaussian_filter1d(y, width / step / 2)
    inside = (x >= line.lower) & (x <= line.upper)
    return float(x[inside][int(np.argmax((sharp - broad)[inside]))]) if inside.any() else line.start


def _extra(name: str, ends: tuple[float, float], widths: Widths) -> Peak:
    """Unassigned line: counts nothing."""
    lower, upper = widths.bounds
    center = ((ends[0] + ends[1]) / 2, *ends)
    fwhm = (lower * 2, min(0.05, lower), upper)
    return peak(identifier(name), {"center": center, "fwhm": fwhm}, shape="pseudo_voigt")


def _links(lines: Sequence[Line], crystalline: Sequence[str], rate: float) -> tuple[str, ...]:
    """One homogeneous width for all glassy lines; a crystal has the anisotropy of its species."""
    first = lines[0].name
    links = [f"{line.name}_lorentz_fwhm = {first}_lorentz_fwhm" for line in lines[1:]]
    for line in lines:
        if line.text in crystalline and math.isfinite(rate):
            links += [f"{line.name}_crystal_{q} = {line.name}_{q}" for q in ("zeta", "eta")]
    return tuple(links)


def _notes(
    spectrum: xr.Dataset,
    lines: Sequence[Line],
    spinning: tuple[float, float],
    ends: tuple[float, float],
    t1: Estimates | None,
) -> tuple[Note, ...]:
    delay = scalar(spectrum, "recycle_delay", None, unlimited=True)
    found: list[Note | None] = [
        saturation_note(delay, scalar(spectrum, "flip_angle", None), t1),
        _reference_note(spectrum),
    ]
    for line in lines:
        found += [_hidden_note(line), _oxide_note(line)]
    found.append(foreign_sidebands(spectrum.sel({AXIS: slice(*ends)}), lines, *spinning))
    if not math.isfinite(spinning[0]):
        found.append(_no_sidebands_note(spectrum))
    else:
        for line in lines:
            found += [_outside_note(line, spinning, ends), _coupled_note(line), _sign_note(line)]
    return tuple(note for note in found if note is not None)


def _reference_note(spectrum: xr.Dataset) -> Note | None:
    if text_of(spectrum, "reference"):
        return None
    text = "the spectrum does not state what its shifts are referenced to; scales differ by several ppm"
    return Note("reference-unknown", Severity.WARNING, text, f"state it: {option('reference', '85% H3PO4')}")


def _hidden_note(line: Line) -> Note | None:
    if not {"P:S4", "P:S3O"} <= set(line.members):
        return None
    text = (
        f"{line.text}: PS3O has essentially the shift of PS4, so this area is their sum; only the oxygen balance parts "
        "them, and it amplifies the errors of the oxide units"
    )
    return Note("ps3o-under-ps4", Severity.INFO, text, "look at the feasible range of P:S3O, not at its value alone")


def _oxide_note(line: Line) -> Note | None:
    candidates = {PHOSPHATE, "P:O3/O"} & set(line.members)
    phosphate = public_windows(PHOSPHORUS, [PHOSPHATE])[PHOSPHATE]
    if not candidates or not phosphate.lower <= line.start <= phosphate.upper:
        return None
    text = (
        f"{line.text}: a line near {line.start:.1f} ppm may be PO4 (Q0 of phosphate glasses: +2.5 to +6.3) or P2O7 "
        "(Q1: -0.1 to -9), which is a bridging unit"
    )
    return Note("three-ppm-line", Severity.WARNING, text, "keep both readings and compare what each implies")


def _no_sidebands_note(spectrum: xr.Dataset) -> Note | None:
    if scalar(spectrum, "spinning_rate", None) is None and text_of(spectrum, "spinning_rate") == "inf":
        return None
    rate = scalar(spectrum, "spinning_rate", None)
    slow = rate is not None and rate < nmr_defaults.SLOWEST_MAS
    reason = (
        f"a rate of {rate:g} Hz is no magic-angle spinning"
        if slow
        else "spinning rate or Larmor frequency is not known"
    )
    text = f"{reason}, so sidebands are left out of the areas"
    remedy = f"give {option('spinning_rate')} (Hz) and {option('larmor_frequency')} (MHz)"
    return Note("no-sidebands", Severity.WARNING, text, remedy)


def _outside_note(line: Line, spinning: tuple[float, float], ends: tuple[float, float]) -> Note | None:
    zeta, eta = _anisotropy(line, 1.0)
    size = _usual(zeta)
    share = share_outside(line.start, size, eta.mean, spinning, ends)
    if share < OUTSIDE_SHARE:
        return None
    text = (
        f"{line.text}: about {100 * share:.0f} % of its area lies in sidebands outside {ends[0]:g} to {ends[1]:g} ppm "
        f"(for zeta {size:.3g} ppm); it is counted from the model, not measured"
    )
    return Note("sidebands-outside-window", Severity.INFO, text, "measure a wider window or spin faster")


def _sign_note(line: Line) -> Note | None:
    """First sidebands of a weak anisotropy go with its square: the sign needs second order."""
    zeta, _ = _anisotropy(line, 1.0)
    if abs(zeta.mean) > 2 * zeta.sd:
        return None
    text = f"{line.text}: the sign of its anisotropy is not known beforehand, and weak sidebands tell only its size"
    return Note(
        "zeta-sign-open", Severity.INFO, text, f"use the area; for the sign spin slower or give {option('restarts')}"
    )


def _coupled_note(line: Line) -> Note | None:
    pairs = [label for label in line.members if any(mark in label for mark in nmr_defaults.COUPLED)]
    if not pairs:
        return None
    text = f"{line.text}: phosphorus nuclei in pairs are coupled, so its sidebands are not those of an anisotropy alone"
    return Note("coupled-pair-sidebands", Severity.INFO, text, "take its zeta as a description of intensities only")


NMR = Technique("NMR", AXIS, prepare, model, named_lines)
