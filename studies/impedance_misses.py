"""Circuits that miss: false alarms and detections; ``python studies/impedance_misses.py N [FOLDER]``.

Simulated cells of two arcs (time constants 10 to 1000 apart) and a blocking electrode, drawn at random, with noise of
0.1 to 5 % and an inductance of 0 to 10 % of the impedance at the highest frequency, fitted by the right circuit and by
simpler ones; by the right one with noise up to 30 % too. With the folder of measured files, the circuits that their
sources name and simpler ones too.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

import electrochemistry as ec

F = np.logspace(-1, 6.7, 60)
STARTS = 8
RIGHT = "p(R1,CPE1)-p(R2,CPE2)-CPE3"
SIMPLER = {
    "p(R1,CPE1)-CPE3": "R1",
    "p(R1,C1)-CPE3": "R1",
    "p(R1,C1)-C3": "R1",
    "R1-p(R2,CPE2)": "R1 + R2",
    "R1-CPE3": "R1",
    "R0": "R0",
}
DISC = ec.geometry(thickness=0.1, diameter=1.0)
SERIES = "eis/EISFitpython_temperature_series/Example-3-4__s04147-"
ONE, TWO = "R0-p(R1,CPE1)", "R0-p(R1,CPE1)-p(R2,CPE2)"
MEASURED = (
    *((f"eis/impedancepy/Circuit{c}_EIS_{n}.z", None, (TWO, ONE, "R0")) for c in (1, 2, 3) for n in (1, 2)),
    *((f"{SERIES}{t}deg.txt", None, (RIGHT, "p(R1,CPE1)-CPE3", "p(R1,C1)-C3", "R0")) for t in range(140, 201, 10)),
    *((f"eis/PyEIS/ex{n}.mpt", f"cycle {c}", (TWO, ONE, "R0")) for n in (1, 2) for c in (1, 2)),
    ("field/eis/peis.issue_149.mpt", "cycle 1", (TWO, ONE, "R0")),
    ("field/eis/data.dta", None, ("R0-p(R1,C1)-p(R2,W1)", ONE, "R0")),
    ("eis/impedancepy/exampleData.csv", None, ("R0-p(R1,C1)-p(R2-Wo1,C2)", ONE, "R0")),
)

VIOLATING = (
    "eis/cheminfo_biologic/peis.mpt",
    "eis/impedancepy/exampleDataParstat.txt",
    "eis/impedancepy/exampleDataPowersuite.txt",
)
"""Of the files that violate Kramers-Kronig by more than a fifth, those that are no damaged copy."""


def cell(seed: int, noise: float | None = None) -> tuple[xr.Dataset, float]:
    """A spectrum, of drawn noise where none is given, and its R1 + R2."""
    rng = np.random.default_rng(seed)

    def drawn(lower: float, upper: float) -> float:
        return float(np.exp(rng.uniform(np.log(lower), np.log(upper))))

    first = drawn(1e2, 1e5)
    values = {"R1": first, "R2": first * drawn(0.1, 3.0)}
    tau = drawn(2e-7, 1e-5)
    values |= {"CPE1_n": rng.uniform(0.8, 1.0), "CPE2_n": rng.uniform(0.7, 0.95)}
    values["CPE1_Q"] = tau ** values["CPE1_n"] / values["R1"]
    values["CPE2_Q"] = (tau * drawn(10.0, 1000.0)) ** values["CPE2_n"] / values["R2"]
    z = ec.circuit(RIGHT).impedance(F, values | {"CPE3_Q": 1e-6, "CPE3_n": rng.uniform(0.7, 0.95)})
    z = z + 1j * rng.choice([0.0, 0.02, 0.05, 0.1]) * abs(z[-1]) * F / F[-1]
    level = drawn(1e-3, 0.05) if noise is None else noise
    z = z + level * np.abs(z) * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
    return ec.spectrum_from_arrays(F, z), values["R1"] + values["R2"]


def word(fit: ec.ImpedanceFit) -> str:
    """What is said of the misses."""
    return next((str(note.severity) for note in fit.notes if note.code == "impedance-misfit"), "nothing")


def simulated(count: int) -> Iterator[str]:
    """One row a circuit: of all cells, what was said; and totals called determined that are off by a factor of two."""
    said = defaultdict[str, dict[str, int]](lambda: dict.fromkeys(("nothing", "warning", "error", "off, nothing"), 0))
    for seed in range(count):
        spectrum, truth = cell(seed)
        for circuit, total in {RIGHT: "R1 + R2", **SIMPLER}.items():
            fit = ec.fit_circuit(spectrum, circuit, check=False, starts=STARTS)
            said[circuit][word(fit)] += 1
            ohm = ec.conductivity(fit, DISC, resistances={"total": total}).resistance
            off = ohm.facets["status"] == ("determined",) and abs(np.log(ohm.value.item() / truth)) > np.log(2)
            said[circuit]["off, nothing"] += bool(off and word(fit) == "nothing")
    yield "| circuit | nothing | warning | no result | off by a factor of two, and nothing said |"
    yield "|---|---|---|---|---|"
    for circuit, own in said.items():
        yield f"| `{circuit}` | {' | '.join(map(str, own.values()))} |"


def noisy(count: int) -> Iterator[str]:
    """One row a noise: the right circuit, what is said of it, and totals that would be determined without."""
    yield "| noise / % | nothing | warning | no result | totals with a sd | in their interval | median over truth |"
    yield "|---|---|---|---|---|---|---|"
    for noise in (0.05, 0.1, 0.14, 0.2, 0.3):
        said, ratios, held = Counter[str](), [], []
        for seed in range(count):
            spectrum, truth = cell(seed, noise)
            fit = ec.fit_circuit(spectrum, RIGHT, check=False, starts=STARTS)
            said[word(fit)] += 1
            total = fit.parameters.linear([[float(name in ("R1", "R2")) for name in fit.entries]], ["total"])
            value, relative = total.value.item(), total.sd.item() / total.value.item()
            if relative < 0.5:
                ratios.append(value / truth)
                held.append(abs(np.log(value / truth)) < 1.96 * relative)
        told = " | ".join(str(said[own]) for own in ("nothing", "warning", "error"))
        yield f"| {100 * noise:g} | {told} | {len(held)} | {np.mean(held):.2f} | {np.median(ratios):.2f} |"


def measured(folder: Path) -> Iterator[str]:
    """One row a file: what is said of every circuit, the one of its source first, and the size of its misses."""
    yield "| file | circuit: misses, what is said |\n|---|---|"
    columns = ec.Columns(0, 1, 2, negative_imaginary=False)
    for file, block, circuits in (*MEASURED, *((file, None, (TWO, ONE, "R0")) for file in VIOLATING)):
        spectrum = ec.read_impedance(folder / file, block=block, columns=columns if "exampleData.csv" in file else None)
        told = []
        for circuit in circuits:
            fit = ec.fit_circuit(spectrum, circuit, check=False)
            size = 100 * float(np.sqrt(np.mean(np.abs(fit.fits[0].residual) ** 2)))
            told.append(f"`{circuit}`: {size:.2g} %, {word(fit)}")
        yield f"| {Path(file).name}{f', {block}' if block else ''} | {'; '.join(told)} |"


if __name__ == "__main__":
    for line in simulated(int(sys.argv[1])):
        print(line, flush=True)
    for line in noisy(int(sys.argv[1])):
        print(line, flush=True)
    for line in measured(Path(sys.argv[2])) if len(sys.argv) > 2 else ():
        print(line, flush=True)
