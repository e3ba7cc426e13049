"""What a critical current density is told with: coarse voltages, the baseline, drift, spikes, steps left out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._columns import ROUNDED, resolved, voltage_steps
from electrochemistry.cells._drift import resistance_drift
from electrochemistry.cells._events import Baseline, Criterion, Scan
from electrochemistry.cells._half_cycles import MILLI, HalfCycles
from shortrange_core import BadInput, Note, Severity
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import option

SAME_CURRENT = 0.005  # relative difference below which two current densities are one step
Vector = npt.NDArray[np.float64]


def baseline_notes(table: xr.Dataset, base: Baseline, criterion: Criterion) -> list[Note]:
    """Notes on voltages too coarse to judge, on a baseline that is not there, and on what came before it."""
    seen = resolved(table)
    notes = []
    if not seen.all():
        text = (
            f"{int((~seen).sum())} of {seen.size} half cycles have overpotentials that may be below five steps of "
            f"the recorded voltage ({float(table.voltage_step.values[0]):.3g} V): they are not judged"
        )
        notes.append(Note("voltage-step-coarse", Severity.WARNING, text, "record in a smaller voltage range"))
    if not np.isfinite(base.resistance):
        text = f"no {criterion.steps} consecutive steps agree with one resistance: there is no critical current density"
        remedy = f"start lower, use smaller steps, or lower {option('steps')}"
        return [*notes, Note("no-baseline", Severity.WARNING, text, remedy)]
    before = int(seen[: base.first].sum())
    if before:
        came = counted(before, "half cycle")
        text = f"{came} before the first {criterion.steps} steps that agree: conditioning, not events"
        remedy = "check them: a cell may be shorted from the start"
        notes.append(Note("conditioning", Severity.INFO, text, remedy))
    return notes


def events_before_baseline(table: xr.Dataset, base: Baseline, criterion: Criterion) -> list[Note]:
    """Notes where the resistance was another one before the baseline: an event that no step before it could show.

    A lower one is a rise. A higher one is conditioning where it was seen, and a drop among voltages of a few bits.
    """
    if not np.isfinite(base.resistance):
        return []
    before = table.isel(half_cycle=slice(0, base.first))
    predicted = base.resistance * np.abs(before.current_density.values) * MILLI
    voltage, coarse = np.abs(before.voltage_volt.values), ~resolved(before)
    least = criterion.deviations * np.maximum(before.noise_volt.values, base.noise)
    # what rounding may have taken away from voltages of a few bits, or added to them
    half = np.where(coarse, ROUNDED * voltage_steps(before), 0.0)
    low = (voltage + half < predicted / criterion.rise) & (predicted - voltage - half > least)
    high = (voltage - half > predicted / criterion.soft_drop) & (voltage - half - predicted > least) & coarse
    notes = []
    kinds = (("rise", "rise-before-baseline", "lower", low), ("drop", "drop-before-baseline", "higher", high))
    for kind, code, other, rows in kinds:
        if criterion.event not in (kind, "either") or not rows.any():
            continue
        text = (
            f"a {other} resistance in {counted(int(rows.sum()), 'half cycle')} before the baseline of "
            f"{base.resistance:.4g} ohm cm2: a {kind} came before any baseline, and no critical current density can be "
            "given"
        )
        remedy = f"start lower, or lower {option('steps')}" if kind == "rise" else "record in a smaller voltage range"
        notes.append(Note(code, Severity.WARNING, text, remedy))
    return notes


def drift_notes(half_cycles: HalfCycles, scanned: Scan) -> list[Note]:
    """Resistance and drift of a hold, until its first event."""
    until = scanned.events[0].half_cycle if scanned.events else None
    try:
        drift = resistance_drift(half_cycles, until=until)
    except BadInput:
        return []
    (start, rate), (sd, rate_sd) = drift.value.values, drift.sd.values
    text = (
        f"held current: {start:.5g} +- {sd:.2g} ohm cm2 at the start, drift {rate:+.3g} +- {rate_sd:.2g} ohm cm2 per h"
    )
    return [Note("resistance-drift", Severity.INFO, text, "resistance_drift returns it with its covariance")]


def spike_notes(scanned: Scan, criterion: Criterion) -> list[Note]:
    """A note on spikes of fewer rows than make a rise."""
    if not scanned.spikes:
        return []
    text = (
        f"spikes shorter than {counted(criterion.rows, 'row')} in {counted(len(scanned.spikes), 'half cycle')}, from "
        f"{scanned.spikes[0]} on: "
        "by the criterion these are not rises"
    )
    remedy = f"record more rows per half cycle, or lower {option('rows')} if such a spike is the event"
    return [Note("spikes-too-short", Severity.WARNING, text, remedy)]


def bracket_notes(before: Vector, at: float, lower: float, notes: list[Note]) -> None:
    """Notes on a current that had been held before, and on a bracket wider than the steps."""
    held = int(np.sum(np.abs(before - at) <= SAME_CURRENT * at))
    if held > 1:
        text = (
            f"the event came after {held} half cycles at the same {at:.4g} mA/cm2: a lifetime, not a critical current"
        )
        notes.append(
            Note("current-held-before", Severity.WARNING, text, "report the capacity passed until then instead")
        )
    apart = np.diff(np.sort(before))
    apart = apart[apart > SAME_CURRENT * at]  # noise makes no steps
    usual = float(np.median(apart)) if apart.size > 1 else float("nan")
    if at - lower > 1.5 * usual:
        text = f"the bracket [{lower:.4g}, {at:.4g}) is wider than the usual step of {usual:.4g} mA/cm2"
        notes.append(Note("steps-missing", Severity.WARNING, text, "steps were left out or not recorded"))
