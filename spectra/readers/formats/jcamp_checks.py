"""What a JCAMP-DX file repeats: refused where its form denies itself, noted where only its header does."""

from __future__ import annotations

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.notes import Note, Severity
from spectra.readers.formats import asdf
from spectra.readers.formats.jcamp_parts import JcampBlock
from spectra.readers.raw import AGAIN, Array

CHECK_TOLERANCE = 0.02  # of the range of y: header values are rounded and sometimes of the unprocessed data
ABSCISSA_TOLERANCE_POINTS = 1.5
SAME_STEP = 1e-3
FEWEST_LINES, MOST_LINES = 16, 0.8
USUAL_POINTS, STRICT_POINTS = 0.3, 0.7
"""Where most lines are as long as their abscissae say within 0.3 points, one 0.7 points off lost or gained one."""
MOST_DRIFT = 1e-3  # of the range of x: steps of 32 bits that are summed up drift by 2e-4 over 16384 points
EXTREME_TOLERANCE = 1e-3
MOST_BROKEN = 8
HALF_POINT = 0.5


def look_at_count(part: JcampBlock, counted: int, points: int | None, *, even: bool) -> None:
    """Refuse a number of points that the header denies; note one that is one off while the axis agrees.

    Some programs count the points between FIRSTX and LASTX inclusively once too often.
    """
    if points is None or points == counted:
        return
    first, last, step = part.value("FIRSTX"), part.value("LASTX"), part.value("DELTAX")
    agrees = even and first is not None and last is not None and bool(step)
    agrees = agrees and abs(points - counted) == 1 and abs((last - first) / step - (counted - 1)) < HALF_POINT  # type: ignore[operator]
    if not agrees:
        raise BadInput(
            f"has {counted} points, but its header says NPOINTS = {points}; the file is truncated or damaged: "
            "copy or export it again"
        )
    text = f"the header says NPOINTS = {points}, but {counted} points fill FIRSTX to LASTX in steps of DELTAX"
    part.notes.append(Note("count-contradicted", Severity.WARNING, text, AGAIN))


def check_abscissae(part: JcampBlock, table: asdf.Ordinates, x: Array, x_factor: float) -> None:
    """The abscissa that begins each line stands for its first ordinate."""
    step = abs(float(x[1] - x[0]))
    inside = table.starts < x.size
    expected = x[table.starts[inside]]
    rounding = abs(x_factor) * 10.0 ** -np.minimum(table.decimals[inside], 12)
    written = table.abscissae[inside] * x_factor
    wrong = np.abs(written - expected) > ABSCISSA_TOLERANCE_POINTS * step + rounding
    _check_lengths(part, table, inside, step / abs(x_factor), rounding / abs(x_factor))
    slope = _even_slope(table, inside)
    unscaled = abs(x_factor) != 1.0 and np.isclose(slope, step, rtol=SAME_STEP)  # abscissae without their factor
    counted = np.isclose([slope, slope * abs(x_factor), slope], [1.0, step, step], rtol=SAME_STEP)
    otherwise = unscaled or (np.all(wrong) and np.any(counted))
    if np.any(wrong) and not otherwise and not _drifts(part, x, written - expected, rounding):
        index = int(np.argmax(wrong))
        raise BadInput(
            f"{int(wrong.sum())} of {wrong.size} lines begin with an abscissa that FIRSTX and LASTX contradict "
            f"(line {index + 1}: {written[index]:g}, expected {expected[index]:g}); the file is damaged: "
            "copy or export it again"
        )


def _drifts(part: JcampBlock, x: Array, off: Array, rounding: Array) -> bool:
    """Abscissae that a program summed up and rounded: noted where the header agrees with itself and the first line.

    The lengths of the lines were checked before, and all points are counted, so that none is lost.
    """
    step = part.value("DELTAX")
    agrees = step is not None and abs(step * (x.size - 1) - (x[-1] - x[0])) < HALF_POINT * abs(step)
    begins = agrees and abs(off[0]) <= rounding[0] + EXTREME_TOLERANCE * abs(step or 0.0)
    jumps = np.abs(np.diff(off)) > USUAL_POINTS * abs(step or 0.0) + 2 * rounding[1:]
    drift = float(np.max(np.abs(off)))
    if not begins or part.counted != x.size or np.any(jumps) or drift > MOST_DRIFT * float(np.ptp(x)):
        return False
    text = (
        f"lines begin up to {drift:g} off the axis that FIRSTX, LASTX, DELTAX and NPOINTS agree on; that axis is used"
    )
    part.notes.append(Note("limits-contradicted", Severity.WARNING, text, AGAIN))
    return True


