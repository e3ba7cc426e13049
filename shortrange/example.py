"""The built-in example: write the simulated series as instrument files, with a recipe and the truth beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

import reference_peaks
from reference_peaks import Prior
from shortrange import simulation
from shortrange.simulation import SimulatedSeries, SimulatedSpectrum
from shortrange_core.errors import BadInput

DEFAULT_SEED = 20
CATION, PHASE = "Na", "glass"
SCALES = {"31P NMR": "NaH2PO4", "O 1s XPS": "C 1s 284.8"}
LIBRARY_LINES = {
    "31P NMR": ("P:S4", "P:S2O2", "P:SO3", "P:O4", "P:S3~P"),
    "Raman": ("P:S4", "P:S3~P", "S-S"),
    "O 1s XPS": ("BO", "NBO"),
}
SUFFIXES = {"31P NMR": "31P.jdx", "Raman": "Raman.txt", "FTIR": "FTIR.csv", "O 1s XPS": "O1s.vms"}
SIMULATED = "simulated data, no measurement"


def example_priors() -> dict[str, dict[str, Prior]]:
    """Priors of the library that the example's line positions are drawn from, by technique and line."""
    library = reference_peaks.load()
    return {
        technique: library.priors(technique, lines, cation=CATION, phase=PHASE, scale=SCALES.get(technique))
        for technique, lines in LIBRARY_LINES.items()
    }


def composition_text(x: float) -> str:
    """Formula of the glass with oxygen content ``x``.

    Examples
    --------
    >>> composition_text(0.15)
    'Na3PS3.85O0.15'
    """
    return f"Na3PS{4 - x:g}" + (f"O{x:g}" if x else "")


