"""Figures of spectra and fits; axes run as the field draws them."""

from spectra.plots._axes import AXIS_TITLES as AXIS_TITLES
from spectra.plots._axes import REVERSED as REVERSED
from spectra.plots._fits import plot_fit as plot_fit
from spectra.plots._fits import plot_stack as plot_stack
from spectra.plots._plots import plot_pulls as plot_pulls
from spectra.plots._plots import plot_spectrum as plot_spectrum
from spectra.plots._regions import plot_regions as plot_regions
from spectra.plots._views import lines_frame as lines_frame
from spectra.plots._views import model_frame as model_frame
from spectra.plots._views import shares as shares
from spectra.plots._views import sideband_spacing as sideband_spacing
