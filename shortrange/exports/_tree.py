"""A netCDF tree by sample and technique that xarray opens and a person understands (docs/decisions/0001 says why the
record itself is none).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

import spectra
from shortrange.exports._content import Content, ExportedSpectrum, component_names
from shortrange.results import BASE


def write_tree(content: Content, folder: Path) -> list[Path]:
    """``tree.nc``: ``/SAMPLE`` has its fractions, ``/SAMPLE/TECHNIQUE`` curves, areas and parameters."""
    path = folder / "tree.nc"
    tree(content).to_netcdf(path, engine="h5netcdf")
    return [path]


def tree(content: Content) -> xr.DataTree:
    """The content as :class:`xarray.DataTree`.

    Parameters
    ----------
    content
        Of an analysis or a fit.
    """
    nodes: dict[str, xr.Dataset] = {"/": xr.Dataset(attrs={"title": content.title, **content.about})}
    fractions = content.tables.get("fractions")
    for glass in content.structures:
        if glass.reading == BASE and fractions is not None:
            rows = fractions[(fractions["sample"] == glass.sample) & (fractions["reading"] == BASE)]
            nodes[f"/{node(glass.sample)}"] = _fractions(rows, glass.composition, glass.x)
    for item in content.items.values():
        place = f"/{node(item.sample)}/{node(item.technique)}"
        number = 2
        while place in nodes:
            place, number = f"/{node(item.sample)}/{node(item.technique)} #{number}", number + 1
        nodes[place] = _spectrum(item)
    return xr.DataTree.from_dict(nodes)


def node(name: str) -> str:
    """A name as a group of netCDF: without the stroke that parts groups.

    Examples
    --------
    >>> node("Na/Li glass"), node("31P NMR")
    ('Na-Li glass', '31P NMR')
    """
    return name.replace("/", "-")


def _fractions(rows: pd.DataFrame, composition: str, x: float | None) -> xr.Dataset:
    numbers = ("value", "sd", "lower", "upper", "least", "greatest")
    columns: dict[str, Any] = {
        name: ("quantity", rows[name].to_numpy(float)) for name in numbers if name in rows.columns
    }
    columns |= {
        name: ("quantity", _texts(rows[name])) for name in ("verdict", "agreement", "misfits") if name in rows.columns
    }
    attributes = {"composition": composition, "unit": "per network former"} | ({} if x is None else {"x": x})
    return xr.Dataset(columns, coords={"quantity": _texts(rows["quantity"])}, attrs=attributes)


def _texts(values: Any) -> Any:
    return np.array([str(value) for value in values], dtype=object)


def _spectrum(item: ExportedSpectrum) -> xr.Dataset:
    fit, axis = item.fit, item.fit.model.axis
    curves, areas, parameters = item.curves, fit.areas, fit.parameters
    kept = curves[["data", "noise", "model", "background", "residual", "component"]].drop_vars(
        [name for name, value in curves.coords.items() if value.ndim == 0]
    )
    kept = kept.assign(
        area=("peak", areas.value.values),
        area_sd=("peak", areas.sd.values),
        area_covariance=(("peak", "peak_b"), areas.covariance.values),
        parameter_value=("parameter", parameters.value.values),
        parameter_sd=("parameter", parameters.sd.values),
        parameter_covariance=(("parameter", "parameter_b"), parameters.covariance.values),
    ).assign_coords(
        peak=_texts(curves["peak"].values),
        assignment=("peak", _texts(curves["assignment"].values)),
        line=("peak", _texts(component_names(curves))),
        parameter=_texts(parameters.entries),
    )
    kept[axis].attrs["units"] = spectra.AXES[axis]
    attributes = {"file": item.file, "status": str(fit.status), "chi2": fit.chi2, "dof": fit.dof}
    return kept.assign_attrs(attributes | {"units": str(curves.attrs.get("units", ""))})
