"""The number forms of JCAMP-DX: AFFN, PAC, SQZ, DIF and DUP, with the ordinate checks that DIF carries.

The forms are those of McDonald and Wilks, Appl. Spectrosc. 42 (1988) 151, 10.1366/0003702884428734.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import BadInput

_SQZ = {**{c: i for i, c in enumerate("@ABCDEFGHI")}, **{c: -i for i, c in enumerate("abcdefghi", start=1)}}
_DIF = {**{c: i for i, c in enumerate("%JKLMNOPQR")}, **{c: -i for i, c in enumerate("jklmnopqr", start=1)}}
_DUP = {c: i for i, c in enumerate("STUVWXYZs", start=1)}
_SIGNED_EXPONENT = r"(?:[Ee][+-]\d{1,3})?"
_ANY_EXPONENT = r"(?:[Ee][+-]?\d{1,3})?"
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_FIRST = re.compile(rf"\s*({_NUMBER}{_SIGNED_EXPONENT})")
_TOKEN = re.compile(
    rf"\s*(?:,?\s*)(?:(?P<plain>{_NUMBER}{_SIGNED_EXPONENT})|(?P<sqz>[@A-Ia-i])(?P<sd>[\d.]*)"
    r"|(?P<dif>[%J-Rj-r])(?P<dd>[\d.]*)|(?P<dup>[S-Zs])(?P<nd>\d*)|(?P<missing>\?))"
)
_AFFN = re.compile(rf"{_NUMBER}{_ANY_EXPONENT}|\?")
_LETTERS = re.compile(r"[@%A-Za-z]")
LONGEST_NUMBER = 30
MOST_REPEATS = 10_000_000


@dataclass(frozen=True, eq=False, slots=True)
class Ordinates:
    """Decoded lines: ordinates, and for every line its abscissa with the index of its first new ordinate."""

    values: npt.NDArray[np.float64]
    abscissae: npt.NDArray[np.float64]
    starts: npt.NDArray[np.int64]
    decimals: npt.NDArray[np.int64]


def plain(body: str) -> bool:
    """True where a table holds plain numbers only (AFFN, with E as the exponent, or PAC)."""
    bare = re.sub(r"(?<=[\d.])[Ee](?=[+-]?\d)", "", body)
    return _LETTERS.search(bare) is None


def pairs(body: str) -> npt.NDArray[np.float64]:
    """Numbers of an ``(XY..XY)`` table as n x 2.

    Raises
    ------
    BadInput
        If it holds anything but numbers, or an odd number of them.

    Examples
    --------
    >>> pairs("1.0, 2.0; 3.0, 4.0").tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    if not plain(body):
        raise BadInput(
            "the table (XY..XY) contains letters where numbers belong; the file is damaged: copy or export it again"
        )
    _check_plain(body, "the table (XY..XY)")
    numbers = [np.nan if text == "?" else float(text) for text in _AFFN.findall(body)]
    if len(numbers) % 2 or not numbers:
        raise BadInput(
            f"the table (XY..XY) contains {len(numbers)} numbers, which do not form pairs; "
            "it is truncated or damaged: copy or export it again"
        )
    return np.array(numbers).reshape(-1, 2)


def decode(body: str, *, limit: int) -> Ordinates:
    r"""Decode an ``(X++(Y..Y))`` table.

    Parameters
    ----------
    body
        Lines of the table, comments removed.
    limit
        More ordinates than this are refused before they take memory.

    Raises
    ------
    BadInput
        If a line contains an invalid number form, or a DIF line does not begin with the last ordinate before it.

    Examples
    --------
    >>> decode("1 A0A1A2\n4 A3JJ\n6 A5", limit=10).values.tolist()
    [10.0, 11.0, 12.0, 13.0, 14.0, 15.0]
    """
    simple = plain(body)
    values: list[float] = []
    abscissae: list[float] = []
    starts: list[int] = []
    decimals: list[int] = []
    differenced = False
    for number, line in enumerate(body.split("\n"), start=1):
        if not line.strip():
            continue
        x, rest = _abscissa(line, number, simple=simple)
        ordinates, ends_in_difference = _plain_line(rest, number) if simple else _line(rest, number, limit)
        abscissae.append(float(x))
        decimals.append(len(x.partition(".")[2].rstrip("eE+-")) if "e" not in x.lower() else 0)
        starts.append(len(values))
        if differenced and ordinates:
            _check_ordinate(values[-1], ordinates[0], number)
            starts[-1] -= 1
            ordinates = ordinates[1:]
        values += ordinates
        differenced = ends_in_difference
        if len(values) > limit:
            raise BadInput(
                f"line {number} of the table gives more than {limit} ordinates, more than the header states; "
                "the file is damaged: copy or export it again"
            )
    return Ordinates(np.array(values), np.array(abscissae), np.array(starts), np.array(decimals))


