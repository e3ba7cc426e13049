"""Where a fit ends over the other backgrounds of the trade: one descent each, from where it ended and in its noise.

A straight line, Shirley and Tougaard inside the fit, and a Shirley pinned to the ends of the region, as most published
fits have it (``studies/xps_published.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core import BadInput
from spectra.fits import Fit, Tangent, minimum_with
from spectra.fits import fit as fitted
from spectra.models import Model, backgrounds, static_background
from spectra.xps._other_shapes import as_fitted, in_other_shapes
from spectra.xps._surface import NEEDED, NORMAL_95

Array = npt.NDArray[np.float64]
PINNED = "a Shirley pinned to the ends"
LINE = "a straight line"
INSIDE: dict[str, tuple[str, Callable[[], backgrounds.Background]]] = {
    "shirley": ("a Shirley inside the fit", backgrounds.shirley),
    "tougaard": ("a Tougaard inside the fit", backgrounds.tougaard),
}
AVERAGED = 5
"""Points at an end that pin a static Shirley: one of them has the noise of a point, and the whole step with it."""
CLOSE = 1e-4
"""Fall of chi2 that a descent leaves: areas move by a hundredth of their sds, and a flat valley is not crept along."""
ALIKE = 0.01
"""chi2 between two that are one: a Tougaard whose B ends at 0 is the straight line."""


@dataclass(frozen=True, eq=False, slots=True)
class AreaSpread:
    r"""What an end leaves open of its n areas, over a background that is not weaker than none.

    Parameters
    ----------
    covariance
        (n, n), of the curvature at the end, which knows no bound.
    along
        (n,) correlations of the areas with the strength of the background, k of a Shirley or B of a Tougaard.
    strength
        That strength over its sd; infinite where the background has none.
    """

    covariance: Array
    along: Array
    strength: float = np.inf

    @property
    def sd(self) -> Array:
        """Of the areas."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def reach(self) -> tuple[Array, Array]:
        r"""How far the 95 % intervals of the areas go down and up, where chi2 has risen by :math:`q^2 = 1.96^2`.

        Curvature would have losses below none on one side. With the strength at 0, z sds away, and a correlation
        :math:`\rho` the distance there is

        .. math:: \sigma\left(|\rho| z + \sqrt{(1 - \rho^2)(q^2 - z^2)}\right), \quad z < |\rho| q .
        """
        part, q = np.abs(self.along), NORMAL_95
        z = min(self.strength, q)  # further away no interval ends there
        ended = part * z + np.sqrt((1 - part**2) * (q**2 - z**2))
        held = np.where(z < part * q, ended, q)
        return self.sd * np.where(self.along > 0, held, q), self.sd * np.where(self.along < 0, held, q)


@dataclass(frozen=True)
class Alternative:
    """Where the fit ends over a background: chi2, areas of the lines that count, and how to have more of it.

    ``spread`` is what it leaves open of the areas, ``whole`` a fit of its own.
    """

    name: str
    chi2: float
    areas: Array
    spread: Callable[[], AreaSpread]
    whole: Callable[[], Fit]


def ends_by_shape(fit: Fit, others: Sequence[Model]) -> list[list[Alternative]]:
    """Ends over all backgrounds, of the fit and of models of its lines in other shapes; the first of all is the fit."""
    _, rows, own = own_end(fit)
    ends = _Ends(fit, rows, own, (("", model) for model in others))
    for shape in range(len(ends.shapes)):
        for number in range(len(ends.under)):
            ends.at(shape, number)
    return [[one for place, one in ends.all.items() if place[0] == shape] for shape in range(len(ends.shapes))]


def not_rejected(fit: Fit) -> tuple[list[int], list[Alternative]]:
    """Lines that count, by number; the fit, and its other ends with chi2 within 6 of the least.

    Over other backgrounds and, where nobody states the shape of the lines, with other symmetric ones: every background
    with the best shape, and every shape over the best background.
    """
    _, rows, own = own_end(fit)
    if not fit.status.trusted:
        return rows, [own]
    ends = _Ends(fit, rows, own, in_other_shapes(fit))
    best, before = (0, 0), None
    while best != before:
        before = best
        for across in range(len(ends.under)):
            ends.at(best[0], across)
        for across in range(len(ends.shapes)):
            ends.at(across, best[1])
        best = ends.lowest()
    least = ends.all[best].chi2
    return rows, [own, *(one for one in list(ends.all.values())[1:] if one.chi2 < least + NEEDED)]


def own_end(fit: Fit) -> tuple[list[str], list[int], Alternative]:
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
    return names, rows, Alternative("", chi2, areas, lambda: AreaSpread(covariance, np.zeros(len(rows))), lambda: fit)


def other_ends(fit: Fit) -> list[Alternative]:
    """Where the descents over the other backgrounds end; one of those that end alike."""
    _, rows, own = own_end(fit)
    ends = _Ends(fit, rows, own)
    for number in range(len(ends.under)):
        ends.at(0, number)
    return list(ends.all.values())[1:]


