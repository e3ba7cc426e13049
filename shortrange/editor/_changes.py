"""What a page may change: lines, parameters and ties, background and range; each change makes the next edit of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field

import spectra
from shortrange.edits import NO_EDIT, Edit, HandPeak, Pair, Strict
from shortrange.stepwise import width_at
from shortrange_core.errors import BadInput
from spectra.models import owner_of, split_link

DIGITS = 7
"""Digits of a number that a recipe keeps: beyond what any axis resolves, and still read at a glance."""
BY_HAND = "by_hand_"
NARROWEST_POINTS = 4
SHARE_OF_RANGE = 0.04


def rounded(value: float) -> float:
    """A number with the digits that a recipe keeps."""
    return float(f"{value:.{DIGITS}g}")


class Change(Strict):
    """A message that changes the edit of the selected spectrum."""

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """The next edit."""
        raise NotImplementedError


class SetValues(Change):
    """Give parameters new first values; new held ones where they are locked, or are to be held there."""

    type: Literal["set"]
    values: Mapping[str, float] = Field(min_length=1)
    hold: bool = False

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """Lines by hand keep position and width in their own row."""
        rows = {peak.name: peak for peak in edit.peaks}
        parameters = {parameter.name: parameter for parameter in fit.model.all_parameters}
        start, fixed = dict(edit.start), dict(edit.fixed)
        for name, value in self.values.items():
            own = parameters.get(name)
            if name in fixed or self.hold:
                fixed[name] = rounded(value)
                start.pop(name, None)
            elif own is not None and own.peak in rows and own.quantity in ("center", "fwhm"):
                rows[own.peak] = HandPeak(**{**rows[own.peak].model_dump(), own.quantity: rounded(value)})
            else:
                start[name] = rounded(value)
        return _with(edit, start=start, fixed=fixed, peaks=tuple(rows.values()))


class Lock(Change):
    """Hold a parameter where it is, or let it go."""

    type: Literal["lock"]
    parameter: str
    on: bool

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """A held parameter has neither start nor tie; one that is let go starts where it was held."""
        start, fixed = dict(edit.start), dict(edit.fixed)
        if self.on:
            start.pop(self.parameter, None)
            fixed[self.parameter] = rounded(_value(fit, self.parameter))
        elif self.parameter in fixed:
            start[self.parameter] = fixed.pop(self.parameter)
        ties = tuple(text for text in edit.ties if split_link(text)[0] != self.parameter)
        return _with(edit, start=start, fixed=fixed, ties=ties if self.on else edit.ties)


class Tie(Change):
    """Tie one parameter to another: equal, at the ratio or at the distance that they have now."""

    type: Literal["tie"]
    left: str
    right: str
    how: Literal["equal", "ratio", "distance"] = "equal"

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """An older tie of the left side goes, and so does what held it."""
        if self.left == self.right:
            raise BadInput(f"tie: {self.left} cannot be tied to itself; name another parameter")
        left, right = _value(fit, self.left), _value(fit, self.right)
        text = self.right
        if self.how == "ratio":
            if right == 0:
                raise BadInput(f"tie: {self.right} is 0, so a ratio to it is impossible; tie by distance")
            text = f"{rounded(left / right):g}*{self.right}"
        elif self.how == "distance":
            gap = rounded(left - right)
            text = f"{self.right} {'-' if gap < 0 else '+'} {abs(gap):.{DIGITS}g}"
        fixed = {name: value for name, value in edit.fixed.items() if name != self.left}
        start = {name: value for name, value in edit.start.items() if name != self.left}
        kept = [old for old in edit.ties if split_link(old)[0] != self.left]
        return _with(edit, fixed=fixed, start=start, ties=(*kept, f"{self.left} = {text}"))


class Untie(Change):
    """Take a tie back."""

    type: Literal["untie"]
    left: str

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """Ties that the technique makes are not the analyst's to take."""
        kept = tuple(text for text in edit.ties if split_link(text)[0] != self.left)
        if kept == edit.ties:
            raise BadInput(f"untie: {self.left} has no tie; lock it, or tie it to something else")
        return _with(edit, ties=kept)


