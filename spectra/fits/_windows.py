"""The part of a spectrum, or of many, that a model is fitted to."""

from __future__ import annotations

import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted
from spectra.fits._compiled import Compiled
from spectra.models import Model
from spectra.spectrum import FEWEST_POINTS, axis_of, check


def part_of(spectrum: xr.Dataset, model: Model, *, stack: bool = False) -> xr.Dataset:
    """The checked spectrum, cut to the model's window.

    Parameters
    ----------
    spectrum
        A labelled spectrum; with ``stack`` over further dimensions too.
    model
        The model.
    stack
        True where further dimensions are allowed.

    Raises
    ------
    BadInput
        If either is not what it should be, they do not belong together, or nothing lies inside the window.
    """
    if not isinstance(model, Model):
        raise BadInput(
            f"a {type(model).__name__} is not a model; make one with spectra.Model, or model() of a technique"
        )
    if not stack and _is_lazy(spectrum):
        spectrum = spectrum.compute()  # one spectrum is small: its numbers are looked at before the fit
    check(spectrum, technique=model.technique or None, stack=stack, gaps=stack)
    axis = axis_of(spectrum)
    if axis != model.axis:
        raise BadInput(
            f"the axis of the spectrum is {axis}, that of the model {model.axis}; convert the spectrum first"
        )
    if model.window is None:
        return spectrum
    part = spectrum.sel({axis: slice(*model.window)})
    if part.sizes[axis] < FEWEST_POINTS:
        values, unit = spectrum[axis].values, spectrum[axis].attrs["units"]
        raise BadInput(
            f"window {model.window[0]:g} to {model.window[1]:g} {unit}: contains "
            f"{counted(part.sizes[axis], 'point')} of a spectrum "
            f"from {values[0]:g} to {values[-1]:g} {unit}; widen or move it"
        )
    return part


def _is_lazy(spectrum: object) -> bool:
    if not isinstance(spectrum, xr.Dataset) or "intensity" not in spectrum.data_vars:
        return False
    return spectrum.variables["intensity"].chunks is not None


def check_size(compiled: Compiled) -> None:
    """Refuse a window that holds too few points for the model.

    Raises
    ------
    BadInput
        If there are fewer points and priors than free parameters.
    """
    points, terms = compiled.x.size, len(compiled.priors[1])
    if points + terms < len(compiled.free) or points < FEWEST_POINTS:
        raise BadInput(
            f"the fitted window has {counted(points, 'point')} and {counted(terms, 'prior')} for "
            f"{counted(len(compiled.free), 'free parameter')}; "
            "widen the window, or fix or link parameters"
        )


def contradiction(*models: Model) -> BadInput:
    """What to say where no parameters obey the bounds, links and constraints of models."""
    texts = "; ".join(dict.fromkeys(text for model in models for text in (*model.constraints, *model.links)))
    return BadInput(f"no areas and parameters satisfy {texts or 'the links'} and all bounds; relax one of them")
