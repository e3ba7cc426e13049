"""Whether the imaginary part of a sweep has the sign that its modulus says.

Of a cell without sources, the phase follows the slope of the modulus: 90 degrees down where abs(Z) falls as 1/f, 90 up
where it rises as f (Bode). A column of -Im(Z) that is called Im(Z) turns the phase, and leaves the slope.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from electrochemistry.readers.raw import Column
from shortrange_core import Note, Severity
from shortrange_core.spelling import spelled

FEWEST_POINTS = 10
LEAST_PHASE = 0.02  # rad, root mean square: below, noise and the last bit are what a phase is
AGAINST = -0.7
"""Correlation of phase and slope: the lowest of 115 measured files, all noise, has -0.57, nine of ten above 0.7."""


def turned_sign(frequency: Column, impedance: npt.NDArray[np.complex128]) -> list[Note]:
    """What to say of a sweep whose phases run against the slopes of its modulus.

    Examples
    --------
    >>> f = np.logspace(5, 0, 31)
    >>> z = 10 + 100 / (1 + 1e-2j * f)
    >>> turned_sign(f, z), turned_sign(f, np.conj(z))[0].code
    ([], 'imaginary-sign')
    """
    if frequency.size < FEWEST_POINTS or np.any(np.diff(np.log(frequency)) == 0):
        return []
    slope, phase = np.gradient(np.log(np.abs(impedance)), np.log(frequency)), np.angle(impedance)
    size = float(np.sqrt(np.sum(slope**2) * np.sum(phase**2)))
    if np.sqrt(np.mean(phase**2)) < LEAST_PHASE or not np.sum(slope * phase) < AGAINST * size:
        return []
    text = "Im(Z) has the wrong sign: the phase is positive where |Z| falls, as where a title of -Im(Z) lacks its minus"
    given = ("columns=Columns(..., negative_imaginary=True)", "--columns '0,1,-2' in place of '0,1,2'", "columns")
    way = spelled(given[0], command_line=given[1], recipe=given[2])
    remedy = f"turn it with {way}, or the other way round"
    return [Note("imaginary-sign", Severity.WARNING, text, remedy)]
