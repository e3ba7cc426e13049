"""What a user must know of the lines of a plan: scales that differ, lines that nothing tells apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import xarray as xr

from reference_peaks.entries import same_scale
from shortrange_core.notes import Note, Severity
from shortrange_core.options import nearest
from shortrange_core.spelling import option, spelled
from spectra.models._lines import Line
from spectra.models._places import public_scales
from spectra.spectrum import text_of

SAME_WINDOW = 0.8
"""Share of the narrower window that two lines have in common before they can change places."""


def notes_of_scales(spectrum: xr.Dataset, technique: str, lines: Sequence[Line]) -> list[Note]:
    """A note where published positions are on another reference scale than the spectrum says of itself, or on none."""
    reference = text_of(spectrum, "reference")
    if not any(getattr(line.prior, "scale", "") for line in lines):
        return _unlisted_scale(reference, public_scales(technique))
    foreign: dict[str, list[str]] = {}
    for line in lines:
        scale = getattr(line.prior, "scale", "")
        if reference and scale and not same_scale(scale, reference):
            foreign.setdefault(scale, []).append(line.text)
    return [
        Note(
            "prior-on-another-scale",
            Severity.WARNING,
            f"{', '.join(texts)}: published on the scale {scale!r}, but the spectrum is on {reference!r}",
            spelled(
                f"ask the library for priors with scale={reference!r}: their sds include the error of conversion",
                command_line=f"give {option('reference', reference)}, so that positions are converted",
                recipe=f"give {option('reference', reference)} under the technique, so that positions are converted",
            ),
        )
        for scale, texts in foreign.items()
    ]


def _unlisted_scale(reference: str, listed: Sequence[str]) -> list[Note]:
    """A note where nobody published a position on the scale that a spectrum states: a slip, or a rare scale."""
    if not (reference and listed) or any(same_scale(reference, name) for name in listed):
        return []
    near = nearest(reference, listed)
    text = f"no published position is on the scale {reference!r}{near}; lines are fitted in windows"
    remedy = f"published are {', '.join(listed)}: give {option('reference', listed[0])} or another if that is meant"
    return [Note("scale-unlisted", Severity.WARNING if near else Severity.INFO, text, remedy)]


def alike_notes(lines: Sequence[Line]) -> list[Note]:
    """Notes on lines that nothing tells apart: the same published position, or the same window and none published."""
    pairs = itertools.combinations(lines, 2)
    return [interchangeable(one.text, other.text) for one, other in pairs if _alike(one, other)]


def interchangeable(one: str, other: str) -> Note:
    """The note on two lines, by their texts, that nothing tells apart."""
    text = f"{one} and {other} have the same position or window, so which line is which is not known"
    remedy = f"fit them as one line, {f'{one} + {other}'!r}, or give {option('windows')} that separate them"
    return Note("interchangeable-lines", Severity.WARNING, text, remedy)


def _alike(one: Line, other: Line) -> bool:
    if one.prior is not None and other.prior is not None:
        return abs(one.prior.mean - other.prior.mean) < math.hypot(one.prior.sd, other.prior.sd)
    if one.prior is not None or other.prior is not None:
        return False
    common = min(one.upper, other.upper) - max(one.lower, other.lower)
    return common > SAME_WINDOW * min(one.upper - one.lower, other.upper - other.lower)
