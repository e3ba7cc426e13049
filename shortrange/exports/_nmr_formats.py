"""CSDM and JCAMP-DX: the curves of every spectrum in formats that other programs of the field read."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

import spectra
from shortrange.exports._content import Content, ExportedSpectrum, component_names

Array = npt.NDArray[np.float64]
EVEN = 1e-9  # of the step: an axis is stated by offset and increment
CSDM_UNITS = {"cm-1": "1/cm"}
JCAMP_TYPES = {"NMR": "NMR SPECTRUM", "Raman": "RAMAN SPECTRUM", "FTIR": "INFRARED SPECTRUM"}
JCAMP_UNITS = {"ppm": "PPM", "cm-1": "1/CM", "nm": "NANOMETERS"}


def curves_of(item: ExportedSpectrum) -> Iterator[tuple[str, Array]]:
    """Curves of a fit by name: data, model, background, residual, components."""
    curves: xr.Dataset = item.curves
    yield from ((name, np.asarray(curves[name].values, float)) for name in ("data", "model", "background", "residual"))
    for name, values in zip(component_names(curves), curves["component"].values, strict=True):
        yield f"component {name}", np.asarray(values, float)


def write_csdm(content: Content, folder: Path) -> list[Path]:
    """``csdm/NAME.csdf``, one per spectrum; 10.1371/journal.pone.0225953."""
    (folder / "csdm").mkdir()
    paths = []
    for name, item in content.items.items():
        axis = item.fit.model.axis
        unit = CSDM_UNITS.get(spectra.AXES[axis], spectra.AXES[axis])
        body = {
            "version": "1.0",
            "description": f"{content.title}: {item.sample}, {item.technique}, {item.file}",
            "dimensions": [{**_dimension(item.curves[axis].values, unit), "label": axis}],
            "dependent_variables": [_variable(title, values) for title, values in curves_of(item)],
        }
        paths.append(folder / "csdm" / f"{name}.csdf")
        paths[-1].write_text(json.dumps({"csdm": body}, indent=1, ensure_ascii=False), encoding="utf-8")
    return paths


def _dimension(x: Array, unit: str) -> dict[str, Any]:
    steps = np.diff(x)
    if np.ptp(steps) <= EVEN * abs(float(steps[0])):
        step = float(x[-1] - x[0]) / (x.size - 1)
        return {
            "type": "linear",
            "count": x.size,
            "increment": f"{step!r} {unit}",
            "coordinates_offset": f"{x[0]!s} {unit}",
        }
    return {"type": "monotonic", "coordinates": [f"{value!s} {unit}" for value in x.tolist()]}


def _variable(name: str, values: Array) -> dict[str, Any]:
    coded = base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode("ascii")
    return {
        "type": "internal", "name": name, "numeric_type": "float64", "quantity_type": "scalar",
        "encoding": "base64", "components": [coded],
    }  # fmt: skip


def write_jcamp(content: Content, folder: Path) -> list[Path]:
    """``jcamp/NAME.jdx``, one per spectrum: a compound file with one block per curve; 10.1366/0003702884428734."""
    (folder / "jcamp").mkdir()
    paths = []
    for name, item in content.items.items():
        blocks = list(curves_of(item))
        head = [
            f"##TITLE= {item.sample}, {item.technique}",
            "##JCAMP-DX= 4.24",
            "##DATA TYPE= LINK",
            f"##BLOCKS= {len(blocks) + 1}",
        ]
        text = "\n".join([*head, *(_block(title, item, values) for title, values in blocks), "##END=", ""])
        paths.append(folder / "jcamp" / f"{name}.jdx")
        paths[-1].write_text(text, encoding="ascii", errors="replace")
    return paths


def _block(name: str, item: ExportedSpectrum, y: Array) -> str:
    axis = item.fit.model.axis
    x = np.asarray(item.curves[axis].values, float)
    kind = spectra.technique_of(item.technique).kind
    unit = JCAMP_UNITS.get(spectra.AXES[axis], spectra.AXES[axis].upper())
    lines = [
        f"##TITLE= {name}: {item.sample}, {item.technique}", "##JCAMP-DX= 4.24",
        f"##DATA TYPE= {JCAMP_TYPES.get(kind, f'{kind} SPECTRUM')}", f"##ORIGIN= shortrange, from {item.file}",
        "##OWNER= as the measured file", f"##XUNITS= {unit}", "##YUNITS= ARBITRARY UNITS",
        f"##FIRSTX= {x[0]!s}", f"##LASTX= {x[-1]!s}", f"##NPOINTS= {x.size}", f"##FIRSTY= {y[0]!s}",
        "##XFACTOR= 1.0", "##YFACTOR= 1.0",
    ]  # fmt: skip
    if kind == "NMR" and item.technique != kind:
        lines.append(f"##.OBSERVE NUCLEUS= ^{item.technique.removesuffix(' NMR')}")
    points = (f"{a!s}, {b!s}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    return "\n".join([*lines, "##XYPOINTS= (XY..XY)", *points, "##END="])
