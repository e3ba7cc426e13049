"""Fractions where nobody states the recycle delay: what they cover, and how wide they are, by the delay it really was.

python -m studies.unstated_delays [--first 5400] [--number 6]

Glasses of x = 0.40 of the clean arm of the second simulator. Every unit has a T1 of its own, log-uniform over 20 to
3000 s (10.1021/ic025946j), pulses are of 90 degrees, and the recipe says nothing of it. Fits are made once; balances
are solved as the recipe is, and as if it stated the true delay, or another one.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

import reference_peaks
import shortrange
from shortrange import stepwise
from shortrange.exports import fractions_table
from shortrange.results import Fitted
from studies.planted_faults import SECOND, design
from studies.second_simulator import Settings, nmr, truth, write
from studies.series_calibration import EDGE, recipe_of

DELAYS = (10.0, 30.0, 60.0, 300.0)
STATED = (None, 10.0, 60.0, 300.0)


@contextmanager
def after(delay: float) -> Iterator[None]:
    """Glasses whose signals are what is left of them after a recycle delay (s)."""
    relaxed = nmr.weights

    def kept(made: Settings, amounts: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
        whole = relaxed(replace(made, faults={}), amounts, parameters)
        return {u: w * -np.expm1(-delay / parameters[f"{u} T1"]) for u, w in whole.items()}

    with patch.object(nmr, "weights", kept):
        yield


def rows_of(seed: int, delay: float) -> Iterator[tuple[str, bool, float]]:
    """By what is assumed: whether an interval holds the truth, and how wide it is."""
    with after(delay):
        series = design("clean", seed, t1=1.0)
    alone = replace(series, glasses=series.glasses[SECOND : SECOND + 1])
    with tempfile.TemporaryDirectory() as folder:
        write(alone, Path(folder))
        (Path(folder) / "recipe.toml").write_text(recipe_of(alone), encoding="utf-8")
        recipe = shortrange.read_recipe(Path(folder) / "recipe.toml")
        measured = stepwise.read_measured(recipe, lambda _step: None)
    priors = stepwise.priors_of(recipe, reference_peaks.load())
    fits = stepwise.fit_spectra(recipe, measured, priors, lambda _step: None)
    (fractions,) = truth(alone)["fractions"].values()
    for stated in dict.fromkeys((*STATED, delay)):
        told = [item if stated is None else _stating(item, stated) for item in fits]
        solved = stepwise.solved_structure(recipe, recipe.tables.samples[0], told)
        name = "nothing" if stated is None else f"{stated:g} s" + (", the true one" if stated == delay else "")
        table = fractions_table([solved]).set_index("quantity") if solved.solution else None
        for quantity, value in fractions.items():
            if table is None or quantity not in table.index:
                yield name, False, np.nan
                continue
            low, high = float(table.loc[quantity, "lower"]), float(table.loc[quantity, "upper"])
            yield name, low - EDGE <= value <= high + EDGE, high - low


def _stating(item: Fitted, delay: float) -> Fitted:
    """The fit of a spectrum that states its recycle delay."""
    return replace(item, fit=replace(item.fit, spectrum=item.fit.spectrum.assign_coords(recycle_delay=delay)))


def main() -> None:
    """Print coverage and widths."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=5400)
    parser.add_argument("--number", type=int, default=6)
    given = parser.parse_args()
    print("| delay, s | stated | quantities | coverage | median width | mean width |\n|---|---|---|---|---|---|")
    for delay in DELAYS:
        by: dict[str, list[tuple[bool, float]]] = defaultdict(list)
        for seed in range(given.first, given.first + given.number):
            for name, inside, width in rows_of(seed, delay):
                by[name].append((inside, width))
        for name, rows in by.items():
            inside, widths = np.array(rows).T
            print(
                f"| {delay:g} | {name} | {len(rows)} | {inside.mean():.3f} | {np.nanmedian(widths):.3f} | "
                f"{np.nanmean(widths):.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
