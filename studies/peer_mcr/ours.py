"""Our side: series as files, both routes, and what the other program gets. See the page of the room."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import shortrange
from shortrange.exports import fractions_table
from studies.peer_mcr import AXES, FIRST, LINES, SECOND, SHIFTS
from studies.second_simulator import Series, nmr, raman, settings, simulate, write
from studies.series_calibration import _base, _fractions_alone, recipe_of


def ours(folder: Path, seeds: list[int], *, alike: bool) -> None:
    """Simulate, write and analyse every series by both routes, and hand over what MCR-ALS needs."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        made = settings("clean")
        made.tables["series"]["x"] = sorted(FIRST + SECOND)
        whole = _alike(simulate(made, seed)) if alike else simulate(made, seed)
        told, name = {}, f"{seed} alike" if alike else str(seed)
        for count, chosen in (("4", FIRST), ("8", FIRST + SECOND)):
            series = replace(whole, glasses=tuple(g for g in whole.glasses if g.x in chosen))
            place = folder / f"{name}, {count} glasses"
            place.mkdir(exist_ok=True)
            write(series, place)
            (place / "recipe.toml").write_text(recipe_of(series), encoding="utf-8")
            with _fractions_alone():
                analysis = shortrange.analyse(
                    shortrange.read_recipe(place / "recipe.toml"), routes=("stepwise", "joint")
                )
            told[count] = _by_route(analysis)
        np.savez(folder / f"{name}.npz", **_matrices(whole, analysis))
        (folder / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")
        print(name, flush=True)


def _alike(series: Series) -> Series:
    """The series with all shapes, offsets, phase and base line of its last glass; own noise."""
    rng = np.random.default_rng((series.seed, 1))
    last, glasses = series.glasses[-1].parameters, []
    for glass in series.glasses:
        axis, intensity, processing = nmr.measure(
            series.settings, glass.amounts, last["31P NMR"], series.spectrometer, rng
        )
        shown = raman.measure(series.settings, glass.amounts, last["Raman"], rng)
        spectra = {**glass.spectra, "31P NMR": (axis, intensity), "Raman": shown}
        told = {**glass.parameters, "31P NMR": {**last["31P NMR"], **processing}, "Raman": last["Raman"]}
        glasses.append(replace(glass, spectra=spectra, parameters=told))
    return replace(series, glasses=tuple(glasses))


def _by_route(analysis: Any) -> dict[str, dict[str, list[list[float]]]]:
    """By route and sample: value, lower and upper end of every line; nan where it has none."""
    found: dict[str, dict[str, list[list[float]]]] = {}
    structures = {"stepwise": _base(analysis), "joint": analysis.joint.structures if analysis.joint else ()}
    for route, solved in structures.items():
        found[route] = {}
        for sample, rows in fractions_table(solved).groupby("sample"):
            at = {row["quantity"]: [row["value"], row["lower"], row["upper"]] for row in rows.to_dict("records")}
            none, zero = [float("nan")] * 3, [0.0] * 3
            merged = [a + b for a, b in zip(at.get("P:S4", none), at.get("P:S3O", zero), strict=True)]
            found[route][str(sample)] = [merged[:1] + none[:2], *(at.get(line, zero) for line in LINES[1:])]
    return found


def _matrices(series: Series, analysis: Any) -> dict[str, Any]:
    """Truth, spectra without background, and pure spectra, true and fitted, of the last glass, which has all units."""
    curves = {(fit.sample, fit.technique): fit.fit.curves for fit in analysis.fits}
    amounts = [{**g.amounts, LINES[0]: g.amounts["P:S4"] + g.amounts.get("P:S3O", 0.0)} for g in series.glasses]
    last = series.glasses[-1]
    found: dict[str, Any] = {
        "x": np.array([glass.x for glass in series.glasses]),
        "truth": np.array([[one.get(line, 0.0) for line in LINES] for one in amounts]),
    }
    for technique, (axis, grid) in AXES.items():
        own = [curves[f"x = {glass.x:.2f}", technique] for glass in series.glasses]
        clean = [(c[axis].values, (c["data"] - c["background"]).values) for c in own]
        found[technique] = np.array([np.interp(grid, *pair) for pair in clean])
        fitted = dict(zip(map(str, own[-1]["assignment"].values), own[-1]["component"].values, strict=True))
        alone = {line: line if line in fitted else line.split(" + ")[0] for line in LINES}
        found[f"fitted {technique}"] = np.array(
            [np.interp(grid, own[-1][axis].values, fitted[n]) if n in fitted else 0 * grid for n in alone.values()]
        )
    parameters = dict(last.parameters["31P NMR"])
    nmr.prepare_manifolds(parameters, series.spectrometer)
    for_line = {line: {line.split(" + ")[0]: 1.0} for line in LINES}
    pure = [
        nmr.transform(nmr.decay(parameters, w, series.spectrometer), series.spectrometer) for w in for_line.values()
    ]
    found["true 31P NMR"] = np.array([np.interp(SHIFTS, *pair) for pair in pure])
    return found


def main() -> None:
    """Run our side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, nargs="*", default=[9200, 9201])
    parser.add_argument("--alike", action="store_true")
    given = parser.parse_args()
    ours(given.folder, given.seed, alike=given.alike)


if __name__ == "__main__":
    main()
