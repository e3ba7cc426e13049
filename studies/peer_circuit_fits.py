"""Circuit fits of measured spectra beside impedance.py and pyimpspec: the same data, weights, circuit and start.

Run with the Python of an environment that holds the two packages (they are no dependency of ours)::

    python studies/peer_circuit_fits.py ours fits.json        # with our environment: our fits, and the starts
    python studies/peer_circuit_fits.py peers fits.json       # with theirs: their fits, and the table

chi2 is the sum of squared relative residuals, |Z - model|^2 / |Z|^2, computed here by one formula from the parameters
of each; a circuit is written by us and translated. The start is off by a factor drawn from 0.5 to 2 in every resistance
and capacitance of our best fit (seed 0), the same for all three; ours runs from that one start alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

SERIES, TWO_ARCS = "eis/EISFitpython_temperature_series/Example-3-4__s04147-", "p(R1,CPE1)-p(R2,CPE2)-CPE3"
SPECTRA = {
    "impedance.py Circuit1_EIS_1": ("eis/impedancepy/Circuit1_EIS_1.z", None, "R0-p(R1,CPE1)"),
    "impedance.py Circuit2_EIS_1": ("eis/impedancepy/Circuit2_EIS_1.z", None, "R0-p(R1,CPE1)-p(R2,CPE2)"),
    "impedance.py Circuit3_EIS_1": ("eis/impedancepy/Circuit3_EIS_1.z", None, "R0-p(R1,CPE1)-p(R2,CPE2)"),
    "EISFitpython 140 C": (f"{SERIES}140deg.txt", None, TWO_ARCS),
    "EISFitpython 170 C": (f"{SERIES}170deg.txt", None, TWO_ARCS),
    "EISFitpython 200 C": (f"{SERIES}200deg.txt", None, TWO_ARCS),
    "PyEIS ex1, cycle 1": ("eis/PyEIS/ex1.mpt", "cycle 1", "R0-p(R1,CPE1)"),
    "PyEIS ex1, cycle 2": ("eis/PyEIS/ex1.mpt", "cycle 2", "R0-p(R1,CPE1)"),
    "yadg peis.issue_149, cycle 1": ("field/eis/peis.issue_149.mpt", "cycle 1", "R0-p(R1,CPE1)-p(R2,CPE2)"),
}  # fmt: skip


def _impedance(circuit: str, values: dict[str, float], omega: Any) -> Any:
    """Impedance of a series of R, CPE and p(R,CPE) by itself: none of the three judges itself."""
    z = np.zeros(omega.size, dtype=complex)
    for part in circuit.replace("p(", "").replace(")", "").split("-"):
        names = part.split(",")
        admittance = 0.0
        for name in names:
            if name.startswith("CPE"):
                own = values[f"{name}_Q"] * (1j * omega) ** values[f"{name}_n"]
            else:
                own = 1 / values[name]
            admittance = admittance + own
        z = z + 1 / admittance
    return z


def chi2(circuit: str, values: dict[str, float], frequency: Any, z: Any) -> float:
    """Sum of squared relative residuals."""
    return float(np.sum(np.abs((z - _impedance(circuit, values, 2 * np.pi * frequency)) / z) ** 2))


def ours(path: Path) -> None:
    """Our best fits, the starts, and our fits from them."""
    import electrochemistry as ec  # noqa: PLC0415  the peers run in an environment without ours

    data, out, rng = Path(os.environ["SHORTRANGE_DATA"]), {}, np.random.default_rng(0)
    for name, (file, block, text) in SPECTRA.items():
        spectrum = ec.read_impedance(data / file, block=block)
        spectrum = spectrum.isel(frequency=spectrum["impedance"].values.imag < 0)
        f, z = spectrum["frequency"].values, spectrum["impedance"].values
        model = ec.circuit(text)
        best = ec.fit_circuit(spectrum, text, check=False)
        start = {
            p.name: best.value(p.name) * (float(np.exp(rng.uniform(-np.log(2), np.log(2)))) if p.quantity.log else 1.0)
            for p in model.parameters
        }
        start = {key: min(value, 0.95) if key.endswith("_n") else value for key, value in start.items()}
        began = time.perf_counter()
        fit = ec.fit_circuit(spectrum, text, start=start, starts=0, check=False)
        seconds = time.perf_counter() - began
        found = {key: fit.value(key) for key in model.names}
        searched = {key: best.value(key) for key in model.names}
        out[name] = {
            "circuit": text, "frequency": f.tolist(), "real": z.real.tolist(), "imaginary": z.imag.tolist(),
            "start": start, "ours": chi2(text, found, f, z), "searched": chi2(text, searched, f, z), "seconds": seconds,
        }  # fmt: skip
    path.write_text(json.dumps(out))


def _by_impedance_py(row: dict[str, Any], f: Any, z: Any) -> dict[str, float]:
    from impedance.models.circuits import CustomCircuit  # noqa: PLC0415  of the other environment

    names, text = list(row["start"]), row["circuit"]
    fitted = CustomCircuit(text, initial_guess=[row["start"][name] for name in names])
    fitted.fit(f, z, weight_by_modulus=True)
    return dict(zip(names, map(float, fitted.parameters_), strict=True))


def _by_pyimpspec(row: dict[str, Any], f: Any, z: Any) -> dict[str, float]:
    import pyimpspec as pis  # noqa: PLC0415  of the other environment

    def written(name: str) -> str:
        start = row["start"]
        if name.startswith("CPE"):
            return f"Q{{Y={start[f'{name}_Q']:.12E},n={start[f'{name}_n']:.12f}}}"
        return f"R{{R={start[name]:.12E}}}"

    parts = row["circuit"].replace("p(", "(").split("-")
    code = "".join(
        "(" + "".join(written(name) for name in part.strip("()").split(",")) + ")" if "(" in part else written(part)
        for part in parts
    )
    data = pis.DataSet(frequencies=f[::-1], impedances=z[::-1])
    fit = pis.fit_circuit(pis.parse_cdc(code), data, method="least_squares", weight="modulus")
    values = [
        float(value) for element in fit.circuit.get_elements(flattened=True) for value in element.get_values().values()
    ]
    return dict(zip(row["start"], values, strict=True))


def peers(path: Path) -> None:
    """Their fits from the same starts, and the table."""
    print("| spectrum | circuit | points | ours | impedance.py | pyimpspec | ours, with its search |")
    print("|---|---|---|---|---|---|---|")
    for name, row in json.loads(path.read_text()).items():
        f = np.array(row["frequency"])
        z = np.array(row["real"]) + 1j * np.array(row["imaginary"])
        cells = []
        for fit in (_by_impedance_py, _by_pyimpspec):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    cells.append(f"{chi2(row['circuit'], fit(row, f, z), f, z):.5g}")
                except Exception as error:  # what a peer raises is its answer
                    cells.append(f"failed: {type(error).__name__}")
        own = (f"{row['ours']:.5g}", *cells, f"{row['searched']:.5g}")
        print(f"| {name} | `{row['circuit']}` | {f.size} | {' | '.join(own)} |")


if __name__ == "__main__":
    {"ours": ours, "peers": peers}[sys.argv[1]](Path(sys.argv[2]))