def _abscissa(line: str, number: int, *, simple: bool) -> tuple[str, str]:
    match = (_AFFN if simple else _FIRST).match(line.strip())
    if match is None or match[0] == "?":
        raise BadInput(
            f"line {number} of the table ({line.strip()[:30]!r}) does not begin with an abscissa; "
            "the file is damaged: copy or export it again"
        )
    text = match[0].strip()
    return text, line.strip()[match.end() :]


def _plain_line(rest: str, number: int) -> tuple[list[float], bool]:
    _check_plain(rest, f"line {number} of the table")
    return [np.nan if text == "?" else float(text) for text in _AFFN.findall(rest)], False


def _check_plain(text: str, where: str) -> None:
    """Between numbers stand blanks, commas and semicolons; anything else was a digit or a sign."""
    left = _AFFN.sub(" ", text)
    if strange := left.strip(" \t\n,;"):
        raise BadInput(
            f"{where} contains {strange.split()[0][:10]!r} among its numbers; the file is damaged: "
            "copy or export it again"
        )
    glued = [match[0] for match in _AFFN.finditer(text) if len(match[0]) > LONGEST_NUMBER]
    if glued:
        raise BadInput(
            f"{where} contains {glued[0][:40]!r}, two numbers run together; the file is damaged: "
            "copy or export it again"
        )


def _check_ordinate(last: float, first: float, number: int) -> None:
    if np.isfinite(last) and np.isfinite(first) and abs(last - first) > 0.5:
        raise BadInput(
            f"line {number} of the table begins with the ordinate {first:g}, but the line before ends with {last:g}; "
            "the DIF check fails; the file is damaged: copy or export it again"
        )


def _line(rest: str, number: int, limit: int) -> tuple[list[float], bool]:
    """Ordinates of one line, and whether it ends in the DIF form."""
    values: list[float] = []
    position = 0
    difference: float | None = None
    rest = rest.rstrip()
    while position < len(rest):
        match = _TOKEN.match(rest, position)
        if match is None:
            raise BadInput(
                f"line {number} of the table contains {rest[position : position + 10]!r}, which is not a valid "
                "number form; the file is damaged: copy or export it again"
            )
        position = match.end()
        if match["dup"]:
            repeats = int(f"{_DUP[match['dup']]}{match['nd']}") - 1
            if not values or repeats > min(limit + 1, MOST_REPEATS):
                raise BadInput(
                    f"line {number} of the table repeats nothing, or more than {limit} times; "
                    "the file is damaged: copy or export it again"
                )
            values += _repeated(values[-1], difference, repeats)
            continue
        if match["dif"]:
            if not values:
                raise BadInput(
                    f"line {number} of the table begins with a difference and no value before it; "
                    "the file is damaged: copy or export it again"
                )
            difference = _digits(_DIF[match["dif"]], match["dd"])
            values.append(values[-1] + difference)
            continue
        difference = None
        values.append(_value(match))
    return values, difference is not None


def _repeated(last: float, difference: float | None, repeats: int) -> list[float]:
    step = difference or 0.0
    return [last + step * (index + 1) for index in range(repeats)]


def _value(match: re.Match[str]) -> float:
    if match["missing"]:
        return float("nan")
    return _digits(_SQZ[match["sqz"]], match["sd"]) if match["sqz"] else float(match["plain"])


def _digits(first: int, rest: str) -> float:
    """Number whose first digit carries the sign: -1 and "25" is -125; a negative zero does not exist."""
    return float(f"{'-' if first < 0 else ''}{abs(first)}{rest}")