def write_example(folder: str | os.PathLike[str], *, seed: int = DEFAULT_SEED) -> Path:
    """Write the simulated series: sixteen instrument files, ``recipe.toml`` and ``truth.json``.

    Parameters
    ----------
    folder
        A new or empty folder.
    seed
        Seed of the simulation.

    Returns
    -------
    Path
        The recipe.

    Raises
    ------
    BadInput
        If the folder holds something already, or cannot be made.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(f"{str(folder)!r}: is not an empty folder; name a new one, so that nothing is overwritten")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{str(folder)!r}: cannot be made ({error.strerror}); name another folder") from error
    series = simulation.simulate_series(example_priors(), seed=seed)
    for (x, technique), spectrum in series.spectra.items():
        _WRITERS[technique](target / file_name(x, technique), spectrum, x)
    (target / "truth.json").write_text(json.dumps(_truth(series), indent=1) + "\n", encoding="utf-8")
    recipe = target / "recipe.toml"
    recipe.write_text(_recipe(seed), encoding="utf-8")
    return recipe


def file_name(x: float, technique: str) -> str:
    """Name of the instrument file of one spectrum."""
    return f"x{100 * x:03.0f}_{SUFFIXES[technique]}"


def _truth(series: SimulatedSeries) -> dict[str, object]:
    return {
        "what": SIMULATED,
        "seed": series.seed,
        "fractions": {f"x = {x:.2f}": dict(values) for x, values in series.fractions.items()},
        "positions": {f"{technique} {line}": value for (technique, line), value in series.positions.items()},
        "referencing_offsets": {f"x = {x:.2f} {t}": s.offset for (x, t), s in series.spectra.items()},
    }


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _write_jcamp(path: Path, spectrum: SimulatedSpectrum, x: float) -> None:
    axis, intensity = spectrum.x[::-1], spectrum.intensity[::-1]
    factor = float(np.abs(intensity).max()) / 2e6
    ordinates = np.rint(intensity / factor).astype(int)
    step = float(axis[1] - axis[0])
    header = {
        "TITLE": f"{composition_text(x)} glass, {SIMULATED}",
        "JCAMP-DX": "5.00",
        "DATA TYPE": "NMR SPECTRUM",
        "ORIGIN": "shortrange example",
        "OWNER": "public domain",
        ".OBSERVE FREQUENCY": f"{simulation.LARMOR_MHZ}",
        ".OBSERVE NUCLEUS": "^31P",
        ".SHIFT REFERENCE": "EXTERNAL, NaH2PO4, 1, 0.0",
        "XUNITS": "PPM",
        "YUNITS": "ARBITRARY UNITS",
        "XFACTOR": "1",
        "YFACTOR": f"{factor:.12g}",
        "FIRSTX": f"{axis[0]:.10g}",
        "LASTX": f"{axis[-1]:.10g}",
        "DELTAX": f"{step:.12g}",
        "NPOINTS": f"{axis.size}",
        "FIRSTY": f"{ordinates[0] * factor:.10g}",
        "XYDATA": "(X++(Y..Y))",
    }
    rows = [
        f"{axis[start]:.8g} " + " ".join(str(y) for y in ordinates[start : start + 8])
        for start in range(0, axis.size, 8)
    ]
    path.write_text(_text([f"##{key}={value}" for key, value in header.items()] + rows + ["##END="]), encoding="ascii")


def _write_columns(path: Path, spectrum: SimulatedSpectrum, header: Iterable[str], separator: str) -> None:
    rows = (f"{x:.4f}{separator}{y:.8g}" for x, y in zip(spectrum.x, spectrum.intensity, strict=True))
    path.write_text(_text([*header, *rows]), encoding="ascii")


def _write_raman(path: Path, spectrum: SimulatedSpectrum, x: float) -> None:
    header = (f"# {composition_text(x)} glass, {SIMULATED}", "# Raman shift (cm-1)\tcounts")
    _write_columns(path, spectrum, header, "\t")


def _write_ftir(path: Path, spectrum: SimulatedSpectrum, x: float) -> None:
    header = (f"# {composition_text(x)} glass, {SIMULATED}", "wavenumber (cm-1),absorbance")
    _write_columns(path, spectrum, header, ",")


def _write_vamas(path: Path, spectrum: SimulatedSpectrum, x: float) -> None:
    energy, counts = spectrum.x, spectrum.intensity
    experiment = [
        "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4",
        "Not Specified", "Not Specified", "Not Specified", f"{composition_text(x)} glass", "1", SIMULATED,
        "NORM", "REGULAR", "1", "0", "0", "0", "0", "0", "1",
    ]  # fmt: skip
    block = [
        "O1s", f"{composition_text(x)} glass", "2000", "1", "1", "0", "0", "0", "0", "1", SIMULATED,
        "XPS", "Al", f"{simulation.PHOTON_ENERGY}", "0", "0", "0", "0", "0",
        "FAT", "20", "1E+37", "4.5", "0", "0", "0", "0", "0",
        "O", "1s", "-1", "binding energy", "eV", f"{energy[0]:.4f}", f"{energy[1] - energy[0]:.6f}",
        "1", "counts", "d", "pulse counting", "1", "1", "0", "0", "0", "0", "0",
        f"{counts.size}", f"{counts.min():.0f}", f"{counts.max():.0f}",
    ]  # fmt: skip
    path.write_text(_text([*experiment, *block, *(f"{c:.0f}" for c in counts), "end of experiment"]), encoding="ascii")


_WRITERS = {"31P NMR": _write_jcamp, "Raman": _write_raman, "FTIR": _write_ftir, "O 1s XPS": _write_vamas}


def _recipe(seed: int) -> str:
    template = Path(__file__).with_name("data") / "example_recipe.toml"
    samples = []
    for x in simulation.FRACTIONS:
        samples.append(f'[[samples]]\nname = "x = {x:.2f}"\ncomposition = "{composition_text(x)}"\nx = {x}')
        samples += [
            f'[[samples.spectra]]\nfile = "{file_name(x, technique)}"\ntechnique = "{technique}"'
            for technique in SUFFIXES
        ]
    return template.read_text(encoding="utf-8").replace("seed = 0", f"seed = {seed}") + "\n" + _text(samples)


def read_truth(folder: str | os.PathLike[str]) -> Mapping[str, Mapping[str, float]]:
    """True fractions by sample name, from the ``truth.json`` beside an example's recipe."""
    stored = json.loads((Path(folder) / "truth.json").read_text(encoding="utf-8"))
    return {str(sample): dict(values) for sample, values in stored["fractions"].items()}
