"""Distribution of relaxation times: an exploratory look at how many processes a spectrum holds.

The impedance is written as Z = R + j w L + 1/(j w C) + integral of g(ln tau)/(1 + j w tau) d ln tau. g is the
non-negative distribution that minimises the abs(Z)-weighted squared residuals plus lambda times its squared second
derivative (Tikhonov). Without a given lambda, generalised cross-validation of the unconstrained problem chooses
it: the largest within 10 % of the best score.
Heights and widths of peaks follow lambda: only areas (resistances) and centres are to be read, and they too are a
guide to a circuit, never its proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import xarray as xr
from scipy.optimize import nnls
from scipy.signal import find_peaks

from electrochemistry.impedance._elements import Complex, Real
from electrochemistry.impedance._models import Matrix
from electrochemistry.impedance._spectra import check_spectrum
from shortrange_core import BadInput, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.spelling import spelled

POINTS_PER_DECADE = 10
MARGIN_DECADES = 1.0
LAMBDAS = np.logspace(-4, 1, 21)
PEAK_PROMINENCE = 0.02
SMALLEST_SHARE = 0.05
NEAR_DECADES = 1.0
NO_RESISTANCE = 1e-9  # of the largest impedance: below it a peak is rounding
LARGE_RESIDUAL = 0.02
CROSS_VALIDATION_SLACK = 1.1  # the smoothest distribution that predicts about as well as the best
METHOD = "non-negative Tikhonov regularisation, second derivative of g(ln tau), residuals over abs(Z)"


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class RelaxationTimes(Shown):
    """A distribution of relaxation times.

    Parameters
    ----------
    distribution
        ``g`` (ohm) over ``tau`` (s); its integral over ln tau is a resistance.
    peaks
        ``time_constant`` (s) and ``resistance`` (ohm) over ``peak``: each between the minima beside it; peaks of
        less than 5 % of the resistance count with a peak within a decade, and are left out where there is none.
    series_resistance, inductance, capacitance
        ohm, H, F; NaN where they are not part of the model.
    regularisation
        lambda.
    regularisation_chosen_by
        ``"given"`` or ``"generalised cross-validation"``.
    method
        In words.
    relative_residual
        Root mean square of the relative residuals.
    notes
        That it is exploratory, and what else to know.
    """

    distribution: xr.DataArray
    peaks: xr.Dataset
    series_resistance: float
    inductance: float
    capacitance: float
    regularisation: float
    regularisation_chosen_by: str
    method: str
    relative_residual: float
    notes: tuple[Note, ...]


def relaxation_times(
    spectrum: xr.Dataset,
    *,
    regularisation: float | None = None,
    series_capacitance: bool = False,
    inductance: bool = True,
) -> RelaxationTimes:
    """Distribution of relaxation times of one spectrum.

    Parameters
    ----------
    spectrum
        Impedance over frequency.
    regularisation
        lambda, dimensionless; chosen by generalised cross-validation where None.
    series_capacitance
        Part of the model; cells with blocking electrodes need it.
    inductance
        Part of the model.

    Raises
    ------
    BadInput
        If the spectrum cannot be used or lambda is not above 0.

    Examples
    --------
    >>> from electrochemistry.impedance import circuit
    >>> from electrochemistry.impedance import spectrum_from_arrays
    >>> f = np.logspace(-1, 6, 71)
    >>> z = circuit("R0-ZARC1").impedance(f, {"R0": 10.0, "ZARC1_R": 90.0, "ZARC1_tau": 1e-3, "ZARC1_n": 0.8})
    >>> found = relaxation_times(spectrum_from_arrays(f, z), regularisation=1e-3)
    >>> found.peaks.resistance.values.round(0).tolist()
    [90.0]
    """
    check_spectrum(spectrum)
    if regularisation is not None and not (np.isfinite(regularisation) and regularisation > 0):
        raise BadInput(f"regularisation = {regularisation}: must be finite and above 0, or None")
    omega = 2 * np.pi * np.asarray(spectrum["frequency"].values, dtype=float)
    z = np.asarray(spectrum["impedance"].values, dtype=np.complex128)
    tau = _grid(omega)
    matrix, target, extra = _system(omega, z, tau, capacitance=series_capacitance, inductance=inductance)
    penalty = _penalty(tau.size, extra)
    chosen = "given" if regularisation is not None else "generalised cross-validation"
    amount = regularisation if regularisation is not None else _cross_validated(matrix, target, penalty)
    norm = np.sqrt(np.sum(matrix**2, axis=0))
    norm[: tau.size] = norm[: tau.size].mean()
    stacked = np.concatenate([matrix / norm, np.sqrt(amount) * penalty])
    x, _ = nnls(stacked, np.concatenate([target, np.zeros(penalty.shape[0])]), maxiter=100 * stacked.shape[1])
    residual = (matrix / norm) @ x - target
    x = x / norm
    names = ["resistance", *(["inductance"] if inductance else []), *(["capacitance"] if series_capacitance else [])]
    values = dict(zip(names, x[tau.size :].tolist(), strict=True))
    g = xr.DataArray(x[: tau.size], dims="tau", coords={"tau": ("tau", tau, {"units": "s"})}, attrs={"units": "ohm"})
    relative = float(np.sqrt(np.mean(residual**2) * 2))
    return RelaxationTimes(
        g,
        _peaks(g, NO_RESISTANCE * float(np.abs(z).max())),
        values["resistance"],
        values.get("inductance", float("nan")) / float(omega.max()),
        1 / (values["capacitance"] * float(omega.min())) if values.get("capacitance", 0.0) > 0 else float("nan"),
        float(amount),
        chosen,
        METHOD,
        relative,
        _notes(g, omega, relative, NO_RESISTANCE * float(np.abs(z).max())),
    )


def _grid(omega: Real) -> Real:
    low = -np.log10(omega.max()) - MARGIN_DECADES
    high = -np.log10(omega.min()) + MARGIN_DECADES
    return np.logspace(low, high, int(np.ceil((high - low) * POINTS_PER_DECADE)) + 1)


def _system(omega: Real, z: Complex, tau: Real, *, capacitance: bool, inductance: bool) -> tuple[Matrix, Real, int]:
    step = float(np.log(tau[1] / tau[0]))
    columns = [step / (1 + 1j * omega[:, None] * tau), np.ones((omega.size, 1))]
    if inductance:
        columns.append((1j * omega / omega.max())[:, None])
    if capacitance:
        columns.append((-1j * omega.min() / omega)[:, None])
    matrix = np.concatenate(columns, axis=1) / np.abs(z)[:, None]
    target = z / np.abs(z)
    stacked = np.concatenate([matrix.real, matrix.imag])
    return stacked, np.concatenate([target.real, target.imag]), matrix.shape[1] - tau.size


def _penalty(size: int, extra: int) -> Matrix:
    """Second differences of g, none for the extra columns."""
    rows = np.zeros((size, size + extra))
    index = np.arange(size)
    rows[index, index] = -2.0
    rows[index[1:], index[:-1]] = 1.0
    rows[index[:-1], index[1:]] = 1.0
    return rows


def _cross_validated(matrix: Matrix, target: Real, penalty: Matrix) -> float:
    norm = np.sqrt(np.sum(matrix**2, axis=0))
    size = penalty.shape[0]
    norm[:size] = norm[:size].mean()
    a = matrix / norm
    gram, right, smooth = a.T @ a, a.T @ target, penalty.T @ penalty
    ridge = 1e-14 * np.trace(gram) / gram.shape[0] * np.eye(gram.shape[0])
    scores = []
    for amount in LAMBDAS:
        inverse = np.linalg.solve(gram + amount * smooth + ridge, np.column_stack([right, gram]))
        residual = a @ inverse[:, 0] - target
        freedom = target.size - float(np.trace(inverse[:, 1:]))
        scores.append(float(residual @ residual) / max(freedom, 1e-9) ** 2)
    good = np.flatnonzero(np.array(scores) <= CROSS_VALIDATION_SLACK * min(scores))
    return float(LAMBDAS[good[-1]])


def _peaks(g: xr.DataArray, least: float) -> xr.Dataset:
    """Peaks of more than ``least`` ohm."""
    values, tau = g.values, g["tau"].values
    padded = np.concatenate([[0.0], values, [0.0]])
    maxima = find_peaks(padded, prominence=PEAK_PROMINENCE * max(float(values.max()), 1e-300))[0] - 1
    edges = [0]
    for left, right in pairwise(maxima):
        edges.append(int(left + np.argmin(values[left : right + 1])))
    edges.append(values.size)
    step = float(np.log(tau[1] / tau[0]))
    areas = [float(values[a:b].sum() * step) for a, b in pairwise(edges)][: len(maxima)]
    centres = [_centre(tau[a:b], values[a:b]) for a, b in pairwise(edges)][: len(maxima)]
    kept = [n for n, area in enumerate(areas) if area > max(SMALLEST_SHARE * sum(areas), least)]
    for small in set(range(len(areas))) - set(kept):
        apart = {n: abs(np.log10(centres[n] / centres[small])) for n in kept}
        nearest = min(apart, key=lambda n: apart[n], default=None)
        if nearest is not None and apart[nearest] < NEAR_DECADES:
            areas[nearest] += areas[small]
    centres, areas = [centres[n] for n in kept], [areas[n] for n in kept]
    return xr.Dataset(
        {
            "time_constant": ("peak", np.array(centres, dtype=float), {"units": "s"}),
            "resistance": ("peak", np.array(areas, dtype=float), {"units": "ohm"}),
        },
        coords={"peak": np.arange(1, len(kept) + 1)},
    )


def _centre(tau: Real, g: Real) -> float:
    """Mean of ln tau over the part of a peak above half of its height."""
    upper = g >= 0.5 * g.max()
    return float(np.exp(np.average(np.log(tau[upper]), weights=g[upper] + 1e-300)))


def _capacitance() -> str:
    return spelled("series_capacitance=True", command_line="--series-capacitance", recipe="series_capacitance = true")


def _notes(g: xr.DataArray, omega: Real, relative_residual: float, least: float) -> tuple[Note, ...]:
    notes = [
        Note(
            "drt-exploratory",
            Severity.WARNING,
            "a distribution of relaxation times is exploratory: peaks depend on the regularisation, without intervals",
            "use it for the number of processes, and a circuit fit for values",
        )
    ]
    if relative_residual > LARGE_RESIDUAL:
        notes.append(
            Note(
                "drt-misfit",
                Severity.WARNING,
                f"the distribution misses the data by {100 * relative_residual:.2g} % (root mean square): no sum of "
                "relaxations describes them",
                f"check the sign of Im(Z); for blocking electrodes give {_capacitance()}",
            )
        )
    tau, step = g["tau"].values, float(np.log(g["tau"].values[1] / g["tau"].values[0]))
    outside = (tau < 1 / omega.max()) | (tau > 1 / omega.min())
    share = float(g.values[outside].sum() / max(float(g.values.sum()), 1e-300))
    if share > 0.05 and float(g.values.sum()) * step > least:
        notes.append(
            Note(
                "drt-outside-window",
                Severity.WARNING,
                f"{100 * share:.0f} % of the resistance ({float(g.values[outside].sum()) * step:.3g} ohm) lies at time "
                "constants outside the measured window",
                f"for blocking electrodes give {_capacitance()}; otherwise measure a wider window",
            )
        )
    return tuple(notes)
