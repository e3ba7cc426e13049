"""Rows of an impedance table that contradict themselves or their neighbours: what a damaged number looks like.

A row is odd against the other rows, which the file itself does not say: so it is said in a note, and left out where it
is no point of a spectrum. Where most rows are alike odd, the columns are not what their names say: that is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from electrochemistry.readers.raw import Column, Table, cells_odd, rows_odd
from shortrange_core import BadInput, Note
from shortrange_core.shown_numbers import counted
from shortrange_core.written_numbers import contradictions

Rows = npt.NDArray[np.bool_]
_MODULUS = re.compile(r"\|z\|(?:/ohms?)?|z\s*/\s*ohms?|zmod(?:/ohms?)?", re.IGNORECASE)
_PHASE = re.compile(r"(?:neg\. )?phase(?:\(z\))?\s*/\s*(?:deg|°)|zphz.*", re.IGNORECASE)
WIDEST_GAP = 3.0
HALF_TURN = 180.0
SHOWN = 5


def check_rows(table: Table, frequency: Column, real: Column, imaginary: Column, file: str) -> tuple[Rows, list[Note]]:
    """Rows that hold half an impedance, an infinite or negative number, or another modulus than Re and Im give.

    Parameters
    ----------
    table
        All columns of the file: a modulus and a phase among them are held to the impedance.
    frequency, real, imaginary
        n values each in Hz and ohm; NaN where a cell holds no number.
    file
        Name for messages.

    Returns
    -------
    rows
        n values: True where a row is no point of a spectrum for such a reason.
    notes
        What is to be said of them, and of rows with another modulus or phase, which are points.

    Raises
    ------
    BadInput
        If most rows are so.
    """
    measured = np.isfinite(frequency) & (frequency > 0)
    whole = np.isfinite(real) & np.isfinite(imaginary) & (np.abs(real) + np.abs(imaginary) > 0)
    broken = {
        "one part of the impedance without the other": measured & (np.isnan(real) != np.isnan(imaginary)),
        "an impedance without a frequency": np.isnan(frequency) & whole,
        "a frequency below 0": frequency < 0,
        "an impedance at the frequency 0": (frequency == 0) & whole,
        "a number above 1.8e308": np.isinf(frequency) | np.isinf(real) | np.isinf(imaginary),
    }
    notes = []
    for what, rows in broken.items():
        if 2 * rows.sum() > rows.size:
            problem = f"{int(rows.sum())} of {counted(rows.size, 'row')} have {what}"
            raise BadInput(f"{file}: {problem}; its columns were not recognised correctly: declare them yourself")
        if rows.any():
            notes.append(rows_odd(f"{counted(int(rows.sum()), 'row')} left out because of {what} (row {_shown(rows)})"))
    keep = np.flatnonzero(measured & whole)
    for name, column in table.columns.items():
        if _MODULUS.fullmatch(name.strip()):
            wrong = contradictions(column[keep], np.hypot(real[keep], imaginary[keep]), scale=column[keep])
        elif _PHASE.fullmatch(name.strip()):
            turn = _turn(column[keep], real[keep], imaginary[keep])
            wrong = contradictions(turn, np.zeros(keep.size), scale=HALF_TURN)
        else:
            continue
        if wrong.size:
            where = _numbers(keep[wrong] + 1)
            notes.append(
                cells_odd(f"row {where}: {name} does not follow from Re(Z) and Im(Z), unlike in the other rows")
            )
    return np.any(list(broken.values()), axis=0), notes


def _shown(rows: Rows) -> str:
    return _numbers(np.flatnonzero(rows) + 1)


def _numbers(places: Iterable[int]) -> str:
    """The first few row numbers."""
    every = list(map(str, places))
    return ", ".join(every[:SHOWN]) + (", ..." if len(every) > SHOWN else "")


def _turn(degrees: Column, real: Column, imaginary: Column) -> Column:
    """Angle in degrees between a phase and the impedance, whole turns apart; either sign of the phase will do."""
    angle = np.degrees(np.arctan2(imaginary, real))
    finite = np.where(np.isfinite(degrees), degrees, np.inf)
    with np.errstate(invalid="ignore"):
        both = [np.abs((finite - sign * angle + HALF_TURN) % (2 * HALF_TURN) - HALF_TURN) for sign in (1.0, -1.0)]
    return min(both, key=lambda each: float(np.nanmedian(each)) if np.isfinite(each).any() else np.inf)


def check_order(frequency: Column, cycle: Column | None, time: Column | None) -> tuple[Rows, list[Note]]:
    """Rows that step out of the sweep, the time or the cycle which the rows beside them continue.

    Parameters
    ----------
    frequency, cycle, time
        n values each in the order of the file; None where the file has no such column.

    Returns
    -------
    rows
        n values: True where the frequency or the cycle number is another row's, so that the row is no point of its
        sweep; a time alone leaves it one.
    notes
        What is to be said of all these rows.
    """
    outside = np.zeros(frequency.size, dtype=bool)
    if frequency.size < 4:
        return outside, []
    place = np.log(frequency)
    step = float(np.median(np.abs(np.diff(place))))
    before, here, after = place[:-2], place[1:-1], place[2:]
    onward = after - before
    turning = (here - before) * (after - here) < 0
    continued = (np.abs(onward) <= WIDEST_GAP * step) & (np.abs(onward) > step / WIDEST_GAP)
    way = np.sign(onward)
    with_neighbours = _same_way(place, way, step)
    alone = (np.abs(here - before) > WIDEST_GAP * step) & (np.abs(after - here) > WIDEST_GAP * step)
    odd = {"frequency": (frequency, turning & (continued | alone) & with_neighbours)}
    if cycle is not None:
        odd["cycle number"] = (cycle, (cycle[:-2] == cycle[2:]) & (cycle[1:-1] != cycle[:-2]))
    for _, rows in odd.values():
        outside[1:-1] |= rows
    if time is not None:
        odd["time"] = (time, (time[:-2] <= time[2:]) & ((time[1:-1] < time[:-2]) | (time[1:-1] > time[2:])))
    return outside, [
        rows_odd(_stands_between(name, values, rows)) for name, (values, rows) in odd.items() if rows.any()
    ]


def _stands_between(name: str, values: Column, rows: Rows) -> str:
    """The first row that its neighbours go on without, in words."""
    row, left = int(np.argmax(rows)) + 1, "" if name == "time" else " and left out"
    between = f"{values[row]:g} lies between {values[row - 1]:g} and {values[row + 1]:g}, which continue without it"
    return f"{name} {between} (row {row + 1} of {values.size}), in {counted(int(rows.sum()), 'row')}{left}"


def check_repeats(frequency: Column, impedance: npt.NDArray[np.complex128], time: Column | None) -> list[Note]:
    """What to say of rows that stand twice from the middle of a sweep on: no measurement repeats to the last digit.

    A simulated sweep that is repeated as a whole begins again at its first row, which is left alone.

    Parameters
    ----------
    frequency, impedance, time
        n values each in the order of the file; no time where the file has none.
    """
    clock = [None] * frequency.size if time is None else time.tolist()
    rows = list(zip(frequency.tolist(), impedance.tolist(), clock, strict=True))
    place: dict[tuple[float, complex, float | None], int] = {}
    for row, pair in enumerate(rows[:-1]):
        first = place.setdefault(pair, row)
        if first == row or rows[first + 1] != rows[row + 1]:
            continue
        middle = first > 0 and (frequency[first] - frequency[first - 1]) * (frequency[first + 1] - frequency[first]) > 0
        moved = time is not None and time[first] != time[first + 1]  # the clock of another sweep would not stand again
        if (middle and rows[first - 1] != rows[row - 1]) or moved:
            again = (
                f"row {row + 1} and those after it ({frequency[row]:g} Hz) repeat row {first + 1} and those after it"
            )
            return [rows_odd(f"{again}: a part of the file is duplicated")]
    return []


def _same_way(place: Column, way: Column, step: float) -> Rows:
    """True where the steps before and after a row and its neighbours run the way that the neighbours do."""
    difference = np.diff(place)
    early = np.concatenate([[0.0], difference[:-2]])  # the step that ends at the row before
    late = np.concatenate([difference[2:], [0.0]])  # the step that begins at the row after
    usual = WIDEST_GAP * step
    return np.asarray((early * way >= 0) & (late * way >= 0) & (np.abs(early) <= usual) & (np.abs(late) <= usual))
