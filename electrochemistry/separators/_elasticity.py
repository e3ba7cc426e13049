"""What a shear modulus is worth: the assumed Poisson ratio, the metal it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.errors import Offenders
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import with_sd

POISSON_RATIOS = (0.25, 0.30, 0.35)


def _check_poisson(ratio: float) -> None:
    if not -1 < ratio < 0.5:
        raise BadInput(f"poisson_ratio = {ratio}; it must be between -1 and 0.5")


def shear_modulus(youngs_modulus: float, *, poisson_ratio: float, sd: float = 0.0) -> Estimates:
    r"""Shear modulus of a material whose Young's modulus came from indentation with an assumed Poisson ratio.

    Parameters
    ----------
    youngs_modulus, sd
        GPa, as published with that Poisson ratio.
    poisson_ratio
        The one that was assumed.

    Returns
    -------
    Estimates
        One entry for the assumed ratio and for each of 0.25, 0.30 and 0.35, with the facet ``poisson_ratio``; the error
        of the modulus is common to all.

    Raises
    ------
    BadInput
        If a number is out of range.

    Notes
    -----
    :math:`G = E/(2(1+\nu))`, but indentation measures :math:`E/(1-\nu^2)`, so that G scales as :math:`1-\nu`.

    Examples
    --------
    >>> shear_modulus(20.9, poisson_ratio=0.3, sd=0.7).value.values.round(2).tolist()
    [8.04, 8.61, 7.46]
    """
    _check_poisson(poisson_ratio)
    if not (youngs_modulus > 0 and sd >= 0):
        raise BadInput(f"youngs_modulus = {youngs_modulus} +- {sd} GPa; give a positive value and sd of 0 or more")
    ratios = np.array([poisson_ratio, *(ratio for ratio in POISSON_RATIOS if abs(ratio - poisson_ratio) > 1e-9)])
    slope = (1 - ratios) / (2 * (1 - poisson_ratio**2))
    names = [f"G at nu = {ratio:g}" for ratio in ratios]
    modulus = Estimates.build(["E"], [youngs_modulus], [sd**2])
    return modulus.linear(slope[:, None], names, poisson_ratio=ratios.tolist(), unit=["GPa"] * ratios.size)


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class ElasticCriterion(Shown):
    """Ratio of the shear moduli (GPa) of electrolyte and metal, with the choice of the metal's modulus.

    ``ratio_sd`` is that of the electrolyte's modulus; 0 where none was stated.
    """

    ratio: float
    ratio_sd: float
    electrolyte_shear_modulus: float
    metal_shear_modulus: float
    metal: str
    source: str
    notes: tuple[Note, ...]

    @property
    def text(self) -> str:
        """The ratio as a sentence with the choices it depends on."""
        ratio = with_sd(self.ratio, self.ratio_sd) if self.ratio_sd > 0 else f"{self.ratio:.3g}"
        return (
            f"G(electrolyte)/G({self.metal}) = {ratio} with G({self.metal}) = "
            f"{self.metal_shear_modulus:.3g} GPa ({self.source}); no verdict on dendrites"
        )


def elastic_criterion(
    electrolyte_shear_modulus: float,
    *,
    metal: str,
    metal_youngs_modulus: float,
    metal_poisson_ratio: float,
    source: str,
    sd: float = 0.0,
) -> ElasticCriterion:
    r"""Monroe-Newman ratio: the shear modulus of the electrolyte over that of the metal.

    Parameters
    ----------
    electrolyte_shear_modulus, sd
        GPa.
    metal, metal_youngs_modulus, metal_poisson_ratio, source
        The metal, its Young's modulus (GPa) and Poisson ratio, and where they come from: for Na 4.6 and 10 GPa are
        both in use, and the ratio halves.

    Raises
    ------
    BadInput
        If a number is out of range, or the metal or the source is empty.

    Notes
    -----
    The rule (a ratio of about 2) was derived for polymers. For inorganic single-ion conductors the density term
    acts the other way (Ahmad and Viswanathan 2017, arXiv:1702.08406), so that a ratio above 2 is no verdict.

    Examples
    --------
    >>> sodium = elastic_criterion(8.04, metal="Na", metal_youngs_modulus=4.6, metal_poisson_ratio=1 / 3, source="A")
    >>> round(sodium.ratio, 2)
    4.66
    """
    offenders = Offenders()
    if not (electrolyte_shear_modulus > 0 and metal_youngs_modulus > 0 and sd >= 0):
        offenders.add("the moduli must be positive, in GPa, and sd 0 or more")
    if not -1 < metal_poisson_ratio < 0.5:
        offenders.add(f"metal_poisson_ratio = {metal_poisson_ratio}; it must be between -1 and 0.5")
    if not metal.strip():
        offenders.add("metal is empty; name it, such as 'Na'")
    if not source.strip():
        offenders.add("source is empty; state the source of the metal's modulus, because published values differ")
    offenders.raise_if_any()
    metal_shear = metal_youngs_modulus / (2 * (1 + metal_poisson_ratio))
    ratio = electrolyte_shear_modulus / metal_shear
    text = (
        f"the ratio is {ratio:.3g}; the rule of 2 was derived for polymers, and density acts the other way in ceramics"
    )
    note = Note("elastic-rule-no-verdict", Severity.INFO, text, "use it as a comparison, not as a prediction")
    return ElasticCriterion(ratio, sd / metal_shear, electrolyte_shear_modulus, metal_shear, metal, source, (note,))
