"""What is kept of the fit of a pixel: values, covariance, status and reason, by the rules of a fit of one spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import Point, Search
from shortrange_core.notes import Severity, Status
from spectra.fits._judgement import breadth_of, height_of
from spectra.fits._misses import COUNTERLESS, NOTHING, Miss, against_quiet, miss_of, run_in_noise, status_with, text_of
from spectra.fits._verdict import DETECTION, no_line

if TYPE_CHECKING:
    from spectra.fits._pixel_fitter import PixelFitter

Array = npt.NDArray[np.float64]
STATUSES = tuple(Status)


@dataclass(frozen=True, eq=False, slots=True)
class Pixels:
    """Fits of n spectra: values (n x parameters), their covariance where asked for, and how each ended."""

    values: Array
    covariance: Array
    chi2: Array
    dof: Array
    status: npt.NDArray[np.int8]
    evaluations: npt.NDArray[np.int32]
    reason: npt.NDArray[np.object_]


def _no_line(fitter: PixelFitter, result: Pixels, row: int) -> str:
    """Why a fit that found no line and misses the data is rejected, as :func:`spectra.fit` has it; else empty."""
    rows = fitter.areas
    miss = np.sqrt(result.chi2[row] / max(fitter.dof, 1.0))
    widened = 1.0 if fitter.kind == "estimated" else max(miss, 1.0) ** 2
    if np.any(result.values[row, rows] ** 2 > DETECTION**2 * widened * result.covariance[row][rows, rows]):
        return ""
    note = no_line(result.values[row, rows], result.covariance[row][np.ix_(rows, rows)] * widened, float(miss))
    return note.text if note is not None and note.severity is Severity.ERROR else ""


def _missed(fitter: PixelFitter, point: Point, level: Array, counts: Array | None) -> Miss:
    """How far the fit of a pixel misses the data, by the rule of :func:`spectra.fit`."""
    compiled, data = fitter.compiled, fitter.pixel.data
    if fitter.kind != "estimated" and not fitter.ground.missing(point):
        return NOTHING
    weighted = np.array(fitter.pixel.misfit(point.x))
    peaks, background = compiled.components(compiled.theta(point.x))
    lines = peaks.sum(axis=0)
    curve, height = lines + background, height_of(lines)
    if fitter.kind != "estimated":
        return miss_of(
            compiled.x,
            weighted,
            (data - curve) / height,
            chi2=fitter.data_chi2(point),
            dof=fitter.dof,
            together=fitter.together,
            run=run_in_noise(weighted, fitter.together, counts),
        )
    return against_quiet(
        compiled.x,
        data - curve,
        curve,
        values=data,
        stated=level,
        together=fitter.together if fitter.together > 1 else np.nan,
        free=len(compiled.free),
        height=height,
        breadth=lambda: breadth_of(lines),
        counts=compiled.model.axis not in COUNTERLESS,
    )


def keep(
    fitter: PixelFitter,
    result: Pixels,
    row: int,
    point: Point,
    search: Search,
    *,
    level: Array,
    counts: Array | None,
) -> None:
    """Put the end of one fit into its row."""
    result.values[row] = fitter.compiled.theta(point.x)
    data_chi2 = fitter.data_chi2(point) if fitter.scale != 1 else 0.0
    result.chi2[row] = point.chi2 + data_chi2 * (fitter.scale**2 - 1)
    if search.status is not Status.REJECTED:
        result.covariance[row] = fitter.covariance(point)
    status = fitter.status(point, search, result.covariance[row])
    lost = _no_line(fitter, result, row) if status.trusted else ""
    miss = NOTHING if lost or not status.trusted else _missed(fitter, point, level, counts)
    if miss.misfit and fitter.kind != "estimated":
        result.covariance[row] *= miss.widening**2
    status = Status.REJECTED if lost else status_with(status, miss)
    result.status[row] = STATUSES.index(status)
    if lost:
        result.reason[row] = lost
    elif miss.misfit:
        result.reason[row] = f"misfit: {text_of(miss, fitter.compiled.model.axis)}"
    elif not status.trusted:
        result.reason[row] = search.message if search.status is not Status.OK else "no area has a standard deviation"
