r"""Core levels: where they lie, how far spin and orbit split them, and what lies under a region.

Two lines of a level with orbital momentum l have j = l + 1/2 and j = l - 1/2; 2j + 1 states each make their areas

.. math:: A_{l-1/2} / A_{l+1/2} = l / (l+1)

1:2 of p, 2:3 of d, 3:4 of f. Multiplets and Coster-Kronig widths move a fitted ratio from it, which is why it can
be set free.

``levels.csv`` holds, one row per level, the binding energy of the line with the larger j and the splitting, each with
its source (:data:`SOURCES`). What no source states is left empty: such a level is fitted by one line, and said
(``splitting-unknown``). These are 3p of Cr and Mn, where the open 3d shell of their compounds makes a multiplet of it.
Those of Ti and V are of Ti(IV) and V(V), whose 3d shell is empty. 4p of In to I is no doublet at all: one line is its
envelope (``level-envelope``).

``auger_lines.csv`` holds, one row per line, the kinetic energy and the level whose hole decays: a source whose photons
do not reach that level has no such line. Elements that are not in it have no source that was looked at.
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
        "subtraction) or of the separations that they state, sd from the spread of the papers: at least 0.04 eV "
        "(printed to 0.1 eV), 0.11 eV below four"
    ),
    "elam": (
        "difference of two level energies of W. T. Elam, B. D. Ravel, J. R. Sieber, Radiat. Phys. Chem. 63, 121 "
        "(2002), as xraydb 4.5.8 carries them; sd 0.15 eV, their robust difference from NIST SRD 20 over 60 levels"
    ),
    "ion": (
        "interval of the ground term of the free ion that photoemission leaves of a closed shell (Na III 1366.55, K "
        "III 2165.4, Ca IV 3118.2, Ti VI 5829.0, V VII 7668 cm-1), NIST Atomic Spectra Database (10.18434/T4W30F), as "
        "the Stout tables of Cloudy carry it; sd 6 %, at least 0.02 eV: so much S VIII (10085 cm-1) and P VII (7273) "
        "lie above S 2p and P 2p"
    ),
    "envelope": (
        "none: the tables have one energy for both lines; the X-ray Data Booklet (Table 1-1) has a footnote for such "
        "levels, 'one-particle approximation not valid owing to short core-hole lifetime'"
    ),
    "library": "published splittings: P 2p 0.80-0.89 eV, S 2p 1.16-1.20 eV",
}
"""Where the splittings of ``levels.csv`` come from.

