r"""Sensitivity factors of theory: the cross section of a level, and the depth that its electrons come from.

.. math:: S = \frac{\sigma}{\sigma_\mathrm{C 1s}} \left(\frac{E}{E_\mathrm{C 1s}}\right)^p

with the photoionisation cross section of the whole level, its kinetic energy E and the exponent p of the attenuation
length. Left out are the transmission of the analyser, which a spectrum carries, and the angular asymmetry, which
vanishes at 54.7 degrees between source and analyser.

``cross_sections.csv`` (barn an atom, all electrons of the level) was computed with xraylib 4.3.0 (BSD licence; T.
Schoonjans et al., Spectrochim. Acta B 66, 776 (2011), doi:10.1016/j.sab.2011.09.011), whose partial cross sections are
those of L. Kissel, Radiat. Phys. Chem. 59, 185 (2000), doi:10.1016/S0969-806X(00)00290-5. They are those of one
electron: numbers of electrons times them add up to the total that it gives.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from shortrange_core import BadInput
from spectra.xps import _defaults as xps_defaults
from spectra.xps._levels import levels
from spectra.xps._quantification import Sensitivity

COLUMNS = {"Al Ka": "al_ka", "Mg Ka": "mg_ka"}
STANDARD = "C 1s"


@cache
def _cross_sections(column: str) -> Mapping[str, float]:
    text = files("spectra.xps").joinpath("cross_sections.csv").read_text(encoding="utf-8")
    return {row["level"]: float(row[column]) for row in csv.DictReader(text.splitlines()) if row[column]}


def theoretical_factors(photon_energy: float, *, path_exponent: float, relative_sd: float) -> dict[str, Sensitivity]:
    """Sensitivity factors by level from the cross sections included in the package, relative to C 1s.

    They are good for an instrument whose maker gives none. What they leave out belongs into ``relative_sd``: elastic
    scattering, intensity that goes into satellites, the transmission where the file does not have it.

    Parameters
    ----------
    photon_energy
        eV; of Al Ka or Mg Ka.
    path_exponent
        The depth that electrons come from goes with this power of their kinetic energy; 0 where the areas were
        corrected for it before.
    relative_sd
        Of every factor.

    Raises
    ------
    BadInput
        If the source is neither of the two, or the exponent is not between 0 and 1.

    Examples
    --------
    >>> found = theoretical_factors(1486.6, path_exponent=0.0, relative_sd=0.1)
    >>> {level: round(found[level].value, 2) for level in ("C 1s", "O 1s", "P 2p", "S 2p", "Na 1s")}
    {'C 1s': 1.0, 'O 1s': 2.93, 'P 2p': 1.19, 'S 2p': 1.68, 'Na 1s': 8.52}
    """
    near = (n for n, at in xps_defaults.SOURCES.items() if abs(at - photon_energy) <= xps_defaults.SOURCE_TOLERANCE)
    name = next(near, "")
    if not name:
        sources = ", ".join(f"{at:g} ({name})" for name, at in xps_defaults.SOURCES.items())
        raise BadInput(
            f"photon_energy = {photon_energy:g} eV: cross sections are included for {sources}; give your own factors"
        )
    if not 0 <= path_exponent <= 1:
        raise BadInput(f"path_exponent = {path_exponent:g}: must be a power of the kinetic energy between 0 and 1")
    barns, known_levels = _cross_sections(COLUMNS[name]), levels()
    source = f"cross sections of Kissel by xraylib 4.3.0, {name}, depth with the kinetic energy to {path_exponent:g}"

    def factor(level: str) -> float:
        depth = (photon_energy - known_levels[level].binding_energy) ** path_exponent
        return float(barns[level] * depth)

    return {level: Sensitivity(factor(level) / factor(STANDARD), relative_sd, source) for level in barns}
