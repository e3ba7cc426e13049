"""What 31P NMR assumes where neither the library nor the user says anything; every number with its reason."""

from __future__ import annotations

from spectra.models import Default

GLASS_FWHM = Default(
    8.0, 3.0, "published widths of 31P lines in phosphate glasses: 7.2 to 15 ppm, most near 7.6", common=0.3
)
"""A third of the variance in common: 2 ppm (25 %) by which all lines of a glass are wide together, as disorder makes
them, beside 2.5 ppm of each; assumed, nothing is published of the correlation."""
GLASS_FWHM_BOUNDS = (1.5, 25.0)
"""ppm: narrower is crystalline, wider is a background."""
LORENTZ_FWHM = Default(0.8, 0.6, "homogeneous width of 31P under fast MAS: below 2 ppm, or crystals could not be sharp")
LORENTZ_ELSEWHERE = "assumed to be that of 31P under fast MAS (below 2 ppm); nothing is known here of other nuclei"
LORENTZ_COMMON = 0.5
"""Share of its variance that the lines of a spectrum have in common: whether relaxation and decoupling leave one width
for all of them or one for each is not published, and half is what two such glasses in turn have (docs/decisions/0057).
"""
LORENTZ_BOUNDS = (0.0, 5.0)
CRYSTAL_FWHM = (0.8, 0.1, 2.0)
"""ppm: start and bounds of a sharp crystalline line."""
SLOWEST_MAS = 1000.0
"""Hz: solutions are turned at some 20 Hz, solids spin at 1.5 kHz and more; in between nothing is averaged."""
CRYSTAL_GAUSS_FWHM = 1e-3
"""ppm: none; a tenth of a ppm already takes 1 % of the area from the tails of a sharp Lorentzian."""
OFFSET_SD = 0.5
"""ppm: external referencing of a spinning powder; the secondary references themselves scatter by as much."""
PPM_PER_BEND, MOST_BENDS = 80.0, 8
"""ppm a degree of the background: ten widths of a line, so that it follows the hump of a probe (a cubic under 500 ppm
biased areas by 4 to 9 sd in simulations, degree 6 by none) and cannot follow a line."""

ZETA_SYMMETRIC = Default(
    0.0,
    29.0,
    "four like ligands: only distortion makes an anisotropy, 15 +- 25 ppm in size; Q0 has weak sidebands",
)
ZETA_MIXED = Default(
    0.0,
    113.0,
    "unlike or shared ligands: 80 +- 80 ppm in size, up to 165.7 of PO3S in Na3PO3S; sign unpublished",
)
"""Sizes are known and signs are not: a normal law about 0 with the root mean square of the sizes favours neither."""
ZETA = {
    "P:SO3": Default(
        165.7, 40.0, "Na3PO3S crystal, -248.5 ppm as Delta-sigma (Pompetzki and Jansen 2002); 40 ppm for the glass"
    ),
}
ZETA_BOUNDS = (-400.0, 400.0)
ETA = Default(0.5, 0.3, "uniform on 0..1, as nothing is published")
ETA_BOUNDS = (0.0, 1.5)
"""A little beyond 1, where the axes change places, so that a fit may pass through."""
ETA_BY_SPECIES = {"P:SO3": Default(0.43, 0.2, "Na3PO3S crystal (Pompetzki and Jansen 2002); 0.2 for the glass")}
SYMMETRIC = ("P:S4", "P:O4")
COUPLED = ("~P", "/O", "/S")
"""Labels of units in pairs: their phosphorus nuclei are coupled, so that their sidebands are not pure anisotropy. Two
29Si are hardly ever neighbours: 1 silicon in 20 is one."""

PHASE_SD = 2.0
"""Degrees, of zero order: what is left where only the real part of a processed spectrum is at hand; assumed."""
PHASE_SD_COMPLEX = 10.0
"""Degrees where the imaginary part came along, which nobody need have looked at: as good as free, since the lines
themselves tell a phase to less than a degree."""
PHASE_SLOPE_PER_PHASE = 0.02
"""1/ppm: a phase of first order is expected to add as much 50 ppm from the pivot as that of zero order; assumed."""
PHASE_BOUNDS = (-30.0, 30.0)
"""Degrees: more is seen by the eye, and corrected by whoever processes the spectrum."""
PHASE_REASON = "what a phase correction leaves; assumed"
PHASE_FREE_REASON = "as good as free, because the lines indicate a phase far from what is stated"

REFERENCES = {"85% H3PO4": 0.0, "BPO4": -29.27}
"""Shift of a reference compound on the scale of 85 % H3PO4, ppm; a compound that is set to 0 makes a scale of its own.
NaH2PO4 is missing on purpose: its value is not printed where it was used."""
PRIMARY_REFERENCES = {
    "1H": "TMS", "13C": "TMS", "29Si": "TMS", "7Li": "LiCl in D2O", "6Li": "LiCl in D2O", "11B": "BF3.Et2O",
    "17O": "D2O", "19F": "CFCl3", "23Na": "NaCl in D2O", "27Al": "Al(NO3)3 in D2O", "31P": "85% H3PO4",
    "73Ge": "Me4Ge", "77Se": "Me2Se", "119Sn": "Me4Sn", "125Te": "Me2Te", "133Cs": "CsNO3 in D2O",
}  # fmt: skip
"""Compound at 0 ppm by nucleus, as IUPAC recommends (doi:10.1351/pac200173111795)."""
