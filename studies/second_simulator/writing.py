"""Instrument files of a series: JCAMP-DX (NMR), columns (Raman, FTIR), VAMAS (XPS), and the truth as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studies.second_simulator.nmr import Spectrometer
from studies.second_simulator.series import Glass, Series
from studies.second_simulator.truths import oxygen

Vector = npt.NDArray[np.float64]
SIMULATED = "simulated, no measurement"
ENDINGS = {"31P NMR": "31P.jdx", "Raman": "Raman.txt", "FTIR": "FTIR.csv", "O 1s XPS": "O1s.vms"}
FULL_SCALE = 1 << 20
COLUMNS = 6


def name_of(glass: Glass, technique: str) -> str:
    """File name of one spectrum."""
    return f"x{100 * glass.x:03.0f}_{ENDINGS[technique]}"


def write(series: Series, folder: Path) -> None:
    """All files of a series, and ``truth.json``, into an existing folder."""
    for glass in series.glasses:
        for technique, (axis, intensity) in glass.spectra.items():
            target = folder / name_of(glass, technique)
            if technique == "31P NMR":
                text = _jcamp(glass, axis, intensity, series.spectrometer)
            elif technique == "O 1s XPS":
                text = _vamas(glass, axis, intensity, series.settings.tables["constants"]["photon_energy"])
            else:
                text = _columns(glass, technique, axis, intensity)
            target.write_text(text, encoding="ascii")
    (folder / "truth.json").write_text(json.dumps(truth(series), indent=1) + "\n", encoding="utf-8")


def truth(series: Series) -> dict[str, object]:
    """Fractions and oxygen sites by glass, with every parameter that the spectra were made from."""
    return {
        "what": SIMULATED,
        "seed": series.seed,
        "faults": dict(series.settings.faults),
        "fractions": {
            f"x = {glass.x:.2f}": {**glass.amounts, **oxygen(series.settings, dict(glass.amounts))}
            for glass in series.glasses
        },
        "larmor_frequency": series.spectrometer.larmor,
        "spinning_rate": series.spectrometer.rate,
        "parameters": {f"x = {glass.x:.2f}": glass.parameters for glass in series.glasses},
    }


def _jcamp(glass: Glass, axis: Vector, intensity: Vector, spectrometer: Spectrometer) -> str:
    x, y = axis[::-1], intensity[::-1]
    unit = float(np.abs(y).max()) / FULL_SCALE
    whole = np.round(y / unit).astype(int)
    labels = [
        ("TITLE", f"{glass.formula} glass, {SIMULATED}"), ("JCAMP-DX", "5.00"), ("DATA TYPE", "NMR SPECTRUM"),
        ("ORIGIN", "second simulator of shortrange"), ("OWNER", "public domain"), (".OBSERVE NUCLEUS", "^31P"),
        (".OBSERVE FREQUENCY", f"{spectrometer.larmor:.6f}"), ("XUNITS", "PPM"), ("YUNITS", "ARBITRARY UNITS"),
        ("XFACTOR", "1"), ("YFACTOR", f"{unit:.12g}"), ("FIRSTX", f"{x[0]:.10g}"), ("LASTX", f"{x[-1]:.10g}"),
        ("DELTAX", f"{x[1] - x[0]:.12g}"), ("NPOINTS", str(x.size)), ("FIRSTY", f"{whole[0] * unit:.10g}"),
        ("XYDATA", "(X++(Y..Y))"),
    ]  # fmt: skip
    rows = [
        f"{x[start]:.8g} " + " ".join(map(str, whole[start : start + COLUMNS])) for start in range(0, x.size, COLUMNS)
    ]
    return "\n".join([f"##{label}={value}" for label, value in labels] + rows + ["##END=", ""])


def _columns(glass: Glass, technique: str, axis: Vector, intensity: Vector) -> str:
    title = f"# {glass.formula} glass, {SIMULATED}"
    if technique == "Raman":
        rows = [f"{x:.2f}\t{y:.0f}" for x, y in zip(axis, intensity, strict=True)]
        return "\n".join([title, "# Raman shift (cm-1)\tcounts", *rows, ""])
    rows = [f"{x:.2f},{y:.6f}" for x, y in zip(axis, intensity, strict=True)]
    return "\n".join([title, "wavenumber (cm-1),absorbance", *rows, ""])


def _vamas(glass: Glass, axis: Vector, counts: Vector, photon_energy: float) -> str:
    unknown = "Not Specified"
    experiment = [
        "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4", unknown, unknown, unknown,
        f"{glass.formula} glass", "1", SIMULATED, "NORM", "REGULAR", "1", *["0"] * 5, "1",
    ]  # fmt: skip
    block = [
        "O1s", f"{glass.formula} glass", "2000", "1", "1", "0", "0", "0", "0", "1", SIMULATED, "XPS", "Al",
        f"{photon_energy:g}", *["0"] * 5, "FAT", "20", "1E+37", "4.5", *["0"] * 5, "O", "1s", "-1", "binding energy",
        "eV", f"{axis[0]:.4f}", f"{axis[1] - axis[0]:.6f}", "1", "counts", "d", "pulse counting", "1", "1",
        *["0"] * 5, str(counts.size), f"{counts.min():.0f}", f"{counts.max():.0f}",
    ]  # fmt: skip
    return "\n".join([*experiment, *block, *(f"{value:.0f}" for value in counts), "end of experiment", ""])
