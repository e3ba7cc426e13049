"""The record of a fit: its numbers, and the labelled tables and curves made from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.estimates import Estimates
from shortrange_core.kept import kept
from shortrange_core.notes import Note, Status
from shortrange_core.readings import reading_of
from shortrange_core.records import Provenance, record
from shortrange_core.showing import Shown
from spectra.fits._compiled import Compiled
from spectra.models import OFFSET, Model

Array = npt.NDArray[np.float64]
CORRELATION_ROUNDING = 1e-9
EDITORS = "spectra.editors"
"""Entry point of editors: called with a fit."""


@record(1)
@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Fit(Shown):
    """Result of a fit.

    Parameters
    ----------
    model
        The model that was fitted.
    spectrum
        The fitted part of the spectrum.
    values, covariance
        Every parameter of the model in the order of ``model.all_parameters`` and their covariance, NaN in the rows that
        are not determined; :attr:`parameters` has the names.
    noise
        Standard deviation of every point as used.
    chi2
        Sum of squared residuals over the noise as used, prior terms included; for an estimated noise over the noise
        of the spectrum, so that models can be compared.
    dof
        Independent points + prior terms - free parameters.
    status
        How the fit ended.
    notes
        What a user must know.
    provenance
        What is needed to repeat it.
    noise_scale
        Factor by which the noise of the spectrum was multiplied: 1 where it was given.
    covariance_kind
        ``absolute``; ``scaled`` where the noise was estimated and scaled by the residuals; ``widened`` where a model
        misses the data at the noise that was given.
    points_per_independent
        Points that count as one, because the noise is correlated.
    chi2_priors
        Part of chi2 that comes from the prior terms.
    evaluations
        Number of evaluations of the model.
    minima
        chi2 of the distinct minima that restarts found, best first; empty without restarts.
    widening
        Factor on the standard deviations because the model misses the data, in the covariance already; 1 where it does
        not, or where the noise was scaled by the residuals.
    missed
        Where the model misses the data most, unit of the axis: from, to; empty where it does not.
    others
        The fit at other minima that describe the spectrum nearly as well with other areas, as far as the search met
        them: chi2 higher by less than 10, an area off by more than its standard deviation.
    rise
        chi2 above that of the minimum whose ``others`` hold this one; 0 of that itself.
    """

    model: Model
    spectrum: xr.Dataset
    values: Array
    covariance: Array
    noise: Array
    chi2: float
    dof: float
    status: Status
    notes: tuple[Note, ...]
    provenance: Provenance
    noise_scale: float = 1.0
    covariance_kind: str = "absolute"
    points_per_independent: float = 1.0
    chi2_priors: float = 0.0
    evaluations: int = field(default=0, repr=False)  # of the way, not of the result: rounding moves it
    minima: tuple[float, ...] = ()
    widening: float = 1.0
    missed: tuple[float, ...] = ()
    others: tuple[Fit, ...] = ()
    rise: float = 0.0

    def at_other(self, number: int) -> Fit:
        """The fit at another minimum of its spectrum; that fit lists this minimum among its own others."""
        chosen = self.others[number]
        left = (replace(self, others=()), *(other for i, other in enumerate(self.others) if i != number))
        others = tuple(replace(other, rise=other.rise - chosen.rise) for other in left)
        return replace(chosen, others=others, rise=0.0)

    @property
    @kept
    def parameters(self) -> Estimates:
        """Every parameter of the model, also linked and fixed; facets ``peak`` (or background) and ``quantity``."""
        every = self.model.all_parameters
        return Estimates.build(
            [p.name for p in every],
            self.values,
            self.covariance,
            peak=[p.peak for p in every],
            quantity=[p.quantity for p in every],
        )

    @property
    @kept
    def areas(self) -> Estimates:
        """Area of every peak (intensity x unit of the axis), by its name.

        Facets ``peak``, ``assignment``, ``technique``, ``sample``; ``reading``, the hash of the record of its files,
        where the spectrum carries one.
        """
        lines, coords = self.model.peaks, self.spectrum.coords
        names = [parameter.name for parameter in self.model.all_parameters]
        rows = np.array([names.index(line.parameters[0].name) for line in lines])
        sample = str(coords["sample"].item()) if "sample" in coords else ""
        stated = str(coords["technique"].item()) if "technique" in coords else ""
        reading = reading_of(self.spectrum)
        source = {"reading": [reading.key] * len(lines)} if reading.inputs else {}
        return Estimates.build(
            [line.name for line in lines],
            self.values[rows],
            self.covariance[np.ix_(rows, rows)],
            peak=[line.name for line in lines],
            assignment=[line.assignment for line in lines],
            technique=[self.model.technique or stated] * len(lines),
            sample=[sample] * len(lines),
            **source,
        )

    @property
    @kept
    def positions(self) -> Estimates:
        """Position of every line with a ``center`` on the scale of its reference, in the unit of the axis, by peak.

        The doubt of the referencing (``model.offset_sd``) stands in every sd. It moves all lines of a spectrum alike,
        so that it stands in every covariance too, and not in the difference of two lines. Facets ``peak``,
        ``assignment``.
        """
        places = self.parameters.where(quantity="center")
        counts = {line.name: line.assignment for line in self.model.peaks}
        peaks = places.facets["peak"]
        common = self.model.offset_sd or 0.0
        return Estimates.build(
            peaks,
            places.value.values,
            places.covariance.values + common**2,
            peak=list(peaks),
            assignment=[counts[name] for name in peaks],
        )

    @property
    @kept
    def pulls(self) -> Estimates:
        """(parameter - offset - prior mean) / prior sd of every parameter with a prior, and of the offset.

        Of parameters whose priors have a share in common, what is left of it beside the others (``Default.common``).

        Facets ``prior_mean``, ``prior_sd``, ``source``.
        """
        compiled = self.compiled()
        names = compiled.priors[2]
        priors = {p.name: p.prior for p in compiled.parameters if p.prior is not None}
        sd = self.model.offset_sd
        return Estimates.build(
            names,
            compiled.prior_residuals(self.values),
            spread_covariance(compiled.priors[0], self.covariance),
            prior_mean=[0.0 if name == OFFSET else priors[name].mean for name in names],
            prior_sd=[sd if name == OFFSET else priors[name].sd for name in names],
            source=["referencing offset" if name == OFFSET else str(priors[name].source) for name in names],
        )

    @property
    def curves(self) -> xr.Dataset:
        """Data, noise (as used), model, background, residual (data - model) and component over (peak, axis).

        In the unit of the intensity, over the axis, with the scalar coordinates of the spectrum.
        """
        axis = self.model.axis
        peaks, background = self.compiled().components(self.values)
        total = peaks.sum(axis=0) + background
        data = np.asarray(self.spectrum["intensity"].values, dtype=float)
        scalars = {name: value for name, value in self.spectrum.coords.items() if value.ndim == 0}
        names = np.array([line.name for line in self.model.peaks], dtype=object)
        assignments = np.array([line.assignment for line in self.model.peaks], dtype=object)
        return xr.Dataset(
            {
                "data": (axis, data),
                "noise": (axis, np.array(self.noise)),
                "model": (axis, total),
                "background": (axis, background),
                "residual": (axis, data - total),
                "component": (("peak", axis), peaks),
            },
            coords={axis: self.spectrum[axis], "peak": names, "assignment": ("peak", assignments), **scalars},
            attrs={"units": str(self.spectrum["intensity"].attrs.get("units", "arbitrary"))},
        )

    def edit(self, **options: Any) -> Any:
        """Open the fit in an editor: a widget whose ``fit`` and ``edit`` follow the screen.

        Editors come from other packages, by an entry point ``spectra.editors``; ``shortrange`` has one.

        Parameters
        ----------
        options
            For the editor; that of ``shortrange`` takes ``save=``, a TOML file that the edit is written to.

        Raises
        ------
        BadInput
            If no editor is installed, or what it needs is not.
        """
        editors = list(entry_points(group=EDITORS))
        if not editors:
            raise BadInput("fit.edit(): no editor is installed; pip install 'shortrange[edit]', again after an update")
        return editors[0].load()(self, **options)

    def compiled(self) -> Compiled:
        """The model on the axis of the fitted part."""
        return Compiled(self.model, np.asarray(self.spectrum[self.model.axis].values, dtype=float))


def spread_covariance(rows: Array, covariance: Array) -> Array:
    """``rows @ covariance @ rows.T``, NaN only where a row sees an entry whose covariance is NaN."""
    unknown = ~np.isfinite(np.diagonal(covariance))
    clean = np.where(unknown[:, None] | unknown[None, :], 0.0, covariance)
    result = rows @ clean @ rows.T
    blind = np.any(rows[:, unknown] != 0, axis=1)
    result[blind, :] = np.nan
    result[:, blind] = np.nan
    return _possible(np.asarray((result + result.T) / 2))


def _possible(covariance: Array) -> Array:
    """The nearest covariance that can be one, variances kept, where rounding put a correlation beyond 1.

    Seen for the tensor of a line that is hardly there: zeta known to 1e8 ppm, its correlation with eta -1.00006.
    """
    sd = np.sqrt(np.abs(np.diagonal(covariance)))
    determined = np.isfinite(sd) & (sd > 0)
    places = np.ix_(determined, determined)
    correlation = covariance[places] / np.outer(sd[determined], sd[determined])
    if not np.any(np.abs(correlation) > 1 + CORRELATION_ROUNDING):
        return covariance
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    root /= np.sqrt(np.sum(root**2, axis=1))[:, None]
    result = covariance.copy()
    result[places] = (root @ root.T) * np.outer(sd[determined], sd[determined])
    return result
