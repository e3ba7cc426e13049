"""What a fit cannot know: identifiability, detection limits, and whether its residuals are noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import chdtrc, ndtr

from shortrange_core.estimates import ENTRY
from shortrange_core.least_squares import Minimum, covariance_of
from shortrange_core.notes import Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.fits._residuals import Residuals
from spectra.fits._result import Fit
from spectra.fits._uncertainty import again
from spectra.noise import points_per_independent

Array = npt.NDArray[np.float64]
DETECTION_SD = 3.0
TRADE_CHI2 = 9.0
TRADE_CORRELATION = -0.7
ILL_CONDITIONED = 1e6


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class ResidualTests(Shown):
    """Whether the residuals are noise.

    Parameters
    ----------
    chi2_per_dof, probability
        chi2 over its degrees of freedom, and the probability of a chi2 as large if the model were right and the noise
        as given; NaN where the noise was estimated from the residuals.
    runs_z
        Standard score of the number of runs of one sign (Wald and Wolfowitz): negative where neighbours agree.
    runs_probability
        Two-sided probability of it.
    lag_one
        Autocorrelation of neighbouring residuals.
    points_per_independent
        Integrated autocorrelation: how many points count as one.
    """

    chi2_per_dof: float
    probability: float
    runs_z: float
    runs_probability: float
    lag_one: float
    points_per_independent: float


def residual_tests(fit: Fit) -> ResidualTests:
    """Tests of the residuals of a fit, in units of the noise as used.

    The runs test compares the number of runs R of n+ positive and n- negative residuals with its mean
    1 + 2 n+ n- / n and variance (mean - 1)(mean - 2) / (n - 1).
    """
    curves = fit.curves
    weighted = curves["residual"].values / curves["noise"].values
    positive = weighted > 0
    up, down = int(positive.sum()), int((~positive).sum())
    runs = 1 + int(np.sum(positive[1:] != positive[:-1]))
    mean = 1 + 2 * up * down / (up + down)
    variance = (mean - 1) * (mean - 2) / (up + down - 1)
    z = (runs - mean) / np.sqrt(variance) if variance > 0 else 0.0
    centred = weighted - weighted.mean()
    power = float(centred @ centred)
    estimated = fit.covariance_kind == "scaled"
    return ResidualTests(
        fit.chi2 / fit.dof if fit.dof > 0 else float("nan"),
        float("nan") if estimated or fit.dof <= 0 else float(chdtrc(fit.dof, fit.chi2)),
        float(z),
        float(2 * ndtr(-abs(z))),
        float(centred[1:] @ centred[:-1] / power) if power > 0 else 0.0,
        points_per_independent(weighted, _derivatives(fit))[0],
    )


def _derivatives(fit: Fit) -> Array:
    """Weighted derivatives of the data in the free parameters."""
    compiled = fit.compiled()
    data = np.asarray(fit.spectrum["intensity"].values, dtype=float)
    _, derivatives = Residuals(compiled, data, np.asarray(fit.noise))(np.asarray(fit.values)[compiled.free_rows])
    return derivatives[: data.size]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Identifiability(Shown):
    """What the data can distinguish.

    Parameters
    ----------
    condition
        Condition number of the derivatives, each column scaled to 1; above 1e6 the covariance loses digits.
    groups
        Peaks that cannot be told apart at this noise: the smaller area could move to the other peak with a rise of chi2
        below 9. Their sum is known, their parts are not.
    areas
        ``value``, ``sd``, ``detection_limit`` (smallest area found at 3 sd where position and shape are as fitted) and
        ``detected`` over ``entry``.
    at_bound, undetermined
        Parameters that ended at a bound, and parameters without a standard deviation.
    notes
        The same in words.
    """

    condition: float
    groups: tuple[tuple[str, ...], ...]
    areas: xr.Dataset
    at_bound: tuple[str, ...]
    undetermined: tuple[str, ...]
    notes: tuple[Note, ...]


def identifiability(fit: Fit) -> Identifiability:
    """Condition, inseparable peaks, detection limits and bounds of a fit.

    Parameters
    ----------
    fit
        A fit that ended.
    """
    compiled, _, best = again(fit)
    limits = _detection_limits(fit, best)
    areas = fit.areas
    value, sd = areas.value.values, areas.sd.values
    groups = _groups(areas.entries, value, areas.covariance.values)
    condition = _condition(best.jacobian)
    at_bound = tuple(str(name) for name in np.array(compiled.free)[best.active != 0])
    blind = ~np.isfinite(np.diagonal(fit.covariance))
    undetermined = tuple(str(name) for name in np.array(compiled.names)[blind])
    table = xr.Dataset(
        {
            "value": (ENTRY, value.copy()),
            "sd": (ENTRY, sd.copy()),
            "detection_limit": (ENTRY, limits),
            "detected": (ENTRY, value > np.maximum(limits, 0)),
        },
        coords={ENTRY: np.array(areas.entries, dtype=object)},
    )
    return Identifiability(
        condition, groups, table, at_bound, undetermined, _notes(condition, groups, areas.entries, value, limits)
    )


def _condition(jacobian: Array) -> float:
    norm = np.sqrt(np.einsum("ij,ij->j", jacobian, jacobian))
    singular = np.linalg.svd(np.linalg.qr(jacobian / np.where(norm > 0, norm, 1.0), mode="r"), compute_uv=False)
    return float(singular[0] / singular[-1]) if singular.size and singular[-1] > 0 else float("inf")


def _detection_limits(fit: Fit, best: Minimum) -> Array:
    """3 sd of every area with the peak's own position and shape held: what is left where the area tends to 0."""
    compiled = fit.compiled()
    limits = []
    for line in fit.model.peaks:
        own = {parameter.name for parameter in line.parameters[1:]}
        keep = np.array([name not in own for name in compiled.free], dtype=bool)
        equal = None if compiled.equalities is None else compiled.equalities[0][:, keep]
        row = compiled.spread[compiled.position[line.parameters[0].name], keep]
        covariance = covariance_of(best.jacobian[:, keep], equal)
        seen = row != 0
        variance = float(row[seen] @ covariance[np.ix_(seen, seen)] @ row[seen]) if seen.any() else 0.0
        limits.append(DETECTION_SD * np.sqrt(variance))
    return np.array(limits)


