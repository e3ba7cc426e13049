"""Compound files (.xls) before another package follows their chains and counts: those of a damaged one have no end."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

HEADER_BYTES, ENTRY_BYTES = 512, 128
HIGHEST_SECTOR = 0xFFFFFFFA
"""Numbers from here on end a chain or mark a sector that belongs to none."""
SMALL_STREAM_BYTES, SMALL_SECTOR_BYTES = 4096, 64
STREAM, ROOT = 2, 5
SECTOR_SHIFTS = (9, 12)
Numbers = npt.NDArray[np.uint32]


def streams(content: bytes) -> dict[str, bytes]:
    """Streams of a compound file by their names.

    Raises
    ------
    ValueError
        If a chain of its sectors comes back to itself, or a stream is longer than the file.
    """
    if len(content) < HEADER_BYTES:
        raise ValueError(f"its header is cut at {len(content)} bytes")
    (shift,) = struct.unpack_from("<H", content, 30)
    if shift not in SECTOR_SHIFTS:
        raise ValueError(f"its sectors have 2^{shift} bytes, not 512 or 4096")
    directory, small, next_table = (struct.unpack_from("<I", content, at)[0] for at in (48, 60, 68))
    size = 1 << shift
    body = content[size:]  # the header fills one sector
    table = _numbers(body, _table_sectors(content, body, next_table, size), size)
    small_table = _numbers(body, _chain(table, small), size)
    entries = _joined(body, _chain(table, directory), size)
    small_body = b""
    contents: dict[str, bytes] = {}
    for name, kind, start, length in _entries(entries, len(content)):  # the root is the first
        if kind == ROOT:
            small_body = _joined(body, _chain(table, start), size)
        elif length < SMALL_STREAM_BYTES:
            contents[name] = _joined(small_body, _chain(small_table, start), SMALL_SECTOR_BYTES)[:length]
        else:
            contents[name] = _joined(body, _chain(table, start), size)[:length]
    return contents


def _entries(entries: bytes, most: int) -> Iterator[tuple[str, int, int, int]]:
    """Name, kind, first sector and length of every stream; the number of streams is that of the file at most."""
    for at in range(0, len(entries) - ENTRY_BYTES + 1, ENTRY_BYTES):
        kind, start, length = entries[at + 66], *struct.unpack_from("<II", entries, at + 116)
        if kind in (STREAM, ROOT):
            if length > most:
                raise ValueError(f"a stream of {length} bytes stands in a file of {most}")
            yield entries[at : at + 64].decode("utf-16-le", "replace").partition("\0")[0], kind, start, length


def _joined(body: bytes, chain: Sequence[int], size: int) -> bytes:
    return b"".join(body[size * number : size * (number + 1)] for number in chain)


def _numbers(body: bytes, chain: Sequence[int], size: int) -> Numbers:
    joined = _joined(body, chain, size)
    return np.frombuffer(joined, "<u4", len(joined) // 4)


def _table_sectors(content: bytes, body: bytes, next_table: int, size: int) -> list[int]:
    """Sectors that hold the table of chains: 109 in the header, the others in sectors of which each names the next."""
    sectors = list(struct.unpack_from("<109I", content, 76))
    seen: set[int] = set()
    while next_table < HIGHEST_SECTOR:
        if next_table in seen:
            raise ValueError("the list of its sectors comes back to itself")
        seen.add(next_table)
        numbers = _numbers(body, [next_table], size)
        sectors += numbers[:-1].tolist()
        next_table = int(numbers[-1]) if numbers.size else HIGHEST_SECTOR
    return [sector for sector in sectors if sector < HIGHEST_SECTOR]


def _chain(table: Numbers, start: int) -> list[int]:
    """Sectors of the chain from ``start`` on, up to its end or that of the table."""
    chain: dict[int, None] = {}
    while start < table.size:
        if start in chain:
            raise ValueError("a chain of its sectors comes back to itself")
        chain[start] = None
        start = int(table[start])
    return list(chain)
