"""The record of a circuit fit: its numbers, and the labelled tables and curves made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from electrochemistry.impedance._elements import Complex, Real
from shortrange_core import BadInput, Estimates, Note, Provenance, Status
from shortrange_core.records import record
from shortrange_core.showing import Shown

ROUNDING = 1e-30  # mean square of relative residuals below which a fit is exact


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Alternative(Shown):
    """Another solution with about the same chi2: chi2 and the parameters in their units."""

    label: str
    chi2: float
    parameters: tuple[tuple[str, float], ...]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Curve(Shown):
    """Data and model of one spectrum (ohm) over frequency (Hz), weighted residuals, scalar coordinates."""

    frequency: Real
    data: Complex
    model: Complex
    residual: Complex
    scalars: tuple[tuple[str, str | float], ...]

    def dataset(self) -> xr.Dataset:
        """As a Dataset: data, model, residual over frequency."""
        return xr.Dataset(
            {
                "data": ("frequency", self.data, {"units": "ohm"}),
                "model": ("frequency", self.model, {"units": "ohm"}),
                "residual": ("frequency", self.residual),
            },
            coords={"frequency": ("frequency", self.frequency, {"units": "Hz"}), **dict(self.scalars)},
        )


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Profile(Shown):
    """Limits of one parameter of one spectrum, in its unit.

    Parameters
    ----------
    label, parameter
        Spectrum and parameter.
    level
        Probability that the interval holds the value.
    lower, upper
        Limits; NaN on a side where no value up to the bound of the parameter makes the fit worse.
    """

    label: str
    parameter: str
    level: float
    lower: float
    upper: float


@record(4)
@dataclass(frozen=True, eq=False, slots=True)
class ImpedanceFit(Shown):
    """A circuit fitted to one spectrum or to a series.

    Parameters
    ----------
    circuit
        Text of the circuit.
    entries, facets
        Names of the n entries, and what is known of each; :attr:`parameters` says which.
    values, covariance
        The n values in their units and their n x n covariance, NaN in the rows that the data do not determine.
    fits
        Data, model and residual of every spectrum; see :attr:`curves`.
    labels
        Names of the spectra.
    chi2, dof
        Sum of weighted squared residuals (real and imaginary parts), and their number less the free parameters.
    covariance_kind
        ``"scaled"`` by chi2/dof, or ``"absolute"`` where noise was given.
    weighting
        Of the residuals.
    alternatives
        Other solutions that fit about as well.
    status, notes, provenance
        How it ended, what a user must know, where it comes from.
    profiles
        Profile intervals: of parameters at a bound or undetermined, and of those asked for.
    """

    circuit: str
    entries: tuple[str, ...]
    facets: Mapping[str, tuple[str, ...]]
    values: Real
    covariance: Real
    fits: tuple[Curve, ...]
    labels: tuple[str, ...]
    chi2: float
    dof: int
    covariance_kind: str
    weighting: str
    alternatives: tuple[Alternative, ...]
    status: Status
    notes: tuple[Note, ...]
    provenance: Provenance
    profiles: tuple[Profile, ...] = ()

    @property
    def parameters(self) -> Estimates:
        """Values in their units with the whole covariance.

        Facets parameter, unit, status, label and coordinate (``log`` where the parameter was fitted by its logarithm).
        Entries are ``R1``, in a series ``R1[label]``; a shared parameter has the label ``""``.
        """
        return Estimates.build(self.entries, self.values, self.covariance, **self.facets)

    @property
    def curves(self) -> tuple[xr.Dataset, ...]:
        """One Dataset a spectrum: data, model (ohm) and relative residual over frequency."""
        return tuple(curve.dataset() for curve in self.fits)

    @property
    def fitted(self) -> Estimates:
        """Parameters in fitted coordinates (logarithms of all but exponents), where intervals are closer to normal."""
        log = self._log()
        step = np.where(log, self.values, 1.0)
        x = np.where(log, np.log(step), self.values)
        return Estimates.build(self.entries, x, self.covariance / np.outer(step, step), **self.facets)

    def _log(self) -> npt.NDArray[np.bool_]:
        return np.array([coordinate == "log" for coordinate in self.facets["coordinate"]])

    @property
    def where_missed(self) -> tuple[str, ...]:
        """Labels of the spectra that the circuit misses so far that its numbers are none of the cell."""
        pairs = set(zip(self.facets["label"], self.facets["status"], strict=True))
        return tuple(label for label in self.labels if (label, "misfit") in pairs)

    def value(self, parameter: str, label: str = "") -> float:
        """Value of a parameter, in a series at a label.

        Raises
        ------
        BadInput
            If there is none of that name.
        """
        return float(self.values[self._position(parameter, label)])

    def _position(self, parameter: str, label: str) -> int:
        entry = f"{parameter}[{label}]" if f"{parameter}[{label}]" in self.entries else parameter
        if entry not in self.entries:
            raise BadInput(f"no entry {entry}; there are {', '.join(self.entries)}")
        return self.entries.index(entry)

    def interval(self, level: float = 0.95) -> xr.DataArray:
        """Intervals over ``(entry, bound)`` in units: the profile where there is one, else normal as fitted.

        A side on which a profile has no limit is NaN.
        """
        bounds = self.fitted.interval(level).clip(-700, 700)
        log = self._log()
        limits = np.where(log[:, None], np.exp(np.where(log[:, None], bounds.values, 0)), bounds.values)
        for own in self.profiles:
            if own.level == level:
                limits[self._position(own.parameter, own.label)] = own.lower, own.upper
        return bounds.copy(data=limits)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row a parameter: value, sd, status and the interval of :meth:`interval`."""
        bounds = self.interval(level).values
        table = self.parameters.table(level)
        return table.assign(lower=bounds[:, 0], upper=bounds[:, 1])

    def aicc(self) -> float:
        """Akaike's criterion with the small-sample term, the residual variance being one more parameter."""
        count = 2 * sum(curve.frequency.size for curve in self.fits)
        size = count - self.dof + 1
        if count - size - 1 <= 0:
            return float("inf")
        return (
            count * float(np.log(max(self.chi2 / count, ROUNDING)))
            + 2 * size
            + 2 * size * (size + 1) / (count - size - 1)
        )
