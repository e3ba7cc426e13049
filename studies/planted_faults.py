"""Faults that are planted on purpose: how large they must be to be seen at all, and which look alike.

OMP_NUM_THREADS=1 python -m studies.planted_faults signatures [--first 0] [--number 8] [--arm clean]
OMP_NUM_THREADS=1 python -m studies.planted_faults run STORE_OF_A_FAULT --fault phase [--number 1] [--detectability 25]
OMP_NUM_THREADS=1 python -m studies.planted_faults power CLEAN_STORE STORE [STORE ...]

`signatures` linearises the expected spectra of the second glass of a series (the one that every fault touches) in each
fault, projects out amounts inside the balances and every nuisance parameter with its law, and prints the amplitude of
which lambda, the squared norm of what is left in units of the noise, is 25, and the cosines between what is left of two
faults. Above 0.8 nothing tells them apart. `run` analyses series with one fault at the amplitude of a lambda, `power`
counts warnings that clean series do not carry, remarks left out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studies.second_simulator import Glass, Series, nmr, numbers, oracle, raman, settings, simulate, truths, xps
from studies.series_calibration import read, run

Vector = npt.NDArray[np.float64]
STEPS = {
    "unit": 0.005,
    "phase": 0.5,
    "t1": 0.05,
    "composition": 0.005,
    "rate": 0.005,
    "raman_swapped": 0.05,
    "charge": 0.05,
}
"""Amplitudes of the derivatives, in the units of ``numbers.toml``."""
SECOND = 1
DETECTABILITY = 25.0
STRANGER = {"gauss": 8.0, "zeta": 80.0, "eta": 0.5, "skew": 0.0}
"""Shape of the unit that nobody listed: the middle of the laws."""


def seen(series: Series, glass: Glass, fault: str = "", amplitude: float = 0.0) -> Vector:
    """Expected spectra of a glass in units of the noise, one after another, with a fault."""
    amounts = dict(glass.amounts)
    if fault in ("unit", "composition"):
        for label, change in _moved(series, glass, fault, amplitude).items():
            amounts[label] = amounts.get(label, 0.0) + change
    shown = amounts
    if fault == "raman_swapped":
        shown = {u: (1 - amplitude) * a + amplitude * series.glasses[-1].amounts[u] for u, a in amounts.items()}
    return np.concatenate(
        [
            _nmr(series, glass, amounts, fault, amplitude),
            _raman(series, glass, shown),
            _xps(series, glass, amounts, amplitude if fault == "charge" else 0.0),
        ]
    )


def _moved(series: Series, glass: Glass, fault: str, amplitude: float) -> dict[str, float]:
    """Least changes of the amounts that keep the balances beside a stranger, or follow another oxygen content."""
    labels, matrix, _ = truths.balances(series.settings, glass.x)
    (stranger, unit), *_ = numbers()["unlisted"].items()
    wanted = np.array([0.0, 1.0, -1.0, 0.0])
    if fault == "unit":
        wanted = -np.array([1.0, unit["O"], unit["S"], unit["charge"]])
    changes = dict(zip(labels, amplitude * np.linalg.lstsq(matrix, wanted, rcond=None)[0], strict=True))
    return changes | ({stranger: amplitude} if fault == "unit" else {})


def _nmr(series: Series, glass: Glass, amounts: dict[str, float], fault: str, amplitude: float) -> Vector:
    made, spectrometer, table = series.settings, series.spectrometer, series.settings.tables["nmr"]
    parameters = dict(glass.parameters["31P NMR"])
    clean = nmr.weights(made, glass.amounts, parameters)
    _, sd = oracle.clean_and_noise(parameters, clean, spectrometer)
    weight = nmr.weights(made, amounts, parameters)
    (stranger, _), *_ = numbers()["unlisted"].items()
    if stranger in amounts:
        place = series.settings.tables["fault_numbers"]["unlisted_shift"]
        parameters |= {f"{stranger} {name}": value for name, value in (STRANGER | {"center": place}).items()}
        weight[stranger] = amounts[stranger]
    if fault == "t1":  # relative to an amplitude of 0, where all keep the same share
        kept = nmr.weights(replace(made, faults={"t1": amplitude}), amounts, parameters)
        weight = {unit: value / (1 - np.exp(-1)) for unit, value in kept.items()}
    if fault == "rate":
        spectrometer = replace(spectrometer, rate=spectrometer.rate * (1 + amplitude))
    if fault == "phase":
        parameters["phase"] += amplitude
    zero_filling = min(int(parameters["zero_filling"]), 2)
    signal = nmr.decay(parameters, weight, spectrometer)
    axis, found = nmr.transform(signal, spectrometer, zero_filling=zero_filling, phase=nmr.phase_of(parameters, clean))
    low, high = table["window"]
    return found[(axis >= low) & (axis <= high)] / sd


def _raman(series: Series, glass: Glass, amounts: dict[str, float]) -> Vector:
    axis, counts = glass.spectra["Raman"]
    parameters = dict(glass.parameters["Raman"])
    scale = parameters["peak_counts"] / raman.expected(series.settings, glass.amounts, parameters, axis).max()
    return scale * raman.expected(series.settings, amounts, parameters, axis) / np.sqrt(np.maximum(counts, 1.0))


def _xps(series: Series, glass: Glass, amounts: dict[str, float], shift: float) -> Vector:
    axis, counts = glass.spectra["O 1s XPS"]
    parameters = dict(glass.parameters["O 1s XPS"])
    moved = parameters | {"offset": parameters["offset"] + shift, "P:S2O/O energy": 0.0}
    return xps.expected(series.settings, amounts, moved, axis) / np.sqrt(np.maximum(counts, 1.0))


def products(series: Series) -> Vector:
    """Inner products (faults x faults) of what is left of the derivatives in the faults; lambda on the diagonal."""
    glass = series.glasses[SECOND]
    _, inside, parts = oracle.blocks(series, glass)
    jacobian, information = oracle.joined(inside, parts)
    base = seen(series, glass)
    changes = [(seen(series, glass, fault, step) - base) / step for fault, step in STEPS.items()]
    return oracle.left(np.array(changes), jacobian, information)


def amplitude_of(series: Series, fault: str, detectability: float = DETECTABILITY) -> float:
    """Amplitude at which a fault has that lambda."""
    at = list(STEPS).index(fault)
    return float(np.sqrt(detectability / products(series)[at, at]))


def signatures(arm: str, seeds: range) -> str:
    """Table of amplitudes (quartiles over series) and median cosines."""
    found = np.array([products(simulate(settings(arm), seed)) for seed in seeds])
    sizes = np.sqrt(np.einsum("sii->si", found))
    quartiles = np.percentile(np.sqrt(DETECTABILITY) / sizes, [25, 50, 75], axis=0)
    cosines = np.median(np.abs(found / (sizes[:, :, None] * sizes[:, None, :])), axis=0)
    names = list(STEPS)
    text = [f"| fault | amplitude at lambda {DETECTABILITY:g}, quartiles | {' | '.join(names)} |"]
    text.append("|---|---|" + "---|" * len(names))
    for i, name in enumerate(names):
        row = " | ".join(f"{value:.2f}" for value in cosines[i])
        text.append(f"| {name} | {', '.join(f'{value:.3g}' for value in quartiles[:, i])} | {row} |")
    return "\n".join(text)


def power(clean: list[dict], records: list[dict]) -> str:
    """Series, by fault, with a warning code that fewer than half of the clean series carry, and the codes."""
    usual = Counter(code for record in clean for code in _warnings(record))
    common = {code for code, count in usual.items() if count > len(clean) / 2}
    text = []
    for fault in dict.fromkeys(next(iter(record["faults"])) for record in records):
        own = [record for record in records if fault in record["faults"]]
        codes = Counter(code for record in own for code in _warnings(record) - common)
        hit = sum(bool(_warnings(record) - common) for record in own)
        rows = [row for record in own for row in record["rows"]]
        inside = sum(row["inside"] for row in rows) / max(len(rows), 1)
        text.append(f"| {fault} | {len(own)} | {hit} | {inside:.2f} | {dict(codes.most_common(5))} |")
    return "\n".join(["| fault | series | seen | coverage | warnings |", "|---|---|---|---|---|", *text])


def _warnings(record: dict) -> set[str]:
    return {code for severity, code, _ in record.get("notes", []) if severity != "info"}


def main() -> None:
    """Print or run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("signatures", "run", "power"))
    parser.add_argument("stores", nargs="*", type=Path)
    parser.add_argument("--arm", default="clean")
    parser.add_argument("--fault", choices=sorted(STEPS), default="phase")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--number", type=int, default=8)
    parser.add_argument("--detectability", type=float, default=DETECTABILITY)
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.number)
    if given.what == "signatures":
        print(signatures(given.arm, seeds))
    elif given.what == "power":
        print(power(read(given.stores[0]), read(*given.stores[1:])))
    else:
        for seed in seeds:
            size = amplitude_of(simulate(settings(given.arm), seed), given.fault, given.detectability)
            print(json.dumps({"seed": seed, given.fault: size}))
            run(given.stores[0], given.arm, range(seed, seed + 1), {given.fault: size}, 1)


if __name__ == "__main__":
    main()
