"""Parameters of a model: a start, bounds, and what the literature says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Protocol

from shortrange_core.errors import BadInput, Offenders
from shortrange_core.records import record
from shortrange_core.showing import Shown

FROM_DATA = math.nan
"""Start value that stands for: found by a linear fit of the spectrum (areas and background coefficients only)."""
PRIOR_WINDOW = 6.0
"""Half-width, in prior standard deviations, of the window of a parameter that is given as a prior."""


class PriorLike(Protocol):
    """A Gaussian statement about a parameter; :class:`reference_peaks.Prior` is one."""

    @property
    def mean(self) -> float:
        """Expected value, unit of the parameter."""

    @property
    def sd(self) -> float:
        """Standard deviation, unit of the parameter."""

    @property
    def source(self) -> object:
        """Where the statement comes from."""


Start = float | tuple[float, float, float] | PriorLike
"""How a quantity is given: a start, ``(start, lower, upper)``, or a prior (window: mean +- 6 sd)."""


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Parameter(Shown):
    """One number of a model.

    Parameters
    ----------
    name
        A Python identifier: ``peak_quantity``, such as ``ps4_center``; lmfit asks for identifiers.
    value
        Start of the fit, or the fixed value where ``vary`` is False; NaN: found from the data by a linear fit.
    lower, upper
        Bounds, infinite where there is none.
    prior
        Gaussian term in chi2. The prior of a position is relative to the referencing offset of its spectrum.
    vary
        False fixes the parameter at its value.
    peak, quantity
        What it belongs to, a peak or a part of the background, and which of its quantities it is; filled in by them.

    Raises
    ------
    BadInput
        If the name is no identifier, the bounds cross, the value lies outside, or the prior's sd is not positive.

    Examples
    --------
    >>> Parameter("ps4_center", 82.0, 79.0, 85.0).name
    'ps4_center'
    """

    name: str
    value: float = FROM_DATA
    lower: float = -math.inf
    upper: float = math.inf
    prior: PriorLike | None = None
    vary: bool = True
    peak: str = ""
    quantity: str = ""

    def __post_init__(self) -> None:
        problems = Offenders()
        if not self.name.isidentifier():
            problems.add(f"{self.name!r}: is not an identifier; use letters, digits and _ (labels go into assignment=)")
        if math.isinf(self.value):
            problems.add(f"{self.name}: the start is {self.value:g}; give a finite one")
        if math.isnan(self.lower) or math.isnan(self.upper) or self.lower > self.upper:
            problems.add(f"{self.name}: the bounds {self.lower:g} to {self.upper:g} cross; give lower <= upper")
        elif not math.isnan(self.value) and not self.lower <= self.value <= self.upper:
            problems.add(
                f"{self.name}: the start {self.value:g} lies outside {self.lower:g} to {self.upper:g}; "
                "move the start or the bounds"
            )
        if math.isnan(self.value) and not self.vary:
            problems.add(f"{self.name}: is fixed but has no value; give one")
        if self.prior is not None and not (self.prior.sd > 0 and math.isfinite(self.prior.mean)):
            problems.add(
                f"{self.name}: the prior {self.prior.mean:g} +- {self.prior.sd:g} needs a finite mean and sd > 0"
            )
        problems.raise_if_any()


def parameter_from(name: str, start: Start, bounds: tuple[float, float]) -> Parameter:
    """Parameter from what a user gives: a start, a start with bounds, or a prior.

    Parameters
    ----------
    name
        Identifier of the parameter.
    start
        See :data:`Start`; windows are cut at ``bounds``.
    bounds
        What the quantity allows at all, such as 0 and infinity for a width.
    """
    low, high = bounds
    if isinstance(start, (tuple, list)):
        if len(start) != 3 or not all(isinstance(value, Real) for value in start):
            raise BadInput(f"{name}: {start!r} has {len(start)} entries; give three numbers (start, lower, upper)")
        return Parameter(name, float(start[0]), max(float(start[1]), low), min(float(start[2]), high))
    if isinstance(start, (int, float, Real)):
        return Parameter(name, float(start), low, high)
    if not (hasattr(start, "mean") and hasattr(start, "sd")):
        raise BadInput(f"{name}: {start!r} is not a start; give a number, (start, lower, upper) or a prior")
    reach = PRIOR_WINDOW * start.sd
    return Parameter(
        name,
        min(max(float(start.mean), low), high),
        max(float(start.mean) - reach, low),
        min(float(start.mean) + reach, high),
        prior=start,
    )


def owned(parameters: tuple[Parameter, ...], peak: str, quantities: Sequence[str]) -> tuple[Parameter, ...]:
    """The parameters of a peak or a part of the background, each with its owner and its quantity."""
    return tuple(
        one if (one.peak, one.quantity) == (peak, quantity) else replace(one, peak=peak, quantity=quantity)
        for one, quantity in zip(parameters, quantities, strict=True)
    )


def owner_of(name: str, owners: Iterable[str]) -> str:
    """Peak or part of the background that a parameter named in a text belongs to; empty where none of ``owners`` does.

    Examples
    --------
    >>> owner_of("p_s3_o_center", ["p_s3", "p_s3_o"]), owner_of("p_s3_center", ["p_s4"])
    ('p_s3_o', '')
    """
    return max((owner for owner in owners if name.startswith(f"{owner}_")), key=len, default="")


def values_of(parameters: tuple[Parameter, ...]) -> Mapping[str, float]:
    """Start values by name."""
    return {parameter.name: parameter.value for parameter in parameters}
