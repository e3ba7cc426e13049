r"""Core levels: where they lie, how far spin and orbit split them, and what lies under a region.

Two lines of a level with orbital momentum l have j = l + 1/2 and j = l - 1/2; 2j + 1 states each make their areas

.. math:: A_{l-1/2} / A_{l+1/2} = l / (l+1)

1:2 of p, 2:3 of d, 3:4 of f. Multiplets and Coster-Kronig widths move a fitted ratio from it, which is why it can
be set free.

``levels.csv`` holds, one row a level, the binding energy of the line with the larger j and the splitting, each with
its source (:data:`SOURCES`). What no source states is left empty: such a level is fitted by one line, and said.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from spectra.xps import _defaults as xps_defaults

SOURCES = {
    "nist": (
        "NIST SRD 20: median over papers of the difference of the two rows of one compound in one paper (our "
        "subtraction), sd from the spread of the papers: at least 0.04 eV (printed to 0.1 eV), 0.11 eV below four"
    ),
    "elam": (
        "difference of two level energies of W. T. Elam, B. D. Ravel, J. R. Sieber, Radiat. Phys. Chem. 63, 121 "
        "(2002), as xraydb 4.5.8 carries them; sd 0.15 eV, their robust difference from NIST SRD 20 over 60 levels"
    ),
    "library": "published splittings: P 2p 0.80-0.89 eV, S 2p 1.16-1.20 eV",
}
"""Where the splittings of ``levels.csv`` come from. All binding energies are those of Elam, Ravel and Sieber."""
MOMENTUM = {"s": 0, "p": 1, "d": 2, "f": 3}
CHEMICAL_SHIFT = 3.0
"""eV around a tabulated level where its lines may lie: larger shifts are those of the highest oxidation states."""


@dataclass(frozen=True, slots=True)
class Level:
    """A core level of an element.

    Parameters
    ----------
    name
        Such as ``"P 2p"``.
    binding_energy
        eV, of the line with the larger j, of the element in its natural form.
    splitting, splitting_sd
        eV from that line to the one with the smaller j, and its standard deviation; None for an s level and where no
        source states it.
    source
        Where the splitting comes from.
    """

    name: str
    binding_energy: float
    splitting: float | None
    splitting_sd: float | None
    source: str

    @property
    def element(self) -> str:
        """Symbol of the element."""
        return self.name.split()[0]

    @property
    def momentum(self) -> int:
        """Orbital momentum: 0 of s to 3 of f."""
        return MOMENTUM[self.name[-1]]

    @property
    def ratio(self) -> float:
        """Area of the line with the smaller j over that with the larger, by the number of states: l / (l + 1)."""
        return self.momentum / (self.momentum + 1)

    @property
    def lines(self) -> tuple[float, ...]:
        """Binding energies of its lines in eV, the larger j first."""
        if self.splitting is None:
            return (self.binding_energy,)
        return self.binding_energy, self.binding_energy + self.splitting


@cache
def levels() -> Mapping[str, Level]:
    """Every level of the table by its name.

    Examples
    --------
    >>> found = levels()["Au 4f"]
    >>> found.splitting, found.splitting_sd, found.ratio
    (3.67, 0.04, 0.75)
    >>> levels()["Na 2p"].splitting is None
    True
    """
    text = files("spectra.xps").joinpath("levels.csv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        name = f"{row['element']} {row['level']}"
        splitting, sd = (float(row[key]) if row[key] else None for key in ("splitting", "splitting_sd"))
        papers = f"; {row['papers']} papers" if row["papers"] else ""
        source = f"{SOURCES[row['source']]}{papers}" if row["source"] else ""
        found[name] = Level(name, float(row["binding_energy"]), splitting, sd, source)
    return found


def splits(level: str) -> bool:
    """Whether spin and orbit split a level of that name: p, d and f do."""
    return MOMENTUM.get(level[-1:], 0) > 0


def under(
    level: str, ends: tuple[float, float], elements: Collection[str], photon_energy: float | None = None
) -> tuple[tuple[str, float], ...]:
    """What of the given elements may lie inside a region besides its own level.

    Parameters
    ----------
    level
        Of the region; its own lines are left out.
    ends
        eV; first and last binding energy.
    elements
        Symbols of what the sample may hold.
    photon_energy
        eV; puts the sodium Auger lines on the axis. Auger lines of other elements are not in the table.

    Returns
    -------
    tuple
        Name and eV of every line, ascending; a line counts within 3 eV of the region (chemical shifts).

    Examples
    --------
    >>> under("P 2p", (125.0, 145.0), ["P", "Zn", "Si"])
    (('Zn 3s', 139.8),)
    >>> under("O 1s", (525.0, 540.0), ["Na", "O", "Sb"], 1486.6)
    (('Sb 3d', 528.2), ('Na KL1L23', 535.6), ('Sb 3d', 537.57))
    """
    low, high = ends[0] - CHEMICAL_SHIFT, ends[1] + CHEMICAL_SHIFT
    lines = [
        (found.name, round(energy, 2))
        for found in levels().values()
        if found.element in elements and found.name != level
        for energy in found.lines
    ]
    if "Na" in elements and photon_energy is not None:
        lines += [(f"Na {name}", round(photon_energy - at, 2)) for name, at in xps_defaults.AUGER_KINETIC.items()]
    return tuple(sorted((one for one in lines if low <= one[1] <= high), key=lambda one: one[1]))
