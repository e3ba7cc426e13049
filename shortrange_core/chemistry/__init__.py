"""Formulas, weights and the text of reactions, and the constants of nature: what every package means by them."""

from shortrange_core.chemistry._constants import FARADAY as FARADAY
from shortrange_core.chemistry._constants import GAS_CONSTANT as GAS_CONSTANT
from shortrange_core.chemistry._constants import KJ_PER_MOL_PER_EV as KJ_PER_MOL_PER_EV
from shortrange_core.chemistry._constants import SECOND_RADIATION_CONSTANT as SECOND_RADIATION_CONSTANT
from shortrange_core.chemistry._constants import ZERO_CELSIUS as ZERO_CELSIUS
from shortrange_core.chemistry._elements import ATOMIC_WEIGHTS as ATOMIC_WEIGHTS
from shortrange_core.chemistry._elements import SYMBOLS as SYMBOLS
from shortrange_core.chemistry._formulas import formula_atoms as formula_atoms
from shortrange_core.chemistry._formulas import molar_mass as molar_mass
from shortrange_core.chemistry._formulas import read_atoms as read_atoms
from shortrange_core.chemistry._reactions import read_terms as read_terms
