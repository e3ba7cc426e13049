"""DC polarisation: electronic conductivity, or an upper bound, from the current that is left.

Which conductivity a current measures depends on the electrodes, which therefore are a required argument: two blocking
ones give sigma_e = (l/A) dI/dV of a line through 0; one reversible electrode (Hebb-Wagner) gives
sigma_e(V) = (l/A) dI/dV at each voltage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import xarray as xr

from electrochemistry.conduction._conductivity import Geometry
from electrochemistry.conduction._electronic import between_blocking, hebb_wagner, scatter_notes, transference_of
from electrochemistry.conduction._steady_currents import (
    SIGNIFICANT_SD,
    STEADY_SLOPE,
    SteadyState,
    check_floor,
    check_held,
    check_whole,
    steady_state,
)
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.errors import Offenders
from shortrange_core.readings import joined, reading_of
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.spelling import option

Electrodes = Literal["two blocking", "one reversible"]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Polarisation(Shown):
    """Electronic conductivity from DC polarisation.

    Parameters
    ----------
    sigma
        S/cm with covariance, which between two blocking electrodes holds the scatter between the steps by Student's t;
        facets voltage (V; NaN for two blocking electrodes) and bound (``"value"`` or ``"at most"``).
    transference
        sigma_e/(sigma_e + sigma_ion) with covariance, or None without an ionic conductivity; same facets.
    steps
        One a voltage.
    electrodes
        As given.
    criterion
        In words.
    notes
        What a user must know.
    """

    sigma: Estimates
    transference: Estimates | None
    steps: tuple[SteadyState, ...]
    electrodes: str
    criterion: str
    notes: tuple[Note, ...]


def polarisation(
    steps: Sequence[xr.Dataset | SteadyState],
    shape: Geometry,
    *,
    electrodes: Electrodes,
    voltages: Sequence[float] | None = None,
    current_floor: float = 0.0,
    ionic_conductivity: Estimates | None = None,
) -> Polarisation:
    """Electronic conductivity, or its upper bound, from one or several voltage steps.

    Parameters
    ----------
    steps
        One Dataset a voltage step with ``current_ampere`` over ``test_time_second`` (times since the step), or what
        :func:`steady_state` gave.
    shape
        Geometry of the disc.
    electrodes
        ``"two blocking"`` or ``"one reversible"``.
    voltages
        V, one a step; the median of ``voltage_volt`` where None. What :func:`steady_state` gave holds its own.
    current_floor
        Of the instrument, A.
    ionic_conductivity
        One entry, S/cm, at the same temperature: gives the transference number.

    Returns
    -------
    Polarisation
        Steps that are not steady or not significant give an upper bound: the current at the end plus 3 sd, in which are
        slow changes within the step, or the floor where that is more. A slope beside such a step is bounded by the
        largest that its electronic current, anything from 0 to that bound, allows.

    Raises
    ------
    BadInput
        For unknown electrodes, steps that cannot be used or whose voltage was not held, fewer than three voltages with
        a reversible electrode, or currents that are exactly 0 without a current floor.

    Examples
    --------
    >>> t = np.geomspace(1, 1e4, 100)
    >>> ends = [steady_state(t, v * 1e-9 * (1 + 10 * np.exp(-t)), voltage=v) for v in (0.2, 0.4, 0.6)]
    >>> found = polarisation(ends, Geometry(0.1, 1.128379), electrodes="two blocking")
    >>> float(found.sigma.value.item().__format__(".4g")), found.sigma.facets["bound"]
    (1e-10, ('value',))
    """
    if electrodes not in ("two blocking", "one reversible"):
        raise BadInput(
            f"electrodes = {electrodes!r}: give 'two blocking' or 'one reversible': the current depends on it"
        )
    ends = _ends(steps, voltages, current_floor)
    sigma = (
        between_blocking(ends, shape, current_floor)
        if electrodes == "two blocking"
        else hebb_wagner(ends, shape, current_floor)
    )
    transference = None if ionic_conductivity is None else transference_of(sigma, ionic_conductivity)
    criterion = (
        f"steady: |d ln I/d ln t| < {STEADY_SLOPE} over the last decade of time; significant: |I| > "
        f"{SIGNIFICANT_SD:g} sd and above the current floor {current_floor:g} A"
    )
    read = joined(reading_of(step) for step in steps if isinstance(step, xr.Dataset)).notes
    scatter = scatter_notes(ends) if electrodes == "two blocking" else []
    notes = (*read, *scatter, *_notes(ends, sigma, current_floor))
    return Polarisation(sigma, transference, tuple(ends), electrodes, criterion, notes)


def _ends(
    steps: Sequence[xr.Dataset | SteadyState], voltages: Sequence[float] | None, floor: float
) -> list[SteadyState]:
    offenders = Offenders()
    check_floor(floor, offenders)
    offenders.raise_if_any()
    if isinstance(steps, (SteadyState, xr.Dataset)) or not len(steps):
        raise BadInput("there is no voltage step; give one or more in a list")
    if voltages is not None and len(voltages) != len(steps):
        raise BadInput(f"{len(voltages)} voltages for {len(steps)} steps; give one each")
    ends: list[SteadyState] = []
    for number, step in enumerate(steps):
        if isinstance(step, SteadyState):
            if voltages is not None and float(voltages[number]) != step.voltage:
                raise BadInput(f"step {number + 1}: was made for {step.voltage:g} V, not {voltages[number]:g} V")
            ends.append(replace(step, significant=step.significant and abs(step.current) > floor))
            continue
        if not isinstance(step, xr.Dataset):
            raise BadInput(
                f"step {number + 1}: is a {type(step).__name__}; give the result of steady_state or read_cycling"
            )
        missing = [name for name in ("test_time_second", "current_ampere") if name not in step.variables]
        if missing or (voltages is None and "voltage_volt" not in step.variables):
            raise BadInput(
                f"step {number + 1}: has no {', '.join(missing) or 'voltage_volt'}; give voltages= or the column"
            )
        if "voltage_volt" in step.variables:
            check_held(step["voltage_volt"].values, step["current_ampere"].values, number + 1)
        voltage = float(np.median(step["voltage_volt"].values)) if voltages is None else float(voltages[number])
        time, current = step["test_time_second"].values, step["current_ampere"].values
        check_whole(time, current, number + 1)
        ends.append(steady_state(time, current, voltage=voltage, current_floor=floor))
    return ends


def _notes(ends: Sequence[SteadyState], sigma: Estimates, floor: float) -> tuple[Note, ...]:
    notes = []
    negative = [entry for entry, value in zip(sigma.entries, sigma.value.values, strict=True) if value < 0]
    if negative:
        notes.append(
            Note(
                "polarisation-negative",
                Severity.WARNING,
                f"{', '.join(negative)} is negative: the current falls with rising voltage, which is unphysical",
                "measure these voltages again, with equal waiting times",
            )
        )
    drifting = [f"{end.voltage:g} V (slope {end.slope:.2g})" for end in ends if not end.steady]
    if drifting:
        notes.append(
            Note(
                "polarisation-not-steady",
                Severity.WARNING,
                f"the current still changes at {', '.join(drifting)}: it includes ionic current: an upper bound",
                "wait ten times longer than so far",
            )
        )
    faint = [f"{end.voltage:g} V" for end in ends if not end.significant]
    if faint:
        notes.append(
            Note(
                "polarisation-not-significant",
                Severity.WARNING,
                f"the current at {', '.join(faint)} is not above 3 sd and the current floor of {floor:g} A with the "
                "sign of the voltage: an upper bound",
                "use a more sensitive range, a thinner disc or a larger area",
            )
        )
    if floor == 0:
        notes.append(
            Note(
                "polarisation-floor-unknown",
                Severity.INFO,
                "the current floor of the instrument was not given: its leakage would pass for electronic current",
                f"measure the empty fixture at the same voltage and give {option('current_floor')}",
            )
        )
    notes.append(
        Note(
            "polarisation-contacts",
            Severity.INFO,
            "a two-probe value: contact resistances lower it",
            "vary the thickness to separate contacts from the bulk",
        )
    )
    return tuple(notes)
