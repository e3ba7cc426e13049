"""Igor text (.itx): waves between BEGIN and END, their scales in commands below; columns side by side are a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted
from spectra import spectrum
from spectra.readers.formats.igor import UNSCALED, wave_of
from spectra.readers.formats.scienta import settings_of
from spectra.readers.raw import Array, Raw, Reader, Source, Table, blocks, intact, need, unreadable

_WAVES = re.compile(r"\s*WAVES\s*((?:/[A-Z]+(?:=\s*\(?[\d,\s]+\)?)?\s*)*)(.*)", re.IGNORECASE)
_NAME = re.compile(r"'[^']+'|[^\s,;]+")
_NUMBER = r"([-+]?[\d.]+(?:e[-+]?\d+)?)"
_SCALE = re.compile(
    rf"SetScale\s*(?:/([PI]))?\s+([xyd])\s*,?\s*{_NUMBER}\s*,\s*{_NUMBER}\s*(?:,\s*\"([^\"]*)\"\s*)?,\s*([^;\n]+)",
    re.IGNORECASE,
)
_SIZE = re.compile(r"/N=\s*\(?([\d,\s]+)")
_TEXT, _COMPLEX = "/T", "/C"
DIMENSIONS = 2
"""Of a wave that is a stack of spectra."""


@dataclass(frozen=True, eq=False, slots=True)
class WaveBlock:
    """Waves that stand side by side: their flags, names and rows, and the lines of the rows."""

    flags: str
    names: tuple[str, ...]
    rows: tuple[str, ...]
    line: int

    def numbers(self) -> tuple[str, ...]:
        """Rows that are not blank."""
        return tuple(row for row in self.rows if row.strip())


@dataclass(frozen=True, slots=True)
class Scale:
    """A command SetScale: what its two numbers mean (P start and step, I both ends), and the unit."""

    kind: str
    first: float
    second: float
    unit: str

    def of(self, points: int) -> tuple[float, float]:
        """Step and offset of so many points; without a flag the second number lies one step behind the last point."""
        if self.kind == "P":
            return self.second, self.first
        steps = points - 1 if self.kind == "I" else points
        return (self.second - self.first) / max(steps, 1), self.first


@dataclass(frozen=True, eq=False, slots=True)
class Commands:
    """What stands below the waves: their scales, by name and dimension (d of the values), and settings in comments.

    Names are in small letters, which Igor does not tell from capitals. It writes a scale for every wave, also where
    nobody scaled it.
    """

    scales: Mapping[tuple[str, str], Scale]
    settings: Mapping[str, str]

    def scale(self, name: str, dimension: str) -> Scale | None:
        """What was set for a dimension of a wave."""
        return self.scales.get((name.lower(), dimension))

    def is_scaled(self, name: str, points: int) -> bool:
        """Whether a wave of one dimension and so many points has a scale of its own."""
        along = self.scale(name, "x")
        return along is not None and (along.of(points) != UNSCALED or bool(along.unit))

    def scaled(self, name: str, values: Array, dimension: str = "x") -> Raw:
        """A wave over the scale of a dimension, which is the first one of ``values``."""
        along, data = self.scale(name, dimension), self.scale(name, "d")
        units = (along.unit if along else "", data.unit if data else "")
        return wave_of(name, values, along.of(len(values)) if along else UNSCALED, units, self.settings)

    def of_spectra(self, name: str, dimension: str) -> bool:
        """Whether a dimension has a unit of spectra."""
        scale = self.scale(name, dimension)
        return scale is not None and bool(spectrum.unit(scale.unit))


def sniff(source: Source) -> float:
    """The first line, and waves."""
    head = source.head_text.lstrip("\ufeff")
    waves = re.match(r"IGOR\s*\n", head) and re.search(r"^\s*WAVES", head, re.MULTILINE | re.IGNORECASE)
    return 0.97 if waves else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Every wave over its scale, a stack where it has two dimensions; without scales, those of one length, in columns
    or below one another, as axis and intensities.

    Raises
    ------
    BadInput
        If a block does not end, or its rows differ in length or deny the size or the names that it states.
    """
    scales = {
        (_bare(name).lower(), match[2].lower()): Scale(
            (match[1] or "").upper(), float(match[3]), float(match[4]), match[5] or ""
        )
        for match in _SCALE.finditer(source.text)
        for name in _NAME.findall(match[6])
    }
    commands = Commands(scales, settings_of(re.findall(r"^X\s*//(.*)$", source.text, re.MULTILINE)))
    joined = _side_by_side(_blocks(source), commands)
    return tuple(raw for block in joined for raw in _waves(source, block, commands))


