"""Line shapes of photoelectron lines by the names that CasaXPS and XPSPEAK give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shortrange_core import BadInput
from spectra.shapes import Shape, shape_named

NAMES = {"GL": "gl_product", "SGL": "gl_sum", "LA": "la", "Voigt": "voigt", "DS": "doniach_sunjic_gauss"}
"""What programs call a shape, and what this package calls it."""
PERCENT = {"GL": "gl_product", "SGL": "gl_sum"}
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
    """

    shape: Shape
    held: Mapping[str, float] = field(default_factory=dict)

    @property
    def width(self) -> str:
        """The quantity that the expected width of a line is said of."""
        return next(name for name in WIDTHS if name in self.shape.quantities)


def line_shape(text: str, held: Mapping[str, float] | None = None) -> LineShape:
    """A line shape by the name of this package or of CasaXPS.

    ``"GL(30)"`` and ``"SGL(30)"`` hold the mixing at 0.30, ``"LA(1.2, 5, 0)"`` the exponents of both sides without a
    Gaussian; bare ``"GL"``, ``"SGL"``, ``"LA"``, ``"Voigt"`` and ``"DS"`` fit them.

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
    """
    match = re.fullmatch(r"\s*([A-Za-z_]+)\s*(?:\(([^()]*)\))?\s*", text)
    if match is None:
        raise BadInput(f"shape {text!r}: write a name, or a name with numbers such as GL(30)")
    name, numbers = match[1], _numbers(text, match[2])
    shape = shape_named(NAMES.get(name, name))
    if not set(WIDTHS) & set(shape.quantities):
        raise BadInput(f"shape {text!r}: has no single width; build its model with spectra.Model and spectra.peak")
    values = {**_held(text, name, numbers), **(held or {})}
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
    return LineShape(shape, values)


def _numbers(text: str, inside: str | None) -> list[float]:
    try:
        return [float(part) for part in inside.split(",")] if inside is not None else []
    except ValueError as error:
        raise BadInput(f"shape {text!r}: {inside!r} are not numbers parted by commas") from error


def _held(text: str, name: str, numbers: list[float]) -> dict[str, float]:
    if not numbers:
        return {}
    if name in PERCENT:
        if len(numbers) != 1 or not 0 <= numbers[0] <= 100:
            raise BadInput(f"shape {text!r}: takes one number, the Lorentzian percentage from 0 to 100")
        mix = numbers[0] / 100
        return {"mix": min(max(mix, LEAST_MIX), MOST_MIX) if name == "GL" else mix}
    if name != "LA" or len(numbers) != 3 or numbers[2] != 0:
        raise BadInput(
            f"shape {text!r}: only GL(m), SGL(m) and LA(alpha, beta, 0) have published numbers; the m of LA and the w "
            'of LF are on scales of CasaXPS\'s own: give shape="la_gauss" with shape_values for alpha, beta and '
            "gauss_fwhm in eV"
        )
    return {"alpha": numbers[0], "beta": numbers[1]}
