"""Looking up what labels mean: structural units by name, with their bridges, charge and published lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import reference_peaks
import spectra
import structure
from shortrange.filters import check_material
from shortrange.recipe import families
from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted, with_sd


@dataclass(frozen=True, slots=True)
class Position:
    """Where a line was published: a mean with its sd, or only a window; how many sources say so."""

    technique: str
    unit: str
    mean: float | None
    sd: float | None
    lower: float | None
    upper: float | None
    sources: int

    @property
    def text(self) -> str:
        """The position in words."""
        if self.mean is None or self.sd is None:
            return f"{self.lower:g} to {self.upper:g} {self.unit}, a window"
        return f"{with_sd(self.mean, self.sd)} {self.unit}, {counted(self.sources, 'source')}"


@dataclass(frozen=True, slots=True)
class Named:
    """A structural unit: label, name as people write it, family (``P^1``), bridges, charge, published positions."""

    label: str
    pretty: str
    family: str
    bridges: int
    charge: float
    positions: tuple[Position, ...]


def species(
    text: str | None = None,
    *,
    technique: str | None = None,
    cation: str | None = None,
    phase: str | None = None,
    libraries: Sequence[str] = (),
) -> tuple[Named, ...]:
    """Structural units with their names and published positions.

    Parameters
    ----------
    text
        A label or an anion (``"P:S3/O"``, ``"P2O7(4-)"``), a family (``"P^1"``, ``"Q^1"``), or a part of a label; all
        units with a published line where absent.
    technique
        Only units with a published line of it.
    cation, phase
        Of the sample; None takes any.
    libraries
        Folders of private libraries over the public one.

    Raises
    ------
    BadInput
        If nothing is found, or the technique is not known.

    Examples
    --------
    >>> [unit.label for unit in species("P2O7(4-)")], species("PS4", technique="31P NMR")[0].positions[0].unit
    (['P:O3/O'], 'ppm')
    """
    library = reference_peaks.load(*libraries, over=reference_peaks.load())
    name = spectra.technique_name(technique) if technique else None
    check_material(library, phase=phase)
    published = sorted({claim.species for claim in library.claims if claim.species_kind == "unit"})
    labels = published if text is None else _matching(text, published)
    rows = (_named(label, library, name, cation, phase) for label in labels)
    kept = tuple(
        sorted((one for one in rows if one.positions or name is None), key=lambda one: (one.bridges, one.label))
    )
    if not kept:
        where = f" with a published line of {name}" if name else ""
        raise BadInput(
            f"{text or 'species'}: matches no unit{where}; write a label (P:S3/O), anion (P2O7(4-)) or family (P^1), "
            "or leave it out to see all"
        )
    return kept


def _matching(text: str, published: Sequence[str]) -> list[str]:
    family = families(text, published)
    if family:
        return list(family)
    try:
        return [structure.check_label(text)]
    except BadInput:
        return [label for label in published if text.lower() in label.lower()]


def _named(
    label: str, library: reference_peaks.Library, technique: str | None, cation: str | None, phase: str | None
) -> Named:
    unit = structure.parse_label(label)
    techniques = dict.fromkeys(claim.technique for claim in library.claims if claim.species == label)
    places: Iterable[str] = [one for one in techniques if technique in (None, one)]
    positions = tuple(filter(None, (_position(label, library, one, cation, phase) for one in places)))
    family = f"{unit.centre}^{unit.n}"
    return Named(label, structure.pretty(label), family, unit.n, float(unit.charge), positions)


def _position(
    label: str, library: reference_peaks.Library, technique: str, cation: str | None, phase: str | None
) -> Position | None:
    unit = spectra.AXES[spectra.technique_of(technique).axis]
    prior = library.priors(technique, [label], cation=cation, phase=phase).get(label)
    if prior is not None:
        return Position(technique, unit, prior.mean, prior.sd, None, None, prior.sources)
    window = library.windows(technique, [label], cation=cation, phase=phase).get(label)
    return None if window is None else Position(technique, unit, None, None, window.lower, window.upper, 0)
