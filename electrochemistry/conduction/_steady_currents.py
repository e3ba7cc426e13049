"""The current at the end of one voltage step: whether it is steady, significant, and of a voltage that was held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from electrochemistry.impedance import Real
from shortrange_core import BadInput
from shortrange_core.errors import Offenders
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted

STEADY_SLOPE = 0.05
SIGNIFICANT_SD = 3.0
LAST_DECADE = 10.0
FEWEST_POINTS = 8
SLOW_PARTS = (0.2, 0.4, 0.6, 0.8, 1.0)  # of the time of a step, between which its current is compared
PAUSE, RESTART, RESTARTED = 20, 10, 0.1  # of a usual interval, of a usual change of the current, and of the current
HELD, STEADY_VOLTAGE, GALVANOSTATIC = 0.02, 0.002, 10.0  # relative drifts of a voltage; of voltage over current


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class SteadyState(Shown):
    """The current at the end of one voltage step.

    Parameters
    ----------
    voltage
        V.
    current, current_sd
        Mean over the last third of the last decade of time, and its sd (A): serial correlation and slow changes of the
        current within the step are part of it.
    slope
        d ln I/d ln t over the last decade of time.
    steady, significant
        Criterion: abs(slope) below 0.05; current above 3 sd and above the instrument's floor.
    """

    voltage: float
    current: float
    current_sd: float
    slope: float
    steady: bool
    significant: bool


def steady_state(
    time: npt.ArrayLike, current: npt.ArrayLike, *, voltage: float, current_floor: float = 0.0
) -> SteadyState:
    """Current at the end of a step, and whether it is steady and significant.

    Parameters
    ----------
    time
        n times since the voltage was applied, s, ascending.
    current
        n currents, A.
    voltage
        V.
    current_floor
        Smallest current that the instrument tells from 0, A.

    Raises
    ------
    BadInput
        If lengths differ, times do not ascend, or fewer than 8 points lie in the last decade of time.

    Examples
    --------
    >>> t = np.geomspace(1, 1e4, 200)
    >>> end = steady_state(t, 1e-9 + 1e-6 * np.exp(-t / 20), voltage=0.5)
    >>> round(end.current, 12), end.steady, end.significant
    (1e-09, True, True)
    """
    t, i = np.asarray(time, dtype=float).reshape(-1), np.asarray(current, dtype=float).reshape(-1)
    offenders = Offenders()
    if t.size != i.size or not t.size:
        raise BadInput(f"{t.size} times and {i.size} currents; give one current per time")
    if not (np.all(np.isfinite(t)) and np.all(np.isfinite(i)) and np.all(np.diff(t) > 0)):
        offenders.add("times must be finite and ascend, currents finite; leave other rows out")
    if not np.isfinite(voltage) or voltage == 0:
        offenders.add(f"voltage = {voltage} V: must be finite and not 0")
    check_floor(current_floor, offenders)
    offenders.raise_if_any()
    last = (t > 0) & (t >= t[-1] / LAST_DECADE)
    if last.sum() < FEWEST_POINTS or t[0] > t[-1] / LAST_DECADE:
        raise BadInput(
            f"the step at {voltage:g} V has {counted(int(last.sum()), 'point')} in its last decade of time, or is "
            f"shorter than a decade; {FEWEST_POINTS} points over a full decade are needed to judge whether it is steady"
        )
    logt, own = np.log(t[last]), i[last]
    slope_in_time, slope_sd = _slope(logt, own)
    tail = own[logt >= logt[0] + (logt[-1] - logt[0]) * 2 / 3]
    mean, noise = _mean(tail)
    slope = slope_in_time / mean if mean != 0 else float("inf")
    steady = abs(slope) < STEADY_SLOPE and slope_sd / max(abs(mean), 1e-300) < STEADY_SLOPE
    significant = abs(mean) > max(SIGNIFICANT_SD * noise, current_floor) and np.sign(mean) == np.sign(voltage)
    sd = float(np.hypot(noise, _slow_change(t, i)))
    return SteadyState(float(voltage), mean, sd, float(slope), bool(steady), bool(significant))


def check_floor(current_floor: float, offenders: Offenders) -> None:
    """Add an offender where the floor (A) is negative or not finite."""
    if not (np.isfinite(current_floor) and current_floor >= 0):
        offenders.add(f"current_floor = {current_floor} A: must be finite and not negative")


def _slope(x: Real, y: Real) -> tuple[float, float]:
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    residual = y - y.mean() - slope * centred
    return slope, float(np.sqrt(residual @ residual / max(x.size - 2, 1) / (centred @ centred)))


def _mean(values: Real) -> tuple[float, float]:
    """Mean and its sd, widened by the correlation of neighbouring readings."""
    mean = float(values.mean())
    if values.size < 3:
        return mean, float(np.ptp(values))
    apart = values - mean
    power = float(apart @ apart)
    rho = float(apart[1:] @ apart[:-1]) / power if power > 0 else 0.0
    rho = min(max(rho, 0.0), 0.99)
    sd = float(np.sqrt(power / (values.size - 1) / values.size * (1 + rho) / (1 - rho)))
    return mean, sd


def _slow_change(time: Real, current: Real) -> float:
    """Sd of the end of a step by slow changes: that of a wave whose amplitude is the range of the fifths but the first.

    Temperature and contacts drift over as long as a step lasts: what is flat at its end may stand at the crest.
    """
    part = np.digitize(time / time[-1], SLOW_PARTS, right=True)
    means = [float(current[part == n].mean()) for n in range(1, len(SLOW_PARTS)) if np.any(part == n)]
    return float(np.ptp(means) / np.sqrt(2))


def check_held(voltage: Real, current: Real, number: int) -> None:
    """Refuse a step whose voltage drifts, or whose current is steadier than its voltage: the current was held then.

    Raises
    ------
    BadInput
        If the voltage was not held.
    """
    rows = voltage.size // 10
    if not rows:
        return
    drifts = []
    for values in (voltage, current):
        first, last = float(np.median(values[:rows])), float(np.median(values[-rows:]))
        drifts.append(abs(last - first) / max(abs(last), abs(first), 1e-300))
    if drifts[0] > HELD or (drifts[0] > STEADY_VOLTAGE and drifts[0] > GALVANOSTATIC * drifts[1]):
        raise BadInput(
            f"step {number}: its voltage changes by {drifts[0]:.2%} and its current by {drifts[1]:.2%}: the "
            "voltage was not held; give a step at constant voltage"
        )


def check_whole(time: Real, current: Real, number: int) -> None:
    """Refuse a step that was applied again: after a pause without rows its current starts anew.

    Anew: it goes back on what it did before the pause. Where rows become rarer a step goes on as it did.

    Raises
    ------
    BadInput
        If it was.
    """
    if time.size < FEWEST_POINTS:
        return
    waits, size = np.diff(time), np.abs(current)
    least = max(RESTART * float(np.median(np.abs(np.diff(current)))), RESTARTED * float(np.median(size)))
    pauses = np.flatnonzero(waits > PAUSE * np.median(waits))
    before = size[pauses] - size[np.concatenate([[0], pauses[:-1] + 1])[: pauses.size]]
    inside = size[pauses + 1] - size[pauses]
    again = pauses[(np.abs(inside) > least) & (inside * before < 0)]
    if again.size:
        first = int(again[0])
        raise BadInput(
            f"step {number}: after {waits[first]:.3g} s without rows, at {time[first + 1]:.4g} s, the current starts "
            f"anew, from {current[first + 1]:.3g} A after {current[first]:.3g} A: the voltage was applied "
            f"{again.size + 1} times; give the rows of one step"
        )
