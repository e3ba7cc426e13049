"""What leaves: the fits of an analysis or one fit alone, each under a name that a person can type, and the tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import xarray as xr

import spectra
from shortrange.exports._all_tables import all_tables
from shortrange.exports._tables import peaks_table
from shortrange.results import Analysis, Fitted, Structure
from shortrange_core.errors import BadInput

_UNTYPABLE = re.compile(r"[^A-Za-z0-9.]+")


@dataclass(frozen=True, eq=False, slots=True)
class ExportedSpectrum:
    """One fitted spectrum: where it belongs, its fit, and its curves, which take a while to make."""

    sample: str
    technique: str
    file: str
    fit: spectra.Fit
    curves: xr.Dataset


@dataclass(frozen=True, eq=False, slots=True)
class Content:
    """What is written in every format.

    Parameters
    ----------
    title
        Title of the analysis, or the file of a fit.
    items
        Fits by their names.
    tables
        Tables by their names.
    structures
        Short-range order of the glasses; none for one fit.
    about
        Versions, hashes and the like, as text.
    """

    title: str
    items: Mapping[str, ExportedSpectrum]
    tables: Mapping[str, pd.DataFrame]
    structures: tuple[Structure, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)


def content_of(stored: Any) -> Content:
    """Content of a stored analysis or fit.

    Parameters
    ----------
    stored
        What :func:`shortrange_core.load` gives.

    Raises
    ------
    BadInput
        If it is another record.
    """
    if isinstance(stored, Analysis):
        recipe, source = stored.recipe.tables, stored.provenance
        about = {"library": stored.library, "simulated": str(recipe.simulated).lower(), **_about(source)}
        return Content(recipe.title, _named(stored.fits), all_tables(stored), stored.structures, about)
    if isinstance(stored, spectra.Fit):
        file = next(iter(dict(stored.provenance.inputs)), "fit")
        coords = stored.spectrum.coords
        sample = str(coords["sample"].item()) if "sample" in coords else file.rpartition(".")[0] or file
        item = Fitted(sample, stored.areas.facets["technique"][0], file, (), (), stored)
        return Content(file, _named([item]), {"peaks": peaks_table([item])}, (), _about(stored.provenance))
    raise BadInput(f"contains a {type(stored).__name__}; give a results.nc, or a record of 'shortrange fit --out'")


def _about(source: Any) -> dict[str, str]:
    return {"command": source.command, **{f"version of {name}": text for name, text in source.versions.items()}}


def _named(fits: Sequence[Fitted]) -> dict[str, ExportedSpectrum]:
    """Fits by names such as ``x-0.15_31P-NMR``; a second one of a sample and technique gets a number."""
    named: dict[str, ExportedSpectrum] = {}
    for item in fits:
        stem = f"{typable(item.sample)}_{typable(item.technique)}".strip("_")
        number = sum(name == stem or name.startswith(f"{stem}_") for name in named)
        made = ExportedSpectrum(item.sample, item.technique, item.file, item.fit, item.fit.curves)
        named[stem if not number else f"{stem}_{number + 1}"] = made
    return named


def typable(text: str) -> str:
    """A name without blanks and signs that a shell or a file system takes for something else.

    Examples
    --------
    >>> typable("x = 0.15"), typable("31P NMR")
    ('x-0.15', '31P-NMR')
    """
    return _UNTYPABLE.sub("-", text).strip("-.")


def component_names(curves: xr.Dataset) -> tuple[str, ...]:
    """What the components of a fit are called: what they count; the peak's own name where that is nothing or shared."""
    counts = [str(text) for text in curves["assignment"].values]
    peaks = [str(name) for name in curves["peak"].values]
    return tuple(
        text if text and counts.count(text) == 1 else f"{text} ({peak})" if text else peak
        for text, peak in zip(counts, peaks, strict=True)
    )


def curve_table(item: ExportedSpectrum) -> pd.DataFrame:
    """Curves of a fit, one column each: axis, data, noise, model, background, components, residual."""
    curves, axis = item.curves, item.fit.model.axis
    columns = {f"{axis} ({spectra.AXES[axis]})": curves[axis].values}
    columns |= {name: curves[name].values for name in ("data", "noise", "model", "background")}
    named = zip(component_names(curves), curves["component"].values, strict=True)
    columns |= {f"component {name}": values for name, values in named}
    return pd.DataFrame({**columns, "residual": curves["residual"].values})
