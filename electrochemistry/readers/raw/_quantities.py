"""Which column of an impedance table holds which quantity, by the names that instruments give."""

from __future__ import annotations

import re
from collections.abc import Iterable

from electrochemistry.readers.raw._units import IMPEDANCE, is_unit, unit_of

_ANGULAR = r"omega|ω|angular frequency"
_IMAGINARY = r"im|imag|imaginary|imaginärteil|im\(z\)|z''|z_?im|im[\s_]?z|z\"|zimg|z_?imag(?:_ohm)?"
_PHASE = r"phase(?:\(z\))?|zphz|phase angle|theta|θ|phi|φ|arg\(z\)"
_MINUS = r"(?:-|neg\b\.?|negative\b)\s*"
_NAMES = {
    "frequency": rf"f|freq(?:uency)?\.?|frequenz|frequency_hertz|freq(?:uency)?_hz|{_ANGULAR}",
    "real": r"re|real|re\(z\)|z'|zs'|z_?re|re[\s_]?z|z_?real(?:_ohm)?|z real|zprime|realteil|real impedance|"
    "impedance real|real_impedance_ohm",
    "imaginary": rf"{_IMAGINARY}|zs''|z imag|zbis|imaginary impedance|impedance imaginary|imaginary_impedance_ohm",
    "negative": rf"{_MINUS}(?:{_IMAGINARY})",
    "modulus": r"\|z\||zmod|z|modulus|magnitude|betrag|abs\(z\)|impedance modulus|impedance magnitude",
    "phase": _PHASE,
    "negative phase": rf"{_MINUS}(?:{_PHASE})",
    "test_time_second": r"time|elapsed time|test time|test_time_second",
    "voltage_volt": r"<ewe>|ewe|vdc|dcpot|bias|e|potential|voltage|voltage_volt",
    "current_ampere": r"<i>|idc|dccurr|i|current|current_ampere",
    "cycle": r"cycle number|cycle_count|cycle count",
}
_SAME = str.maketrans({"′": "'", "’": "'", "´": "'", "″": "''", "”": "''", "−": "-", "\u2013": "-", "ϕ": "φ"})
"""Primes and minus signs of typesetting."""
_METERS = {"real": "r|rs|resistance", "imaginary": "x|xs|reactance"}
"""What meters of inductance, capacitance and resistance write; without a unit of impedance they are anything."""
_RELAXIS = "Data: "
"""What RelaxIS writes before the titles of what was measured; before those of a model stands Model."""
BESIDE = ("test_time_second", "voltage_volt", "current_ampere")


def quantities_of(columns: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Which column is which: quantity -> (column name, unit); the first column that fits."""
    quantities: dict[str, tuple[str, str]] = {}
    for column in columns:
        if column.lstrip("-")[:1].isdigit():  # no quantity begins so; lines of hundreds of numbers are asked too
            continue
        name, unit = unit_of(column)
        plain = name.translate(_SAME).removeprefix(_RELAXIS)
        for quantity, pattern in _NAMES.items():
            own = f"{pattern}|{_METERS[quantity]}" if quantity in _METERS and is_unit(IMPEDANCE, unit) else pattern
            if quantity not in quantities and re.fullmatch(own, plain, re.IGNORECASE):
                angular = not unit and re.fullmatch(_ANGULAR, plain, re.IGNORECASE)
                quantities[quantity] = (column, "rad/s" if angular else unit)
    return quantities


def makes_spectra(column: str) -> bool:
    """True for columns of which a spectrum is made; what stands beside them may be odd.

    Examples
    --------
    >>> makes_spectra("freq/Hz"), makes_spectra("NSR Ewe/%"), makes_spectra("Idc/A")
    (True, False, False)
    """
    return any(quantity not in BESIDE for quantity in quantities_of([column]))