def _groups(names: tuple[str, ...], value: Array, covariance: Array) -> tuple[tuple[str, ...], ...]:
    """Connected sets of peaks whose areas trade against one another within the noise."""
    owner = list(range(len(names)))
    for i in range(len(names)):
        for j in range(i):
            if _trade(value[[i, j]], covariance[np.ix_([i, j], [i, j])]):
                old, new = owner[i], owner[j]
                owner = [new if group == old else group for group in owner]
    sets = [tuple(n for n, group in zip(names, owner, strict=True) if group == g) for g in dict.fromkeys(owner)]
    return tuple(members for members in sets if len(members) > 1)


def _trade(value: Array, covariance: Array) -> bool:
    if not np.all(np.isfinite(covariance)):
        return bool(not np.isfinite(covariance[0, 0]) and not np.isfinite(covariance[1, 1]))
    sd = np.sqrt(np.diagonal(covariance))
    if np.any(sd == 0) or covariance[0, 1] / (sd[0] * sd[1]) > TRADE_CORRELATION:
        return False
    way = min(abs(value)) * np.array([1.0, -1.0])
    return float(way @ np.linalg.pinv(covariance) @ way) < TRADE_CHI2


def _notes(
    condition: float, groups: tuple[tuple[str, ...], ...], names: tuple[str, ...], value: Array, limits: Array
) -> tuple[Note, ...]:
    notes = []
    if condition > ILL_CONDITIONED:
        text = f"the condition number of the derivatives is {condition:.2g}"
        notes.append(Note("ill-conditioned", Severity.WARNING, text, "link or fix parameters with the same effect"))
    for group in groups:
        text = f"{', '.join(group)} cannot be separated at this noise; only their sum is known"
        notes.append(Note("peaks-inseparable", Severity.WARNING, text, "report the sum, or add a prior or a link"))
    below = [f"{n} ({v:.3g} < {limit:.3g})" for n, v, limit in zip(names, value, limits, strict=True) if v < limit]
    if below:
        text = f"below the detection limit of 3 sd: {', '.join(below)}"
        notes.append(Note("below-detection", Severity.INFO, text, "report an upper limit"))
    return tuple(notes)
