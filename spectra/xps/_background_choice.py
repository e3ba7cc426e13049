"""Whether the background decides the areas: the fit repeated over the other backgrounds of the trade.

An area has the sd of its own background, and no sd holds that another was as good. One descent each, from where the
fit ended and in its noise, tells what the others give: a straight line, Shirley and Tougaard inside the fit, and a
Shirley pinned to the ends of the region, as most published fits have it (``studies/xps_published.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput, Note, Severity
from shortrange_core.shown_numbers import shown
from shortrange_core.spelling import option
from spectra.fits import Fit, Tangent, minimum_with
from spectra.models import Model, backgrounds, static_background
from spectra.xps._oxygen import NORMAL_95
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
CLOSE = 1e-4
"""Fall of chi2 that a descent leaves: areas move by a hundredth of their sds, and a flat valley is not crept along."""
ALIKE = 0.01
"""chi2 between two that are one: a Tougaard whose B ends at 0 is the straight line."""
TOLD, DECIDES = 1.0, 2.0
"""Standard deviations by which an area moves that are told, and that decide where chi2 does not."""


@dataclass(frozen=True)
class _End:
    """Where the fit ends over a background: chi2, areas of the lines that count, and how to have their covariance."""

    name: str
    chi2: float
    areas: Array
    covariance: Callable[[], Array]


@dataclass(frozen=True)
class _Move:
    """How far the quantity that moves most goes over another background; ``sds`` are those of the fit."""

    end: _End
    quantity: int
    before: float
    after: float
    sds: float

    def told(self, names: Sequence[str]) -> str:
        """The move in words."""
        way = f"{names[self.quantity]} is {shown(self.after)} for {shown(self.before)}"
        return f"with {self.end.name} {way} ({self.sds:.1f} sds, chi2 {shown(self.end.chi2)})"

    def apart(self, sd: Array) -> float:
        """The move over the larger of both sds."""
        both = max(sd[self.quantity], _with_shares(self.end.areas, self.end.covariance())[1][self.quantity])
        return abs(self.after - self.before) / both if both > 0 else 0.0


def remarks_of_background(fit: Fit) -> tuple[Note, ...]:
    """How far areas and shares move over other backgrounds; nothing where the model has none, or none moves them."""
    if not fit.status.trusted or not fit.model.background:
        return ()
    names, rows, own = _own(fit)
    others = list(_others(fit, rows, own.chi2))
    before, sd = _with_shares(own.areas, own.covariance())
    moves = [_move(before, sd, one) for one in others]
    moved = [one for one in moves if one.sds > TOLD and one.end.chi2 < ACCEPTED * own.chi2]
    if not moved:
        return ()
    best = min(others, key=lambda one: one.chi2)
    least = min(best.chi2, own.chi2)
    decide = [one for one in moved if one.end.chi2 < least + NEEDED and one.apart(sd) > DECIDES]
    told = "; ".join(one.told(names) for one in sorted(moved, key=lambda one: (one not in decide, -one.sds)))
    text = f"areas hang on the background (chi2 {shown(own.chi2)} here): {told}"
    if not decide:
        return (Note(CODE, Severity.INFO, text, "compare them with areas over the same background alone"),)
    if own.chi2 > least + NEEDED:
        remedy = (
            f"take {best.name}{_stated_by(best.name)}, which describes the data better, or measure further on both "
            "sides of the lines"
        )
    else:
        text += "; the data do not tell them apart, and no sd of an area holds that"
        remedy = "measure further on both sides of the lines, or give the range of the areas over backgrounds"
    return (Note(CODE, Severity.WARNING, text, remedy),)


def _stated_by(name: str) -> str:
    """How a background is asked for."""
    words = {LINE: "linear", **{inside: kind for kind, (inside, _) in INSIDE.items()}}
    return f" ({option('background', words[name])})" if name in words else ""


def area_ranges(fit: Fit) -> dict[str, tuple[float, float]]:
    """95 % ranges of the areas of the lines that count over all backgrounds that the data do not reject.

    The interval of the fit, and those over the other backgrounds of the trade (:func:`remarks_of_background`) whose
    chi2 lies within 6 of the least; from the lowest end to the highest. The interval of the fit alone where the model
    has no background inside.

    Parameters
    ----------
    fit
        Fit of a photoelectron region.

    Returns
    -------
    dict
        By line: lower and upper end, in the unit of ``fit.areas``; not below 0 where the area is not.
    """
    rows, ends = _not_rejected(fit)
    own = ends[0]
    halves = [NORMAL_95 * np.sqrt(np.maximum(np.diag(one.covariance()), 0.0)) for one in ends]
    lower = np.min([one.areas - half for one, half in zip(ends, halves, strict=True)], axis=0)
    upper = np.max([one.areas + half for one, half in zip(ends, halves, strict=True)], axis=0)
    lower = np.where(own.areas >= 0, np.maximum(lower, 0.0), lower)
    names = [fit.model.peaks[row].name for row in rows]
    return {name: (float(low), float(high)) for name, low, high in zip(names, lower, upper, strict=True)}


def whole_ratios(fit: Fit) -> tuple[float, float]:
    """Smallest and largest sum of areas over backgrounds that the data do not reject, over that of the fit."""
    _, ends = _not_rejected(fit)
    sums = [float(one.areas.sum()) for one in ends]
    if not sums[0] > 0:
        return 1.0, 1.0
    return max(min(sums) / sums[0], 0.0), max(sums) / sums[0]


def _not_rejected(fit: Fit) -> tuple[list[int], list[_End]]:
    """Lines that count, by number; the fit, and its ends over other backgrounds with chi2 within 6 of the least."""
    _, rows, own = _own(fit)
    others = list(_others(fit, rows, own.chi2)) if fit.status.trusted and fit.model.background else []
    least = min([own.chi2, *(one.chi2 for one in others)])
    return rows, [own, *(one for one in others if one.chi2 < least + NEEDED)]


def _own(fit: Fit) -> tuple[list[str], list[int], _End]:
    """What is compared, by name; the lines that count, by number; and the fit as it is."""
    rows = [number for number, line in enumerate(fit.model.peaks) if line.assignment]
    rows = rows or list(range(len(fit.model.peaks)))
    lines = [fit.model.peaks[row].name for row in rows]
    areas = np.asarray(fit.areas.value.values, dtype=float)[rows]
    covariance = np.asarray(fit.areas.covariance.values, dtype=float)[np.ix_(rows, rows)]
    chi2 = fit.chi2_priors + (fit.chi2 - fit.chi2_priors) / fit.noise_scale**2
    names = [f"the area of {line}" for line in lines]
    if len(lines) > 1 and float(areas.sum()) > 0:
        names += [f"the share of {line}" for line in lines]
    return names, rows, _End("", chi2, areas, lambda: covariance)


def _with_shares(areas: Array, covariance: Array) -> tuple[Array, Array]:
    """Areas, and shares where there are two or more, with their sds."""
    variances = np.diag(covariance)
    whole = float(areas.sum())
    if areas.size > 1 and whole > 0:
        slopes = (np.eye(areas.size) - (areas / whole)[:, None]) / whole
        variances = np.concatenate([variances, np.diag(slopes @ covariance @ slopes.T)])
        areas = np.concatenate([areas, areas / whole])
    return areas, np.sqrt(np.maximum(variances, 0.0))


def _move(before: Array, sd: Array, end: _End) -> _Move:
    after = _with_shares(end.areas, np.zeros((end.areas.size, end.areas.size)))[0]
    both = min(before.size, after.size)  # shares of areas that sum to nothing are none
    moved = np.abs(after[:both] - before[:both])
    sds = np.divide(moved, sd[:both], out=np.zeros_like(moved), where=np.isfinite(sd[:both]) & (sd[:both] > 0))
    most = int(np.argmax(sds))
    return _Move(end, most, float(before[most]), float(after[most]), float(sds[most]))


def _others(fit: Fit, rows: Sequence[int], chi2: float) -> Iterator[_End]:
    """Where the descents over the other backgrounds end; one of those that end alike."""
    ends: list[float] = []
    for name, data, model in _models(fit):
        end, values = minimum_with(fit, model, data, tolerance=CLOSE / max(chi2, 1.0))
        if not np.isfinite(end) or any(abs(end - other) < ALIKE for other in ends):
            continue
        ends.append(end)
        names = [p.name for p in model.all_parameters]
        own = [names.index(model.peaks[row].parameters[0].name) for row in rows]
        yield _End(name, end, values[own], partial(_covariance, fit, data, model, values, tuple(rows)))


def _covariance(fit: Fit, data: Array | None, model: Model, values: Array, rows: tuple[int, ...]) -> Array:
    """Of the areas at another minimum; 0 of those that a link gives."""
    spectrum = fit.spectrum
    if data is not None:
        spectrum = spectrum.assign(intensity=spectrum["intensity"].copy(data=data))
    tangent = Tangent(replace(fit, spectrum=spectrum, model=model, values=values))
    compiled = tangent.compiled
    at = np.array([compiled.position[model.peaks[row].parameters[0].name] for row in rows])
    chosen = (at[:, None] == np.asarray(compiled.free_rows)[None, :]).astype(float)
    return np.asarray(chosen @ tangent.covariance @ chosen.T)


def _models(fit: Fit) -> Iterator[tuple[str, Array | None, Model]]:
    """The other backgrounds: name, data in place of the measured, and the model with lines where the fit left them."""
    kinds = {part.kind for part in fit.model.background}
    own = tuple(part for part in fit.model.background if part.kind not in INSIDE) or (backgrounds.linear(),)
    if kinds & set(INSIDE):
        yield LINE, None, _on(fit, own)
    for kind, (name, make) in INSIDE.items():
        if kind not in kinds:
            yield name, None, _on(fit, (*own, make()))
    x, y = (np.asarray(fit.spectrum[name].values, dtype=float) for name in (fit.model.axis, "intensity"))
    try:
        under = static_background(x, y, axis=fit.model.axis, averaged=AVERAGED)
    except BadInput:  # too few points, or no line above the line through the ends: a static Shirley has none either
        return
    yield PINNED, y - under, _on(fit, ())


def _on(fit: Fit, background: tuple[backgrounds.Background, ...]) -> Model:
    at = {p.name: value for p, value in zip(fit.model.all_parameters, fit.values.tolist(), strict=True)}
    peaks = tuple(
        replace(line, parameters=tuple(replace(p, value=at[p.name]) for p in line.parameters))
        for line in fit.model.peaks
    )
    return replace(fit.model, peaks=peaks, background=background)
