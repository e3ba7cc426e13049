"""The joint route: from fits of the stepwise route, its start, to fractions by all spectra of the series at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import spectra
import structure
from shortrange.joint._marginals import Marginals
from shortrange.joint.likelihood import (
    LEAST_START,
    AreaTable,
    Data,
    JointGlass,
    Likelihood,
    Responses,
    places,
    quantities_of,
)
from shortrange.joint.search import lowest
from shortrange_core import affine
from shortrange_core.errors import BadInput
from shortrange_core.least_squares import ArrowMinimum
from shortrange_core.notes import Status
from spectra.models import Model, identifier

Array = npt.NDArray[np.float64]
SHOWS = 4.0
"""Sds of its area from which a line shows in a spectrum alone: where its place is free, noise makes up two or three."""
Ready = Callable[[Sequence[str]], Model]


@dataclass(frozen=True, eq=False, slots=True)
class Spectrum:
    """One fitted spectrum of the series, and how the model of other lines on it is made.

    Parameters
    ----------
    sample, technique, lines
        Glass, technique, and the lines that the fit has.
    fit
        Of the spectrum alone: its range, its noise, the start.
    model
        Model for line texts.
    responses
        Factors by which units are seen, as :class:`structure.Areas` has them.
    whole
        Lines of several units that stay one line, because the recipe or a hand says something of that line.
    """

    sample: str
    technique: str
    lines: tuple[str, ...]
    fit: spectra.Fit
    model: Ready
    responses: Responses = ()
    whole: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Joint:
    """Most probable series with what it says of every glass.

    Parameters
    ----------
    likelihood, minimum
        The likelihood and its minimum.
    marginals
        Precision of the amounts of every glass about it.
    statements
        By glass: what all spectra say of its amounts, as independent evidence for :func:`structure.solve`.
    chi2
        By spectrum: of its points fitted alone, and in the joint minimum; points that count.
    """

    likelihood: Likelihood
    minimum: ArrowMinimum
    marginals: Marginals
    statements: Mapping[str, tuple[structure.Statement, ...]]
    chi2: Mapping[str, tuple[float, float, float]]


def fit_series(
    glasses: Sequence[tuple[str, structure.Composition, tuple[str, ...], float | None]],
    series: Sequence[Spectrum],
    starts: Mapping[str, structure.Solution | None],
    *,
    tables: Sequence[structure.Areas] = (),
    factor: float = 1.0,
    near: Array | None = None,
) -> Joint:
    """Fit all spectra of a series together.

    Parameters
    ----------
    glasses
        Name, composition, species and x.
    series
        Fitted spectra; those whose fit is not to be trusted stay out.
    starts
        Solutions of the stepwise route by glass.
    tables
        Areas of finished peak tables.
    factor
        On the sds of the coupling along the series.
    near
        The minimum of the same series with another factor: then the search starts from there alone.

    Raises
    ------
    BadInput
        If a line cannot be taken apart into units.
    Infeasible
        If a balance cannot hold.
    """
    likelihood = likelihood_of(glasses, series, starts, tables=tables, factor=factor)
    minimum = lowest(likelihood, near)
    marginals = Marginals(likelihood, minimum)
    statements = {name: marginals.statements(name) for name in likelihood.glasses}
    alone = {name: (0.0, float(block.points)) for name, block in likelihood.blocks.items()}  # a table has its areas
    for (key, block), item in zip(likelihood.fitted.items(), _usable(series), strict=True):
        alone[key] = (_of_points(item.fit) * block.data.weight, block.points / item.fit.points_per_independent)
    chi2 = {
        key: (alone[key][0], block.chi2(minimum.x[likelihood.local[key]]), alone[key][1])
        for key, block in likelihood.blocks.items()
    }
    return Joint(likelihood, minimum, marginals, statements, chi2)


def likelihood_of(
    glasses: Sequence[tuple[str, structure.Composition, tuple[str, ...], float | None]],
    series: Sequence[Spectrum],
    starts: Mapping[str, structure.Solution | None],
    *,
    tables: Sequence[structure.Areas] = (),
    factor: float = 1.0,
) -> Likelihood:
    """The likelihood of a series, not yet fitted; arguments and errors as of :func:`fit_series`."""
    at = places({name: x for name, _, _, x in glasses}, tuple(name for name, *_ in glasses))
    made = [
        JointGlass(name, composition, species, _start(species, starts.get(name)), at[name])
        for name, composition, species, _ in glasses
    ]
    if not (_usable(series) or tables):
        raise BadInput(
            "no spectrum used as evidence has a trusted fit, and no peak table is given; correct one of them"
        )
    return Likelihood(made, _measured(series, tables), factor=factor)


def _of_points(fit: spectra.Fit) -> float:
    """chi2 of the points of a fit, the terms of its priors left out."""
    residual = fit.curves["residual"].values / np.asarray(fit.noise)
    return float(residual @ residual)


def _usable(series: Sequence[Spectrum]) -> list[Spectrum]:
    return [item for item in series if item.fit.status.trusted or item.fit.status is Status.MISFIT]


def _start(species: Sequence[str], solution: structure.Solution | None) -> Array:
    if solution is None or not np.isfinite(solution.values).all():
        return np.full(len(species), 1.0 / len(species))
    fractions = dict(zip(solution.species, solution.values.tolist(), strict=True))
    return np.array([max(fractions.get(label, 0.0), LEAST_START) for label in species])


def _measured(series: Sequence[Spectrum], tables: Sequence[structure.Areas]) -> list[Data | AreaTable]:
    data: list[Data | AreaTable] = []
    for item in _usable(series):
        technique = spectra.technique_of(item.technique)
        lines = single_lines(item.lines, item.whole) if technique.kind == "NMR" else item.lines
        part = item.fit.spectrum
        data.append(
            Data(
                _key(item.sample, item.technique, data),
                item.sample,
                item.technique,
                technique.kind,
                item.model(lines),
                np.asarray(part[technique.axis].values, dtype=float),
                np.asarray(part["intensity"].values, dtype=float),
                np.asarray(item.fit.noise),
                1.0 / (item.fit.points_per_independent * item.fit.widening**2),
                item.responses,
                _first(item),
            )
        )
    for areas in tables:
        data.append(AreaTable(_key(areas.sample, areas.technique, data), areas.sample, areas.technique, areas))
    return data


def _key(sample: str, technique: str, others: Sequence[Data | AreaTable]) -> str:
    """Name of a measurement, with a number where its glass has several of the technique."""
    before = sum((one.sample, one.technique) == (sample, technique) for one in others)
    return f"{sample}, {technique} #{before + 1}" if before else f"{sample}, {technique}"


def single_lines(lines: Sequence[str], whole: Sequence[str] = ()) -> tuple[str, ...]:
    """Every unit with a line of its own, those of ``whole`` together.

    Examples
    --------
    >>> single_lines(["P:S4 + P:S3O", "P:O4"])
    ('P:S4', 'P:S3O', 'P:O4')
    >>> single_lines(["P:S4 + P:S3O", "P:O4"], whole=["P:S4 + P:S3O"])
    ('P:S4 + P:S3O', 'P:O4')
    """
    parts = [(line,) if line in whole else affine.parse(line).names for line in lines]
    return tuple(dict.fromkeys(name for part in parts for name in part))


def _first(item: Spectrum) -> dict[str, float]:
    """Values of the fit by parameter; every unit of a line starts with the position and width of that line.

    Of a line that hardly shows only the area is taken: where noise put it is no place to start from.
    """
    fitted = item.fit.parameters
    values = dict(zip(fitted.entries, fitted.value.values.tolist(), strict=True))
    sds = dict(zip(fitted.entries, fitted.sd.values.tolist(), strict=True))
    for peak in item.fit.model.peaks:
        area = peak.parameters[0].name
        if peak.assignment and values.get(area, np.inf) < SHOWS * sds.get(area, 0.0):
            for name in quantities_of(peak):
                if name != area:
                    values.pop(name, None)
    for line in item.lines:
        members = affine.parse(line).names
        if len(members) < 2 or line in item.whole:
            continue
        for member in members:
            for quantity in ("center", "gauss_fwhm", "lorentz_fwhm", "fwhm", "fraction"):
                name = f"{identifier(line)}_{quantity}"
                if name in values:
                    values[f"{identifier(member)}_{quantity}"] = values[name]
    return values
