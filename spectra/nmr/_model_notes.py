"""What a user must know of an NMR model: hidden lines, sidebands, references, signs, couplings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import xarray as xr

from shortrange_core import Estimates, Note, Severity
from shortrange_core.spelling import option
from spectra.models import (
    Line,
    public_windows,
)
from spectra.nmr import _defaults as nmr_defaults
from spectra.nmr._glass_lines import AXIS, PHOSPHORUS, anisotropy, nucleus_of, usual
from spectra.nmr._rates import foreign_sidebands
from spectra.nmr._referencing import primary_reference
from spectra.nmr._results import share_outside
from spectra.nmr._saturation import saturation_note
from spectra.spectrum import scalar, text_of

OUTSIDE_SHARE = 0.01
"""A site that has 1 % of its area outside the window gets a note."""
PHOSPHATE = "P:O4"


def notes_of_model(
    spectrum: xr.Dataset,
    lines: Sequence[Line],
    spinning: tuple[float, float],
    ends: tuple[float, float],
    t1: Estimates | None,
) -> tuple[Note, ...]:
    """Notes of the lines, their sidebands, their saturation and their scale."""
    delay = scalar(spectrum, "recycle_delay", None, unlimited=True)
    notes: list[Note | None] = [
        saturation_note(delay, scalar(spectrum, "flip_angle", None), t1),
        _reference_note(spectrum),
    ]
    for line in lines:
        notes += [_hidden_note(line), _oxide_note(line)]
    notes.append(foreign_sidebands(spectrum.sel({AXIS: slice(*ends)}), lines, *spinning))
    if not math.isfinite(spinning[0]):
        notes.append(_no_sidebands_note(spectrum))
    else:
        for line in lines:
            notes += [_outside_note(line, spinning, ends), _coupled_note(line), _sign_note(line)]
    return tuple(note for note in notes if note is not None)


def _reference_note(spectrum: xr.Dataset) -> Note | None:
    if text_of(spectrum, "reference"):
        return None
    usual = primary_reference(nucleus_of(spectrum))
    stated = option("reference", usual) if usual else option("reference")
    text = "the spectrum does not state the reference of its shifts; scales differ by several ppm"
    return Note("reference-unknown", Severity.WARNING, text, f"state it: {stated}")


def _hidden_note(line: Line) -> Note | None:
    if not {"P:S4", "P:S3O"} <= set(line.members):
        return None
    text = (
        f"{line.text}: PS3O has essentially the shift of PS4, so this is their sum; only the oxygen balance separates "
        "them, and it amplifies the errors of the oxide units"
    )
    return Note("ps3o-under-ps4", Severity.INFO, text, "use the feasible range of P:S3O, not only its value")


def _oxide_note(line: Line) -> Note | None:
    candidates = {PHOSPHATE, "P:O3/O"} & set(line.members)
    phosphate = public_windows(PHOSPHORUS, [PHOSPHATE])[PHOSPHATE]
    if not candidates or not phosphate.lower <= line.start <= phosphate.upper:
        return None
    text = (
        f"{line.text}: a line near {line.start:.1f} ppm may be PO4 (Q0 of phosphate glasses: +2.5 to +6.3) or P2O7 "
        "(Q1: -0.1 to -9), which is a bridging unit"
    )
    return Note("three-ppm-line", Severity.WARNING, text, "keep both assignments and compare the results of each")


def _no_sidebands_note(spectrum: xr.Dataset) -> Note | None:
    if scalar(spectrum, "spinning_rate", None) is None and text_of(spectrum, "spinning_rate") == "inf":
        return None
    rate = scalar(spectrum, "spinning_rate", None)
    slow = rate is not None and rate < nmr_defaults.SLOWEST_MAS
    reason = (
        f"{rate:g} Hz is not a magic-angle spinning rate"
        if slow
        else "the spinning rate or Larmor frequency is not known"
    )
    text = f"{reason}, so the areas do not include sidebands"
    remedy = f"give {option('spinning_rate')} (Hz) and {option('larmor_frequency')} (MHz)"
    return Note("no-sidebands", Severity.WARNING, text, remedy)


def _outside_note(line: Line, spinning: tuple[float, float], ends: tuple[float, float]) -> Note | None:
    zeta, eta = anisotropy(line, 1.0)
    size = usual(zeta)
    share = share_outside(line.start, size, eta.mean, spinning, ends)
    if share < OUTSIDE_SHARE:
        return None
    text = (
        f"{line.text}: about {100 * share:.0f} % of its area lies in sidebands outside {ends[0]:g} to {ends[1]:g} ppm "
        f"(for zeta {size:.3g} ppm); it comes from the model, not from data"
    )
    return Note("sidebands-outside-window", Severity.INFO, text, "measure a wider window or spin faster")


def _sign_note(line: Line) -> Note | None:
    """First sidebands of a weak anisotropy go with its square: the sign needs second order."""
    zeta, _ = anisotropy(line, 1.0)
    if abs(zeta.mean) > 2 * zeta.sd:
        return None
    text = f"{line.text}: the sign of its anisotropy is not known beforehand, and weak sidebands show only its size"
    return Note(
        "zeta-sign-open",
        Severity.INFO,
        text,
        f"the area can be used; for the sign, spin slower or give {option('restarts')}",
    )


def _coupled_note(line: Line) -> Note | None:
    of_phosphorus = (label for label in line.members if label.startswith("P:"))
    pairs = [label for label in of_phosphorus if any(mark in label for mark in nmr_defaults.COUPLED)]
    if not pairs:
        return None
    text = f"{line.text}: paired phosphorus nuclei are coupled, so its sidebands do not come from anisotropy alone"
    return Note("coupled-pair-sidebands", Severity.INFO, text, "take its zeta only as a description of the intensities")
