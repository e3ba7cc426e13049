"""The record of a fitted circuit: entries with their units and facets, curves, statuses, notes."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.impedance._circuits import Circuit
from electrochemistry.impedance._descent import BestMinimum
from electrochemistry.impedance._elements import Real
from electrochemistry.impedance._misses import CircuitMiss, miss_of
from electrochemistry.impedance._models import ResidualModel, Space
from electrochemistry.impedance._notes import fit_notes, statuses
from electrochemistry.impedance._profiles import profiles as find_profiles
from electrochemistry.impedance._results import Alternative, Curve, ImpedanceFit
from electrochemistry.impedance._series import own_variance
from electrochemistry.impedance._spectra import Weighting
from shortrange_core import Provenance, Status, provenance
from shortrange_core.readings import joined, reading_of, source_note

CARRIED = ("temperature", "temperature_sd", "pressure", "sample", "time", "state")


def record_of(
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
    """The fit as it is given to a user: in the units of the elements, all spectra of the series in one."""
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
        if o >= 0 and place.free[i] and (statuses_of[n] in ("at_bound", "undetermined") or model.names[i] in profiled)
    }
    limits = find_profiles(models, per_spectrum, labels=labels, scales=scales, sds=sds)
    curves = tuple(map(_curve, models, per_spectrum, series))
    misses = [
        miss_of(curve, spectrum, own.weight, given=weighting == "noise")
        for curve, spectrum, own in zip(curves, series, models, strict=True)
    ]
    statuses_of = _with_misses(statuses_of, owner, misses)
    notes = fit_notes(
        dict(zip(entries, statuses_of, strict=True)),
        models,
        per_spectrum,
        labels=labels,
        misses=misses,
        solutions=solutions,
        alternatives=len(alternatives),
        message=result.message,
        trusted=result.status.trusted,
    )
    status = result.status
    if status.trusted and "misfit" in statuses_of:
        status = Status.MISFIT
    elif status.trusted:
        undetermined = any(s == "undetermined" for s in statuses_of)
        at_bound = any(s == "at_bound" for s in statuses_of)
        status = Status.UNDETERMINED if undetermined else Status.AT_BOUND if at_bound else Status.OK
    values, covariance = _in_units(place, index, x, matrix)
    reading = joined(map(reading_of, series))
    unknown = source_note(reading, "the spectra", "read the file that was measured, with read_impedance")
    facets = _facets(model, place, labels=labels, owner=owner, index=index, statuses_of=statuses_of)
    return ImpedanceFit(
        str(model), entries, facets, values, covariance,
        curves, labels, result.chi2, dof,
        "absolute" if weighting == "noise" else "scaled", weighting, alternatives, status,
        (*notes, *reading.notes, *unknown),
        Provenance(f"fit_circuit(spectra, {str(model)!r}, weighting={weighting!r})", reading.files, _versions()),
        limits,
    )  # fmt: skip


def _with_misses(
    statuses_of: Sequence[str], owner: npt.NDArray[np.intp], misses: Sequence[CircuitMiss | None]
) -> list[str]:
    """Statuses with ``misfit`` for what a spectrum has part in that its circuit misses grossly."""
    gross = [miss is not None and miss.gross for miss in misses]
    missed = [any(gross) if o < 0 else gross[o] for o in owner]
    return ["misfit" if own and status != "fixed" else status for own, status in zip(missed, statuses_of, strict=True)]


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
