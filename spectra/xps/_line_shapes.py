"""Line shapes of photoelectron lines by the names that CasaXPS and XPSPEAK give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shortrange_core import BadInput
from spectra.shapes import Shape, shape_named

NAMES = {
    "GL": "gl_product",
    "SGL": "gl_sum",
    "LA": "la",
    "LF": "lf",
    "Voigt": "voigt",
    "DS": "doniach_sunjic_gauss",
    "DST": "doniach_sunjic_damped",
}
"""What programs call a shape, and what this package calls it."""
PERCENT = ("GL", "SGL")
ASYMMETRIC = {"LA": (2, 3), "LF": (4, 5)}
"""How many numbers CasaXPS's asymmetric shapes take."""
WIDTHS = ("fwhm", "gauss_fwhm", "lorentz_fwhm")
LEAST_MIX, MOST_MIX = 1e-6, 1 - 1e-6
"""The ends of GL where its own width is not determined."""


@dataclass(frozen=True, slots=True)
class LineShape:
    """A shape with those of its quantities that are held.

    Parameters
    ----------
    shape
        As :data:`spectra.shapes.SHAPES` has it.
    held
        Value by quantity; what is not named is fitted.
    approximate
        What of CasaXPS's numbers has no public scale and is fitted instead; empty where there is none.
    """

    shape: Shape
    held: Mapping[str, float] = field(default_factory=dict)
    approximate: str = ""

    @property
    def width(self) -> str:
        """The quantity that the expected width of a line is said of."""
        return next(name for name in WIDTHS if name in self.shape.quantities)


def line_shape(text: str, held: Mapping[str, float] | None = None) -> LineShape:
    """A line shape by the name of this package or of CasaXPS.

    ``"GL(30)"`` and ``"SGL(30)"`` hold the mixing at 0.30, ``"LA(1.2, 5, 0)"`` the exponents of both sides without a
    Gaussian; bare ``"GL"``, ``"SGL"``, ``"LA"``, ``"Voigt"``, ``"DS"`` and ``"DST"`` (Doniach-Sunjic whose tail ends)
    fit them. The Gaussian m of ``"LA(alpha, beta, m)"`` and ``"LA(alpha, m)"``, m and w of ``"LF(alpha, beta, w, m)"``
    are on scales that nobody published: what they stand for, ``gauss_fwhm`` and ``damping`` in eV, is fitted, or held
    by ``held``.

    Parameters
    ----------
    text
        Name of a shape.
    held
        Further quantities that are held, by the names of :attr:`spectra.shapes.Shape.quantities`.

    Raises
    ------
    BadInput
        If there is no such shape, it has no width, or numbers are given that have no published meaning.

    Examples
    --------
    >>> line_shape("GL(30)").shape.name, line_shape("GL(30)").held
    ('gl_product', {'mix': 0.3})
    >>> line_shape("LA(1.2, 5, 0)").held
    {'alpha': 1.2, 'beta': 5.0}
    >>> line_shape("LF(1, 1.8, 60, 120)").shape.name
    'lf_gauss'
    """
    match = re.fullmatch(r"\s*([A-Za-z_]+)\s*(?:\(([^()]*)\))?\s*", text)
    if match is None:
        raise BadInput(f"shape {text!r}: write a name, or a name with numbers such as GL(30)")
    name, numbers = match[1], _numbers(text, match[2])
    own, values, unscaled = _numbered(text, name, numbers)
    shape = shape_named(own)
    if not set(WIDTHS) & set(shape.quantities):
        raise BadInput(f"shape {text!r}: has no single width; build its model with spectra.Model and spectra.peak")
    values = {**values, **(held or {})}
    unknown = sorted(set(values) - set(shape.quantities) | {one for one in values if one == "center"})
    if unknown:
        raise BadInput(
            f"shape_values: {', '.join(unknown)} is none of {', '.join(shape.quantities[1:])} of {shape.name}"
        )
    for quantity, value in values.items():
        low, high = shape.bounds[quantity]
        if not low <= value <= high:
            raise BadInput(
                f"shape {text!r}: {quantity} = {value:g} lies outside {low:g} to {high:g} ({shape.equation})"
            )
    fitted = [f"{number} ({quantity} in eV)" for number, quantity in unscaled.items() if quantity not in values]
    return LineShape(shape, values, f"{' and '.join(fitted)} of {text.strip()}" if fitted else "")


def _numbers(text: str, inside: str | None) -> list[float]:
    try:
        return [float(part) for part in inside.split(",")] if inside is not None else []
    except ValueError as error:
        raise BadInput(f"shape {text!r}: {inside!r} are not numbers separated by commas") from error


def _numbered(text: str, name: str, numbers: list[float]) -> tuple[str, dict[str, float], dict[str, str]]:
    """Name of the shape, quantities that the numbers hold, and those of CasaXPS's numbers that have no scale."""
    own = NAMES.get(name, name)
    if not numbers:
        return own, {}, {}
    if name in PERCENT:
        if len(numbers) != 1 or not 0 <= numbers[0] <= 100:
            raise BadInput(f"shape {text!r}: takes one number, the Lorentzian percentage from 0 to 100")
        mix = numbers[0] / 100
        return own, {"mix": min(max(mix, LEAST_MIX), MOST_MIX) if name == "GL" else mix}, {}
    if name not in ASYMMETRIC or len(numbers) not in ASYMMETRIC[name]:
        raise BadInput(
            f"shape {text!r}: numbers are those of GL(m), SGL(m), LA(alpha, beta, m), LA(alpha, m) and "
            "LF(alpha, beta, w, m); give those of other shapes by name, in shape_values"
        )
    if name == "LA" and len(numbers) == 2:
        numbers = [numbers[0], *numbers]
    values = {"alpha": numbers[0], "beta": numbers[1]}
    unscaled = {f"w = {numbers[2]:g}": "damping"} if name == "LF" else {}
    if numbers[-1] == 0:
        return own, values, unscaled
    return f"{own}_gauss", values, {**unscaled, f"m = {numbers[-1]:g}": "gauss_fwhm"}
