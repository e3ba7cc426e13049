"""Other minima that describe a spectrum as well as the best one, with other areas: none of them is the answer alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shortrange_core.least_squares import Minimum
from spectra.fits._compiled import Compiled
from spectra.fits._search import ended

Array = npt.NDArray[np.float64]
CLOSE = 10.0
"""chi2 above the best minimum up to which another one is told: what else is known may outweigh three sds."""
APART = 1.0
"""Standard deviations of the best minimum by which an area must differ, or it is the same answer."""
MOST = 4


def other_minima(compiled: Compiled, best: Minimum, ends: Sequence[Minimum]) -> tuple[Minimum, ...]:
    """Ends of a search that are nearly as low as the best and have other areas, lowest first."""
    place = {name: i for i, name in enumerate(compiled.free)}
    lines = [peak for peak in compiled.model.peaks if peak.assignment]
    areas = [place[peak.parameters[0].name] for peak in lines if peak.parameters[0].name in place]
    sd = np.sqrt(np.diagonal(best.covariance)[areas])
    told: list[Array] = [best.x[areas]]
    kept: list[Minimum] = []
    for end in sorted((end for end in ends if ended(end) and end.chi2 < best.chi2 + CLOSE), key=lambda end: end.chi2):
        at = end.x[areas]
        apart = [np.abs(at - other) > APART * sd for other in told]
        if all(one.any() for one in apart) and len(kept) < MOST:
            told.append(at)
            kept.append(end)
    return tuple(kept)
