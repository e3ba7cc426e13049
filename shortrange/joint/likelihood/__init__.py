"""The likelihood of a series: blocks of spectra and of tables of areas, shapes that go together, balances.

Also the polytope of amounts that the balances of one glass leave, on whose faces amounts are drawn.
"""

from shortrange.joint.likelihood._blocks import Data as Data
from shortrange.joint.likelihood._blocks import LocalResiduals as LocalResiduals
from shortrange.joint.likelihood._blocks import block_of as block_of
from shortrange.joint.likelihood._blocks import quantities_of as quantities_of
from shortrange.joint.likelihood._coupling import COUPLINGS as COUPLINGS
from shortrange.joint.likelihood._coupling import UNDER_ONE_LINE as UNDER_ONE_LINE
from shortrange.joint.likelihood._coupling import Coupling as Coupling
from shortrange.joint.likelihood._coupling import places as places
from shortrange.joint.likelihood._glasses import JointGlass as JointGlass
from shortrange.joint.likelihood._groups import joined as joined
from shortrange.joint.likelihood._likelihood import LEAST_START as LEAST_START
from shortrange.joint.likelihood._likelihood import Likelihood as Likelihood
from shortrange.joint.likelihood._polytope import CHAINS as CHAINS
from shortrange.joint.likelihood._polytope import Face as Face
from shortrange.joint.likelihood._polytope import forced as forced
from shortrange.joint.likelihood._polytope import point_without as point_without
from shortrange.joint.likelihood._sight import AreaTable as AreaTable
from shortrange.joint.likelihood._sight import Responses as Responses
