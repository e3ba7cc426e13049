"""Faults that are planted on purpose: how large they must be to be seen at all, which look alike, which are told.

OMP_NUM_THREADS=1 python -m studies.planted_faults signatures [--first 0] [--number 8] [--arm clean]
OMP_NUM_THREADS=1 python -m studies.planted_faults run STORE [--fault phase] [--number 1] [--amplitude 1]
OMP_NUM_THREADS=1 python -m studies.planted_faults power STORE
OMP_NUM_THREADS=1 python -m studies.planted_faults keep STORE TABLE.csv

One glass of x = 0.40, that every fault touches, drawn in a series beside x = 0.60 and 0.15 (whose Raman spectrum is the
other one). `signatures` linearises its expected spectra in each fault, projects out amounts inside the balances and
every nuisance parameter with its law, and prints the amplitude of which lambda, the squared norm of what is left in
units of the noise, is 25, and the cosines between what is left of two faults. Above 0.8 nothing tells them apart. `run`
analyses that glass with a fault at the amplitude of a lambda, or with none; amplitudes that cannot be are left out and
counted. The lambda of a row is that of the glass as it was planted, by a descent and not by slopes
(`studies/second_simulator/remains.py`): a unit bends its neighbours, and glasses with another composition hold other
amounts. Beside it stands lambda in the model and the priors of the fit (`studies/planted_lambda.py`). `power`
counts, by fault and on both sides of 25, warnings and errors (remarks are left out), those that name the fault, and
coverage. `keep` adds one line a glass and fault to a table, which `power` counts in the same way.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from studies.planted_lambda import lambda_in_the_fit
from studies.second_simulator import Glass, Series, oracle, settings, simulate, truths
from studies.second_simulator.faulty import seen
from studies.second_simulator.remains import remains
from studies.series_calibration import analysed, read, record_of

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


def design(arm: str, seed: int, **faults: float) -> Series:
    """The series of a seed with the contents of this study."""
    made = settings(arm, **faults)
    made.tables["series"]["x"] = CONTENTS
    return simulate(made, seed)


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
    near = replace(planted, amounts=nearest(series, planted))
    labels = near.amounts | planted.amounts
    targets = []
    for share in PATH:
        amounts = {u: (1 - share) * near.amounts.get(u, 0.0) + share * planted.amounts.get(u, 0.0) for u in labels}
        targets.append(seen(series, replace(near, amounts=amounts), like=near))
    return list(remains(series, near, targets, lambda other: seen(series, other, like=near)))[-1]


def nearest(series: Series, glass: Glass) -> dict[str, float]:
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
            one = replace(series, glasses=series.glasses[SECOND : SECOND + 1])
            analysis = analysed(one)
            row |= record_of(one, analysis=analysis)
            if fault != NONE:
                near = nearest(series, series.glasses[SECOND]) if fault == "unit" else None
                row["lambda_in_the_fit"] = lambda_in_the_fit(analysis, series, SECOND, fault, near=near)
            if left is None:
                left = 0.0 if fault == NONE else remaining(arm, seed, fault, size)
            row["lambda"] = left
        with store.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")


def count_of(row: dict) -> dict[str, str]:
    """What `power` counts of a record, as a line of a table that can be kept."""
    made, notes = "rows" in row, row.get("notes", [])
    codes = sorted({code for severity, code, _ in notes if severity != "info"} - FROM_METADATA)
    ways = NAMING.get(row["fault"], {})
    entries = row.get("rows", [])
    widths = [width for entry in entries if np.isfinite(width := entry["upper"] - entry["lower"])]
    cells = {
        "seed": row["seed"],
        "fault": row["fault"],
        "amplitude": f"{row['amplitude']:.5g}",
        "lambda": f"{row.get('lambda_in_the_fit', row['lambda']):.4g}" if made else "",
        "named": int(any(code in ways and ways[code] in told for code, told in row["texts"])) if made else "",
        "inside": sum(entry["inside"] for entry in entries) if made else "",
        "quantities": len(entries) if made else "",
        "width": f"{np.median(widths):.4g}" if widths else "",
        "codes": " ".join(codes),
    }
    return {name: str(cell) for name, cell in cells.items()}


def counts(store: Path) -> list[dict[str, str]]:
    """Lines of a store of records, or of a table of lines that was kept."""
    if store.suffix == ".csv":
        with store.open(encoding="utf-8", newline="") as table:
            return list(csv.DictReader(table))
    return [count_of(row) for row in read(store)]


def keep(lines: list[dict[str, str]], table: Path) -> None:
    """Add lines to a table; a glass that it holds is not counted twice."""
    old = counts(table) if table.exists() else []
    held = {(line["fault"], line["seed"]) for line in old}
    new = [line for line in lines if (line["fault"], line["seed"]) not in held]
    with table.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(old + new, key=lambda line: (line["fault"], int(line["seed"]))))


def power(lines: list[dict[str, str]]) -> str:
    """Glasses by fault: those with a warning or an error, with the codes; those that a note names; coverage, width."""
    sound = [line for line in lines if line["fault"] == NONE]
    usual = Counter(code for line in sound for code in line["codes"].split())
    common = {code for code, count in usual.items() if count > len(sound) / 2}
    head = ("fault", "lambda", "glasses", "amplitude", "warned", "named", "either", "coverage", "width", "warnings")
    text = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for fault, group in sorted({(line["fault"], _group(line)) for line in lines}):
        own = [line for line in lines if (line["fault"], _group(line)) == (fault, group)]
        made = [line for line in own if line["quantities"]]
        codes = Counter(code for line in made for code in line["codes"].split() if code not in common)
        warned = [bool(set(line["codes"].split()) - common) for line in made]
        named = [line["named"] == "1" for line in made]
        inside, of = (sum(int(line[name]) for line in made) for name in ("inside", "quantities"))
        held = f"{inside / of:.3f}" if of else ""
        widths = [float(line["width"]) for line in made if line["width"]]
        width = f"{np.median(widths):.3f}" if widths else ""
        text.append(
            f"| {fault} | {group} | {len(own)} | {np.median([float(line['amplitude']) for line in own]):.3g} | "
            f"{sum(warned)} | {sum(named)} | {sum(np.logical_or(warned, named))} | {held} | {width} | "
            f"{dict(codes.most_common(5))} |"
        )
    return "\n".join(text)


def _group(line: dict[str, str]) -> str:
    """On which side of what must be told a line lies; what no glass or spectrum can have is in none."""
    if line["fault"] == NONE:
        return ""
    if not line["quantities"]:
        return "cannot be"
    return f"{DETECTABILITY:g} and above" if float(line["lambda"]) >= DETECTABILITY else f"below {DETECTABILITY:g}"


def main() -> None:
    """Print or run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("signatures", "run", "power", "keep"))
    parser.add_argument("store", nargs="?", type=Path)
    parser.add_argument("table", nargs="?", type=Path)
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
        print(power(counts(given.store)))
        return
    if given.what == "keep":
        if given.table is None:
            parser.error("keep needs the name of a table")
        keep(counts(given.store), given.table)
        return
    for seed in seeds:
        for fault in given.fault:
            run(given.store, given.arm, fault, range(seed, seed + 1), given.detectability, amplitude=given.amplitude)


if __name__ == "__main__":
    main()
