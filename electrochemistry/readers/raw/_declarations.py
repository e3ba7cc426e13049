"""How the columns of a cycling table are declared where the user stands, by what its titles say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from electrochemistry.cells import CURRENT, TIME, VOLTAGE
from electrochemistry.readers.raw._directions import DIRECTION
from electrochemistry.readers.raw._electrodes import DIFFERENCE, ECE, EWE
from shortrange_core.spelling import spelled

OPEN = "?"
"""Stands where a unit is to be written; it is none, so that a declaration that was only copied is refused."""


def columns_option() -> str:
    """What declares the columns of a cycling table."""
    return spelled("columns=", command_line="--column", recipe="columns")


def declaration(columns: Mapping[str, tuple[str, str]], directions: Sequence[str] = ()) -> str:
    """The way out of a table without units: what each column is taken for, as its declaration.

    Parameters
    ----------
    columns
        Quantity -> title and unit, empty where the title says none.
    directions
        Columns that may hold words of direction; the first is taken.

    Examples
    --------
    >>> declaration({TIME: ("t", "h"), DIFFERENCE: ("E", "")} | {CURRENT: ("I", "mA")}, ["State"])
    "declare columns={'test_time_second': 't [h]', 'voltage_volt': 'E [?]', 'current_ampere': 'I [mA]', \
'direction': 'State'}, with units in place of ?"
    """
    voltage = next(name for name in (DIFFERENCE, EWE, ECE) if name in columns)
    titles = {TIME: columns[TIME], VOLTAGE: columns[voltage], CURRENT: columns[CURRENT]}
    written = {quantity: f"{title} [{unit or OPEN}]" for quantity, (title, unit) in titles.items()}
    if directions:
        written[DIRECTION] = directions[0]
    told = spelled(
        f"columns={written}",
        command_line=" ".join(f"--column '{quantity}={title}'" for quantity, title in written.items()),
        recipe="columns = {" + ", ".join(f'{quantity} = "{title}"' for quantity, title in written.items()) + "}",
    )
    sign = spelled("current_sign=", command_line="--current-sign", recipe="current_sign")
    return f"declare {told}{'' if directions else f' and {sign}'}, with units in place of {OPEN}"
