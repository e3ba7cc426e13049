"""Single numbers of a sweep that lie off the line of their neighbours: a digit that was lost, or a bit that flipped.

Where one point is moved by d, its distance from the mean of its two neighbours is d, and theirs are -d/2 each. A bend
of the curve, a step of the range and noise do not look so. What is usual is taken from the sweep itself, and the last
decimal of a column is no sign of damage.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from electrochemistry.readers.raw import Column, cells_odd, rows_odd
from shortrange_core import Note

FEWEST_POINTS = 18
USUAL = 80.0  # per cent of the points; a lone one moves three
COPIES_OF_USUAL = 20.0
COPIES_OF_NEXT = 4.0
COPIES_OF_NEXT_FREQUENCY = 50.0  # divisors of a clock scatter more, the higher they are
LEAST_SHARE = 0.2  # of |Z|: mains and loose contacts move single points by less
DECIMALS = 9
QUANTA = 3.0
SHARED = (0.25, 0.75)  # of the distance, on the other side, at both neighbours: 0.5 but for what else they do
WIDE_STEP = 1.9  # of the median: one lost point makes 2
BEYOND = 1e6  # times the next largest: no arc rises so from one frequency to the next


def lone_values(frequency: Column, impedance: npt.NDArray[np.complex128], beside: Mapping[str, Column]) -> list[Note]:
    """What to say of single numbers of one sweep that its other points do not lead to.

    Parameters
    ----------
    frequency, impedance
        n values in Hz and ohm, in the order of the sweep.
    beside
        Further columns of the sweep; the clock is none of them, which starts and stops.

    Examples
    --------
    >>> f = np.logspace(5, 0, 31)
    >>> f[9] *= 1.2
    >>> [note.text for note in lone_values(f, 100 / (1 + 1e-3j * f), {})]
    ['frequency 3794.73 does not fit between 4641.59 and 2154.43 Hz']
    """
    if frequency.size < FEWEST_POINTS:
        return []
    notes = []
    for row in _lone(np.log(frequency), 2 * _quantum(frequency) / frequency, COPIES_OF_NEXT_FREQUENCY):
        before, here, after = frequency[row - 1 : row + 2]
        notes.append(cells_odd(f"frequency {here:g} does not fit between {before:g} and {after:g} Hz"))
    for name, part in (("Re(Z)", impedance.real), ("Im(Z)", impedance.imag)):
        size = np.abs(part)
        most = int(np.argmax(size))
        rows = list(_lone(part, LEAST_SHARE * np.abs(impedance)))
        if size[most] > BEYOND * np.partition(size, -2)[-2]:
            rows.append(most)
        places = [(f"{part[row]:g} ohm", f"{frequency[row]:g} Hz") for row in dict.fromkeys(rows)]
        notes += [cells_odd(f"{name} = {value} at {place} does not fit its neighbours") for value, place in places]
    for name in ("voltage_volt", "current_ampere"):
        column = beside.get(name)
        if column is None:
            continue
        if np.any(np.isinf(column)):
            notes.append(cells_odd(f"{name} is infinite at {frequency[np.isinf(column)][0]:g} Hz"))
        elif np.all(np.isfinite(column)):
            rows = list(_lone(column, np.full(column.size, QUANTA * _quantum(column))))
            notes += [
                cells_odd(f"{name} = {column[row]:g} at {frequency[row]:g} Hz does not fit its neighbours")
                for row in rows
            ]
    return notes


def gap(frequency: Column) -> list[Note]:
    """What to say of the widest step of a sweep whose file announces more points than it holds.

    A run that was stopped lacks its last points; steps of other widths within are points that were lost.

    Examples
    --------
    >>> f = np.logspace(5, 0, 31)
    >>> [note.text for note in gap(np.delete(f, [9, 10, 11]))]
    ['no point between 4641.59 and 1000 Hz, where other steps are 0.166667 decades, and the file announces more points']
    >>> gap(f[:20])
    []
    """
    steps = np.abs(np.diff(np.log10(frequency)))
    if steps.size < 2 or not steps.max() > WIDE_STEP * np.median(steps):
        return []
    at = int(np.argmax(steps))
    between = f"no point between {frequency[at]:g} and {frequency[at + 1]:g} Hz"
    usual = f"where other steps are {np.median(steps):g} decades"
    return [rows_odd(f"{between}, {usual}, and the file announces more points")]


def _lone(values: Column, least: Column, copies: float = COPIES_OF_NEXT) -> npt.NDArray[np.intp]:
    """Place of a single value whose distance from its neighbours is ``copies`` of the next, and above ``least``."""
    off = values[1:-1] - (values[:-2] + values[2:]) / 2
    most = int(np.argmax(np.abs(off)))
    others = np.delete(np.abs(off), slice(max(most - 1, 0), most + 2))
    usual = max(COPIES_OF_USUAL * float(np.percentile(np.abs(off), USUAL)), copies * float(others.max()))
    beside = -off[[place for place in (most - 1, most + 1) if 0 <= place < off.size]]
    shared = np.all((beside / off[most] > SHARED[0]) & (beside / off[most] < SHARED[1])) if off[most] else False
    far = abs(off[most]) > usual + least[most + 1] + 1e-12 * abs(values[most + 1])
    return np.array([most + 1] if far and shared else [], dtype=np.intp)


def _quantum(values: Column) -> float:
    """The last decimal that all values share; 0 where they have more than nine."""
    for decimals in range(DECIMALS + 1):
        if np.allclose(np.round(values, decimals), values, rtol=1e-12, atol=0):
            return float(10.0**-decimals)
    return 0.0
