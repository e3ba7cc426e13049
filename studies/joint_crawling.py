"""Whether a descent of the joint route that crawls above the lowest minimum yet would have come below it.

OMP_NUM_THREADS=1 python -m studies.joint_crawling [--arm clean] [--first 77100] [--number 8]

Series of the second simulator, analysed step by step from files. From every other start of the search two descents: to
their end, and until they crawl above the minimum of the own start. One row a series: starts, those that end lower to
their end, those that do so the other way, and the evaluations of both.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from pathlib import Path

import numpy as np

import shortrange
from shortrange import joint
from shortrange.joint.search import _exchanged
from shortrange.routes import _joint
from studies.second_simulator import settings, simulate, write
from studies.series_calibration import _fractions_alone, recipe_of


def likelihood(arm: str, seed: int) -> joint.Likelihood:
    """Of one series, started from its stepwise analysis."""
    series = simulate(settings(arm), seed)
    with tempfile.TemporaryDirectory() as folder, _fractions_alone():
        write(series, Path(folder))
        path = Path(folder) / "recipe.toml"
        path.write_text(recipe_of(series), encoding="utf-8")
        analysis = shortrange.analyse(shortrange.read_recipe(path), routes=("stepwise",))
        return joint.likelihood_of(_joint._stated(analysis), _joint._series(analysis), _joint._starts(analysis))


def counted(made: joint.Likelihood) -> tuple[int, int, int, int, int]:
    """Starts; those that end lower, to their end and until they crawl; evaluations of both."""
    own = made.minimum()
    lower = [0, 0]
    evaluations = [0, 0]
    starts = list(_exchanged._other_starts(made))
    for start in starts:
        for at, far in enumerate((np.inf, own.chi2)):
            end = made.minimum(start, far=far)
            lower[at] += bool(end.chi2 < own.chi2 * (1 - _exchanged.LOWER))
            evaluations[at] += end.evaluations
    return len(starts), *lower, *evaluations


def main() -> None:
    """A row a series."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arm", default="clean")
    parser.add_argument("--first", type=int, default=77100)
    parser.add_argument("--number", type=int, default=8)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for seed in range(given.first, given.first + given.number):
        print(f"| {given.arm} {seed} | {' | '.join(map(str, counted(likelihood(given.arm, seed))))} |", flush=True)


if __name__ == "__main__":
    main()
