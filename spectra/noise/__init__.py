"""Noise of a spectrum before any fit: quiet regions, correlation, and what processing does to the noise of a decay."""

from spectra.noise._correlation import CHANCE as CHANCE
from spectra.noise._correlation import Draws as Draws
from spectra.noise._correlation import autocorrelation_of as autocorrelation_of
from spectra.noise._correlation import correlated_product as correlated_product
from spectra.noise._correlation import decay_of as decay_of
from spectra.noise._correlation import excess as excess
from spectra.noise._correlation import integrated as integrated
from spectra.noise._correlation import points_per_independent as points_per_independent
from spectra.noise._correlation import with_excess as with_excess
from spectra.noise._decays import LARGEST_SIZE as LARGEST_SIZE
from spectra.noise._decays import PROCESSING as PROCESSING
from spectra.noise._decays import Decay as Decay
from spectra.noise._decays import apodisation as apodisation
from spectra.noise._processed import QUIET_PARTS as QUIET_PARTS
from spectra.noise._processed import quiet_noise as quiet_noise
from spectra.noise._processed import quiet_parts as quiet_parts
from spectra.noise._processed import with_noise as with_noise
from spectra.noise._quiet_regions import noise_from_region as noise_from_region
from spectra.noise._windows import points_under_window as points_under_window
