"""Units as instruments write them behind a column's name: case tells a prefix, so that mHz is never read as MHz."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache

from electrochemistry.cells import CURRENT, CYCLE_COUNT, NET_CAPACITY, STEP_COUNT, TIME, VOLTAGE
from shortrange_core import BadInput

FREQUENCY, IMPEDANCE = "frequency", "impedance"
DEPTH, LOAD = "depth", "load"
"""Of an indenter, in nm and mN."""
_SECONDS_PER_HOUR = 3600.0
_PREFIXES = {"": 1.0, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9}
_PREFIXED: Mapping[str, Mapping[str, float]] = {
    FREQUENCY: {"Hz": 1.0, "hertz": 1.0, "Hertz": 1.0},
    IMPEDANCE: {"Ohm": 1.0, "ohm": 1.0, "ohms": 1.0, "Ohms": 1.0},
    TIME: {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0},
    VOLTAGE: {"V": 1.0, "volt": 1.0, "volts": 1.0},
    CURRENT: {"A": 1.0, "ampere": 1.0, "amperes": 1.0, "amps": 1.0},
    DEPTH: {"m": 1e-9},
    LOAD: {"N": 1e-3},
    NET_CAPACITY: {
        **{"Ah": 1.0, "A.h": 1.0},
        **{"C": _SECONDS_PER_HOUR, "As": _SECONDS_PER_HOUR, "A.s": _SECONDS_PER_HOUR},
    },
}
"""Units of the quantity, and how many of them make the unit of the contract; they take every prefix."""
_PLAIN: Mapping[str, Mapping[str, float]] = {
    FREQUENCY: dict.fromkeys(("rad/s", "rad/sec", "rad s-1", "rad s^-1"), 1 / math.tau),
    TIME: {"min": 60.0, "h": _SECONDS_PER_HOUR, "d": 86400.0},
    CYCLE_COUNT: {"1": 1.0},
    STEP_COUNT: {"1": 1.0},
}
_EXAMPLES = {
    FREQUENCY: "Hz, mHz, kHz, MHz, rad/s",
    IMPEDANCE: "Ohm, mOhm, kOhm, MOhm",
    TIME: "s, ms, min, h, d",
    VOLTAGE: "V, mV, uV",
    CURRENT: "A, mA, uA, nA",
    NET_CAPACITY: "Ah, mAh, A.h, mA.h, C, mC, A.s",
    CYCLE_COUNT: "1",
    STEP_COUNT: "1",
    DEPTH: "nm, um, mm, m",
    LOAD: "uN, mN, N",
}
_SAME = str.maketrans({"µ": "u", "μ": "u", "Ω": "Ohm", "\u2126": "Ohm"})
_UNIT = re.compile(
    r"^(?P<name>.+?)\s*(?:/\s*(?P<slash>rad\s*/\s*s(?:ec)?|[^/()\[\]]+)|\[(?P<square>[^]]*)\]|\((?P<round>[^()]*)\))?$"
)
_AGAINST = re.compile(r"\s+vs\b.*")


@cache
def _written(quantity: str) -> dict[str, float]:
    """Every spelling of a unit of the quantity -> its factor."""
    spelled = dict(_PLAIN.get(quantity, {}))
    for symbol, many in _PREFIXED.get(quantity, {}).items():
        spelled |= {prefix + symbol: factor / many for prefix, factor in _PREFIXES.items()}
    return spelled


def unit_of(name: str) -> tuple[str, str]:
    """Quantity and unit of a column name, by ``/unit``, ``[unit]`` or ``(unit)``.

    Examples
    --------
    >>> unit_of("-Im(Z)/Ohm"), unit_of("Freq. [Hz]"), unit_of("Z Real")
    (('-Im(Z)', 'Ohm'), ('Freq.', 'Hz'), ('Z Real', ''))
    """
    if re.fullmatch(r"-?\s*(?:Re|Im)\(Z\)", name.strip(), re.IGNORECASE):
        return name.strip(), ""
    match = _UNIT.match(name.strip())
    if match is None:
        return name.strip(), ""
    unit = match["slash"] or match["square"] or match["round"] or ""
    return match["name"].strip(), unit.strip()


def _meant(quantity: str, unit: str) -> dict[str, float]:
    """Units that the text may mean, with their factors: itself, or all those that differ from it in case."""
    plain, factors = _AGAINST.sub("", unit.strip().translate(_SAME)), _written(quantity)
    if plain in factors:
        return {plain: factors[plain]}
    return {name: factor for name, factor in factors.items() if name.lower() == plain.lower()}


def is_unit(quantity: str, unit: str) -> bool:
    """True where the text is a unit of the quantity, be it in a case that leaves open which."""
    return bool(_meant(quantity, unit))


def known_unit(unit: str) -> bool:
    """True where the text is a unit of any quantity."""
    return any(is_unit(quantity, unit) for quantity in _EXAMPLES)


def unit_factor(quantity: str, unit: str) -> float:
    """Factor from ``unit`` to the unit of the quantity: Hz, ohm, s, V, A, Ah, nm, mN.

    A spelling in another case (``hz``, ``KHZ``) is taken where only one unit can be meant by it.

    Parameters
    ----------
    quantity
        ``frequency``, ``impedance``, or a column of a cycling record.
    unit
        As it is written; ``V vs. Ref.`` is V.

    Raises
    ------
    BadInput
        If the quantity or the unit is not known, or the case of the unit does not tell its prefix.

    Examples
    --------
    >>> unit_factor("current_ampere", "mA"), unit_factor("frequency", "mHz"), unit_factor("frequency", "MHz")
    (0.001, 0.001, 1000000.0)
    >>> round(unit_factor("net_capacity_ah", "C") * 3600, 12)
    1.0
    >>> unit_factor("frequency", "mhz")
    Traceback (most recent call last):
    shortrange_core.errors.BadInput: 'mhz' may be mHz or MHz; write the intended one in the file
    """
    if quantity not in _EXAMPLES:
        raise BadInput(
            f"{quantity!r} is not a quantity of a file of impedance, cycling or indentation; there are "
            f"{', '.join(_EXAMPLES)}"
        )
    alike = _meant(quantity, unit)
    if not alike:
        raise BadInput(f"{unit!r} is not a unit of {quantity}; give one of {_EXAMPLES[quantity]}")
    apart = {factor: name for name, factor in reversed(alike.items())}
    if len(apart) > 1:
        either = " or ".join(apart[factor] for factor in sorted(apart))
        raise BadInput(f"{unit!r} may be {either}; write the intended one in the file")
    return next(iter(alike.values()))
