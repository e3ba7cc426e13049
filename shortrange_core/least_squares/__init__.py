"""Bounded and linearly constrained least squares: quadratic minima in boxes and polyhedra, damped descent, starts."""

from shortrange_core.least_squares._arrow import Arrow as Arrow
from shortrange_core.least_squares._arrow import ArrowProblem as ArrowProblem
from shortrange_core.least_squares._arrow import Part as Part
from shortrange_core.least_squares._arrow import gradient_of as gradient_of
from shortrange_core.least_squares._arrow_minimum import ArrowMinimum as ArrowMinimum
from shortrange_core.least_squares._arrow_minimum import minimise_arrow as minimise_arrow
from shortrange_core.least_squares._arrow_minimum import trial_arrow as trial_arrow
from shortrange_core.least_squares._box import Singular as Singular
from shortrange_core.least_squares._box import box_minimum as box_minimum
from shortrange_core.least_squares._descent import Point as Point
from shortrange_core.least_squares._descent import Search as Search
from shortrange_core.least_squares._equalities import Equalities as Equalities
from shortrange_core.least_squares._feasible import FeasibleSet as FeasibleSet
from shortrange_core.least_squares._minima import Minima as Minima
from shortrange_core.least_squares._minima import distinct as distinct
from shortrange_core.least_squares._minima import grouped as grouped
from shortrange_core.least_squares._minima import latin_hypercube as latin_hypercube
from shortrange_core.least_squares._minimise import Minimum as Minimum
from shortrange_core.least_squares._minimise import covariance_of as covariance_of
from shortrange_core.least_squares._minimise import minimise as minimise
from shortrange_core.least_squares._minimise import well_conditioned_inverse as well_conditioned_inverse
from shortrange_core.least_squares._polyhedron import QuadraticModel as QuadraticModel
from shortrange_core.least_squares._polyhedron import Shortest as Shortest
from shortrange_core.least_squares._polyhedron import flattened as flattened
from shortrange_core.least_squares._polyhedron import shortest as shortest
from shortrange_core.least_squares._quadratic import polyhedron_minimum as polyhedron_minimum
