"""Faults that are planted on purpose: how large they must be to be seen at all, which look alike, which are told.

OMP_NUM_THREADS=1 python -m studies.planted_faults signatures [--first 0] [--number 8] [--arm clean]
OMP_NUM_THREADS=1 python -m studies.planted_faults run STORE [--fault phase] [--number 1] [--amplitude 1]
OMP_NUM_THREADS=1 python -m studies.planted_faults power STORE

One glass of x = 0.40, that every fault touches, drawn in a series beside x = 0.60 and 0.15 (whose Raman spectrum is the
other one). `signatures` linearises its expected spectra in each fault, projects out amounts inside the balances and
every nuisance parameter with its law, and prints the amplitude of which lambda, the squared norm of what is left in
units of the noise, is 25, and the cosines between what is left of two faults. Above 0.8 nothing tells them apart. `run`
analyses that glass with a fault at the amplitude of a lambda, or with none; amplitudes that cannot be are left out and
counted. The lambda of a row is that of the glass as it was planted, by a descent and not by slopes
(`studies/second_simulator/remains.py`): a unit bends its neighbours, and glasses with another composition hold other
amounts. `power` counts, by fault and on both sides of 25, warnings and errors (remarks are left out), those that name
the fault, and coverage.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from studies.second_simulator import Glass, Series, nmr, numbers, oracle, raman, settings, simulate, truths, xps
from studies.second_simulator.remains import remains
from studies.series_calibration import read, record_of

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
CONTENTS, SECOND = [0.60, 0.40, 0.15], 1
DETECTABILITY = 25.0
TRIES = 6
PATH = (0.25, 0.5, 0.75, 1.0)
"""Shares of a fault that a descent follows."""
NONE = "none"
MOST = {"unit": 0.06, "phase": 45.0, "t1": 4.0, "composition": 0.4, "rate": 1.0, "raman_swapped": 1.0, "charge": 5.0}
"""Amplitudes above which a fault cannot be, or its spectra are no linear change: of P:S2O/O a quarter of the oxygen."""
HARDLY_SEEN = ("unit", "raman_swapped")
"""Faults that reach a lambda of 25 in few glasses."""
NAMING = {
    "unit": {"unit-wanted": "P:S2O/O"},
    "phase": {"phase-left": ""},
    "composition": {"composition-asked": "", "evidence-disagrees": ""},
    "rate": {"spinning-rate-asked": "", "sidebands-unexplained": ""},
    "raman_swapped": {"evidence-disagrees": "without Raman", "rejected": "the areas of Raman"},
    "charge": {"charge-shift-asked": ""},
}
"""Notes, or the sentence of a rejected glass, with words that name a fault; remarks too: what corrects it is one."""
FROM_METADATA = frozenset({"recycle-delay-unknown"})
"""Notes that follow from what the recipe leaves out, whatever the spectra: they tell of no fault."""
STRANGER = {"gauss": 8.0, "zeta": 80.0, "eta": 0.5, "skew": 0.0}
"""Shape of the unit that nobody listed: the middle of the laws."""


def design(arm: str, seed: int, **faults: float) -> Series:
    """The series of a seed with the contents of this study."""
    made = settings(arm, **faults)
    made.tables["series"]["x"] = CONTENTS
    return simulate(made, seed)


def seen(series: Series, glass: Glass, fault: str = "", amplitude: float = 0.0, like: Glass | None = None) -> Vector:
    """Expected spectra of a glass in units of the noise (of ``like``), one after another, with a fault."""
    like = like or glass
    amounts = dict(glass.amounts)
    if fault in ("unit", "composition"):
        for label, change in _moved(series, glass, fault, amplitude).items():
            amounts[label] = amounts.get(label, 0.0) + change
    shown = amounts
    if fault == "raman_swapped":
        shown = {u: (1 - amplitude) * a + amplitude * series.glasses[-1].amounts[u] for u, a in amounts.items()}
    return np.concatenate(
        [
            _nmr(series, glass, amounts, fault, amplitude, like),
            _raman(series, glass, shown, like),
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


def _nmr(series: Series, glass: Glass, amounts: dict[str, float], fault: str, amplitude: float, like: Glass) -> Vector:
    made, spectrometer, table = series.settings, series.spectrometer, series.settings.tables["nmr"]
    parameters = dict(glass.parameters["31P NMR"])
    clean = nmr.weights(made, glass.amounts, parameters)
    theirs = dict(like.parameters["31P NMR"])
    _, sd = oracle.clean_and_noise(theirs, nmr.weights(made, like.amounts, theirs), spectrometer)
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


def _raman(series: Series, glass: Glass, amounts: dict[str, float], like: Glass) -> Vector:
    axis, counts = glass.spectra["Raman"]
    parameters = dict(glass.parameters["Raman"])
    tallest = raman.expected(series.settings, like.amounts, dict(like.parameters["Raman"]), axis).max()
    scale = parameters["peak_counts"] / tallest
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


def planted_amplitude(arm: str, seed: int, fault: str, detectability: float) -> tuple[float, float]:
    """Amplitude at which a planted glass has that lambda or up to a third more, and its lambda.

    The amplitude is above what can be where none has that lambda. Slopes only say where to begin: where they ask for
    more than can be, or a fault is hardly ever seen, a descent from the most that can be decides.
    """
    most = MOST[fault]
    amplitude = most if fault in HARDLY_SEEN else min(amplitude_of(design(arm, seed), fault, detectability), most)
    for attempt in range(TRIES):
        left = remaining(arm, seed, fault, amplitude)
        if attempt == TRIES - 1 or 1.0 <= left / detectability <= 4 / 3:
            break
        change = float(np.clip(np.sqrt(7 / 6 * detectability / left), 0.5, 2.0))
        if amplitude == most and left < detectability:
            return amplitude * change, left
        amplitude = min(amplitude * change, most)
    return amplitude, left


def remaining(arm: str, seed: int, fault: str, amplitude: float) -> float:
    """lambda of the glass with a fault as it is planted: the least of a descent that follows the fault as it grows."""
    series = design(arm, seed)
    glass = series.glasses[SECOND]
    if fault not in ("unit", "composition"):
        targets = [seen(series, glass, fault, share * amplitude) for share in PATH]
        return list(remains(series, glass, targets, lambda other: seen(series, other, like=glass)))[-1]
    planted = design(arm, seed, **{fault: amplitude}).glasses[SECOND]
    near = replace(planted, amounts=_nearest(series, planted))
    labels = near.amounts | planted.amounts
    targets = []
    for share in PATH:
        amounts = {u: (1 - share) * near.amounts.get(u, 0.0) + share * planted.amounts.get(u, 0.0) for u in labels}
        targets.append(seen(series, replace(near, amounts=amounts), like=near))
    return list(remains(series, near, targets, lambda other: seen(series, other, like=near)))[-1]


def _nearest(series: Series, glass: Glass) -> dict[str, float]:
    """Amounts of what a recipe lists inside the balances of the stated composition, next to those of a glass."""
    labels, matrix, right = truths.balances(series.settings, glass.x)
    wanted = np.array([glass.amounts.get(label, 0.0) for label in labels])
    rows, ends = np.vstack([1e4 * matrix, np.eye(len(labels))]), np.concatenate([1e4 * right, wanted])
    return dict(zip(labels, nnls(rows, ends)[0].tolist(), strict=True))


def signatures(arm: str, seeds: range) -> str:
    """Table of amplitudes (quartiles over series) and median cosines."""
    found = np.array([products(design(arm, seed)) for seed in seeds])
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


def run(
    store: Path, arm: str, fault: str, seeds: range, detectability: float, *, amplitude: float | None = None
) -> None:
    """Append what is missing: one record a seed, without spectra where no amplitude (or the one given) can be."""
    rows = read(store) if store.exists() else []
    asked = {"wanted": detectability} if amplitude is None else {"wanted": None, "amplitude": amplitude}
    asked["fault"] = fault
    done = {row["seed"] for row in rows if all(row[name] == value for name, value in asked.items())}
    for seed in (seed for seed in seeds if seed not in done):
        size, left = amplitude or 0.0, None
        if fault != NONE and amplitude is None:
            size, left = planted_amplitude(arm, seed, fault, detectability)
        row = {"arm": arm, "seed": seed, **asked, "amplitude": size}
        if fault == NONE or size <= MOST[fault]:
            series = design(arm, seed, **({} if fault == NONE else {fault: size}))
            row |= record_of(replace(series, glasses=series.glasses[SECOND : SECOND + 1]))
            if left is None:
                left = 0.0 if fault == NONE else remaining(arm, seed, fault, size)
            row["lambda"] = left
        with store.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")


def power(rows: list[dict]) -> str:
    """Glasses by fault: those with a warning or an error, with the codes; those that a note names; coverage."""
    usual = Counter(code for row in rows if row["fault"] == NONE for code in _codes(row))
    common = {code for code, count in usual.items() if count > len([r for r in rows if r["fault"] == NONE]) / 2}
    head = ("fault", "lambda", "glasses", "amplitude", "warned", "named", "either", "coverage", "warnings")
    text = [f"| {' | '.join(head)} |", "|---" * 9 + "|"]
    for fault, group in dict.fromkeys((row["fault"], _group(row)) for row in rows):
        own = [row for row in rows if (row["fault"], _group(row)) == (fault, group)]
        made = [row for row in own if "rows" in row]
        codes = Counter(code for row in made for code in _codes(row) - common)
        ways = NAMING.get(fault, {})
        warned = [bool(_codes(row) - common) for row in made]
        named = [any(code in ways and ways[code] in told for code, told in row["texts"]) for row in made]
        either = sum(np.logical_or(warned, named))
        inside = [entry["inside"] for row in made for entry in row["rows"]]
        text.append(
            f"| {fault} | {group} | {len(own)} | {np.median([row['amplitude'] for row in own]):.3g} | {sum(warned)} | "
            f"{sum(named)} | {either} | {np.mean(inside) if inside else np.nan:.3f} | {dict(codes.most_common(5))} |"
        )
    return "\n".join(text)


def _group(row: dict) -> str:
    """On which side of what must be told a row lies; what no glass or spectrum can have is in none."""
    if row["fault"] == NONE:
        return ""
    if "rows" not in row:
        return "cannot be"
    return f"{DETECTABILITY:g} and above" if row["lambda"] >= DETECTABILITY else f"below {DETECTABILITY:g}"


def _codes(row: dict) -> set[str]:
    return {code for severity, code, _ in row.get("notes", []) if severity != "info"} - FROM_METADATA


def main() -> None:
    """Print or run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("signatures", "run", "power"))
    parser.add_argument("store", nargs="?", type=Path)
    parser.add_argument("--arm", default="clean")
    parser.add_argument("--fault", choices=(NONE, *sorted(STEPS)), nargs="*", default=(NONE, *sorted(STEPS)))
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--number", type=int, default=8)
    parser.add_argument("--detectability", type=float, default=DETECTABILITY)
    parser.add_argument("--amplitude", type=float, help="planted as it is, whatever its lambda")
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.number)
    if given.what == "signatures":
        print(signatures(given.arm, seeds))
        return
    if given.store is None:
        parser.error(f"{given.what} needs the name of a store")
    if given.what == "power":
        print(power(read(given.store)))
        return
    for seed in seeds:
        for fault in given.fault:
            run(given.store, given.arm, fault, range(seed, seed + 1), given.detectability, amplitude=given.amplitude)


if __name__ == "__main__":
    main()
