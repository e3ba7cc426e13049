from spectra import contract as contract
from spectra.contract import AXES as AXES
from spectra.contract import check as check
from spectra.contract import check_together as check_together
from spectra.contract import estimate_noise as estimate_noise
from spectra.contract import from_arrays as from_arrays
from spectra.detection import Maximum as Maximum
from spectra.detection import find_maxima as find_maxima