class Add(Change):
    """Put a line by hand."""

    type: Literal["add"]
    center: float
    fwhm: float | None = Field(default=None, gt=0)
    counts: str = ""

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """Where no width is given it is that of the maximum there, or a small part of the range."""
        x = np.asarray(fit.spectrum[fit.model.axis].values, dtype=float)
        y = np.asarray(fit.spectrum["intensity"].values, dtype=float)
        if not x[0] < self.center < x[-1]:
            raise BadInput(f"center = {self.center:g}: lies outside the fitted {x[0]:g} to {x[-1]:g}; click inside")
        least = NARROWEST_POINTS * float(x[-1] - x[0]) / (x.size - 1)
        seen = self.fwhm or width_at(x, y, self.center) or SHARE_OF_RANGE * float(x[-1] - x[0])
        taken = {peak.name for peak in fit.model.peaks} | {peak.name for peak in edit.peaks} | set(edit.off)
        number = next(n for n in range(1, len(taken) + 2) if f"{BY_HAND}{n}" not in taken)
        line = HandPeak(name=f"{BY_HAND}{number}", center=rounded(self.center), fwhm=rounded(max(seen, least)))
        counts = {**edit.counts, line.name: self.counts} if self.counts else edit.counts
        return _with(edit, peaks=(*edit.peaks, line), counts=counts)


class Remove(Change):
    """Take a line by hand away, with all that was said of it."""

    type: Literal["remove"]
    peak: str

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """A line of the recipe is switched off instead."""
        if self.peak not in {peak.name for peak in edit.peaks}:
            raise BadInput(f"remove: {self.peak!r} is a line of the recipe; switch it off, or remove it from the file")
        lines = {peak.name for peak in fit.model.peaks} | {peak.name for peak in edit.peaks}

        def mine(parameter: str) -> bool:
            return owner_of(parameter, lines) == self.peak

        return _with(
            edit,
            peaks=tuple(peak for peak in edit.peaks if peak.name != self.peak),
            off=tuple(name for name in edit.off if name != self.peak),
            counts={name: text for name, text in edit.counts.items() if name != self.peak},
            start={name: value for name, value in edit.start.items() if not mine(name)},
            fixed={name: value for name, value in edit.fixed.items() if not mine(name)},
            ties=tuple(text for text in edit.ties if not any(map(mine, _both(text)))),
        )


class Off(Change):
    """Fit without a line, or with it again."""

    type: Literal["off"]
    peak: str
    on: bool

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """What was said of the line waits for its return."""
        rest = tuple(name for name in edit.off if name != self.peak)
        return _with(edit, off=(*rest, self.peak) if self.on else rest)


class Name(Change):
    """Say what a line counts; empty text: nothing."""

    type: Literal["name"]
    peak: str
    counts: str

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """The text is checked with the edit."""
        return _with(edit, counts={**edit.counts, self.peak: self.counts})


class BackgroundDegree(Change):
    """Degree of the polynomial under the lines; none: as the technique has it."""

    type: Literal["background"]
    degree: int | None = Field(ge=0, le=8)

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """Coefficients of the background before are not held."""
        before = {parameter.name for part in fit.model.background for parameter in part.parameters}
        held = {name: value for name, value in edit.fixed.items() if name not in before}
        return _with(edit, background_degree=self.degree, fixed=held)


class Range(Change):
    """Part of the axis to fit; none: as the recipe has it."""

    type: Literal["range"]
    window: Pair | None

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """Ends in either order."""
        return _with(edit, window=None if self.window is None else [rounded(end) for end in sorted(self.window)])


class Exclude(Change):
    """Leave out the points of parts of the axis; the whole list."""

    type: Literal["exclude"]
    regions: tuple[Pair, ...]

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """Ends in either order."""
        return _with(edit, exclude=tuple([rounded(end) for end in sorted(part)] for part in self.regions))


class Phase(Change):
    """Turn the phase; none: as the file has it."""

    type: Literal["phase"]
    degrees: Pair | None

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """Zero and first order."""
        return _with(edit, phase=None if self.degrees is None else [rounded(angle) for angle in self.degrees])


class Reset(Change):
    """Take back everything that was changed in this spectrum."""

    type: Literal["reset"]

    def change(self, edit: Edit, fit: spectra.Fit) -> Edit:
        """Nothing is changed."""
        return NO_EDIT


def _with(edit: Edit, **changes: object) -> Edit:
    """The edit with some keys changed, checked again."""
    return Edit.model_validate({**edit.model_dump(), **changes})


def _value(fit: spectra.Fit, name: str) -> float:
    if name not in fit.parameters.entries:
        raise BadInput(
            f"{name!r}: is not a parameter of the model on screen; it has {', '.join(fit.parameters.entries)}"
        )
    return float(fit.parameters.select([name]).value.item())


def _both(tie: str) -> tuple[str, ...]:
    left, right = split_link(tie)
    return (left, *right.names)
