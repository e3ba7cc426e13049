"""Whether the imaginary part of a table has the sign that its modulus says.

Of a cell without sources, the phase follows the slope of the modulus: 90 degrees down where abs(Z) falls as 1/f, 90 up
where it rises as f (Bode). A column of -Im(Z) that is called Im(Z) turns the phase, and leaves the slope.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from electrochemistry.readers.raw import Column
from shortrange_core import Note, Severity
from shortrange_core.spelling import spelled

FEWEST_POINTS = 10
LEAST_PHASE = 0.02  # rad, root mean square: below, noise and the last bit are what a phase is
AGAINST = -0.7
"""Correlation of phase and slope: the lowest of 115 measured files, all noise, has -0.57, nine of ten above 0.7."""


def turned_sign(spectra: Sequence[tuple[Column, npt.NDArray[np.complex128]]]) -> list[Note]:
    """What to say of a table of sweeps (Hz, ohm) whose phases run against the slopes of their modulus.

    One that runs with it shows the sign of the column: that of a shorted instrument may run against it at the others.

    Examples
    --------
    >>> f = np.logspace(5, 0, 31)
    >>> z = 10 + 100 / (1 + 1e-2j * f)
    >>> turned_sign([(f, z)]), turned_sign([(f, np.conj(z))])[0].code, turned_sign([(f, z), (f, np.conj(z))])
    ([], 'imaginary-sign', [])
    """
    agreements = [_agreement(frequency, impedance) for frequency, impedance in spectra]
    if not agreements or min(agreements) >= AGAINST or max(agreements) > -AGAINST:
        return []
    text = (
        "Im(Z) has the wrong sign: the phase is positive where |Z| falls, as happens if the title of a -Im(Z) column "
        "lacks its minus"
    )
    given = ("columns=Columns(..., negative_imaginary=True)", "--columns '0,1,-2' in place of '0,1,2'", "columns")
    way = spelled(given[0], command_line=given[1], recipe=given[2])
    return [Note("imaginary-sign", Severity.WARNING, text, f"reverse it with {way}, or the other way round")]


def _agreement(frequency: Column, impedance: npt.NDArray[np.complex128]) -> float:
    """Correlation of the phase with the slope of the modulus; 0 where too few points or too small phases tell it."""
    if frequency.size < FEWEST_POINTS or np.any(np.diff(np.log(frequency)) == 0):
        return 0.0
    slope, phase = np.gradient(np.log(np.abs(impedance)), np.log(frequency)), np.angle(impedance)
    size = float(np.sqrt(np.sum(slope**2) * np.sum(phase**2)))
    return float(np.sum(slope * phase)) / size if np.sqrt(np.mean(phase**2)) >= LEAST_PHASE and size > 0 else 0.0
