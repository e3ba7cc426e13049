"""Whether a symmetric cell is shorted: its resistance against that of its geometry, sudden falls of its voltage."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from electrochemistry.cells._currents import MAD_TO_SD
from electrochemistry.cells._events import Baseline, Criterion, Scan
from electrochemistry.cells._half_cycles import MILLI, HalfCycles
from shortrange_core import Note, Severity
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import option, spelled

SIGMAS = 3.0  # margin of the geometric test
CONDITIONING_RATIO = 2.0
LEAK = "short-by-geometry"
Short = Literal["none", "suspected", "soft", "hard", "not testable"]


def short_of(
    half_cycles: HalfCycles,
    base: Baseline,
    scanned: Scan,
    stack: tuple[float, float] | None,
    criterion: Criterion,
    *,
    until: float,
) -> tuple[Short, bool, list[Note]]:
    """Verdict, whether every drop recovered, and what to say of it; ``until`` is the half cycle of the event."""
    drops = [event for event in scanned.events if event.kind == "drop"]
    dips = len(scanned.dips)
    notes: list[Note] = []
    verdict: Short = "none"
    if drops:
        verdict = "hard" if min(event.ratio for event in drops) < criterion.hard_drop else "soft"
    leak = _leak(half_cycles.table, stack)
    if leak is not None:
        resistance, limit, number, first = leak
        below = "hard" if resistance < 0.5 * limit else "soft"
        verdict = "hard" if "hard" in (verdict, below) else "soft"
        notes.append(_leak_note(resistance, limit, number, first, before=first < until))
    elif verdict == "none" and not np.isfinite(base.resistance):
        verdict = "not testable" if stack is None else "none"
    elif verdict == "none" and _suspicious(half_cycles.table, base, dips, stack):
        verdict = "suspected"
        text = (
            f"dips too short for a drop in {counted(dips, 'half cycle')}"
            if dips
            else "the voltage fell by half during conditioning"
        )
        notes.append(Note("short-suspected", Severity.WARNING, text, f"give {option('stack_resistance')} to decide"))
    if stack is None and verdict in ("none", "suspected"):
        text = "the resistance of the stack is not known: a cell shorted from the start would look the same"
        notes.append(
            Note(
                "short-not-excluded",
                Severity.INFO,
                text,
                f"give {option('stack_resistance')}, as {_stack_computed()}",
            )
        )
    return verdict, bool(drops) and all(event.recovered for event in drops), notes


def _stack_computed() -> str:
    """What computes the resistance of the stack."""
    return spelled("separator() computes it", command_line="'shortrange separator' computes it", recipe="measured")


def _leak_note(resistance: float, limit: float, number: int, first: int, *, before: bool) -> Note:
    text = (
        f"half cycle {number} has {resistance:.4g} ohm cm2, below the limit of {limit:.4g} ohm cm2 for the stack alone "
        f"({SIGMAS:g} sd below its value); the first is {first}: impossible without leakage"
    )
    if before:
        return Note(LEAK, Severity.ERROR, text, "this cell gives no valid critical current density")
    return Note(LEAK, Severity.WARNING, text, "the event is a short circuit; until then the cell did not leak")


def _leak(table: xr.Dataset, stack: tuple[float, float] | None) -> tuple[float, float, int, int] | None:
    """Lowest resistance below what the stack can have: (resistance, limit, half cycle), ohm cm2; the first such one."""
    if stack is None:
        return None
    resistance = table.areal_resistance.values
    rows = np.maximum(table.stop_row.values - table.first_row.values, 1)
    median_sd = 1.2533 * MAD_TO_SD * table.noise_volt.values / np.sqrt(rows)
    own = median_sd / (np.abs(table.current_density.values) * MILLI)
    limit = stack[0] - SIGMAS * np.hypot(stack[1], own)
    below = np.flatnonzero(resistance < limit)
    if not below.size:
        return None
    worst = int(below[np.argmin(resistance[below])])
    numbers = table.half_cycle.values
    return float(resistance[worst]), float(limit[worst]), int(numbers[worst]), int(numbers[below[0]])


def _suspicious(table: xr.Dataset, base: Baseline, dips: int, stack: tuple[float, float] | None) -> bool:
    """Dips too short for a drop, or a resistance that fell by half before the baseline with no geometry to judge it."""
    before = table.areal_resistance.values[: base.first]
    fell = bool(before.size) and float(np.max(before)) > CONDITIONING_RATIO * base.resistance
    return dips > 0 or (fell and stack is None)
