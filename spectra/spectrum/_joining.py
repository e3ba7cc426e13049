"""Several spectra become one: side by side, their difference, their mean; noise and files go along.

xarray's own concat takes the attributes of the first spectrum for all, and its arithmetic drops coordinates that
differ; the noise of a difference would be the difference of the noises.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.readings import NAME, NAME_OF_NOTES, carried, joined, reading_of
from spectra.spectrum._contract import check_together

CORRELATION = "noise_correlation"
WITHOUT_SUM = ("counts", "noise_processing", NAME, NAME_OF_NOTES)
"""What does not hold for a sum of spectra: counts are none any more, several decays have no one processing."""


def concat(spectra: Sequence[xr.Dataset], *, dim: str = "spectrum", labels: Sequence[Any] | None = None) -> xr.Dataset:
    """Spectra side by side over equal axes, as :func:`spectra.fit_map` takes them.

    Each keeps its own files, so that one that is selected says what it was read from; of all together they are united.

    Parameters
    ----------
    spectra
        Spectra of one technique and scale.
    dim
        Name of the new dimension.
    labels
        One label a spectrum, along ``dim``.

    Raises
    ------
    BadInput
        If there is none, axes differ, scales are mixed, or labels do not match.
    """
    good = _together(spectra)
    if labels is not None and len(labels) != len(good):
        raise BadInput(f"labels: there are {len(labels)} for {len(good)} spectra; give one each")
    records = [carried(reading_of(one)).get(NAME, "") for one in good]
    names = _in_all(good)
    parts = [one.drop_vars([name for name in one.variables if name not in names]) for one in good]
    scalars = [name for name in parts[0].coords if parts[0].coords[name].ndim == 0]
    made = xr.concat([part.drop_vars(scalars) for part in parts], dim=dim, join="exact", combine_attrs="drop_conflicts")
    for name in scalars:
        values = [part.coords[name].item() for part in parts]
        made = made.assign_coords({name: values[0] if len(set(values)) == 1 and name != dim else (dim, values)})
    if any(records):
        made = made.assign_coords({NAME: (dim, np.array(records, dtype=object))})
    if labels is not None:
        made = made.assign_coords({dim: list(labels)})
    return _history(made, good, f"{len(good)} spectra side by side")


def subtract(spectrum: xr.Dataset, other: xr.Dataset, *, factor: float = 1.0) -> xr.Dataset:
    """The spectrum minus ``factor`` times another, such as that of a rotor or a holder.

    Noise adds in quadrature; coordinates are those of ``spectrum``; the files of both are united.

    Parameters
    ----------
    spectrum, other
        Spectra over equal axes, of one technique and scale.
    factor
        Of the other.

    Raises
    ------
    BadInput
        If axes or scales differ.
    """
    return _sum(
        _together([spectrum, other]), (1.0, -float(factor)), f"{factor:g} times the second taken from the first"
    )


def mean(spectra: Sequence[xr.Dataset]) -> xr.Dataset:
    """Mean of repeated spectra; noise adds in quadrature, coordinates are those of the first, all files are listed.

    Raises
    ------
    BadInput
        If there is none, or axes or scales differ.
    """
    good = _together(spectra)
    return _sum(good, (1.0 / len(good),) * len(good), f"mean of {len(good)} spectra")


def _together(spectra: Sequence[xr.Dataset]) -> tuple[xr.Dataset, ...]:
    if not spectra:
        raise BadInput("spectra is empty; give one or more")
    return check_together(spectra, same_axis=True)


def _sum(good: Sequence[xr.Dataset], factors: Sequence[float], step: str) -> xr.Dataset:
    names = [name for name in ("intensity", "imaginary") if all(name in one for one in good)]
    sums: dict[str, Any] = {
        name: functools.reduce(np.add, [f * one[name].values for f, one in zip(factors, good, strict=True)])
        for name in names
    }
    sums["noise"] = np.sqrt(sum((f * one["noise"].values) ** 2 for f, one in zip(factors, good, strict=True)))
    first = good[0].drop_vars([name for name in (*WITHOUT_SUM, "imaginary") if name in good[0] and name not in names])
    made = first.assign({name: first[name].copy(data=values) for name, values in sums.items()})
    correlated = [float(one.coords[CORRELATION]) for one in good if CORRELATION in one.coords]
    coords: dict[str, Any] = {"noise_source": "given", **carried(joined(map(reading_of, good)))}
    if correlated:
        coords[CORRELATION] = max(correlated)
    made = made.assign_coords(coords)
    return _history(made, good, step)


def _in_all(good: Sequence[xr.Dataset]) -> list[Hashable]:
    """Variables and coordinates that every spectrum has, the record of its files apart."""
    return [n for n in good[0].variables if n not in (NAME, NAME_OF_NOTES) and all(n in one.variables for one in good)]


def _history(made: xr.Dataset, good: Sequence[xr.Dataset], step: str) -> xr.Dataset:
    """What was done before to each, and this step, whatever xarray's options do with attributes."""
    before = dict.fromkeys(str(one.attrs.get("history", "")) for one in good)
    told = " | ".join(text for text in before if text)
    for name, variable in good[0].variables.items():
        if name in made.variables:
            made[name].attrs.update(variable.attrs)
    return made.assign_attrs(history=f"{told}; {step}" if told else step)
