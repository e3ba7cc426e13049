"""Rows of an impedance table that contradict themselves or their neighbours: what a damaged number looks like."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from electrochemistry.readers.raw import Column, Table
from shortrange_core import BadInput
from shortrange_core.written_numbers import contradictions

_MODULUS = re.compile(r"\|z\|(?:/ohms?)?|z\s*/\s*ohms?|zmod(?:/ohms?)?", re.IGNORECASE)
_PHASE = re.compile(r"phase(?:\(z\))?\s*/\s*deg|zphz.*", re.IGNORECASE)
WIDEST_GAP = 3.0
HALF_TURN = 180.0
_REMEDY = "the file is damaged: export it again, or remove the row"


def check_rows(table: Table, frequency: Column, real: Column, imaginary: Column, file: str) -> None:
    """Refuse rows that hold half an impedance, an infinite or negative number, or another modulus than Re and Im give.

    Parameters
    ----------
    table
        All columns of the file: a modulus and a phase among them are held to the impedance.
    frequency, real, imaginary
        n values each in Hz and ohm; NaN where a cell holds no number.
    file
        Name for messages.

    Raises
    ------
    BadInput
        For the first row of each kind.
    """
    measured = np.isfinite(frequency) & (frequency > 0)
    whole = np.isfinite(real) & np.isfinite(imaginary) & (np.abs(real) + np.abs(imaginary) > 0)
    broken = {
        "has one part of the impedance without the other": measured & (np.isnan(real) != np.isnan(imaginary)),
        "has an impedance without a frequency": np.isnan(frequency) & whole,
        "has a frequency below 0": frequency < 0,
        "has an impedance at the frequency 0": (frequency == 0) & whole,
        "has a number above 1.8e308": np.isinf(frequency) | np.isinf(real) | np.isinf(imaginary),
    }
    for what, rows in broken.items():
        if rows.any():
            raise BadInput(f"{file}: row {int(np.argmax(rows)) + 1} of {rows.size} {what}; {_REMEDY}")
    keep = np.flatnonzero(measured & whole)
    for name, column in table.columns.items():
        if _MODULUS.fullmatch(name.strip()):
            wrong = contradictions(column[keep], np.hypot(real[keep], imaginary[keep]), scale=column[keep])
        elif _PHASE.fullmatch(name.strip()):
            wrong = contradictions(
                _turn(column[keep], real[keep], imaginary[keep]), np.zeros(keep.size), scale=HALF_TURN
            )
        else:
            continue
        if wrong.size:
            raise BadInput(
                f"{file}: row {keep[wrong[0]] + 1}: {name} is not what Re(Z) and Im(Z) give, as it is in the other "
                f"rows; {_REMEDY}"
            )


def _turn(degrees: Column, real: Column, imaginary: Column) -> Column:
    """Angle in degrees between a phase and the impedance, whole turns apart; either sign of the phase will do."""
    angle = np.degrees(np.arctan2(imaginary, real))
    finite = np.where(np.isfinite(degrees), degrees, np.inf)
    with np.errstate(invalid="ignore"):
        both = [np.abs((finite - sign * angle + HALF_TURN) % (2 * HALF_TURN) - HALF_TURN) for sign in (1.0, -1.0)]
    return min(both, key=lambda each: float(np.nanmedian(each)) if np.isfinite(each).any() else np.inf)


def check_order(frequency: Column, cycle: Column | None, time: Column | None, file: str) -> None:
    """Refuse a row that steps out of the sweep, the time or the cycle which the rows beside it continue.

    Parameters
    ----------
    frequency, cycle, time
        n values each in the order of the file; None where the file has no such column.
    file
        Name for messages.

    Raises
    ------
    BadInput
        For the first such row.
    """
    if frequency.size < 4:
        return
    place = np.log(frequency)
    step = float(np.median(np.abs(np.diff(place))))
    before, here, after = place[:-2], place[1:-1], place[2:]
    onward = after - before
    outside = (here - before) * (after - here) < 0
    continued = (np.abs(onward) <= WIDEST_GAP * step) & (np.abs(onward) > step / WIDEST_GAP)
    way = np.sign(onward)
    with_neighbours = _same_way(place, way, step)
    alone = (np.abs(here - before) > WIDEST_GAP * step) & (np.abs(after - here) > WIDEST_GAP * step)
    odd = {"frequency": outside & (continued | alone) & with_neighbours}
    if time is not None:
        odd["time"] = (time[:-2] <= time[2:]) & ((time[1:-1] < time[:-2]) | (time[1:-1] > time[2:]))
    if cycle is not None:
        odd["cycle number"] = (cycle[:-2] == cycle[2:]) & (cycle[1:-1] != cycle[:-2])
    values = {"frequency": frequency, "time": time, "cycle number": cycle}
    for name, rows in odd.items():
        if rows.any():
            row = int(np.argmax(rows)) + 1
            value = values[name]
            assert value is not None
            raise BadInput(
                f"{file}: {name} {value[row]:g} stands between {value[row - 1]:g} and {value[row + 1]:g}, which go on "
                f"without it (row {row + 1} of {frequency.size}); {_REMEDY}"
            )


def check_repeats(frequency: Column, impedance: npt.NDArray[np.complex128], time: Column | None, file: str) -> None:
    """Refuse rows that stand twice from the middle of a sweep on: no measurement repeats to the last digit.

    A simulated sweep that is repeated as a whole begins again at its first row, which is left alone.

    Parameters
    ----------
    frequency, impedance, time
        n values each in the order of the file; no time where the file has none.
    file
        Name for messages.

    Raises
    ------
    BadInput
        For the first repeated row.
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
            raise BadInput(
                f"{file}: row {row + 1} and those after it ({frequency[row]:g} Hz) are row {first + 1} and those after "
                f"it again; a part of the file is doubled: export it again"
            )


def _same_way(place: Column, way: Column, step: float) -> npt.NDArray[np.bool_]:
    """True where the steps before and after a row and its neighbours run the way that the neighbours do."""
    difference = np.diff(place)
    early = np.concatenate([[0.0], difference[:-2]])  # the step that ends at the row before
    late = np.concatenate([difference[2:], [0.0]])  # the step that begins at the row after
    usual = WIDEST_GAP * step
    return np.asarray((early * way >= 0) & (late * way >= 0) & (np.abs(early) <= usual) & (np.abs(late) <= usual))
