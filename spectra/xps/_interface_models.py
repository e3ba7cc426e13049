"""Models of a region before and after contact: what one takes from the other."""

from __future__ import annotations

import math
from dataclasses import replace

from spectra.fits import Fit
from spectra.models import Default, Model, with_parameters, with_peaks
from spectra.xps._doublets import partner_of, satellites_of

REACH = 15.0
"""eV that lines of the pristine region may move together."""
LEAST_SD = 0.01
"""eV: positions of two measurements are never held together better than that."""
WIDTH_REPEAT = 0.05
"""Relative sd of a width between two measurements: neutraliser, focus and pass energy drift."""
REPEATED = ("fwhm", "gauss_fwhm", "lorentz_fwhm", "tail", "alpha", "beta", "asymmetry", "damping", "cutoff")
"""Quantities of a line that the region after contact has from the pristine one."""
PRISTINE = "the pristine region"


def like_pristine(model: Model, glass: Fit) -> Model:
    """The model with the positions and widths of the glass as its pristine fit left them, free to move together."""
    lines = glass.parameters
    values, sds = lines.value.values.tolist(), lines.sd.values.tolist()
    measured = dict(zip(lines.entries, zip(values, sds, strict=True), strict=True))
    linked = set(model.linked())
    changed = {}
    for parameter in model.all_parameters:
        if parameter.name not in measured or parameter.name in linked or not parameter.vary:
            continue
        value, sd = measured[parameter.name]
        if parameter.quantity == "center":
            prior = Default(value, max(sd if math.isfinite(sd) else 1.0, LEAST_SD), PRISTINE)
            changed[parameter.name] = replace(
                parameter, value=value, lower=value - REACH, upper=value + REACH, prior=prior
            )
        if parameter.quantity in REPEATED:
            spread = max(math.hypot(sd if math.isfinite(sd) else WIDTH_REPEAT * value, WIDTH_REPEAT * value), LEAST_SD)
            changed[parameter.name] = replace(parameter, value=value, prior=Default(value, spread, PRISTINE))
    return with_parameters(model, changed)


def without(model: Model, name: str) -> Model:
    """The model without a line, its partner of a doublet and the satellites of both."""
    own = (name, partner_of(name))
    gone = {*own, *satellites_of(own, model)}
    return with_peaks(model, [line for line in model.peaks if line.name not in gone])


def same_line(model: Model, after: Fit, main: str, reduced: str) -> Model:
    """Model of the pristine region with the reduced line as it is after contact: as far from the main line, as wide."""
    value = {name: float(v) for name, v in zip(after.parameters.entries, after.parameters.value.values, strict=True)}
    away = value[f"{reduced}_center"] - value[f"{main}_center"]
    line = next(line for line in model.peaks if line.name == reduced)
    held = {one.name for one in line.parameters if one.quantity not in ("area", "center")}
    changed = {}
    for parameter in model.all_parameters:
        if parameter.name in held:
            changed[parameter.name] = replace(parameter, value=value[parameter.name], prior=None, vary=False)
        if parameter.name == f"{reduced}_center":
            changed[parameter.name] = replace(parameter, prior=None, lower=-math.inf, upper=math.inf)
    sign = "+" if away >= 0 else "-"
    link = f"{reduced}_center = {main}_center {sign} {abs(away):.6g}"
    return with_parameters(model, changed, links=(*model.links, link))
