"""What a damaged copy gives against what the original gives: equal, a part, confined to the damage, or more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
OUTCOMES = (
    *("refused", "equal", "noted", "beginning", "part", "confined", "header", "changed"),
    *("crash", "hang", "memory"),
)
"""How a trial can end, the best first.

refused: a named error. equal: the arrays of the original. noted: other arrays, and every block that differs carries a
warning that the original has not. beginning: whole points of the original, cut off at one; where a file was cut inside
its last number, that number may be short. part: points of the original in its order, some lost or doubled; no more than
two at a seam, or than bytes were flipped, are others; of several blocks, some so and some confined. confined: arrays of
the original's shapes that differ in no more points than there are damaged bytes. header: one number of the header
stands for all points, so that the axis is moved or stretched, all values of a column are multiplied by one factor, or a
decay begins elsewhere. changed: anything else that is read. crash, hang, memory: never allowed.
"""
SCALE_TOLERANCE = 1e-6
SEAM_POINTS = 2


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """One block of a file.

    Parameters
    ----------
    arrays
        Columns by name; the axis is named ``"axis"``.
    problem
        Why a user who asks for this block gets an error; empty where he gets it.
    format
        Name of the reader.
    spread
        Most points that one damaged byte can change: 2 where a point follows from two neighbours.
    name
        What ``block=`` takes: blocks of a copy that lost some are told by it.
    header
        Numbers of the header that shape all points and show in no column of their own, such as a delay taken out.
    warnings
        Codes of the warnings that travel with the block.
    """

    arrays: Mapping[str, Array] = field(default_factory=dict)
    problem: str = ""
    format: str = ""
    spread: int = 1
    header: Mapping[str, float] = field(default_factory=dict)
    name: str = ""
    warnings: frozenset[str] = frozenset()


def judged(
    original: tuple[Reading, ...], copy: tuple[Reading, ...], *, kind: str, damaged_bytes: int
) -> tuple[str, str]:
    """Outcome and detail of a copy that was read.

    Parameters
    ----------
    original, copy
        Blocks in the order of the file.
    kind
        Kind of damage, as :func:`studies.damage.damaged` gives it.
    damaged_bytes
        As :func:`studies.damage.extent` gives them.

    Examples
    --------
    >>> whole = (Reading({"axis": np.arange(4.0), "y": np.ones(4)}),)
    >>> part = (Reading({"axis": np.arange(3.0), "y": np.ones(3)}),)
    >>> judged(whole, part, kind="cut", damaged_bytes=9)[0]
    'beginning'
    >>> warned = (Reading({"axis": np.arange(3.0), "y": np.ones(3)}, warnings=frozenset(["line-left-out"])),)
    >>> judged(whole, warned, kind="cut", damaged_bytes=9)
    ('noted', 'line-left-out')
    """
    outcome, detail = _unwarned(original, copy, kind=kind, damaged_bytes=damaged_bytes)
    if outcome in ("refused", "equal"):
        return outcome, detail
    known = {block.name: block for block in original}
    told: set[str] = set()
    for block in copy:
        whole = known.get(block.name)
        new = block.warnings - (whole.warnings if whole else frozenset())
        if whole is not None and len(copy) == len(original) and _block(whole, block, cut=False, loose=0)[0] == "equal":
            continue
        if not new and not block.problem:
            return outcome, detail
        told |= new
    return ("noted", ", ".join(sorted(told))) if told else (outcome, detail)


def _unwarned(
    original: tuple[Reading, ...], copy: tuple[Reading, ...], *, kind: str, damaged_bytes: int
) -> tuple[str, str]:
    """Outcome and detail by the arrays alone."""
    if copy and all(block.problem for block in copy) and not all(block.problem for block in original):
        return "refused", copy[0].problem
    if len(copy) > len(original):  # a table that broke in two: what can be read of it must be of the original
        copy = tuple(block for block in copy if not block.problem)
    if len(copy) > len(original):
        return "changed", f"{len(copy)} blocks instead of {len(original)}"
    pairs = _paired(original, copy)
    refused = [found.problem for whole, found in pairs if found.problem and not whole.problem]
    read = [(whole, found) for whole, found in pairs if not found.problem]
    loose = {"flip": damaged_bytes, "cut": 0}.get(kind, SEAM_POINTS)
    found = [_block(whole, part, cut=kind == "cut", loose=loose) for whole, part in read]
    outcomes = {outcome for outcome, _ in found}
    if outcomes <= {"equal", "beginning", "part"}:
        if outcomes <= {"equal"} and len(copy) == len(original):
            return ("refused", refused[0]) if refused else ("equal", "")
        details = [detail for outcome, detail in found if outcome != "equal"]
        return ("part" if "part" in outcomes else "beginning"), "; ".join(details)[:200]
    if any(whole.name != part.name for whole, part in pairs) and len(copy) < len(original):
        return "changed", f"{len(copy)} blocks instead of {len(original)}"
    if "changed" in outcomes:
        return "changed", next(detail for outcome, detail in found if outcome == "changed")
    alike = [(whole, part) for whole, part in read if _sizes(whole, part) == _sizes(part, part)]
    points = _points(alike)
    spread = max((reading.spread for reading in original), default=1) * _sharing(original)
    most = spread * damaged_bytes + SEAM_POINTS * (kind != "flip")
    header = [name for whole, part in read for name in whole.header if part.header.get(name) != whole.header[name]]
    detail = f"{points} points, {damaged_bytes} bytes damaged"
    if points <= most and not header:
        return ("confined" if len(alike) == len(read) else "part"), detail
    return _whole_columns(alike, most, header, detail)


def _sizes(of: Reading, names: Reading) -> list[tuple[int, ...]]:
    """Shapes of the columns of one block that another has."""
    return [of.arrays[name].shape for name in names.arrays]


def _paired(original: tuple[Reading, ...], copy: tuple[Reading, ...]) -> list[tuple[Reading, Reading]]:
    """Blocks by their place, or, where some were lost, by their names."""
    names = {block.name: block for block in original}
    if len(copy) < len(original) and len(names) == len(original) and all(block.name in names for block in copy):
        return [(names[block.name], block) for block in copy]
    return list(zip(original, copy, strict=False))


def _block(whole: Reading, part: Reading, *, cut: bool, loose: int) -> tuple[str, str]:
    """equal, beginning, part, different (of the same shapes) or changed, and why."""
    if set(part.arrays) - set(whole.arrays) or ("axis" in whole.arrays and "axis" not in part.arrays):
        return "changed", f"columns {', '.join(part.arrays)} instead of {', '.join(whole.arrays)}"
    pairs = [(whole.arrays[name], found) for name, found in part.arrays.items()]
    if all(a.shape == b.shape for a, b in pairs):
        same = all(_same(a, b).all() for a, b in pairs) and dict(whole.header) == dict(part.header)
        return ("equal" if same else "different"), ""
    sizes = ", ".join(f"{name} {whole.arrays[name].shape} -> {found.shape}" for name, found in part.arrays.items())
    if any(a.ndim != b.ndim or a.shape[1:] != b.shape[1:] for a, b in pairs):
        return "changed", sizes
    if any(b.shape[0] > a.shape[0] for a, b in pairs):
        return ("part" if _inside(pairs, loose) else "changed"), sizes
    wrong = [~_same(a[: b.shape[0]], b) for a, b in pairs]
    if not any(mask.any() for mask in wrong):
        return "beginning", sizes
    if cut and all(mask[:-1].sum() == 0 for mask in wrong) and wrong[0].ndim == 1:
        return "beginning", f"{sizes}; the last number is short"
    return ("part" if _inside(pairs, loose) else "changed"), sizes


def _inside(pairs: list[tuple[Array, Array]], loose: int) -> bool:
    """True where the points are points of the original in its order, but for ``loose`` of them."""
    sizes = {b.shape[0] for _, b in pairs}
    if len(sizes) > 1 or len({a.shape[0] for a, _ in pairs}) > 1:
        return False
    places: dict[tuple[bytes, ...], list[int]] = {}
    for index in range(pairs[0][0].shape[0]):
        places.setdefault(tuple(a[index].tobytes() for a, _ in pairs), []).append(index)
    last, strangers = -1, 0
    for index in range(sizes.pop()):
        at = [place for place in places.get(tuple(b[index].tobytes() for _, b in pairs), []) if place > last]
        strangers += not at
        last = at[0] if at else last
    return strangers <= loose


def _same(a: Array, b: Array) -> npt.NDArray[np.bool_]:
    return np.asarray((a == b) | ((a != a) & (b != b)))


def _sharing(blocks: tuple[Reading, ...]) -> int:
    """Most blocks that begin with the same points of an axis, as columns of one table do."""
    starts = [reading.arrays["axis"][:SEAM_POINTS].tobytes() for reading in blocks if "axis" in reading.arrays]
    return max((starts.count(start) for start in starts), default=1)


def _points(read: list[tuple[Reading, Reading]]) -> int:
    """Number of points of which any column differs; a column that several blocks share counts once."""
    seen: set[tuple[bytes, bytes]] = set()
    number = 0
    for whole, part in read:
        different: dict[tuple[int, ...], npt.NDArray[np.bool_]] = {}
        for name, values in part.arrays.items():
            differs = ~_same(whole.arrays[name], values)
            key = (whole.arrays[name].tobytes(), values.tobytes())
            if not differs.any() or key in seen:
                continue
            seen.add(key)
            different[values.shape] = different.get(values.shape, np.zeros(values.shape, dtype=bool)) | differs
        number += sum(int(mask.sum()) for mask in different.values())
    return number


def _whole_columns(read: list[tuple[Reading, Reading]], most: int, header: list[str], detail: str) -> tuple[str, str]:
    """Header where the columns that differ as a whole do so by one number of the header; else changed."""
    kinds = list(header)
    for whole, part in read:
        for name, found in part.arrays.items():
            values = whole.arrays[name]
            if int(np.sum(~_same(values, found))) <= most:
                continue
            if header and name == "axis":
                continue
            if not (_affine(values, found) if name == "axis" else _factor(values, found)):
                return "changed", f"{name}: {detail}"
            kinds.append("axis" if name == "axis" else f"scale of {name}")
    return "header", f"{', '.join(sorted(set(kinds)))}: {detail}"


def _affine(values: Array, found: Array) -> bool:
    """True where ``found`` is a + b x ``values``."""
    first, last = values.flat[0], values.flat[-1]
    if first == last or not np.all(np.isfinite(found)):
        return False
    slope = (found.flat[-1] - found.flat[0]) / (last - first)
    expected = found.flat[0] + slope * (values - first)
    return bool(np.all(np.abs(expected - found) <= SCALE_TOLERANCE * max(float(np.max(np.abs(found))), 1e-300)))


def _factor(values: Array, found: Array) -> bool:
    """True where ``found`` is b x ``values``."""
    at = int(np.argmax(np.abs(np.where(np.isfinite(values), values, 0.0))))
    if values.flat[at] == 0:
        return False
    expected = values * (found.flat[at] / values.flat[at])
    return bool(np.nanmax(np.abs(expected - found)) <= SCALE_TOLERANCE * max(float(np.nanmax(np.abs(found))), 1e-300))
