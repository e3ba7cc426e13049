"""Every line shape by its name, and those of other packages by entry point."""

from __future__ import annotations

from importlib import metadata

from shortrange_core.errors import BadInput
from spectra.shapes._asymmetric import ASYMMETRIC
from spectra.shapes._casaxps import CASAXPS
from spectra.shapes._doniach_sunjic import METALLIC
from spectra.shapes._shape import Shape
from spectra.shapes._spinning import MAS, PHASED_MAS, PHASED_PSEUDO_VOIGT, PHASED_VOIGT
from spectra.shapes._symmetric import SYMMETRIC

ENTRY_POINTS = "shortrange.shapes"
SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (*SYMMETRIC, *ASYMMETRIC, *CASAXPS, *METALLIC, MAS, PHASED_MAS, PHASED_VOIGT, PHASED_PSEUDO_VOIGT)
}
"""Every known line shape by its name."""


def _from_entry_points(name: str) -> None:
    """A shape of another package: an entry point of the group shortrange.shapes that names a :class:`Shape`."""
    for point in metadata.entry_points(group=ENTRY_POINTS, name=name):
        SHAPES[name] = point.load()


def shape_named(name: str) -> Shape:
    """Line shape of a name.

    A shape that this package does not have is looked for among the entry points ``shortrange.shapes`` of others.

    Raises
    ------
    BadInput
        If there is none; the known names are listed.

    Examples
    --------
    >>> shape_named("gaussian").quantities
    ('center', 'fwhm')
    """
    if name not in SHAPES:
        _from_entry_points(name)
    if name not in SHAPES:
        raise BadInput(f"shape {name!r}: is not known; give one of {', '.join(sorted(SHAPES))}")
    return SHAPES[name]
