"""Many spectra over one axis, one after another with everything that can be shared prepared once.

A pixel is searched for its minimum as a spectrum of its own is (:mod:`spectra.fits`), from its own start and, where its
end may not be the lowest and starts are warm, from the fit of the mean or of the pixel before. None is dropped: each
has a status.
"""

from __future__ import annotations

import numpy as np

from shortrange_core.notes import Status
from spectra.fits._pixel_fitter import Array, PixelFitter
from spectra.fits._pixel_judgement import STATUSES, Pixels, keep


def fit_pixels(
    fitter: PixelFitter, data: Array, noise: Array, *, warm_start: bool = True, counts: Array | None = None
) -> Pixels:
    """Fit n spectra one after another.

    Parameters
    ----------
    fitter
        Prepared model.
    data, noise
        n x m intensities and standard deviations; the noise may have one row for all.
    warm_start
        Where a pixel's own start ends above the mean of the noise, also start from the fit of the mean spectrum or of
        the pixel before, whichever has the lower chi2 there.
    counts
        n x m counts behind the intensities, where the noise comes from them.
    """
    compiled, count = fitter.compiled, len(data)
    size = len(compiled.names)
    result = Pixels(
        np.full((count, size), np.nan),
        np.full((count, size, size), np.nan),
        np.full(count, np.nan),
        np.full(count, fitter.dof),
        np.full(count, STATUSES.index(Status.REJECTED), dtype=np.int8),
        np.zeros(count, dtype=np.int32),
        np.full(count, "", dtype=object),
    )
    shared = _shared_start(fitter, data, noise) if warm_start else []
    before: list[Array] = []
    for row in range(count):
        level = noise[row] if len(noise) > 1 else noise[0]
        refused = _refused(data[row], level)
        if refused:
            result.reason[row] = refused
            continue
        own = None if counts is None else counts[row]
        point, search, used = fitter.fit(data[row], level, [*shared, *before], own)
        keep(fitter, result, row, point, search, level=level, counts=own)
        result.evaluations[row] = used
        if warm_start and search.status is Status.OK and not fitter.ground.misses(point.chi2):
            before = [point.x]
    return result


def _refused(data: Array, noise: Array) -> str:
    if not (np.all(np.isfinite(data)) and np.all(np.isfinite(noise))):
        return "the data are not finite"
    if not np.any(data):
        return "the intensity is zero everywhere"
    return "" if np.all(noise > 0) else "the noise is not positive"


def _shared_start(fitter: PixelFitter, data: Array, noise: Array) -> list[Array]:
    good = np.all(np.isfinite(data), axis=1)
    if good.sum() < 2:
        return []
    levels = noise[good] if len(noise) > 1 else noise
    mean, level = data[good].mean(axis=0), np.sqrt(np.mean(levels**2, axis=0) / good.sum())
    if not np.any(mean) or not np.all(np.isfinite(level)) or not np.all(level > 0):
        return []
    fitter.pixel.load(mean, level)
    point, search = fitter.descend(fitter.pixel.start())
    return [point.x] if search.status is Status.OK else []
