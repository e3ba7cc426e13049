"""Does a cell change while its spectrum is measured, and how small a change would the spectrum show at all?

A spectrum that drifts is Z(w) (1 + d u), where u runs from 0 to 1 over the time of the sweep. The linear model of the
Kramers-Kronig test, with time constants closer and a decade beyond the window, takes up all that a stable cell
may do; d is one more linear unknown, with a standard deviation from the residuals. The smallest drift that the
sweep shows is d that a test with 1 % false alarms finds in 80 % of the sweeps: (t(0.995) + t(0.8)) sd(d).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from electrochemistry.impedance._elements import Complex, Real
from electrochemistry.impedance._models import Matrix
from shortrange_core import Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown

FALSE_ALARMS, POWER = 0.01, 0.80
FEWEST_DOF = 10
PER_DECADE, REACH = 3, 10.0  # one a decade leaves the ends of depressed arcs to the drift, inside the window alone too
RANK = 1e-8  # of the largest singular value: below it a column is one of the others


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Drift(Shown):
    """Relative change of the impedance over a sweep.

    Parameters
    ----------
    value, sd
        Drift over the whole sweep, and its standard deviation.
    smallest
        Size of a drift that is found in 80 % of such sweeps at 1 % false alarms.
    significant
        Whether the drift is found at 1 % false alarms.
    dof
        Residual degrees of freedom.
    timed_by
        ``"test_time_second"`` of the file, or ``"periods"``: one period a frequency, from the highest down.
    """

    value: float
    sd: float
    smallest: float
    significant: bool
    dof: int
    timed_by: str


def drift_note(measured: Drift, limit: float) -> Note:
    """That a cell changes; a warning from ``limit`` on."""
    return Note(
        "kk-drift",
        Severity.WARNING if abs(measured.value) > limit else Severity.INFO,
        f"the impedance changes by {100 * measured.value:+.2g} % (sd {100 * measured.sd:.1g} %) during the sweep",
        "wait until the cell is stable at its temperature, or measure a shorter sweep",
    )


def drift(spectrum: xr.Dataset, *, capacitance: bool) -> Drift | None:
    """Drift during a sweep; None where fewer than ten residual degrees of freedom are left to judge it.

    Parameters
    ----------
    spectrum
        Impedance over frequency.
    capacitance
        Whether the cell has a capacitance in series.
    """
    frequency = np.asarray(spectrum.variables["frequency"].values, dtype=float)
    data = np.asarray(spectrum.variables["impedance"].values, dtype=np.complex128)
    omega: Real = 2 * np.pi * frequency
    scale: Real = 1 / np.abs(data)
    space = compliant_space(omega, scale, capacitance=capacitance)
    dof = 2 * frequency.size - space.shape[1] - 1
    if dof < FEWEST_DOF:
        return None
    share, timed_by = _time(spectrum, frequency)
    target = stacked(np.asarray(data * scale, dtype=np.complex128))
    fitted = space @ (space.T @ target)
    change = (fitted[: frequency.size] + 1j * fitted[frequency.size :]) * share
    moving = stacked(np.asarray(change, dtype=np.complex128))
    moving -= space @ (space.T @ moving)
    size = float(moving @ moving)
    if size <= RANK**2:
        return None
    left = target - fitted
    value = float(moving @ left) / size
    sd = float(np.sqrt(np.sum((left - value * moving) ** 2) / dof / size))
    limit = float(stdtrit(dof, 1 - FALSE_ALARMS / 2))
    smallest = (limit + float(stdtrit(dof, POWER))) * sd
    return Drift(value, sd, smallest, bool(abs(value) > limit * sd), dof, timed_by)


def stacked(values: Complex) -> Real:
    """Real parts, then imaginary parts."""
    return np.concatenate([values.real, values.imag])


def compliant_space(omega: Real, scale: Real, *, capacitance: bool) -> Matrix:
    """Orthonormal base of the stacked spectra (times ``scale``) that a stable cell may have in this window."""
    decades = float(np.log10(omega[-1] / omega[0])) + 2 * np.log10(REACH)
    return _space(_columns(omega, int(np.ceil(PER_DECADE * decades)) + 1, scale, capacitance=capacitance))


def _columns(omega: Real, count: int, scale: Real, *, capacitance: bool) -> Matrix:
    taus = np.geomspace(1 / omega.max() / REACH, REACH / omega.min(), count)
    reactive = [1j * omega / omega.max(), *([-1j * omega.min() / omega] if capacitance else [])]
    every: Complex = np.ones((omega.size, 1 + count + len(reactive)), dtype=np.complex128)
    every[:, 1 : count + 1] = 1 / (1 + 1j * omega[:, None] * taus)
    every[:, count + 1 :] = np.stack(reactive, axis=1)
    every *= scale[:, None]
    return np.concatenate([every.real, every.imag])


def _space(columns: Matrix) -> Matrix:
    """Orthonormal base of what the columns reach."""
    base, singular, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(base[:, singular > RANK * singular[0]], dtype=float)


def _time(spectrum: xr.Dataset, frequency: Real) -> tuple[Real, str]:
    """Time of every point as a share of the sweep."""
    if "test_time_second" in spectrum:
        time = np.asarray(spectrum["test_time_second"].values, dtype=float)
        if np.all(np.isfinite(time)) and np.unique(time).size == time.size:
            return (time - time.min()) / np.ptp(time), "test_time_second"
    time = np.cumsum((1 / frequency)[::-1])[::-1]
    return (time - time.min()) / np.ptp(time), "periods"
