"""Which claims a command asks for; words that the library does not have are named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from shortrange_core.errors import Offenders
from shortrange_core.options import check_word, nearest

if TYPE_CHECKING:
    from reference_peaks import Claim, Library


def selected(library: Library, **asked: str | None) -> tuple[tuple[Claim, ...], str]:
    """Claims that agree with everything asked, and what explains it where there are none.

    Parameters
    ----------
    library
        What is looked through.
    asked
        Words as of ``Library.select``. Techniques, phases and states are few and are refused where unknown; a species,
        a cation or a source without claims is an answer.

    Raises
    ------
    BadInput
        If a technique, phase or state does not exist, all of them together.
    """
    from reference_peaks.entries import PHASES, STATUSES

    closed: dict[str, Iterable[str]] = {
        "technique": sorted({claim.technique for claim in library.claims}),
        "phase": PHASES,
        "status": STATUSES,
    }
    offenders, given = Offenders(), {name: word for name, word in asked.items() if word is not None}
    for name in [name for name in given if name in closed]:
        with offenders.of():
            parts = given[name].split("/") if name == "phase" else [given[name]]
            given[name] = "/".join(check_word(part, closed[name], f"--{name}") for part in parts)
    offenders.raise_if_any()
    claims = _agreeing(library, given)
    reasons = [] if claims else [_missing(library, name, word) for name, word in given.items()]
    return claims, "; ".join(filter(None, reasons))


def _agreeing(library: Library, given: Mapping[str, str]) -> tuple[Claim, ...]:
    """Claims that agree with all words; ``glass/amorphous`` is either."""
    others, phases = {**given, "phase": None}, given.get("phase", "").split("/")
    claims = library.select(**others)
    return tuple(claim for claim in claims if claim.phase in phases) if "phase" in given else claims


def _missing(library: Library, name: str, word: str) -> str:
    """That no claim has this word, with the nearest one that some have; empty where claims have it."""
    if _agreeing(library, {name: word}):
        return ""
    there = {text for claim in library.claims if (text := getattr(claim, name))}
    return f"none has the {name} {word!r}{nearest(word, there)}".removesuffix(";")
