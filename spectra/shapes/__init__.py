"""Line shapes of unit area with analytic derivatives: symmetric, asymmetric, Doniach-Sunjic, sideband manifolds."""

from spectra.shapes._registry import SHAPES as SHAPES
from spectra.shapes._registry import shape_named as shape_named
from spectra.shapes._shape import ANY as ANY
from spectra.shapes._shape import FWHM_PER_SIGMA as FWHM_PER_SIGMA
from spectra.shapes._shape import GAUSS_HEIGHT as GAUSS_HEIGHT
from spectra.shapes._shape import LN2 as LN2
from spectra.shapes._shape import LORENTZ_HEIGHT as LORENTZ_HEIGHT
from spectra.shapes._shape import WIDTHS as WIDTHS
from spectra.shapes._shape import Kernel as Kernel
from spectra.shapes._shape import Shape as Shape
from spectra.shapes._sidebands import centreband_share as centreband_share
from spectra.shapes._sidebands import haeberlen as haeberlen
from spectra.shapes._sidebands import manifold as manifold
from spectra.shapes._sidebands import principal_values as principal_values
from spectra.shapes._sidebands import tensor as tensor
from spectra.shapes._sidebands import zeta_from_delta_sigma as zeta_from_delta_sigma
from spectra.shapes._spinning import MAS as MAS
from spectra.shapes._symmetric import GAUSSIAN as GAUSSIAN
from spectra.shapes._symmetric import VOIGT as VOIGT
from spectra.shapes._symmetric import gaussian as gaussian
from spectra.shapes._symmetric import lorentzian as lorentzian
from spectra.shapes._symmetric import pseudo_voigt as pseudo_voigt
from spectra.shapes._symmetric import voigt as voigt
