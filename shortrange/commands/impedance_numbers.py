"""Values, bounds and sums that options of ``shortrange impedance`` give by name, and sizes of discs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

from shortrange.commands.written import assignments, measured
from shortrange.commands.written import window as ends_of
from shortrange_core.errors import BadInput, Offenders

if TYPE_CHECKING:
    import electrochemistry as ec

Value = TypeVar("Value")
ThicknessSdOption = Annotated[float, measured("cm", "Standard deviation of the thickness.", "--thickness-sd")]
DiameterSdOption = Annotated[float, measured("cm", "Standard deviation of the diameter.", "--diameter-sd")]


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


def disc(
    thickness: float | None, diameter: float | None, thickness_sd: float, diameter_sd: float
) -> ec.Geometry | None:
    """Disc of the options (cm), or None where neither size was given.

    Raises
    ------
    BadInput
        If one size is given without the other, or a number is out of range.
    """
    if thickness is None and diameter is None:
        return None
    if thickness is None or diameter is None:
        raise BadInput("give --thickness and --diameter, or neither")
    import electrochemistry as ec

    return ec.geometry(thickness=thickness, diameter=diameter, thickness_sd=thickness_sd, diameter_sd=diameter_sd)


def sizes(shape: ec.Geometry) -> tuple[float, float, float, float]:
    """What makes two discs one."""
    return shape.thickness, shape.diameter, shape.thickness_sd, shape.diameter_sd


def refuse_of_a_fit(options: Mapping[str, object]) -> None:
    """Refuse options that mean nothing without a circuit.

    Raises
    ------
    BadInput
        If one is given.
    """
    if offered := [name for name, value in options.items() if value]:
        raise BadInput(f"{', '.join(offered)}: for the fit of a circuit; give --circuit, or leave out")
