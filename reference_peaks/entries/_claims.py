"""What the library holds: a claim (one published number about one line of one species) and its source."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from shortrange_core.labels import slug

Unit = Literal["ppm", "cm-1", "eV", "nm", "dimensionless"]
SpeciesKind = Literal["unit", "compound", "site", "bond", "class", "level", "calibration"]
Phase = Literal["glass", "crystal", "amorphous", "solution", "film"]
Evidence = Literal["measured", "read from a figure", "database", "quoted", "calculated", "defined"]
Status = Literal["proposed", "reviewed", "inferred", "disputed", "retired"]
SourceKind = Literal["primary", "secondary"]
SourceRecord = Literal["article", "preprint", "database", "web", "standard", "data", "book"]
POOLED_STATUSES = frozenset({"proposed", "reviewed"})
CURATOR = "shortrange maintainers"
TECHNIQUE = re.compile(r"\d{1,3}[A-Z][a-z]? NMR|Raman|FTIR|emission lamp|[A-Z][a-z]? (\d[spdf]|K[LMN]{2}) XPS")


def unit_of_technique(technique: str) -> str:
    """Unit of the positions of a technique.

    Examples
    --------
    >>> unit_of_technique("31P NMR"), unit_of_technique("Raman"), unit_of_technique("O 1s XPS")
    ('ppm', 'cm-1', 'eV')
    >>> unit_of_technique("emission lamp")
    'nm'
    """
    if technique.endswith("NMR"):
        return "ppm"
    if technique == "emission lamp":
        return "nm"
    return "eV" if technique.endswith("XPS") else "cm-1"


@dataclass(frozen=True, eq=False, slots=True)
class Quantity:
    """One published number.

    Parameters
    ----------
    kind
        What it is: ``position`` (isotropic shift, Raman shift, binding energy, wavelength), ``range`` (lower to
        upper as printed), ``window`` (an integration or assignment window), ``splitting``, ``difference`` (a shift
        against a compound), ``anisotropy`` and ``tensor`` (with the ``convention`` as printed), ``energy``
        (kinetic), ``response`` (intensity per unit, relative to what the ``convention`` says).
    unit
        ppm, cm-1, eV or nm; dimensionless for a response.
    value, sd
        The number and its standard deviation, in ``unit``; absent where not published.
    lower, upper
        Ends of a range or window.
    convention
        Sign and symbol convention of an anisotropy, or what a difference is taken against.
    printed
        The number as printed, where it is more than a number.
    """

    kind: str
    unit: str
    value: float | None = None
    sd: float | None = None
    lower: float | None = None
    upper: float | None = None
    convention: str = ""
    printed: str = ""

    @property
    def centre(self) -> float:
        """The value, or the middle of the range; NaN where only text was printed.

        Examples
        --------
        >>> Quantity("range", "ppm", lower=2.5, upper=6.3).centre
        4.4
        """
        if self.value is not None:
            return self.value
        if self.lower is None or self.upper is None:
            return math.nan
        return (self.lower + self.upper) / 2

    @property
    def spread(self) -> float | None:
        """Standard deviation: as published, or of the uniform distribution over the range.

        Examples
        --------
        >>> round(Quantity("window", "cm-1", lower=400.0, upper=600.0).spread, 2)
        57.74
        """
        if self.sd is not None or self.lower is None or self.upper is None:
            return self.sd
        return (self.upper - self.lower) / math.sqrt(12)


@dataclass(frozen=True, eq=False, slots=True)
class Claim:
    """One published number about one line of one species: one YAML file of the library.

    Parameters
    ----------
    key
        Folder and name of the file; follows from the content, see :func:`key_of`.
    technique
        Such as ``"31P NMR"``, ``"Raman"``, ``"O 1s XPS"``, ``"emission lamp"``.
    species
        Structural unit (``"P:S3/O"``), compound, site (``"BO"``), bond or calibration standard.
    species_kind
        Which of these it is; only units are checked by structure's grammar.
    quantity
        The number.
    line
        Which line of the species, where it has several (``"2p3/2"``, ``"bend"``).
    cation, phase, sample
        Modifier cations joined by ``/``; glass, crystal, amorphous, solution, film; the material as printed.
    scale
        Reference scale (``"85% H3PO4"``); absent where not stated.
    fwhm, fwhm_sd, shape
        Width with its sd, in the unit of the quantity, and the line shape.
    conditions
        Field, spinning rate, source, laser, temperature, delays: name to text or number.
    source, via
        Keys of the bibliography: who measured, and where the number was taken from if elsewhere.
    where
        Figure, table or page.
    evidence, source_kind
        How the number is known; primary or secondary.
    curator, reviewer, status, notes
        Who entered and who checked it, its standing, and what a reader must know.
    number
        Counts claims that agree in all else that names the file.
    raw_row
        Row of the raw table that it was made from.
    provenance
        Of a position from an own fit: sample, file hash, fit and prior.
    """

    key: str
    technique: str
    species: str
    species_kind: str
    quantity: Quantity
    source: str
    line: str = ""
    cation: str = ""
    phase: str = ""
    sample: str = ""
    scale: str = ""
    fwhm: float | None = None
    fwhm_sd: float | None = None
    shape: str = ""
    conditions: Mapping[str, str | float] = field(default_factory=dict)
    via: str = ""
    where: str = ""
    evidence: str = "measured"
    source_kind: str = "primary"
    curator: str = CURATOR
    reviewer: str = ""
    status: str = "proposed"
    notes: str = ""
    number: int = 1
    raw_row: int | None = None
    provenance: Mapping[str, str | float] = field(default_factory=dict)

    @property
    def pooled(self) -> bool:
        """Whether it enters pooling by default: a position that is neither inferred, disputed nor retired."""
        return self.status in POOLED_STATUSES and self.quantity.kind == "position"


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """Entry of the bibliography; unknown fields are absent."""

    key: str
    kind: str
    authors: str = ""
    title: str = ""
    journal: str = ""
    volume: str = ""
    pages: str = ""
    year: int | None = None
    doi: str = ""
    url: str = ""
    note: str = ""

    @property
    def citation(self) -> str:
        """One line for a person.

        Examples
        --------
        >>> Source("a1999", "article", authors="A. Author", journal="J. Test", volume="1", year=1999).citation
        'A. Author, J. Test 1 (1999)'
        """
        place = " ".join(part for part in (self.journal, self.volume) if part)
        place = ", ".join(part for part in (place, self.pages) if part)
        parts = [part for part in (self.authors, self.title, place) if part]
        year = f" ({self.year})" if self.year is not None else ""
        doi = f", doi:{self.doi}" if self.doi else (f", {self.url}" if self.url else "")
        return ", ".join(parts) + year + doi


def _part(text: str) -> str:
    return slug(text) if re.search(r"[:~\[\]]", text) else re.sub(r"[^A-Za-z0-9.]+|\.{2,}", "-", text).strip("-.")


def key_of(claim: Claim) -> str:
    """Folder and file name that a claim's content asks for.

    Examples
    --------
    >>> position = Quantity("position", "ppm", 3.0)
    >>> claim = Claim("", "31P NMR", "BO", "site", position, "chi2021", cation="Na/Ba", phase="glass")
    >>> key_of(claim)
    '31P-NMR/BO.Na-Ba.glass.chi2021.1'
    """
    kind = "" if claim.quantity.kind == "position" else claim.quantity.kind
    parts = (claim.species, claim.line, kind, claim.cation, claim.phase, claim.source, str(claim.number))
    return f"{_part(claim.technique)}/{'.'.join(_part(part) or 'x' for part in parts if part)}"


_LIGAND = re.compile(r"(\[[^\]]*\]|[A-Z][a-z]?)(\d*)")
_ORDER = {"O": 0, "S": 1, "Se": 2}


@lru_cache(maxsize=4096)  # every question about a species asks for that of every claim
def normal_label(label: str) -> str:
    """Label with the ligands of each segment in one order, so that spellings of one unit compare equal.

    Examples
    --------
    >>> normal_label("P:S3O") == normal_label("P:OS3"), normal_label("Na2S"), normal_label("P:O/SO2")
    (True, 'Na2S', 'P:O/O2S')
    """
    centre, colon, ligands = label.replace(" ", "").partition(":")
    if not colon:
        return label
    body, tilde, rest = ligands.partition("~")
    body, at, tag = (body, "@", "") if "@" not in body else body.partition("@")
    segments = [_sorted_ligands(segment) for segment in body.split("/")]
    return centre + ":" + "/".join(segments) + tilde + rest + (at + tag if tag else "")


def _sorted_ligands(segment: str) -> str:
    ligands = _LIGAND.findall(segment)
    if "".join(a + b for a, b in ligands) != segment:
        return segment
    return "".join(a + ("" if b == "1" else b) for a, b in sorted(ligands, key=lambda f: (_ORDER.get(f[0], 3), f[0])))
