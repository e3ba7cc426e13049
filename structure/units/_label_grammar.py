"""Reading a species label: its centre, its shells of ligands by the number of centres they are on, its partners."""

from __future__ import annotations

import re
from functools import lru_cache

from shortrange_core import BadInput
from shortrange_core.chemistry import SYMBOLS
from shortrange_core.written_labels import TAGS
from structure.units._elements import (
    ANION_VALENCE,
    OTHER_OXIDATION,
    OXIDATION,
    PROTON,
    ligand_rank,
    oxidation_of,
)
from structure.units._labels import ATOM, Unit, ligand_valence

Counts = tuple[tuple[str, int], ...]
MOST_CONTACTS = 8
"""Contacts of a former that no glass exceeds: more is a slip of the pen (P:S40 for P:S4O)."""
_UNIT = re.compile(r"(?P<centre>[A-Z][a-z]?)(?:\((?P<oxidation>[0-9]+)\))?:(?P<rest>[^@]*)(?:@(?P<tag>.*))?")
_LIGAND = re.compile(r"(\[[A-Za-z0-9]+\]|[A-Z][a-z]?)([0-9]*)")
_RULE = "write centre:terminal/shared by 2/shared by 3~partners, such as P:S3O, P:S3/O, P:S3~P or Si:O/O3"


def _shell(text: str, whole: str) -> Counts:
    counts: dict[str, int] = {}
    position = 0
    for match in _LIGAND.finditer(text):
        if match.start() != position or match[2] == "0":
            break
        ligand = match[1]
        if not ligand.startswith("[") and ligand not in ANION_VALENCE:
            hint = "; an OH group is written [OH]" if ligand == PROTON else ""
            raise BadInput(f"{whole!r}: {ligand} is not a ligand ({', '.join(ANION_VALENCE)} or a [group]){hint}")
        ligand_valence(ligand)
        counts[ligand] = counts.get(ligand, 0) + int(match[2] or 1)
        position = match.end()
    if position != len(text):
        raise BadInput(f"{whole!r}: the ligands {text!r} cannot be read at {text[position:]!r}; {_RULE}")
    return tuple(sorted(counts.items(), key=lambda item: ligand_rank(item[0])))


def _partners(text: str, whole: str) -> Counts:
    counts: dict[str, int] = {}
    position = 0
    for match in ATOM.finditer(text):
        if match.start() != position:
            break
        if match[1] not in OXIDATION and match[1] not in OTHER_OXIDATION:
            raise BadInput(f"{whole!r}: {match[1]} after ~ is not a network former; a homopolar bond is written ~P")
        counts[match[1]] = counts.get(match[1], 0) + int(match[2] or 1)
        position = match.end()
    if position != len(text) or not counts:
        raise BadInput(f"{whole!r}: the homopolar partners {text!r} cannot be read; write ~P or ~P2")
    return tuple(sorted(counts.items()))


def _written(counts: Counts) -> str:
    return "".join(f"{name}{count if count > 1 else ''}" for name, count in counts)


@lru_cache(maxsize=4096)
def parse_label(text: str) -> Unit:
    """Read the label of a structural unit.

    Parameters
    ----------
    text
        Label with a colon, ligands in any order. Aliases such as ``PS4`` are read by :func:`check_label`.

    Raises
    ------
    BadInput
        If the text does not follow the grammar, or names an unknown element or ligand.

    Examples
    --------
    >>> unit = parse_label("P:OS2/S")
    >>> unit.label, unit.charge, unit.n, dict(unit.atoms)["S"]
    ('P:S2O/S', Fraction(2, 1), 1, Fraction(5, 2))
    """
    match = _UNIT.fullmatch(text.strip())
    if match is None:
        raise BadInput(f"{text!r} is not a species label; {_RULE}")
    centre = match["centre"]
    if centre not in SYMBOLS:
        raise BadInput(f"{text!r}: {centre} is not an element; {_RULE}")
    if centre in ANION_VALENCE and centre not in OTHER_OXIDATION:
        raise BadInput(f"{text!r}: {centre} is a ligand here, not a network former; {_RULE}")
    oxidation = int(match["oxidation"]) if match["oxidation"] else oxidation_of(centre)
    ligands, _, homopolar = match["rest"].partition("~")
    parts = ligands.split("/")
    if len(parts) > 3 or not any(parts):
        raise BadInput(f"{text!r}: has {len(parts)} groups of ligands; there are one to three; {_RULE}")
    shells = [_shell(part, text) for part in parts] + [()] * (3 - len(parts))
    partners = _partners(homopolar, text) if "~" in match["rest"] else ()
    contacts = sum(count for counts in (*shells, partners) for _, count in counts)
    if contacts > MOST_CONTACTS:
        raise BadInput(f"{text!r}: has {contacts} contacts; a network former has at most {MOST_CONTACTS}; {_RULE}")
    tag = match["tag"] or ""
    if match["tag"] is not None and tag not in TAGS:
        raise BadInput(f"{text!r}: the tag @{tag} is not known; use @e (edge), @c (cage) or @r (ring)")
    return make_unit(centre, oxidation, (shells[0], shells[1], shells[2]), partners, tag)


def make_unit(
    centre: str, oxidation: int, shells: tuple[Counts, Counts, Counts], partners: Counts = (), tag: str = ""
) -> Unit:
    """Unit with its canonical label, from its parts."""
    usual = OXIDATION.get(centre, OTHER_OXIDATION.get(centre))
    stated = "" if oxidation == usual else f"({oxidation})"
    ordered = [tuple(sorted(shell, key=lambda item: ligand_rank(item[0]))) for shell in shells]
    shared = "/".join(_written(shell) for shell in ordered).rstrip("/")
    homopolar = f"~{_written(partners)}" if partners else ""
    label = f"{centre}{stated}:{shared}{homopolar}{'@' + tag if tag else ''}"
    return Unit(label, centre, oxidation, shells, partners, tag)
