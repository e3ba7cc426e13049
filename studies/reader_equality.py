"""Readers beside independent ones: are the numbers equal on every file that both open?

``SHORTRANGE_DATA=... python -m studies.reader_equality [FOLDER ...]`` prints one row a program. Numbers are compared as
the files store them: the intensities of one of our blocks, in their order, against those of the other program,
to ``CLOSE`` of the largest. Programs that are not installed are left out and named.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput
from spectra.readers import raw_blocks

CLOSE = 1e-6
KINDS = ("nmr", "raman", "ftir", "xps", "field")
Array = npt.NDArray[Any]


def _jcamp(path: Path) -> list[Array]:
    found = importlib.import_module("jcamp").readfile(str(path))
    return [np.asarray(part["y"]) for part in (found, *found.get("children", ())) if len(part.get("y", ())) > 1]


def _vamas(path: Path) -> list[Array]:
    blocks = importlib.import_module("vamas").Vamas(str(path)).blocks
    return [np.asarray(block.corresponding_variables[0].y_values) for block in blocks]


def _wire(path: Path) -> list[Array]:
    return [np.asarray(importlib.import_module("renishawWiRE").WDFReader(str(path)).spectra)]


def _jcampdx(path: Path) -> list[Array]:
    _, data = importlib.import_module("nmrglue.fileio.jcampdx").read(str(path))
    parts = data if isinstance(data, list) else [data]
    return [np.asarray(part) for part in parts if part is not None]


def _tecmag(path: Path) -> list[Array]:
    return [importlib.import_module("nmrglue.fileio.tecmag").read(str(path))[1].squeeze()]


def _jeol(path: Path) -> list[Array]:
    return [importlib.import_module("nmrglue.fileio.jeol").read(str(path))[1].squeeze()]


def _topspin(path: Path) -> list[Array]:
    return [importlib.import_module("nmrglue").bruker.read_pdata(str(path.parent), scale_data=True)[1]]


def _csdm(path: Path) -> list[Array]:
    return [part.components[0] for part in importlib.import_module("csdmpy").load(str(path)).y]


def _spectrochempy(path: Path) -> list[Array]:
    found = importlib.import_module("spectrochempy").read(str(path))
    return [row for part in (found if isinstance(found, list) else [found]) for row in np.atleast_2d(part.data)]


def _igor2(path: Path) -> list[Array]:
    return [np.asarray(importlib.import_module("igor2.binarywave").load(str(path))["wave"]["wData"], dtype=float)]


def _jws2txt(path: Path) -> list[Array]:
    return [np.array(row) for row in importlib.import_module("jws2txt").JWSFile(str(path)).unpacked_data[1:]]


@dataclass(frozen=True, slots=True)
class Program:
    """An independent reader, and the names of files that it is given."""

    name: str
    module: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], list[Array]]


PROGRAMS = (
    Program("jcamp", "jcamp", (".jdx", ".dx"), _jcamp),
    Program("nmrglue, JCAMP-DX", "nmrglue", (".jdx", ".dx"), _jcampdx),
    Program("nmrglue, TopSpin 1r", "nmrglue", ("1r",), _topspin),
    Program("nmrglue, Tecmag", "nmrglue", (".tnt",), _tecmag),
    Program("nmrglue, JEOL", "nmrglue", (".jdf",), _jeol),
    Program("csdmpy", "csdmpy", (".csdf", ".csdfe"), _csdm),
    Program("renishawWiRE", "renishawWiRE", (".wdf",), _wire),
    Program("vamas", "vamas", (".vms", ".npl"), _vamas),
    Program("igor2", "igor2", (".ibw",), _igor2),
    Program("jws2txt", "jws2txt", (".jws", ".jwb"), _jws2txt),
    Program("spectrochempy", "spectrochempy", (".spa", ".spg", ".spc", ".0"), _spectrochempy),
)


@dataclass(slots=True)
class Tally:
    """Files of one program by how the two ended."""

    equal: int = 0
    different: list[str] = field(default_factory=list)
    ours_only: int = 0
    theirs_only: list[str] = field(default_factory=list)


def compared(program: Program, files: list[Path]) -> Tally:
    """Both readers on every file."""
    tally = Tally()
    for path in files:
        theirs = _theirs(program, path)
        try:
            blocks = [raw for raw in raw_blocks(path) if raw.y.size]
            ours = [part for raw in blocks for part in (raw.y, raw.imaginary) if part is not None]
        except BadInput:
            ours = []
        if ours and theirs:
            if all(any(_same(mine, other) for mine in ours) for other in theirs):
                tally.equal += 1
            else:
                tally.different.append(path.name)
        elif ours:
            tally.ours_only += 1
        elif theirs:
            tally.theirs_only.append(path.name)
    return tally


def _theirs(program: Program, path: Path) -> list[Array]:
    """Arrays of the other program; none where it fails, however it does."""
    silence = contextlib.ExitStack()
    with silence, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        silence.enter_context(contextlib.redirect_stdout(io.StringIO()))
        silence.enter_context(contextlib.redirect_stderr(io.StringIO()))
        try:
            return [part for part in program.read(path) if np.size(part) > 1]
        except Exception:
            return []


def _same(mine: Array, other: Array) -> bool:
    """Equal numbers in either order, or from the middle on (of a transform); of complex ones also one part alone."""
    rows = [row for part in (mine, mine.real, mine.imag) for row in part.reshape(-1, mine.shape[-1])]
    if other.ndim > 1 and other.size == mine.size:
        rows, other = [mine.reshape(-1)], other.reshape(-1)
    candidates = [row for row in rows if row.size == other.size]
    turned = [other, other[::-1], np.conj(other), np.fft.fftshift(other), np.fft.ifftshift(other)]
    turned += [one.real for one in turned]
    scale = float(np.max(np.abs(other))) or 1.0
    return any(np.max(np.abs(row - one)) <= CLOSE * scale for row in candidates for one in turned)


def _files(folders: list[Path], suffixes: tuple[str, ...]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and (path.suffix.lower() in suffixes or path.name in suffixes):
                yield path


def main() -> None:
    """Print the table, and the names of files that are not equal."""
    data = Path(os.environ["SHORTRANGE_DATA"])
    folders = [Path(name) for name in sys.argv[1:]] or [data / kind for kind in KINDS]
    print("| program | files both open | equal | ours alone opens | theirs alone opens |")
    print("|---|---|---|---|---|")
    for program in PROGRAMS:
        if importlib.util.find_spec(program.module) is None:
            print(f"| {program.name} | not installed | | | |")
            continue
        found = compared(program, list(_files(folders, program.suffixes)))
        both = found.equal + len(found.different)
        print(f"| {program.name} | {both} | {found.equal} | {found.ours_only} | {len(found.theirs_only)} |", flush=True)
        for kind, names in (("different", found.different), ("theirs alone", found.theirs_only)):
            if names:
                print(f"{kind}: {program.name}: {', '.join(names)}", file=sys.stderr)


if __name__ == "__main__":
    main()
