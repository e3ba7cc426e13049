r"""A model whose lines have another of the symmetric shapes of the trade, where nobody states theirs.

What is taken is a sum of a Gaussian and a Lorentzian; a Voigt line and a product of the two have other tails, and an
area with them (``studies/xps_shapes.md``). Lines keep their places, and what ties one to another ties it in the new
quantities. A Voigt line starts at the full width that the line has, by the approximation of J. J. Olivero and
R. L. Longbothum, :math:`f = 0.5346\,f_L + \sqrt{0.2166\,f_L^2 + f_G^2}` (10.1016/0022-4073(77)90161-3).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from spectra.fits import Fit
from spectra.models import Model, Parameter, Peak
from spectra.shapes import shape_named
from spectra.xps import _defaults as xps_defaults

LINEAR, SQUARE = 0.5346, 0.2166
"""Of a Lorentzian width in that of a Voigt line."""


@dataclass(frozen=True, slots=True)
class _Other:
    """A shape, how it is called, and which of its quantities the width and the Lorentzian part become."""

    shape: str
    name: str
    width: str
    part: str
    heaviest: str
    """Of a line: that it has no more area over height and width than a sum of 0.6 has, which is 1.319."""

    def relation(self, text: str, lines: set[str]) -> str:
        """A link or a constraint in the quantities of this shape."""
        named = "|".join(map(re.escape, sorted(lines, key=len, reverse=True)))
        to = {"fwhm": self.width, "fraction": self.part}
        return re.sub(rf"\b({named})_(fwhm|fraction)\b", lambda at: f"{at[1]}_{to[at[2]]}", text)


OTHERS = (
    _Other("voigt", "Voigt lines", "gauss_fwhm", "lorentz_fwhm", "{0}_lorentz_fwhm - 0.79*{0}_gauss_fwhm <= 0"),
    _Other("gl_product", "products of Gaussian and Lorentzian", "fwhm", "mix", "{0}_mix <= 0.945"),
)
NAMED = {other.name: other.shape for other in OTHERS}
"""Shapes by what they are called."""
HEAVIEST = {other.name: other.heaviest for other in OTHERS}
"""How far a line that the data hardly show is Lorentzian, by the same: no further than the sum may be."""


def as_fitted(fit: Fit, model: Model | None = None) -> Model:
    """The model of a fit, or another one with the same lines, with its lines where the fit left them."""
    started = fit.model if model is None else model
    at = dict(zip((p.name for p in fit.model.all_parameters), fit.values.tolist(), strict=True))
    peaks = tuple(
        replace(
            line, parameters=tuple(replace(p, value=min(max(at[p.name], p.lower), p.upper)) for p in line.parameters)
        )
        for line in started.peaks
    )
    return replace(started, peaks=peaks)


def in_other_shapes(fit: Fit) -> Iterator[tuple[str, Model]]:
    """Name and model of every other shape, its lines where the fit left them; none where a shape is stated."""
    return reshaped(as_fitted(fit))


def reshaped(model: Model) -> Iterator[tuple[str, Model]]:
    """Name and model of every other shape, its lines where those of the model start; none where a shape is stated."""
    assumed = {line.name for line in model.peaks if line.shape_assumed and line.shape == xps_defaults.SHAPE}
    if not assumed or _stated(model, assumed):
        return
    for other in OTHERS:
        peaks = tuple(_line(line, other) if line.name in assumed else line for line in model.peaks)
        links, limits = (
            tuple(other.relation(text, assumed) for text in texts) for texts in (model.links, model.constraints)
        )
        yield other.name, replace(model, peaks=peaks, links=links, constraints=limits)


def _stated(model: Model, lines: set[str]) -> bool:
    """Whether a number is stated of a width or a Lorentzian part, by hand: other shapes have no such quantity."""
    parts = {f"{name}_fraction" for name in lines}
    linked = model.linked()
    if any(
        p.quantity in ("fwhm", "fraction") and not p.vary and p.name not in linked
        for line in model.peaks
        if line.name in lines
        for p in line.parameters
    ):
        return True
    own = [right for name, right in linked.items() if name in parts]
    limits = [relation.left for relation in model.relations() if parts & set(relation.left.names)]
    return bool(limits) or any(right.constant != 0 or list(right.coefficients.values()) != [1.0] for right in own)


def _line(line: Peak, other: _Other) -> Peak:
    """The line in another shape, with what is known of its place and its width."""
    own = line.quantities
    width, part = own["fwhm"], own["fraction"]
    starts, least, most = (width.value, part.value), width.lower, shape_named(other.shape).bounds[other.part]
    if other.shape == "voigt":
        lorentz = part.value * width.value
        gauss = math.sqrt(max((width.value - LINEAR * lorentz) ** 2 - SQUARE * lorentz**2, 0.0))
        starts, least = (gauss, lorentz), min(xps_defaults.LEAST_GAUSSIAN, least)
        most = xps_defaults.FURTHER_WIDTHS[other.part][1:]
    made = (
        _renamed(width, line.name, other.width, starts[0], (least, width.upper)),
        _renamed(part, line.name, other.part, starts[1], most),
    )
    return replace(line, shape=other.shape, parameters=(own["area"], own["center"], *made))


def _renamed(own: Parameter, line: str, quantity: str, start: float, ends: tuple[float, float]) -> Parameter:
    low, high = ends
    at = min(max(start, low), high)
    return replace(own, name=f"{line}_{quantity}", quantity=quantity, value=at, lower=low, upper=high)
