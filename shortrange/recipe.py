"""The recipe: one TOML file that says which files belong to which glass, and what may be in it.

Every mistake of a recipe is reported at once, with its place, its value, the rule and the way out.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import structure
from shortrange_core import affine
from shortrange_core.errors import BadInput, Infeasible, Offenders
from shortrange_core.files import read_text
from spectra import ftir, nmr, raman, xps
from spectra.models import identifier

LONGEST_SHOWN = 60
TECHNIQUES = ("31P NMR", "Raman", "FTIR", "O 1s XPS")
OXYGEN_LINES = ("BO", "NBO", "oxide")
Technique = Literal["31P NMR", "Raman", "FTIR", "O 1s XPS"]
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Options(_Strict):
    """How the spectra of one technique are prepared, fitted and used.

    ``lines`` are affine texts of what one line counts; ``windows`` says where a line without a published
    position is looked for; ``constraints`` are affine relations of parameters (``"bo_center - nbo_center >= 1.5"``),
    obeyed where a glass has the lines; ``evidence`` says how areas enter the balances: as relative amounts
    (``"fractions"``), with an unknown response per unit (``"responses"``), or not at all (``"none"``).
    """

    lines: tuple[str, ...] = ()
    windows: Mapping[str, Pair] = Field(default_factory=dict)
    window: Pair | None = None
    reference: str | None = None
    offset_sd: float | None = Field(default=None, ge=0)
    background_degree: int | None = Field(default=None, ge=0, le=8)
    spinning_rate: float | None = Field(default=None, ge=0)
    larmor_frequency: float | None = Field(default=None, gt=0)
    recycle_delay: float | None = Field(default=None, gt=0)
    photon_energy: float | None = Field(default=None, gt=0)
    constraints: tuple[str, ...] = ()
    restarts: int = Field(default=0, ge=0, le=100)
    evidence: Literal["fractions", "responses", "none"] = "fractions"


class SpectrumEntry(_Strict):
    """One instrument file of a sample; ``energy`` and ``laser`` (nm) where it does not say them."""

    file: str = Field(min_length=1)
    technique: Technique
    block: str | None = None
    energy: Literal["kinetic", "binding"] | None = None
    laser: float | None = Field(default=None, gt=0)


class Sample(_Strict):
    """One glass: its composition, its place in the series, its files."""

    name: str = Field(min_length=1)
    composition: str = Field(min_length=1)
    x: float | None = None
    spectra: tuple[SpectrumEntry, ...] = Field(min_length=1)


class Alternative(_Strict):
    """Another reading of one line: ``line`` counts ``read_as`` instead."""

    name: str = Field(min_length=1)
    technique: Technique
    line: str
    read_as: str


class Tables(_Strict):
    """Everything that a recipe says."""

    schema_number: Literal[1] = Field(alias="schema")
    title: str = Field(min_length=1)
    simulated: bool = False
    cation: str = Field(min_length=1)
    phase: str = "glass"
    seed: int = Field(default=0, ge=0)
    units: tuple[str, ...] = Field(min_length=1)
    free: tuple[str, ...] = ()
    techniques: Mapping[Technique, Options] = Field(min_length=1)
    samples: tuple[Sample, ...] = Field(min_length=1)
    alternatives: tuple[Alternative, ...] = ()


@lru_cache(maxsize=8)
def _tables(text: str) -> Tables:
    """The content of a text, validated once: tables are frozen, so that all who ask can share them."""
    return Tables.model_validate(tomllib.loads(text))


@dataclass(frozen=True, eq=False, slots=True)
class Recipe:
    """A recipe that was read and checked: what :func:`shortrange.analyse` works from.

    Parameters
    ----------
    text
        The TOML as it was written; kept with every result, so that it can be repeated.
    folder
        Folder that file names are relative to.
    """

    text: str
    folder: str

    @property
    def tables(self) -> Tables:
        """The checked content."""
        return _tables(self.text)

    def path(self, entry: SpectrumEntry) -> Path:
        """Path of an instrument file."""
        return Path(self.folder) / entry.file


def read_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Read and check a recipe.

    Parameters
    ----------
    path
        TOML file with ``schema = 1``; the documented example is what ``shortrange example`` writes.

    Raises
    ------
    BadInput
        If the file is missing or not TOML, or with every mistake in it: unknown keys, wrong types, files that are
        not there, labels and compositions that do not parse, lines of units that are not allowed.
    """
    source = Path(path)
    return check_recipe(read_text(source), folder=source.resolve().parent, name=source.name)


