r"""Surface candidates under O 1s, tested one by one by the Bayesian information criterion.

.. math:: \mathrm{BIC} = \chi^2 + k \ln n_{\mathrm{eff}}

with k fitted parameters and the number of independent points; priors count neither in chi2 nor in n.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr

from shortrange_core import Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.fits import Fit, fit
from spectra.models import Places, Windows
from spectra.xps import _engine as xps

NEEDED = 6.0
"""Difference of BIC that counts as strong evidence (10 and more as very strong)."""
NORMAL_95 = 1.959963984540054
"""Standard deviations of half a two-sided normal interval at 95 %."""


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Candidate(Shown):
    """One candidate: how much BIC falls when it is let in, and the fit with it."""

    name: str
    gain: float
    supported: bool
    fit: Fit
    notes: tuple[Note, ...]


def information(fit: Fit) -> float:
    """BIC of a fit: data chi2 + k ln n, over the noise as the spectrum states it."""
    free = sum(1 for p in fit.model.all_parameters if p.vary) - len(fit.model.links)
    points = float(fit.spectrum["intensity"].size)
    return fit.chi2 - fit.chi2_priors + free * math.log(points)


def candidates(
    spectrum: xr.Dataset,
    species: Sequence[str],
    names: Sequence[str],
    *,
    priors: Places | None = None,
    windows: Windows | None = None,
    offset_sd: float | None = None,
) -> tuple[Fit, tuple[Candidate, ...]]:
    """Fit of a region without surface species, and with each of the candidates in turn.

    Parameters
    ----------
    spectrum
        As :func:`spectra.xps.prepare` gives it.
    species
        Lines of the glass, such as BO and NBO.
    names
        Candidates: carbonate, sulfate, hydroxide, organic.
    priors, windows, offset_sd
        As for :func:`spectra.xps.model`; windows of candidates may be given too.

    Returns
    -------
    tuple
        The fit without, and the candidates with their gain in BIC (above 6: supported).
    """
    own = {text: ends for text, ends in (windows or {}).items() if text in species}
    plain = fit(
        spectrum, xps.model(spectrum, species, priors=priors, windows=own, offset_sd=offset_sd), check=False
    )  # fmt: skip
    candidates = []
    for name in names:
        these = {**own, **({name: windows[name]} if windows and name in windows else {})}
        model = xps.model(spectrum, species, priors=priors, windows=these, surface=[name], offset_sd=offset_sd)
        with_it = fit(spectrum, model, check=False)
        gain = information(plain) - information(with_it)
        candidates.append(Candidate(name, gain, gain > NEEDED, with_it, _notes(name, gain)))
    return plain, tuple(candidates)


def _notes(name: str, gain: float) -> tuple[Note, ...]:
    if gain <= NEEDED:
        return ()
    text = f"the spectrum supports {name} on the surface (BIC falls by {gain:.0f}), with less BO and NBO"
    return (Note("surface-species", Severity.WARNING, text, "check C 1s or S 2p for the same species"),)
