"""Errors of the joint route on a design stated before: against the Bayesian Cramer-Rao bound and the stepwise route.

OMP_NUM_THREADS=1 python -m studies.joint_design run STORE [--first 1000] [--number 100] [--samples 768]
python -m studies.joint_design summary STORE [--glasses]
python -m studies.joint_design gain [--number 20]

**Design.** Series of Na3PS4-xOx with x = 0, 0.25, 0.50, 0.75: units PS4, PS3O, PS2O2 and P:S3/O (which bridges), free
Na2S, one 31P spectrum a glass without sidebands, drawn by `studies/joint_series.py` from the second simulator. Cells:
PS3O lies 0.3, 0.6 or 1.0 widths (of 8 ppm) below PS4 in the means of the laws; the tallest line has 10, 30 or 100 times
the noise; and all sds of shapes are those that the joint route declares (factor 1: level of a position 1.0 ppm, of a
width 3, change along the series 2.0, scatter 0.3 and 2.5 ppm) or a tenth of them (factor 0.1: shapes that are known).
Truths: shapes from these laws, amounts flat on what the balances leave above 0.8 of a middle structure. 100 series a
cell, seeds 1000 to 1099; none is left out, and where a route gives no amounts its answer is the middle structure.

**Routes.** Stepwise: `shortrange.stepwise` with the marginal law of one glass as the prior of every shape. Alone: the
joint likelihood of one glass, with the same priors: balances inside, nothing shared. Joint: `shortrange.joint` with the
laws of the series. All are told the laws and the composition, nothing else. (That the lines of a glass are wide
together, which the first two hold to a third of the variance of widths, is not so here.)

**Counted.** Quantities: PS3O and BO/(BO + NBO). A glass of a cell is interior where in 95 % of its draws every amount
is 3 sds or more from zero, the sd being that of inverse(J + P) at the draw; errors of the interior glasses of a cell
are pooled, each in units of its bound. Bound: van Trees, inverse(mean J + P) (`studies/van_trees.py`), with these laws.
Beside it stands the root mean square of inverse(J + P) over the draws, which an efficient estimate reaches where chi2
is a parabola: the bound lies below it where J differs between draws, as it does where widths and positions are hardly
known (factor 1). Limits: 95 %, bootstrap over series, both routes paired.

**Measures.** Joint over bound at most 1.1 in every interior cell (the ratio itself; its limits stand beside); no cell
with the lower limit of joint over stepwise above 1.05. With `--samples` (cells of factor 1 alone) joint over the mean
of samples of the posterior, whose error on the mean of what the priors allow no estimate undercuts. Joint over alone is
what sharing shapes brings, alone over stepwise what balances inside the fit bring. `gain` says which shapes: by how
much the error of an efficient estimate grows where positions, Gaussian widths, the Lorentzian width or all of them have
laws of their own in every glass.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import reference_peaks
import shortrange
import structure
from shortrange import joint, stepwise
from shortrange.results import JointPosterior, Structure
from shortrange.routes import _joint as route
from studies import joint_series as design
from studies.joint_ratios import QUANTITIES, ROUTES, summary, value_in
from studies.second_simulator import Series, name_of, write

Array = npt.NDArray[np.float64]
FIRST, NUMBER = 1000, 100
Stated = tuple[str, structure.Composition, tuple[str, ...], float | None]


def recipe_of(series: Series, widen: float) -> str:
    """Recipe of a series; ``widen`` is the factor on the sds of the technique's own priors, here of widths."""
    lines = json.dumps(list(design.UNITS))
    text = [
        f'schema = 1\ntitle = "Seed {series.seed} (simulated)"\nsimulated = true\ncation = "Na"',
        f'units = {lines}\nfree = {json.dumps(list(design.FREE))}\n[techniques."31P NMR"]\nlines = {lines}',
        'reference = "NaH2PO4"\nspinning_rate = inf\nrecycle_delay = inf\nphase_sd = 0.0\nbackground_degree = 0',
        f"offset_sd = {design.OFFSET_SD}\nwiden = {widen}\nlorentz_common = 1",
    ]
    for glass in series.glasses:
        text += [
            f'[[samples]]\nname = "x = {glass.x:.2f}"\ncomposition = "{glass.formula}"\nx = {glass.x}',
            f'[[samples.spectra]]\nfile = "{name_of(glass, "31P NMR")}"\ntechnique = "31P NMR"',
        ]
    return "\n".join(text) + "\n"


