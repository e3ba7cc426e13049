"""Their side, in an environment with SpectroChemPy: MCR-ALS, and the table. See the page of the room."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import spectrochempy as scp
from scipy.optimize import linear_sum_assignment, nnls
from spectrochempy.analysis import constraints as mc

from studies.peer_mcr import FIRST, LINES, SHIFTS

STARTS, APART = 20, 2.0
"""Starts for what data and constraints leave open, and the sd (ppm) by which lines are moved: as of our priors."""
SAME_FIT = 1.01
"""Lack of fit over the least one, up to which two ends tell the data as well."""
SETTINGS = {"as it comes": (50, 1e-3), "to the end": (1000, 1e-6)}
"""Most iterations, and change of the residual at which it ends."""
Matrix = Any
Resolved = tuple[Matrix, Matrix, float]


def _areas_one(rows: Matrix) -> Matrix:
    return rows / np.maximum(np.abs(rows.sum(axis=1, keepdims=True)), 1e-12)


def _readings(concentration: Matrix, spectra: Matrix) -> tuple[Matrix, ...]:
    """Fractions of phosphorus: concentrations, and concentration x area in 31P NMR, rows to 1."""
    raw = (concentration, concentration * spectra[:, : SHIFTS.size].sum(axis=1))
    return tuple(one / np.maximum(one.sum(axis=1, keepdims=True), 1e-12) for one in raw)


def _resolved(blocks: list[Matrix], guess: Matrix, augmentation: str | None, how: tuple[int, float]) -> Resolved:
    """C (glasses, k), St (k, points of all techniques), relative lack of fit."""
    closed = mc.Closure("C", method="constantSum", target=np.ones(len(blocks[0])))  # of two blocks that of each
    stated = [mc.NonNegative("C"), mc.NonNegative("St"), closed]
    most, change = how
    made = scp.MCRALS(constraints=stated, solver_C="nnls", solver_St="nnls", max_iter=most, tol_residual_change=change)
    if augmentation is None:
        made.fit(blocks[0], guess)
    else:
        made.fit(blocks, guess, augmentation=augmentation)
    c, st = np.array(made.C.data, dtype=float), np.array(made.St.data, dtype=float)
    return c, st, _lack(_whole(blocks, augmentation), c, st)


def _not_iterated(blocks: list[Matrix], guess: Matrix, augmentation: str | None) -> Resolved:

    x = _whole(blocks, augmentation)
    c = np.array([nnls(guess.T, row)[0] for row in x])
    return c, guess, _lack(x, c, guess)


def _whole(blocks: list[Matrix], augmentation: str | None) -> Matrix:
    return np.hstack(blocks) if augmentation == "horizontal" else np.vstack(blocks)


def _lack(x: Matrix, c: Matrix, st: Matrix) -> float:
    return float(np.linalg.norm(x - c @ st) / np.linalg.norm(x))


def _named(st: Matrix, pure: Matrix) -> list[int]:
    """The line that every component resembles most in 31P NMR, each once."""
    shown = st[:, : SHIFTS.size]
    like = (shown / np.linalg.norm(shown, axis=1, keepdims=True)) @ (pure / np.linalg.norm(pure, axis=1)[:, None]).T
    rows, columns = linear_sum_assignment(-np.nan_to_num(like))
    return [int(columns[list(rows).index(k)]) for k in range(len(st))]


def _own_start(kind: str, x: Matrix, count: int) -> Matrix:
    """Concentrations of EFA, or of the pure spectra of SIMPLISMA: as many spectra as rows would be taken for those."""
    if kind == "SIMPLISMA":
        made = scp.SIMPLISMA(n_components=count, noise=5)
        made.fit(scp.NDDataset(np.clip(x, 0, None)))
        pure = np.array(made.components.data, dtype=float)
        return np.array([nnls(pure.T, row)[0] for row in x])
    made = scp.EFA(n_components=count)
    made.fit(x)
    return np.array(made.transform().data, dtype=float)


def _moved(pure: Matrix, rng: np.random.Generator) -> Matrix:
    """Pure spectra with every line moved by what nobody knows of its position."""
    return np.array([np.interp(SHIFTS - rng.normal(0.0, APART), SHIFTS, one) for one in pure])


class Design:
    """What MCR-ALS gets of one series: blocks, the truth of its rows, pure spectra for a start."""

    def __init__(self, data: dict[str, Matrix], name: str) -> None:
        four = np.isin(data["x"], FIRST)
        shifts, bands = _areas_one(data["31P NMR"]), data["Raman"]
        level = float(np.linalg.norm(shifts) / np.linalg.norm(bands))
        self.augmentation, self._bands = None, None
        self.truth, self.pure, self.fitted = (
            data["truth"][four],
            *map(_areas_one, (data["true 31P NMR"], data["fitted 31P NMR"])),
        )
        self.blocks = [shifts[four]]
        if name == "31P NMR and Raman":
            self.augmentation = "horizontal"
            self.blocks.append(level * bands[four])
            share = data["fitted 31P NMR"].sum(axis=1) / data["fitted 31P NMR"].sum()
            self._bands = level * data["fitted Raman"] / np.maximum(share, 1e-3)[:, None]
        if name == "31P NMR, eight glasses":
            self.augmentation = "vertical"
            self.blocks.append(shifts[~four])

    def start(self, shapes: Matrix) -> Matrix:
        """Pure spectra of all techniques from those of 31P NMR: of Raman the fitted ones."""
        return shapes if self._bands is None else np.hstack([shapes, self._bands])

    def rms(self, found: Resolved, at: list[int]) -> tuple[float, float, Matrix]:
        """rms error of the lines that a component stands for and of all seven, in the first four glasses; fractions."""
        best = (np.inf, np.inf, self.truth)
        for reading in _readings(*found[:2]):
            full = np.zeros_like(self.truth)
            full[:, at] = reading[: len(FIRST)]
            some, every = (float(np.sqrt(np.mean(e**2))) for e in ((full - self.truth)[:, at], full - self.truth))
            best = min(best, (some, every, full), key=lambda one: one[1])
        return best


DESIGNS = {"31P NMR": "4", "31P NMR and Raman": "4", "31P NMR, eight glasses": "8"}
SEVEN = list(range(len(LINES)))


def peers(folder: Path) -> None:
    """MCR-ALS of every series, and the table."""
    print("| series | glasses | data | way | lines stated | rms of these | rms of all seven | lack of fit | open |")
    print("|---|---|---|---|---|---|---|---|---|")
    for path in sorted(folder.glob("*.npz")):
        data = dict(np.load(path))
        for glasses, routes in json.loads(path.with_suffix(".json").read_text()).items():
            for route, rows in routes.items():
                told = np.array([np.array(rows[f"x = {x:.2f}"]) for x in FIRST])
                error = told[..., 0] - data["truth"][np.isin(data["x"], FIRST)]
                rms = f"{np.sqrt(np.mean(error**2)):.4f}"
                print(
                    f"| {path.stem} | {glasses} | NMR, Raman, O 1s | ours, {route} | 7 | {rms} | {rms} | | |",
                    flush=True,
                )
        for name, glasses in DESIGNS.items():
            for row in _ways(Design(data, name)):
                print(f"| {path.stem} | {glasses} | {name} | {' | '.join(row)} |", flush=True)


def _ways(design: Design) -> Iterator[tuple[str, ...]]:
    starts = {"true pure spectra": design.start(design.pure), "our pure spectra": design.start(design.fitted)}
    for name, start in starts.items():
        yield _row(
            f"{name}, nothing iterated",
            design,
            partial(_not_iterated, design.blocks, start, design.augmentation),
            None,
        )
        for setting, how in SETTINGS.items():
            yield _row(f"{name}, {setting}", design, _run(design, start, how), None)
    yield _open(design)
    x = _whole(design.blocks, design.augmentation)
    for kind in ("SIMPLISMA", "EFA"):
        count = min(len(x), len(LINES))
        yield _row(
            f"{kind}, {count} components, to the end",
            design,
            partial(_from_own, design, kind, x, count),
            design.pure,
        )


def _run(design: Design, start: Matrix, how: tuple[int, float]) -> Callable[[], Resolved]:
    return partial(_resolved, design.blocks, start, design.augmentation, how)


def _from_own(design: Design, kind: str, x: Matrix, count: int) -> Resolved:
    return _run(design, _own_start(kind, x, count), SETTINGS["to the end"])()


def _row(way: str, design: Design, made: Callable[[], Resolved], pure: Matrix | None) -> tuple[str, ...]:
    try:
        found = made()
    except Exception as error:  # what a peer raises is its answer
        return (way, "0", f"failed: {type(error).__name__}", "", "", "")
    at = SEVEN if pure is None else _named(found[1], pure)
    some, every, _ = design.rms(found, at)
    return (way, str(len(at)), f"{some:.4f}", f"{every:.4f}", f"{found[2]:.4f}", "")


def _open(design: Design) -> tuple[str, ...]:
    """What ends that tell the data as well disagree by, over lines and glasses."""
    rng, ends = np.random.default_rng(0), []
    for _ in range(STARTS):
        found = _run(design, design.start(_moved(design.fitted, rng)), SETTINGS["to the end"])()
        ends.append((found[2], *design.rms(found, SEVEN)[1:]))
    least = min(lack for lack, *_ in ends)
    same = [(rms, full) for lack, rms, full in ends if lack <= SAME_FIT * least]
    apart = np.ptp([full for _, full in same], axis=0)
    rms = [rms for rms, _ in same]
    span = f"{len(same)} ends: median {np.median(apart):.3f}, most {apart.max():.3f}"
    return (f"{STARTS} starts about our pure spectra", "7", "", f"{min(rms):.4f}-{max(rms):.4f}", f"{least:.4f}", span)


if __name__ == "__main__":
    peers(Path(sys.argv[1]))
