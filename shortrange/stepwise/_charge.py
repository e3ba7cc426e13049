"""The charge reference of a photoelectron region: its line is looked for in the same file or among its sample's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

import spectra
from shortrange.recipe import Options, Recipe, Sample, SpectrumEntry
from shortrange_core.errors import BadInput
from shortrange_core.readings import refuse_warnings
from shortrange_core.spelling import option


def charged(
    spectrum: xr.Dataset,
    path: str | os.PathLike[str],
    technique: str,
    options: Options,
    *,
    energy: str | None = None,
    others: Sequence[tuple[str | os.PathLike[str], SpectrumEntry]] = (),
    strict: bool = False,
) -> xr.Dataset:
    """The region with what its reference line says of the charge; as it is where nothing measures that line.

    Parameters
    ----------
    spectrum, path, technique
        The region as read, its file, and its technique such as ``"O 1s XPS"``.
    options
        Of its technique: ``reference`` names the line, such as ``"C 1s 284.8"``; ``photon_energy`` the source of files
        that do not say it.
    energy
        As for :func:`spectra.read`.
    others
        Files of the same sample with their entries in the recipe.
    strict
        Refuse every warning of the reader about the spectrum, and about that of the line in the same file; ``others``
        are looked at where they are fitted.

    Raises
    ------
    BadInput
        If the file holds that line twice, or it cannot be fitted; with ``strict`` all warnings together.
    """
    is_region = spectra.technique_of(technique) is spectra.technique_of("XPS")
    line = spectra.xps.reference_line(options.get("reference") or "") if is_region else None
    region, looked_at = None, [spectrum]
    if line is not None and options.get("charge_shift") is None:
        region = _stated(f"{line[0]} XPS", others)
        if region is None and spectra.xps.level_of(spectrum) == line[0]:
            region = spectrum
        if region is None and (region := _beside(path, f"{line[0]} XPS", energy)) is not None:
            looked_at.append(region)
    if strict:
        refuse_warnings(dict.fromkeys(note for one in looked_at for note in spectra.notes_of_reading(one)))
    if line is None or region is None:
        return spectrum
    return spectra.xps.with_charge(spectrum, region, line[1], photon_energy=options.get("photon_energy"))


def others_of(recipe: Recipe, sample: Sample) -> list[tuple[str | os.PathLike[str], SpectrumEntry]]:
    """Files of a sample with their entries, for :func:`charged`."""
    return [(recipe.path(entry), entry) for entry in sample.spectra]


def _stated(technique: str, others: Sequence[tuple[str | os.PathLike[str], SpectrumEntry]]) -> xr.Dataset | None:
    for path, entry in others:
        if entry.technique == technique:
            return spectra.read(path, technique=technique, block=entry.block, energy=entry.energy)
    return None


def _beside(path: str | os.PathLike[str], technique: str, energy: str | None) -> xr.Dataset | None:
    """The region of a technique in a file that holds several."""
    blocks = [block for block in spectra.contents(path) if block.technique == technique]
    if len(blocks) > 1:
        names = ", ".join(repr(block.name) for block in blocks)
        raise BadInput(
            f"{option('reference')}: {Path(path).name} contains {technique} {len(blocks)} times ({names}); give "
            f"{option('charge_shift')} of this sample"
        )
    return spectra.read(path, technique=technique, block=blocks[0].name, energy=energy) if blocks else None
