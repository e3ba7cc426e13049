"""How a program wrote its numbers: a cell with other decimals than its column was damaged, not measured.

A writer with a fixed number of decimals pads with zeros; one that writes the shortest form never does. So a column
whose cells nearly all have one number of decimals, some of them padded, was written with that number throughout, and a
cell with more, fewer or none lost or gained a letter: a point became a digit, a line was cut inside its last number, or
two lines were joined.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_DIGIT = re.compile(r"\d")
FEWEST_ROWS = 16
LEAST_SHARE = 0.9
LEAST_PADDED = 0.03
FEWEST_PADDED = 2
FEWEST_DECIMALS = 2
"""A shortest form writes 12.0 and 12.5 too: one decimal proves nothing."""
SAMPLE_ROWS = 400
RARE_SHARE = 0.02
COPIES_OF_ROUNDING = 50.0
LEAST_DEVIATION = 1e-5
REDUNDANT_WITHIN = 0.01
SHORT = 4
"""Digits of a number that is written short among longer ones, such as 1.055E+03 below 968.464."""


def odd_cells(columns: Sequence[Sequence[str]], *, mark: str = ".") -> list[tuple[int, int]]:
    """Row and column of every cell whose decimals are not those of its column.

    Parameters
    ----------
    columns
        Cells of numbers as text, one sequence a column. Cells without a digit are passed over.
    mark
        Decimal mark.

    Returns
    -------
    list of (row, column)
        Empty where no column was written with a fixed number of two decimals or more.

    Examples
    --------
    >>> column = [f"{value:.2f}" for value in range(20)]
    >>> odd_cells([[*column, "20.0"]]), odd_cells([[str(0.25 * n) for n in range(20)]])
    ([(20, 0)], [])
    """
    tails = [_tails(cells, mark) for cells in columns]
    common = [_common(tail) for tail in tails]
    padded = {tail for tail in set(common) if tail is not None and _padded(columns, common, tail, mark)}
    odd_cells: list[tuple[int, int]] = []
    for index, (cells, tail, usual) in enumerate(zip(columns, tails, common, strict=True)):
        if usual is None or usual not in padded:
            continue
        odd = [row for row, value in enumerate(tail) if value != usual and value is not None]
        if odd:
            habit = _habit(cells, tail, usual, mark)
            odd_cells += [(row, index) for row in odd if not habit.explains(cells[row], mark)]
    return sorted(odd_cells)


@dataclass(frozen=True, slots=True)
class _Habit:
    """How the usual cells of a column are written."""

    decimals: int
    digits: frozenset[int]
    whole_digits: int
    exponent: int
    padded_exponent: bool

    def explains(self, cell: str, mark: str) -> bool:
        """True where a writer of the usual cells may have written this one."""
        mantissa, _, exponent = cell.upper().partition("E")
        power = exponent.lstrip("+-")
        if self.exponent:
            longer = len(power) > self.exponent and not power.startswith("0")  # of 100 and more
            return len(mantissa.partition(mark)[2]) == self.decimals and (longer or not self.padded_exponent)
        if not mantissa.strip("+-0" + mark):
            return True  # of an exact zero some programs write one decimal
        if exponent.startswith("-"):
            return True  # a shortest form turns to exponents below 1e-4
        if exponent and len(mantissa.partition(mark)[2]) == self.decimals:
            return True  # the same decimals before an exponent, to which a writer turns for large numbers
        if mark in mantissa and _digits(mantissa) == max(self.digits, default=0):  # of 9.99 and 10.0: three digits
            whole, _, decimals = mantissa.lstrip("+-").partition(mark)
            if len(decimals) < self.decimals and len(whole) > self.whole_digits:
                return True
        if mark not in mantissa:  # a habit of writing large numbers whole; not a point that became a digit
            return _digits(mantissa) <= self.whole_digits + 1
        return len(self.digits) == 1 and _digits(mantissa) in self.digits  # a fixed number of digits


def _habit(cells: Sequence[str], tail: Sequence[int | None], usual: int, mark: str) -> _Habit:
    step = max(1, len(cells) // SAMPLE_ROWS)
    sample = [cell for cell, value in zip(cells[::step], tail[::step], strict=True) if value == usual]
    parts = [cell.upper().partition("E") for cell in sample]
    counted = Counter(_digits(mantissa) for mantissa, _, _ in parts)
    powers = [power.lstrip("+-") for _, _, power in parts]
    return _Habit(
        max(len(mantissa.partition(mark)[2]) for mantissa, _, _ in parts),
        frozenset(digits for digits, number in counted.items() if number >= RARE_SHARE * counted.total()),
        max(len(mantissa.partition(mark)[0].lstrip("+-")) for mantissa, _, _ in parts),
        max(map(len, powers)),
        any(power.startswith("0") and len(power) > 1 for power in powers),
    )


def _tails(cells: Sequence[str], mark: str) -> list[int | None]:
    """Letters after the decimal mark, exponent and all; 0 without a mark, None without a digit."""
    return [
        len(cell) - at - 1 if (at := cell.find(mark)) >= 0 else 0 if _DIGIT.search(cell) else None for cell in cells
    ]


def _common(tail: Sequence[int | None]) -> int | None:
    """The tail that nine of ten cells have; None where there is none, or too few rows."""
    counted = Counter(tail)
    del counted[None]
    if not counted or counted.total() < FEWEST_ROWS:
        return None
    value, number = counted.most_common(1)[0]
    return value if value and number >= LEAST_SHARE * counted.total() else None


def _padded(columns: Sequence[Sequence[str]], common: Sequence[int | None], tail: int, mark: str) -> bool:
    """True where cells of this tail end in a zero that a shortest form would leave out."""
    zeros = seen = 0
    for cells, usual in zip(columns, common, strict=True):
        if usual != tail:
            continue
        for cell in cells[:: max(1, len(cells) // SAMPLE_ROWS)]:
            decimals = cell.partition(mark)[2].upper().partition("E")[0]
            if len(decimals) >= FEWEST_DECIMALS:
                seen += 1
                zeros += decimals.endswith("0")
    return zeros >= FEWEST_PADDED and zeros >= LEAST_PADDED * seen


def _digits(cell: str) -> int:
    return sum(letter.isdigit() for letter in cell.upper().partition("E")[0].lstrip("+-0"))


def contradictions(
    written: npt.ArrayLike, follows: npt.ArrayLike, *, scale: npt.ArrayLike, within: float = REDUNDANT_WITHIN
) -> npt.NDArray[np.intp]:
    """Rows where a column contradicts what the other columns of the file say it is.

    Parameters
    ----------
    written
        n values of a column.
    follows
        The same from other columns.
    scale
        Size against which a deviation counts: n values, or one.
    within
        Relative deviation of three of four rows above which the columns are taken not to follow from one another.

    Returns
    -------
    array of int
        Rows whose deviation is far above the rounding that three of four rows show, and above that of a value of four
        digits or fewer; empty where the columns do not follow from one another in this file.

    Examples
    --------
    >>> x = np.linspace(1, 2, 50)
    >>> y = np.round(x**2, 4); y[7] += 0.1
    >>> contradictions(y, x**2, scale=y)
    array([7])
    """
    a, b = np.asarray(written, dtype=float), np.asarray(follows, dtype=float)
    size = np.maximum(np.abs(np.broadcast_to(np.asarray(scale, dtype=float), a.shape)), 1e-300)
    with np.errstate(all="ignore"):
        deviation = np.abs(a - b) / size
    finite = deviation[np.isfinite(deviation)]
    if finite.size < FEWEST_ROWS or (usual := float(np.percentile(finite, 75))) > within:
        return np.empty(0, dtype=np.intp)
    limit = COPIES_OF_ROUNDING * usual + LEAST_DEVIATION
    return np.flatnonzero(np.isfinite(deviation) & (deviation > limit) & (np.abs(a - b) > _rounding(a)))


def _rounding(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Half of the last digit of values of four digits or fewer; 0 of others."""
    with np.errstate(all="ignore"):
        unit = 10.0 ** (np.floor(np.log10(np.abs(values))) + 1 - SHORT)
        short = np.abs(values / unit - np.rint(values / unit)) < 1e-9 * 10**SHORT
    return np.where(short, 0.5 * unit, 0.0)
