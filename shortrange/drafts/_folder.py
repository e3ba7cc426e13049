"""What the files of a folder are: one finding a spectrum, and a reason for each that is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

import spectra
from shortrange.drafts._names import glass_in, place_in, technique_in, without_technique
from shortrange_core.errors import BadInput
from shortrange_core.spelling import spoken_in

MOST_FILES = 500
OWN_SUFFIXES = (".toml", ".json", ".md", ".html", ".nc", ".py", ".pdf", ".png", ".svg", ".docx", ".pptx")
"""Files that are never looked at: recipes, results, pictures and papers beside the spectra."""
USED = {"NMR": ("31P", "29Si", "11B", "77Se"), "XPS": ("O 1s", "P 2p", "S 2p", "Si 2p", "B 1s", "Ge 3d")}
"""Nuclei and levels of network formers and their ligands; 13C, C 1s or 7Li are left out with a remark."""
SAID_BY_FILE, SAID_BY_YOU = "the file", "you"
CERTAIN = (SAID_BY_FILE, SAID_BY_YOU)
"""What says a technique so that it is no guess."""
SURVEY_EV = 200.0  # no region of one level is as wide
MOST_COLUMNS = 3  # a table of more columns of which nothing says what they are is no stack of spectra
PREFERRED = ("absorbance", "spectrum", "pdata/1")
"""Blocks that are meant where a file holds several of one technique: not the reference channel, not the decay."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Finding:
    """One spectrum of a folder and what is guessed of it; empty texts where nothing could be.

    Parameters
    ----------
    file
        Name relative to the folder, with slashes.
    block
        Name of the block; empty where the file holds one.
    blocks
        Blocks between which nothing chooses.
    technique
        As a recipe names it; empty where neither file nor names say it.
    said_by
        What the technique was taken from.
    group
        What the files of one sample share in their names.
    x, glass
        Place in the series and formula, from names.
    spectrum
        The spectrum as it was read; None where it could not be.
    problem
        Why it could not be read.
    """

    file: str
    block: str = ""
    blocks: tuple[str, ...] = ()
    technique: str = ""
    said_by: str = ""
    group: str = ""
    x: float | None = None
    glass: str = ""
    spectrum: xr.Dataset | None = None
    problem: str = ""


def look(folder: Path) -> tuple[tuple[Finding, ...], tuple[tuple[str, str], ...]]:
    """Findings of a folder, and the files that are left out with the reason.

    Raises
    ------
    BadInput
        If there are more files than a person keeps together.
    """
    findings: list[Finding] = []
    left: list[tuple[str, str]] = []
    for path in _candidates(folder):
        name = path.relative_to(folder).as_posix()
        try:
            blocks = spectra.contents(path)
        except BadInput as error:
            left.append((name, _reason(error, path.name)))
            continue
        usable = [block for block in blocks if not block.problem]
        if not usable:
            left.append((name, f"not a spectrum: {blocks[0].problem}"))
        findings += _findings(folder, name, usable, left)
    return _each_once(findings, left), tuple(left)


def _each_once(findings: Sequence[Finding], left: list[tuple[str, str]]) -> tuple[Finding, ...]:
    """Findings without those that only the suffix tells from one before: exports of one measurement count once."""
    seen: dict[tuple[str, str, str], Finding] = {}
    for one in findings:
        first = seen.setdefault((one.file.rpartition(".")[0] or one.file, one.technique, one.block), one)
        if first is not one:
            left.append(
                (one.file, f"has the name of {first.file}; if it is an export of that file, it would count twice")
            )
    return tuple(seen.values())


def _reason(error: BadInput, file: str) -> str:
    problem = error.problems[0].removeprefix(f"{file}: ")  # a list of files names each once
    return "no reader recognises it" if "no reader recognises it" in problem else problem


def _candidates(folder: Path) -> list[Path]:
    paths = list(_walked(folder))
    if len(paths) > MOST_FILES:
        raise BadInput(
            f"{folder}: has {len(paths)} files; a series of glasses has at most {MOST_FILES}; give a subfolder"
        )
    return paths