Binding energies are those of Elam, Ravel and Sieber, but for N, O and F, which these have 10 eV and more above solids,
as gases: N 1s and O 1s are medians of the claims of the peak library, O 2s, F 1s and F 2s of the handbook of
``AUGER_SOURCES``.
"""
AUGER_SOURCES = {
    "nist": "NIST SRD 20, version 3.5: median over the papers on the element, of its line or of its distance from it",
    "handbook": (
        "C. D. Wagner, W. M. Riggs, L. E. Davis, J. F. Moulder, G. E. Muilenberg, Handbook of X-Ray Photoelectron "
        "Spectroscopy (1979), to 1 eV, as a public table copies it"
    ),
    "yields": (
        "S. Mroczkowski, D. Lichtman, J. Vac. Sci. Technol. A 3, 1860 (1985), 10.1116/1.572933, to 1 eV, as the public "
        "table of LG4X copies it: within 3 eV of NIST's lines of eleven other elements, and the same in KherveFitting"
    ),
}
"""Where the kinetic energies of ``auger_lines.csv`` come from."""
MOMENTUM = {"s": 0, "p": 1, "d": 2, "f": 3}
CHEMICAL_SHIFT = 3.0
"""eV around a tabulated level where its lines may lie: larger shifts are those of the highest oxidation states."""
AUGER_SHIFT = 8.0
"""eV by which an Auger line of a compound may lie above that of its element in apparent binding energy."""
DEEPEST = 1486.6
"""eV; the table has every level of its elements that photons of this energy reach."""


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
        Where the splitting comes from, or why there is none.
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


@dataclass(frozen=True, slots=True)
class AugerLine:
    """A line that a hole in a core level leaves as it decays.

    Parameters
    ----------
    name
        Such as ``"Ti L3M23V"``.
    hole
        Level of the hole, such as ``"Ti 2p"``.
    kinetic_energy
        eV, of usual compounds where ``source`` is the handbook, else of the element.
    source
        Where it comes from.
    """

    name: str
    hole: str
    kinetic_energy: float
    source: str

    @property
    def element(self) -> str:
        """Symbol of the element."""
        return self.name.split()[0]

    def shows(self, photon_energy: float) -> bool:
        """Whether photons of that energy (eV) make its hole, and the line lies on their axis."""
        level = levels().get(self.hole)
        deep = DEEPEST if level is None else level.binding_energy
        return photon_energy > max(deep, self.kinetic_energy)


@cache
def auger_lines() -> tuple[AugerLine, ...]:
    """Every Auger line of the table; those of sodium, which a model of O 1s has, are ``_defaults.AUGER_KINETIC``.

    Examples
    --------
    >>> zinc = next(line for line in auger_lines() if line.name == "Zn L3M45M45")
    >>> zinc.kinetic_energy, zinc.shows(1253.6), zinc.source[:12]
    (992.2, True, 'NIST SRD 20,')
    """
    text = files("spectra.xps").joinpath("auger_lines.csv").read_text(encoding="utf-8")
    return tuple(
        AugerLine(
            f"{row['element']} {row['line']}",
            f"{row['element']} {row['hole']}",
            float(row["kinetic_energy"]),
            AUGER_SOURCES[row["source"]],
        )
        for row in csv.DictReader(text.splitlines())
    )


@cache
def levels() -> Mapping[str, Level]:
    """Every level of the table by its name.

    Examples
    --------
    >>> found = levels()["Au 4f"]
    >>> found.splitting, found.splitting_sd, found.ratio
    (3.67, 0.04, 0.75)
    >>> levels()["Na 2p"].splitting, levels()["Cr 3p"].splitting is None
    (0.17, True)
    """
    text = files("spectra.xps").joinpath("levels.csv").read_text(encoding="utf-8")
    by_name = {}
    for row in csv.DictReader(text.splitlines()):
        name = f"{row['element']} {row['level']}"
        splitting, sd = (float(row[key]) if row[key] else None for key in ("splitting", "splitting_sd"))
        papers = f"; {row['papers']} papers" if row["papers"] else ""
        source = f"{SOURCES[row['source']]}{papers}" if row["source"] else ""
        by_name[name] = Level(name, float(row["binding_energy"]), splitting, sd, source)
    return by_name


def splits(level: str) -> bool:
    """Whether spin and orbit split a level of that name: p, d and f do."""
    return MOMENTUM.get(level[-1:], 0) > 0


def under(
    level: str,
    ends: tuple[float, float],
    elements: Collection[str],
    photon_energy: float | None = None,
    *,
    images: Collection[float] = (),
) -> tuple[tuple[str, float], ...]:
    """Lines of the given elements that may overlap a region, apart from its own level.

    Parameters
    ----------
    level
        Of the region; its own lines are left out.
    ends
        eV; first and last binding energy.
    elements
        Symbols of what the sample may hold.
    photon_energy
        eV; puts the Auger lines whose hole it makes on the axis.
    images
        eV by which second lines of the source lie below every line.

    Returns
    -------
    tuple
        Name and eV of every line, ascending; a line counts within 3 eV of the region (chemical shifts), an Auger line
        from 8 eV below it on, because those of compounds lie above those of their element.

    Examples
    --------
    >>> under("P 2p", (125.0, 145.0), ["P", "Zn", "Si"])
    (('Zn 3s', 139.8),)
    >>> under("O 1s", (525.0, 540.0), ["Na", "O", "Sb"], 1486.6)
    (('Sb 3d', 528.2), ('Na KL1L23', 535.6), ('Sb 3d', 537.57))
    >>> under("Na 1s", (1064.0, 1080.0), ["Na", "Ti"], 1486.6)
    (('Ti L3M23V', 1067.5),)
    >>> under("V 2p", (505.0, 526.0), ["V", "O"], images=[9.8])
    (('O 1s satellite', 522.1),)
    """
    low, high = ends[0] - CHEMICAL_SHIFT, ends[1] + CHEMICAL_SHIFT
    lines = [
        (one.name, round(energy, 2))
        for one in levels().values()
        if one.element in elements and one.name != level
        for energy in one.lines
    ]
    lines += [(f"{name} satellite", round(at - below, 2)) for name, at in lines for below in images]
    inside = [one for one in lines if low <= one[1] <= high]
    if photon_energy is not None:
        inside += _auger_under(ends, elements, photon_energy)
    return tuple(sorted(inside, key=lambda one: one[1]))


def _auger_under(ends: tuple[float, float], elements: Collection[str], photon_energy: float) -> list[tuple[str, float]]:
    """Auger lines of those elements that may lie inside a region."""
    low, high = ends[0] - AUGER_SHIFT, ends[1] + CHEMICAL_SHIFT
    sodium = xps_defaults.AUGER_KINETIC.items() if "Na" in elements else ()
    lines = [(f"Na {name}", at) for name, at in sodium]
    shown = [one for one in auger_lines() if one.element in elements and one.shows(photon_energy)]
    lines += [(one.name, one.kinetic_energy) for one in shown]
    return [(name, at) for name, k in lines if low <= (at := round(photon_energy - k, 2)) <= high]
