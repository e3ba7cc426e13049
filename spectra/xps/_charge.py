"""Charge referencing of photoelectron spectra, and checks that need none."""

from __future__ import annotations

import math
import re

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.spelling import option, spelled
from spectra.fits import Fit, fit
from spectra.spectrum import axis_of, check, scalar
from spectra.xps import _defaults as xps_defaults
from spectra.xps import _engine as xps
from spectra.xps._model_notes import formers_among
from spectra.xps._placement import highest
from spectra.xps._prepared import AXIS, level_of, prepare

BELOW = 3.0
"""eV below the maximum that are fitted."""
TWO_LINES = {"reference": (-0.6, 0.6), "beside": (1.0, 2.2)}, 4.0
"""Windows of the line with the C-O line at its side, and up to where the region is fitted, without C=O and carbonate.

eV from the maximum.
"""
THREE_LINES = {**TWO_LINES[0], "above": (2.6, 5.0)}, 7.0
"""The same with O-C=O and carbonate, where two lines are no result: of PET carboxyl is a third of the reference."""
BRIDGING_MINUS_TERMINAL = (1.5, 1.9)
"""eV: BO minus NBO in alkali phosphates."""
PHOSPHATE_DIFFERENCES = {"NBO": (397.0, 398.0), "BO": (398.7, 399.7)}
"""eV: O 1s minus P 2p of phosphates; they hold for the oxide component of P 2p only."""

Array = npt.NDArray[np.float64]
FOUND, FOUND_SD = "charge_found", "charge_found_sd"
"""Scalar coordinates of a region: what its sample's reference line lacks to its energy, and the sd of the fit (eV)."""
REFERENCE = re.compile(r"\s*([A-Z][a-z]?\s+\d[spdf])(?:\d/2)?\s+(\d+(?:\.\d+)?)\s*(?:eV)?\s*")
EXACT = 1e-3
"""eV: sd of a reference whose own doubt is added where it is used."""


def reference_line(text: str) -> tuple[str, float] | None:
    """Level and energy (eV) of a reference such as ``"C 1s 284.8"``; None where the text names no line.

    Examples
    --------
    >>> reference_line("Au 4f7/2 83.96"), reference_line("Fermi edge")
    (('Au 4f', 83.96), None)
    """
    match = REFERENCE.fullmatch(text)
    return (" ".join(match[1].split()), float(match[2])) if match else None


def with_charge(
    spectrum: xr.Dataset, line: xr.Dataset, energy: float, *, photon_energy: float | None = None
) -> xr.Dataset:
    """Region with the charge shift given by the reference line of its sample; ``prepare(reference=)`` uses it.

    Parameters
    ----------
    spectrum
        Region as measured.
    line
        Region of the reference line of the same sample, as measured.
    energy
        eV that the line is set to.
    photon_energy
        eV of the source, where neither region says it.

    Raises
    ------
    BadInput
        If the line cannot be fitted.
    """
    photons = scalar(line, "photon_energy", None) or scalar(spectrum, "photon_energy", None) or photon_energy
    shift = charge_shift(prepare(line, photon_energy=photons), reference=energy, reference_sd=EXACT)
    return spectrum.assign_coords({FOUND: float(shift.value.item()), FOUND_SD: float(shift.sd.item())})


def charge_shift(
    carbon: xr.Dataset,
    *,
    reference: float = xps_defaults.C_1S_REFERENCE,
    reference_sd: float = xps_defaults.REFERENCED_SD,
) -> Estimates:
    """Energy to add to every binding energy so that the reference line is at its reference value.

    The largest line of the region is fitted together with a weaker one 1 to 2.2 eV above it (C-O beside C-C).

    Parameters
    ----------
    carbon
        Region of the reference line over ``binding_energy``, usually C 1s, not shifted before.
    reference
        eV that the line is set to; 284.8 for adventitious carbon.
    reference_sd
        eV; what the reference itself is uncertain by.

    Returns
    -------
    Estimates
        Entry ``charge_shift`` in eV, its sd from the fit and the reference together.

    Raises
    ------
    BadInput
        If the region has no line inside, or was shifted before.

    Examples
    --------
    >>> from spectra import from_arrays
    >>> x = np.arange(280.0, 295.0, 0.1)
    >>> y = 100 + 900 * np.exp(-((x - 287.2) / 0.8) ** 2) + 200 * np.exp(-((x - 288.7) / 0.8) ** 2)
    >>> region = from_arrays(x, y, axis="binding_energy", noise=1.0, technique="C 1s XPS")
    >>> round(float(charge_shift(region).value[0]), 2)
    -2.4
    """
    carbon = check(carbon)
    if axis_of(carbon) != AXIS:
        raise BadInput("charge_shift: give a region over binding_energy; prepare converts kinetic energies")
    if "charge_shift" in carbon.coords:
        raise BadInput("charge_shift: this region is already shifted; give it as measured")
    x = np.asarray(carbon[AXIS].values, dtype=float)
    top = float(x[highest(x, np.asarray(carbon["intensity"].values, dtype=float))])
    if top - x[0] < 1 or x[-1] - top < 1:
        raise BadInput(
            f"the largest intensity, at {top:.1f} eV, is at the end of the region: there is no line to reference to"
        )
    reference_fit = _reference_fit(carbon, x, top)
    position = reference_fit.parameters.select(["reference_center"])
    variance = float(position.covariance.item()) + reference_sd**2
    return Estimates.build(["charge_shift"], [reference - float(position.value.item())], [variance], unit=["eV"])


