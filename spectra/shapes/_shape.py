"""What a line shape is: equation, valid range, source, and the kernel that computes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Quantity = Array | float
Kernel = Callable[..., tuple[Array, tuple[Array, ...]]]
LN2 = math.log(2.0)
FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * LN2)
GAUSS_HEIGHT = 2.0 * math.sqrt(LN2 / math.pi)  # height of a Gaussian of unit area and unit fwhm
LORENTZ_HEIGHT = 2.0 / math.pi  # height of a Lorentzian of unit area and unit fwhm
POSITIVE = (1e-12, math.inf)
WIDTHS = frozenset({"fwhm", "gauss_fwhm", "lorentz_fwhm", "fwhm_left", "fwhm_right", "tail"})
"""Quantities of shapes that are widths, in the unit of the axis."""
UNIT = (0.0, 1.0)
ANY = (-math.inf, math.inf)


@dataclass(frozen=True, eq=False, slots=True)
class Shape:
    """A line shape: equation, valid range, source, and the kernel that computes it.

    Parameters
    ----------
    name
        Name by which a peak asks for it.
    quantities
        Quantities after ``area``, in the order of the kernel's arguments; the first is ``center``.
    kernel
        ``kernel(x, *quantities) -> (profile, derivatives)``: profile of unit area in 1/(unit of the axis).
    bounds
        Lower and upper limit that the equation allows for every quantity.
    defaults
        Start of quantities that need not be given.
    equation, reference
        In words, and where it stands.
    over_window
        True where the integral over all x diverges: the area is the integral over the fitted window.
    """

    name: str
    quantities: tuple[str, ...]
    kernel: Kernel
    bounds: Mapping[str, tuple[float, float]]
    equation: str
    reference: str
    defaults: Mapping[str, float] = field(default_factory=dict)
    over_window: bool = False

    def __call__(self, x: npt.ArrayLike, area: npt.ArrayLike, *quantities: npt.ArrayLike) -> Array:
        """Peak of the given area at ``x``; quantities in the order of :attr:`quantities`."""
        profile, _ = self.kernel(np.asarray(x, dtype=float), *(np.asarray(q, dtype=float) for q in quantities))
        return np.asarray(area, dtype=float) * profile
