"""What a phase that is left in a spectrum costs: how much wider the relative areas are than in a known phase."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shortrange_core.notes import Note, Severity
from shortrange_core.spelling import option
from spectra.models import Model

Array = npt.NDArray[np.float64]
ZERO, FIRST = "phase", "phase_slope"
TOLD = 0.01
"""An interval that is 1 % wider is not worth a word."""


def notes_of_phase(model: Model, values: Array, covariance: Array) -> list[Note]:
    r"""The phase that a fit found, and how much wider every relative area is for it.

    With the phases known, the covariance of all else is :math:`C_{aa} - C_{ap} C_{pp}^{-1} C_{pa}`.

    Parameters
    ----------
    model
        Model; one without a phase has no note.
    values, covariance
        Of all n parameters.
    """
    zero = _first_of(model, ZERO)
    if zero is None or not np.isfinite(covariance[zero, zero]):
        return []
    slope = _first_of(model, FIRST)
    turned = [row for row in (zero, slope) if row is not None and covariance[row, row] > 0]
    rows = [row for row, p in enumerate(model.all_parameters) if p.quantity == "area"]
    shares, names = _shares(values[rows]), [line.assignment or line.name for line in model.peaks]
    if shares is None or not turned:
        return []
    own = shares @ covariance[np.ix_(rows, rows)] @ shares.T
    across = shares @ covariance[np.ix_(rows, turned)]
    unturned = own - across @ np.linalg.pinv(covariance[np.ix_(turned, turned)]) @ across.T
    with np.errstate(invalid="ignore", divide="ignore"):
        wider = np.sqrt(np.diagonal(own) / np.diagonal(unturned)) - 1.0
    told = [(round(100 * w), n) for w, n in zip(wider, names, strict=True) if np.isfinite(w) and w >= TOLD]
    unknown = "" if np.isfinite(wider).all() else "; for the others it is not known"
    widest = sorted(told, key=lambda row: -row[0])
    costs = ", ".join(f"{name} by {percent} %" for percent, name in widest) or "none by more than 1 %"
    text = (
        f"a phase error of {values[zero]:+.2g} +- {np.sqrt(covariance[zero, zero]):.1g} degrees is modelled; it "
        f"widens relative areas: {costs}{unknown}"
    )
    remedy = f"if the phase is known to be right, give 0 as {option('phase_sd')}"
    return [Note("phase-left", Severity.INFO, text, remedy)]


def _first_of(model: Model, quantity: str) -> int | None:
    """Row of the free parameter of this quantity; all lines share it."""
    linked = model.linked()
    rows = [
        row for row, p in enumerate(model.all_parameters) if p.quantity == quantity and p.vary and p.name not in linked
    ]
    return rows[0] if rows else None


def _shares(areas: Array) -> Array | None:
    """Derivatives of the k relative areas in the areas, k x k; none where their sum is nothing."""
    total = float(areas.sum())
    if not total > 0:
        return None
    return np.asarray((np.eye(areas.size) - np.outer(areas / total, np.ones(areas.size))) / total)
