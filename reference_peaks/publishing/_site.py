"""The library as a small static site: one page of claims, one page a species, no server and no outside request."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from reference_peaks.entries import Claim
from reference_peaks.library import Library
from reference_peaks.pooling import Pooled
from reference_peaks.publishing._drawing import FOOT, ROW, TOP, WIDTH, Mark, axis_figure
from reference_peaks.publishing._names import names_of
from shortrange_core.colours import colour_of
from shortrange_core.errors import BadInput
from shortrange_core.labels import slug
from shortrange_core.shown_numbers import counted, span
from shortrange_core.written_labels import short_name

TEMPLATES = Path(__file__).parent / "templates"
OVERLAP_KINDS = ("unit", "site", "bond")
OVERLAP_WIDTHS = {"ppm": 8.0, "cm-1": 25.0, "eV": 1.5, "nm": 0.1}
"""Width at half maximum taken where no claim of a line has one: order of the published widths of glasses; for lamps, of
the resolution of a spectrometer."""


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """Claims about one species by one technique: one section of a page."""

    technique: str
    species: str
    claims: tuple[Claim, ...]
    pooled: tuple[tuple[str, Pooled], ...]
    overlapping: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """Fragment of the section's address."""
        return slug(f"{self.technique} {self.species}")


def groups(library: Library) -> list[Group]:
    """Claims by technique and species, with the pooled prior of every material that has positions."""
    table: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in library.claims:
        table[claim.technique, claim.species].append(claim)
    shown = {key: claims for key, claims in table.items() if claims[0].species_kind in OVERLAP_KINDS}
    places = {key: _extent(claims) for key, claims in shown.items()}
    groups = []
    for (technique, species), claims in sorted(table.items(), key=lambda item: _rank(item[1])):
        overlaps = _overlapping((technique, species), places)
        groups.append(Group(technique, species, tuple(claims), _pooled(library, technique, species, claims), overlaps))
    return groups


def _rank(claims: Sequence[Claim]) -> tuple[str, int, str]:
    """Units first, then sites, bonds and the rest, within each technique."""
    kind = claims[0].species_kind
    order = OVERLAP_KINDS.index(kind) if kind in OVERLAP_KINDS else len(OVERLAP_KINDS)
    return claims[0].technique, order, claims[0].species


def _pooled(library: Library, technique: str, species: str, claims: Sequence[Claim]) -> tuple[tuple[str, Pooled], ...]:
    materials = sorted({(claim.cation, claim.phase) for claim in claims if claim.pooled})
    pooled_lines = []
    for cation, phase in materials:
        lines = sorted({c.line for c in claims if c.pooled and (c.cation, c.phase) == (cation, phase)})
        for line in lines:
            pooled = library.pool(technique, [species], cation=cation, phase=phase, line=line)
            name = ", ".join(part for part in (cation, phase, line) if part) or "any material"
            pooled_lines += [(name, item) for item in pooled.values()]
    return tuple(pooled_lines)


def _extent(claims: Sequence[Claim]) -> tuple[float, float] | None:
    """Where the lines of a species reach, half widths included."""
    lines = [c for c in claims if c.quantity.kind == "position" and c.status not in ("disputed", "retired")]
    if not lines:
        return None
    half = [(claim.fwhm or OVERLAP_WIDTHS[claim.quantity.unit]) / 2 for claim in lines]
    centres = [claim.quantity.centre for claim in lines]
    return min(c - h for c, h in zip(centres, half, strict=True)), max(
        c + h for c, h in zip(centres, half, strict=True)
    )


def _overlapping(key: tuple[str, str], places: dict[tuple[str, str], tuple[float, float] | None]) -> tuple[str, ...]:
    mine = places.get(key)
    if mine is None:
        return ()
    return tuple(
        species
        for (technique, species), place in sorted(places.items())
        if technique == key[0] and species != key[1] and place and place[0] < mine[1] and mine[0] < place[1]
    )


def figure(group: Group, others: Sequence[Group]) -> str:
    """Inline SVG of a group: one row per claim, the pooled priors, and the species that overlap, greyed."""
    unit = group.claims[0].quantity.unit
    marks = [_mark(claim) for claim in group.claims if claim.quantity.kind in ("position", "range", "window")]
    bands = [
        Mark(item.mean, item.mean - item.sd, item.mean + item.sd, f"prior {name}", "prior", "")
        for name, item in group.pooled
    ]
    overlaps = [other for other in others if other.technique == group.technique and other.species in group.overlapping]
    ghosts = [_ghost(other) for other in overlaps]
    if not marks:
        return ""
    kind = f"{group.technique} of {group.species}"
    title = f"{kind}: {counted(len(marks), 'claim')} and {counted(len(bands), 'pooled prior')} on an axis in {unit}"
    return axis_figure([*marks, *bands, *ghosts], unit=unit, title=title, identifier=group.anchor)


