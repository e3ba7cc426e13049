"""Fitted lines for the peak library: positions as fitted, and as the data alone give them."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from itertools import pairwise
from typing import Any

import spectra
from reference_peaks.curation import FittedLine
from shortrange.results import Analysis
from shortrange_core import load
from shortrange_core.errors import BadInput
from shortrange_core.notes import Status

CENTER, FWHM = "center", "fwhm"


def lines_of(
    path: str | os.PathLike[str], *, sample: str | None = None, technique: str | None = None
) -> tuple[FittedLine, ...]:
    """Lines of a stored fit, or of every fit of a stored analysis.

    Parameters
    ----------
    path
        Record that ``shortrange fit --out`` or ``shortrange analyse`` wrote.
    sample, technique
        Take only these; a single fit has no sample.

    Raises
    ------
    BadInput
        If the file is no such record, or nothing is left.
    """
    technique = None if technique is None else spectra.technique_name(technique)
    stored = load(path)
    rows: list[FittedLine] = []
    if isinstance(stored, spectra.Fit):
        rows = list(fit_lines(stored)) if technique in (None, stored.model.technique) else []
        there = stored.model.technique
    elif isinstance(stored, Analysis):
        there = ", ".join(dict.fromkeys(f"{item.sample} ({item.technique})" for item in stored.fits))
        for item in stored.fits:
            if sample in (None, item.sample) and technique in (None, item.technique):
                hashed = next((m.sha256 for m in stored.measured if m.file == item.file), "")
                lines = fit_lines(item.fit)
                rows += [replace(line, sample=item.sample, file=item.file, sha256=hashed) for line in lines]
    else:
        raise BadInput(f"{path}: contains a {type(stored).__name__}; give a fit or an analysis")
    if not rows:
        raise BadInput(
            f"{path}: has no line for sample {sample or 'any'} and technique {technique or 'any'}; it has {there}"
        )
    return tuple(rows)


def fit_lines(fit: spectra.Fit) -> tuple[FittedLine, ...]:
    """Lines of one fit; where it used priors on positions, it is repeated without them.

    Parameters
    ----------
    fit
        A fit whose peaks have a position named ``center``.
    """
    free = without_position_priors(fit)
    return tuple(_line(fit, free, peak) for peak in fit.model.peaks if _has(fit, f"{peak.name}_{CENTER}"))


def without_position_priors(fit: spectra.Fit) -> spectra.Fit:
    """The fit repeated from its own result without priors on positions; itself if it had none.

    The window of a prior goes with it: a freed position may move half the way to its neighbours, and no further than
    the axis.
    """
    positions = [peak.quantities[CENTER] for peak in fit.model.peaks if CENTER in peak.quantities]
    if all(p.prior is None for p in positions):
        return fit
    best = dict(zip(fit.parameters.entries, fit.parameters.value.values.tolist(), strict=True))
    axis = fit.spectrum[fit.model.axis].values
    places = sorted({best[p.name] for p in positions})
    ends = [float(axis[0]), *((a + b) / 2 for a, b in pairwise(places)), float(axis[-1])]
    windows = {place: (ends[i], ends[i + 1]) for i, place in enumerate(places)}

    def freed(parameter: spectra.Parameter) -> spectra.Parameter:
        if parameter.quantity != CENTER or parameter.prior is None:
            return parameter
        lower, upper = windows[best[parameter.name]]
        return replace(parameter, prior=None, value=best[parameter.name], lower=lower, upper=upper)

    peaks = [replace(peak, parameters=tuple(freed(p) for p in peak.parameters)) for peak in fit.model.peaks]
    return spectra.fit(fit.spectrum, replace(fit.model, peaks=tuple(peaks)), check=False)


def _has(fit: spectra.Fit, name: str) -> bool:
    return name in fit.parameters.entries


def _line(fit: spectra.Fit, free: spectra.Fit, peak: spectra.Peak) -> FittedLine:
    name = f"{peak.name}_{CENTER}"
    position, sd = _number(fit, name)
    alone, alone_sd = _number(free, name) if free.status in (Status.OK, Status.AT_BOUND) else (math.nan, math.nan)
    parameter = next(p for p in peak.parameters if p.name == name)
    freed = next(p for other in free.model.peaks for p in other.parameters if p.name == name)
    if not freed.lower < alone < freed.upper:
        alone = alone_sd = math.nan
    width, width_sd = _number(fit, f"{peak.name}_{FWHM}") if _has(fit, f"{peak.name}_{FWHM}") else (None, None)
    coordinates = fit.spectrum.coords
    files = dict(fit.provenance.inputs)
    return FittedLine(
        peak=peak.name,
        assignment=peak.assignment,
        technique=fit.model.technique or _text(coordinates, "technique"),
        position=position,
        sd=sd,
        likelihood_position=alone,
        likelihood_sd=alone_sd,
        referencing_sd=fit.model.offset_sd,
        prior_used=parameter.prior is not None,
        fwhm=width,
        fwhm_sd=width_sd,
        shape=peak.shape,
        sample=_text(coordinates, "sample"),
        scale=_text(coordinates, "reference"),
        file="; ".join(files),
        sha256="; ".join(files.values()),
        fit=str(fit.status),
    )


def _text(coordinates: Any, name: str) -> str:
    return str(coordinates[name].item()) if name in coordinates else ""


def _number(fit: spectra.Fit, name: str) -> tuple[float, float]:
    one = fit.parameters.select([name])
    return float(one.value.item()), float(one.sd.item())
