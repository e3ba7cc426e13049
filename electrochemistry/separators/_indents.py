"""Many indents of one material: means, scatter, and the moduli with the errors that all indents share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.stats import t as student

from electrochemistry.separators._indentation import Indentation, indentation
from electrochemistry.separators._indenter import Indent, Indenter
from electrochemistry.separators._pop_ins import MAD_EFFICIENCY, MAD_TO_SD, pop_ins
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.errors import Offenders
from shortrange_core.labels import named_twice
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import option

INDENT = "indent"
FEWEST = 3
OUTLYING_RATE = 0.01  # probability that indents of one normal scatter name one of them as outlying
Vector = npt.NDArray[np.float64]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Indents(Shown):
    """Hardness and moduli of a material from many indents.

    Parameters
    ----------
    table
        Over ``indent``: ``hardness``, ``indentation_modulus`` (GPa), each with ``_sd`` (of the noise of its unloading),
        ``contact_depth`` (nm), ``greatest_load`` (mN), ``exponent``, ``pop_ins`` (count), ``left_out`` (1: by name).
    estimates
        Entries ``hardness``, ``indentation_modulus``, ``youngs_modulus``, ``shear_modulus`` (GPa) of the indents that
        are not left out. Their covariance holds the error of the mean, and those of area function, shape factor and
        Poisson ratio, which no number of indents makes smaller.
    scatter
        The same entries without the shared errors: standard deviations of one indent, as papers print them.
    poisson_ratio, poisson_sd
        Of the sample, as assumed: an indent does not tell it.
    false_alarm
        Rate of the pop-in test per curve.
    notes
        What a user must know.
    """

    table: xr.Dataset
    estimates: Estimates
    scatter: Estimates
    poisson_ratio: float
    poisson_sd: float
    false_alarm: float
    notes: tuple[Note, ...]


def indents(
    curves: Sequence[Indent],
    *,
    indenter: Indenter,
    poisson_ratio: float,
    poisson_sd: float = 0.0,
    left_out: Sequence[str] = (),
    false_alarm: float = 0.01,
) -> Indents:
    r"""Hardness, Young's and shear modulus of a material from its indents.

    Parameters
    ----------
    curves
        From :func:`electrochemistry.read_indents`.
    indenter
        The tip.
    poisson_ratio, poisson_sd
        Of the sample: assumed, so that its error belongs to the moduli.
    left_out
        Names of indents that do not count.
    false_alarm
        Rate of the pop-in test per curve.

    Raises
    ------
    BadInput
        If there is no curve, a name occurs twice or is not known, a number is out of range, or a curve cannot be
        analysed (:func:`electrochemistry.indentation`); all offenders together.

    Notes
    -----
    :math:`E = E_\mathrm{IT}(1-\nu^2)`, :math:`G = E_\mathrm{IT}(1-\nu)/2` with :math:`E_\mathrm{IT}` the indentation
    modulus. The area function moves H as :math:`1/A` and the reduced modulus as :math:`1/\sqrt A`; both are computed
    anew with the changed area, so that the tip's own compliance counts.
    """
    _check(curves, poisson_ratio, poisson_sd, left_out)
    analysed = _analysed(curves, indenter)
    table = _table(curves, analysed, left_out, false_alarm)
    kept = np.flatnonzero(table.left_out.values == 0)
    counted = [curve for curve in curves if curve.name not in left_out]
    values = np.stack([table.hardness.values[kept], table.indentation_modulus.values[kept]])
    mean, of_one = values.mean(axis=1), np.cov(values) if kept.size > 1 else np.full((2, 2), np.nan)
    of_one = np.atleast_2d(of_one)
    shared = _shared(counted, indenter, mean)
    own = np.square([table.hardness_sd.values[kept], table.indentation_modulus_sd.values[kept]]).mean(axis=1)
    of_mean = of_one / kept.size if kept.size > 1 else np.diag(own)
    estimates = _moduli(mean, of_mean + shared, poisson_ratio, poisson_sd)
    scatter = _moduli(mean, of_one if kept.size > 1 else np.diag(own), poisson_ratio, 0.0)
    read = tuple(dict.fromkeys(note for curve in counted for note in curve.notes))
    notes = (*read, *_notes(table, analysed))
    return Indents(table, estimates, scatter, poisson_ratio, poisson_sd, false_alarm, notes)


def _check(curves: Sequence[Indent], poisson_ratio: float, poisson_sd: float, left_out: Sequence[str]) -> None:
    offenders = Offenders()
    names = [curve.name for curve in curves]
    repeated = named_twice(names)
    unknown = [name for name in left_out if name not in names]
    if not names:
        offenders.add("there is no indent; give at least one curve")
    if repeated:
        offenders.add(f"indents named {', '.join(repeated)} occur twice; give each its own name")
    if unknown:
        offenders.add(f"{option('leave_out')} {', '.join(unknown)}: no such indent; there are {', '.join(names[:20])}")
    if names and set(names) <= set(left_out):
        offenders.add(f"{option('leave_out')} leaves no indent; keep at least one")
    if not (-1 < poisson_ratio < 0.5 and 0 <= poisson_sd < 0.5):
        offenders.add(f"{option('poisson')} {poisson_ratio} with sd {poisson_sd}; it must be between -1 and 0.5")
    offenders.raise_if_any()


def _analysed(
    curves: Sequence[Indent], indenter: Indenter, *, area: float = 1.0, shape: float = 1.0
) -> list[Indentation]:
    function, factor = indenter.scaled(area=area, shape=shape)
    offenders = Offenders()
    analysed = []
    for curve in curves:
        try:
            analysed.append(
                indentation(
                    curve.depth,
                    curve.load,
                    area_function=function,
                    indenter_modulus=indenter.modulus,
                    indenter_poisson=indenter.poisson_ratio,
                    shape_factor=factor,
                )
            )
        except BadInput as error:
            offenders.add(f"indent {curve.name!r}: {error}")
    offenders.raise_if_any()
    return analysed


def _table(
    curves: Sequence[Indent], analysed: Sequence[Indentation], left_out: Sequence[str], false_alarm: float
) -> xr.Dataset:
    units = {
        "hardness": "GPa",
        "hardness_sd": "GPa",
        "indentation_modulus": "GPa",
        "indentation_modulus_sd": "GPa",
        "contact_depth": "nm",
        "exponent": "1",
    }
    columns = {
        name: (INDENT, np.array([getattr(each, name) for each in analysed], dtype=float), {"units": unit})
        for name, unit in units.items()
    }
    counts = [pop_ins(curve.depth, curve.load, false_alarm=false_alarm).sizes["pop_in"] for curve in curves]
    out = [int(curve.name in left_out) for curve in curves]
    columns |= {
        "greatest_load": (INDENT, np.array([float(np.max(curve.load)) for curve in curves]), {"units": "mN"}),
        "pop_ins": (INDENT, np.array(counts, dtype=np.int64), {"units": "1"}),
        "left_out": (INDENT, np.array(out, dtype=np.int64), {"units": "1"}),
    }
    return xr.Dataset(columns, coords={INDENT: [curve.name for curve in curves]})


def _shared(curves: Sequence[Indent], indenter: Indenter, mean: Vector) -> Vector:
    """Covariance of mean hardness and modulus by what all indents share: area function and shape factor."""
    total = np.zeros((2, 2))
    relative = {"area": indenter.area_sd, "shape": indenter.shape_factor_sd / indenter.shape_factor}
    for name, sd in relative.items():
        if sd > 0:
            moved = _analysed(curves, indenter, **{name: 1 + sd})
            change = np.array([np.mean([each.hardness for each in moved]), 0.0]) - mean
            change[1] = np.mean([each.indentation_modulus for each in moved]) - mean[1]
            total += np.outer(change, change)
    return total


def _moduli(mean: Vector, covariance: Vector, poisson_ratio: float, poisson_sd: float) -> Estimates:
    def all_moduli(x: Vector) -> Vector:
        hardness, modulus, ratio = x
        return np.array([hardness, modulus, modulus * (1 - ratio**2), modulus * (1 - ratio) / 2])

    joint = np.zeros((3, 3))
    joint[:2, :2], joint[2, 2] = covariance, poisson_sd**2
    inputs = Estimates.build(["hardness", "indentation_modulus", "poisson_ratio"], [*mean, poisson_ratio], joint)
    names = ["hardness", "indentation_modulus", "youngs_modulus", "shear_modulus"]
    return inputs.propagate(all_moduli, names, unit=["GPa"] * 4)


def _notes(table: xr.Dataset, indents: Sequence[Indentation]) -> tuple[Note, ...]:
    notes = []
    for code in ("unloading-unusual", "unloading-misfit"):
        named = [
            (str(name), note)
            for name, each in zip(table[INDENT].values, indents, strict=True)
            for note in each.notes
            if note.code == code
        ]
        if named:
            first = named[0]
            text = (
                f"{len(named)} of {len(indents)} indents ({', '.join(name for name, _ in named[:8])}): {first[1].text}"
            )
            notes.append(Note(code, Severity.WARNING, text, first[1].remedy))
    kept = table.isel({INDENT: np.flatnonzero(table.left_out.values == 0)})
    outlying = sorted(set(_outlying(kept, "hardness")) | set(_outlying(kept, "indentation_modulus")))
    if outlying:
        text = f"indents {', '.join(outlying)} are outliers: {OUTLYING_RATE:.0%} of series of one scatter have such"
        notes.append(
            Note("indent-outlying", Severity.WARNING, text, f"check them; {option('leave_out')} excludes them")
        )
    if kept.sizes[INDENT] < FEWEST:
        text = f"only {counted(kept.sizes[INDENT], 'indent')} are used: the scatter says little about the material"
        notes.append(Note("few-indents", Severity.WARNING, text, f"measure {FEWEST} or more, at places far apart"))
    return tuple(notes)


def _outlying(table: xr.Dataset, name: str) -> list[str]:
    values = table[name].values
    if values.size < 2 * FEWEST:
        return []
    away = np.abs(values - np.median(values))
    limit = MAD_TO_SD * float(np.median(away))
    limit *= float(student.isf(OUTLYING_RATE / (2 * values.size), max(MAD_EFFICIENCY * values.size, 1.0)))
    return [str(label) for label in table[INDENT].values[away > limit]] if limit > 0 else []
