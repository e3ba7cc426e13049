"""Numbers as a person reads them: no ``nan``, no minus zero, no power of ten that only says zero."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

NOTHING = 1e-12
"""Below it a number in the units of this field is rounding: areas, fractions, energies and probabilities alike."""
UNKNOWN, UNLIMITED = "-", "unlimited"
SMALLEST_POWER, LARGEST_POWER = -3, 5
"""Outside of these powers of ten a number with its standard deviation is written with an exponent."""

NORMAL = 1.96
"""sds of half a 95 % interval of a Gaussian."""
LEAST_BY_SD, SAID_BY_SD = 0.5 * 2 * NORMAL, 1.25 * 2 * NORMAL
"""sds that a 95 % interval may be wide, if the sd is to stand for it: from half to a quarter more than a Gaussian's."""


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


def limit(value: float, digits: int = 2, *, upper: bool) -> str:
    """A limit to ``digits`` significant digits, rounded outward: an upper one is never printed below itself.

    Examples
    --------
    >>> limit(0.345, upper=True), limit(0.345, upper=False), limit(0.012, upper=True), limit(math.inf, upper=True)
    ('0.35', '0.34', '0.012', 'unlimited')
    """
    if not math.isfinite(value) or abs(value) < NOTHING:
        return shown(value)
    exact = Decimal(repr(float(value)))
    step = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    return shown(float(exact.quantize(step, ROUND_CEILING if upper else ROUND_FLOOR)), digits)


def probability(p: float) -> str:
    """A probability to two digits, or what it is below.

    Examples
    --------
    >>> probability(0.0313), probability(3e-40)
    ('p = 0.031', 'p below 1e-12')
    """
    return f"p = {p:.2g}" if p >= NOTHING else f"p below {NOTHING:.0e}"


def with_sd(value: float, sd: float) -> str:
    """A number with its standard deviation in brackets: in units of the last digits shown, two of them significant.

    Examples
    --------
    >>> with_sd(8.2e-5, 1.34e-6), with_sd(1046.21, 3.4), with_sd(0.8559, 0.00098), with_sd(1234.0, 560.0)
    ('8.20(13)e-05', '1046.2(34)', '0.85590(98)', '1230(560)')
    >>> with_sd(100.0, 0.0), with_sd(3.14159, float("nan")), with_sd(float("nan"), 1.0), with_sd(-1e-9, 0.05)
    ('100', '3.142(-)', '-', '0.000(50)')
    """
    if not math.isfinite(value):
        return shown(value)
    if not math.isfinite(sd) or sd <= 0:
        return f"{value:.6g}" if sd == 0 else f"{value:.4g}({UNKNOWN})"
    power = math.floor(math.log10(max(abs(value), sd)))
    scientific = power < SMALLEST_POWER or power > LARGEST_POWER
    scale = 10.0**power if scientific else 1.0
    value, sd = value / scale, float(f"{sd / scale:.1e}")
    places = 1 - math.floor(math.log10(sd))
    exponent = f"e{power:+03d}" if scientific else ""
    if places <= 0:
        step = 10**-places
        return f"{round(value / step) * step:d}({round(sd):d}){exponent}"
    return f"{value:z.{places}f}({round(sd * 10.0**places)}){exponent}"


def span(low: float, high: float) -> str:
    """An interval, both ends to as many decimals as half its width has with two digits.

    Examples
    --------
    >>> span(0.19947, 0.23002), span(0.0579, 0.06204), span(0.0084, 0.061), span(0.3, 0.3), span(0.0, float("inf"))
    ('0.199 to 0.230', '0.0579 to 0.0620', '0.008 to 0.061', '0.3 to 0.3', '0 to unlimited')
    """
    half = (high - low) / 2
    if not (math.isfinite(half) and half > NOTHING):
        return f"{shown(low)} to {shown(high)}"
    places = _places_of(low, high)
    return f"{decimals(low, places)} to {decimals(high, places)}"


def told_by_sd(sd: float, low: float, high: float) -> bool:
    """Whether a standard deviation tells as much doubt as the 95 % interval.

    It tells less beside an amount that is held at 0, more where walls are near on both sides, and nothing where it is
    none: one of many values that agree as well.

    Examples
    --------
    >>> told_by_sd(0.01, 0.2804, 0.3196), told_by_sd(0.00095, 0.4503, 0.4645), told_by_sd(0.01, 0.3, float("nan"))
    (True, False, True)
    >>> told_by_sd(0.57, 0.2551, 0.6952), told_by_sd(float("nan"), 0.38, 0.80)
    (False, False)
    """
    width = high - low
    return not math.isfinite(width) or LEAST_BY_SD * sd <= width <= SAID_BY_SD * sd


def beside_interval(value: float, sd: float, low: float, high: float) -> str:
    """A number with its sd, or alone where its 95 % interval, which is printed beside it, is not what the sd tells.

    Examples
    --------
    >>> beside_interval(0.3, 0.01, 0.2804, 0.3196), beside_interval(0.46274, 0.00095, 0.4503, 0.4645)
    ('0.300(10)', '0.4627')
    >>> beside_interval(2 / 7, float("nan"), 2 / 7, 2 / 7), beside_interval(2 / 7, 1e-17, 2 / 7, 2 / 7)
    ('0.2857', '0.2857')
    """
    if high - low <= NOTHING:
        return shown(value)
    if told_by_sd(sd, low, high):
        return with_sd(value, sd)
    return decimals(value, _places_of(low, high))


def estimate(value: float, sd: float, low: float, high: float) -> str:
    """A number with its sd, or with its 95 % interval where that is not what the sd tells.

    Examples
    --------
    >>> estimate(0.3, 0.01, 0.2804, 0.3196), estimate(0.46274, 0.00095, 0.4503, 0.4645)
    ('0.300(10)', '0.4627 (0.4503 to 0.4645)')
    """
    alone = beside_interval(value, sd, low, high)
    return alone if high - low <= NOTHING or told_by_sd(sd, low, high) else f"{alone} ({span(low, high)})"


def _places_of(low: float, high: float) -> int:
    """Decimals at which half the width of an interval has two digits."""
    return max(1 - math.floor(math.log10((high - low) / 2)), 0)


def counted(number: int, name: str, several: str = "") -> str:
    """How many there are of something, with its name in the right number.

    Parameters
    ----------
    number
        How many.
    name
        One of them: ``"row"``.
    several
        More of them, where it is not ``name`` with an s.

    Examples
    --------
    >>> counted(1, "row"), counted(2, "row"), counted(0, "frequency", "frequencies")
    ('1 row', '2 rows', '0 frequencies')
    """
    return f"{number} {name if number == 1 else several or name + 's'}"
