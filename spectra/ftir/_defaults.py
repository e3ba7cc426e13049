"""What FTIR fits assume where neither the library nor the user says anything; every number with its reason."""

from __future__ import annotations

from spectra.models import Default, Window

PAPER = "10.21203/rs.3.rs-934971/v1"
TERMINAL_SULFUR, BRIDGING, TERMINAL_OXYGEN = "terminal P-S", "bridging P-O-P", "terminal P-O"
RANGES = {TERMINAL_SULFUR: (400.0, 600.0), BRIDGING: (600.0, 950.0), TERMINAL_OXYGEN: (950.0, 1200.0)}
"""cm-1: the three windows of the paper. They overlap in truth: terminal P-S of PSO3 (709-733 cm-1) and of P2S6(2-)
(610-630 cm-1) lie in the "P-O-P" window (10.1021/acs.inorgchem.2c02300), and 950 cm-1 cuts PO4."""
_STATED = f"window of the paper ({PAPER})"
WINDOWS = {
    "P:S4": Window(480.0, 600.0, f"terminal P-S, {_STATED}; upper part, where PS4 stretches"),
    "P:S3O": Window(480.0, 600.0, f"terminal P-S, {_STATED}"),
    "P:S3~P": Window(430.0, 600.0, f"terminal P-S, {_STATED}"),
    "P:S3/S": Window(430.0, 600.0, f"terminal P-S, {_STATED}"),
    "P:S3/O": Window(700.0, 950.0, f"bridging P-O-P, {_STATED}; above the terminal P-S of PSO3"),
    "P:S2O2": Window(980.0, 1200.0, f"terminal P-O, {_STATED}"),
    "P:SO3": Window(980.0, 1200.0, f"terminal P-O, {_STATED}"),
    "P:O4": Window(930.0, 1100.0, f"terminal P-O, {_STATED}; PO4 is cut by its edge at 950"),
}
"""Position windows in cm-1 by species."""
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
