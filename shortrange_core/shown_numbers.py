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


def value_sd(value: float, sd: float) -> str:
    """A value with its standard deviation in brackets, in units of its last digit: the sd has two digits.

    Where the sd is not known the value stands with four digits alone; one that is exact has no bracket.

    Examples
    --------
    >>> value_sd(0.22134, 0.0123), value_sd(82.04, 0.96), value_sd(1234.0, 560.0), value_sd(0.5, 0.0)
    ('0.221(12)', '82.04(96)', '1230(560)', '0.5')
    >>> value_sd(-1e-9, 0.05), value_sd(3.2e7, 4.5e5), value_sd(0.3, float("nan")), value_sd(0.0998, 0.00996)
    ('0.000(50)', '3.200(45)e7', '0.3', '0.100(10)')
    """
    if not (math.isfinite(sd) and math.isfinite(value) and sd > NOTHING):
        return shown(value)
    exponent = math.floor(math.log10(max(abs(value), sd)))
    if abs(exponent) >= 5:
        return f"{value_sd(value / 10.0**exponent, sd / 10.0**exponent)}e{exponent}"
    places = 1 - math.floor(math.log10(sd))
    places = 1 - math.floor(math.log10(round(sd, places)))  # 0.00996 is 0.010
    digits = round(sd * 10.0**places)
    if places <= 0:
        step = 10 ** (-places)
        return f"{round(value / step) * step:d}({digits * step:d})"
    return f"{value:z.{places}f}({digits})" if sd < 1 else f"{value:z.{places}f}({sd:.{places}f})"
