"""An edit applied: to the phase of a spectrum, to its points, to the model that its technique makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np
import xarray as xr

import spectra
from shortrange.edits._table import NO_EDIT, Edit, HandPeak, meant, parameters_named
from shortrange_core import affine
from shortrange_core.errors import BadInput, Offenders
from spectra.models import owner_of, split_link, with_parameters
from spectra.shapes import shape_named

BY_HAND_MOVES = 1.0  # a line by hand may move by its width to either side,
BY_HAND_WIDTHS = 4.0  # ... and its width may become four times as large or as small


def phased(spectrum: xr.Dataset, edit: Edit) -> xr.Dataset:
    """The spectrum in the phase of the edit; before it is prepared, because the noise is measured there."""
    return spectrum if edit.phase is None else spectra.nmr.phased(spectrum, edit.phase[0], edit.phase[1])


def cleared(spectrum: xr.Dataset, edit: Edit) -> xr.Dataset:
    """The prepared spectrum without the points that the edit leaves out.

    Raises
    ------
    BadInput
        If nothing lies in a part that is left out, or too few points stay.
    """
    if not edit.exclude:
        return spectrum
    axis = spectra.spectrum.axis_of(spectrum)
    x = np.asarray(spectrum[axis].values, dtype=float)
    inside = [(x >= lower) & (x <= upper) for lower, upper in edit.exclude]
    idle = [f"{e[0]:g} to {e[1]:g}" for e, part in zip(edit.exclude, inside, strict=True) if not part.any()]
    if idle:
        raise BadInput(f"exclude: no point lies in {', '.join(idle)}; the axis runs from {x[0]:g} to {x[-1]:g}")
    return spectra.check(spectrum.isel({axis: np.flatnonzero(~np.any(inside, axis=0))}))


def edited(model: spectra.Model, edit: Edit, absent: AbstractSet[str] = frozenset()) -> spectra.Model:
    """The model as an analyst changed it; itself where nothing is changed.

    Parameters
    ----------
    model
        As its technique makes it.
    edit
        The table; its window and degree replace the model's.
    absent
        Peaks that are off and that the technique was not asked for.

    Raises
    ------
    BadInput
        If it names a peak or a parameter that the model does not have, or asks for what a shape cannot be.
    """
    if edit == NO_EDIT:
        return model
    peaks = (*model.peaks, *(_by_hand(peak) for peak in edit.peaks))
    strangers = sorted({*edit.off, *edit.counts} - {peak.name for peak in peaks} - absent)
    if strangers:
        raise BadInput(f"peaks {', '.join(strangers)}: are not in the model; it has {', '.join(p.name for p in peaks)}")
    peaks = tuple(replace(peak, assignment=edit.counts.get(peak.name, peak.assignment)) for peak in peaks)
    if edit.background_degree is not None:
        model = replace(model, background=_with_degree(model, edit.background_degree))
    if edit.window is not None:
        model = replace(model, window=(edit.window[0], edit.window[1]))
    whole = replace(model, peaks=peaks)
    changed = _without(whole, edit.off)
    names = {p.name for p in changed.all_parameters}
    lost = {p.name for p in whole.all_parameters} - names
    lost |= {name for _, name in parameters_named(edit) if owner_of(name, absent) and name not in names}
    changed = replace(changed, links=_links(changed, edit, lost))
    return with_parameters(changed, _parameters(changed, edit, lost))


def _by_hand(line: HandPeak) -> spectra.Peak:
    reach = BY_HAND_MOVES * line.fwhm
    center = (line.center, line.center - reach, line.center + reach)
    fwhm = (line.fwhm, line.fwhm / BY_HAND_WIDTHS, line.fwhm * BY_HAND_WIDTHS)
    return spectra.peak(line.name, {"center": center, "fwhm": fwhm}, shape=line.shape)


def _with_degree(model: spectra.Model, degree: int) -> tuple[spectra.models.backgrounds.Background, ...]:
    made = spectra.backgrounds.polynomial(degree)
    rest = tuple(part for part in model.background if part.kind != made.kind)
    return (made, *rest)


def _without(model: spectra.Model, names: Sequence[str]) -> spectra.Model:
    """The model without some peaks, and without those whose area is tied to one of them, such as doublet partners.

    What was tied to a parameter that goes is tied to the first of those that were tied to it: one width for all lines
    stays one width.
    """
    gone = set(names)
    for left, right in model.linked().items():
        owner = next((peak.name for peak in model.peaks if peak.parameters[0].name == left), "")
        if owner and any(_owner(model, name) in gone for name in right.names):
            gone.add(owner)
    if not gone:
        return model
    lost = {p.name for peak in model.peaks if peak.name in gone for p in peak.parameters}
    links = [text for text in model.links if split_link(text)[0] not in lost]
    for name in sorted(lost):
        links = _rooted_anew(links, name)
    kept = [text for text in model.constraints if not set(affine.parse_relation(text).left.names) & lost]
    peaks = tuple(peak for peak in model.peaks if peak.name not in gone)
    if not peaks:
        raise BadInput("every line is switched off; leave one on")
    return replace(model, peaks=peaks, links=tuple(links), constraints=tuple(kept))


def _owner(model: spectra.Model, name: str) -> str:
    return next((peak.name for peak in model.peaks if any(p.name == name for p in peak.parameters)), "")


def _rooted_anew(links: Sequence[str], lost: str) -> list[str]:
    """Links without a parameter: equal ones hang on the first of them, all others that name it go."""
    equal = [
        left for left, right in map(split_link, links) if right.coefficients == {lost: 1.0} and right.constant == 0
    ]
    kept = [text for text in links if lost not in split_link(text)[1].names]
    return [*kept, *(f"{name} = {equal[0]}" for name in equal[1:])]


def _links(model: spectra.Model, edit: Edit, lost: AbstractSet[str]) -> tuple[str, ...]:
    """Links of the model with those of the edit over them; ties of what is switched off wait."""
    ties = [(text, *split_link(text)) for text in edit.ties]
    awake = [(text, left) for text, left, right in ties if not lost & {left, *right.names}]
    decided = {*edit.fixed, *(left for _, left in awake)}
    return (*(text for text in model.links if split_link(text)[0] not in decided), *(text for text, _ in awake))


def _parameters(model: spectra.Model, edit: Edit, lost: AbstractSet[str]) -> dict[str, spectra.Parameter]:
    parameters = {parameter.name: (parameter, *_limits(model, parameter)) for parameter in model.all_parameters}
    offenders = Offenders()
    changed: dict[str, spectra.Parameter] = {}
    for key, name, value in _values(edit, lost):
        if name not in parameters:
            close = meant(name, list(parameters))
            offenders.add(f"{key}: {name!r} is not a parameter of the model{close}; it has {', '.join(parameters)}")
            continue
        parameter, low, high = parameters[name]
        if not low <= value <= high:
            offenders.add(
                f"{key}: {name} = {value:g} lies outside {low:g} to {high:g}, the range of its shape; move it"
            )
            continue
        lower, upper = _stretched(parameter, value)
        lower, upper = max(lower, low), min(upper, high)
        changed[name] = replace(parameter, value=value, lower=lower, upper=upper, vary=key == "start")
    offenders.raise_if_any()
    return changed


def _stretched(parameter: spectra.Parameter, value: float) -> tuple[float, float]:
    """Window of a parameter; one that does not hold the value is stretched to it and half its width beyond.

    A line that was dragged near to a maximum has to be able to reach it.
    """
    room = (parameter.upper - parameter.lower) / 2
    lower = parameter.lower if value >= parameter.lower else value - room
    upper = parameter.upper if value <= parameter.upper else value + room
    return lower, upper


def _values(edit: Edit, lost: AbstractSet[str]) -> Iterator[tuple[str, str, float]]:
    for key, values in (("start", edit.start), ("fixed", edit.fixed)):
        yield from ((key, name, value) for name, value in values.items() if name not in lost)


def _limits(model: spectra.Model, parameter: spectra.Parameter) -> tuple[float, float]:
    """What a parameter can be at all: that of its shape, an area that is not negative, anything of a background."""
    for peak in model.peaks:
        if parameter in peak.parameters:
            quantity = parameter.name[len(peak.name) + 1 :]
            bounds = {"area": (min(parameter.lower, 0.0), np.inf), **shape_named(peak.shape).bounds}
            return bounds[quantity]
    return -np.inf, np.inf
