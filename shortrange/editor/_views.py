"""What a page is told: curves as numbers it can draw, lines with their values, and what the edit does to the glass."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

import spectra
import structure
from shortrange.editor._documents import LineChoice
from shortrange.edits import Edit
from shortrange.results import Structure
from shortrange_core.colours import colour_of
from shortrange_core.estimates import Estimates
from shortrange_core.shown_numbers import NORMAL, told_by_sd
from shortrange_core.written_labels import short_name
from spectra.models import OFFSET, identifier
from spectra.plots import AXIS_TITLES, REVERSED, sideband_spacing

NOT_DRAGGED = ("spinning_rate", "larmor_frequency")


def packed(values: npt.ArrayLike) -> str:
    """Numbers for the page: base64 of 32-bit floats, lowest byte first; a page needs no more digits to draw."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode("ascii")


def finite(value: float | None) -> float | None:
    """None for what JSON has no number for."""
    return None if value is None or not math.isfinite(value) else float(value)


def axis_view(model: spectra.Model) -> dict[str, Any]:
    """The axis as its field draws it."""
    title = AXIS_TITLES[model.axis].replace("$^{-1}$", "\u207b\u00b9")
    return {"title": title, "unit": spectra.AXES[model.axis], "reversed": model.axis in REVERSED}


def whole_view(whole: xr.Dataset, model: spectra.Model) -> dict[str, Any]:
    """The measured spectrum, inside and outside the fitted part."""
    return {"x": packed(whole[model.axis].values), "data": packed(whole["intensity"].values)}


def curves_view(fit: spectra.Fit) -> dict[str, Any]:
    """Data, noise, background and every component of the fitted part."""
    curves = fit.curves
    arrays = {name: packed(curves[name].values) for name in ("data", "noise", "background", "model")}
    arrays["x"] = packed(curves[fit.model.axis].values)
    rows = zip(curves["peak"].values, curves["component"].values, strict=True)
    return {**arrays, "components": {str(name): packed(row) for name, row in rows}}


def peaks_view(fit: spectra.Fit, first: spectra.Fit, edit: Edit, choices: Sequence[LineChoice]) -> list[dict[str, Any]]:
    """Every line: of the model, and those that are switched off."""
    by_hand = {peak.name for peak in edit.peaks}
    views = [_peak_view(peak, fit, edit, choices, by_hand) for peak in fit.model.peaks]
    shown = {peak["name"] for peak in views}
    named = {identifier(choice.counts): choice.counts for choice in choices}
    named |= {peak.name: peak.assignment for peak in first.model.peaks} | dict(edit.counts)
    waiting = [name for name in edit.off if name not in shown]
    return views + [_off_view(name, named.get(name, ""), name in by_hand) for name in waiting]


def _off_view(name: str, counts: str, hand: bool) -> dict[str, Any]:
    return {
        "name": name,
        "counts": counts,
        "label": short_name(counts) or name,
        "off": True,
        "hand": hand,
        "colour": colour_of(counts or name),
    }


def _peak_view(
    peak: spectra.Peak, fit: spectra.Fit, edit: Edit, choices: Sequence[LineChoice], by_hand: set[str]
) -> dict[str, Any]:
    values = _values(fit)
    linked = {left: str(right) for left, right in fit.model.linked().items()}
    own = {text.partition("=")[0].strip() for text in edit.ties}
    quantities = {}
    for parameter in peak.parameters:
        quantity = parameter.name[len(peak.name) + 1 :]
        if quantity in NOT_DRAGGED:
            continue
        value, sd = values[parameter.name]
        quantities[quantity] = {
            "value": finite(value),
            "sd": finite(sd),
            "fixed": not parameter.vary,
            "tie": linked.get(parameter.name, ""),
            "own": parameter.name in own,
        }
    return {
        "name": peak.name,
        "counts": peak.assignment,
        "label": short_name(peak.assignment) or peak.name.replace("_", " "),
        "colour": colour_of(peak.assignment or peak.name),
        "shape": peak.shape,
        "off": False,
        "hand": peak.name in by_hand,
        "width": "gauss_fwhm" if "gauss_fwhm" in quantities else "fwhm",
        "spacing": sideband_spacing({name: value for name, (value, _) in values.items()}, peak.name),
        "quantities": quantities,
        "pull": _pull_of(peak, fit, choices),
    }


