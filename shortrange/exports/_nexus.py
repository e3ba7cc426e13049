"""NeXus: one NXentry a spectrum with its NXfit, a NXpeak a line, parameters with sd and covariance.

Base classes NXfit, NXpeak, NXfit_function and NXparameters of the NeXus definitions (NIAC), https://manual.nexusformat.org.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import spectra
from shortrange.exports._content import Content, ExportedSpectrum, component_names
from spectra.shapes import WIDTHS

VALID = re.compile(r"[^A-Za-z0-9_]+")
UNITS = {"cm-1": "1/cm"}


def write_nexus(content: Content, folder: Path) -> list[Path]:
    """``results.nxs``."""
    path = folder / "results.nxs"
    with h5py.File(path, "w") as file:
        file.attrs["NX_class"] = "NXroot"
        entries = [_entry(file, name, item, content) for name, item in content.items.items()]
        file.attrs["default"] = entries[0]
    return [path]


def valid(name: str) -> str:
    """A name that NeXus allows: letters, digits and underscores.

    Examples
    --------
    >>> valid("x-0.15_31P-NMR")
    'x_0_15_31P_NMR'
    """
    return VALID.sub("_", name).strip("_")


def _group(parent: Any, name: str, kind: str, **attributes: Any) -> Any:
    group = parent.create_group(name)
    group.attrs["NX_class"] = kind
    for key, value in attributes.items():
        group.attrs[key] = value
    return group


def _field(group: Any, name: str, value: Any, unit: str = "", **attributes: Any) -> None:
    made = group.create_dataset(name, data=value)
    if unit:
        made.attrs["units"] = unit
    for key, text in attributes.items():
        made.attrs[key] = text


def _entry(file: h5py.File, name: str, item: ExportedSpectrum, content: Content) -> str:
    entry = _group(file, valid(name), "NXentry", default="fit")
    _field(entry, "title", f"{content.title}: {item.sample}, {item.technique}")
    sample = _group(entry, "sample", "NXsample")
    _field(sample, "name", item.sample)
    fit, curves, axis = item.fit, item.curves, item.fit.model.axis
    unit, intensity = UNITS.get(spectra.AXES[axis], spectra.AXES[axis]), str(curves.attrs.get("units", ""))
    process = _group(entry, "fit", "NXfit", default="data")
    _field(process, "program", "shortrange")
    _field(process, "version", content.about.get("version of shortrange", ""))
    _field(process, "label", f"{item.file}: {fit.status}")
    data = _group(process, "data", "NXdata", signal="input_dependent", axes=["input_independent"])
    data.attrs["auxiliary_signals"] = ["fit_sum", "residual"]
    _field(data, "input_independent", curves[axis].values, unit, long_name=f"{axis} ({spectra.AXES[axis]})")
    _field(data, "input_dependent", curves["data"].values, intensity)
    _field(data, "input_dependent_errors", curves["noise"].values, intensity)
    _field(data, "fit_sum", curves["model"].values, intensity)
    _field(data, "residual", curves["residual"].values, intensity)
    _field(
        process, "figure_of_merit_chi2", fit.chi2, metric="chi2: sum of squared residuals over the noise, priors too"
    )
    if fit.dof > 0:
        _field(process, "figure_of_merit_reduced_chi2", fit.chi2 / fit.dof, metric="chi2 per degree of freedom")
    _peaks(process, item, unit, intensity)
    _background(process, item, unit, intensity)
    _functions(process, item, unit, intensity)
    return valid(name)


def unit_of_quantity(quantity: str, unit: str, intensity: str) -> str:
    """Unit of a quantity of a line, from those of the axis and of the intensity; empty for numbers without one."""
    if quantity == "area":
        return f"{intensity} {unit}".strip()
    return unit if quantity == "center" or quantity in WIDTHS else ""


def _peaks(process: Any, item: ExportedSpectrum, unit: str, intensity: str) -> None:
    fit, curves = item.fit, item.curves
    areas = dict(zip(fit.areas.entries, fit.areas.value.values.tolist(), strict=True))
    for number, (line, name) in enumerate(zip(fit.model.peaks, component_names(curves), strict=True)):
        group = _group(process, f"peak_{valid(line.name)}", "NXpeak")
        _field(group, "label", name)
        _field(group, "total_area", areas[line.name], unit_of_quantity("area", unit, intensity))
        _curve(group, curves[fit.model.axis].values, curves["component"].values[number], unit, intensity)
        function = _group(group, "function", "NXfit_function")
        _field(function, "function_type", line.shape)
        _parameters(function, item, [parameter.name for parameter in line.parameters], unit, intensity)


def _background(process: Any, item: ExportedSpectrum, unit: str, intensity: str) -> None:
    curves = item.curves
    group = _group(process, "background_0", "NXpeak")
    _field(group, "label", "background")
    _curve(group, curves[item.fit.model.axis].values, curves["background"].values, unit, intensity)


def _curve(group: Any, x: Any, y: Any, unit: str, intensity: str) -> None:
    data = _group(group, "data", "NXdata", signal="intensity", axes=["position"])
    _field(data, "position", x, unit)
    _field(data, "intensity", y, intensity)


def _functions(process: Any, item: ExportedSpectrum, unit: str, intensity: str) -> None:
    fit = item.fit
    whole = _group(process, "global_fit_function", "NXfit_function")
    _field(
        whole, "formula_description", " + ".join(["background", *(f"peak_{valid(p.name)}" for p in fit.model.peaks)])
    )
    names = list(fit.parameters.entries)
    group = _parameters(whole, item, names, unit, intensity)
    _field(
        group, "covariance", fit.covariance, description="covariance of the parameters, in the order of covariance_of"
    )
    _field(group, "covariance_of", np.array(names, dtype=h5py.string_dtype()), description="names of its rows")
    error = _group(process, "error_function", "NXfit_function")
    _field(error, "description", "least squares with Gaussian priors and constraints")
    _field(error, "formula_description", "sum(((data - model)/noise)^2) + sum(((parameter - mean)/sd)^2 of priors)")


def _parameters(function: Any, item: ExportedSpectrum, names: list[str], unit: str, intensity: str) -> Any:
    fit = item.fit
    group = _group(function, "fit_parameters", "NXparameters")
    rows = {p.name: p for p in fit.model.all_parameters}
    quantities = dict(zip(fit.parameters.entries, fit.parameters.facets["quantity"], strict=True))
    values = dict(zip(fit.parameters.entries, fit.parameters.value.values.tolist(), strict=True))
    sds = dict(zip(fit.parameters.entries, fit.parameters.sd.values.tolist(), strict=True))
    for name in names:
        parameter = rows[name]
        attributes = {"error": sds[name], "min": parameter.lower, "max": parameter.upper, "initial": parameter.value}
        unit_of = unit_of_quantity(str(quantities[name]), unit, intensity)
        _field(
            group,
            valid(name),
            values[name],
            unit_of,
            vary=bool(parameter.vary),
            description=quantities[name],
            **attributes,
        )
    return group
