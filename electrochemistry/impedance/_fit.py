"""Fit of circuits to one impedance spectrum or to a series: many starts, full covariance, honest statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from electrochemistry.impedance._circuit_nodes import Node
from electrochemistry.impedance._circuits import Circuit
from electrochemistry.impedance._circuits import circuit as parse_circuit
from electrochemistry.impedance._descent import descend
from electrochemistry.impedance._elements import Real
from electrochemistry.impedance._fit_records import record_of
from electrochemistry.impedance._models import ResidualModel, Space, space
from electrochemistry.impedance._results import ImpedanceFit
from electrochemistry.impedance._series import align, joint
from electrochemistry.impedance._spectra import Weighting, check_spectrum
from electrochemistry.impedance._starts import starts as draw
from shortrange_core import BadInput, FitFailed, Infeasible
from shortrange_core.spelling import option

STARTS = 32
SEED = 20210


def fit_circuit(
    spectra: xr.Dataset | Sequence[xr.Dataset],
    circuit: str | Node | Circuit,
    *,
    labels: Sequence[str | float] | None = None,
    start: Mapping[str, float] | None = None,
    starts: int = STARTS,
    fixed: Mapping[str, float] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    ties: Sequence[str] = (),
    shared: Sequence[str] = (),
    profiles: Sequence[str] = (),
    weighting: Weighting = "modulus",
    rng: np.random.Generator | None = None,
    check: bool = True,
) -> ImpedanceFit:
    """Fit a circuit by complex non-linear least squares.

    Each complex residual is divided by |Z| (or the noise) and enters by its real and its imaginary part.
    Resistances, capacitances and time constants are fitted by their logarithms. In a series, arcs keep their identity
    by time constant.

    Parameters
    ----------
    spectra
        One spectrum, or a series of them (temperature, time).
    circuit
        Text such as ``"R0-p(R1,CPE1)"``, or objects.
    labels
        Names of the spectra of a series; their temperatures or numbers where None.
    start
        First guess by name, beside the automatic ones; of parameters that it leaves out the first automatic one is
        taken.
    starts
        Number of automatic starts; with 0 only ``start`` is used.
    fixed, bounds, ties
        Values that do not vary, limits by name, and equalities such as ``"CPE1_n = CPE2_n"``.
    shared
        Parameters that have one value in the whole series.
    profiles
        Parameters whose interval is that of a profile (the others of the spectrum follow), in every spectrum. A
        parameter at its bound always gets one, to the side that is left, and one that is undetermined too.
    weighting
        ``"modulus"``, ``"unit"`` or ``"noise"`` (the spectrum's own standard deviations, ohm).
    rng
        Random numbers for the starts; a fixed seed where None.
    check
        Raise where the fit is not to be trusted.

    Raises
    ------
    BadInput
        For spectra, names, bounds or ties that cannot be used.
    FitFailed
        With ``check``, if no start converged, or the circuit misses a spectrum by more than a fifth of the impedance
        (root mean square) and three times the stated noise; the record is in ``error.record``.

    Examples
    --------
    >>> from electrochemistry.impedance import spectrum_from_arrays
    >>> cell, f = parse_circuit("R0-p(R1,C1)"), np.logspace(0, 5, 30)
    >>> spectrum = spectrum_from_arrays(f, cell.impedance(f, {"R0": 10.0, "R1": 90.0, "C1": 1e-6}))
    >>> fit_circuit(spectrum, "R0-p(R1,C1)", starts=4).parameters.value.values.round(7).tolist()
    [10.0, 90.0, 1e-06]
    """
    model = parse_circuit(circuit)
    series = _series(spectra)
    names = _labels(series, labels)
    place = space(model, fixed=fixed, bounds=bounds, ties=ties)
    _check_names("shared", shared, model)
    _check_names("profiles", profiles, model)
    both = sorted(set(shared) & set(profiles))
    if both and len(series) > 1:
        raise BadInput(
            f"profiles: {', '.join(both)} is shared by the series; profiles are for parameters of one spectrum"
        )
    if starts < 1 and start is None:
        raise BadInput(f"starts = 0 without {option('start')}; give a first guess, or 1 or more starts")
    generator = np.random.default_rng(SEED) if rng is None else rng
    models = [ResidualModel(model, place, spectrum, weighting) for spectrum in series]
    firsts = [None if start is None else _first(model, place, start, spectrum) for spectrum in series]
    try:
        solutions = [
            descend(residuals, spectrum, first, starts, generator)
            for residuals, spectrum, first in zip(models, series, firsts, strict=True)
        ]
    except Infeasible as error:
        raise BadInput(
            f"ties {', '.join(ties)}: no values satisfy them, the fixed values and the bounds; drop one"
        ) from error
    constrained = bool(fixed or ties or bounds)
    if len(series) > 1:
        solutions = align(models, solutions, permute=not constrained)
    shared_numbers = [model.names.index(name) for name in shared]
    result = joint(models, solutions, shared_numbers, absolute=weighting == "noise")
    fit = record_of(
        model,
        place,
        models,
        series=series,
        labels=names,
        result=result,
        solutions=solutions,
        shared=set(shared),
        profiled=set(profiles),
        weighting=weighting,
    )
    if check and not fit.status.trusted:
        raise FitFailed(f"the fit of {model} cannot be trusted ({fit.status}): {fit.notes[0].text}", fit)
    return fit


def _series(spectra: xr.Dataset | Sequence[xr.Dataset]) -> list[xr.Dataset]:
    """One spectrum or more, each checked."""
    if isinstance(spectra, xr.Dataset):
        return [check_spectrum(spectra)]
    try:
        several = list(spectra)
    except TypeError:
        kind = type(spectra).__name__
        raise BadInput(f"spectra is a {kind}; give a spectrum from read_impedance, or a list of them") from None
    return [check_spectrum(spectrum) for spectrum in several]


def _labels(series: Sequence[xr.Dataset], labels: Sequence[str | float] | None) -> tuple[str, ...]:
    if not series:
        raise BadInput("there is no spectrum to fit; give one or more")
    if labels is None:
        if len(series) == 1:
            return ("",)
        labels = [float(s["temperature"]) if "temperature" in s.coords else n for n, s in enumerate(series, start=1)]
        if len(set(labels)) != len(labels):
            labels = list(range(1, len(series) + 1))
    names = tuple(f"{label:g}" if isinstance(label, (int, float)) else str(label) for label in labels)
    if len(names) != len(series) or len(set(names)) != len(names):
        raise BadInput(f"labels {', '.join(names)}: give one for each of the {len(series)} spectra, all different")
    return names


def _check_names(where: str, names: Sequence[str], model: Circuit) -> None:
    if isinstance(names, str):
        raise BadInput(f"{where} = {names!r}: give a list of names")
    unknown = sorted(set(names) - set(model.names))
    if unknown:
        raise BadInput(f"{where}: {', '.join(unknown)} is not a parameter of {model}; it has {', '.join(model.names)}")


def _first(model: Circuit, place: Space, start: Mapping[str, float], spectrum: xr.Dataset) -> Real:
    """Fitted coordinates of a first guess; what it leaves out is that of the first automatic start."""
    _check_names("start", list(start), model)
    automatic = draw(model, place, spectrum, 1, np.random.default_rng(SEED))[0]
    given = np.array([float(start.get(name, "nan")) for name in model.names])
    values = np.where(np.isnan(given), automatic, place.fitted(np.nan_to_num(given, nan=1.0)))
    return np.clip(values, place.lower, place.upper)
