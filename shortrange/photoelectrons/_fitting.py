"""All regions of photoelectron samples from one TOML file: fits on one reference, amounts, products, series."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import xarray as xr

import reference_peaks
from shortrange.photoelectrons._tables import (
    ContactEntry,
    RegionEntry,
    RegionFile,
    SampleEntry,
    SamplesFile,
    read_samples,
)
from shortrange.stepwise import published_places
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.errors import Offenders
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import spoken_in
from spectra import read, xps
from spectra.models import Places
from spectra.spectrum import with_correlation


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
        formed = [
            replace(note, text=f"{pair}, {level}: {note.text}")
            for pair, levels in self.contacts.items()
            for level, one in levels.items()
            for note in one.notes
        ]
        return (*own, *formed, *_of_regions(self.samples))


def _of_regions(samples: Mapping[str, xps.Sample]) -> Iterator[Note]:
    """Notes of the fits; errors among them stand in the note ``region-misfit`` of their sample."""
    places: dict[Note, list[str]] = {}
    for name, one in samples.items():
        for level, fit in one.fits.items():
            for note in dict.fromkeys(fit.notes):
                if note.severity is not Severity.ERROR:
                    places.setdefault(note, []).append(f"{name}, {level}")
    for note, told in places.items():
        further = f" and {counted(len(told) - 1, 'further region')}" if len(told) > 1 else ""
        yield replace(note, text=f"{told[0]}{further}: {note.text}")


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
    samples, offenders = {}, Offenders()
    for one in stated.samples:
        with offenders.of(one.name):
            samples[one.name] = fitted(one, measured[one.name])
    offenders.raise_if_any()
    contacts = {
        f"{pair.before} -> {pair.after}": xps.products(
            samples[pair.before], samples[pair.after], pair.products, priors=places, satellites=stated.second_lines()
        )
        for pair in stated.contacts
    }
    series = xps.series(list(samples.values()), stated.along) if stated.along else None
    return PhotoelectronResults(samples, contacts, series)


SURVEY = "survey"
"""Beside the levels of what was measured of a sample."""


def _measured(stated: SamplesFile, folder: Path, *, strict: bool) -> dict[str, dict[str, xr.Dataset]]:
    """Regions of every sample and its survey, as read; what stands against them comes together."""
    offenders, samples = Offenders(), {}
    for one in stated.samples:
        with offenders.of():
            items = (*(folder / file for file in one.files), *_stated(one, folder))
            asked = partial(xps.regions, containing=one.containing, energy=one.energy, strict=strict)
            read_ones = asked(*items) if items else {}
            if one.survey is not None:
                read_ones[SURVEY] = _survey(one.survey, one, folder, strict=strict)
            samples[one.name] = read_ones if one.x is None else _placed(read_ones, stated.along, one)
    offenders.raise_if_any()
    return samples


def _survey(entry: RegionFile, one: SampleEntry, folder: Path, *, strict: bool) -> xr.Dataset:
    """What levels without a region of their own are cut out of."""
    energy = entry.energy or one.energy
    offenders = Offenders()
    with offenders.of(entry.file):
        survey = _timed(
            read(folder / entry.file, technique="survey XPS", block=entry.block, energy=energy, strict=strict), entry
        )
    offenders.raise_if_any()
    return survey


def _placed(regions: dict[str, xr.Dataset], along: str, one: SampleEntry) -> dict[str, xr.Dataset]:
    """Regions of a sample with its stated place in the series, which no file may deny."""
    place = float(one.x or 0.0)
    stated = f"{one.name}: x = {place:g}"
    if any(along in (*region.dims, *region.data_vars) for region in regions.values()):
        raise BadInput(f"{stated}: along = {along!r} is the axis of the regions; give the series another name")
    of_files = {level: region.coords[along].item() for level, region in regions.items() if along in region.coords}
    denied = [f"{value} ({level})" for level, value in of_files.items() if value != place]
    if denied:
        raise BadInput(f"{stated}: in the files, {along} is {', '.join(denied)}; leave x out")
    return {level: region.assign_coords({along: place}) for level, region in regions.items()}


def _stated(one: SampleEntry, folder: Path) -> list[xr.Dataset]:
    """Regions of files that do not say all, with what is stated of them, which the files must not deny."""
    offenders, problems = Offenders(), []
    for entry in one.spectra:
        with offenders.of():
            path, energy = folder / entry.file, entry.energy or one.energy
            region = read(path, technique=entry.technique, block=entry.block, energy=energy)
            with offenders.of(entry.file):
                problems.append(_with_level(region, entry))
    offenders.raise_if_any()
    return problems


def _with_level(region: xr.Dataset, entry: RegionFile) -> xr.Dataset:
    if xps.level_of(region) not in (*xps.levels(), xps.AUGER_LEVEL):
        raise BadInput("names no core level; give technique, such as 'O 1s XPS'")
    return _timed(region, entry)


def _timed(region: xr.Dataset, entry: RegionFile) -> xr.Dataset:
    """The region with what is stated of its noise and time."""
    return xps.with_exposure(
        with_correlation(region, entry.noise_correlation),
        intensity_unit=entry.intensity_unit,
        dwell_time=entry.dwell_time,
        scans=entry.scans,
    )


def _factors(stated: SamplesFile, folder: Path) -> dict[str, xps.Sensitivity] | None:
    if stated.factors is None or isinstance(stated.factors, str):
        return xps.read_sensitivities(folder / stated.factors) if stated.factors else None
    energy = stated.photon_energy
    if energy is None:
        raise BadInput("theoretical factors depend on the source; give photon_energy in eV")
    return xps.theoretical_factors(energy, **stated.factors.model_dump())


def _regions_of(one: SampleEntry, stated: SamplesFile, levels: Collection[str]) -> dict[str, xps.Region]:
    """Regions of a sample that were measured: after contact with what may have formed, without which they misfit."""
    formed = _products(pair for pair in stated.contacts if pair.after == one.name)
    sodium = stated.has_sodium(levels)
    return {
        level: _region_of(entry, formed.get(level, ()), sodium=sodium)
        for level, entry in stated.regions.items()
        if level in levels
    }


def _products(contacts: Iterable[ContactEntry]) -> dict[str, list[str]]:
    """What may have formed, by level."""
    formed: dict[str, list[str]] = {}
    for pair in contacts:
        for level, product in pair.products.items():
            formed.setdefault(level, []).append(product)
    return formed


def _region_of(entry: RegionEntry, products: Sequence[str], *, sodium: bool) -> xps.Region:
    """A region with its products; windows of products that this sample has not are those of other samples."""
    keys = {"sodium": sodium, **entry.model_dump(exclude_none=True)}
    made = xps.with_products(xps.Region(**keys), products)
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
    survey = measured.get(SURVEY)
    regions = {level: region for level, region in measured.items() if level != SURVEY}
    integrated = {
        level: xps.Integration(**entry.model_dump())
        for level, entry in stated.integrated.items()
        if level in regions or survey is not None
    }
    return xps.sample(
        regions,
        _regions_of(one, stated, regions),
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
        integrated=integrated,
        survey=survey,
        name=one.name,
    )
