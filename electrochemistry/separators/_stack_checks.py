"""A measured resistance against that of a stack: what is left for interfaces, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import norm

from electrochemistry.separators._stacks import Separator
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown

SIGMAS = 3.0
ROUNDING = 1e-9
LEVEL = 0.95


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class ResistanceCheck(Shown):
    """A measured area resistance compared with that of the stack: ratio, deviation in sd, and verdict.

    ``excess`` and ``excess_sd`` (ohm cm2): measured less that of the layers and interfaces of the stack.
    """

    ratio: float
    deviation: float
    verdict: Literal["agrees", "too low", "higher"]
    notes: tuple[Note, ...]
    excess: float = float("nan")
    excess_sd: float = float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the excess, ohm cm2."""
        half = float(norm.isf((1 - LEVEL) / 2)) * self.excess_sd
        return self.excess - half, self.excess + half


def check_resistance(stack: Separator, measured: Estimates) -> ResistanceCheck:
    """Compare a measured resistance (one entry, ohm cm2, with its variance) with that of the stack.

    Raises
    ------
    BadInput
        If ``measured`` has not one positive entry with a known variance.
    """
    if not isinstance(measured, Estimates):
        raise BadInput(f"measured = {measured!r}: give it with its variance, as Estimates.build(['R'], [R], [sd**2])")
    value = measured.value.values
    if value.size != 1 or not 0 < value[0] < np.inf or not np.isfinite(measured.sd.item()):
        raise BadInput(
            f"measured has the values {value.tolist()} and sd {measured.sd.values.tolist()} ohm cm2; give one positive "
            "entry with its variance"
        )
    expected = stack.area_resistance
    spread = float(np.hypot(measured.sd.item(), expected.sd.item()))
    difference = float(value[0] - expected.value.item())
    difference = 0.0 if abs(difference) < ROUNDING * value[0] else difference
    deviation = difference / spread if spread > 0 else float(np.copysign(np.inf, difference)) if difference else 0.0
    ratio = float(value[0] / expected.value.item())
    if abs(deviation) <= SIGMAS:
        return ResistanceCheck(ratio, deviation, "agrees", (), difference, spread)
    if deviation < 0:
        text = (
            f"the measured resistance is {ratio:.3g} of that of the stack alone: impossible without leakage or an error"
        )
        remedy = "look for a short, and check masses, area, and the temperature of the conductivities"
        note = Note("resistance-too-low", Severity.WARNING, text, remedy)
        return ResistanceCheck(ratio, deviation, "too low", (note,), difference, spread)
    text = f"the measured resistance is {ratio:.3g} times that of the stack: interfaces, contacts or pores are the rest"
    note = Note("resistance-above-stack", Severity.INFO, text, "compare with the arcs of an impedance spectrum")
    return ResistanceCheck(ratio, deviation, "higher", (note,), difference, spread)
