"""Impedance spectra: the labelled table, what it must hold, and the weights of its points."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.impedance._elements import Real
from shortrange_core import BadInput
from shortrange_core.errors import Offenders
from shortrange_core.shown_numbers import counted

Weighting = Literal["modulus", "unit", "noise"]
FEWEST_POINTS = 3
SMALLEST_OHM, LARGEST_OHM = 1e-9, 1e18


def check_spectrum(spectrum: xr.Dataset) -> xr.Dataset:
    """Checked on entry: complex impedance over ascending, positive frequencies, all finite.

    Raises
    ------
    BadInput
        If it is none; all offenders together.
    """
    offenders = Offenders()
    if not isinstance(spectrum, xr.Dataset) or "impedance" not in spectrum or "frequency" not in spectrum.coords:
        raise BadInput("an impedance spectrum is a Dataset with impedance over frequency; make it with read_impedance")
    measured = spectrum.variables["impedance"]  # a DataArray of it costs more than the checks
    if measured.dims != ("frequency",):
        raise BadInput(f"impedance has the dimensions {measured.dims}; give one spectrum over frequency")
    frequency, impedance = spectrum.variables["frequency"].values, measured.values
    if frequency.size < FEWEST_POINTS:
        offenders.add(f"the spectrum has {_frequencies(frequency)}; at least {FEWEST_POINTS} are needed")
    if not np.all(np.isfinite(frequency)) or np.any(frequency <= 0) or np.any(np.diff(frequency) <= 0):
        offenders.add("frequencies must be finite, above 0 and ascending; sort them and leave frequency 0 out")
    size = np.abs(impedance)
    if not np.all(np.isfinite(impedance)) or np.any(size < SMALLEST_OHM) or np.any(size > LARGEST_OHM):
        offenders.add(
            f"impedances must be finite and not 0 ({SMALLEST_OHM:g} to {LARGEST_OHM:g} ohm); leave those rows out"
        )
    offenders.raise_if_any()
    return spectrum


def _frequencies(frequency: npt.NDArray[np.float64]) -> str:
    return counted(frequency.size, "frequency", "frequencies")


def spectrum_from_arrays(
    frequency: npt.ArrayLike, impedance: npt.ArrayLike, *, noise: npt.ArrayLike | None = None, **scalars: str | float
) -> xr.Dataset:
    """Impedance spectrum from arrays, sorted by frequency.

    Parameters
    ----------
    frequency
        n frequencies, Hz.
    impedance
        n complex impedances, ohm; Im(Z) negative where capacitive.
    noise
        n standard deviations of the real and of the imaginary part, ohm.
    **scalars
        Scalar coordinates, such as temperature (K) or sample.

    Examples
    --------
    >>> spectrum_from_arrays([10.0, 1.0, 100.0], [1 - 1j, 2 - 1j, 1 + 0j]).frequency.values.tolist()
    [1.0, 10.0, 100.0]
    """
    try:
        f, z = np.asarray(frequency, dtype=float).reshape(-1), np.asarray(impedance, dtype=complex).reshape(-1)
    except (TypeError, ValueError) as error:
        raise BadInput(f"frequencies and impedances must be numbers ({error}); leave text out") from error
    if f.size != z.size:
        raise BadInput(f"{_frequencies(f)} and {counted(z.size, 'impedance')}; give one impedance per frequency")
    order = np.argsort(f, kind="stable")
    variables = {"impedance": ("frequency", z[order], {"units": "ohm"})}
    if noise is not None:
        given = np.asarray(noise, dtype=float)
        if given.size not in (1, f.size):
            raise BadInput(
                f"{_frequencies(f)} and {counted(given.size, 'value')} of noise; give one, or one per frequency"
            )
        sd = np.broadcast_to(given.reshape(-1), f.shape)
        variables["noise"] = ("frequency", sd[order], {"units": "ohm"})
    coords: dict[str, object] = {"frequency": ("frequency", f[order], {"units": "Hz"}), "technique": "impedance"}
    return check_spectrum(xr.Dataset(variables, coords={**coords, **scalars}, attrs={"history": "made from arrays"}))


def weights(spectrum: xr.Dataset, weighting: Weighting) -> Real:
    """One over the scale of each complex residual.

    Raises
    ------
    BadInput
        If the weighting is unknown, or is ``noise`` and the spectrum has none.
    """
    if weighting == "modulus":
        return np.asarray(1 / np.abs(spectrum["impedance"].values), dtype=float)
    if weighting == "unit":
        return np.ones(spectrum.sizes["frequency"])
    if weighting != "noise":
        raise BadInput(f"weighting = {weighting!r}: is unknown; give 'modulus', 'unit' or 'noise'")
    if "noise" not in spectrum:
        raise BadInput("weighting = 'noise': the spectrum has no noise; give it, or weight by 'modulus'")
    noise = np.asarray(spectrum["noise"].values, dtype=float)
    if not np.all(np.isfinite(noise) & (noise > 0)):
        raise BadInput("noise must be finite and above 0 for every frequency")
    return np.asarray(1 / noise)
