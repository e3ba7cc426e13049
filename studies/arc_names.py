"""Do arcs of a temperature series keep their names: ``python -m studies.arc_names KIND FIRST STOP``.

KIND is ``leaves`` (bulk and grain boundary leave the window as the sample warms up, so that a fit has an arc too many)
or ``inside`` (both stay in it). An arc is told where its capacitance is known to 0.3 decades and lies within 0.35 of
one true capacitance and not of the other; it is wrong where it has the name that the other arc has elsewhere.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import xarray as xr

import electrochemistry as ec

CIRCUITS = ("p(R1,CPE1)-p(R2,CPE2)-CPE3", "R0-p(R1,CPE1)-p(R2,CPE2)-CPE3")
KELVIN = np.linspace(298.0, 363.0, 7)
GAS_CONSTANT = 8.314
KNOWN, NEAR, APART = 0.3, 0.35, 0.5  # decades


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """Spectra of one sample, the circuit, and log10 of the true capacitances of its two arcs."""

    spectra: list[xr.Dataset]
    circuit: str
    capacitances: tuple[float, float]


def case(seed: int, kind: str) -> Case:
    """A bulk, a grain boundary and a blocking electrode with drawn sizes, energies and noise."""
    rng = np.random.default_rng(seed)
    text = CIRCUITS[int(rng.random() < 0.5)]
    leaves = kind == "leaves"
    frequency = np.logspace(0, 6, 49) if leaves else np.logspace(0, 7.5, 61)
    energies, noise = rng.uniform(35e3, 55e3, 2), 10 ** rng.uniform(-3, -2)
    logs = (rng.uniform(-10.6, -10.0), rng.uniform(-9.0, -8.2))
    exponents = (rng.uniform(0.93, 1.0), rng.uniform(0.88, 0.97))
    sizes = [(3.3, 4.0), (3.0, 3.8)] if leaves else [(4.2, 5.0), (4.0, 5.0)]
    room = [10 ** rng.uniform(*size) for size in sizes]
    spectra = []
    for kelvin in KELVIN:
        values = {"R0": 1.0, "CPE3_Q": 2e-6, "CPE3_n": 0.85}
        for number, (ohm, energy, log, n) in enumerate(zip(room, energies, logs, exponents, strict=True), start=1):
            r = ohm * np.exp(energy / GAS_CONSTANT * (1 / kelvin - 1 / KELVIN[0]))
            values |= {f"R{number}": r, f"CPE{number}_n": n, f"CPE{number}_Q": 10 ** (log * n) * r ** (n - 1)}
        model = ec.circuit(text)
        z = model.impedance(frequency, {name: float(values[name]) for name in model.names})
        z = z + noise * np.abs(z) * (rng.normal(size=z.size) + 1j * rng.normal(size=z.size))
        spectra.append(ec.spectrum_from_arrays(frequency, z, temperature=float(kelvin)))
    return Case(spectra, text, logs)


def names(own: Case) -> list[str]:
    """Two letters a spectrum, one an arc: ``=`` by its name, ``x`` by the other's, ``.`` not told."""
    fit = ec.fit_circuit(own.spectra, own.circuit, starts=16, check=False)
    found = ec.arcs(fit, ec.Geometry(0.1, 1.0)).capacitances
    value, sd = (
        dict(zip(found.entries, found.value.values, strict=True)),
        dict(zip(found.entries, found.sd.values, strict=True)),
    )
    keys = [[f"R{k} through thickness[{label}]" for k in (1, 2)] for label in fit.labels]
    return ["".join(_name(value[key], sd[key], k, own) for k, key in enumerate(pair)) for pair in keys]


def _name(value: float, sd: float, number: int, own: Case) -> str:
    if not (value > 0 and sd < KNOWN * value * np.log(10)):
        return "."
    far = [abs(np.log10(value) - log) for log in own.capacitances]
    if min(far) > NEAR or abs(far[0] - far[1]) < APART:
        return "."
    return "=" if int(np.argmin(far)) == number else "x"


def main() -> None:
    """Print every series, then the counts."""
    kind, first, stop = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    told = wrong = exchanged = 0
    for seed in range(first, stop):
        marks = "".join(row := names(case(seed, kind)))
        least = min(marks.count("="), marks.count("x"))  # which arc is called the first is free, but once
        told, wrong, exchanged = told + len(marks) - marks.count("."), wrong + least, exchanged + (least > 0)
        sys.stdout.write(f"{seed} {' '.join(row)}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{kind}: {exchanged} of {stop - first} series exchange names; {wrong} of {told} arcs\n")


if __name__ == "__main__":
    main()