def _reference_fit(carbon: xr.Dataset, x: Array, top: float) -> Fit:
    """The highest line with a weaker one beside it, and with a third, of C=O and carbonate, where two are no result.

    Raises
    ------
    BadInput
        If neither is.
    """
    for names, above in (TWO_LINES, THREE_LINES):
        window = (max(top - BELOW, float(x[0])), min(top + above, float(x[-1])))
        placed = {name: (top + low, top + high) for name, (low, high) in names.items()}
        inside = {name: ends for name, ends in placed.items() if ends[1] < window[1]}
        model = xps.model(carbon, list(inside), windows=inside, window=window, offset_sd=0.0, sodium=False)
        result = fit(carbon, model, check=False)
        if result.status.trusted:
            return result
    way = spelled(
        "give charge_shift= yourself",
        command_line="give --charge-shift yourself",
        recipe="give charge_shift yourself, in a file of samples as reference = SHIFT",
    )
    line = f"{level_of(carbon)} near {top:.1f} eV".strip()
    raise BadInput(f"the reference line, {line}, cannot be fitted ({result.status}); {way} (eV)")


def separation(oxygen: Fit, *, bridging: str = "bo", terminal: str = "nbo") -> tuple[Estimates, tuple[Note, ...]]:
    """BO minus NBO within one spectrum, independent of the charge reference.

    Parameters
    ----------
    oxygen
        Fit of O 1s.
    bridging, terminal
        Names of the two peaks.

    Returns
    -------
    tuple
        Entry ``BO - NBO`` in eV, and a note where it is farther than 3 sd from the 1.5 to 1.9 eV of alkali phosphates:
        a warning where phosphorus alone makes the network, a remark where the model was not told the elements, none
        for other glasses, of which no range is published.
    """
    both = oxygen.parameters.select([f"{bridging}_center", f"{terminal}_center"])
    difference = both.linear([[1.0, -1.0]], ["BO - NBO"], unit=["eV"])
    value, sd = float(difference.value.item()), float(difference.sd.item())
    low, high = BRIDGING_MINUS_TERMINAL
    formers = formers_among(oxygen.model.elements)
    if formers not in ((), ("P",)) or low - 3 * sd <= value <= high + 3 * sd:
        return difference, ()
    text = f"BO minus NBO is {value:.2f} +- {sd:.2f} eV; alkali phosphates have {low:g} to {high:g}"
    remedy = "check the assignment of the two lines"
    if formers:
        return difference, (Note("bo-nbo-separation", Severity.WARNING, text, remedy),)
    remedy += f" if this is a phosphate; give {option('elements')} if it is not"
    return difference, (Note("bo-nbo-separation", Severity.INFO, text, remedy),)


def oxygen_minus_phosphorus(
    oxygen: Fit, phosphorus: Fit, *, oxygen_peak: str, phosphorus_peak: str, oxide_component: bool
) -> tuple[Estimates, tuple[Note, ...]]:
    """O 1s minus P 2p of two regions of one measurement, free of the charge reference.

    Parameters
    ----------
    oxygen, phosphorus
        Fits of regions with one and the same charge shift.
    oxygen_peak, phosphorus_peak
        Names of peaks, such as ``"bo"`` and ``"p_o4"``.
    oxide_component
        True where the P 2p line is that of a phosphate. In an oxysulfide it is not, and the published differences do
        not hold.

    Returns
    -------
    tuple
        Entry ``O 1s - P 2p`` in eV, and notes.
    """
    names = (f"{oxygen_peak}_center", f"{phosphorus_peak}_center")
    parts = [f.parameters.select([name]) for f, name in zip((oxygen, phosphorus), names, strict=True)]
    value = float(parts[0].value.item() - parts[1].value.item())
    variance = float(parts[0].covariance.item() + parts[1].covariance.item())
    difference = Estimates.build(["O 1s - P 2p"], [value], [variance], unit=["eV"])
    if not oxide_component:
        text = "O 1s - P 2p differences are published for phosphates; P 2p of an oxysulfide is a different line"
        remedy = "compare lines within one spectrum"
        return difference, (Note("difference-needs-oxide", Severity.WARNING, text, remedy),)
    sd = math.sqrt(variance)
    kinds = [kind for kind, (low, high) in PHOSPHATE_DIFFERENCES.items() if low - 3 * sd <= value <= high + 3 * sd]
    if oxygen_peak.upper() in kinds or not kinds:
        return difference, ()
    text = f"O 1s minus P 2p is {value:.2f} +- {sd:.2f} eV, as of {' or '.join(kinds)}, not of {oxygen_peak.upper()}"
    return difference, (Note("difference-contradicts", Severity.WARNING, text, "check the assignment"),)
