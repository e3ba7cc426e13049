"""lambda of a wrong spinning rate in the model and the priors that `analyse` fits with, not in the laws of the draws.

The expected spectrum, without noise, is fitted at the rate that a recipe states and at the true one, in the noise that
it was drawn with; lambda is how much lower chi2 is at the true rate. Priors of a recipe are wider than the laws that a
simulator draws from, so that it is less than what a descent inside the laws leaves.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import xarray as xr

import spectra
from shortrange import Analysis
from spectra.fits import Fit, minimum_near, minimum_with
from spectra.nmr._rate_evidence import _spun
from studies.second_simulator import Glass, Series, simulate
from studies.second_simulator.settings import Settings

NOISELESS = 1e8
"""Signal to noise of an expected spectrum."""
TECHNIQUE = "31P NMR"


def without_noise(made: Settings) -> Settings:
    """Settings of the same draws, whose NMR spectra have no noise."""
    table = made.tables["nmr"]
    law, *_ = table["signal_to_noise"]
    return replace(made, tables={**made.tables, "nmr": {**table, "signal_to_noise": [law, NOISELESS, NOISELESS]}})


def lambda_of_rate(analysis: Analysis, series: Series, at: int) -> float:
    """How much lower chi2 of the expected spectrum is at the true spinning rate than at the stated one.

    Parameters
    ----------
    analysis
        Of one glass of a series, at the stated rate.
    series, at
        The series as it was drawn, and the number of the glass.
    """
    fit = next(item.fit for item in analysis.fits if item.technique == TECHNIQUE)
    expected = simulate(without_noise(series.settings), series.seed).glasses[at]
    wrong = spectra.fit(_in_its_noise(fit, series, series.glasses[at], expected), fit.model)
    right = _spun(fit.model, series.spectrometer.rate)
    least, values = min((minimum_near(wrong, right), minimum_with(wrong, right)), key=lambda end: end[0])
    back, _ = minimum_near(replace(wrong, values=values), fit.model)
    return min(wrong.chi2, back) - least


def _in_its_noise(fit: Fit, series: Series, glass: Glass, expected: Glass) -> xr.Dataset:
    """The spectrum of a fit with expected intensities, and the noise that it was drawn with."""
    drawn, spectrometer = glass.parameters[TECHNIQUE], series.spectrometer
    power = np.exp(-2 * math.pi * drawn["apodisation"] * spectrometer.times())
    filled = int(drawn["zero_filling"])
    ends = 1.0 + (power[-1] if filled == 1 else 0.0)
    together = max(filled * power.size * ends / 2 / float(np.sum(power)), 1.0)
    axis, intensity = expected.spectra[TECHNIQUE]
    shown = np.asarray(intensity)[np.argsort(axis)]
    sd = np.full(shown.size, 1000 / drawn["signal_to_noise"])
    spectrum = fit.spectrum.assign(intensity=(fit.model.axis, shown), noise=(fit.model.axis, sd))
    return spectrum.drop_vars("noise_correlation_source", errors="ignore").assign_coords(
        noise_source="given", noise_correlation=together
    )
