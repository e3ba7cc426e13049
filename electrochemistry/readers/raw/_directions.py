"""Currents without a sign and counters of one direction: what a column of words or a second counter makes of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from electrochemistry.cells import NET_CAPACITY
from shortrange_core import BadInput
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import spelled

DIRECTION = "direction"
CHARGING, DISCHARGING, STEP_CAPACITY = "charging_capacity_ah", "discharging_capacity_ah", "step_capacity_ah"
COUNTERS = (CHARGING, DISCHARGING, STEP_CAPACITY)
_SIGNS: Mapping[str, float] = {"charge": 1.0, "discharge": -1.0, "rest": 0.0}
_MODE = r"(?:cc|cv|cccv|cp|cr|rate)?"
_CHARGES = re.compile(_MODE + r"(?:c|ch|chg|charge|charging|laden)")
_DISCHARGES = re.compile(_MODE + r"(?:d|dis|dch|dchg|dischg|discharge|discharging|entladen)")
_RESTS = re.compile(r"r|rest|pause|p|ocv|ocp|idle|ruhe")
_CHINESE: tuple[tuple[str, float], ...] = (("放电", -1.0), ("充电", 1.0), ("搁置", 0.0), ("静置", 0.0))
"""In the words of Neware and LAND, behind constant current or voltage: discharge, charge, and two for rest."""
_BOTH_WAYS = "充放电"  # charges and discharges, which is no direction
RESET = 0.99  # of the value before: a counter that falls below it began again
IMPOSSIBLE = 1e9  # times what all other rows add
Vector = npt.NDArray[np.float64]


def known_direction(word: str) -> float | None:
    """Sign of a word that instruments write (+1 charges, -1 discharges, 0 rests), or None.

    Examples
    --------
    >>> known_direction("CC DChg"), known_direction("R"), known_direction("noon")
    (-1.0, 0.0, None)
    >>> known_direction("恒流放电"), known_direction("恒流恒压充电"), known_direction("搁置")
    (-1.0, 1.0, 0.0)
    >>> known_direction("恒流充放电"), known_direction("放电后搁置")
    (None, None)
    """
    chinese = [sign for part, sign in _CHINESE if part in word.replace(_BOTH_WAYS, "")]
    if len(chinese) == 1:
        return chinese[0]
    plain = re.sub(r"[^a-z]", "", word.casefold())
    patterns = ((_DISCHARGES, -1.0), (_CHARGES, 1.0), (_RESTS, 0.0))
    return next((sign for pattern, sign in patterns if pattern.fullmatch(plain)), None)


def _stated(declared: str) -> tuple[str, dict[str, float]]:
    """Name of the column and the words that are stated: ``State [C=charge, D=discharge]``."""
    match = re.fullmatch(r"(?P<name>.+?)\s*(?:\[(?P<words>[^\[\]]*)\])?", declared.strip())
    assert match is not None
    words: dict[str, float] = {}
    for part in (match["words"] or "").split(","):
        word, _, meaning = (text.strip() for text in part.partition("="))
        if part.strip() and meaning not in _SIGNS:
            raise BadInput(f"direction is declared as {declared!r}; write 'column name [word=charge, word=discharge]'")
        if part.strip():
            words[word] = _SIGNS[meaning]
    return match["name"], words


def direction_column(declared: str) -> str:
    """Name of the column that the direction is declared to stand in."""
    return _stated(declared)[0]


def signs_of(cells: Sequence[str], declared: str, flowing: npt.NDArray[np.bool_]) -> Vector:
    """Sign of every row (+1 charges, -1 discharges, 0 rests) by the words of a column.

    Parameters
    ----------
    cells
        Words of the column, n.
    declared
        ``"State"``, or ``"State [C=charge, D=discharge]"`` where the words are not those that instruments write.
    flowing
        Rows in which a current flows: their words must be known.

    Raises
    ------
    BadInput
        If a word of a flowing row has no meaning, with the words that there are.

    Examples
    --------
    >>> signs_of(["CC Chg", "Rest", "CC DChg"], "Step", np.array([True, False, True])).tolist()
    [1.0, 0.0, -1.0]
    >>> signs_of(["1", "2"], "Mode [1=charge, 2=discharge]", np.array([True, True])).tolist()
    [1.0, -1.0]
    """
    name, words = _stated(declared)
    meanings = {word: words.get(word, known_direction(word) if not words else None) for word in set(cells)}
    open_ = Counter(word for word, flows in zip(cells, flowing, strict=True) if flows and meanings[word] is None)
    if open_:
        listed = ", ".join(f"{word!r} ({counted(count, 'row')})" for word, count in open_.most_common(8))
        raise BadInput(
            f"column {name!r}: a current flows in rows of {listed}, whose direction is not known; write "
            f"direction={name} [word=charge, word=discharge, word=rest]"
        )
    return np.array([meanings[word] or 0.0 for word in cells], dtype=float)


def check_unsigned(current: Vector, words: Mapping[str, Sequence[str]]) -> None:
    """Refuse currents of one sign beside a column whose words say that the direction changes.

    Parameters
    ----------
    current
        n values.
    words
        Column name -> its n cells, of the columns that hold no numbers.

    Raises
    ------
    BadInput
        If rows with a current are called charge in one place and discharge in another.
    """
    if (current < 0).any() and (current > 0).any():
        return
    flowing = np.flatnonzero(np.abs(current) > 0).tolist()
    for name, cells in words.items():
        written = {cells[row] for row in flowing}
        ways = {sign: word for word in sorted(written) if (sign := known_direction(word))}
        if len(ways) == 2:
            way = spelled(f"columns={{'direction': {name!r}}}", command_line=f"--column direction={name}", recipe=name)
            raise BadInput(
                f"all currents have one sign, and column {name!r} calls rows {ways[1.0]!r} and {ways[-1.0]!r}: the "
                f"currents have no sign; give {way} in place of the sign of the current"
            )


def net_charge(columns: Mapping[str, Vector], sign: Vector) -> Vector | None:
    """Signed charge since the first row from counters of one direction that may begin again, or None without them.

    Parameters
    ----------
    columns
        Ah; counters of charge and of discharge (both), or one counter of each step.
    sign
        Direction of every row, for a counter of steps.

    Examples
    --------
    >>> counters = {CHARGING: np.array([0.0, 1.0, 1.0, 0.0]), DISCHARGING: np.array([0.0, 0.0, 0.5, 0.2])}
    >>> net_charge(counters, np.zeros(4)).round(6).tolist()
    [0.0, 1.0, 0.5, 0.3]
    >>> net_charge({STEP_CAPACITY: np.array([0.1, 0.4, 0.0, 0.3])}, np.array([1.0, 1, 0, -1])).round(6).tolist()
    [0.1, 0.4, 0.4, 0.1]
    """
    if CHARGING in columns and DISCHARGING in columns:
        return np.asarray(np.cumsum(_rises(columns[CHARGING]) - _rises(columns[DISCHARGING])), dtype=float)
    if STEP_CAPACITY not in columns:
        return None
    flows = np.maximum.accumulate(np.where(sign != 0, np.arange(sign.size), 0))  # the last row with a current
    turned = np.concatenate([[False], np.diff(sign[flows]) != 0])
    return np.asarray(np.cumsum(sign * _rises(np.abs(columns[STEP_CAPACITY]), turned)), dtype=float)


def _rises(counter: Vector, turned: npt.NDArray[np.bool_] | None = None) -> Vector:
    """Charge that each row adds; where a counter falls, or the current turned its direction, it began again at 0."""
    if counter.size == 0:
        return counter
    before = np.concatenate([[0.0], counter[:-1]])
    again = counter < RESET * before
    if turned is not None:
        again |= turned & (counter != before)
    return np.where(again, counter, np.maximum(counter - before, 0.0))


def check_rises(columns: Mapping[str, Vector]) -> tuple[str, ...]:
    """Problems of counters that add in one row a thousand million times what all others add: every row denies it."""
    problems = []
    for name in (CHARGING, DISCHARGING):
        rises = _rises(columns[name])[1:] if name in columns else np.zeros(0)
        if rises.size and 0 < float(rises.sum() - rises.max()) * IMPOSSIBLE < float(rises.max()):
            row = int(np.argmax(rises)) + 2
            problems.append(f"row {row}: {name} rises by {rises.max():.4g} Ah, which no other row supports; correct it")
    return tuple(problems)


def check_counters(columns: Mapping[str, object]) -> tuple[str, ...]:
    """Problems of the counters that are declared: one of a pair, or several that say the same."""
    problems = []
    if (CHARGING in columns) != (DISCHARGING in columns):
        problems.append(f"declare both {CHARGING} and {DISCHARGING}, or neither")
    kinds = [NET_CAPACITY in columns, CHARGING in columns or DISCHARGING in columns, STEP_CAPACITY in columns]
    if sum(kinds) > 1:
        problems.append(f"declare one counter: {NET_CAPACITY}, {CHARGING} with {DISCHARGING}, or {STEP_CAPACITY}")
    return tuple(problems)
