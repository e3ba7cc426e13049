"""How a fit ended and how well it describes the data, in the words of a heading."""

from __future__ import annotations

import numpy as np

from spectra.fits._result import Fit


def ending_of(fit: Fit) -> str:
    """How it ended; that it misses the data somewhere is told beside a status that holds it for usable."""
    return f"{fit.status.words}, but misses the data" if fit.missed and fit.status.trusted else fit.status.words


def quality_of(fit: Fit, chi2: str = "chi2") -> str:
    """chi2 per degree of freedom, or what it is where the noise was estimated; ``chi2`` is how it is written.

    Noise that is estimated is the scatter of neighbouring points: residuals above it are a misfit, or noise that is
    alike over many points. chi2/dof would say that the first is so; the note on a misfit says it, in the noise of the
    quiet parts.
    """
    if not fit.dof > 0:
        return "no degree of freedom"
    ratio = fit.chi2 / fit.dof
    if fit.covariance_kind != "scaled":
        return f"{chi2}/dof = {ratio:.4g}"
    return f"residuals {np.sqrt(ratio):.3g} times the scatter of neighbouring points"
