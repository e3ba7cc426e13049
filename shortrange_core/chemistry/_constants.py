"""Constants of nature in the units of the field, from the CODATA values that scipy carries."""

from scipy import constants

FARADAY = float(constants.physical_constants["Faraday constant"][0])
"""C/mol."""

GAS_CONSTANT = constants.R / 1000
"""kJ/(mol K)."""

KJ_PER_MOL_PER_EV = FARADAY / 1000
"""kJ/mol in 1 eV for each particle: N_A e, which is the Faraday constant."""

ZERO_CELSIUS = constants.zero_Celsius
"""K."""

SECOND_RADIATION_CONSTANT = 100 * float(constants.physical_constants["second radiation constant"][0])
"""hc/k in cm K."""
