"""Correction of a measured impedance for its fixture: open, short, and the inductance of the leads."""

from __future__ import annotations

import numpy as np
import xarray as xr

from electrochemistry.impedance._elements import Complex
from electrochemistry.impedance._spectra import check_spectrum
from shortrange_core import BadInput
from shortrange_core.readings import carried, joined, reading_of

SAME_FREQUENCY = 1e-3


def correct_fixture(
    spectrum: xr.Dataset,
    *,
    short: xr.Dataset | None = None,
    open_circuit: xr.Dataset | None = None,
    inductance: float | None = None,
) -> xr.Dataset:
    """Impedance without its fixture.

    With the short-circuit impedance Zs and the open-circuit impedance Zo,
    Z = (Zm - Zs) / (1 - (Zm - Zs)/(Zo - Zs)); a lead inductance L is subtracted as j w L.

    Parameters
    ----------
    spectrum
        As measured.
    short, open_circuit
        Spectra of the fixture, shorted and open, at the same frequencies.
    inductance
        H; instead of a short-circuit spectrum.

    Raises
    ------
    BadInput
        If nothing is given, both short and inductance are, or frequencies differ by more than 0.1 %.

    Examples
    --------
    >>> from electrochemistry.impedance import spectrum_from_arrays
    >>> f = [1e3, 1e4, 1e5]
    >>> measured = spectrum_from_arrays(f, [100 + 2j * np.pi * v * 1e-6 for v in f])
    >>> correct_fixture(measured, inductance=1e-6).impedance.values.round(9).tolist()
    [(100+0j), (100+0j), (100+0j)]
    """
    check_spectrum(spectrum)
    if short is None and open_circuit is None and inductance is None:
        raise BadInput("there is nothing to correct for; give short=, open_circuit= or inductance=")
    if short is not None and inductance is not None:
        raise BadInput("the short-circuit spectrum already contains the inductance; give one of the two")
    z: Complex = np.asarray(spectrum["impedance"].values, dtype=np.complex128)
    series = np.zeros_like(z)
    steps = []
    if short is not None:
        series = _same(spectrum, short, "short")
        steps.append("short circuit subtracted")
    if inductance is not None:
        if not (np.isfinite(inductance) and inductance >= 0):
            raise BadInput(f"inductance = {inductance} H: must be finite and not negative")
        series = 2j * np.pi * np.asarray(spectrum["frequency"].values, dtype=float) * inductance
        steps.append(f"lead inductance {inductance:g} H subtracted")
    z = z - series
    if open_circuit is not None:
        stray = _same(spectrum, open_circuit, "open_circuit") - series
        if np.any(stray == 0) or np.any(stray == z):
            raise BadInput(
                "open_circuit: is the short-circuit or the measured spectrum; give that of the empty fixture"
            )
        z = z / (1 - z / stray)
        steps.append("open-circuit admittance subtracted")
    corrected = spectrum.assign(impedance=("frequency", z, dict(spectrum["impedance"].attrs)))
    used = (one for one in (spectrum, short, open_circuit) if one is not None)
    corrected = corrected.assign_coords(carried(joined(map(reading_of, used))))
    corrected.attrs["history"] = "\n".join([str(spectrum.attrs.get("history", "")), *steps]).strip()
    return check_spectrum(corrected)


def _same(spectrum: xr.Dataset, other: xr.Dataset, name: str) -> Complex:
    check_spectrum(other)
    ours, theirs = spectrum["frequency"].values, other["frequency"].values
    if ours.size != theirs.size or np.any(np.abs(ours / theirs - 1) > SAME_FREQUENCY):
        raise BadInput(f"{name}: was not measured at the frequencies of the spectrum; measure it at the same ones")
    return np.asarray(other["impedance"].values, dtype=np.complex128)
