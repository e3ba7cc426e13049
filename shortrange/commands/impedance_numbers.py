"""Values, bounds, sums and sizes that options of ``shortrange impedance`` give by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from shortrange.commands.written import assignments
from shortrange.commands.written import window as ends_of
from shortrange_core.errors import Offenders

if TYPE_CHECKING:
    import electrochemistry as ec

Value = TypeVar("Value")


def numbers(texts: Sequence[str] | None, option: str) -> dict[str, float]:
    """``parameter = number`` options.

    Raises
    ------
    BadInput
        If one is written otherwise.
    """
    return _pairs(texts, float, option, "parameter = number")


def limits(texts: Sequence[str] | None) -> dict[str, tuple[float, float]]:
    """``parameter = low..high`` options.

    Raises
    ------
    BadInput
        If one is written otherwise.
    """
    return _pairs(texts, _ends, "--bound", "parameter = low..high")


def sums(texts: Sequence[str] | None) -> dict[str, str]:
    """``name = R1 + R2`` options.

    Raises
    ------
    BadInput
        If one is written otherwise.
    """
    return _pairs(texts, str, "--resistance", "name = R1 + R2")


def _ends(text: str) -> tuple[float, float]:
    low, high = ends_of(text)
    return low, high


def _pairs(texts: Sequence[str] | None, kind: Callable[[str], Value], option: str, form: str) -> dict[str, Value]:
    """Values by name; all that are written otherwise are named together."""
    offenders, made = Offenders(), {}
    for text in assignments(texts):
        name, _, value = (part.strip() for part in text.partition("="))
        try:
            if name and value:
                made[name] = kind(value)
                continue
        except ValueError:
            pass
        offenders.add(f"{option} {text!r}: write '{form}'")
    offenders.raise_if_any()
    return made


def sizes(shape: ec.Geometry) -> tuple[float, float, float, float]:
    """What makes two discs one."""
    return shape.thickness, shape.diameter, shape.thickness_sd, shape.diameter_sd