def _check_lengths(part: JcampBlock, table: asdf.Ordinates, inside: Array, step: float, rounding: Array) -> None:
    """A line holds as many ordinates as fit between its abscissa and the next: else it lost or gained some.

    Not where the header counts them all and only the first line is off: then all others begin off the first by as much.
    """
    abscissae, starts = table.abscissae[inside], table.starts[inside]
    if abscissae.size < FEWEST_LINES or step == 0:
        return
    off = np.abs(np.abs(np.diff(abscissae)) / step - np.diff(starts))
    exact = np.mean(off <= EXTREME_TOLERANCE) >= MOST_LINES  # nothing was rounded away
    slack = np.where(_cut_toward_zero(abscissae), rounding[1:] / step, 0.0) if exact else 2 * rounding[1:] / step
    if np.mean(off <= USUAL_POINTS + slack) < MOST_LINES:
        return
    wrong = np.flatnonzero(off > STRICT_POINTS + slack)
    if wrong.size == 1 and wrong[0] == 0 and part.counted == table.values.size and off[0] <= ABSCISSA_TOLERANCE_POINTS:
        text = f"all lines but the first begin {off[0]:.1f} points off the axis from FIRSTX; that axis is used"
        part.notes.append(Note("limits-contradicted", Severity.WARNING, text, AGAIN))
    elif wrong.size:
        index = int(wrong[0])
        raise BadInput(
            f"line {index + 1} begins at {abscissae[index]:g} and the next at {abscissae[index + 1]:g}, but it has "
            f"{starts[index + 1] - starts[index]} ordinates; the file is damaged: copy or export it again"
        )


def _cut_toward_zero(abscissae: Array) -> Array:
    """Pairs of lines across zero: whole numbers of which the fraction is cut lose one there, as MestReNova writes."""
    return np.asarray((abscissae[:-1] * abscissae[1:] <= 0) & np.all(abscissae == np.round(abscissae)))


def _even_slope(table: asdf.Ordinates, inside: Array) -> float:
    """Abscissa of a point where abscissae run evenly, as those of programs do that count points; NaN elsewhere."""
    index, written = table.starts[inside], table.abscissae[inside]
    if index.size < 2 or index[-1] == index[0]:
        return float("nan")
    slope = float(written[-1] - written[0]) / float(index[-1] - index[0])
    straight = np.abs(written - written[0] - slope * (index - index[0])) <= ABSCISSA_TOLERANCE_POINTS * abs(slope)
    return abs(slope) if np.all(straight) else float("nan")


def look_at_ordinates(part: JcampBlock, y: Array) -> None:
    """FIRSTY, MAXY, MINY of the header: noted where two of them contradict the table."""
    finite = y[np.isfinite(y)]
    if finite.size == 0:
        raise BadInput("has no ordinate that is a number; export it again")
    extremes = {"FIRSTY": float(y[0]), "MAXY": float(finite.max()), "MINY": float(finite.min())}
    scale = max(float(np.ptp(finite)), 1e-300)
    wrong = [
        f"{label} = {header:g} but {value:g}"
        for label, value in extremes.items()
        if (header := part.value(label)) is not None and not abs(header - value) <= CHECK_TOLERANCE * scale
    ]
    if len(wrong) >= 2:
        part.notes.append(Note("limits-contradicted", Severity.WARNING, f"the header says {', '.join(wrong)}", AGAIN))
    _look_at_extremes(part, finite)


def _look_at_extremes(part: JcampBlock, y: Array) -> None:
    """MAXY and MINY that hold but for a few ordinates beyond them: those may be damaged."""
    for label, sign in (("MAXY", 1.0), ("MINY", -1.0)):
        header = part.value(label)
        ordered = np.sort(sign * y)
        if header is None or y.size < FEWEST_LINES:
            continue
        inside = ordered[
            ordered <= sign * header + EXTREME_TOLERANCE * abs(float(ordered[-MOST_BROKEN - 1] - ordered[0]))
        ]
        broken = y.size - inside.size
        scale = float(ordered[-MOST_BROKEN - 1] - ordered[0])
        near = inside.size > 0 and abs(float(inside[-1]) - sign * header) <= EXTREME_TOLERANCE * scale
        if 0 < broken <= MOST_BROKEN and near and ordered[-1] - sign * header > CHECK_TOLERANCE * scale:
            text = (
                f"{broken} ordinates lie beyond {label} = {header:g} of the header (first {sign * ordered[-1]:g}), "
                "which another one reaches"
            )
            part.notes.append(Note("limits-contradicted", Severity.WARNING, text, AGAIN))


def look_at_range(part: JcampBlock, x: Array) -> None:
    """MINX and MAXX of the header, where they are there, span the axis."""
    extremes = {"MINX": float(np.min(x)), "MAXX": float(np.max(x))}
    tolerance = CHECK_TOLERANCE * float(np.ptp(x))
    wrong = [
        f"{label} = {header:g} but {value:g}"
        for label, value in extremes.items()
        if (header := part.value(label)) is not None and abs(header - value) > tolerance
    ]
    if wrong:
        text = f"the header says {', '.join(wrong)} of the axis"
        part.notes.append(Note("limits-contradicted", Severity.WARNING, text, AGAIN))
