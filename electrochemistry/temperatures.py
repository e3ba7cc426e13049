"""Temperatures of solid electrolytes: kelvin, and a check that stops degrees Celsius."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shortrange_core import BadInput
from shortrange_core.chemistry import ZERO_CELSIUS

_WRITTEN = re.compile(
    r"\s*(?P<value>[+-]?\d+(?:[.,]\d*)?)\s*(?P<unit>K|kelvin|°?\s*C|℃|deg\s*C|celsius)\s*", re.IGNORECASE
)
COLDEST, HOTTEST = 100.0, 3000.0  # K: below lies what was meant in degrees Celsius


def check_kelvin(name: str, values: Sequence[float]) -> None:
    """Refuse temperatures that are no kelvin of a solid electrolyte.

    Raises
    ------
    BadInput
        If one is not between 100 and 3000 K.

    Examples
    --------
    >>> check_kelvin("at", [298.15, 60.0])
    Traceback (most recent call last):
    shortrange_core.errors.BadInput: at = 60: must be kelvin, from 100 to 3000; add 273.15 to Celsius
    """
    bad = [f"{value:g}" for value in values if not COLDEST <= value < HOTTEST]
    if bad:
        raise BadInput(
            f"{name} = {', '.join(bad)}: must be kelvin, from {COLDEST:g} to {HOTTEST:g}; add 273.15 to Celsius"
        )


def kelvin_of(text: str) -> float | None:
    """Kelvin of a temperature that is written with its unit, None where there is no unit or no number.

    Examples
    --------
    >>> kelvin_of("60 °C"), kelvin_of("333,15 K"), kelvin_of("25 ℃"), kelvin_of("60")
    (333.15, 333.15, 298.15, None)
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    value = float(match["value"].replace(",", "."))
    return round(value if match["unit"][0].upper() == "K" else value + ZERO_CELSIUS, 9)
