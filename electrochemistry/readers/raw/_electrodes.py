"""Which voltage of a cell with three electrodes is taken: the same in every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput
from shortrange_core.spelling import option

EWE, ECE, DIFFERENCE = "Ewe", "Ece", "Ewe-Ece"
SAME_ELECTRODE = 1e-3
"""V: a counter electrode that never leaves zero by more is the reference itself."""
Potentials = Mapping[str, tuple[str, npt.NDArray[np.float64]]]
"""Ewe, Ece, Ewe-Ece -> where it comes from, and volts."""


@dataclass(frozen=True, slots=True)
class Voltage:
    """The voltage that was taken: which, from where, in V; ``others`` of a cell with three electrodes."""

    name: str
    source: str
    volts: npt.NDArray[np.float64]
    others: tuple[str, ...]

    @property
    def electrodes(self) -> str:
        """What it is where the cell has three electrodes; else nothing."""
        return self.name if self.others else ""

    @property
    def sentence(self) -> str:
        """Where the voltage comes from, and what else there is."""
        return f"voltage from {self.source}" + (f" (the cell has {', '.join(self.others)} too)" if self.others else "")


def completed(recorded: Potentials) -> dict[str, tuple[str, npt.NDArray[np.float64]]]:
    """The potentials recorded, with the one that the other two give."""
    potentials = dict(recorded)
    if EWE in potentials and ECE in potentials:
        potentials.setdefault(
            DIFFERENCE, (f"{potentials[EWE][0]} - {potentials[ECE][0]}", potentials[EWE][1] - potentials[ECE][1])
        )
    elif EWE in potentials and DIFFERENCE in potentials:
        potentials[ECE] = (
            f"{potentials[EWE][0]} - {potentials[DIFFERENCE][0]}",
            potentials[EWE][1] - potentials[DIFFERENCE][1],
        )
    elif ECE in potentials and DIFFERENCE in potentials:
        potentials[EWE] = (
            f"{potentials[DIFFERENCE][0]} + {potentials[ECE][0]}",
            potentials[DIFFERENCE][1] + potentials[ECE][1],
        )
    return potentials


def chosen(potentials: Potentials, wanted: str | None) -> Voltage | None:
    """The potential that is asked for; where none is, that of the cell if it has three electrodes, else the only one.

    Returns
    -------
    Voltage or None
        None where what is asked for is not among them.

    Examples
    --------
    >>> potentials = completed({"Ewe": ("E1/V", np.array([0.1])), "Ece": ("E2/V", np.array([-0.8]))})
    >>> chosen(potentials, None).sentence
    'voltage from E1/V - E2/V (the cell has Ewe, Ece too)'
    >>> chosen(potentials, "Ece").volts.tolist(), chosen(potentials, "E3") is None
    ([-0.8], True)
    """
    counter = potentials.get(ECE, ("", np.zeros(1)))[1]
    three = bool(np.nanmax(np.abs(counter), initial=0.0) > SAME_ELECTRODE)
    name = wanted if wanted is not None else DIFFERENCE if three or EWE not in potentials else EWE
    if name not in potentials:
        return None
    others = tuple(other for other in potentials if other != name) if three else ()
    return Voltage(name, *potentials[name], others)


def taken_of(potentials: Potentials, wanted: str | None, file: str) -> Voltage:
    """As :func:`chosen`.

    Raises
    ------
    BadInput
        If there is none.
    """
    taken = chosen(potentials, wanted)
    if taken is not None:
        return taken
    there = ", ".join(f"{name} ({source})" for name, (source, _) in potentials.items())
    if wanted is not None:
        raise BadInput(f"{file}: has no voltage {wanted!r}; there is {there}")
    ways = " or ".join(option("voltage", name) for name in potentials)
    raise BadInput(f"{file}: contains {there} only, which is not the voltage of a cell; give {ways} to use it as it is")


def check_only_voltage(wanted: str | None, file: str, kind: str) -> None:
    """Refuse a choice among voltages where a format holds one.

    Raises
    ------
    BadInput
        If a voltage is asked for.
    """
    if wanted is not None:
        raise BadInput(
            f"{file}: {option('voltage', wanted)}: {kind} contains one voltage and does not state of which electrodes; "
            f"leave {option('voltage')} out"
        )
