"""What the shape of a line does to BO/(BO + NBO): ``python studies/xps_shape_shares.py SETS FIRST WHAT [NAME ...]``.

WHAT is ``shares`` of the shapes, or ``glasses`` of the arms, that are named. Seeds are FIRST to FIRST + SETS - 1.

``shares`` is about two lines as ``xps_shapes.py ranges`` draws and fits them, and their share, which enters balances:
how often its interval holds the truth;
with the largest move over a shape that the data do not reject (a fit of its own over the same background) squared in
its variance; as evidence (``spectra.xps.areas_over_shapes``), with that move where chi2 falls by more than 4; and where
the shape that ``shape-decides`` advises is taken.

``glasses`` counts the same of O 1s of whole series of the second simulator (arms NAME, or ``clean``), SETS of them,
whose lines are the sums that fits take, read and fitted by the recipe of ``series_calibration.py``.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import reference_peaks
import shortrange
from shortrange.stepwise import _fitting
from shortrange_core import Severity
from spectra import xps
from spectra.fits import Fit
from spectra.xps._other_backgrounds import not_rejected
from spectra.xps._other_shapes import NAMED
from studies import second_simulator as second
from studies.second_simulator.xps import oxygen
from studies.series_calibration import recipe_of
from studies.xps_backgrounds import NORMAL_95, share
from studies.xps_shapes import CLOSE, KINDS, UNDER, user_fit, user_region


def shares(sets: int, first: int, truths: list[str]) -> None:
    """A row a shape and a background that are there."""
    moved = "holds, wider (median, mean)"
    columns = f"interval holds | every move added: {moved} | as evidence: {moved} | advised | advice followed: holds"
    print(f"| line | under it | trusted | off by, in sds: mean | {columns} |")
    print("|---|---|---|---|---|---|---|---|---|")
    for shape in truths or KINDS:
        for below in UNDER:
            rows = list(_shared(shape, below, range(first, first + sets)))
            table = np.array(rows, dtype=float).reshape(-1, 5)
            pulls, wider, evident, advised, best = table.T
            held, added, counted_too, after = (
                100 * np.mean(np.abs(off) <= NORMAL_95 * width)
                for off, width in ((pulls, 1.0), (pulls, wider), (pulls, evident), (best, 1.0))
            )
            moved = f"{held:.0f} % | {added:.0f} %, {np.median(wider):.3f}, {wider.mean():.2f}"
            moved += f" | {counted_too:.0f} %, {np.median(evident):.3f}, {evident.mean():.2f}"
            cells = f"{pulls.mean():.2f} | {moved} | {100 * advised.mean():.0f} % | {after:.0f} %"
            print(f"| {shape} | {below} | {len(rows)} of {sets} | {cells} |", flush=True)


def _shared(shape: str, below: str, seeds: range) -> Iterator[tuple[float, float, float, bool, float]]:
    """Of trusted fits: error in sds; width with every move, as evidence; whether a shape is advised; error with it."""
    for seed in seeds:
        spectrum, area, total = user_region("two", shape, below, seed)
        own = user_fit(spectrum, "two")
        if not own.status.trusted:
            continue
        others = {other: user_fit(spectrum, "two", other) for other in KINDS[1:]}
        least = min(one.chi2 for one in (own, *others.values()))
        value, sd = share(own)
        near = [share(one)[0] - value for one in others.values() if one.status.trusted and one.chi2 < least + CLOSE]
        remedies = [note.remedy for note in xps.XPS.remarks(own) if note.code == "shape-decides"]
        advised = next((one for other, one in others.items() for text in remedies if f"shape={other!r}" in text), None)
        best, best_sd = share(own if advised is None else advised)
        wider = math.hypot(sd, max(map(abs, near), default=0.0)) / sd
        yield (
            (value - area / total) / sd,
            wider,
            evidence_sd(own) / sd,
            advised is not None,
            (best - area / total) / best_sd,
        )


def evidence_sd(fit: Fit) -> float:
    """sd of the share as it enters balances."""
    areas = xps.areas_over_shapes(fit).select(["bo", "nbo"])
    return float(areas.propagate(lambda v: v[:1] / v.sum(), ["share"]).sd.item())


def glasses(sets: int, first: int, arms: list[str]) -> None:
    """A row an arm."""
    moved = "holds, wider (median, mean, most)"
    print(f"| arm | regions | trusted | interval holds | every move added: {moved} | as evidence: {moved} | warned |")
    print("|---|---|---|---|---|---|---|")
    for arm in arms or ["clean"]:
        fits = [pair for seed in range(first, first + sets) for pair in _oxygen_of(arm, seed)]
        rows = []
        for own, truth in fits:
            if not own.status.trusted:
                continue
            value, sd = share(own)
            near = [float(one.areas[0] / one.areas.sum()) - value for one in not_rejected(own)[1] if one.name in NAMED]
            warned = any(n.code == "shape-decides" and n.severity is Severity.WARNING for n in own.notes)
            every = math.hypot(sd, max(map(abs, near), default=0.0)) / sd
            rows.append(((value - truth) / sd, every, evidence_sd(own) / sd, warned))
        pulls, *widths, told = np.array(rows, dtype=float).T
        cells = [f"{100 * np.mean(np.abs(pulls) <= NORMAL_95):.0f} %"]
        for wider in widths:
            held = 100 * np.mean(np.abs(pulls) <= NORMAL_95 * wider)
            cells.append(f"{held:.0f} %, {np.median(wider):.3f}, {wider.mean():.3f}, {wider.max():.2f}")
        print(f"| {arm} | {len(fits)} | {len(rows)} | {' | '.join(cells)} | {100 * told.mean():.0f} % |", flush=True)


def _oxygen_of(arm: str, seed: int) -> Iterator[tuple[Fit, float]]:
    """Fits of O 1s of a series, and the share of bridging oxygen that is there."""
    series, library = second.simulate(second.settings(arm), seed), reference_peaks.load()
    truths = {f"x = {one.x:.2f}": oxygen(series.settings, dict(one.amounts)) for one in series.glasses}
    with tempfile.TemporaryDirectory() as folder:
        second.write(series, Path(folder))
        path = Path(folder) / "recipe.toml"
        path.write_text(recipe_of(series), encoding="utf-8")
        recipe = shortrange.read_recipe(path)
        for sample in recipe.tables.samples:
            for entry in sample.spectra:
                if entry.technique == "O 1s XPS":
                    item = _fitting.read_entry(recipe, sample, entry)
                    found = _fitting.fit_measured(recipe.tables, item, _fitting.priors_of(recipe, library))
                    if found is not None and {"bo", "nbo"} <= {line.name for line in found.fit.model.peaks}:
                        sites = truths[sample.name]
                        yield found.fit, sites["BO"] / (sites["BO"] + sites["NBO"])


if __name__ == "__main__":
    {"shares": shares, "glasses": glasses}[sys.argv[3]](int(sys.argv[1]), int(sys.argv[2]), sys.argv[4:])
