"""What an analysis holds: spectra as they were read, their fits, the structure of every glass, the joint route, notes,
provenance.
"""

from shortrange.results._analysis import NO_JOINT as NO_JOINT
from shortrange.results._analysis import NO_SERIES as NO_SERIES
from shortrange.results._analysis import Analysis as Analysis
from shortrange.results._analysis import Places as Places
from shortrange.results._analysis import Priors as Priors
from shortrange.results._glasses import BASE as BASE
from shortrange.results._glasses import Fitted as Fitted
from shortrange.results._glasses import Influence as Influence
from shortrange.results._glasses import Measured as Measured
from shortrange.results._glasses import Structure as Structure
from shortrange.results._glasses import Unlisted as Unlisted
from shortrange.results._joint import Averaged as Averaged
from shortrange.results._joint import Carried as Carried
from shortrange.results._joint import JointFit as JointFit
from shortrange.results._joint import JointPosterior as JointPosterior
from shortrange.results._joint import Optimum as Optimum
from shortrange.results._joint import Seen as Seen
from shortrange.results._joint import Tension as Tension
from shortrange.results._joint import UnitSet as UnitSet
