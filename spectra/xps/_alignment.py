r"""Two regions on one axis: what a common line, or the stated references, say of the shift between them.

A charge moves every line of a sample by one and the same amount, so the shift of a line that no reaction changes is
that of the region; what remains open,

.. math:: \sigma^2 = \sigma_\mathrm{before}^2 + \sigma_\mathrm{after}^2 + \sigma_\mathrm{repeat}^2,

is a free offset of the region after contact with the prior :math:`0 \pm \sigma`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import xarray as xr

from shortrange_core import BadInput
from spectra.spectrum import recorded, scalar, text_of
from spectra.xps._charge import charge_shift
from spectra.xps._prepared import AXIS, offset_sd_of

REPEAT = 0.05
"""eV: two positions of one line, measured one after the other, differ by this much without any charge."""
NEGLIGIBLE = 1e-3


@dataclass(frozen=True, slots=True)
class Alignment:
    """How far the region after contact lies above the pristine one, its sd (eV), and what says so.

    ``kind`` is ``common line``, ``stated`` (both regions state a charge shift or a reference) or ``nothing``: then
    the sd is infinite.
    """

    shift: float
    sd: float
    kind: str


def alignment(
    pristine: xr.Dataset, after: xr.Dataset, common: tuple[xr.Dataset, xr.Dataset] | None = None
) -> Alignment:
    """Shift of the region after contact against the pristine one, apart from any chemistry.

    Parameters
    ----------
    pristine, after
        As :func:`spectra.xps.prepare` gives them.
    common
        Regions of a line that contact leaves as it is, such as C 1s, of the two samples in the same order, as measured.

    Raises
    ------
    BadInput
        If the two regions state different references, or the common line cannot be fitted.
    """
    scales = text_of(pristine, "reference"), text_of(after, "reference")
    if all(scales) and scales[0] != scales[1]:
        raise BadInput(f"pristine is on the scale {scales[0]!r}, after on {scales[1]!r}; convert both to one reference")
    moved = [scalar(region, "charge_shift", None) or 0.0 for region in (pristine, after)]
    if common is not None:
        before, later = (charge_shift(region, reference_sd=NEGLIGIBLE) for region in common)
        # each gives what its line lacks to one and the same energy; the regions were moved by ``moved`` since
        shift = float(before.value.item() - later.value.item()) + moved[1] - moved[0]
        return Alignment(shift, math.hypot(float(before.sd.item()), float(later.sd.item()), REPEAT), "common line")
    if any("charge_shift" not in region.coords and not text_of(region, "reference") for region in (pristine, after)):
        return Alignment(0.0, math.inf, "nothing")
    return Alignment(0.0, math.hypot(offset_sd_of(pristine), offset_sd_of(after), REPEAT), "stated")


def aligned(after: xr.Dataset, alignment: Alignment) -> xr.Dataset:
    """The region after contact on the axis of the pristine one."""
    if alignment.shift == 0:
        return after
    moved = after.assign_coords({AXIS: after[AXIS] - alignment.shift})
    moved[AXIS].attrs["units"] = "eV"
    return recorded(
        moved,
        f"aligned to the pristine region by the {alignment.kind}: {-alignment.shift:+.3f} +- {alignment.sd:.3f} eV",
    )
