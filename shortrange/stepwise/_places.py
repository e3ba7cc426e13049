"""Published positions of the lines of a technique, and what lines a technique without any may have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import reference_peaks
import spectra
import structure
from reference_peaks import Prior, Window
from shortrange.recipe import families
from shortrange_core import affine
from shortrange_core.errors import BadInput, Offenders
from spectra import xps


def unpublished_level(library: reference_peaks.Library, technique: str) -> bool:
    """Whether a technique is a core level of which the library has no claim: its lines lie where their user says."""
    return technique.removesuffix(" XPS") in xps.levels() and technique not in library.techniques


def published_places(
    library: reference_peaks.Library,
    technique: str,
    lines: Iterable[str],
    *,
    cation: str | None,
    phase: str | None,
    scale: str | None = None,
) -> dict[str, Prior | Window]:
    """Published positions, and windows where there are none; nothing for a nucleus or core level without a claim.

    What lies nowhere then is told by the technique itself, which asks for a window.
    """
    if technique not in library.techniques:
        return {}
    return library.places(technique, lines, cation=cation, phase=phase, scale=scale)


def check_labels(
    technique: str, lines: Sequence[str], library: reference_peaks.Library, placed: Collection[str] = ()
) -> None:
    """Refuse labels that are neither structural units nor bands that the technique or the library knows by name.

    Lines of a core level have any name where the library has no claim of it, or where their window is stated
    (``placed``): ``surface`` of Au 4f.
    """
    if unpublished_level(library, technique):
        return
    offenders = Offenders()
    bands = spectra.technique_of(technique).bands(technique) | library.lines(technique)
    if technique.removesuffix(" XPS") in xps.levels():
        bands = bands | set(placed)
    for label in dict.fromkeys(name for line in lines for name in affine.parse(line).names):
        if label not in bands:
            members = families(label, sorted(library.lines(technique)))
            if members:
                offenders.add(f"{label}: is a family ({', '.join(members)}); name the units that the spectrum shows")
                continue
            try:
                structure.check_label(label)
            except BadInput as error:
                offenders.add(*error.problems)
    offenders.raise_if_any()
