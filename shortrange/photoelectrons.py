"""All regions of photoelectron samples from one TOML file: fits on one reference, amounts, products, series."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import xarray as xr
from pydantic import Field, ValidationError

import reference_peaks
from shortrange.edits import Strict, sentences
from shortrange.stepwise import published_places
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.errors import Offenders
from shortrange_core.files import read_text
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import spoken_in
from spectra import xps
from spectra.models import Places


class RegionEntry(Strict):
    """What one region is fitted with, in every sample that has it: keys of :class:`spectra.xps.Region`."""

    lines: list[str] = Field(min_length=1, description="One text a line, such as BO, P:S4 or carbon.")
    windows: dict[str, tuple[float, float]] | None = Field(default=None, description="Where lines are looked for, eV.")
    surface: list[str] = Field(default_factory=list, description="Lines of the surface, which count for nothing.")
    background: Literal["shirley", "tougaard", "linear", "none"] = Field(default="shirley", description="Under lines.")
    shape: str = Field(default="pseudo_voigt", description="By the trade's names too, such as GL(30).")
    shape_values: dict[str, float] | None = Field(default=None, description="Fixed quantities of the shape.")
    splitting: float | None = Field(default=None, gt=0, description="Of a doublet, eV.")
    free_doublet: list[str] = Field(default_factory=list, description="splitting, ratio, fwhm.")
    window: tuple[float, float] | None = Field(default=None, description="Part of the axis to fit, eV.")
    constraints: list[str] = Field(default_factory=list, description="Affine relations of parameters.")
    elements: list[str] = Field(default_factory=list, description="Of the sample, besides those of its regions.")
    sodium: bool = Field(default=True, description="Whether the sodium Auger line lies under O 1s.")


class SampleEntry(Strict):
    """One sample: its files, and which of their blocks belong to it."""

    name: str = Field(min_length=1, description="Its name in every table.")
    files: list[str] = Field(min_length=1, description="Instrument files, beside this one.")
    containing: str = Field(default="", description="What the name of a block must contain.")
    energy: Literal["kinetic", "binding"] | None = Field(default=None, description="Of an axis that does not say it.")
    reference: str | float | None = Field(default=None, description="Over that of all samples.")
    reference_sd: float | None = Field(default=None, gt=0, description="Over that of all samples, eV.")
    oxygen_per_phosphorus: float | None = Field(default=None, ge=0, description="Of the composition.")
    surface_oxygen: float | None = Field(default=None, ge=0, lt=1, description="Largest share of O 1s of a surface.")


class ContactEntry(Strict):
    """A sample before and after contact, and what may have formed, by level."""

    before: str = Field(description="Name of a sample.")
    after: str = Field(description="Name of a sample.")
    products: dict[str, str] = Field(min_length=1, description='Such as {"P 2p" = "Na3P"}.')


class TheoryEntry(Strict):
    """Sensitivity factors of theory: cross sections that ship, and how the depth goes with the energy."""

    path_exponent: float = Field(ge=0, le=1, description="Depth goes with this power of the kinetic energy.")
    relative_sd: float = Field(gt=0, description="Of every factor.")


class SatelliteEntry(Strict):
    """A second line of an unmonochromated source: keys of :class:`spectra.xps.Satellite`."""

    displacement: float = Field(gt=0, description="eV below every line.")
    share: float = Field(gt=0, lt=1, description="Of the line.")
    source: str = Field(min_length=1, description="Who published it.")


class SamplesFile(Strict):
    """Everything that the file says."""

    regions: dict[str, RegionEntry] = Field(min_length=1, description="By level, such as O 1s.")
    samples: list[SampleEntry] = Field(min_length=1, description="The samples.")
    contacts: list[ContactEntry] = Field(default_factory=list, description="Pairs before and after contact.")
    reference: str | float = Field(default="C 1s 284.8", description="Level and energy of a line, or a shift in eV.")
    reference_sd: float = Field(default=xps.REFERENCED_SD, gt=0, description="eV.")
    photon_energy: float | None = Field(default=None, gt=0, description="eV, where files do not say it.")
    monochromatic: bool | None = Field(default=None, description="Where files do not say it.")
    satellites: list[SatelliteEntry] = Field(default_factory=list, description="Of an unmonochromated source.")
    factors: str | TheoryEntry | None = Field(default=None, description="Table of sensitivity factors, or theory.")
    auger_ratio: tuple[float, float] | None = Field(default=None, description="KL1L23 over KL23L23, and its sd.")
    along: str = Field(default="", description="Coordinate of a series, such as variable_angle.")
    cation: str | None = Field(default=None, description="Whose published positions count.")
    phase: str | None = Field(default="glass", description="Phase that published positions are about.")
    library: list[str] = Field(default_factory=list, description="Folders of private peak libraries.")
    strict: bool = Field(default=False, description="Refuse instrument files about which there is a warning.")

    def second_lines(self) -> list[xps.Satellite]:
        """Satellites of the source."""
        return [xps.Satellite(**one.model_dump()) for one in self.satellites]


@dataclass(frozen=True, eq=False, slots=True)
class PhotoelectronResults(Shown):
    """What was found of every sample.

    Parameters
    ----------
    samples
        By name.
    contacts
        Products by level, for every pair ``"before -> after"``.
    series
        Atomic per cent with the place of every sample; None where no series was asked for.
    """

    samples: Mapping[str, xps.Sample]
    contacts: Mapping[str, Mapping[str, xps.InterfaceReaction]]
    series: Estimates | None

    @property
    def notes(self) -> tuple[Note, ...]:
        """Of all samples, their regions and contacts; what several regions say alike comes once, with its places."""
        named = self.samples.items()
        own = [replace(note, text=f"{name}: {note.text}") for name, one in named for note in one.notes]
        formed = [note for pair in self.contacts.values() for one in pair.values() for note in one.notes]
        return (*own, *formed, *_of_regions(self.samples))


def _of_regions(samples: Mapping[str, xps.Sample]) -> Iterator[Note]:
    """Notes of the fits; errors among them stand in the note ``region-misfit`` of their sample."""
    places: dict[Note, list[str]] = {}
    for name, one in samples.items():
        for level, found in one.fits.items():
            for note in dict.fromkeys(found.notes):
                if note.severity is not Severity.ERROR:
                    places.setdefault(note, []).append(f"{name}, {level}")
    for note, told in places.items():
        further = f" and {counted(len(told) - 1, 'further region')}" if len(told) > 1 else ""
        yield replace(note, text=f"{told[0]}{further}: {note.text}")


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
        raise BadInput(f"{source.name}: is not TOML ({error}); correct that line") from error
    try:
        stated = SamplesFile.model_validate(raw)
    except ValidationError as error:
        raise BadInput(*sentences(source.name, error, SamplesFile.model_fields)) from error
    _check_names(stated, source)
    return stated


def _check_names(stated: SamplesFile, source: Path) -> None:
    offenders, names = Offenders(), [one.name for one in stated.samples]
    for name in sorted({name for name in names if names.count(name) > 1}):
        offenders.add(f"{source.name}: two samples are called {name!r}; give each a name of its own")
    for pair in stated.contacts:
        absent = [name for name in (pair.before, pair.after) if name not in names]
        if absent:
            offenders.add(f"{source.name}: contacts: {', '.join(absent)} is none of the samples {', '.join(names)}")
    files = [file for one in stated.samples for file in one.files]
    files += [stated.factors] if isinstance(stated.factors, str) else []
    for file in files:
        if not (source.parent / file).exists():
            offenders.add(f"{source.name}: {file}: there is no such file beside it; correct the name")
    offenders.raise_if_any()


@spoken_in("recipe")
def fit_samples(path: str | os.PathLike[str], *, strict: bool = False) -> PhotoelectronResults:
    """Fit all regions of all samples that a TOML file describes.

    Parameters
    ----------
    path
        The file; ``docs/howto/photoelectrons.md`` shows one.
    strict
        Refuse instrument files about which their reader warns, all together, as the key ``strict`` of the file does.

    Raises
    ------
    BadInput
        As :func:`read_samples`, :func:`spectra.xps.regions`, :func:`spectra.xps.sample`, :func:`spectra.xps.products`
        and :func:`spectra.xps.series` do.
    """
    stated, folder = read_samples(path), Path(path).parent
    measured = _measured(stated, folder, strict=strict or stated.strict)
    library = reference_peaks.load(*(folder / name for name in stated.library), over=reference_peaks.load())
    formed = _products(stated.contacts)
    places = {
        level: published_places(
            library,
            f"{level} XPS",
            list(dict.fromkeys((*one.lines, *formed.get(level, ())))),
            cation=stated.cation,
            phase=stated.phase,
        )
        for level, one in stated.regions.items()
    }
    fitted = partial(_fitted, stated=stated, places=places, factors=_factors(stated, folder))
    samples = {one.name: fitted(one, measured[one.name]) for one in stated.samples}
    contacts = {
        f"{pair.before} -> {pair.after}": xps.products(
            samples[pair.before], samples[pair.after], pair.products, priors=places, satellites=stated.second_lines()
        )
        for pair in stated.contacts
    }
    series = xps.series(list(samples.values()), stated.along) if stated.along else None
    return PhotoelectronResults(samples, contacts, series)


def _measured(stated: SamplesFile, folder: Path, *, strict: bool) -> dict[str, dict[str, xr.Dataset]]:
    """Regions of every sample, as read; what stands against them comes together."""
    offenders, found = Offenders(), {}
    for one in stated.samples:
        with offenders.of():
            files = [folder / file for file in one.files]
            found[one.name] = xps.regions(*files, containing=one.containing, energy=one.energy, strict=strict)
    offenders.raise_if_any()
    return found


def _factors(stated: SamplesFile, folder: Path) -> dict[str, xps.Sensitivity] | None:
    if stated.factors is None or isinstance(stated.factors, str):
        return xps.read_sensitivities(folder / stated.factors) if stated.factors else None
    energy = stated.photon_energy
    if energy is None:
        raise BadInput("factors of theory hang on the source; give photon_energy in eV")
    return xps.theoretical_factors(energy, **stated.factors.model_dump())


def _regions_of(one: SampleEntry, stated: SamplesFile) -> dict[str, xps.Region]:
    """Regions of a sample: after contact with the lines of what may have formed, without which they are a misfit."""
    formed = _products(pair for pair in stated.contacts if pair.after == one.name)
    return {level: _region_of(entry, formed.get(level, ())) for level, entry in stated.regions.items()}


def _products(contacts: Iterable[ContactEntry]) -> dict[str, list[str]]:
    """What may have formed, by level."""
    formed: dict[str, list[str]] = {}
    for pair in contacts:
        for level, product in pair.products.items():
            formed.setdefault(level, []).append(product)
    return formed


def _region_of(entry: RegionEntry, products: Sequence[str]) -> xps.Region:
    """A region with its products; windows of products that this sample has not are those of other samples."""
    made = xps.with_products(xps.Region(**entry.model_dump()), products)
    foreign = set(entry.windows or {}) - {*made.lines, *made.surface}
    return replace(made, windows={text: ends for text, ends in (made.windows or {}).items() if text not in foreign})


def _fitted(
    one: SampleEntry,
    measured: Mapping[str, xr.Dataset],
    *,
    stated: SamplesFile,
    places: Mapping[str, Places],
    factors: Mapping[str, xps.Sensitivity] | None,
) -> xps.Sample:
    ratio = (
        None
        if stated.auger_ratio is None
        else Estimates.build(["KL1L23/KL23L23"], [stated.auger_ratio[0]], [stated.auger_ratio[1] ** 2])
    )
    return xps.sample(
        measured,
        {level: region for level, region in _regions_of(one, stated).items() if level in measured},
        reference=stated.reference if one.reference is None else one.reference,
        reference_sd=one.reference_sd or stated.reference_sd,
        photon_energy=stated.photon_energy,
        monochromatic=stated.monochromatic,
        satellites=stated.second_lines(),
        priors=places,
        sensitivity=factors,
        auger_ratio=ratio,
        oxygen_per_phosphorus=one.oxygen_per_phosphorus,
        surface_oxygen=one.surface_oxygen,
        name=one.name,
    )
