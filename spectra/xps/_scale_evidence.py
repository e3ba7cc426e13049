"""Whether the lines of a region ask for another place of the energy scale: a charge moves all of them together.

Each line may lie a little off its published place, and the scale by what the reference leaves. A reference that is
wrong by more than that costs chi2 line by line, or holds lines at the ends of their windows, and the fit misses its
data as one that lacks lines does. So the same lines are fitted with the scale free, one descent from each of a few
shifts of all windows.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shortrange_core import Note, Severity
from shortrange_core.shown_numbers import shown, with_sd
from shortrange_core.spelling import option
from spectra.fits import Fit, Tangent, minimum_with
from spectra.models import OFFSET, Model, Parameter
from spectra.xps._placement import SMOOTHING_EV

Array = npt.NDArray[np.float64]
SCALE_ASKED = "charge-shift-asked"
ASKED = 6.63
"""Fall of chi2 from which lines ask for another scale: by chance in one of a hundred regions."""
EXPLAINS = 0.75
"""Share of what is missed that another scale must explain to be named."""
SUSPECT = 1.5
"""chi2 per degree of freedom from which a fit counts as one that misses its data, whether it was judged or not."""
FREE = 30.0
"""eV: sd of a scale that nothing states."""
APART = 0.5
"""eV from which two places of a scale are two."""
RELIES_SDS = 2.0
"""A place within so many sds of the reference is the one that is stated."""
SHIFTS = (-4.0, -3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
"""eV by which all windows are moved; beyond them the highest line lies outside every window, which is said."""


@dataclass(frozen=True, eq=False, slots=True)
class _ScaleAsked:
    """The end of a fit with the scale free, from windows that were moved, with chi2 there and as referenced."""

    fit: Fit
    chi2: float
    before: float


def remarks_of_scale(fit: Fit) -> tuple[Note, ...]:
    """The note that the lines of a region lie elsewhere together; none where nothing published places them."""
    asked = _asked(fit)
    return () if asked is None else (_note(asked, trusted=fit.status.trusted),)


def on_free_scale(fit: Fit) -> tuple[Note, Model] | None:
    """The note that lines ask for another energy scale, and the model with that scale free; None where they do not.

    What a fit makes of lines at wrong places is no amount of what they count: their areas are those of this model.
    """
    asked = _asked(fit)
    if asked is None:
        return None
    note = _note(asked, trusted=True)
    return replace(note, text=f"{note.text}; areas are those with a free scale"), asked.fit.model


def scaled_as(model: Model, fitted: Model) -> Model:
    """The model with its energy scale free, and its windows moved, as those of another one of the same region were."""
    if fitted.offset_sd <= model.offset_sd:
        return model
    before = {p.name: p.lower for p in model.all_parameters if p.quantity == "center" and math.isfinite(p.lower)}
    moved = [p.lower - before[p.name] for p in fitted.all_parameters if p.name in before]
    return _freed(model, moved[0]) if moved else model


def _asked(fit: Fit) -> _ScaleAsked | None:
    placed = _placed(fit.model)
    if not placed or not np.all(np.isfinite(fit.values)):
        return None
    misses = bool(fit.missed) or fit.chi2 > SUSPECT * fit.dof
    if not (misses or _pulled({p.name for p in placed} | {OFFSET}, fit) > ASKED):
        return None
    plain = replace(fit, noise=np.asarray(fit.noise) / fit.noise_scale)
    own = min(minimum_with(plain, fit.model)[0], fit.chi2)
    models = [_freed(fit.model, by) for by in SHIFTS]
    ends = [minimum_with(plain, model) for model in models]
    (least, values), model = min(zip(ends, models, strict=True), key=lambda pair: pair[0][0])
    gain = own - least
    if not gain > max(ASKED, EXPLAINS * (own - fit.dof) if misses else 0.0):
        return None
    if misses and gain < Tangent(plain).by_a_line(SMOOTHING_EV):
        return None
    return _ScaleAsked(replace(plain, model=model, values=values), least, own)


def scales_within(fit: Fit) -> tuple[tuple[float, Model], ...]:
    """Other shifts of the energy scale at which the lines of a finished fit describe the data equally well.

    Returns
    -------
    chi2 above that as referenced, and the model with its scale free and its lines within 0.5 eV of that place, of every
    place; none where the fit is no result, nothing published places its lines, or chi2 rises by more than chance makes.
    """
    if not (fit.status.trusted and _placed(fit.model)):
        return ()
    plain = replace(fit, noise=np.asarray(fit.noise) / fit.noise_scale)
    own = min(minimum_with(plain, fit.model)[0], fit.chi2)
    reach = max(APART, RELIES_SDS * fit.model.offset_sd)
    kept: dict[float, tuple[float, Model]] = {}
    for model in _renamed(fit):
        chi2, values = minimum_with(plain, model)
        moved = float(values[[p.name for p in model.all_parameters].index(OFFSET)])
        if chi2 < own + ASKED and abs(moved) > reach:
            place = next((other for other in kept if abs(other - moved) < APART), moved)
            there = chi2 - own, _around(model, values)
            kept[place] = min(there, kept.get(place, there), key=lambda pair: pair[0])
    return tuple(kept.values())


def _placed(model: Model) -> list[Parameter]:
    """Positions that something published places."""
    return [p for line in model.peaks for p in line.parameters if p.quantity == "center" and p.prior]


def _pulled(names: set[str], fit: Fit) -> float:
    """Sum of the squared pulls of the positions and of the scale."""
    return sum(
        float(pull) ** 2 for name, pull in zip(fit.pulls.entries, fit.pulls.value.values, strict=True) if name in names
    )


def _freed(model: Model, by: float) -> Model:
    """The model on a scale that nothing states, its windows moved."""
    moved = _with_centers(model, lambda p: (p.value + by, p.lower + by, p.upper + by))
    return replace(moved, offset_sd=FREE)


def _renamed(fit: Fit) -> Iterator[Model]:
    """The model on every scale that puts one line where another was fitted, and there that line."""
    fitted = dict(zip(fit.parameters.entries, fit.parameters.value.values.tolist(), strict=True))
    centers = [p for line in fit.model.peaks for p in line.parameters if p.quantity == "center"]
    places = [p.prior.mean if p.prior else fitted[p.name] - fitted.get(OFFSET, 0.0) for p in centers]
    for there, (own, place) in itertools.product(centers, zip(centers, places, strict=True)):
        shift = fitted[there.name] - place
        if there is not own and abs(shift) <= SHIFTS[-1]:
            yield _with_centers(_freed(fit.model, shift), _near(own.name, fitted[there.name]))


def _near(name: str, place: float) -> Callable[[Parameter], tuple[float, float, float]]:
    """Windows as they are, but for one position that is put at a place."""
    return lambda p: (place, place - APART, place + APART) if p.name == name else (p.value, p.lower, p.upper)


def _around(model: Model, values: Array) -> Model:
    """The model with its positions where a descent of it ended, and windows around them."""
    at = dict(zip((p.name for p in model.all_parameters), values.tolist(), strict=True))
    return _with_centers(model, lambda p: (at[p.name], at[p.name] - APART, at[p.name] + APART))


def _with_centers(model: Model, window: Callable[[Parameter], tuple[float, float, float]]) -> Model:
    """The model with other starts and windows of its positions."""

    def there(p: Parameter) -> Parameter:
        if p.quantity != "center":
            return p
        start, lower, upper = window(p)
        return replace(p, value=start, lower=lower, upper=upper)

    peaks = (replace(line, parameters=tuple(there(p) for p in line.parameters)) for line in model.peaks)
    return replace(model, peaks=tuple(peaks))


def _note(asked: _ScaleAsked, *, trusted: bool) -> Note:
    there = asked.fit
    at = [p.name for p in there.model.all_parameters].index(OFFSET)
    tangent = Tangent(there)
    row = (np.asarray(tangent.compiled.free_rows) == tangent.compiled.position[OFFSET]).astype(float)
    moved = float(there.values[at]), math.sqrt(float(row @ tangent.covariance @ row))
    told = f" (chi2 {shown(asked.chi2)} with a free energy scale, {shown(asked.before)} as referenced)"
    severity = Severity.WARNING if trusted else Severity.ERROR  # a cause stands where what it does stands
    return scale_note(moved, severity, after=told)


def scale_note(moved: tuple[float, float], severity: Severity, *, before: str = "", after: str = "") -> Note:
    """Note that all lines are displaced by the same energy (eV), with its sd."""
    text = (
        f"{before}all lines together lie {with_sd(abs(moved[0]), moved[1])} eV "
        f"{'above' if moved[0] > 0 else 'below'} their published positions{after}"
    )
    remedy = f"check the reference of the scale ({option('reference')}, {option('charge_shift')}), then the assignment"
    return Note(SCALE_ASKED, severity, text, remedy)
