"""Which block of a file is meant: by its name, by the technique asked for, or because there is one."""

from __future__ import annotations

from shortrange_core.errors import AmbiguousFile, BadInput
from shortrange_core.spelling import option
from spectra.readers.raw import Raw, Source
from spectra.spectrum import AXES, AXES_OF_KIND, kind, named_levels


def chosen(source: Source, blocks: tuple[Raw, ...], block: str | None, technique: str) -> Raw:
    """The block that is meant; spaces and the case of letters part names only where they must.

    Raises
    ------
    BadInput
        If there is none of the name, or the file holds several and none is named.
    """
    if block is not None:
        exact = [raw for raw in blocks if raw.name == block]
        alike = [raw for raw in blocks if _plain(raw.name) == _plain(block)]
        if not exact and len(alike) != 1:
            raise BadInput(f"{source.name}: has no block {block!r}; there are {names_of(blocks)}")
        return (exact or alike)[0]
    if len(blocks) == 1:
        return blocks[0]
    usable = [raw for raw in blocks if not raw.problem]
    exact = [raw for raw in usable if technique and raw.technique == technique] or _beside_others(usable, technique)
    fitting = exact or [raw for raw in usable if not technique or compatible(raw, technique)]
    if not exact and len(technique.split()) > 1 and any(len(raw.technique.split()) > 1 for raw in usable):
        fitting = []  # the file names its regions, and this is none of them
    preferred = [raw for raw in fitting if raw.preferred]
    for candidates in (fitting, preferred):
        if len(candidates) == 1:
            return candidates[0]
    if not usable:
        return blocks[0]
    if not fitting:
        raise BadInput(f"{source.name}: no block is {technique}; there are {names_of(blocks)}")
    choices = tuple(raw.name for raw in (preferred or fitting))
    raise AmbiguousFile(
        f"{source.name}: contains {len(choices)} blocks; choose one with {option('block')}: "
        f"{', '.join(map(repr, choices))}",
        choices,
    )


def _beside_others(usable: list[Raw], technique: str) -> list[Raw]:
    """Blocks whose name tells the level that is asked for beside others, as "V2pO1s Scan" does."""
    level = technique.removesuffix(" XPS")
    return [raw for raw in usable if raw.technique == "XPS" and level in named_levels(raw.name)]


def _plain(name: str) -> str:
    """A name as it is typed by heart: "O1s" for "O 1s"."""
    return "".join(name.split()).casefold()


def names_of(blocks: tuple[Raw, ...]) -> str:
    """Names of the blocks, for a message."""
    return ", ".join(f"{raw.name!r}" + (f" ({raw.technique})" if raw.technique else "") for raw in blocks)


def compatible(raw: Raw, technique: str) -> bool:
    """Whether a block may be of the technique."""
    if raw.technique:
        stated, wanted = raw.technique.split(), technique.split()
        if stated[-1] != wanted[-1]:
            return False
        return stated[:-1] == wanted[:-1] or not stated[:-1] or not wanted[:-1]
    if raw.axis == "photon_energy":
        return (
            kind(technique) == "Raman"
        )  # scattered light; over that of an absorption edge no electrons are told apart
    return not raw.axis or raw.axis in AXES_OF_KIND[kind(technique)] or raw.axis == "wavelength"


def more_precise(wanted: str, stated: str) -> str:
    """The technique of a block: the one asked for, or that of its file where only this names a level or nucleus."""
    return stated if len(stated.split()) > len(wanted.split()) else wanted


def check_technique(source: Source, raw: Raw, technique: str) -> None:
    """Refuse a block of another technique."""
    if technique and raw.technique and not compatible(raw, technique):
        raise BadInput(
            f"{source.name}: is {raw.technique}, not {technique}; give the right file or {option('technique')}"
        )
    if technique and raw.axis and not compatible(raw, technique):
        unit = AXES.get(raw.axis, raw.unit)
        raise BadInput(
            f"{source.name}: has the axis {raw.axis} ({unit}), which {technique} does not have; "
            f"give the right file or {option('technique')}"
        )