def over_another_background(fit: Fit) -> Alternative | None:
    """The lowest end over another background, with the shape as it is, that the data do not reject; None without."""
    names = {LINE, PINNED, *(name for name, _ in INSIDE.values())}
    near = (one for one in not_rejected(fit)[1] if one.name in names)
    return min(near, key=lambda one: one.chi2, default=None)


def reshaped_ends(fit: Fit) -> list[Alternative]:
    """Where the descents of the other symmetric shapes end, over the background of the fit."""
    _, rows, own = own_end(fit)
    ends = _Ends(fit, rows, own, in_other_shapes(fit))
    for number in range(len(ends.shapes)):
        ends.at(number, 0)
    return list(ends.all.values())[1:]


class _Ends:
    """Ends by the number of the shape and that of the background, 0 being the fit's; made where they are asked for."""

    def __init__(
        self, fit: Fit, rows: Sequence[int], own: Alternative, others: Iterable[tuple[str, Model]] = ()
    ) -> None:
        self.fit, self.rows = fit, tuple(rows)
        self.shapes = [("", as_fitted(fit)), *others]
        self.under = [_Under("", None, fit.model.background), *_others(fit)]
        self.all = {(0, 0): own}
        self._tried = {(0, 0)}
        self._tolerance = CLOSE / max(own.chi2, 1.0)

    def lowest(self) -> tuple[int, int]:
        """Where chi2 is least."""
        return min(self.all, key=lambda place: self.all[place].chi2)

    def at(self, shape: int, under: int) -> None:
        """Make an end, unless it is there, its descent does not end, or the same shape has one like it."""
        if (shape, under) in self._tried:
            return
        self._tried.add((shape, under))
        (called, lines), below = self.shapes[shape], self.under[under]
        model = replace(lines, background=below.parts)
        chi2, values = minimum_with(self.fit, model, below.data, tolerance=self._tolerance)
        alike = (abs(chi2 - one.chi2) < ALIKE for place, one in self.all.items() if place[0] == shape and place[1])
        if not np.isfinite(chi2) or any(alike):
            return
        names = [p.name for p in model.all_parameters]
        own = [names.index(model.peaks[row].parameters[0].name) for row in self.rows]
        spectrum = self.fit.spectrum if below.data is None else _with(self.fit.spectrum, below.data)
        self.all[shape, under] = Alternative(
            " and ".join(filter(None, (called, below.name))),
            chi2,
            values[own],
            partial(_spread, self.fit, spectrum, model, values, self.rows),
            partial(fitted, spectrum, model, check=False, exchanges=False),
        )


def _with(spectrum: xr.Dataset, intensity: Array) -> xr.Dataset:
    return spectrum.assign(intensity=spectrum["intensity"].copy(data=intensity))


def _spread(fit: Fit, spectrum: xr.Dataset, model: Model, values: Array, rows: tuple[int, ...]) -> AreaSpread:
    """Of the areas at another minimum; 0 of those that a link gives."""
    tangent = Tangent(replace(fit, spectrum=spectrum, model=model, values=values))
    strength = [part.parameters[0].name for part in model.background if part.kind in INSIDE]
    names = [*(model.peaks[row].parameters[0].name for row in rows), *strength]
    at = np.array([tangent.compiled.position[name] for name in names])
    chosen = (at[:, None] == np.asarray(tangent.compiled.free_rows)[None, :]).astype(float)
    covariance = np.asarray(chosen @ tangent.covariance @ chosen.T)
    areas, sd = covariance[: len(rows), : len(rows)], np.sqrt(np.diag(covariance))
    if not strength or not sd[-1] > 0:
        return AreaSpread(areas, np.zeros(len(rows)))
    both = sd[: len(rows)] * sd[-1]
    along = np.divide(covariance[: len(rows), -1], both, out=np.zeros(len(rows)), where=both > 0)
    return AreaSpread(areas, np.clip(along, -1.0, 1.0), float(values[at[-1]] / sd[-1]))


@dataclass(frozen=True, eq=False, slots=True)
class _Under:
    """A background: its name, data in place of the measured where it is taken away, its parts inside the fit."""

    name: str
    data: Array | None
    parts: tuple[backgrounds.Background, ...]


def _others(fit: Fit) -> Iterator[_Under]:
    """The other backgrounds; none where the model has none inside."""
    if not fit.model.background:
        return
    kinds = {part.kind for part in fit.model.background}
    own = tuple(part for part in fit.model.background if part.kind not in INSIDE) or (backgrounds.linear(),)
    if kinds & set(INSIDE):
        yield _Under(LINE, None, own)
    for kind, (name, make) in INSIDE.items():
        if kind not in kinds:
            yield _Under(name, None, (*own, make()))
    x, y = (np.asarray(fit.spectrum[name].values, dtype=float) for name in (fit.model.axis, "intensity"))
    try:
        below = static_background(x, y, axis=fit.model.axis, averaged=AVERAGED)
    except BadInput:  # too few points, or no line above the line through the ends: a static Shirley has none either
        return
    yield _Under(PINNED, y - below, ())
