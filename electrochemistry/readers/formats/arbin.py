"""Arbin workbooks (.xlsx exports of MITS): the sheets ``Channel_<channel>_<part>`` of one channel, joined."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import openpyxl
import xarray as xr

from electrochemistry.cells import cycling_table
from electrochemistry.readers.raw import (
    CHARGING,
    DISCHARGING,
    ZIP_MAGIC,
    archive_member,
    archive_names,
    foreign,
    net_charge,
)
from shortrange_core import AmbiguousFile, BadInput, Note
from shortrange_core.files import decode
from shortrange_core.spelling import option

_BOOK = "xl/workbook.xml"
_SHEET = re.compile(r"Channel[_-](?P<channel>\d+(?:-\d+)?)(?:_(?P<part>\d+))?", re.IGNORECASE)
_COLUMNS = ("Test_Time(s)", "Voltage(V)", "Current(A)")
_CHARGE, _DISCHARGE, _CYCLE, _STEP = "Charge_Capacity(Ah)", "Discharge_Capacity(Ah)", "Cycle_Index", "Step_Index"


def sniff(content: bytes, file: str) -> bool:
    """True where the bytes are a workbook with a sheet of a channel."""
    if not content.startswith(ZIP_MAGIC) or _BOOK not in archive_names(content, file):
        return False
    names = re.findall(r'<sheet\b[^>]*?\bname="([^"]*)"', decode(archive_member(content, file, _BOOK)))
    return any(_SHEET.fullmatch(name) for name in names)


def read(content: bytes, file: str, *, block: str | None) -> xr.Dataset:
    """Cycling record of one channel.

    Parameters
    ----------
    content, file
        Bytes of the workbook, and its name for messages.
    block
        Channel, such as ``"11"``, where the workbook holds several.

    Raises
    ------
    BadInput
        If the workbook is damaged or lacks a column.
    AmbiguousFile
        If it holds several channels and none is named.
    """
    notes: list[Note] = []
    sheets: dict[str, list[list[tuple[Any, ...]]]] = {}
    with foreign(file, "openpyxl", notes):
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            for sheet in workbook.worksheets:
                match = _SHEET.fullmatch(sheet.title)
                if match:
                    sheets.setdefault(match["channel"], []).append(list(sheet.iter_rows(values_only=True)))
        finally:
            workbook.close()
    channel = _chosen(tuple(sheets), file, block)
    columns = _columns(sheets[channel], file)
    step = columns.get(_STEP)
    return cycling_table(
        *(columns[name] for name in _COLUMNS),
        net_capacity_ah=_net(columns),
        cycle_count=columns.get(_CYCLE),
        step_count=None if step is None or not step.size else 1 + np.concatenate([[0], np.cumsum(np.diff(step) != 0)]),
        history=[*notes, f"Arbin workbook, channel {channel}: current as written, + = charging"],
    )


def _chosen(channels: tuple[str, ...], file: str, block: str | None) -> str:
    if block is not None and block not in channels:
        raise BadInput(f"{file}: has no channel {block!r}; there are {', '.join(channels)}")
    if block is None and len(channels) > 1:
        raise AmbiguousFile(
            f"{file}: contains channels {', '.join(channels)}; choose one with {option('block')}", channels
        )
    return block if block is not None else channels[0]


def _columns(parts: Sequence[Sequence[tuple[Any, ...]]], file: str) -> dict[str, npt.NDArray[np.float64]]:
    joined: dict[str, list[npt.NDArray[np.float64]]] = {}
    for rows in parts:
        names = [str(cell).strip() for cell in rows[0]] if rows else []
        missing = [name for name in _COLUMNS if name not in names]
        if missing:
            raise BadInput(
                f"{file}: a sheet of the channel lacks {', '.join(missing)}; export the raw data of the channel"
            )
        for name in (*_COLUMNS, _CHARGE, _DISCHARGE, _CYCLE, _STEP):
            if name in names:
                index = names.index(name)
                cells = [_number(row[index] if index < len(row) else None) for row in rows[1:]]
                joined.setdefault(name, []).append(np.array(cells, dtype=float))
    columns = {name: np.concatenate(values) for name, values in joined.items() if len(values) == len(parts)}
    keep = np.logical_and.reduce([np.isfinite(values) for values in columns.values()])
    return {name: values[keep] for name, values in columns.items()}


def _number(cell: Any) -> float:
    return float(cell) if isinstance(cell, (int, float)) else float("nan")


def _net(columns: dict[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64] | None:
    """Charge minus discharge; both counters may begin again at a cycle."""
    counters = {CHARGING: columns.get(_CHARGE), DISCHARGING: columns.get(_DISCHARGE)}
    return net_charge({name: values for name, values in counters.items() if values is not None}, np.zeros(0))
