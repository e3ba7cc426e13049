"""Maps whose spectra stay in the file until they are computed, chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import dask.array
import numpy as np
from dask.delayed import delayed

from shortrange_core.errors import BadInput
from spectra.readers._stacks import spectrum_noise
from spectra.readers.raw import Array, Rows

BLOCK_BYTES = 1 << 22
"""Bytes of the spectra that are read together where no number is asked for."""
ARRAYS: Any = dask.array  # dask says nothing of its types
DELAYED: Any = delayed


def lazy_arrays(rows: Rows, order: Array, chunks: Any) -> tuple[Any, Any]:
    """Intensity and noise of a map as dask arrays, one read a block.

    Parameters
    ----------
    rows
        n spectra of m points in a file.
    order
        The m positions that sort the axis.
    chunks
        As :meth:`xarray.Dataset.chunk` takes them; spectra of a block where they name ``pixel``.

    Returns
    -------
    intensity, noise : dask.array.Array
        Both n x m; the noise of a spectrum is estimated when its block is read.
    """
    spectra, points = rows.shape
    length = _spectra_together(chunks, points)
    edges = [*range(0, spectra, length), spectra]
    sizes = tuple(high - low for low, high in pairwise(edges))
    read = DELAYED(_block, pure=False)
    parts = [
        ARRAYS.from_delayed(read(rows, order, low, high), (high - low, points), float) for low, high in pairwise(edges)
    ]
    intensity = ARRAYS.concatenate(parts)
    level = intensity.map_blocks(_noise_column, dtype=float, chunks=(sizes, (1,)))
    return intensity, ARRAYS.broadcast_to(level, (spectra, points), chunks=intensity.chunks)


def _spectra_together(chunks: Any, points: int) -> int:
    number = chunks.get("pixel") if isinstance(chunks, Mapping) else chunks
    if isinstance(number, int) and not isinstance(number, bool):
        if number == 0 or number < -1:
            raise BadInput(f"chunks= {chunks!r}: is a number of spectra above 0, or -1 for all")
        return number if number > 0 else np.iinfo(np.int64).max
    return max(BLOCK_BYTES // (8 * points), 1)


def _block(rows: Rows, order: Array, low: int, high: int) -> Array:
    read = rows.read(low, high)
    return np.ascontiguousarray(read[:, ::-1] if _reversed(order) else read[:, order])


def _reversed(order: Array) -> bool:
    return bool(order.size > 1 and order[0] == order.size - 1 and np.all(np.diff(order) == -1))


def _noise_column(block: Array) -> Array:
    return spectrum_noise(block)[:, None]
