"""Chemical-shift scales: stated, never mixed silently, changed only by a number that somebody gave."""

from __future__ import annotations

import xarray as xr

from shortrange_core import BadInput
from spectra.nmr._defaults import PRIMARY_REFERENCES, REFERENCES
from spectra.spectrum import check, recorded, text_of

PRIMARY = "85% H3PO4"


def primary_reference(nucleus: str) -> str:
    """Compound at 0 ppm for a nucleus, by IUPAC; that of 31P if no nucleus is given, empty if IUPAC has none.

    Examples
    --------
    >>> primary_reference("29Si"), primary_reference("")
    ('TMS', '85% H3PO4')
    """
    return PRIMARY_REFERENCES.get(nucleus, "") if nucleus else PRIMARY


def referenced(spectrum: xr.Dataset, reference: str) -> xr.Dataset:
    """The spectrum with its scale stated.

    Raises
    ------
    BadInput
        If it already states another one.
    """
    before = text_of(spectrum, "reference")
    if before and before != reference:
        raise BadInput(
            f"reference: the spectrum is on the scale {before!r}, not {reference!r}; convert it with "
            "spectra.nmr.rescaled(spectrum, reference, shift=...)"
        )
    return spectrum.assign_coords(reference=reference)


def rescaled(spectrum: xr.Dataset, reference: str, *, shift: float | None = None) -> xr.Dataset:
    """The spectrum on another shift scale.

    Parameters
    ----------
    spectrum
        Spectrum over ``chemical_shift`` that states its reference.
    reference
        Name of the new scale.
    shift
        ppm to add; where absent, both scales must be of known compounds (85% H3PO4, BPO4).

    Raises
    ------
    BadInput
        If the present scale is not stated, or the difference is not known: it is never guessed.

    Examples
    --------
    A spectrum whose BPO4 was set to 0 ppm:

    >>> from spectra import from_arrays
    >>> raw = from_arrays([0.0, 1.0, 2.0], [1.0, 5.0, 1.0], axis="chemical_shift", noise=0.1, reference="BPO4")
    >>> rescaled(raw, "85% H3PO4").chemical_shift.values.round(2).tolist()
    [-29.27, -28.27, -27.27]
    """
    spectrum = check(spectrum)
    before = text_of(spectrum, "reference")
    if not before:
        raise BadInput(
            "reference: the scale of the spectrum is not known; state it with nmr.prepare(reference=...) first"
        )
    if shift is None:
        missing = [name for name in (before, reference) if name not in REFERENCES]
        if missing:
            raise BadInput(
                f"reference: the shift of {', '.join(missing)} against {PRIMARY} is not known here "
                f"(known: {', '.join(REFERENCES)}); give shift= in ppm and note its source"
            )
        shift = REFERENCES[before] - REFERENCES[reference]
    attrs = dict(spectrum.chemical_shift.attrs)
    moved = spectrum.assign_coords(chemical_shift=spectrum.chemical_shift + shift, reference=reference)
    moved.chemical_shift.attrs.update(attrs)
    return recorded(moved, f"scale changed from {before} to {reference} by {shift:+g} ppm")