def _positions(cell: design.Cell, sd: float) -> dict[str, dict[str, reference_peaks.Prior]]:
    made = {
        unit: reference_peaks.Prior(mean, sd, "law of the design", unit, "31P NMR", unit="ppm")
        for unit, mean in cell.shifts().items()
    }
    return {"31P NMR": made}


def solved(
    series: Series, cell: design.Cell, samples: int = 0
) -> tuple[dict[str, tuple[Structure, ...]], dict[str, float], JointPosterior | None]:
    """Structures of a series by route, processor time of both routes in s, and samples where they are asked for."""
    widths = design.LEVEL_SDS["gauss"], cell.marginal_sd("gauss")
    with tempfile.TemporaryDirectory() as folder:
        write(series, Path(folder))
        recipes = []
        for name, widen in (("stepwise", widths[1] / widths[0]), ("joint", cell.factor)):
            path = Path(folder) / f"{name}.toml"
            path.write_text(recipe_of(series, widen), encoding="utf-8")
            recipes.append(shortrange.read_recipe(path))
        started = time.process_time()
        measured = stepwise.read_measured(recipes[0], _quietly)
        single = _positions(cell, cell.marginal_sd("center"))
        first = stepwise.analyse_measured(recipes[0], measured, single, "design", progress=_quietly)
    ended = time.process_time()
    levels = _positions(cell, cell.factor * design.LEVEL_SDS["center"])
    together = replace(first, recipe=recipes[1], priors=levels)
    found = {"stepwise": first.structures, "joint": joined(together, cell.factor)}
    seconds = {"stepwise": ended - started, "joint": time.process_time() - ended}
    found["alone"] = tuple(one for at in range(len(design.CONTENTS)) for one in joined(first, 1.0, only=at))
    return found, seconds, drawn(together, cell.factor, samples, series.seed) if samples else None


def drawn(analysis: shortrange.Analysis, factor: float, samples: int, seed: int) -> JointPosterior:
    """Samples of the posterior of a series."""
    found = _fitted(analysis, factor, slice(None))[1]
    return joint.posterior(found.likelihood, found.minimum, np.random.default_rng(seed), draws=samples)


def _quietly(_step: str) -> None:
    """No progress."""


def joined(analysis: shortrange.Analysis, factor: float, *, only: int | None = None) -> tuple[Structure, ...]:
    """Structures of the joint likelihood of a series, or of one glass of it."""
    kept = slice(None) if only is None else slice(only, only + 1)
    glasses, found = _fitted(analysis, factor, kept)
    samples = analysis.recipe.tables.samples[kept]
    return tuple(
        route._solved(sample, species, found, ranges=False)
        for sample, (_, _, species, _) in zip(samples, glasses, strict=True)
    )


def _fitted(analysis: shortrange.Analysis, factor: float, kept: slice) -> tuple[list[Stated], joint.Joint]:
    """What is stated of some of the glasses, and their joint minimum."""
    glasses = route._stated(analysis)[kept]
    names = [name for name, *_ in glasses]
    series = [item for item in route._series(analysis) if item.sample in names]
    return glasses, joint.fit_series(glasses, series, route._starts(analysis), factor=factor)


