"""Figures of spectra and fits; axes run as the field draws them."""

from spectra.plots._plots import AXIS_TITLES as AXIS_TITLES
from spectra.plots._plots import REVERSED as REVERSED
from spectra.plots._plots import plot_fit as plot_fit
from spectra.plots._plots import plot_pulls as plot_pulls
from spectra.plots._plots import plot_spectrum as plot_spectrum
