"""What FTIR fits assume where neither the library nor the user says anything; every number with its reason."""

from __future__ import annotations

from spectra.models import Default

TERMINAL_SULFUR, BRIDGING, TERMINAL_OXYGEN = "terminal P-S", "bridging P-O-P", "terminal P-O"
CLASSES = {TERMINAL_SULFUR: "P-S terminal", BRIDGING: "P-O-P", TERMINAL_OXYGEN: "P-O terminal"}
"""Windows by the bonds that the paper reads in them, and the names under which the peak library has them. They
overlap in truth: terminal P-S of PSO3 (709-733 cm-1) and of P2S6(2-) (610-630 cm-1) lie in the "P-O-P" window
(10.1021/acs.inorgchem.2c02300), and 950 cm-1 cuts PO4."""
FWHM = Default(70.0, 30.0, "infrared bands of glasses: half of the narrowest window of the paper at most")
FWHM_BOUNDS = (15.0, 180.0)
OFFSET_SD = 1.0
"""cm-1: a quarter of the usual 4 cm-1 resolution."""
BACKGROUND_DEGREE = 2
"""Scattering of a pellet slopes and bends once; window edges take the rest."""
ATMOSPHERE = {
    "CO2": ((2280.0, 2390.0), (650.0, 685.0)),
    "H2O": ((1300.0, 1900.0), (3500.0, 3950.0)),
}
"""cm-1: where carbon dioxide and water vapour of the air absorb."""
ROUGHNESS = 3.0
"""Times the noise elsewhere: vapour lines are sharper than any band of a glass."""