def _values(fit: spectra.Fit) -> Mapping[str, tuple[float, float]]:
    return _with_sds(fit.parameters)


def _with_sds(table: Estimates) -> dict[str, tuple[float, float]]:
    pairs = zip(table.value.values.tolist(), table.sd.values.tolist(), strict=True)
    return dict(zip(table.entries, pairs, strict=True))


def _pull_of(peak: spectra.Peak, fit: spectra.Fit, choices: Sequence[LineChoice]) -> float | None:
    """How many sds of the library a line lies from what it is named, referencing offset taken off."""
    prior = next((choice.prior for choice in choices if choice.counts == peak.assignment), None)
    values = _values(fit)
    center = values.get(f"{peak.name}_center")
    if prior is None or center is None:
        return None
    return finite((center[0] - values.get(OFFSET, (0.0, 0.0))[0] - prior.mean) / prior.sd)


def choices_view(choices: Sequence[LineChoice]) -> list[dict[str, Any]]:
    """What lines may be named, with the published position."""
    return [
        {
            "counts": choice.counts,
            "label": short_name(choice.counts),
            "mean": None if choice.prior is None else finite(choice.prior.mean),
            "sd": None if choice.prior is None else finite(choice.prior.sd),
        }
        for choice in choices
    ]


def verdict_view(fit: spectra.Fit) -> dict[str, Any]:
    """How the fit ended and what is to be known about it."""
    return {
        "status": str(fit.status),
        "trusted": fit.status.trusted,
        "chi2": finite(fit.chi2),
        "dof": finite(fit.dof),
        "offset": finite(_values(fit).get(OFFSET, (0.0, 0.0))[0]),
        "notes": [{"code": n.code, "severity": str(n.severity), "text": n.text, "remedy": n.remedy} for n in fit.notes],
    }


def structure_view(glass: Structure | None, before: Structure | None) -> dict[str, Any]:
    """Fractions and oxygen of the glass now and as it was opened, and what contradicts."""
    if glass is None:
        return {"type": "structure", "rows": [], "status": "", "problem": ""}
    then = {} if before is None or before.solution is None else _fractions(before)
    rows = [
        {
            "label": label,
            "pretty": short_name(label),
            "value": value,
            "sd": sd,
            "before": then.get(label, (None, None))[0],
        }
        for label, (value, sd) in (_fractions(glass) if glass.solution is not None else {}).items()
    ]
    status = "contradiction" if glass.solution is None else str(glass.solution.status)
    return {
        "type": "structure",
        "sample": glass.sample,
        "composition": glass.composition,
        "rows": rows,
        "status": status,
        "trusted": glass.believed,
        "problem": glass.problem or (f"In doubt: it {glass.doubt}." if glass.doubt else ""),
        "widening": finite(glass.widening),
    }


def _fractions(glass: Structure) -> dict[str, tuple[float | None, float | None]]:
    """Fractions per network former, then oxygen where the glass has any."""
    solution = glass.solution
    assert solution is not None
    rows = _with_doubts(solution.fractions)
    if "O" in structure.composition(glass.composition).elements:
        for name in ("BO", "NBO", "BO/(BO + NBO)"):
            one = structure.value_of(solution, name)
            rows[name] = (float(one.value.item()), float(one.sd.item()))
    return {name: (finite(value), finite(sd)) for name, (value, sd) in rows.items()}


def _with_doubts(table: Estimates) -> dict[str, tuple[float, float]]:
    """Values with sds, or with those of a Gaussian whose interval is as wide where the sd does not tell it."""
    ends = (map(float, table.facets[f"interval_{end}"]) for end in ("lower", "upper"))
    return {
        name: (value, sd if told_by_sd(sd, low, high) else (high - low) / (2 * NORMAL))
        for (name, (value, sd)), low, high in zip(_with_sds(table).items(), *ends, strict=True)
    }
