"""Zahner Thales spectra (.ism): big-endian frequencies, moduli, phases and times, each as one list of all points.

A measurement may begin in the middle, go to one end and come back through the same frequencies; the way between the
ends is the spectrum, what was measured before or behind it is left out, as Zahner's own programs do.
"""

from __future__ import annotations

import numpy as np

from electrochemistry.readers.raw import Table, rows_left_out
from shortrange_core import BadInput
from shortrange_core.shown_numbers import counted

_MAGIC = b"\x00\x00\xff\xff\xff"
"""Versions are small negative numbers of four bytes in six."""
_HEAD, _LISTS, _POINT = 12, 4, 34
"""Bytes before the lists, lists of eight bytes a point, and bytes of a point with its significance."""
_LAST, _ROW = 6, 24
"""Of a polarisation (.isw): bytes of the last index behind the head, and of a row of voltage, current and time."""
LOWEST_HERTZ = 1e-9
"""A period of thirty years: below it stand other numbers than frequencies."""


def sniff(content: bytes, suffix: str) -> bool:
    """A version and a number of points that the file is long enough for."""
    needed = _HEAD + _POINT * _points(content)
    return suffix == ".ism" or (content.startswith(_MAGIC) and len(content) >= needed > _HEAD)


def parse(content: bytes, file: str) -> Table:
    """Frequency, modulus, phase and time of the way between the lowest and the highest frequency.

    Raises
    ------
    BadInput
        If the file is a polarisation or shorter than its number of points needs, or a frequency or modulus is none.
    """
    if (rows := _polarisation_rows(content)) > 0:
        raise BadInput(
            f"{file}: is a polarisation of Thales ({counted(rows, 'row')} of voltage, current and time), not an "
            "impedance spectrum; export it as text"
        )
    count = _points(content)
    if not content.startswith(_MAGIC) or count < 1 or len(content) < _HEAD + _POINT * count:
        raise BadInput(
            f"{file}: says {counted(count, 'point')} in {counted(len(content), 'byte')}, so it is truncated, damaged "
            "or not an impedance spectrum of Thales; export it as text"
        )
    frequency, modulus, phase, time = np.frombuffer(content, ">f8", _LISTS * count, _HEAD).reshape(_LISTS, count)
    numbers = np.all(np.isfinite([frequency, modulus, phase])) and bool(
        np.all(frequency > LOWEST_HERTZ) and np.all(modulus >= 0)
    )
    if not numbers:
        raise BadInput(f"{file}: a frequency, modulus or phase is not a number; the file is damaged: export it again")
    ends = sorted((int(np.argmin(frequency)), int(np.argmax(frequency))))
    way = slice(ends[0], ends[1] + 1)
    columns = {
        "freq/Hz": frequency[way].astype(float),
        "|Z|/Ohm": modulus[way].astype(float),
        "Phase(Z)/rad": phase[way].astype(float),
        "time/s": (time[way] - time[way][0]).astype(float),
    }
    left = count - columns["freq/Hz"].size
    text = f"left out {counted(left, 'point')} before or after the sweep between the lowest and the highest frequency"
    return Table(columns, "Thales", (), (rows_left_out(text),) if left else ())


def _points(content: bytes) -> int:
    return int.from_bytes(content[6:12], "big", signed=True) + 1


def _polarisation_rows(content: bytes) -> int:
    """Rows of a polarisation, 0 of anything else: the last index of a spectrum is followed by its first frequency.

    As a whole number those bytes of a frequency are far above the rows that any file has room for.
    """
    rows = int.from_bytes(content[_HEAD : _HEAD + _LAST], "big", signed=True) + 1
    room = content.startswith(_MAGIC) and rows > 0 and _HEAD + _LAST + _ROW * rows <= len(content)
    return rows if room else 0
