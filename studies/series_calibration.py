"""Calibration of `shortrange.analyse` on series of the second simulator.

python -m studies.series_calibration run STORE [--arm NAME] [--first 0] [--number 20] [--jobs 1]
    [--fault NAME=AMPLITUDE ...] [--ftir] [--nmr lorentz_common=1 ...]
python -m studies.series_calibration summary STORE [STORE ...] [--oracle]

`run` writes each series to a temporary folder, analyses its recipe, and appends one JSON line a series to STORE; seeds
that STORE holds already are left out, so that a run can be stopped and taken up. The tables of what each prior moves,
which no interval and no note here comes from, are left out.
`summary` prints coverage with bands of 4 standard errors, the series being the cluster, interior truths and truths at a
bound apart; with --oracle also the median of interval width over that of studies/second_simulator/oracle.py.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

import shortrange
from shortrange.exports import fractions_table
from shortrange.results import BASE, Structure
from shortrange.stepwise import _influences, _workflow
from studies.second_simulator import Series, name_of, oracle, settings, simulate, truth, write
from studies.series_summary import EDGE, summary

LEVEL = 0.95
NEAR_A_BOUND = 3.0
"""sds between a truth and what the balances allow at least or at most, below which it lies at a bound."""
AS_IT_IS: Mapping[str, float] = {}
REFERENCING = 2.0
"""sds of the referencing by which the recipe's windows reach beyond those that positions are drawn in."""


def recipe_of(series: Series, *, ftir: bool = False, nmr: Mapping[str, float] = AS_IT_IS, samples: int = 0) -> str:
    """Recipe of a series: what its user would know; ``nmr`` options besides, ``samples`` of the joint route."""
    stated = series.settings.tables
    techniques = [t for t in ("31P NMR", "Raman", "FTIR", "O 1s XPS") if ftir or t != "FTIR"]
    units, free = json.dumps(list(stated["units"])), json.dumps(list(stated["free"]))
    low, high = stated["xps"]["separation"]
    text = [
        f'schema = 1\ntitle = "{series.glasses[0].formula} with oxygen, seed {series.seed} (simulated)"',
        f'simulated = true\ncation = "{stated["series"]["modifier"]}"',
        f'phase = "{stated["series"].get("phase", "glass")}"',
        f'seed = {series.seed}\njoint_samples = {samples}\nunits = {units}\nfree = {free}\n\n[techniques."31P NMR"]',
        f"lines = {json.dumps(stated['nmr']['lines'])}\nreference = {json.dumps(stated['constants']['shift_scale'])}",
        f"spinning_rate = {float(series.stated_rate)}\nlarmor_frequency = {series.spectrometer.larmor}",
        *(f"{name} = {value}" for name, value in nmr.items()),
        "" if series.settings.fault("t1") else "recycle_delay = inf",
        _windows(stated, "31P NMR"),
        f'[techniques.Raman]\nlines = {json.dumps(list(stated["raman"]["bands"]))}\nevidence = "responses"',
        _windows(stated, "Raman"),
        '[techniques."O 1s XPS"]\nlines = ["BO", "NBO"]',
        f"reference = {json.dumps(stated['constants']['energy_scale'])}",
        f"photon_energy = {stated['constants']['photon_energy']}\nrestarts = 4",
        f'constraints = ["bo_center - nbo_center >= {low}", "bo_center - nbo_center <= {high}"]',
        _windows(stated, "O 1s XPS"),
    ]
    if ftir:
        text.append(f'[techniques.FTIR]\nlines = {json.dumps(list(stated["ftir"]["bands"]))}\nevidence = "none"')
    for glass in series.glasses:
        text.append(f'[[samples]]\nname = "x = {glass.x:.2f}"\ncomposition = "{glass.formula}"\nx = {glass.x}')
        text += [
            f'[[samples.spectra]]\nfile = "{name_of(glass, technique)}"\ntechnique = "{technique}"'
            for technique in techniques
            if technique in glass.spectra
        ]
    return "\n".join(text) + "\n"


