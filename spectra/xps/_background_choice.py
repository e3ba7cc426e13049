"""Whether the background decides the areas: the fit repeated over the other backgrounds of the trade.

An area has the sd of its own background, and no sd holds that another was as good. One descent each, from where the
fit ended and in its noise, tells what the others give: a straight line, Shirley and Tougaard inside the fit, and a
Shirley pinned to the ends of the region, as most published fits have it (``studies/xps_published.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.shown_numbers import shown
from spectra.fits import Fit, Tangent, minimum_with
from spectra.models import Model, backgrounds, subtract_background
from spectra.xps._prepared import level_of
from spectra.xps._surface import NEEDED

Array = npt.NDArray[np.float64]
CODE = "background-decides"
PINNED = "a Shirley pinned to the ends"
LINE = "a straight line"
INSIDE: dict[str, tuple[str, Callable[[], backgrounds.Background]]] = {
    "shirley": ("a Shirley inside the fit", backgrounds.shirley),
    "tougaard": ("a Tougaard inside the fit", backgrounds.tougaard),
}
AVERAGED = 5
"""Points at an end that pin a static Shirley: one of them has the noise of a point, and the whole step with it."""
ACCEPTED = 4.0
"""chi2 over that of the fit up to which the residuals stay below twice the noise: published fits have that."""
ALIKE = 0.01
"""chi2 between two that are one: a Tougaard whose B ends at 0 is the straight line."""
TOLD, DECIDES = 1.0, 2.0
"""Standard deviations by which an area moves that are told, and that decide where chi2 does not."""


@dataclass(frozen=True)
class _Other:
    """Where the fit ends over another background: chi2, and how far the quantity that moves most goes.

    ``sds`` are those of the fit; ``apart`` is the move over the larger sd of the two.
    """

    name: str
    chi2: float
    quantity: str
    before: float
    after: float
    sds: float
    apart: float

    def told(self) -> str:
        """The move in words."""
        way = f"{self.quantity} is {shown(self.after)} for {shown(self.before)}"
        return f"with {self.name} {way} ({self.sds:.1f} sds, chi2 {shown(self.chi2)})"


def remarks_of_background(found: Fit) -> tuple[Note, ...]:
    """How far areas and shares move over other backgrounds; nothing where the model has none, or none moves them."""
    if not found.status.trusted or not found.model.background:
        return ()
    own, others = _chi2(found), list(_others(found))
    moved = [one for one in others if one.sds > TOLD and one.chi2 < ACCEPTED * own]
    if not moved:
        return ()
    best = min(others, key=lambda one: one.chi2)
    least = min(best.chi2, own)
    decide = [one for one in moved if one.apart > DECIDES and one.chi2 < least + NEEDED]
    told = "; ".join(one.told() for one in sorted(moved, key=lambda one: (one not in decide, -one.sds)))
    level = level_of(found.spectrum)
    text = f"{level}: areas hang on the background (chi2 {shown(own)} here): {told}".removeprefix(": ")
    if not decide:
        return (Note(CODE, Severity.INFO, text, "compare them with areas over the same background alone"),)
    if own > least + NEEDED:
        remedy = f"take {best.name}, which describes the data better, or measure further on both sides of the lines"
    else:
        text += "; the data do not tell them apart, and no sd of an area holds that"
        remedy = "measure further on both sides of the lines, or give the range of the areas"
    return (Note(CODE, Severity.WARNING, text, remedy),)


def _chi2(found: Fit) -> float:
    """chi2 in the noise of the fit, as that of the descents."""
    return found.chi2_priors + (found.chi2 - found.chi2_priors) / found.noise_scale**2


def _others(found: Fit) -> Iterator[_Other]:
    before = _quantities(found, found.areas)
    ends: list[float] = []
    for name, spectrum, model in _models(found):
        chi2, values = minimum_with(replace(found, spectrum=spectrum), model)
        if not np.isfinite(chi2) or any(abs(chi2 - end) < ALIKE for end in ends):
            continue
        ends.append(chi2)
        there = replace(found, spectrum=spectrum, model=model, values=values)
        after = _quantities(found, _areas(there))
        moved = np.abs(after.value.values - before.value.values)
        sds, apart = (_over(moved, sd) for sd in (before.sd.values, np.fmax(before.sd.values, after.sd.values)))
        most = int(np.argmax(sds))
        ways = before.value.values[most], after.value.values[most], sds[most], apart[most]
        yield _Other(name, chi2, before.entries[most], *map(float, ways))


def _over(moved: Array, sd: Array) -> Array:
    """Moves in sds; 0 of what has none."""
    return np.divide(moved, sd, out=np.zeros_like(moved), where=np.isfinite(sd) & (sd > 0))


def _areas(there: Fit) -> Estimates:
    """Areas at another minimum with their covariance; 0 of those that a link gives."""
    tangent = Tangent(there)
    compiled = tangent.compiled
    rows = [compiled.position[line.parameters[0].name] for line in there.model.peaks]
    chosen = (np.array(rows)[:, None] == np.asarray(compiled.free_rows)[None, :]).astype(float)
    covariance = chosen @ tangent.covariance @ chosen.T
    return Estimates.build([line.name for line in there.model.peaks], there.values[rows], covariance)


def _quantities(found: Fit, areas: Estimates) -> Estimates:
    """Areas of the lines that count, and the share of each where there are two or more."""
    lines = [line.name for line in found.model.peaks if line.assignment] or list(areas.entries)
    of = areas.select(lines)
    names = [f"the area of {name}" for name in lines]
    if len(lines) == 1 or not float(of.value.values.sum()) > 0:
        return of.linear(np.eye(len(lines)), names)
    names += [f"the share of {name}" for name in lines]
    return of.propagate(lambda v: np.concatenate([v, v / v.sum()]), names)


def _models(found: Fit) -> Iterator[tuple[str, xr.Dataset, Model]]:
    """The other backgrounds: name, spectrum, and the model with every line where the fit left it."""
    kinds = {part.kind for part in found.model.background}
    own = tuple(part for part in found.model.background if part.kind not in INSIDE) or (backgrounds.linear(),)
    if kinds & set(INSIDE):
        yield LINE, found.spectrum, _on(found, own)
    for kind, (name, make) in INSIDE.items():
        if kind not in kinds:
            yield name, found.spectrum, _on(found, (*own, make()))
    try:
        flat = subtract_background(found.spectrum, averaged=AVERAGED)
    except BadInput:  # too few points, or no line above the line through the ends: a static Shirley has none either
        return
    yield PINNED, flat, _on(found, ())


def _on(found: Fit, background: tuple[backgrounds.Background, ...]) -> Model:
    at = {p.name: value for p, value in zip(found.model.all_parameters, found.values.tolist(), strict=True)}
    peaks = tuple(
        replace(line, parameters=tuple(replace(p, value=at[p.name]) for p in line.parameters))
        for line in found.model.peaks
    )
    return replace(found.model, peaks=peaks, background=background)
