"""One indent and the indenter that made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput, Note
from shortrange_core.errors import Offenders

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Indent:
    """A load-depth curve: name, depth (nm) and load (mN) in the order of time, and the remarks of its reader.

    Raises
    ------
    BadInput
        If depth and load are not of one length.
    """

    name: str
    depth: Vector
    load: Vector
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        if np.shape(self.depth) != np.shape(self.load) or np.ndim(self.depth) != 1:
            shapes = f"{np.shape(self.depth)} and {np.shape(self.load)}"
            raise BadInput(
                f"indent {self.name!r}: depth and load have shapes {shapes}; give one value of each per point"
            )


@dataclass(frozen=True, slots=True)
class Indenter:
    r"""A tip: moduli, shape factor and area function, with their standard deviations.

    Parameters
    ----------
    area_coefficients
        C0, C1, C2, ... of the contact area in nm2 of a contact depth in nm,
        :math:`A = C_0 h^2 + C_1 h + C_2 h^{1/2} + C_3 h^{1/4} + \dots`; (24.5,) is an ideal Berkovich tip.
    modulus, poisson_ratio
        GPa and 1, of the tip.
    shape_factor, shape_factor_sd
        beta; 1 for a cone, 1.02 to 1.08 for Berkovich tips, so it is stated.
    area_sd
        Relative standard deviation of the area function.

    Raises
    ------
    BadInput
        If there is no finite area coefficient, a modulus or factor is not above 0, Poisson's ratio not between 0 and
        0.5, or a standard deviation not between 0 and 1; all offenders together.

    References
    ----------
    Oliver and Pharr 1992, doi:10.1557/JMR.1992.1564
    """

    area_coefficients: tuple[float, ...]
    modulus: float
    poisson_ratio: float
    shape_factor: float
    area_sd: float = 0.0
    shape_factor_sd: float = 0.0

    def __post_init__(self) -> None:
        offenders = Offenders()
        if not self.area_coefficients or not np.isfinite(self.area_coefficients).all():
            offenders.add(f"area coefficients {self.area_coefficients}; give C0, such as 24.5, and more if calibrated")
        if not self.modulus > 0:  # that of a rigid tip is infinite
            offenders.add(f"modulus = {self.modulus} GPa: must be above 0")
        offenders.positive("", shape_factor=self.shape_factor)
        if not 0 <= self.poisson_ratio < 0.5:
            offenders.add(f"poisson_ratio = {self.poisson_ratio} of the tip; it must be between 0 and 0.5")
        if not (0 <= self.area_sd < 1 and 0 <= self.shape_factor_sd < 1):
            offenders.add(
                f"relative sd of the area {self.area_sd} and sd of the shape factor {self.shape_factor_sd}; give 0 to 1"
            )
        offenders.raise_if_any()

    def area(self, depth: float) -> float:
        """Contact area in nm2 of a contact depth in nm.

        Examples
        --------
        >>> Indenter((24.5, 100.0), 1141.0, 0.07, 1.05).area(100.0)
        255000.0
        """
        powers = [2.0, *(2.0**-n for n in range(len(self.area_coefficients) - 1))]
        return float(sum(c * depth**power for c, power in zip(self.area_coefficients, powers, strict=True)))

    def scaled(self, *, area: float = 1.0, shape: float = 1.0) -> tuple[Callable[[float], float], float]:
        """Area function and shape factor, times factors."""
        return lambda depth: area * self.area(depth), shape * self.shape_factor
