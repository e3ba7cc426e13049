"""What XPS fits assume where neither the library nor the user says anything; every number with its reason."""

from __future__ import annotations

from spectra.models import Default

SURFACE = ("carbonate", "sulfate", "hydroxide", "organic", "phosphate")
"""What lies on a surface: its area counts for nothing in the glass."""

FWHM = {
    "O 1s": Default(1.7, 0.4, "O 1s of glasses: 1.4-2.0 eV published, NIST phosphates 1.42-1.65"),
    "P 2p": Default(1.3, 0.4, "one component of a doublet: 1.2-1.4 eV in sulfides"),
    "S 2p": Default(1.3, 0.4, "one component of a doublet: 1.2-1.4 eV in sulfides"),
}
FWHM_OTHER = Default(1.5, 0.5, "core lines with Al Ka at usual pass energies")
FWHM_BOUNDS = (0.6, 3.2)
"""eV: 3.2 is the widest published O 1s of the library, 0.6 the resolution of a monochromated source."""
FORMERS = ("P", "Si", "Ge", "B", "As", "Sb")
"""Elements whose oxygen a glass has as BO and NBO."""
LEAST_SEPARATION = 1.0
"""eV by which BO lies above NBO at least: 1.5-1.9 eV in alkali phosphates; without it the two could change places."""
FURTHER_WIDTHS = {
    "lorentz_fwhm": (0.2, 0.0, 3.2),
    "gauss_fwhm": (0.8, 0.1, 3.2),
    "damping": (10.0, 2.0, 200.0),
    "cutoff": (5.0, 0.5, 100.0),
    "tail": (0.5, 0.05, 10.0),
}
"""eV: start and ends of the further width or the tail of a line.

The Gaussian ends above 0, where chi2 no longer tells it.
"""
LEAST_GAUSSIAN = 0.2
"""eV: sharpest Gaussian part of a line beside a Lorentzian one, of synchrotrons and cold samples."""
SHAPE = "pseudo_voigt"
"""Of core lines where nobody states one."""
FRACTION_BOUNDS = (0.0, 0.6)
"""Lorentzian part: instrument and disorder are Gaussian, the core hole's lifetime is below 0.2 eV."""
REFERENCED_SD = 0.2
"""eV: what a C 1s reference leaves; analysts set it between 284.6 and 285.2 (10.1351/goldbook.09305)."""
UNREFERENCED_SD = 1.0
"""eV: an insulator charges by that much and more."""
C_1S_REFERENCE = 284.8
LARGEST_SHIFT = 100.0
"""eV: no region that still shows its lines is charged by more; a larger number is a position."""

SOURCES = {"Al Ka": 1486.6, "Mg Ka": 1253.6}
"""Photon energies in eV."""
SOURCE_TOLERANCE = 1.0
AUGER_KINETIC = {"KL1L23": 951.0, "KL23L23": 989.0, "KL1L1": 916.0}
"""Kinetic energies of the sodium KLL lines in eV (instrument tables: 951, 989 and 916)."""
AUGER_PEAK = "na_kl1l23"
"""Name of the sodium Auger line in a model of O 1s."""
AUGER_FWHM = Default(2.6, 0.8, "Auger lines are wider than core lines: two holes in the final state")
AUGER_FWHM_BOUNDS = (1.2, 6.0)
AUGER_HALF_WINDOW = 1.5
"""eV: chemical shift of the Auger line against its tabulated value, between sodium salts."""
AUGER_OFFSETS = 2.0
"""Standard deviations of the referencing by which that window is wider: a charged sample moves this line too."""
AUGER_REACH = 1.5
"""Widths from its center to which the line is kept in a range: a Gaussian has 2e-3 of its height there."""
SPLITTING_SD = 0.15
"""eV: sd of a splitting that the user states, when it is fitted; that of the rougher source of the table."""
