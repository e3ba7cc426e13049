"""Interfaces against time: area-specific resistance, and the law by which it grows.

An area-specific resistance is per interface or per cell: a symmetric cell has two of them. The basis is a required
argument, because published numbers often leave it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr
from scipy.stats import t as student

from electrochemistry.conduction._conductivity import Geometry, conductivity
from electrochemistry.conduction._sums import DETERMINED
from electrochemistry.impedance import ImpedanceFit, Matrix, Real
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown

Basis = Literal["per interface", "per cell"]
LAWS = ("none", "linear", "parabolic")
AICC_MARGIN = 2.0
FEWEST_TIMES = 5  # with fewer, AICc allows no law of two parameters and an error
NO_SCATTER = 1e-24  # of the mean square: scatter that is rounding
FALLING_SD = GROWING_SD = 3.0


def area_specific_resistance(
    fit: ImpedanceFit,
    shape: Geometry,
    *,
    resistances: Mapping[str, str],
    basis: Basis,
    interfaces: int = 2,
    times: Sequence[float] | None = None,
) -> Estimates:
    """Area-specific resistances (ohm cm2) from the resistances of a fit.

    Parameters
    ----------
    fit
        Of one spectrum or of a series in time.
    shape
        Geometry; its area counts.
    resistances
        Such as ``{"interface": "R2"}``; sums of parameters.
    basis
        ``"per cell"``: R A. ``"per interface"``: R A divided by the number of interfaces.
    interfaces
        In the cell; 2 in a symmetric one.
    times
        Hours, one per spectrum; NaN where None and the spectra have no ``time`` coordinate (hours).

    Returns
    -------
    Estimates
        With covariance, area uncertainty included; facets quantity, time, basis, label, and status: what is not
        ``determined`` is not a number to quote.

    Raises
    ------
    BadInput
        For an unknown basis, parameter or number of times.
    """
    if basis not in ("per interface", "per cell") or interfaces < 1 or int(interfaces) != interfaces:
        raise BadInput(
            f"basis = {basis!r}, interfaces = {interfaces}: give 'per interface' or 'per cell', and 1 or more"
        )
    hours = _times(fit, times)
    resistance = conductivity(fit, shape, resistances=resistances).resistance
    factor = shape.area / (interfaces if basis == "per interface" else 1)
    value = resistance.value.values * factor
    area_variance = 4 * (shape.diameter_sd / shape.diameter) ** 2
    covariance = resistance.covariance.values * factor**2 + np.outer(value, value) * area_variance
    labels = resistance.facets["label"]
    return Estimates.build(
        resistance.entries,
        value,
        covariance,
        quantity=resistance.facets["quantity"],
        time=[hours[fit.labels.index(label)] for label in labels],
        basis=[basis] * len(resistance),
        label=labels,
        status=resistance.facets["status"],
    )


def _times(fit: ImpedanceFit, times: Sequence[float] | None) -> list[float]:
    if times is None:
        return [float(dict(curve.scalars).get("time", "nan")) for curve in fit.fits]
    hours = [float(value) for value in times]
    if len(hours) != len(fit.fits) or not np.all(np.isfinite(hours)):
        raise BadInput(f"times: {len(hours)} for {len(fit.fits)} spectra; give one finite number each, in hours")
    return hours


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class GrowthLaw(Shown):
    """How an interface resistance grows.

    Parameters
    ----------
    verdict
        ``"none"``, ``"linear"``, ``"parabolic"`` or ``"indistinguishable"``.
    candidates
        Laws whose AICc lies within 2 of the lowest, "none" left out where a rate is above 3 sd.
    comparison
        Name, AICc (of a rate of 0 where the best rate is negative), chi2, start value
        (ohm cm2), rate and sd of the rate (ohm cm2 per h, or per square root of h).
    basis
        Of the area-specific resistance.
    notes
        What a user must know.
    """

    verdict: str
    candidates: tuple[str, ...]
    comparison: tuple[tuple[str, float, float, float, float, float], ...]
    basis: str
    notes: tuple[Note, ...]


def growth_law(resistance: Estimates, *, quantity: str | None = None) -> GrowthLaw:
    """Compare no growth, linear growth and growth with the square root of time by AICc.

    Laws are told apart by at least 2 units of AICc (criterion); otherwise the answer is "indistinguishable". A rate
    above 3 sd rules "none" out, which the small-sample term of AICc would favour with few times. Where a
    resistance has no standard deviation, all count alike and their scatter is estimated. Resistances that their
    spectra do not determine are left out.

    Parameters
    ----------
    resistance
        What :func:`area_specific_resistance` gave, at five times or more.
    quantity
        Which resistance; may be left out where there is one.

    Raises
    ------
    BadInput
        If the quantity is not named, a resistance is not finite or there are fewer than five times.

    Examples
    --------
    >>> hours = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    >>> asr = Estimates.build("abcdef", [5 + 2 * h for h in hours], [1e-4] * 6, quantity=["interface"] * 6, time=hours,
    ...                       basis=["per interface"] * 6)
    >>> growth_law(asr).verdict
    'linear'
    """
    names = list(dict.fromkeys(resistance.facets["quantity"]))
    if quantity is None and len(names) != 1:
        raise BadInput(f"there are resistances {', '.join(names)}; select one with quantity=")
    own, left_out = _determined(resistance.where(quantity=names[0] if quantity is None else quantity))
    time = np.array(own.facets["time"], dtype=float)
    if np.unique(time[np.isfinite(time)]).size < FEWEST_TIMES or not np.all(np.isfinite(time)) or np.any(time < 0):
        beside = f" ({len(left_out)} are not determined: {', '.join(left_out)})" if left_out else ""
        raise BadInput(
            f"{len(own)} resistances at times {time.tolist()}{beside}; give {FEWEST_TIMES} times or more, in hours, "
            "from 0"
        )
    value = np.array(own.value.values)
    if not np.all(np.isfinite(value)):
        raise BadInput(f"resistances {value.tolist()}: must be finite; leave the others out")
    variance = np.diagonal(own.covariance.values)
    stated = bool(np.all(np.isfinite(variance) & (variance > 0)))
    matrix = own.covariance.values if stated else np.eye(value.size)
    rows = [_law(name, time, value, matrix, stated=stated) for name in LAWS]
    rival = rows[1:] if _grows(rows, value.size, stated=stated) else rows
    lowest = min(row[1] for row in rival)
    near = tuple(row[0] for row in rival if row[1] - lowest < AICC_MARGIN)
    verdict = near[0] if len(near) == 1 else "indistinguishable"
    basis = str(own.facets["basis"][0]) if "basis" in own.facets else ""
    return GrowthLaw(verdict, near, tuple(rows), basis, (*_left_out(left_out), *_notes(verdict, near, rows)))


def _determined(resistance: Estimates) -> tuple[Estimates, tuple[str, ...]]:
    """Resistances that spectra determine, and the entries of the others."""
    if "status" not in resistance.facets:
        return resistance, ()
    own = resistance.where(status=DETERMINED)
    return own, tuple(entry for entry in resistance.entries if entry not in own.entries)


def _left_out(entries: Sequence[str]) -> tuple[Note, ...]:
    if not entries:
        return ()
    return (
        Note(
            "growth-left-out",
            Severity.WARNING,
            f"{', '.join(entries)} are not determined by their spectra and are left out",
            "use a simpler circuit, or tie what does not change with time",
        ),
    )


def _grows(rows: Sequence[tuple[str, float, float, float, float, float]], size: int, *, stated: bool) -> bool:
    """Whether a rate is above 3 sd, or as unlikely where the sd comes from the scatter of the points."""
    limit = GROWING_SD if stated else float(student.ppf(ndtr(GROWING_SD), size - 2))
    return any(rate > limit * sd for *_, rate, sd in rows[1:])


def _law(
    name: str, time: Real, value: Real, covariance: Matrix, *, stated: bool
) -> tuple[str, float, float, float, float, float]:
    columns = [np.ones_like(time)]
    if name != "none":
        columns.append(time if name == "linear" else np.sqrt(time))
    factor = np.linalg.cholesky(covariance)
    white = np.linalg.solve(factor, np.column_stack(columns))
    target = np.linalg.solve(factor, value)
    beta = np.linalg.lstsq(white, target, rcond=None)[0]
    falling = name != "none" and beta[1] < 0
    if falling:  # no growth law: the best rate that is one is 0
        constant = np.linalg.lstsq(white[:, :1], target, rcond=None)[0]
        chi2 = float(np.sum((white[:, :1] @ constant - target) ** 2))
    else:
        chi2 = float(np.sum((white @ beta - target) ** 2))
    size, count = value.size, len(columns) + 1
    dof = size - len(columns)
    reduced = float(np.sum((white @ beta - target) ** 2)) / dof
    scale = max(1.0, reduced) if stated else reduced
    matrix = np.linalg.inv(white.T @ white) * scale
    # A residual below the given standard deviations tells laws apart no better than they allow.
    per_point = max(chi2 / size, NO_SCATTER * float(np.mean(value**2)) if not stated else 0.0, 1e-300)
    deviance = chi2 if stated and per_point < 1 else size * (1 + float(np.log(per_point)))
    aicc = deviance + 2 * count
    aicc += 2 * count * (count + 1) / (size - count - 1) if size > count + 1 else float("inf")
    rate, sd = (float(beta[1]), float(np.sqrt(matrix[1, 1]))) if len(columns) == 2 else (0.0, 0.0)
    return name, float(aicc), chi2, float(beta[0]), rate, sd


def _notes(
    verdict: str, near: tuple[str, ...], rows: Sequence[tuple[str, float, float, float, float, float]]
) -> tuple[Note, ...]:
    notes = []
    if verdict == "indistinguishable":
        notes.append(
            Note(
                "growth-indistinguishable",
                Severity.INFO,
                f"the data do not distinguish {' from '.join(near)} growth (AICc within {AICC_MARGIN:g})",
                "follow the cell for longer, or claim no law",
            )
        )
    best = min(rows[1:], key=lambda row: row[4] / row[5] if row[5] > 0 else 0.0)
    if best[4] < -FALLING_SD * best[5]:
        notes.append(
            Note(
                "growth-negative",
                Severity.WARNING,
                f"the resistance falls with time ({best[4]:.3g} per h or per square root of h): no growth law applies",
                "contact is still improving: start the series later",
            )
        )
    return tuple(notes)
