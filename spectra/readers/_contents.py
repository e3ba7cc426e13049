"""What a file holds, as a list of its blocks."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from shortrange_core.showing import Shown
from spectra.readers._reading import blocks_of
from spectra.readers.raw import Raw, Reader


@dataclass(frozen=True, slots=True)
class Block(Shown):
    """What a file holds under one name.

    Parameters
    ----------
    name
        What ``block=`` takes.
    format
        Name of the reader.
    technique, axis, unit
        What the file says; empty where it does not.
    shape
        Number of points, after the sizes of further dimensions.
    lowest, highest
        Range of the axis in ``unit``.
    maximum_at
        Axis value of the largest intensity.
    problem
        Why it is no spectrum; empty where it is one.
    """

    name: str
    format: str
    technique: str
    axis: str
    unit: str
    shape: tuple[int, ...]
    lowest: float
    highest: float
    maximum_at: float
    problem: str = ""


def contents(path: str | os.PathLike[str]) -> tuple[Block, ...]:
    """List the blocks of a file or folder.

    Parameters
    ----------
    path
        An instrument file, or a TopSpin experiment folder.

    Returns
    -------
    tuple of Block
        In the order of the file.

    Raises
    ------
    BadInput
        If there is no such file, or no reader recognises it, or it is damaged.
    """
    _, reader, blocks = blocks_of(path)
    return tuple(_summary(raw, reader) for raw in blocks)


def _summary(raw: Raw, reader: Reader) -> Block:
    empty = raw.x.size == 0
    low, high = (np.nan, np.nan) if empty else (float(np.min(raw.x)), float(np.max(raw.x)))
    at = np.nan
    if not empty and raw.y.size:
        curve = np.abs(raw.y) if np.iscomplexobj(raw.y) else raw.y
        at = float(raw.x[int(np.argmax(curve)) % raw.x.size])
    axis = raw.axis or {"ppm": "chemical_shift", "nm": "wavelength", "um": "wavelength", "s": "time"}.get(raw.unit, "")
    return Block(
        raw.name, reader.name, raw.technique, axis, raw.unit, tuple(np.shape(raw.y)), low, high, at, raw.problem
    )
