"""Numbers as a person reads them: no ``nan``, no minus zero, no power of ten that only says zero."""

from __future__ import annotations

import math

NOTHING = 1e-12
"""Below it a number in the units of this field is rounding: areas, fractions, energies and probabilities alike."""
UNKNOWN, UNLIMITED = "-", "unlimited"


def shown(value: float, digits: int = 4, *, unknown: str = UNKNOWN) -> str:
    """A number to ``digits`` significant digits.

    Examples
    --------
    >>> shown(0.26749, 3), shown(1e-304), shown(-0.0), shown(float("nan")), shown(float("inf"))
    ('0.267', '0', '0', '-', 'unlimited')
    """
    if math.isnan(value):
        return unknown
    if math.isinf(value):
        return UNLIMITED if value > 0 else f"-{UNLIMITED}"
    return f"{value if abs(value) >= NOTHING else 0.0:.{digits}g}"


def decimals(value: float, places: int = 4, *, unknown: str = UNKNOWN) -> str:
    """A number to ``places`` decimals.

    Examples
    --------
    >>> decimals(-1e-9), decimals(0.12345, 3), decimals(float("nan"))
    ('0.0000', '0.123', '-')
    """
    return f"{value:z.{places}f}" if math.isfinite(value) else shown(value, unknown=unknown)


def probability(p: float) -> str:
    """A probability to two digits, or what it is below.

    Examples
    --------
    >>> probability(0.0313), probability(3e-40)
    ('p = 0.031', 'p below 1e-12')
    """
    return f"p = {p:.2g}" if p >= NOTHING else f"p below {NOTHING:.0e}"
