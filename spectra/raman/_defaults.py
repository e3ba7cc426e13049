"""What Raman fits assume where neither the library nor the user says anything; every number with its reason."""

from __future__ import annotations

from spectra.models import Default

FWHM = Default(18.0, 10.0, "bands of PS4 and P2S6 in glass part 40 cm-1 from one another and are seen resolved")
FWHM_BOUNDS = (4.0, 60.0)
"""cm-1: narrower is a crystal or a cosmic ray, wider is fluorescence."""
OFFSET_SD = 1.0
"""cm-1: a spectrometer that is checked on silicon; uncalibrated ones read 518.7 to 521.1 for 520.5."""
BACKGROUND_DEGREE = 3
"""Fluorescence falls smoothly: a cubic follows it over 450 cm-1 and cannot follow a band 60 cm-1 wide."""
OXIDE_RANGE = (900.0, 1200.0)
"""cm-1: P-O stretches; a window of 200-700 does not hold them."""
