"""Fit of circuits to one impedance spectrum or to a series: many starts, full covariance, honest statuses."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.impedance._circuits import Circuit, Node
from electrochemistry.impedance._circuits import circuit as parse_circuit
from electrochemistry.impedance._descent import BestMinimum, descend
from electrochemistry.impedance._elements import Real
from electrochemistry.impedance._models import ResidualModel, Space, space
from electrochemistry.impedance._notes import fit_notes, statuses
from electrochemistry.impedance._profiles import profiles as find_profiles
from electrochemistry.impedance._results import Alternative, Curve, ImpedanceFit
from electrochemistry.impedance._series import align, joint, own_variance
from electrochemistry.impedance._spectra import Weighting, check_spectrum
from electrochemistry.impedance._starts import starts as draw
from shortrange_core import BadInput, FitFailed, Infeasible, Provenance, Status, provenance
from shortrange_core.readings import joined, reading_of, source_note
from shortrange_core.spelling import option

STARTS = 32
SEED = 20210
CARRIED = ("temperature", "temperature_sd", "pressure", "sample", "time", "state")


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
        parameter at its bound always gets one, to the side that is left.
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
        With ``check``, if no start converged; the record is in ``error.record``.

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
        raise BadInput(f"profiles: {', '.join(both)} is shared by the series; a profile is that of one spectrum")
    if starts < 1 and start is None:
        raise BadInput(f"starts = 0 without {option('start')}; give a first guess or let starts be 1 or more")
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
            f"ties {', '.join(ties)}: no values obey them, the fixed ones and the bounds; drop one"
        ) from error
    constrained = bool(fixed or ties or bounds)
    if len(series) > 1:
        solutions = align(models, solutions, permute=not constrained)
    shared_numbers = [model.names.index(name) for name in shared]
    result = joint(models, solutions, shared_numbers, absolute=weighting == "noise")
    fit = _record(
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
        raise FitFailed(f"the fit of {model} is not to be trusted ({fit.status}): {fit.notes[0].text}", fit)
    return fit


def _series(spectra: xr.Dataset | Sequence[xr.Dataset]) -> list[xr.Dataset]:
    """One spectrum or more, each checked."""
    if isinstance(spectra, xr.Dataset):
        return [check_spectrum(spectra)]
    try:
        several = list(spectra)
    except TypeError:
        kind = type(spectra).__name__
        raise BadInput(f"spectra is a {kind}; give a spectrum of read_impedance, or a list of them") from None
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
        raise BadInput(f"labels {', '.join(names)}: give one for each of the {len(series)} spectra, no two alike")
    return names


def _check_names(where: str, names: Sequence[str], model: Circuit) -> None:
    if isinstance(names, str):
        raise BadInput(f"{where} = {names!r}: give a list of names")
    unknown = sorted(set(names) - set(model.names))
    if unknown:
        raise BadInput(f"{where}: {', '.join(unknown)} is no parameter of {model}; it has {', '.join(model.names)}")


def _first(model: Circuit, place: Space, start: Mapping[str, float], spectrum: xr.Dataset) -> Real:
    """Fitted coordinates of a first guess; what it leaves out is that of the first automatic start."""
    _check_names("start", list(start), model)
    automatic = draw(model, place, spectrum, 1, np.random.default_rng(SEED))[0]
    given = np.array([float(start.get(name, "nan")) for name in model.names])
    values = np.where(np.isnan(given), automatic, place.fitted(np.nan_to_num(given, nan=1.0)))
    return np.clip(values, place.lower, place.upper)


def _record(
    model: Circuit,
    place: Space,
    models: Sequence[ResidualModel],
    *,
    series: Sequence[xr.Dataset],
    labels: tuple[str, ...],
    result: BestMinimum,
    solutions: Sequence[BestMinimum],
    shared: set[str],
    profiled: set[str],
    weighting: Weighting,
) -> ImpedanceFit:
    width = len(model.names)
    owner, index = _entries(model, labels, shared)
    x, matrix = result.x, result.covariance
    dof = int(result.residual_count - place.free[index].sum() + result.ties)
    scales = [own_variance(m, own, absolute=weighting == "noise") for m, own in zip(models, solutions, strict=True)]
    equals = [own.equals(scale) for own, scale in zip(solutions, scales, strict=True)]
    statuses_of = statuses(place, index, owner, x=x, covariance=matrix, equals=equals)
    entries = tuple(_entry(model.names[i], labels, o) for i, o in zip(index, owner, strict=True))
    per_spectrum = [_own(x, owner, index, n, width) for n in range(len(models))]
    alternatives = tuple(
        Alternative(label, chi2, tuple(zip(model.names, place.natural(other).tolist(), strict=True)))
        for label, ends in zip(labels, equals, strict=True)
        for chi2, other in ends
    )
    sds = {
        (labels[o], model.names[i]): float(np.sqrt(max(matrix[n, n], 0.0)))
        for n, (o, i) in enumerate(zip(owner, index, strict=True))
        if o >= 0 and place.free[i] and (statuses_of[n] == "at_bound" or model.names[i] in profiled)
    }
    limits = find_profiles(models, per_spectrum, labels=labels, scales=scales, sds=sds)
    notes = fit_notes(
        dict(zip(entries, statuses_of, strict=True)),
        models,
        per_spectrum,
        labels=labels,
        solutions=solutions,
        alternatives=len(alternatives),
        message=result.message,
        trusted=result.status.trusted,
    )
    status = result.status
    if status.trusted:
        undetermined = any(s == "undetermined" for s in statuses_of)
        at_bound = any(s == "at_bound" for s in statuses_of)
        status = Status.UNDETERMINED if undetermined else Status.AT_BOUND if at_bound else Status.OK
    values, covariance = _in_units(place, index, x, matrix)
    reading = joined(map(reading_of, series))
    unknown = source_note(reading, "the spectra", "read the file that was measured, with read_impedance")
    facets = _facets(model, place, labels=labels, owner=owner, index=index, statuses_of=statuses_of)
    return ImpedanceFit(
        str(model), entries, facets, values, covariance,
        tuple(map(_curve, models, per_spectrum, series)), labels, result.chi2, dof,
        "absolute" if weighting == "noise" else "scaled", weighting, alternatives, status,
        (*notes, *reading.notes, *unknown),
        Provenance(f"fit_circuit(spectra, {str(model)!r}, weighting={weighting!r})", reading.files, _versions()),
        limits,
    )  # fmt: skip


@functools.cache
def _versions() -> dict[str, str]:
    return dict(provenance("").versions)


def _entries(
    model: Circuit, labels: tuple[str, ...], shared: set[str]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Spectrum (-1: all) and parameter of every entry: spectrum by spectrum, shared ones once, in the first."""
    owner, index = [], []
    for spectrum in range(len(labels)):
        for number, name in enumerate(model.names):
            if name in shared:
                if spectrum == 0:
                    owner.append(-1)
                    index.append(number)
            else:
                owner.append(spectrum)
                index.append(number)
    return np.array(owner, dtype=np.intp), np.array(index, dtype=np.intp)