def _mark(claim: Claim) -> Mark:
    quantity = claim.quantity
    reach = quantity.sd or 0.0
    low = quantity.lower if quantity.lower is not None else quantity.centre - reach
    high = quantity.upper if quantity.upper is not None else quantity.centre + reach
    label = f"{claim.source} {claim.cation} {claim.line}".strip()
    return Mark(quantity.centre, low, high, label, claim.status, claim.key, slug(claim.key))


def _ghost(group: Group) -> Mark:
    low, high = _extent(group.claims) or (0.0, 0.0)
    return Mark((low + high) / 2, low, high, f"overlaps {group.species}", "overlap", group.anchor)


def _row(claim: Claim, library: Library) -> dict[str, Any]:
    source, via = library.sources.get(claim.source), library.sources.get(claim.via)
    names = names_of(claim.species)
    low, high = _reach(claim)
    return {
        "names": names,
        "low": low,
        "high": high,
        "claim": claim,
        "anchor": slug(claim.key),
        "group": slug(f"{claim.technique} {claim.species}"),
        "number": _number(claim),
        "source": source.citation if source else claim.source,
        "doi": source.doi if source else "",
        "via": via.citation if via else "",
        "text": " ".join(
            [
                *(claim.key, claim.technique, claim.species, claim.line, claim.cation, claim.phase, claim.sample),
                *(*names, claim.source, claim.status, source.citation if source else "", claim.notes),
            ]
        ).lower(),
    }


def _reach(claim: Claim) -> tuple[float, float] | tuple[str, str]:
    """Ends within which a search by position finds a claim: a width to either side; empty where it is no place."""
    quantity = claim.quantity
    if quantity.kind not in ("position", "range", "window"):
        return "", ""
    width = claim.fwhm or OVERLAP_WIDTHS[quantity.unit]
    low, high = quantity.lower, quantity.upper
    return (quantity.centre if low is None else low) - width, (quantity.centre if high is None else high) + width


def _number(claim: Claim) -> str:
    quantity = claim.quantity
    if quantity.lower is not None and quantity.upper is not None:
        return f"{quantity.lower:g} to {quantity.upper:g} {quantity.unit}"
    if quantity.value is None:
        return quantity.printed
    sd = f" ± {quantity.sd:g}" if quantity.sd is not None else ""
    return f"{quantity.value:.9g}{sd} {quantity.unit}"


def written(label: str) -> Markup:
    """A label as the field writes it, where that says more than the label."""
    safe = str(escape(label))
    name = short_name(safe, "html")
    return Markup("" if name == safe else name)  # noqa: S704  escaped above


def page(library: Library) -> str:
    """The whole site as one HTML text.

    Parameters
    ----------
    library
        What to show.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.globals |= {"colour_of": colour_of, "written": written, "span": span, "counted": counted}
    sections = groups(library)
    facets = {
        name: sorted({str(getattr(claim, name)) for claim in library.claims if getattr(claim, name)})
        for name in ("technique", "species", "cation", "phase", "status")
    }
    rows_of = {group.anchor: [_row(claim, library) for claim in group.claims] for group in sections}
    return environment.get_template("site.html").render(
        library=library,
        digest=library.digest(),
        groups=sections,
        rows=rows_of,
        figures={group.anchor: figure(group, sections) for group in sections},
        anchors={(group.technique, group.species): group.anchor for group in sections},
        facets=facets,
        layout={"TOP": TOP, "ROW": ROW, "WIDTH": WIDTH, "FOOT": FOOT},
        facets_json=json.dumps(list(facets)),
    )


def write_site(library: Library, folder: str | os.PathLike[str]) -> Path:
    """Write the site into a new or empty folder; give the path of its page.

    Parameters
    ----------
    library
        What to show.
    folder
        Made where it is missing.

    Raises
    ------
    BadInput
        If the folder holds anything, or cannot be made.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(f"{str(folder)!r}: is not an empty folder; give a new one, nothing is written over")
    text = page(library)
    try:
        target.mkdir(parents=True, exist_ok=True)
        index = target / "index.html"
        index.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadInput(f"{str(folder)!r}: cannot be written ({error.strerror}); give another folder") from error
    return index
