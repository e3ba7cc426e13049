"""What a reader is given, what it gives, and what it is: three small records."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from shortrange_core.checksums import recorded, verified
from shortrange_core.errors import BadInput
from shortrange_core.files import decode, existing, read_bytes, sha256
from shortrange_core.notes import Note
from spectra.spectrum import Coordinate

HEAD_BYTES = 1 << 16
Array = npt.NDArray[Any]
Buffer = bytes | mmap.mmap


@dataclass(frozen=True, eq=False)
class Source:
    """A file or folder, looked at once.

    Parameters
    ----------
    path
        An existing file or folder.
    chunks
        Chunks of dask that are asked for; the spectra of a map may then stay in the file.
    notes
        What readers found odd in the file so far.
    """

    path: Path
    chunks: Any = None
    notes: list[Note] = field(default_factory=list)

    def odd(self, note: Note) -> None:
        """Keep what is odd in the file as a whole: every block of it carries the note."""
        if note not in self.notes:
            self.notes.append(note)

    @property
    def lazy(self) -> bool:
        """True where the spectra of a map may stay in the file."""
        return self.chunks is not None

    @cached_property
    def content(self) -> bytes:
        """All bytes of the file; BadInput where it is a folder or empty."""
        return read_bytes(self.path)

    @cached_property
    def sha256(self) -> str:
        """Hash of what was read: of the bytes in memory, where they are; of all files of a folder."""
        if "content" in self.__dict__:
            return hashlib.sha256(self.content).hexdigest()
        return sha256(self.path)

    @contextmanager
    def mapped(self) -> Iterator[Buffer]:
        """All bytes of the file: mapped, not read, where it may be lazy."""
        if not self.lazy:
            yield self.content
            return
        with self.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield content

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB of a file; nothing of a folder."""
        if self.path.is_dir():
            return b""
        with self.path.open("rb") as stream:
            return stream.read(HEAD_BYTES)

    @cached_property
    def text(self) -> str:
        """All text of the file."""
        return decode(self.content)

    @cached_property
    def head_text(self) -> str:
        """Text of the head; empty where the head holds binary data."""
        if b"\0" in self.head and not self.head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return ""
        return decode(self.head)

    @property
    def name(self) -> str:
        """Name of the file or folder."""
        return self.path.name

    @property
    def suffix(self) -> str:
        """Suffix in small letters, with its dot."""
        return self.path.suffix.lower()

    @classmethod
    def of(cls, path: Any, *, chunks: Any = None) -> Source:
        """Source of an existing, non-empty path.

        Raises
        ------
        BadInput
            If there is nothing, or an empty file.
        """
        location = existing(path)
        if location.is_file() and location.stat().st_size == 0:
            raise BadInput(f"{location.name}: is empty (0 bytes); export it again")
        source = cls(location, chunks)
        if source.lazy and location.is_file():
            verified(location)
        elif location.is_file() and recorded(location) is not None:
            source.content  # noqa: B018 - held to its checksum before anybody looks at it
        return source


@dataclass(frozen=True, eq=False, slots=True)
class StackAxis:
    """A further dimension of a stack of spectra: its name, values and unit."""

    name: str
    values: Array
    unit: str = ""


class Rows(Protocol):
    """Spectra that stay in a file."""

    @property
    def shape(self) -> tuple[int, int]:
        """Spectra and points."""

    def read(self, low: int, high: int) -> Array:
        """Spectra from low to high, (high - low) x points, as floats."""


@dataclass(frozen=True, eq=False, slots=True)
class Raw:
    """One block as a reader finds it: columns in the file's own unit and order.

    Parameters
    ----------
    name
        What ``block=`` takes.
    x
        n axis values in ``unit``.
    y
        Intensities, n or (stack..., n).
    unit
        Unit of ``x``: ppm, cm-1, eV, nm, um, s; empty where the file does not say.
    axis
        Name of the axis; empty where the file does not say.
    technique
        Such as ``"31P NMR"``; empty where the file does not say.
    intensity_unit
        Unit of ``y``.
    noise, counts, imaginary
        Further columns over ``x``.
    stack
        Further dimensions of ``y``, slowest first; ``labels`` are coordinates along the first of them, ``label_units``
        their units.
    coords
        Scalar coordinates.
    history
        What the reader did beside sorting.
    preferred
        True for the block that is meant when none is named.
    problem
        Why this block is no spectrum; empty where it is one.
    rows
        Spectra of a map that stay in the file; ``y`` is empty then.
    notes
        What is odd in the file, or was assumed: the spectrum carries it.
    from_fermi_level
        True where the format's kinetic energies and the photon energy of the file give binding energies.
    """

    name: str
    x: Array
    y: Array
    unit: str = ""
    axis: str = ""
    technique: str = ""
    intensity_unit: str = "arbitrary"
    noise: Array | None = None
    counts: Array | None = None
    imaginary: Array | None = None
    stack: tuple[StackAxis, ...] = ()
    labels: Mapping[str, Array] = field(default_factory=dict)
    label_units: Mapping[str, str] = field(default_factory=dict)
    coords: Mapping[str, Coordinate] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    preferred: bool = False
    problem: str = ""
    rows: Rows | None = None
    notes: tuple[Note, ...] = ()
    from_fermi_level: bool = False


def unreadable(name: str, problem: str) -> Raw:
    """A block that is listed but is no spectrum, with the reason."""
    empty = np.zeros(0)
    return Raw(name, empty, empty, problem=problem)


@dataclass(frozen=True, slots=True)
class Reader:
    """One format.

    Parameters
    ----------
    name
        Short name, such as ``"jcamp"``.
    title
        What a user calls it, such as ``"JCAMP-DX"``.
    suffixes
        Suffixes that hint at it, with their dots; they only break ties.
    sniff
        Takes a Source, gives how sure the format is: 0 (no) to 1; reads no more than the head.
    parse
        Takes a Source, gives its blocks; raises BadInput where the file is damaged.
    gives, held_to
        What a user gets of it, and the files and programs that its tests compare it with: docs/formats.md.
    instead
        Of a format that is known and not read: which export to make.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    sniff: Callable[[Source], float]
    parse: Callable[[Source], tuple[Raw, ...]]
    gives: str = ""
    held_to: str = ""
    instead: str = ""


def need(condition: bool, source: Source, problem: str) -> None:
    """Raise BadInput with the file's name where ``condition`` does not hold."""
    if not condition:
        raise BadInput(f"{source.name}: {problem}")


def intact(condition: bool, source: Source, problem: str) -> None:
    """Raise BadInput that says the file is truncated or damaged where ``condition`` does not hold."""
    need(condition, source, f"{problem}; it is truncated or damaged: copy or export it again")


def stated_numbers(settings: Mapping[str, str], names: Mapping[str, str]) -> dict[str, float]:
    """Numbers of a header under names of ours (ours -> the file's); what is absent or no number is left out.

    Examples
    --------
    >>> stated_numbers({"Pass Energy": "50", "Dwell": "?"}, {"pass_energy": "Pass Energy", "dwell_time": "Dwell"})
    {'pass_energy': 50.0}
    """
    numbers = {}
    for name, key in names.items():
        with contextlib.suppress(KeyError, ValueError):
            numbers[name] = float(settings[key])
    return numbers
