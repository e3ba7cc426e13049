"""Claims and limits: ``python studies/xps_reactions.py N LEVEL CASE [FIRST UNDER SHAPE TIMES TOLD]`` prints rows.

What is asked is ``xps.reaction``.
Simulated pairs of regions of one glass line (a doublet of 6000 counts eV on 300 counts a point) before and after
contact, with a C 1s region of both. Cases: ``rigid``, the region after contact and its C 1s moved together by up to
3 eV; ``same``, unchanged; a number, that percentage of the area turned into the product (Na2S 1.3 eV below PS4 in
S 2p, Na3P 4.2 eV below it in P 2p). Each pair is asked twice: aligned by C 1s, and by charge shifts of 0 +- 0.1 eV
that are stated of both and wrong where the pair is rigid; a percentage is asked by C 1s alone. Seeds are FIRST to
FIRST + N - 1, 0 where it is absent. UNDER is what lies under the lines on those 300 counts: nothing but a slope, or
``shirley`` and ``tougaard`` as ``xps_backgrounds.py`` draws them, alike before and after (``slope`` is that slope).
SHAPE is that of all lines of a draw, one of those of ``xps_shapes.py``, with quantities as that draws them; Gaussian
lines 1.3 eV wide where it is absent or ``gaussian``. TIMES multiplies all counts. TOLD is the shape that the fit is
told; nobody states one where it is absent.
"""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import xps_regions_by_hand as cases

from shortrange_core import Status
from spectra import shapes, xps
from studies import xps_backgrounds, xps_shapes

GLASS = {"S 2p": (161.5, 160.2, 1.18, (152.0, 172.0)), "P 2p": (132.0, 127.8, 0.85, (120.0, 142.0))}
ASKED = {"S 2p": ("Na2S", {"Na2S": (159.6, 160.8)}), "P 2p": ("Na3P", {})}
AREA = 4000.0
WAYS = ("C 1s", "stated")


LEVEL = 300.0
"""Counts a point."""


def under(kind: str, seed: int, times: float, x: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """What lies under the lines of both regions of a draw."""
    if kind == "slope":
        return times * (LEVEL + 3 * (x - x[0]))
    return xps_backgrounds.under(kind, x, lines, times * LEVEL, np.random.default_rng([seed, 1]))


def line_of(shape: str, seed: int):
    """The lines of a draw: position, area and, of Gaussian ones, the width are given by the design."""
    if shape == "gaussian":
        return cases.gauss
    quantities = xps_shapes.quantities(shape, np.random.default_rng([seed, 2]))
    return lambda x, area, center, _: shapes.shape_named(shape)(x, area, center, *quantities)


def pair(
    seed: int, level: str, share: float, shift: float, kind: str = "slope", shape: str = "gaussian", times: float = 1.0
):
    """Regions before and after contact, and C 1s of both."""
    glass, product, splitting, ends = GLASS[level]
    area = times * AREA
    after = cases.doublet(area * (1 - share), glass, split=splitting)
    after += cases.doublet(area * share, product, split=splitting) if share else []
    before = cases.doublet(area, glass, split=splitting)
    made = [
        cases.region(
            lines,
            *ends,
            f"{level} XPS",
            2 * seed + number,
            moved,
            partial(under, kind, seed, times),
            line_of(shape, seed),
        )
        for number, (lines, moved) in enumerate(((before, 0.0), (after, shift)))
    ]
    carbon = tuple(
        cases.region([(6000.0, 284.8, 1.3)], 278.0, 294.0, "C 1s XPS", 10**6 + 2 * seed + number, moved)
        for number, moved in enumerate((0.0, shift))
    )
    return *(cases.ready(region) for region in made), carbon


def rows(count: int, level: str, case: str, first: int = 0, *lines: str) -> Iterator[str]:
    """Claims, undetermined pairs, limits at or above the truth and the limits, one row for each way of alignment.

    Rows after every hundred draws: a run that is stopped has counted as far as its last rows say.
    """
    unchanged = case in ("rigid", "same")
    share = 0.0 if unchanged else float(case) / 100
    reduced, windows = ASKED[level]
    kind, shape, times, stated = (*lines, *("slope", "gaussian", "1", "")[len(lines) :])
    glass = xps.Region(["P:S4"], shape=stated or None)
    told: dict[str, list[tuple[bool, bool, bool, float]]] = {way: [] for way in WAYS[: 1 + unchanged]}
    for seed in range(first, first + count):
        shift = float(np.random.default_rng(seed).uniform(-3, 3)) if case == "rigid" else 0.0
        before, after, carbon = pair(seed, level, share, shift, kind, shape, float(times))
        for way, answers in told.items():
            common = carbon if way == WAYS[0] else None
            found = xps.reaction(before, after, glass, reduced, windows=windows, common=common)
            answers.append((found.formed, found.status is not Status.OK, found.upper_limit >= share, found.upper_limit))
        done = seed + 1 - first
        if done % 100 == 0 or done == count:
            yield from (
                counted(
                    f"{level} | {case} | {kind} | {shape} x {times} | {stated or 'nothing'} | {way} | {first}", answers
                )
                for way, answers in told.items()
            )


def counted(what: str, answers: list[tuple[bool, bool, bool, float]]) -> str:
    """One row of the table from the answers to every draw."""
    formed, open_, held, limits = (np.array(column, dtype=float) for column in zip(*answers, strict=True))
    middle, high = (f"{100 * end:.1f} %" for end in np.quantile(limits, [0.5, 0.95]))
    return (
        f"| {what} | {len(answers)} | {formed.sum():.0f} | {open_.sum():.0f} | {held.sum():.0f} | {middle} | {high} |"
    )


if __name__ == "__main__":
    for line in rows(int(sys.argv[1]), *sys.argv[2:4], *map(int, sys.argv[4:5]), *sys.argv[5:9]):
        print(line, flush=True)
