"""What ``library.yaml`` states: version, default spreads, how reference scales lie, where lines without claims lie."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reference_peaks.entries._claims import normal_label
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.showing import Shown

NOT_STATED = "not stated"


@dataclass(frozen=True, eq=False, slots=True)
class Spread(Shown):
    """Default between-source sd of a technique, with the reason for it."""

    spread: float
    unit: str
    reason: str


@dataclass(frozen=True, eq=False, slots=True)
class ScaleOffset(Shown):
    """Where the zero of a reference scale lies against the technique's own: value there = value + offset."""

    offset: float
    sd: float
    reason: str


@dataclass(frozen=True, slots=True)
class Placement(Shown):
    """Where a line is looked for that its own claims do not place, with the reason.

    Parameters
    ----------
    reason
        Why there; for a reader of the library.
    like, line
        Species whose claims place it too, and which of their lines; their main line where absent.
    lower, upper
        Ends that no claim supports, in the unit of the technique: an assumption, marked as one.
    """

    reason: str
    like: tuple[str, ...] = ()
    line: str = ""
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Settings(Shown):
    """Version of a library and the numbers that hold for all of it; ``tree`` is the file they came from.

    ``placements`` go by technique and by label, its ligands in the order of :func:`normal_label`.
    """

    version: str
    spreads: Mapping[str, Spread]
    scales: Mapping[str, Mapping[str, ScaleOffset]]
    tree: Mapping[str, Any]
    placements: Mapping[str, Mapping[str, Placement]] = field(default_factory=dict)

    def spread(self, technique: str) -> Spread:
        """Default spread of a technique, under its own name or that of its family.

        Raises
        ------
        BadInput
            If ``library.yaml`` has none.
        """
        spread: Spread | None = _of_family(self.spreads, technique)
        if spread is None:
            raise BadInput(f"library.yaml has no default spread for {technique}; add one with its reason")
        return spread

    def placement(self, technique: str, label: str) -> Placement | None:
        """What is stated of the place of a line beside its claims, under any spelling of its label."""
        return self.placements.get(technique, {}).get(normal_label(label))

    def over(self, other: Settings) -> Settings:
        """These settings laid over others: entry by entry, what only the others state stays."""
        tree = dict(other.tree)
        for key, table in self.tree.items():
            tree[key] = _laid_over(table, other.tree.get(key))
        return settings_from_tree(tree, "library.yaml")

    def scales_of(self, technique: str) -> tuple[str, ...]:
        """Names of the scales that positions of a technique can be had on; none where it has no table."""
        return tuple(name for name in _of_family(self.scales, technique) or {} if name != NOT_STATED)

    def as_listed(self, technique: str, scale: str) -> str:
        """A scale as the table of its technique spells it, whatever its blanks and capitals; as it is where none does.

        Examples
        --------
        >>> import reference_peaks
        >>> reference_peaks.load().settings.as_listed("31P NMR", "85%H3PO4")
        '85% H3PO4'
        """
        return next((name for name in self.scales_of(technique) if same_scale(name, scale)), scale)

    def main_scale(self, technique: str) -> str | None:
        """The scale that the others of a technique are given against: the first; None where it has no table."""
        return next(iter(_of_family(self.scales, technique) or {}), None)

    def move(self, technique: str, origin: str, target: str) -> tuple[float, float] | None:
        """Offset to add to a value on scale ``origin`` to have it on ``target``, and its sd; None if not known."""
        if origin == target:
            return 0.0, 0.0
        scales = _of_family(self.scales, technique) or {}
        start, end = scales.get(origin or NOT_STATED), scales.get(target or NOT_STATED)
        if start is None or end is None:
            return None
        return start.offset - end.offset, math.hypot(start.sd, end.sd)


