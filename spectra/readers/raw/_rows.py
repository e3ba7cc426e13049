"""Spectra of a map that stay in the file: where they lie, and how a range of them is read when it is computed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from shortrange_core.errors import BadInput
from spectra.readers.raw._dialect import Dialect
from spectra.readers.raw._records import Array


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as it was when its map was opened.

    Parameters
    ----------
    path
        The file.
    size
        Its bytes.
    modified
        Time of its last change in ns.
    """

    path: Path
    size: int
    modified: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """Stamp of a file as it is now."""
        state = path.stat()
        return cls(path, state.st_size, state.st_mtime_ns)

    def open(self) -> IO[bytes]:
        """The file, opened for reading.

        Raises
        ------
        BadInput
            If it is gone or changed since: its spectra would lie elsewhere.
        """
        try:
            stream = self.path.open("rb")
        except OSError as error:
            raise BadInput(f"{self.path.name}: cannot be read any more ({error.strerror}); read it again") from error
        state = os.fstat(stream.fileno())
        if (state.st_size, state.st_mtime_ns) != (self.size, self.modified):
            stream.close()
            raise BadInput(f"{self.path.name}: was changed since its map was opened; read it again")
        return stream


@dataclass(frozen=True, slots=True)
class BinaryRows:
    """Spectra as binary numbers at equal distances.

    Parameters
    ----------
    stamp
        The file.
    start
        Byte of the first value.
    step
        Bytes from one spectrum to the next.
    kind
        Type of a value, such as ``"<f4"``.
    shape
        Spectra and points.
    """

    stamp: Stamp
    start: int
    step: int
    kind: str
    shape: tuple[int, int]

    def read(self, low: int, high: int) -> Array:
        """Spectra from low to high, (high - low) x points."""
        wanted = self.shape[1] * np.dtype(self.kind).itemsize
        size = self.step * (high - low - 1) + wanted
        with self.stamp.open() as stream:
            stream.seek(self.start + self.step * low)
            content = np.frombuffer(stream.read(size), np.uint8)
        if content.size < size:
            raise BadInput(
                f"{self.stamp.path.name}: ends inside spectrum {high - 1}; it is truncated: copy or export it again"
            )
        strided = np.lib.stride_tricks.as_strided(content, (high - low, wanted), (self.step, 1), writeable=False)
        return np.ascontiguousarray(strided).view(self.kind).astype(np.float64)


@dataclass(frozen=True, eq=False, slots=True)
class TextRows:
    """Spectra as lines of a text: some cells of the place, then the intensities.

    Parameters
    ----------
    stamp
        The file.
    starts
        Byte of every line, and of the end of the last one.
    skipped
        Cells before the intensities.
    dialect
        How a line is written.
    shape
        Spectra and points.
    """

    stamp: Stamp
    starts: Array
    skipped: int
    dialect: Dialect
    shape: tuple[int, int]

    def read(self, low: int, high: int) -> Array:
        """Spectra from low to high, (high - low) x points."""
        first = int(self.starts[low])
        with self.stamp.open() as stream:
            stream.seek(first)
            content = stream.read(int(self.starts[high]) - first)
        block = np.empty((high - low, self.shape[1]))
        for row in range(low, high):
            line = content[int(self.starts[row]) - first : int(self.starts[row + 1]) - first].decode("latin-1")
            values = self.dialect.numbers(line)
            if values is None or len(values) != self.skipped + self.shape[1]:
                wanted = self.skipped + self.shape[1]
                raise BadInput(
                    f"{self.stamp.path.name}: spectrum {row} does not have {wanted} numbers; "
                    "it is truncated or damaged: copy or export it again"
                )
            block[row - low] = values[self.skipped :]
        return block
