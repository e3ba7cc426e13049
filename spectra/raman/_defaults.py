"""What Raman fits assume where neither the library nor the user says anything; every number with its reason."""

from __future__ import annotations

from spectra.models import Default, Window

PAPER = "10.21203/rs.3.rs-934971/v1"
WINDOWS = {
    "P:S4": Window(410.0, 430.0, f"P-S stretch of PS4 at 420 in sodium glass ({PAPER}), 418-420 with lithium"),
    "P:S3~P": Window(370.0, 395.0, f"P2S6 at 380 in sodium glass ({PAPER}), 386 with lithium"),
    "P:S3/S": Window(396.0, 411.0, "unpublished for sodium: P2S7 between P2S6 (380) and PS4 (420), nearer to PS4"),
    "P:S3/[S2]": Window(460.0, 485.0, f"S-S stretch at 470 ({PAPER})"),
    "S": Window(460.0, 485.0, f"S-S stretch at 470 ({PAPER})"),
    "S-S": Window(460.0, 485.0, f"S-S stretch at 470 ({PAPER})"),
    "Na2S2": Window(440.0, 485.0, f"S-S stretch of a polysulfide, at or below the 470 of the glass ({PAPER})"),
    "Li2S": Window(366.0, 378.0, "372 in milled lithium glass (10.1002/aenm.71471)"),
    "P:O4": Window(
        930.0, 1020.0, "symmetric stretch of Q0, 1010 in fluoride-phosphate glass (10.1021/acs.jpcc.0c07792)"
    ),
    "P:O3/O": Window(1080.0, 1115.0, "PO3 stretch of Q1 at 1100 (10.1021/acs.jpcc.0c07792)"),
    "P:O2/O2": Window(1125.0, 1160.0, "PO2 stretch of Q2 at 1140 (10.1021/acs.jpcc.0c07792)"),
    "P:S3/O": Window(650.0, 770.0, "P-O-P bridge: 750 in dimers (10.1021/acs.jpcc.0c07792), 665 in chains"),
}
"""Position windows in cm-1 by species."""

FWHM = Default(18.0, 10.0, "bands of PS4 and P2S6 in glass part 40 cm-1 from one another and are seen resolved")
FWHM_BOUNDS = (4.0, 60.0)
"""cm-1: narrower is a crystal or a cosmic ray, wider is fluorescence."""
OFFSET_SD = 1.0
"""cm-1: a spectrometer that is checked on silicon; uncalibrated ones read 518.7 to 521.1 for 520.5."""
BACKGROUND_DEGREE = 3
"""Fluorescence falls smoothly: a cubic follows it over 450 cm-1 and cannot follow a band 60 cm-1 wide."""
OXIDE_RANGE = (900.0, 1200.0)
"""cm-1: P-O stretches; a window of 200-700 does not hold them."""
NEAR_P2S6 = (360.0, 376.0)
"""cm-1: Li2S at 372 and reduced phosphorus at 360 (10.1002/aenm.71471) lie under P2S6 at 380."""
