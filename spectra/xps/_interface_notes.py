"""What the regions before and after contact can answer, and in which words."""

from __future__ import annotations

from dataclasses import dataclass

from shortrange_core import Estimates, Note, Severity, Status
from shortrange_core.spelling import option, spelled
from spectra.fits import Fit
from spectra.models import OFFSET
from spectra.xps._alignment import Alignment
from spectra.xps._region_model import BELOW
from spectra.xps._surface import NEEDED

OFFSET_SDS = 3.0


@dataclass(frozen=True, slots=True)
class Searched:
    """Where a product may lie (``lower`` to ``end``, eV), and the lowest line of the glass."""

    lower: float
    end: float
    glass: float

    @property
    def upper(self) -> float:
        """Up to where it is looked for: nearer to the glass no region tells the two apart."""
        return min(self.end, self.glass - BELOW)

    @property
    def room(self) -> float:
        """Width of where it is looked for, eV; below 0 where it cannot be told from the glass at all."""
        return self.upper - self.lower

    @property
    def hidden(self) -> bool:
        """Whether a part of where it may lie is under the glass."""
        return self.end > self.upper


@dataclass(frozen=True, eq=False, slots=True)
class Trials:
    """Fits of the region after contact, glass moved at will, and glass and product, and by how much BIC is lower.

    ``over_plain`` is against the glass as aligned.
    """

    moved: Fit
    formed: Fit
    over_moved: float
    over_plain: float


def judged(trials: Trials, by: Alignment, glass: Fit, reduced: str, place: Searched) -> tuple[Status, tuple[Note, ...]]:
    """Whether the regions can answer at all, and why not."""
    bad = [name for name, one in (("pristine", glass), ("after contact", trials.formed)) if not one.status.trusted]
    if bad:
        text = f"the lines do not describe the region {' and '.join(bad)}: no conclusion on {reduced}"
        return Status.UNDETERMINED, (Note("reaction-misfit", Severity.ERROR, text, "correct the model of that region"),)
    if not place.room > 0:
        text = (
            f"the window of {reduced} begins at {place.lower:.2f} eV, the glass has a line at {place.glass:.2f}: less "
            f"than {BELOW:g} eV below it no region can separate the two"
        )
        remedy = f"look for {reduced} in a level of its other elements, or by diffraction or Raman spectroscopy"
        return Status.UNDETERMINED, (Note("product-under-glass", Severity.WARNING, text, remedy),)
    if by.kind == "common line":
        return Status.OK, ()
    offset = float(trials.moved.parameters.select([OFFSET]).value.item())
    rigid = trials.over_moved <= NEEDED
    if by.kind == "nothing":
        text = (
            "nothing aligns the two regions, so a charge shift and a full conversion look alike; the lines of the "
            f"pristine region alone describe it best if shifted by {offset:+.2f} eV"
        )
        scales = f"{option('charge_shift')} or {option('reference')} of both regions"
        remedy = spelled(
            f"give common= (C 1s of both), or state {scales}",
            command_line=f"give C 1s of both, or state {scales}",
            recipe="add C 1s of both samples, which aligns them, or state their reference",
        )
        return Status.UNDETERMINED, (Note("reaction-unaligned", Severity.WARNING, text, remedy),)
    if rigid and abs(offset) > OFFSET_SDS * by.sd:
        text = (
            f"the whole region shifted by {offset:+.2f} eV, the stated references allow {by.sd:.2f} eV: a charge "
            f"shift or a full conversion, which cannot be distinguished from {reduced}"
        )
        return Status.UNDETERMINED, (Note("reaction-shifted", Severity.WARNING, text, _common_line()),)
    return (Status.OK, ()) if not rigid or trials.over_plain <= NEEDED else (Status.UNDETERMINED, (_either(offset),))


def _either(offset: float) -> Note:
    text = f"a product and a shift of the whole region by {offset:+.2f} eV describe it equally well"
    return Note("reaction-shifted", Severity.WARNING, text, _common_line())


def _common_line() -> str:
    """The way out where the regions are not aligned by a line of their own."""
    line = "a line that contact does not change, before and after"
    return spelled(
        f"give common=: regions of {line}",
        command_line=f"give regions of {line}",
        recipe=f"add C 1s or another region of {line}, to both samples",
    )


def outcome(reduced: str, shares: Estimates, limit: float, formed: bool, place: Searched) -> tuple[Note, ...]:
    """What came out of regions that can answer."""
    value, sd = float(shares.value.sel(entry="after").item()), float(shares.sd.sel(entry="after").item())
    if formed:
        text = f"{reduced} formed: {100 * value:.1f} +- {100 * sd:.1f} % of the region after contact"
        return (Note("reduced-species", Severity.INFO, text, ""),)
    text = f"{reduced} is not shown to have formed: at most {100 * limit:.1f} % of the region (95 %)"
    limited = Note("reduced-species-limit", Severity.INFO, text, "count longer for a tighter limit")
    return (limited, *_hidden(reduced, place))


def _hidden(reduced: str, place: Searched) -> tuple[Note, ...]:
    """That a limit is of a part of the product's window."""
    if not place.hidden:
        return ()
    text = (
        f"{reduced} may lie from {place.lower:.2f} to {place.end:.2f} eV, where the glass has its line, at "
        f"{place.glass:.2f} eV: the limit is for {reduced} up to {place.upper:.2f} eV; above, it is inseparable from "
        "the glass"
    )
    remedy = f"give {option('windows')} if you know its position, or use a level of its other elements"
    return (Note("product-under-glass", Severity.INFO, text, remedy),)
