"""Does a circuit miss its spectrum by more than noise can?

The Kramers-Kronig test follows whatever is linear, causal and stable, so what it leaves bounds the noise from above: a
cell that drifts, or noise that is large, makes the bound larger and no circuit the culprit. What a circuit leaves is
compared with that, and with the impedance itself. Above a fifth of the impedance only noise that is stated excuses a
circuit: a spectrum that violates Kramers-Kronig by so much gives biased resistances whatever the circuit. Data of many
per mille precision show every circuit to be too simple, and its numbers are good all the same: an inductance of the
leads that was left out of a published fit leaves 12 % (55 % at the highest frequency), and its resistances stay within
9 % (studies/impedance_misses.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from electrochemistry.impedance._elements import Real
from electrochemistry.impedance._kramers_kronig import GROSS, validate
from electrochemistry.impedance._results import Curve
from shortrange_core import Note, Severity

VISIBLE = 0.03
"""Root mean square of what a circuit leaves over that of the impedance, both as weighted, that is told of."""
BEYOND_NOISE = 3.0
"""Times what the Kramers-Kronig test leaves. Leads make right circuits leave more, but then below 3 % in all."""


@dataclass(frozen=True, slots=True)
class CircuitMiss:
    """How far a circuit is from one spectrum.

    Parameters
    ----------
    size, noise
        Root mean square of the residuals, and of those that noise allows, over that of the impedance; the noise is NaN
        where too few points tell it.
    lower, upper
        Where residuals are above half of the largest, around that one, Hz.
    """

    size: float
    noise: float
    lower: float
    upper: float

    @property
    def gross(self) -> bool:
        """Whether the numbers of the circuit are none of the cell."""
        return self.size > GROSS and not np.isnan(self.noise)

    @property
    def invalid(self) -> bool:
        """Whether the spectrum violates Kramers-Kronig so far that no circuit follows it."""
        return self.gross and self.noise > min(GROSS, self.size / BEYOND_NOISE)

    @property
    def text(self) -> str:
        """In words, without the name of the spectrum."""
        place = f"{self.lower:.3g} to {self.upper:.3g} Hz" if self.lower < self.upper else f"{self.lower:.3g} Hz"
        measured = f"noise explains {100 * self.noise:.2g} %"
        if self.invalid:
            measured = (
                f"the spectrum violates Kramers-Kronig by {100 * self.noise:.2g} %, which no circuit can describe"
            )
        noise = "too few points to determine the noise" if np.isnan(self.noise) else measured
        return f"{100 * self.size:.2g} % of the impedance (root mean square), most at {place}; {noise}"


def miss_of(curve: Curve, spectrum: xr.Dataset, weight: Real, *, given: bool) -> CircuitMiss | None:
    """How far a circuit is from its spectrum, None where noise explains it or it is small.

    Parameters
    ----------
    curve
        Data and model of the spectrum.
    spectrum
        That was fitted.
    weight
        One over the scale of each residual.
    given
        Whether the scale is the noise, as a user states it: it may bear what is missed.
    """
    residual = np.abs(curve.residual)
    whole = float(np.linalg.norm(weight * np.abs(curve.data)))
    size = float(np.linalg.norm(residual)) / whole
    if not size > VISIBLE:
        return None
    test = validate(spectrum, part="complex")
    left = np.abs(test.curve.residual * curve.data) * weight
    equations = 2 * residual.size
    noise = float("nan")
    if test.verdict != "no test":
        noise = float(np.linalg.norm(left)) / whole * float(np.sqrt(equations / test.dof))
        stated = float(np.sqrt(equations)) / whole if given else 0.0
        if size <= BEYOND_NOISE * (stated if size > GROSS else max(noise, stated)):
            return None
    above = residual > residual.max() / 2
    first = last = int(np.argmax(residual))
    while first > 0 and above[first - 1]:
        first -= 1
    while last < residual.size - 1 and above[last + 1]:
        last += 1
    return CircuitMiss(size, noise, float(curve.frequency[first]), float(curve.frequency[last]))


def miss_notes(names: Sequence[str], misses: Sequence[CircuitMiss | None]) -> list[Note]:
    """The largest of the misses that are no results, and of the others."""
    notes = []
    for gross in (True, False):
        own = [(miss, name) for miss, name in zip(misses, names, strict=True) if miss and miss.gross is gross]
        if own:
            notes.append(_note(own, gross=gross))
    return notes


def _note(own: Sequence[tuple[CircuitMiss, str]], *, gross: bool) -> Note:
    worst, name = max(own, key=lambda pair: pair[0].size)
    others = f" ({', '.join(other for miss, other in own if miss is not worst)} by less)" if len(own) > 1 else ""
    severity, means = (
        (Severity.ERROR, "its numbers do not describe the cell")
        if gross
        else (Severity.WARNING, "its numbers may be wrong by more than their standard deviations")
    )
    return Note(
        "impedance-misfit",
        severity,
        f"the circuit misses {name} by {worst.text}{others}: {means}",
        "look at the Kramers-Kronig residuals; leave those frequencies out, or measure again"
        if worst.invalid
        else "look at the residuals; add an element, use a CPE, or narrow the window",
    )
