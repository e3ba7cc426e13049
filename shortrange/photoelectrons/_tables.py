"""What a file of ``shortrange photoelectrons`` says, checked: regions, samples, contacts, source, factors."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from shortrange.edits import Strict, sentences
from shortrange_core import BadInput
from shortrange_core.errors import Offenders
from shortrange_core.files import read_text
from shortrange_core.labels import named_twice
from shortrange_core.options import nearest
from spectra import xps
from spectra.xps import StaticKind


class RegionEntry(Strict):
    """What one region is fitted with, in every sample that has it: keys of :class:`spectra.xps.Region`."""

    lines: list[str] = Field(min_length=1, description="One text per line, such as BO, P:S4 or carbon.")
    windows: dict[str, tuple[float, float]] | None = Field(default=None, description="Windows of lines, eV.")
    surface: list[str] = Field(default_factory=list, description="Lines of the surface, not assigned to any unit.")
    background: Literal["shirley", "tougaard", "linear", "none"] | None = Field(
        default=None, description="Background inside the fit; shirley, or none after a static one."
    )
    static_background: StaticKind | None = Field(
        default=None, description="Background subtracted first, as CasaXPS does."
    )
    ends: tuple[float, float] | None = Field(default=None, description="Range at whose ends it is pinned, eV.")
    averaged: int | None = Field(default=None, ge=1, description="Number of points averaged at each end to pin it.")
    losses: dict[str, float] | None = Field(default=None, description="c, c_prime and d of U 3 and U 4 Tougaard.")
    shape: str | None = Field(
        default=None, description="Line shape, also by its usual name, such as GL(30); default pseudo_voigt."
    )
    shape_values: dict[str, float] | None = Field(default=None, description="Fixed parameters of the shape.")
    splitting: float | None = Field(default=None, gt=0, description="Splitting of a doublet, eV.")
    free_doublet: list[str] = Field(
        default_factory=list, description="Free quantities of a doublet: splitting, ratio, fwhm."
    )
    window: tuple[float, float] | None = Field(default=None, description="Range of the axis to fit, eV.")
    constraints: list[str] = Field(default_factory=list, description="Affine relations of parameters.")
    elements: list[str] = Field(
        default_factory=list, description="Elements of the sample, in addition to those of its regions."
    )
    sodium: bool | None = Field(default=None, description="Whether the sodium Auger line lies under O 1s.")


class IntegratedEntry(Strict):
    """A level that counts by its area without lines, as "regions" of CasaXPS do: keys of :class:`xps.Integration`."""

    ends: tuple[float, float] | None = Field(
        default=None, description="Range of integration, eV; required for a survey."
    )
    background: StaticKind = Field(default="Shirley", description="Background that is subtracted.")
    averaged: int = Field(default=5, ge=1, description="Number of points averaged at each end to pin it.")
    losses: dict[str, float] | None = Field(default=None, description="c, c_prime and d of U 3 and U 4 Tougaard.")


class RegionFile(Strict):
    """A file that does not say enough of its one region: keys as of a recipe, and how long it was counted for."""

    file: str = Field(min_length=1, description="Instrument file, beside this one.")
    technique: str | None = Field(default=None, description="Level, such as O 1s XPS, if the file does not say.")
    block: str | None = Field(default=None, description="Block, if the file has several.")
    energy: Literal["kinetic", "binding"] | None = Field(default=None, description="Overrides that of the sample.")
    intensity_unit: Literal["counts", "counts/s"] | None = Field(default=None, description="If the file does not say.")
    dwell_time: float | None = Field(default=None, gt=0, description="Time per point in one scan, s.")
    scans: float | None = Field(default=None, gt=0, description="Number of scans.")
    noise_correlation: float | None = Field(
        default=None, ge=1, description="Number of points that count as one independent point."
    )


class SampleEntry(Strict):
    """One sample: its files, and which of their blocks belong to it."""

    name: str = Field(min_length=1, description="Its name in every table.")
    files: list[str] = Field(
        default_factory=list, description="Instrument files that need no further keys, beside this one."
    )
    spectra: list[RegionFile] = Field(default_factory=list, description="Files with further keys.")
    survey: RegionFile | None = Field(default=None, description="File from which integrated levels are taken.")
    containing: str = Field(default="", description="Text that the name of a block must contain.")
    x: float | None = Field(default=None, description="Its position in the series, if the files do not say.")
    energy: Literal["kinetic", "binding"] | None = Field(
        default=None, description="Meaning of the energy axis, if the file does not say."
    )
    reference: str | float | None = Field(default=None, description="Overrides that of all samples.")
    reference_sd: float | None = Field(default=None, gt=0, description="Overrides that of all samples, eV.")
    oxygen_per_phosphorus: float | None = Field(default=None, ge=0, description="Value of the composition.")
    surface_oxygen: float | None = Field(
        default=None, ge=0, lt=1, description="Largest share of O 1s from the surface."
    )


class ContactEntry(Strict):
    """A sample before and after contact, and what may have formed, by level."""

    before: str = Field(description="Name of a sample.")
    after: str = Field(description="Name of a sample.")
    products: dict[str, str] = Field(min_length=1, description='Such as {"P 2p" = "Na3P"}.')


class TheoryEntry(Strict):
    """Sensitivity factors of theory: cross sections that ship, and how the depth goes with the energy."""

    path_exponent: float = Field(ge=0, le=1, description="Depth is proportional to this power of the kinetic energy.")
    relative_sd: float = Field(gt=0, description="Relative sd of every factor.")


class SatelliteEntry(Strict):
    """A second line of an unmonochromated source: keys of :class:`spectra.xps.Satellite`."""

    displacement: float = Field(gt=0, description="Distance below every line, eV.")
    share: float = Field(gt=0, lt=1, description="Share of the area of the line.")
    source: str = Field(min_length=1, description="Who published it.")


class SamplesFile(Strict):
    """Everything that the file says."""

    regions: dict[str, RegionEntry] = Field(default_factory=dict, description="Regions by level, such as O 1s.")
    integrated: dict[str, IntegratedEntry] = Field(default_factory=dict, description="Levels integrated without lines.")
    samples: list[SampleEntry] = Field(min_length=1, description="The samples.")
    contacts: list[ContactEntry] = Field(default_factory=list, description="Pairs before and after contact.")
    reference: str | float = Field(default="C 1s 284.8", description="Level and energy of a line, or a shift in eV.")
    reference_sd: float = Field(default=xps.REFERENCED_SD, gt=0, description="eV.")
    photon_energy: float | None = Field(default=None, gt=0, description="eV, if the files do not say.")
    monochromatic: bool | None = Field(default=None, description="If the files do not say.")
    satellites: list[SatelliteEntry] = Field(
        default_factory=list, description="Satellites of an unmonochromated source."
    )
    factors: str | TheoryEntry | None = Field(default=None, description="Table of sensitivity factors, or theory.")
    auger_ratio: tuple[float, float] | None = Field(default=None, description="KL1L23 over KL23L23, and its sd.")
    along: str = Field(default="", description="Coordinate of a series, such as variable_angle, or a name for x.")
    cation: str | None = Field(default=None, description="Cation for which published positions are used.")
    phase: str | None = Field(default="glass", description="Phase for which published positions are used.")
    library: list[str] = Field(default_factory=list, description="Folders of private peak libraries.")
    strict: bool = Field(default=False, description="Refuse instrument files that give a warning.")

    def has_sodium(self, levels: Iterable[str]) -> bool:
        """Whether a sample with these regions holds sodium: the cation or a region says so; none stated may be any."""
        return not self.cation or any("Na" in text for text in (self.cation, *levels))

    def second_lines(self) -> list[xps.Satellite]:
        """Satellites of the source."""
        return [xps.Satellite(**one.model_dump()) for one in self.satellites]


def read_samples(path: str | os.PathLike[str]) -> SamplesFile:
    """Read and check the description of photoelectron samples.

    Raises
    ------
    BadInput
        With every mistake: unknown keys, wrong types, names that are there twice or not at all, files that are absent.
    """
    source = Path(path)
    try:
        raw = tomllib.loads(read_text(source))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{source.name}: is not valid TOML ({error}); correct that line") from error
    try:
        stated = SamplesFile.model_validate(raw)
    except ValidationError as error:
        raise BadInput(*sentences(source.name, error, SamplesFile)) from error
    _check_names(stated, source)
    return stated


def _check_names(stated: SamplesFile, source: Path) -> None:
    offenders, names = Offenders(), [one.name for one in stated.samples]
    for name in named_twice(names):
        offenders.add(f"two samples are called {name!r}; give each its own name")
    levels = [*xps.levels(), xps.AUGER_LEVEL]
    if not stated.regions and not stated.integrated:
        offenders.add('no level is given; give [regions."O 1s"] with its lines, or [integrated."O 1s"]')
    for table in ("regions", "integrated"):
        for level in getattr(stated, table):
            if level not in levels:
                offenders.add(f"{table}: {level!r} is not a core level{nearest(level, levels)}; correct it")
    for name in (name for pair in stated.contacts for name in (pair.before, pair.after) if name not in names):
        offenders.add(f"contacts: {name} is not among the samples {', '.join(names)}{nearest(name, names)}")
    for one in stated.samples:
        offenders.add(*_problems_of_sample(one, stated.along))
    offenders.add(*_absent_files(stated, source.parent))
    offenders.raise_if_any(source.name)


def _problems_of_sample(one: SampleEntry, along: str) -> Iterator[str]:
    if one.x is not None and not along:
        yield f"{one.name}: x = {one.x:g}: the quantity is missing; give along, such as along = 'depth'"
    if not one.files and not one.spectra and one.survey is None:
        yield f"{one.name}: has no file; give files, or spectra with missing details, or survey"


def _absent_files(stated: SamplesFile, folder: Path) -> Iterator[str]:
    entries = ((one, (*one.spectra, one.survey)) for one in stated.samples)
    files = [file for one, parts in entries for file in (*one.files, *(part.file for part in parts if part))]
    files += [stated.factors] if isinstance(stated.factors, str) else []
    for file in files:
        if not (folder / file).exists():
            yield f"{file}: there is no such file beside it; correct the name"
