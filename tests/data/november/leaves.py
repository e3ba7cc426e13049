"""Leaves of stored records as JSON: what numbers.json holds and what a test compares with it."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

FEW = 24  # longer arrays are kept as their size, sum and last number


def plain(value: Any) -> Any:
    """A leaf as JSON: a number, a text, or a list; of a long array its size, sum and last number."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (xr.DataArray, np.ndarray)):
        array = np.asarray(value)
        if array.dtype.kind in "fiub":
            array = array.astype(float).ravel()
            few = array if array.size <= FEW else np.array([array.size, np.nansum(array), array[-1]])
            return [number if math.isfinite(number) else str(number) for number in few.tolist()]
        return [str(text) for text in array.ravel()[:FEW]]
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def at(item: Any, path: str) -> Any:
    """What a record holds at a path such as ``fits.0.chi2``."""
    for step in path.split("."):
        if isinstance(item, Mapping):
            item = item[step]
        elif isinstance(item, (tuple, list)):
            item = item[int(step)]
        else:
            item = item[step] if isinstance(item, xr.Dataset) else getattr(item, step)
    return item
