"""What a fit of sideband manifolds tells: shift tensors, and how much of every area was never in the window."""

from __future__ import annotations

from functools import partial

import numpy as np

from shortrange_core import Estimates
from spectra.fits import Fit
from spectra.shapes import manifold, tensor

MANIFOLDS = ("mas", "phased_mas")


def tensors(fit: Fit) -> dict[str, Estimates]:
    """Shift tensors of all sites of a fit, in the convention, with covariance.

    Parameters
    ----------
    fit
        Fit of a model with lines of the shape ``"mas"``.

    Returns
    -------
    dict[str, Estimates]
        By peak name: isotropic, zeta, eta, delta_11, delta_22, delta_33 (see :func:`spectra.shapes.tensor`),
        whatever signs and order of axes the fit ended with.
    """
    by_line = {}
    for line in fit.model.peaks:
        names = [f"{line.name}_{quantity}" for quantity in ("center", "zeta", "eta")]
        if line.shape not in MANIFOLDS or not set(names) <= set(fit.parameters.entries):
            continue
        three = fit.parameters.select(names)
        isotropic, zeta, eta = (float(v) for v in three.value.values)
        by_line[line.name] = tensor(isotropic, zeta, eta, three.covariance.values)
    return by_line


def share_outside(
    center: float, zeta: float, eta: float, spinning: tuple[float, float], ends: tuple[float, float]
) -> float:
    """Share of a site's area whose sidebands are centred outside ``ends`` (ppm).

    Examples
    --------
    >>> round(share_outside(32.0, 165.7, 0.43, (20e3, 202.4), (0.0, 100.0)), 2)
    0.36
    """
    rate, larmor = spinning
    bands = manifold(zeta * larmor / rate, eta)
    position = center + bands.order * rate / larmor
    return float(bands.intensity[(position < ends[0]) | (position > ends[1])].sum())


def _outside(values: np.ndarray, ends: tuple[float, float]) -> list[float]:
    center, zeta, eta, rate, larmor = (float(v) for v in values)
    return [share_outside(center, zeta, eta, (rate, larmor), ends)]


def areas_outside(fit: Fit) -> Estimates:
    """Share of every site's area in sidebands outside the fitted window, from the fitted tensor, with its sd.

    Parameters
    ----------
    fit
        Fit of a model with lines of the shape ``"mas"``.

    Returns
    -------
    Estimates
        One entry a peak: shares between 0 and 1 that :attr:`Fit.areas` counts but the spectrum does not show.
    """
    axis = fit.curves["data"]["chemical_shift"].values
    ends = (float(axis[0]), float(axis[-1]))
    names, values, variances = [], [], []
    for line in fit.model.peaks:
        if line.shape not in MANIFOLDS:
            continue
        wanted = [f"{line.name}_{q}" for q in ("center", "zeta", "eta", "spinning_rate", "larmor_frequency")]
        five = fit.parameters.select(wanted)

        share = five.propagate(partial(_outside, ends=ends), ["share"])
        names.append(line.name)
        values.append(float(share.value.item()))
        variances.append(float(share.covariance.item()))
    return Estimates.build(names, values, variances, peak=names)