def record_of(cell: design.Cell, seed: int, samples: int = 0) -> dict[str, object]:
    """One series of a cell: truth, and value and sd by every route, of every glass with oxygen and quantity."""
    series = design.draw(cell, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, seconds, posterior = solved(series, cell, samples)
    mean = {} if posterior is None else dict(zip(posterior.entries, posterior.moments()[0].tolist(), strict=True))
    rows = []
    for at, glass in enumerate(series.glasses):
        for quantity in QUANTITIES if glass.x > 0 else ():
            row = {"x": glass.x, "quantity": quantity, "truth": value_in(glass.amounts, quantity, glass.x)}
            for name in ROUTES:
                value, sd = estimate(found[name][at], quantity, glass.x)
                row |= {name: value, f"{name} sd": sd, f"{name} status": _status(found[name][at])}
            if mean:
                amounts = {unit: mean[f"{found['joint'][at].sample}: {unit}"] for unit in design.UNITS}
                row["mean"] = value_in(amounts, quantity, glass.x)
            rows.append(row)
    settled = None if posterior is None else posterior.settled
    return {"cell": design.CELLS.index(cell), "seed": seed, "rows": rows, "seconds": seconds, "settled": settled}


def estimate(found: Structure, quantity: str, x: float) -> tuple[float, float]:
    """Value and sd of a quantity in what a route found; NaN without a solution."""
    if found.solution is None:
        return float("nan"), float("nan")
    unit, factor = ("P:S3/O", 1 / (2 * x)) if quantity == design.SHARE else (quantity, 1.0)
    at = found.solution.species.index(unit)
    sd = float(np.sqrt(max(found.solution.covariance[at, at], 0.0)))
    return factor * float(found.solution.values[at]), factor * sd


def _status(found: Structure) -> str:
    return "none" if found.solution is None else str(found.solution.status)


def run(store: Path, first: int, number: int, samples: int = 0) -> None:
    """Append what is missing, seed by seed over all cells, so that an ended run has whole seeds but the last."""
    done = {(one["cell"], one["seed"]) for one in read(store)} if store.exists() else set()
    with store.open("a", encoding="utf-8") as out:
        for seed in range(first, first + number):
            for at, cell in enumerate(design.CELLS):
                if (at, seed) not in done and (not samples or cell.factor == 1.0):
                    out.write(json.dumps(record_of(cell, seed, samples)) + "\n")
            out.flush()


def read(store: Path) -> list[dict]:
    """Records of a store."""
    return [json.loads(line) for line in store.read_text(encoding="utf-8").splitlines()]


def gain(seeds: Sequence[int]) -> str:
    """Table of what sharing each kind of shape brings, by cell and quantity, from Fisher information alone."""
    text = []
    for cell in design.CELLS:
        for quantity in QUANTITIES:
            found = design.gains(cell, seeds, quantity)
            if not text:
                text += [
                    f"| factor | separation | S/N | quantity | {' | '.join(found)} |",
                    "|---" * (4 + len(found)) + "|",
                ]
            head = f"| {cell.factor:g} | {cell.separation:g} | {cell.signal_to_noise:g} | {quantity} | "
            text.append(head + " | ".join(f"{value:.2f}" for value in found.values()) + " |")
    return "\n".join(text)


def main() -> None:
    """Run, summarise, or say what sharing brings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "summary", "gain"))
    parser.add_argument("store", type=Path, nargs="?")
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--number", type=int, default=NUMBER)
    parser.add_argument("--samples", type=int, default=0, help="of the posterior, in cells of factor 1")
    parser.add_argument("--glasses", action="store_true")
    stated = parser.parse_args()
    if stated.what == "gain":
        print(gain(range(stated.first, stated.first + stated.number)))
    elif stated.store is None:
        parser.error(f"{stated.what}: name the STORE")
    elif stated.what == "run":
        run(stated.store, stated.first, stated.number, stated.samples)
    else:
        print(summary(read(stated.store), glasses=stated.glasses))


if __name__ == "__main__":
    main()
