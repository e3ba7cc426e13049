"""PalmSens PSTrace sessions (.pssession): JSON with the impedance data of every measurement as columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from electrochemistry.readers.raw import Column, Format, Table
from shortrange_core import BadInput

_SESSION = re.compile(r'"PalmSens\.DataFiles\.SessionFile"', re.IGNORECASE)
_NEEDED = {"frequency": "freq/Hz", "zre": "Re(Z)/Ohm", "zim": "Im(Z)/Ohm"}
_HEAD = 400


def _sniff(text: str) -> bool:
    return text.lstrip("\ufeff").startswith("{") and _SESSION.search(text[:_HEAD]) is not None


def _tables(text: str, file: str) -> list[Table]:
    """Every spectrum of every measurement: of its list of spectra, or of its data set where that holds one.

    Raises
    ------
    BadInput
        If the JSON is cut, or no measurement holds an impedance.
    """
    try:
        session, _ = json.JSONDecoder().raw_decode(text.lstrip("\ufeff"))
    except ValueError as error:
        raise BadInput(
            f"{file}: is not complete JSON ({error}); it is truncated or damaged: save the session again"
        ) from error
    measurements = [part for part in _part(session, "measurements") or () if isinstance(part, dict)]
    tables = [table for measurement in measurements for table in _spectra(measurement, file)]
    if not tables:
        titles = ", ".join(str(_part(part, "title")) for part in measurements) or "nothing"
        raise BadInput(
            f"{file}: contains {titles}, but no impedance; for other uses export currents and potentials as csv"
        )
    return tables


def _spectra(measurement: Mapping[str, Any], file: str) -> Iterator[Table]:
    listed = [part for part in _part(measurement, "eisdatalist") or () if isinstance(part, dict)]
    for part in [measurement] if len(listed) == 1 else listed:
        for scan in _part(part, "subscans") or (part,):  # of a channel that was measured at several potentials
            columns = _columns(scan, str(_part(measurement, "title")), file)
            if columns:
                yield Table(columns, str(_part(measurement, "title") or ""))


def _columns(part: Mapping[str, Any], title: str, file: str) -> dict[str, Column]:
    """Frequency and both parts; the unit says whether the imaginary part is stored negative."""
    listed = _part(_part(part, "dataset"), "values") or ()
    arrays = {str(_part(array, "description")).lower(): array for array in listed}
    if not set(_NEEDED) <= set(arrays):
        return {}
    negative = str(_part(_part(arrays["zim"], "unit"), "q")).startswith("-")
    names = {**_NEEDED, **({"zim": "-Im(Z)/Ohm"} if negative else {})}
    try:
        by_name = {
            name: np.array([_part(cell, "v") for cell in _part(arrays[key], "datavalues")], dtype=float)
            for key, name in names.items()
        }
    except (TypeError, ValueError) as error:
        raise BadInput(f"{file}: a value of {title!r} is not a number ({error}); save the session again") from error
    if len({values.size for values in by_name.values()}) > 1:
        sizes = ", ".join(f"{name} {values.size}" for name, values in by_name.items())
        raise BadInput(f"{file}: the columns of {title!r} differ in length ({sizes}); it is damaged: save it again")
    return by_name


def _part(held: Any, name: str) -> Any:
    """What stands under a name, in whichever case the version of the program writes it."""
    if not isinstance(held, Mapping):
        return None
    return next((value for key, value in held.items() if key.lower() == name), None)


FORMAT = Format("palmsens", (".pssession",), _sniff, _tables)
