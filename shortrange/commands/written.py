"""How values are written on the command line, in every command alike: numbers with units, windows, lists.

A number alone is in the unit that the help names; ``0.8mm`` or ``"25 C"`` is read too. A window is ``lower..upper``. A
list has commas between its parts, or the option is given again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import typer

from shortrange_core.errors import Offenders
from shortrange_core.labels import tokens
from shortrange_core.written_labels import short_name

_PREFIXES = {"k": 1e3, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9, "M": 1e6, "G": 1e9}
SCALES: dict[str, dict[str, float]] = {
    "cm": {"mm": 0.1, "um": 1e-4, "µm": 1e-4, "m": 100.0},
    "cm2": {"mm2": 0.01},
    "g": {"mg": 1e-3, "ug": 1e-6, "µg": 1e-6},
    "A": {f"{prefix}A": _PREFIXES[prefix] for prefix in "muµn"},
    "V": {"mV": 1e-3},
    "s": {"ms": 1e-3, "min": 60.0, "h": 3600.0},
    "Hz": {"kHz": 1e3, "MHz": 1e6},
    "MHz": {"kHz": 1e-3, "Hz": 1e-6},
    "nm": {"um": 1e3, "µm": 1e3},
    "eV": {"keV": 1e3, "meV": 1e-3},
    "MPa": {"kPa": 1e-3, "GPa": 1e3},
    "S/cm": {"mS/cm": 1e-3, "S/m": 0.01},
    "ohm": {"kohm": 1e3, "mohm": 1e-3},
    "ohm cm2": {"kohm cm2": 1e3},
    "degrees": {"deg": 1.0},
}
"""Other units of a quantity by the unit that its functions take: the factor to that."""
CELSIUS = ("C", "degC", "°C")
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf)\s*(.*?)\s*")


def quantity(text: str, unit: str, *, bare: bool = True) -> float:
    """A number with or without its unit, in ``unit``.

    Parameters
    ----------
    text
        As it was written.
    unit
        Unit of the answer.
    bare
        Whether a number alone is in that unit; where a slip by a thousand would look right, the unit must be written.

    Raises
    ------
    ValueError
        If it is not a number, or the unit is not one of the quantity.

    Examples
    --------
    >>> quantity("0.8mm", "cm"), quantity("0.08", "cm"), quantity("25 C", "K"), quantity("20 kHz", "Hz")
    (0.08, 0.08, 298.15, 20000.0)
    >>> quantity("-300 C", "K"), quantity("1.234 um", "cm")
    (-26.85, 0.0001234)
    """
    match = _NUMBER.fullmatch(text)
    units = [unit, *SCALES.get(unit, {}), *(CELSIUS if unit == "K" else ())]
    if not match:
        raise ValueError(f"{text!r} is not a number; write it as 1.5{unit}")
    number, written = float(match[1]), match[2]
    if written == unit or (not written and bare):
        return number
    if not written:
        raise ValueError(f"{text!r} has no unit; write {', '.join(f'{match[1]}{one}' for one in units)}")
    if unit == "K" and written in CELSIUS:
        from shortrange_core.chemistry import ZERO_CELSIUS

        return _without_dust(number + ZERO_CELSIUS)
    if written not in SCALES.get(unit, {}):
        raise ValueError(
            f"{text!r}: {written!r} is not a unit of it; there are {', '.join(filter(None, units)) or 'none'}"
        )
    return _without_dust(number * SCALES[unit][written])


def _without_dust(value: float) -> float:
    """What a sum or product of decimals is in decimals: 0.8 mm are 0.08 cm, -300 C are -26.85 K."""
    return float(f"{value:.13g}")


def measured(unit: str, text: str, *names: str, bare: bool = True, **options: Any) -> Any:
    """A typer option of a number that has a unit; its help names the unit."""

    def parsed(written: Any) -> float:
        try:
            return quantity(str(written), unit, bare=bare)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return typer.Option(*names, help=text, parser=parsed, metavar=f"<{unit or 'number'}>", **options)


def quantities(given: Sequence[str] | None, unit: str, option: str) -> list[float] | None:
    """Numbers of a list option, in ``unit``; None where it was not given.

    Raises
    ------
    BadInput
        With every part that is none.

    Examples
    --------
    >>> quantities(["25C, 60C", "400"], "K", "--at")
    [298.15, 333.15, 400.0]
    """
    if given is None:
        return None
    offenders, numbers = Offenders(), []
    for part in listed(given):
        try:
            numbers.append(quantity(part, unit))
        except ValueError as error:
            offenders.add(f"{option}: {error}")
    offenders.raise_if_any()
    return numbers


def window(text: str) -> list[float]:
    """A window, ``lower..upper``; a comma does too.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> window("700..1300"), window("-20 .. 130.5")
    ([700.0, 1300.0], [-20.0, 130.5])
    """
    parts = text.split("..") if ".." in text else text.split(",")
    try:
        ends = [float(part) for part in parts]
    except ValueError:
        ends = []
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise ValueError("give two numbers, lower and upper, such as 700..1300")
    return ends


def listed(given: Sequence[str] | None) -> tuple[str, ...]:
    """Parts of a list option: commas between them, or the option given again, or both.

    Examples
    --------
    >>> listed(["P:S4, P:O4", "P(3):/S3"]), listed(None)
    (('P:S4', 'P:O4', 'P(3):/S3'), ())
    """
    return tuple(part for text in given or () for part in tokens(text))


def assignments(given: Iterable[str] | None) -> tuple[str, ...]:
    """Parts ``name = value`` of a list option; a comma before something without an equals sign belongs to the value.

    Examples
    --------
    >>> assignments(["CPE1_n = 1, R0 = 5"]), assignments(["voltage_volt=E, smoothed [mV]"])
    (('CPE1_n = 1', 'R0 = 5'), ('voltage_volt=E, smoothed [mV]',))
    """
    parts: list[str] = []
    for text in given or ():
        start = len(parts)
        for part in text.split(","):
            if "=" in part or len(parts) == start:
                parts.append(part)
            else:
                parts[-1] = f"{parts[-1]},{part}"
    return tuple(part.strip() for part in parts)


def named(quantity: str) -> str:
    """What can be typed, and behind it the written name of a unit: 27 characters.

    Examples
    --------
    >>> named("P:S3/O"), named("BO")
    ('P:S3/O         PS₃O½ (P¹)  ', 'BO                         ')
    """
    name = short_name(quantity)
    return f"{quantity:14} {name if ':' in quantity else '':12}"
