"""Raman: prepare a spectrum, make its model; calibration, cosmic rays, fluorescence, thermal factors."""

from spectra.raman._calibration import SILICON as SILICON
from spectra.raman._calibration import calibrate as calibrate
from spectra.raman._calibration import calibrated as calibrated
from spectra.raman._calibration import neon_shifts as neon_shifts
from spectra.raman._cosmic_rays import despiked as despiked
from spectra.raman._defaults import FWHM as FWHM
from spectra.raman._defaults import FWHM_BOUNDS as FWHM_BOUNDS
from spectra.raman._defaults import OFFSET_SD as OFFSET_SD
from spectra.raman._engine import RAMAN as RAMAN
from spectra.raman._engine import model as model
from spectra.raman._engine import prepare as prepare
from spectra.raman._intensities import normalised as normalised
from spectra.raman._intensities import without_fluorescence as without_fluorescence
from spectra.raman._thermal import reduce_raman as reduce_raman
