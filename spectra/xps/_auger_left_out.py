"""Whether a fit of O 1s misses what the sodium Auger line would be: sodium in a glass that is said to hold none."""

from __future__ import annotations

import numpy as np

from shortrange_core import Note, Severity
from shortrange_core.spelling import option
from spectra.fits import Fit
from spectra.spectrum import scalar
from spectra.xps import _defaults as xps_defaults
from spectra.xps._auger_lines import auger_binding_energy, auger_inside
from spectra.xps._prepared import level_of

SEEN_SDS = 5.0
"""Standard deviations of all that is missed there together; residuals of a right model reach 4 by chance alone."""


def remarks_of_auger(fit: Fit) -> tuple[Note, ...]:
    """A warning where a model without the line leaves counts over in the width around its place."""
    energy, model = scalar(fit.spectrum, "photon_energy", None), fit.model
    if energy is None or any(line.name == xps_defaults.AUGER_PEAK for line in model.peaks):
        return ()
    axis = np.asarray(fit.spectrum[model.axis].values, dtype=float)
    if not auger_inside(energy, level_of(fit.spectrum), (float(axis[0]), float(axis[-1]))):
        return ()
    center = auger_binding_energy(energy)
    near = np.abs(axis - center) <= xps_defaults.AUGER_FWHM.mean / 2
    missed = np.asarray(fit.curves["residual"].values, dtype=float)[near]
    noise = np.asarray(fit.curves["noise"].values, dtype=float)[near]
    sds = missed.sum() / np.sqrt((noise**2).sum() * fit.points_per_independent) if near.any() else 0.0
    if not sds > SEEN_SDS:
        return ()
    text = (
        f"the fit leaves excess counts ({sds:.0f} sds) near {center:.1f} eV, where the sodium KL1L23 Auger line "
        "would lie; it is not in the model: the sample may contain sodium"
    )
    remedy = f"measure Na 1s, or add the line ({option('sodium', True)})"
    return (Note("auger-left-out", Severity.WARNING, text, remedy),)
