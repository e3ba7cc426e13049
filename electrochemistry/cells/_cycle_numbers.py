"""Which half cycles a record of a full cell has, and to which cycle each belongs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.cells._contract import CYCLE_COUNT, TIME, VOLTAGE
from electrochemistry.cells._currents import Runs
from electrochemistry.cells._half_cycles import without_fragments
from shortrange_core import Note, Severity
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import option, spelled

FRAGMENT = 1e-3  # of the largest charge of a half cycle: less is a row of noise, not a half cycle
HOLE = 0.25  # of the half cycle before: a longer stretch without rows hides a half cycle
MANY_STEPS = 20  # of the rows around it: a shorter stretch without rows is no hole
SAME_END = 0.02  # of the range of the voltage: half cycles that end nearer to one another end at one limit
PULSES = 5
"""Half cycles in one cycle of the file that are no cycle: one to begin with, one more for a measured resistance."""
Vector = npt.NDArray[np.float64]


def whole_runs(cycling: xr.Dataset, runs: Runs) -> tuple[Runs, tuple[Note, ...]]:
    """Runs without fragments and without one that the record ends in, cut where no rows hide a half cycle."""
    if runs.start.size == 0:
        return runs, (
            Note("no-half-cycle", Severity.WARNING, "no current flows in this record", "check the current column"),
        )
    kept, notes = without_fragments(cycling, runs, FRAGMENT)
    whole = _cut_at_holes(cycling[TIME].values, _joined(kept))
    unfinished = _unfinished(cycling[VOLTAGE].values, whole)
    if not unfinished:
        return whole, notes
    return Runs(whole.start[:-1], whole.stop[:-1], whole.sign[:-1]), (*notes, *unfinished)


def _unfinished(voltage: Vector, runs: Runs) -> tuple[Note, ...]:
    """What to say of a last half cycle that the record ends in: it ends at no voltage where those before it do."""
    alike = runs.sign[:-1] == runs.sign[-1]
    if runs.stop[-1] < voltage.size or not alike.any():
        return ()
    ends, last, sign = voltage[runs.stop[:-1][alike] - 1], float(voltage[-1]), float(runs.sign[-1])
    nearest = float(ends[np.argmin(np.abs(ends - last))])
    if float(np.max(sign * ends)) <= sign * last or abs(nearest - last) <= SAME_END * np.ptp(voltage):
        return ()
    text = (
        f"the record ends within a {'charge' if sign > 0 else 'discharge'}, at {last:.3g} V, while others end at "
        f"{nearest:.3g} V: this half cycle is left out"
    )
    return (Note("half-cycle-unfinished", Severity.INFO, text, "read the record again once it is complete"),)


def _joined(runs: Runs) -> Runs:
    """The runs, neighbours of one sign joined."""
    start, stop, sign = runs.start, runs.stop, runs.sign
    new = np.concatenate([[True], np.diff(sign) != 0]) if sign.size else np.zeros(0, dtype=bool)
    last = np.concatenate([np.flatnonzero(new)[1:], [sign.size]]) - 1 if sign.size else np.zeros(0, dtype=np.intp)
    return Runs(start[new], stop[last], sign[new])


def _cut_at_holes(time: Vector, runs: Runs) -> Runs:
    """Cut a run where rows are missing for longer than a quarter of a usual half cycle, and than its own rows need."""
    if runs.start.size == 0:
        return runs
    usual = HOLE * float(np.median(time[runs.stop - 1] - time[runs.start]))
    steps = np.diff(time)
    holes = np.flatnonzero(steps > max(usual, _pause(steps)))
    start, stop, sign = list(runs.start), list(runs.stop), list(runs.sign)
    for run, (first, last) in enumerate(zip(runs.start, runs.stop - 1, strict=True)):
        for hole in holes[(holes >= first) & (holes < last)]:
            if steps[hole] > _pause(steps[first:last]):
                at = int(np.searchsorted(start, hole, side="right"))
                start.insert(at, hole + 1)
                stop.insert(at - 1, hole + 1)
                sign.insert(at, runs.sign[run])
    return Runs(np.array(start, dtype=np.intp), np.array(stop, dtype=np.intp), np.array(sign))


def _pause(steps: Vector) -> float:
    """The longest step that is no hole among these."""
    return MANY_STEPS * float(np.median(steps[steps > 0])) if (steps > 0).any() else np.inf


def cycle_numbers(sign: Vector, first_sign: float) -> tuple[npt.NDArray[np.int64], tuple[Note, ...]]:
    """Cycle number of every half cycle, from 1; 0 for one before the first that opens a cycle.

    Where all half cycles have one direction, each is a cycle of its own, whatever the order.
    """
    if sign.size and np.all(sign == sign[0]):
        return np.arange(1, sign.size + 1), (_one_direction(float(sign[0]), sign.size),)
    opens = sign == first_sign
    after_same = np.concatenate([[False], (np.diff(sign) == 0) & ~opens[1:]]) if sign.size else opens
    number = np.cumsum(opens | after_same).astype(np.int64)
    notes: list[Note] = []
    if sign.size and not opens[0]:
        text = "the record starts with the half cycle that completes a cycle: it is cycle 0 and has no efficiency"
        notes.append(
            Note("unpaired-half-cycle", Severity.WARNING, text, f"check {option('order')}, or leave cycle 0 out")
        )
    lone = int(np.sum(np.diff(sign) == 0))
    if lone:
        text = f"{counted(lone, 'half cycle')} missing in the record: no efficiency for their cycles"
        remedy = spelled(
            "first join the runs of the cell with join_runs",
            command_line="give the files of all runs of the cell, in their order",
            recipe="give the files of all runs of the cell",
        )
        notes.append(Note("half-cycle-missing", Severity.WARNING, text, remedy))
    return number, tuple(notes)


def pulse_notes(cycling: xr.Dataset, runs: Runs, number: npt.NDArray[np.int64]) -> tuple[Note, ...]:
    """Half cycles that the counter of the file takes for parts of one cycle: pulses of a test, no cycles.

    Not every counter counts cycles; one that does has at most two half cycles in most of them.
    """
    if CYCLE_COUNT not in cycling or runs.start.size == 0:
        return ()
    cycle, halves = np.unique(cycling[CYCLE_COUNT].values[runs.start], return_counts=True)
    crowded = halves >= PULSES
    if not 0 < 2 * crowded.sum() < cycle.size:
        return ()
    most = int(np.argmax(halves))
    inside = number[np.isin(cycling[CYCLE_COUNT].values[runs.start], cycle[crowded])]
    text = (
        f"cycle {cycle[most]:g} of the file has {halves[most]} half cycles, which are pulses: each pair counts as a "
        f"cycle here ({inside.min()} to {inside.max()})"
    )
    remedy = f"exclude them from means and rates with {option('formation')}, or end the record before them"
    return (Note("pulses-are-cycles", Severity.WARNING, text, remedy),)


def _one_direction(sign: float, count: int) -> Note:
    verb, other = ("charges", "discharge") if sign > 0 else ("discharges", "charge")
    text = f"the record only {verb} ({counted(count, 'half cycle')}): it has no {other} and no Coulombic efficiency"
    remedy = "if the currents in the file have no sign, give " + spelled(
        "columns={'direction': name of the column that tells charge from discharge}",
        command_line="--column direction=NAME (the column that tells charge from discharge)",
        recipe="the column that tells charge from discharge",
    )
    return Note("one-direction", Severity.INFO, text, remedy)
