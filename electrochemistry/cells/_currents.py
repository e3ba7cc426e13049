"""Which rows of a current rest, which flow, and where the level changes: judged against the noise of the record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput

REST_FRACTION = 1e-4  # of the largest current: below it a cell rests, however quiet its current is
OFFSET_FRACTION = 5e-3  # of the largest current: as much may an offset or a leak of the instrument be in a rest
NEAR_REST = 0.1  # of the largest current: rows below it show the noise that rests have
FLICKER_ROWS, FLICKER_RUNS = 4, 3  # fewer rows in as many runs between rows that rest are one bit that flips
SAME_BIT = 1.05
REST_SIGMAS = 6.0  # sd of the noise in rests, within which a row rests
STEADY_SIGMAS = 5.0  # sd of the noise in rests, above which a run of small current flows
STEADY = 0.1  # relative change of an offset along a rest, or of a level; more is the tail of a charge
NEIGHBOUR = 10.0  # times its own: where the currents beside a small steady one are larger, it is an offset of a rest
LEVEL_CHANGE = 0.005  # relative step of current that starts a new level
LEVEL_ROWS = 3  # rows on both sides of a step that must be steady
STEP_OVER_SPREAD = 1.9  # a step over the range of the rows beside it; a decay has 1.5, a row halfway has 2
TAIL_ROWS, TAIL_SHARE = 6, 0.25  # rows beside a cut, and their fall over the step at the cut
TAIL_RISE = 0.1  # of a fall, as much may noise rise along it
LEVEL_NOISE = 8.0  # mean changes to and fro from row to row (9 sd of white noise)
BIT_STEPS = 1.5  # bits by which a level must change
LARGEST_BIT = 0.05  # of the current: what is larger changes up and down because it was asked to
MAD_TO_SD = 1.4826  # sd of a normal distribution over its median absolute deviation
Index = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Runs:
    """Rows ``start`` to before ``stop`` of each run, and its sign of current."""

    start: Index
    stop: Index
    sign: Vector


def middle(values: Vector) -> float:
    """Median of one value or more; numpy's own spends most of its time on other cases.

    Examples
    --------
    >>> middle(np.array([3.0, 1.0, 2.0])), middle(np.array([3.0, 1.0]))
    (2.0, 2.0)
    """
    half = values.size // 2
    parted = np.partition(values, half)
    return float(parted[half]) if values.size % 2 else 0.5 * float(parted[half] + parted[:half].max())


def runs_of(label: Vector) -> Runs:
    """Runs of equal labels other than 0, of neighbouring rows."""
    edges = np.flatnonzero(np.diff(label)) + 1
    start = np.concatenate([[0], edges]).astype(np.intp) if label.size else np.zeros(0, dtype=np.intp)
    stop = np.concatenate([edges, [label.size]]).astype(np.intp) if label.size else start
    kept = label[start] != 0
    return Runs(start[kept], stop[kept], label[start][kept])


def run_medians(values: Vector, runs: Runs) -> Vector:
    """Median of ``values`` over the rows of each run."""
    return np.array([middle(values[a:b]) for a, b in zip(runs.start, runs.stop, strict=True)], dtype=float)


def rest_noise(current: Vector) -> float:
    """Sd of the current in rests, A: from changes between neighbouring rows that are both near zero; 0 without any."""
    changes = _rest_changes(current)
    return MAD_TO_SD * middle(changes) / np.sqrt(2) if changes.size else 0.0


def rest_bit(current: Vector) -> float:
    """Smallest change between neighbouring rows that are both near zero, A: one bit, where there are bits."""
    changes = _rest_changes(current)
    return float(np.min(changes[changes > 0], initial=np.inf)) if changes.any() else 0.0


def _rest_changes(current: Vector) -> Vector:
    """Changes between neighbouring rows that are both near zero, A, without those of tails, which fall row by row."""
    size, same = np.abs(current), np.sign(current[1:]) == np.sign(current[:-1])
    near = size < NEAR_REST * float(np.max(size, initial=0.0))
    inwards = np.pad(same & (np.diff(size) < 0), 1)
    falls = np.pad(inwards[:-2] & inwards[1:-1] & inwards[2:], 1)
    tail = falls[:-2] | falls[1:-1] | falls[2:]
    return np.asarray(np.abs(np.diff(current))[near[1:] & near[:-1] & ~tail], dtype=float)


def flow(current: Vector, rest_current: float | None) -> Vector:
    """Sign of the current in every row, 0 where the cell rests.

    Parameters
    ----------
    current
        A, over the rows.
    rest_current
        Currents up to this size, in A, are rests, and nothing else is. Where absent, rests are found: rows within the
        noise that rests have, and steady small currents that an offset of the instrument explains, because the
        currents before and after them are ten times larger.

    Raises
    ------
    BadInput
        If ``rest_current`` is negative or no number.
    """
    size = np.abs(current)
    largest = float(np.max(size, initial=0.0))
    if rest_current is not None:
        if not rest_current >= 0:
            raise BadInput(f"rest_current = {rest_current} A; give 0 or more")
        return np.where(size > rest_current, np.sign(current), 0.0)
    return _without_flicker(size, _without_small(current, largest), NEAR_REST * largest)


def _without_small(current: Vector, largest: float) -> Vector:
    """The sign of every row, 0 in runs of small current that noise or an offset explains."""
    noise, size = rest_noise(current), np.abs(current)
    small = max(OFFSET_FRACTION * largest, min(REST_SIGMAS * noise, NEAR_REST * largest))
    sign = np.sign(current)
    runs = runs_of(sign + 4.0 * sign * (size <= small))  # small rows never share a run with large ones
    level = np.abs(run_medians(current, runs))
    before = np.concatenate([[np.inf], level[:-1]])
    after = np.concatenate([level[1:], [np.inf]])
    alone = (level < OFFSET_FRACTION * largest) & (np.minimum(before, after) > NEIGHBOUR * level)
    offset = alone & _steady(size, runs, max(STEADY_SIGMAS * noise, BIT_STEPS * rest_bit(current)))
    quiet = offset | (level < max(REST_FRACTION * largest, STEADY_SIGMAS * noise))
    return _with_rests(sign, runs, quiet & (np.abs(runs.sign) > 1))


def _steady(size: Vector, runs: Runs, least: float) -> Mask:
    """Runs whose first and second halves have one level: an offset stays, the tail of a charge falls."""
    half = (runs.start + runs.stop + 1) // 2
    first = run_medians(size, Runs(runs.start, half, runs.sign))
    second = run_medians(size, Runs(np.minimum(half, runs.stop - 1), runs.stop, runs.sign))
    return np.asarray(np.abs(first - second) <= np.maximum(STEADY * np.maximum(first, second), least))


def _without_flicker(size: Vector, sign: Vector, faint: float) -> Vector:
    """The signs, 0 in faint runs beside rests that last a few rows, and in all of their size: one bit that flips."""
    runs = runs_of(sign)
    level = run_medians(size, runs)
    padded = np.concatenate([[0.0], sign, [0.0]])
    beside = ((padded[runs.start] == 0) | (padded[runs.stop + 1] == 0)) & (level < faint)
    short = beside & (runs.stop - runs.start < FLICKER_ROWS)
    if int(short.sum()) < FLICKER_RUNS:
        return sign
    return _with_rests(sign, runs, beside & (level <= SAME_BIT * float(np.max(level[short]))))


def _with_rests(sign: Vector, runs: Runs, resting: Mask) -> Vector:
    kept = sign.copy()
    for start, stop in zip(runs.start[resting], runs.stop[resting], strict=True):
        kept[start:stop] = 0.0
    return kept


def sign_runs(sign: Vector, *, over_rests: bool) -> Runs:
    """Runs of rows of one sign, joined over rests (full cells) or parted by them (symmetric cells)."""
    if not over_rests:
        return runs_of(sign)
    active = np.flatnonzero(sign)
    joined = runs_of(sign[active])
    return Runs(active[joined.start], active[joined.stop - 1] + 1, joined.sign)


def split_at_levels(current: Vector, runs: Runs) -> Runs:
    """The runs, cut where the current steps from one steady level to another."""
    start: list[int] = []
    stop: list[int] = []
    sign: list[float] = []
    for first, last, way in zip(runs.start, runs.stop, runs.sign, strict=True):
        size = np.abs(current[first:last])
        cuts = [int(first), *(int(first) + _without_tails(size, level_steps(size))), int(last)]
        start += cuts[:-1]
        stop += cuts[1:]
        sign += [float(way)] * (len(cuts) - 1)
    return Runs(np.array(start, dtype=np.intp), np.array(stop, dtype=np.intp), np.array(sign))


def _without_tails(size: Vector, cuts: Index) -> Index:
    """The cuts, without those beside which the current falls on: where a voltage is held, rows far apart make a corner,
    and a row that is missing from a tail makes a step.
    """
    edges = [0, *cuts.tolist(), size.size]
    pieces = zip(edges[:-2], edges[1:-1], edges[2:], strict=True)
    tails = [_falls_beside(size[a:b], size[b:c]) for a, b, c in pieces]
    kept: Index = cuts[~np.array(tails, dtype=bool)]
    return kept


def _falls_beside(before: Vector, behind: Vector) -> bool:
    """Whether a current falls behind a cut by a tenth, or beside it row by row by a quarter of the step there.

    Fewer rows than show a level, and lower, are the end of a tail too.
    """
    half = (behind.size + 1) // 2
    first, second = middle(behind[:half]), middle(behind[half:] if behind.size > 1 else behind)
    step = abs(float(before[-1] - behind[0]))
    next_ = behind[1 : TAIL_ROWS + 1] if behind.size > LEVEL_ROWS else behind  # the row at the cut may be halfway
    last = before[-TAIL_ROWS - 1 : -1]
    if behind.size < LEVEL_ROWS and behind[0] < before[-1]:
        return True
    return first - second > STEADY * first or _falls(next_, step) or (last.size > LEVEL_ROWS and _falls(last, step))


def _falls(rows: Vector, step: float) -> bool:
    fall, changes = float(rows[0] - rows[-1]), np.diff(rows)
    return fall > TAIL_SHARE * step and float(changes[changes > 0].sum()) <= TAIL_RISE * fall


def level_steps(size: Vector) -> Index:
    """Rows at which a current (all of one sign) steps to another steady level.

    A step is larger than half a percent, than the noise, than a flipping bit, and than what the rows on either side
    range over, so that a decaying current is no staircase.

    Examples
    --------
    >>> level_steps(np.repeat([1.0, 1.1, 1.2], 5)).tolist(), level_steps(np.exp(-np.arange(30.0) / 10)).tolist()
    ([5, 10], [])
    """
    if size.size < 2:
        return np.zeros(0, dtype=np.intp)
    change = np.diff(size)
    if np.max(np.abs(change)) <= LEVEL_CHANGE * float(size.min()):
        return np.zeros(0, dtype=np.intp)
    before, after, spread = _sides(size)
    step = np.abs(after - before)
    least = np.maximum(LEVEL_CHANGE * np.minimum(before, after), _unsteadiness(change, middle(size)))
    candidates = np.flatnonzero((step > least) & (step > STEP_OVER_SPREAD * spread)) + 1
    return _sharpest(candidates, np.abs(change))


def _sides(size: Vector) -> tuple[Vector, Vector, Vector]:
    """Median of the rows before and after every change, and the larger of their ranges; fewer rows at the ends."""
    rows = np.lib.stride_tricks.sliding_window_view(np.pad(size, LEVEL_ROWS - 1, mode="edge"), LEVEL_ROWS)
    medians, ranges = np.median(rows, axis=1), np.ptp(rows, axis=1)
    count = size.size - 1
    before, after = slice(0, count), slice(LEVEL_ROWS, LEVEL_ROWS + count)
    return medians[before], medians[after], np.maximum(ranges[before], ranges[after])


def _unsteadiness(change: Vector, level: float) -> float:
    """What a level must change by, from changes up and down: a staircase goes one way, noise and bits go to and fro."""
    up, down = change[change > 0], -change[change < 0]
    if not (up.size and down.size):
        return 0.0
    to_and_fro = 2 * min(float(up.sum()), float(down.sum())) / change.size
    bit = max(float(up.min()), float(down.min()))
    return max(LEVEL_NOISE * to_and_fro, BIT_STEPS * bit if bit < LARGEST_BIT * level else 0.0)


def _sharpest(candidates: Index, change: Vector) -> Index:
    """Of neighbouring rows that all see one step, the one with the largest change."""
    if candidates.size < 2:
        return candidates
    groups = np.split(candidates, np.flatnonzero(np.diff(candidates) > 1) + 1)
    return np.array([group[np.argmax(change[group - 1])] for group in groups], dtype=np.intp)
