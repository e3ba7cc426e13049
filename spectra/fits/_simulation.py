"""Simulated spectra of a model: for studies, tests, and to see what a measurement could tell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.randomness import generator
from spectra.fits._compiled import Compiled
from spectra.models import Model
from spectra.spectrum import from_arrays

HISTORY = "simulated"


def values_of_model(model: Model, values: Mapping[str, float] | None = None) -> dict[str, float]:
    """Every parameter's value: the model's starts, replaced by ``values``; linked parameters follow.

    Raises
    ------
    BadInput
        If a name is not in the model, a linked parameter is given, or a value is missing; all together.
    """
    given = dict(values or {})
    by_name = {parameter.name: parameter.value for parameter in model.all_parameters}
    linked = model.linked()
    problems = [
        f"values: {name!r} is not in the model; it has {', '.join(by_name)}" for name in given if name not in by_name
    ]
    problems += [
        f"values: {name} is linked to {linked[name]}; give that one instead" for name in given if name in linked
    ]
    by_name |= {name: float(value) for name, value in given.items() if name in by_name}
    missing = [name for name, value in by_name.items() if np.isnan(value) and name not in linked]
    problems += [f"values: {name} has no value; give one" for name in missing]
    if problems:
        raise BadInput(*problems)
    for name, expression in linked.items():
        by_name[name] = expression.value(by_name)
    return by_name


def simulate(
    model: Model,
    x: npt.ArrayLike,
    values: Mapping[str, float] | None = None,
    *,
    noise: float | None = None,
    counts: bool = False,
    rng: np.random.Generator,
    sample: str | None = None,
) -> xr.Dataset:
    """Simulated spectrum: the model exactly, plus noise.

    Parameters
    ----------
    model
        The model.
    x
        Axis values, unit of the model's axis.
    values
        Parameters that differ from the model's starts, by name.
    noise
        Standard deviation of white noise in the unit of the intensity.
    counts
        True draws Poisson counts with the model as their mean.
    rng
        Random numbers.
    sample
        Label of the sample.

    Raises
    ------
    BadInput
        If neither or both of ``noise`` and ``counts`` are given, a value is missing, or a mean count is negative.

    Examples
    --------
    >>> from spectra.models import peak
    >>> line = peak("a", {"area": 50.0, "center": 40.0, "fwhm": 6.0}, shape="gaussian")
    >>> model = Model("", "chemical_shift", (line,))
    >>> spectrum = simulate(model, np.linspace(20, 60, 41), noise=0.1, rng=np.random.default_rng(0))
    >>> spectrum.attrs["history"]
    'simulated'
    """
    if (noise is None) == (not counts):
        raise BadInput(f"noise = {noise}, counts = {counts}: give exactly one of noise= and counts=True")
    if noise is not None and not 0 < noise < np.inf:
        raise BadInput(f"noise = {noise}: must be positive and finite")
    generator(rng)
    at = np.asarray(x, dtype=float)
    compiled = Compiled(model, at)
    by_name = values_of_model(model, values)
    mean = compiled.evaluate(np.array([by_name[name] for name in compiled.names])).copy()
    technique = model.technique or None
    if noise is not None:
        data = mean + rng.normal(0.0, noise, at.size)
        return from_arrays(at, data, axis=model.axis, noise=noise, technique=technique, sample=sample, history=HISTORY)
    if np.any(mean < 0):
        raise BadInput(f"mean counts: as low as {mean.min():g}; counts are 0 or more, raise the background")
    drawn = rng.poisson(mean).astype(float)
    return from_arrays(
        at,
        drawn,
        axis=model.axis,
        counts=drawn,
        technique=technique,
        sample=sample,
        intensity_unit="counts",
        history=HISTORY,
    )