def same_scale(one: str, other: str) -> bool:
    """Whether two names of a reference scale differ by nothing but blanks and capitals."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


def _laid_over(table: Any, below: Any) -> Any:
    """Tables by technique and name over one another; an entry of numbers replaces the whole entry below."""
    if not (isinstance(table, Mapping) and isinstance(below, Mapping)):
        return table
    if not all(isinstance(entry, Mapping) for entry in (*table.values(), *below.values())):
        return table
    return {**below, **{key: _laid_over(entry, below.get(key)) for key, entry in table.items()}}


def _of_family(table: Mapping[str, Any], technique: str) -> Any:
    family = technique.rsplit(" ", 1)[-1]
    return table.get(technique, table.get(family))


def settings_from_tree(tree: Any, name: str) -> Settings:
    """Settings from the tree of ``library.yaml``.

    Raises
    ------
    BadInput
        With every fault of the file.
    """
    if not isinstance(tree, Mapping):
        raise BadInput(f"{name}: is not a mapping; write 'version: 1.0.0' and so on")
    offenders = Offenders()
    version = tree.get("version")
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+\.\d+", version):
        offenders.add(f"{name}: version = {version!r} is not three numbers with dots; write version: 1.0.0")
    for key in tree:
        if key not in ("version", "schema", "default_spreads", "scales", "windows"):
            offenders.add(f"{name}: the key {key!r} is not known; leave it out")
    spreads, scales = {}, {}
    for technique, entry in _mapping(tree, "default_spreads", name, offenders).items():
        if _number(entry, "spread", 0.0) > 0 and _text(entry, "reason"):
            spreads[technique] = Spread(_number(entry, "spread", 0.0), _text(entry, "unit"), _text(entry, "reason"))
        else:
            offenders.add(f"{name}: default_spreads, {technique} needs a positive spread, a unit and a reason")
    for technique, table in _mapping(tree, "scales", name, offenders).items():
        scales[technique] = {scale: _scale(entry, f"{name}, {scale}", offenders) for scale, entry in table.items()}
    placements = {
        technique: {
            normal_label(label): _placement(entry, f"{name}, windows, {label}", offenders)
            for label, entry in table.items()
        }
        for technique, table in _mapping(tree, "windows", name, offenders).items()
    }
    offenders.raise_if_any()
    return Settings(str(version), spreads, scales, tree, placements)


def _mapping(tree: Mapping[str, Any], key: str, name: str, offenders: Offenders) -> Mapping[str, Any]:
    tables = tree.get(key, {})
    if not isinstance(tables, Mapping) or not all(isinstance(entry, Mapping) for entry in tables.values()):
        offenders.add(f"{name}: {key} is not a mapping of mappings; see the library's own file")
        return {}
    return tables


def _number(entry: Mapping[str, Any], key: str, absent: float) -> float:
    value = entry.get(key, absent)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key, "")
    return value if isinstance(value, str) else ""


def _scale(entry: Any, name: str, offenders: Offenders) -> ScaleOffset:
    table = entry if isinstance(entry, Mapping) else {}
    offset = ScaleOffset(_number(table, "offset", 0.0), _number(table, "sd", 0.0), _text(table, "reason"))
    if not math.isfinite(offset.offset) or not offset.sd >= 0 or not offset.reason:
        offenders.add(f"{name}: a scale needs offset, sd (not negative) and reason; add them")
        return ScaleOffset(0.0, 0.0, "")
    return offset


def _placement(entry: Any, name: str, offenders: Offenders) -> Placement:
    """One entry of ``windows``: species that it is like, or two ends that are assumed, or both; always a reason."""
    table = entry if isinstance(entry, Mapping) else {}
    like, reason = table.get("like", []), _text(table, "reason")
    lower, upper = (_number(table, key, math.nan) if key in table else None for key in ("lower", "upper"))
    labels = like if isinstance(like, list) and all(isinstance(label, str) for label in like) else None
    strangers = [key for key in table if key not in ("like", "line", "lower", "upper", "reason")]
    if strangers:
        offenders.add(f"{name}: the key {', '.join(map(repr, strangers))} is not known; leave it out")
    elif not reason or labels is None:
        offenders.add(f"{name}: needs a reason, and a list of species under like if any; add them")
    elif not labels and lower is None and upper is None:
        offenders.add(f"{name}: places nothing; give species under like, or lower and upper")
    elif (lower is None) != (upper is None) or (lower is not None and upper is not None and not lower < upper):
        offenders.add(f"{name}: lower = {lower}, upper = {upper}: give both, lower below upper")
    return Placement(reason, tuple(labels or ()), _text(table, "line"), lower, upper)