def _side_by_side(blocks_: Iterable[WaveBlock], commands: Commands) -> list[WaveBlock]:
    """Blocks of which neighbours of one length, each a wave without a scale, stand beside one another in one."""
    joined: list[WaveBlock] = []
    for block in blocks_:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.flags == block.flags
            and _is_column(block, commands)
            and _is_column(last, commands)
        ):
            above, rows = last.numbers(), block.numbers()
            if len(above) == len(rows):
                pairs = tuple(f"{left} {right}" for left, right in zip(above, rows, strict=True))
                joined[-1] = replace(last, names=(*last.names, *block.names), rows=pairs)
                continue
        joined.append(block)
    return joined


def _is_column(block: WaveBlock, commands: Commands) -> bool:
    """Whether a block holds real waves of one dimension, none of which has a scale."""
    size = _SIZE.search(block.flags)
    plain = not (_TEXT in block.flags or _COMPLEX in block.flags or (size and "," in size[1]))
    return plain and not any(commands.is_scaled(name, len(block.numbers())) for name in block.names)


def _waves(source: Source, block: WaveBlock, commands: Commands) -> list[Raw]:
    if _TEXT in block.flags or _COMPLEX in block.flags:
        return [unreadable(name, "it contains text or complex numbers, not a spectrum") for name in block.names]
    size, name = _SIZE.search(block.flags), block.names[0]
    shape = tuple(int(number) for number in size[1].split(",")) if size else ()
    if len(shape) > DIMENSIONS:
        return [unreadable(name, f"it has {len(shape)} dimensions; save its spectra as one-dimensional waves")]
    values = _values(source, block)
    if len(shape) == DIMENSIONS:
        intact(values.shape == shape, source, f"the wave {name!r} has {values.shape} numbers, but says {shape}")
        second = commands.of_spectra(name, "y") and not commands.of_spectra(name, "x")
        return [commands.scaled(name, values.T, "y") if second else commands.scaled(name, values)]
    rows = shape[0] if shape else len(values)
    intact(rows == len(values), source, f"the wave {name!r} has {len(values)} rows, but says {rows}")
    columns, names = values.shape[1], len(block.names)
    need(columns == names, source, f"{counted(names, 'wave')} from {name!r} on have {counted(columns, 'column')}")
    if names > 1 and not any(commands.is_scaled(wave, len(values)) for wave in block.names):
        table = Table(list(values.T), block.names, [""] * len(block.names))
        return blocks(table, source_name=source.name)
    return [commands.scaled(wave, column) for wave, column in zip(block.names, values.T, strict=True)]


def _bare(name: str) -> str:
    return name.strip().strip("'")


def _blocks(source: Source) -> Iterator[WaveBlock]:
    lines = source.text.split("\n")
    at = 0
    while at < len(lines):
        match = _WAVES.fullmatch(lines[at].strip())
        at += 1
        if match is None:
            continue
        names = tuple(_bare(name) for name in _NAME.findall(match[2]))
        start = at + 1
        end = next((k for k in range(at, len(lines)) if lines[k].strip().upper() == "END"), None)
        begins = at < len(lines) and lines[at].strip().upper() == "BEGIN"
        intact(end is not None and begins and bool(names), source, f"the wave in line {at} has no END")
        assert end is not None
        yield WaveBlock(match[1].upper().replace(" ", ""), names, tuple(lines[start:end]), start + 1)
        at = end + 1


def _values(source: Source, block: WaveBlock) -> Array:
    """Numbers of a block, a row a line."""
    rows = [(block.line + k, line.split()) for k, line in enumerate(block.rows) if line.strip()]
    need(bool(rows), source, f"the wave {block.names[0]!r} has no rows")
    width = len(rows[0][1])
    for number, cells in rows:
        need(len(cells) == width, source, f"line {number} has {counted(len(cells), 'number')}, those above {width}")
    try:
        return np.array([[float(cell) for cell in cells] for _, cells in rows])
    except ValueError as error:
        raise BadInput(f"{source.name}: the wave {block.names[0]!r} has a row that is not numbers ({error})") from error


READERS = (
    Reader(
        "igor_text",
        "Igor text",
        (".itx",),
        sniff,
        parse,
        gives="every wave over its scale, waves without scales as axis and intensities",
        held_to="two public files of SPECS Prodigy; hand-made files",
    ),
)