def check_recipe(text: str, *, folder: Path, name: str) -> Recipe:
    """Check the text of a recipe whose file names are relative to ``folder``; see :func:`read_recipe`."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name}: is not TOML ({error}); mend that line") from error
    offenders = Offenders()
    try:
        tables = _tables(text)
    except ValidationError as error:
        offenders.add(*_sentences(name, error))
        tables = None
    _check_content(raw, tables, folder, name, offenders)
    offenders.raise_if_any()
    return Recipe(text, str(folder))


def _sentences(name: str, error: ValidationError) -> list[str]:
    """One sentence a mistake: place, value, rule, way out; a list that is short because its items are wrong is none."""
    problems = error.errors()
    wrong = [problem["loc"] for problem in problems]
    found = []
    for problem in problems:
        place = problem["loc"]
        if problem["type"] == "too_short" and any(len(w) > len(place) and w[: len(place)] == place for w in wrong):
            continue
        found.append(f"{name}: {_sentence('.'.join(str(part) for part in place), problem)}")
    return found


def _sentence(place: str, problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return f"{place}: there is no such key; remove it or correct its name"
    if problem["type"] == "missing":
        return f"{place}: is missing; add it"
    value = repr(problem["input"])
    shown = value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}..."
    rule = problem["msg"].replace("Input should be", "must be")
    return f"{place} = {shown}: {rule[0].lower()}{rule[1:]}; correct it"


def _check_content(
    raw: Mapping[str, Any], tables: Tables | None, folder: Path, name: str, offenders: Offenders
) -> None:
    """Content that types cannot hold; works on what is there, so that other mistakes do not hide these."""
    units = [u for u in raw.get("units", []) if isinstance(u, str)]
    free = [u for u in raw.get("free", []) if isinstance(u, str)]
    known = _known_units([*units, *free], name, offenders)
    samples = [s for s in raw.get("samples", []) if isinstance(s, dict)]
    names = [s.get("name") for s in samples]
    for repeated in sorted({str(n) for n in names if names.count(n) > 1}):
        offenders.add(f"{name}: two samples are called {repeated!r}; give each its own name")
    for sample in samples:
        _check_sample(sample, folder, name, offenders)
    techniques = raw.get("techniques", {})
    for technique, options in techniques.items() if isinstance(techniques, dict) else ():
        if technique in TECHNIQUES and isinstance(options, dict):
            _check_options(technique, options, known, f"{name}: techniques.{technique}", offenders)
    if tables is not None:
        _check_files(tables, name, offenders)
        _check_alternatives(tables, name, offenders)
        if not offenders.problems:
            _check_balances(tables, name, offenders)


def _check_balances(tables: Tables, name: str, offenders: Offenders) -> None:
    """Every glass can be made of what is allowed in it: else no evidence could ever fit."""
    for sample in tables.samples:
        glass = structure.composition(sample.composition)
        species = [structure.check_label(text) for text in (*tables.units, *tables.free) if can_hold(text, glass)]
        try:
            structure.ranges(glass, species, quantities=species[:1])
        except Infeasible:
            offenders.add(
                f"{name}: sample {sample.name!r}: nothing of the allowed units and free species makes "
                f"{sample.composition} (charge {glass.imbalance:+.3g} per former at usual oxidation states); "
                "correct the composition, or allow what is missing"
            )
        except BadInput as error:
            offenders.add(*(f"{name}: sample {sample.name!r}: {problem}" for problem in error.problems))


def can_hold(label: str, glass: structure.Composition) -> bool:
    """Whether a glass can hold what a label names; names of bands, such as S-S, are always looked for."""
    if label in OXYGEN_LINES:
        return "O" in glass.elements
    try:
        atoms = structure.unit_of(label).atoms
    except BadInput:
        return True
    return set(atoms) <= set(glass.elements)


def _check_options(
    technique: str, options: Mapping[str, Any], known: set[str], place: str, offenders: Offenders
) -> None:
    """Lines, windows and constraints of one technique, as far as they are texts."""
    lines = [line for line in options.get("lines", []) if isinstance(line, str)]
    for line in lines:
        _check_line(line, technique, known, f"{place}.lines", offenders)
    for line in options.get("windows", {}):
        if line not in lines:
            offenders.add(f"{place}.windows has {line!r}, which is no line; add it to lines or remove it")
    peaks = sorted(identifier(line) for line in lines)
    for text in options.get("constraints", []):
        try:
            strangers = sorted(set(constrained_peaks(text)) - set(peaks))
        except BadInput as error:
            offenders.add(*(f"{place}.constraints: {problem}" for problem in error.problems))
            continue
        if strangers:
            offenders.add(f"{place}.constraints: {text!r} names {', '.join(strangers)}; lines are {', '.join(peaks)}")


def _check_files(tables: Tables, name: str, offenders: Offenders) -> None:
    used = {entry.technique for sample in tables.samples for entry in sample.spectra}
    for technique in sorted(used - set(tables.techniques)):
        offenders.add(f"{name}: files of {technique} are given, but no table techniques.{technique!r}; add it")


def _check_alternatives(tables: Tables, name: str, offenders: Offenders) -> None:
    for alternative in tables.alternatives:
        lines = tables.techniques.get(alternative.technique, Options()).lines
        place = f"{name}: alternative {alternative.name!r}"
        if alternative.line not in lines:
            offenders.add(
                f"{place}: {alternative.line!r} is no line of {alternative.technique}; "
                f"name one of {', '.join(lines) or 'none'}"
            )
        try:
            _known_units(affine.parse(alternative.read_as).names, name, offenders)
        except BadInput as error:
            offenders.add(*(f"{place}: {problem}" for problem in error.problems))


def constrained_peaks(text: str) -> tuple[str, ...]:
    """Peaks that a constraint relates: ``bo_center`` belongs to ``bo``.

    Examples
    --------
    >>> constrained_peaks("bo_center - nbo_center >= 1.5")
    ('bo', 'nbo')
    """
    return tuple(dict.fromkeys(name.rpartition("_")[0] for name in affine.parse_relation(text).left.names))


def _known_units(units: Any, name: str, offenders: Offenders) -> set[str]:
    known = set()
    for unit in units:
        try:
            known.add(structure.check_label(unit))
        except BadInput as error:
            offenders.add(*(f"{name}: units: {problem}" for problem in error.problems))
    return known


def _check_sample(sample: Mapping[str, Any], folder: Path, name: str, offenders: Offenders) -> None:
    label = sample.get("name", "?")
    if isinstance(sample.get("composition"), str):
        try:
            structure.composition(sample["composition"])
        except BadInput as error:
            offenders.add(*(f"{name}: sample {label!r}: {problem}" for problem in error.problems))
    entries = [entry for entry in sample.get("spectra", []) if isinstance(entry, dict)]
    keys = [(entry.get("file"), entry.get("block"), entry.get("technique")) for entry in entries]
    for key in sorted({str(key[0]) for key in keys if keys.count(key) > 1}):
        offenders.add(f"{name}: sample {label!r}: the file {key!r} is given twice; it would count twice, remove one")
    for entry in entries:
        file = entry.get("file")
        if isinstance(file, str) and file and not (folder / file).exists():
            offenders.add(f"{name}: sample {label!r}: there is no file {file!r} beside the recipe; correct its name")


def _check_line(line: str, technique: str, known: set[str], place: str, offenders: Offenders) -> None:
    if technique == "O 1s XPS" and line in OXYGEN_LINES:
        return
    try:
        parts = affine.parse(line).names
    except BadInput as error:
        offenders.add(*(f"{place}: {problem}" for problem in error.problems))
        return
    for part in parts:
        if technique == "O 1s XPS":
            offenders.add(f"{place}: {part!r} is no line of O 1s; give BO, NBO or oxide")
        elif part in known or (technique != "31P NMR" and part in named_bands(technique)):
            continue
        else:
            offenders.add(f"{place}: {part!r} is not among the units; add it to units or take the line out")


def named_bands(technique: str) -> set[str]:
    """Names that a technique knows by themselves, such as the S-S band of Raman."""
    kind = technique.rsplit(maxsplit=1)[-1]
    if kind == "XPS":
        return {name for level in xps.WINDOWS.values() for name in level} | set(OXYGEN_LINES)
    return set({"NMR": nmr, "Raman": raman, "FTIR": ftir}[kind].WINDOWS)
