"""Where lines are looked for that no prior places: windows of the peak library, whose data they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeGuard

import reference_peaks
from spectra.models._parameters import PriorLike


class WindowLike(Protocol):
    """Where a line without a published position is looked for; :class:`reference_peaks.Window` is one."""

    @property
    def lower(self) -> float:
        """Lower end, unit of the axis."""

    @property
    def upper(self) -> float:
        """Upper end, unit of the axis."""

    @property
    def reason(self) -> str:
        """Why there."""


@dataclass(frozen=True, slots=True)
class StatedWindow:
    """A window that the user states."""

    lower: float
    upper: float
    reason: str = "given by the user"


Places = Mapping[str, PriorLike | WindowLike]
"""Priors by label, and windows of those that have none: what ``Library.priors`` and ``Library.places`` give."""


def is_prior(place: PriorLike | WindowLike) -> TypeGuard[PriorLike]:
    """Whether a place is a Gaussian statement, not a window."""
    return hasattr(place, "sd")


def is_window(place: PriorLike | WindowLike) -> TypeGuard[WindowLike]:
    """Whether a place is a window."""
    return not is_prior(place)


@cache
def _public() -> reference_peaks.Library:
    """The public library as it was when a model first asked for it: reading a thousand files takes a second."""
    return reference_peaks.load()


def public_windows(technique: str, labels: Iterable[str]) -> dict[str, reference_peaks.Window]:
    """Windows of the public library for labels, of whatever material has claims."""
    asked = list(labels)
    if not asked or technique not in _public().techniques:
        return {}
    return _public().windows(technique, asked, cation=None, phase=None)


def public_scales(technique: str) -> tuple[str, ...]:
    """Reference scales that the public library has positions of a technique on; none where it has no table of them."""
    return _public().settings.scales_of(technique)


def named_lines(technique: str) -> frozenset[str]:
    """Labels that the public library has a prior or a window for."""
    return _public().lines(technique)
