"""What XPS fits assume where neither the library nor the user says anything; every number with its reason."""

from __future__ import annotations

from spectra.models import Default, Window

PAPER = "10.21203/rs.3.rs-934971/v1"
NIST = "NIST SRD 20"
O_1S = {
    "BO": Window(531.5, 534.0, f"532.5 in the oxysulfide glass ({PAPER}); 532.5-533.4 in sodium phosphates ({NIST})"),
    "NBO": Window(530.0, 532.2, f"530.9-532.0 in sodium phosphates ({NIST}); none published for an oxysulfide"),
    "oxide": Window(528.8, 530.4, f"free oxide: Na2O at 529.7 ({NIST})"),
    "carbonate": Window(531.2, 532.1, f"Na2CO3 at 531.5-531.8 ({NIST}), on top of NBO"),
    "sulfate": Window(530.9, 532.3, f"Na2SO4 at 531.1-532.1 ({NIST}), on top of NBO"),
    "hydroxide": Window(532.3, 533.3, f"NaOH at 532.8 ({NIST}), on top of BO"),
    "organic": Window(531.8, 533.8, "C-O and C=O of adventitious carbon, on top of BO and NBO"),
}
P_2P = {
    "P:S4": Window(131.2, 132.9, "132.0-132.2 for PS4 in lithium thiophosphates; none published for Na3PS4"),
    "P:S3O": Window(131.4, 133.6, "unpublished: between PS4 (132.1) and PSO3 (132.5-133.8)"),
    "P:S2O2": Window(131.6, 133.8, "unpublished: between PS4 (132.1) and PSO3 (132.5-133.8)"),
    "P:SO3": Window(132.0, 134.2, f"Na3SPO3 at 132.5 to 133.8 ({NIST})"),
    "P:O4": Window(132.0, 133.6, f"Na3PO4 at 132.5-132.9 ({NIST})"),
    "P:O3/O": Window(132.6, 134.3, f"Na4P2O7 at 133.1-134.1 ({NIST})"),
    "P:O2/O2": Window(133.8, 135.5, f"NaPO3 at 134.2-135.3 ({NIST})"),
    "P:S3~P": Window(131.0, 133.0, "unpublished: a P-P bond lowers the binding energy against PS4"),
    "P:S3/S": Window(131.4, 133.4, "unpublished: near PS4 in all sulfides"),
    "P:S3/O": Window(131.6, 134.0, "unpublished: between PS4 and the oxide units"),
    "Na3P": Window(126.5, 129.2, "Li3P at 128.0 +- 0.5; none published for Na3P"),
    "phosphate": Window(132.6, 134.2, "phosphate at a surface: 133.0-133.5"),
}
S_2P = {
    "P:S4": Window(160.8, 162.3, "terminal sulfur of PS4 at 161.4-161.6 in lithium thiophosphates"),
    "terminal": Window(160.8, 162.3, "terminal sulfur at 161.4-161.6 in lithium thiophosphates"),
    "bridging": Window(162.2, 163.4, "P-[S]n-P at 162.7 (10.1039/c7ta07641j, quoted)"),
    "Na2S": Window(159.6, 161.9, f"Na2S at 160.6-161.8 ({NIST}), free sulfide at 159.8-160.2 in lithium cells"),
    "S": Window(162.8, 164.9, f"sulfur at 162.9-164.8 ({NIST})"),
    "sulfate": Window(167.3, 169.5, f"Na2SO4 at 167.5-169.2 ({NIST})"),
}
C_1S = {
    "carbon": Window(284.0, 286.8, "adventitious carbon at 284.1-286.7 on thin films (Greczynski and Hultman 2018)"),
    "C-O": Window(285.8, 287.2, "1.5 eV above adventitious carbon"),
    "carbonate": Window(288.0, 291.0, "carbonate carbon, 4 to 5 eV above adventitious carbon"),
}
WINDOWS = {"O 1s": O_1S, "P 2p": P_2P, "S 2p": S_2P, "C 1s": C_1S}
"""Windows of binding energies in eV by level and species; of a doublet, of its line with the larger j."""
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
LEAST_SEPARATION = 1.0
"""eV by which BO lies above NBO at least: 1.5-1.9 eV in alkali phosphates; without it the two could change places."""
FURTHER_WIDTHS = {"lorentz_fwhm": (0.2, 0.0, 3.2), "gauss_fwhm": (0.8, 0.1, 3.2)}
"""eV: start and ends of the further width of a line. The Gaussian ends above 0, where chi2 no longer tells it."""
LEAST_GAUSSIAN = 0.2
"""eV: sharpest Gaussian part of a line beside a Lorentzian one, of synchrotrons and cold samples."""
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
AUGER_REACH = 1.5
"""Widths from its center to which the line is kept in a range: a Gaussian has 2e-3 of its height there."""
"""eV: chemical shift of the Auger line against its tabulated value, between sodium salts."""
SPLITTING_SD = 0.15
"""eV: sd of a splitting that the user states, when it is fitted; that of the rougher source of the table."""
