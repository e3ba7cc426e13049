"""What an analysis of a recipe would start from, without a fit: files read, models made, all mistakes together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import xarray as xr

import reference_peaks
import spectra
from shortrange.recipe import PeakEntry, Recipe, SpectrumEntry, Tables
from shortrange.results import Measured, Priors
from shortrange.stepwise._evidence import finished_areas
from shortrange.stepwise._fitting import model_of, priors_of, read_entry, unpublished
from shortrange.stepwise._remarks import ALL_GLASSES, doubts, weighed
from shortrange_core import affine
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.notes import Note
from shortrange_core.spelling import spoken_in


@dataclass(frozen=True, eq=False, slots=True)
class Preview:
    """One spectrum of a recipe as its fit would start.

    Parameters
    ----------
    sample, technique, file
        As in the recipe.
    lower, upper
        Ends of the fitted range, unit of the axis.
    unit
        Unit of the axis.
    lines
        What is fitted; none where the glass can hold no line of the technique.
    unpublished
        Lines without a published position.
    notes
        What was odd in the file, and what the model says of itself; a warning only where an analysis would warn of it.
    spectrum, block
        As the technique makes it ready, and its name in a file that holds several.
    """

    sample: str
    technique: str
    file: str
    lower: float
    upper: float
    unit: str
    lines: tuple[str, ...]
    unpublished: tuple[str, ...]
    notes: tuple[Note, ...]
    spectrum: xr.Dataset
    block: str = ""


def unseen(tables: Tables) -> tuple[str, ...]:
    """Units of a recipe that no line counts whose areas enter the balances."""
    lines = [line for options in tables.techniques.values() if options.evidence != "none" for line in options.lines]
    counted = {name for line in lines for name in affine.parse(line).names}
    return tuple(unit for unit in tables.units if unit not in counted)


@spoken_in("recipe")
def preview(recipe: Recipe, *, strict: bool = False) -> tuple[Preview, ...]:
    """Read every file of a recipe and make its model.

    Parameters
    ----------
    recipe
        As :func:`shortrange.read_recipe` gives it.
    strict
        Refuse files about which their reader warns, as the key ``strict`` of a recipe does.

    Raises
    ------
    BadInput
        With every file that cannot be read and every spectrum that makes no model.
    """
    library = reference_peaks.load(*recipe.libraries, over=reference_peaks.load())
    offenders, previews, measured = Offenders(), [], []
    try:
        priors = priors_of(recipe, library)
    except BadInput as error:
        offenders.add(*error.problems)
        priors = {}
    for sample in recipe.tables.samples:
        entries: tuple[SpectrumEntry | PeakEntry, ...] = (*sample.spectra, *sample.peak_tables)
        for entry in entries:
            try:
                if isinstance(entry, PeakEntry):
                    finished_areas(recipe, sample, entry)
                else:
                    measured.append(read_entry(recipe, sample, entry, strict=strict))
                    previews.append(_preview(recipe, entry, measured[-1], priors))
            except BadInput as error:
                place = f"sample {sample.name!r}: {entry.file}"
                offenders.add(*(f"{place}: {_without(problem, entry.file)}" for problem in error.problems))
    offenders.raise_if_any()
    odd = doubts(recipe.tables, measured)
    return tuple(replace(one, notes=(*_of(one, odd), *weighed(one, recipe.tables))) for one in previews)


def _of(one: Preview, odd: Sequence[tuple[str, Note]]) -> Iterator[Note]:
    """Notes on a recipe that concern one spectrum."""
    return (note for where, note in odd if where in (ALL_GLASSES, f"{one.sample}, {one.technique}"))


def _without(problem: str, file: str) -> str:
    """A problem that begins with the name of its file, without it."""
    return problem.removeprefix(f"{file.rpartition('/')[2]}: ")


def _preview(recipe: Recipe, entry: SpectrumEntry, item: Measured, priors: Priors) -> Preview:
    made = model_of(recipe.tables, item, priors)
    axis = spectra.technique_of(entry.technique).axis
    notes = spectra.notes_of_reading(item.spectrum)
    if made is None:
        x = item.spectrum[str(next(iter(item.spectrum["intensity"].dims)))].values
        return Preview(
            item.sample, entry.technique, entry.file, x[0], x[-1], spectra.AXES[axis],
            (), (), notes, item.spectrum, item.block,
        )  # fmt: skip
    ready, model, lines = made
    spectra.fits.check_start(ready, model)
    x = ready[axis].values
    return Preview(
        item.sample, entry.technique, entry.file, float(x[0]), float(x[-1]), spectra.AXES[axis],
        lines, unpublished(lines, item, priors), (*notes, *model.notes), ready, item.block,
    )  # fmt: skip
