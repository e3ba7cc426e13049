"""What is known of the X-ray source: monochromated or with satellites, as the file says and as the user says."""

from __future__ import annotations

import re

import xarray as xr

from shortrange_core import Note, Severity
from shortrange_core.spelling import option, spelled
from spectra.spectrum import scalar, text_of
from spectra.xps import _defaults as xps_defaults

ENERGY_OF_FILE = "photon_energy_of_file"
"""Scalar coordinate: the photon energy (eV) of the file, where another one was given."""


def monochromated(text: str) -> bool | None:
    """Whether the text of a file calls its source monochromated; None where it says nothing of it.

    Examples
    --------
    >>> monochromated("Mono(Al (Mono))"), monochromated("Al, non-monochromated"), monochromated("Al")
    (True, False, None)
    """
    if re.search(r"(?:\bnon|\bun|\bnot)[\s-]*mono", text, re.IGNORECASE):
        return False
    return True if re.search("mono", text, re.IGNORECASE) else None


def source_notes(spectrum: xr.Dataset, energy: float | None, *, modelled: bool) -> list[Note]:
    """That file and user disagree on the source, and that one which is not monochromated has satellites.

    ``modelled`` where the model has their lines: then they are missing no more, and odd where the source has none.
    """
    source = text_of(spectrum, "source")
    of_file = monochromated(source)
    given = spectrum.coords.get("monochromatic")
    stated = of_file if given is None else bool(given.item())
    notes = []
    if given is not None and of_file is not None and stated != of_file:
        words = [f"{'' if one else 'not '}monochromated" for one in (of_file, stated)]
        text = f"the source in the file is {source!r}, so {words[0]}; {words[1]} was given and is used"
        notes.append(_contradicted(text, option("monochromatic")))
    other = scalar(spectrum, ENERGY_OF_FILE, None)
    if other is not None and energy is not None:
        text = f"the photon energy in the file is {other:g} eV; {energy:g} was given and is used: it moves Auger lines"
        notes.append(_contradicted(text, option("photon_energy")))
    if modelled and stated is True:
        says = "the source is monochromated, but satellites of one that is not were given and are used"
        notes.append(_contradicted(says, option("satellites")))
    return [*notes, *(() if modelled else _satellites(energy, stated))]


def _contradicted(text: str, leave_out: str) -> Note:
    return Note("source-contradicted", Severity.WARNING, text, f"leave out {leave_out} if the file is right")


def _satellites(energy: float | None, stated: bool | None) -> list[Note]:
    sources, tolerance = xps_defaults.SOURCES.items(), xps_defaults.SOURCE_TOLERANCE
    name = next((name for name, photon in sources if energy is not None and abs(energy - photon) <= tolerance), "")
    if stated is True or (stated is None and not name):
        return []
    below = "its Ka3,4 satellites lie below every line in binding energy"
    takes = "in a file of 'shortrange photoelectrons', with their source"
    remedy = f"give {option('satellites')} with published values"
    remedy = spelled(remedy, command_line=f"give published satellites {takes}", recipe=f"{remedy} {takes}")
    if stated is not None:
        return [Note("source-satellites", Severity.WARNING, f"the source is not monochromated: {below}", remedy)]
    text = f"whether the {name} source is monochromated is not known; if it is not, {below}"
    severity = Severity.WARNING if name == "Mg Ka" else Severity.INFO
    return [Note("source-satellites", severity, text, f"give {option('monochromatic', True)}, or {remedy}")]
