"""Which column of an impedance table holds which quantity, by the names that instruments give."""

from __future__ import annotations

import re
from collections.abc import Iterable

from electrochemistry.readers.raw._units import unit_of

_NAMES = {
    "frequency": r"f|freq(?:uency)?\.?|frequency_hertz",
    "real": r"re|real|re\(z\)|z'|zs'|z_?re|zreal|z real|real impedance|real_impedance_ohm",
    "imaginary": r"im|imag|imaginary|im\(z\)|z''|z_im|z\"|zs''|zim|zimg|zimag|z imag|imaginary impedance|"
    r"imaginary_impedance_ohm",
    "negative": r"-\s*(?:im|imag|imaginary|im\(z\)|z''|z_im|z\"|zim|zimg|zimag)",
    "modulus": r"\|z\||zmod|z",
    "phase": r"phase(?:\(z\))?|zphz",
    "negative phase": r"-\s*(?:phase(?:\(z\))?|zphz)",
    "test_time_second": r"time|elapsed time|test time|test_time_second",
    "voltage_volt": r"<ewe>|ewe|vdc|bias|e|potential|voltage|voltage_volt",
    "current_ampere": r"<i>|idc|i|current|current_ampere",
    "cycle": r"cycle number|cycle_count|cycle count",
}
BESIDE = ("test_time_second", "voltage_volt", "current_ampere")


def quantities_of(columns: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Which column is which: quantity -> (column name, unit); the first column that fits."""
    found: dict[str, tuple[str, str]] = {}
    for column in columns:
        name, unit = unit_of(column)
        for quantity, pattern in _NAMES.items():
            if quantity not in found and re.fullmatch(pattern, name, re.IGNORECASE):
                found[quantity] = (column, unit)
    return found


def makes_spectra(column: str) -> bool:
    """True for columns of which a spectrum is made; what stands beside them may be odd.

    Examples
    --------
    >>> makes_spectra("freq/Hz"), makes_spectra("NSR Ewe/%"), makes_spectra("Idc/A")
    (True, False, False)
    """
    return any(quantity not in BESIDE for quantity in quantities_of([column]))