def _windows(stated: Mapping[str, Any], technique: str) -> str:
    """Where lines without a published position are looked for: on the axis, whose referencing has an error."""
    reach = REFERENCING * stated[{"31P NMR": "nmr", "Raman": "raman", "O 1s XPS": "xps"}[technique]]["offset"][2]
    shared = stated["nmr"]["shared"] if technique == "31P NMR" else {}
    rows = [
        f"{json.dumps(' + '.join([line, *(u for u, own in shared.items() if own == line)]))} = "
        f"{[low - reach, high + reach]}"
        for line, (low, high) in stated["windows"].get(technique, {}).items()
    ]
    return "\n".join([f"[techniques.{json.dumps(technique)}.windows]", *rows] if rows else [])


def one_series(
    arm: str, seed: int, faults: dict[str, float], ftir: bool = False, nmr: Mapping[str, float] = AS_IT_IS
) -> dict:
    """Simulate, write, analyse and compare one series: a record of JSON types."""
    series = simulate(settings(arm, **faults), seed)
    return {"arm": arm, "seed": seed, "faults": faults, **record_of(series, ftir=ftir, nmr=nmr)}


def analysed(
    series: Series,
    *,
    ftir: bool = False,
    nmr: Mapping[str, float] = AS_IT_IS,
    samples: int = 0,
    routes: Sequence[str] = ("stepwise",),
) -> shortrange.Analysis:
    """Write a series to instrument files, and analyse these from a recipe."""
    with tempfile.TemporaryDirectory() as folder:
        write(series, Path(folder))
        recipe = Path(folder) / "recipe.toml"
        recipe.write_text(recipe_of(series, ftir=ftir, nmr=nmr, samples=samples), encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _fractions_alone():
                return shortrange.analyse(shortrange.read_recipe(recipe), routes=routes)


def record_of(
    series: Series,
    *,
    ftir: bool = False,
    nmr: Mapping[str, float] = AS_IT_IS,
    analysis: shortrange.Analysis | None = None,
) -> dict[str, object]:
    """Write and analyse the glasses of a series where that is not done, and compare: what a record says of them."""
    started = time.process_time()
    analysis = analysis or analysed(series, ftir=ftir, nmr=nmr)
    return {
        "processing": [
            {n: glass.parameters["31P NMR"][n] for n in ("zero_filling", "apodisation", "signal_to_noise")}
            for glass in series.glasses
        ],
        "rows": rows_of(_base(analysis), truth(series)["fractions"]),
        "solved": {s.sample: "" if s.solution is None else str(s.solution.status) for s in _base(analysis)},
        "fits": fits_of(analysis),
        "texts": sorted(
            {(note.code, note.text) for _, note in analysis.notes}
            | {("rejected", item.problem) for item in _base(analysis) if item.problem}
        ),
        "notes": sorted({(str(note.severity), note.code, where) for where, note in analysis.notes}),
        "seconds": round(time.process_time() - started, 2),
    }


@contextmanager
def _fractions_alone() -> Iterator[None]:
    """Leave out what each prior moves, which no interval and no note here comes from."""
    kept = _influences.varied, _workflow.influences
    _influences.varied, _workflow.influences = lambda item, _factor: item, lambda *_: ()
    try:
        yield
    finally:
        _influences.varied, _workflow.influences = kept


def fits_of(analysis: shortrange.Analysis) -> list[list[object]]:
    """Glass, technique, status and chi2/dof of every fit."""
    return [[f.sample, f.technique, str(f.fit.status), round(f.fit.chi2 / max(f.fit.dof, 1), 3)] for f in analysis.fits]


def _base(analysis: shortrange.Analysis) -> list[Structure]:
    return [found for found in analysis.structures if found.reading == BASE]


def rows_of(structures: Sequence[Structure], fractions: dict) -> list[dict[str, object]]:
    """One row a glass and quantity; a glass without solution covers nothing."""
    found = {}
    for row in fractions_table(structures).to_dict("records"):
        found[row["sample"], row["quantity"]] = row
    rows = []
    for sample, amounts in fractions.items():
        x = float(sample.split("=")[1])
        for quantity, value in amounts.items():
            row = found.get((sample, quantity))
            if row is not None:
                rows.append(_compared(x, quantity, value, row))
            elif (sample, "-") in found:
                rows.append({"x": x, "quantity": quantity, "truth": value, "inside": False, "bound": None})
    return rows


def _compared(x: float, quantity: str, value: float, row: dict) -> dict[str, object]:
    names = ("value", "sd", "lower", "upper", "least", "greatest")
    estimate, sd, lower, upper, least, greatest = (float(row[name]) for name in names)
    width = max(sd if np.isfinite(sd) else 0.0, (upper - lower) / (2 * 1.96))
    at_bound = min(value - least, greatest - value) < NEAR_A_BOUND * width
    return {
        "x": x,
        "quantity": quantity,
        "truth": value,
        "value": estimate,
        "sd": sd,
        "lower": lower,
        "upper": upper,
        "inside": bool(lower - EDGE <= value <= upper + EDGE),
        "bound": bool(at_bound),
        "verdict": row["verdict"],
    }


def run(
    store: Path,
    arm: str,
    seeds: range,
    faults: dict[str, float],
    jobs: int,
    *,
    ftir: bool = False,
    nmr: Mapping[str, float] = AS_IT_IS,
) -> None:
    """Append what is missing; a series that raises is stored with its error and counts as a miss."""
    done = {record["seed"] for record in read(store)} if store.exists() else set()
    left = [seed for seed in seeds if seed not in done]
    tasks = [(arm, seed, faults, ftir, nmr) for seed in left]
    with nullcontext() if jobs == 1 else ProcessPoolExecutor(jobs) as pool, store.open("a", encoding="utf-8") as out:
        for record in map(_guarded, tasks) if pool is None else pool.map(_guarded, tasks):
            out.write(json.dumps(record) + "\n")
            out.flush()
            print(f"seed {record['seed']}: {record.get('seconds', record.get('error'))}", flush=True)


def _guarded(task: tuple[str, int, dict[str, float], bool, Mapping[str, float]]) -> dict[str, object]:
    try:
        return one_series(*task)
    except Exception as error:
        return {"arm": task[0], "seed": task[1], "faults": task[2], "error": repr(error)[:300], "rows": []}


def read(*stores: Path) -> list[dict]:
    """Records of one or more stores, of which those that are kept are packed (``.gz``)."""
    contents = [
        gzip.decompress(store.read_bytes()) if store.suffix == ".gz" else store.read_bytes() for store in stores
    ]
    return [json.loads(line) for content in contents for line in content.splitlines()]


def with_oracle(records: list[dict]) -> list[dict]:
    """The records with the oracle's width in every row; series are simulated again from their seeds."""
    found = []
    for record in records:
        widths = oracle.widths(simulate(settings(record["arm"], **record["faults"]), record["seed"]))
        rows = [{**row, "oracle": widths.get((row["x"], row["quantity"]))} for row in record["rows"]]
        found.append({**record, "rows": rows})
    return found


def _values(texts: Sequence[str]) -> dict[str, float]:
    return {name: float(value) for name, _, value in (text.partition("=") for text in texts)}


def main() -> None:
    """Run or summarise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "summary"))
    parser.add_argument("stores", nargs="+", type=Path)
    parser.add_argument("--arm", default="clean")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--number", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--fault", action="append", default=[], help="NAME=AMPLITUDE, as often as wanted")
    parser.add_argument("--oracle", action="store_true", help="compare widths with those of an oracle")
    parser.add_argument("--nmr", action="append", default=[], help="NAME=VALUE, an option of 31P NMR in the recipe")
    parser.add_argument("--ftir", action="store_true", help="fit FTIR too, which no fraction counts")
    given = parser.parse_args()
    if given.what == "summary":
        records = read(*given.stores)
        print(summary(with_oracle(records) if given.oracle else records))
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    faults, nmr = _values(given.fault), _values(given.nmr)
    seeds = range(given.first, given.first + given.number)
    run(given.stores[0], given.arm, seeds, faults, given.jobs, ftir=given.ftir, nmr=nmr)


if __name__ == "__main__":
    main()
