"""XPS: a region made ready, its model with doublets, Auger line and surface candidates; charge, quantification."""

from spectra.xps._auger import PEAK as PEAK
from spectra.xps._auger import measured_ratio as measured_ratio
from spectra.xps._auger import tied_to_partner as tied_to_partner
from spectra.xps._charge import charge_shift as charge_shift
from spectra.xps._charge import oxygen_minus_phosphorus as oxygen_minus_phosphorus
from spectra.xps._charge import separation as separation
from spectra.xps._defaults import AUGER_FWHM as AUGER_FWHM
from spectra.xps._defaults import AUGER_FWHM_BOUNDS as AUGER_FWHM_BOUNDS
from spectra.xps._defaults import AUGER_KINETIC as AUGER_KINETIC
from spectra.xps._defaults import FRACTION_BOUNDS as FRACTION_BOUNDS
from spectra.xps._defaults import FWHM as FWHM
from spectra.xps._defaults import FWHM_BOUNDS as FWHM_BOUNDS
from spectra.xps._defaults import REFERENCED_SD as REFERENCED_SD
from spectra.xps._defaults import SOURCES as SOURCES
from spectra.xps._defaults import WINDOWS as WINDOWS
from spectra.xps._engine import XPS as XPS
from spectra.xps._engine import Satellite as Satellite
from spectra.xps._engine import level_of as level_of
from spectra.xps._engine import model as model
from spectra.xps._engine import prepare as prepare
from spectra.xps._interfaces import reaction as reaction
from spectra.xps._quantification import Sensitivity as Sensitivity
from spectra.xps._quantification import atomic_amounts as atomic_amounts
from spectra.xps._quantification import exposure as exposure
from spectra.xps._quantification import surface_check as surface_check
from spectra.xps._surface import candidates as candidates