def _entry(name: str, labels: tuple[str, ...], owner: int) -> str:
    return name if owner < 0 or labels == ("",) else f"{name}[{labels[owner]}]"


def _own(x: Real, owner: npt.NDArray[np.intp], index: npt.NDArray[np.intp], spectrum: int, width: int) -> Real:
    own = np.zeros(width)
    mine = (owner == spectrum) | (owner < 0)
    own[index[mine]] = x[mine]
    return own


def _curve(model: ResidualModel, x: Real, spectrum: xr.Dataset) -> Curve:
    fitted = model.impedance(x)
    scalars = tuple((name, spectrum[name].item()) for name in CARRIED if name in spectrum.coords)
    frequency = np.array(spectrum["frequency"].values, dtype=float)
    return Curve(frequency, model.data, fitted, (model.data - fitted) * model.weight, scalars)


def _in_units(place: Space, index: npt.NDArray[np.intp], x: Real, matrix: Real) -> tuple[Real, Real]:
    """Values and covariance in units, not to be written to."""
    log = place.log[index]
    natural = np.where(log, np.exp(np.where(log, x, 0.0)), x)
    step = np.where(log, natural, 1.0)
    covariance = matrix * np.outer(step, step)
    for array in (natural, covariance):
        array.setflags(write=False)
    return natural, covariance


def _facets(
    model: Circuit,
    place: Space,
    *,
    labels: tuple[str, ...],
    owner: npt.NDArray[np.intp],
    index: npt.NDArray[np.intp],
    statuses_of: Sequence[str],
) -> dict[str, tuple[str, ...]]:
    return {
        "parameter": tuple(model.names[i] for i in index),
        "unit": tuple(model.parameters[i].quantity.unit for i in index),
        "label": tuple("" if o < 0 else labels[o] for o in owner),
        "status": tuple(statuses_of),
        "coordinate": tuple("log" if flag else "linear" for flag in place.log[index]),
    }