def _walked(folder: Path) -> Iterator[Path]:
    """Files, and folders that are one spectrum (TopSpin, VnmrJ), in the order of their names."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from [path] if _is_spectrum(path) else _walked(path)
        elif path.suffix.lower() not in OWN_SUFFIXES and path.stat().st_size:
            yield path


def _is_spectrum(folder: Path) -> bool:
    try:
        return bool(spectra.contents(folder))
    except BadInput:
        return False


def _findings(
    folder: Path, name: str, blocks: Sequence[spectra.Block], left: list[tuple[str, str]]
) -> Iterator[Finding]:
    """One finding a technique of a file; what no balance uses is left out."""
    by_technique: dict[tuple[str, str], list[spectra.Block]] = {}
    for block in blocks:
        technique, said_by = _technique(name, block, folder.resolve().name)
        useless = _useless(technique, block)
        if useless:
            left.append((name, f"block {block.name!r} {useless}"))
        else:
            by_technique.setdefault((technique, said_by), []).append(block)
    for (technique, said_by), several in by_technique.items():
        if said_by != SAID_BY_FILE and len(several) > MOST_COLUMNS:
            left.append((name, f"is a table of {len(several)} columns, which it does not identify"))
            continue
        chosen = [one for one in several if one.name.lower() in PREFERRED] or several
        names = tuple(one.name for one in chosen)
        named = names[0] if len(blocks) > 1 and len(names) == 1 else ""
        texts = _texts(name, several[0])
        spectrum, problem = read_as(folder / name, technique, named) if len(names) == 1 else (None, "")
        yield Finding(
            file=name, block=named, blocks=names if len(names) > 1 else (), technique=technique, said_by=said_by,
            group=_group(name, several[0]), x=next((x for x in map(place_in, texts) if x is not None), None),
            glass=glass_in(texts), spectrum=spectrum, problem=problem,
        )  # fmt: skip


def _useless(technique: str, block: spectra.Block) -> str:
    """Why no balance uses a block; empty where one may."""
    if len(block.shape) > 1:
        return f"is a map or a stack of {' x '.join(map(str, block.shape))} points"
    if block.technique == "XPS" and block.highest - block.lowest > SURVEY_EV:
        return "is a survey"
    of, _, kind = technique.rpartition(" ")
    return f"is {technique}, which no balance uses" if of and of not in USED.get(kind, (of,)) else ""


def _texts(name: str, block: spectra.Block) -> list[str]:
    """Names that may speak of the sample, the nearest first: file, folders above it, block or title."""
    parts = Path(name).parts
    return [Path(name).name if Path(name).suffix == "" else Path(name).stem, *reversed(parts[:-1]), block.name]


def _technique(name: str, block: spectra.Block, root: str) -> tuple[str, str]:
    """Technique of a block, and what said it: the file itself, its names, that of the whole folder, or of its axis."""
    if block.technique and block.technique not in ("NMR", "XPS"):
        return block.technique, SAID_BY_FILE
    for text in (*_texts(name, block), root):
        named = technique_in(text)
        if named and (not block.technique or named.endswith(block.technique)):
            return named, "its name"
    of_axis = {"raman_shift": "Raman", "wavenumber": "FTIR"}
    return of_axis.get(block.axis, ""), "its axis" if block.axis in of_axis else ""


def _group(name: str, block: spectra.Block) -> str:
    """What is left of the nearest name that speaks of more than a technique and a number."""
    left = [without_technique(text) for text in _texts(name, block)]
    return next((text for text in left if text and not text.isdigit()), left[0] or Path(name).name)


def read_as(path: Path, technique: str, block: str) -> tuple[xr.Dataset | None, str]:
    """Spectrum of a file read as a technique, or None and what stands against it."""
    if not technique:
        return None, ""
    try:
        with spoken_in("recipe"):
            return spectra.read(path, technique=technique, block=block or None), ""
    except BadInput as error:
        return None, "; ".join(error.problems)
