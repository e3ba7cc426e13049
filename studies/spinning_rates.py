"""What fits of NMR spectra say of a spinning rate: wrong ones, true ones, and spectra with a line that nobody listed.

python -m studies.spinning_rates STORE [--first 3300] [--number 40] [--what true near far unlisted]

The last glass (x = 0.60) of the clean series of the second simulator. `true`: the rate of the simulation is stated;
`near`: one that is 1 to 5 % off; `far`: 35 to 230 % off; `unlisted`: the true rate, and a line of the recipe in turn is
left out, counted where the fit misses its data. Appends one JSON line a fit to STORE; prints its table.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

import reference_peaks
import shortrange
from shortrange import stepwise
from studies.second_simulator import Series, settings, simulate, write
from studies.series_calibration import recipe_of

OFF = {"true": (0.0, 0.0), "near": (0.01, 0.05), "far": (0.3, 1.2), "unlisted": (0.0, 0.0)}
"""Natural logarithm of the stated over the true rate: from, to."""
RIGHT = 0.03
CODE = "spinning-rate-asked"


def fitted(series: Series, rate: float, left_out: int | None) -> dict[str, object]:
    """What the fit of one glass says where a rate is stated and one of its lines may be left out."""
    shown = replace(series, glasses=series.glasses[-1:], stated_rate=rate)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(shown, folder)
        text = recipe_of(shown)
        if left_out is not None:
            text = _without(text, left_out)
        (folder / "recipe.toml").write_text(text, encoding="utf-8")
        recipe = shortrange.read_recipe(folder / "recipe.toml")
        measured = next(m for m in stepwise.read_measured(recipe, lambda _: None) if "NMR" in m.technique)
        priors = stepwise.priors_of(recipe, reference_peaks.load())
        (found,) = stepwise.fit_spectra(recipe, [measured], priors, lambda _: None)
    notes = {note.code: note for note in found.fit.notes}
    told = re.search(r"rate (?:of|near) ([\d.]+)", notes[CODE].text) if CODE in notes else None
    return {
        "missed": bool(found.fit.missed),
        "size": round(found.fit.chi2 / max(found.fit.dof, 1.0), 2),
        "told": float(told.group(1)) if told else None,
        "warned": CODE in notes and notes[CODE].severity == "warning",
        "maxima": "sidebands-unexplained" in notes,
    }


def _without(text: str, number: int) -> str:
    """A recipe without one of the lines of its NMR spectra."""
    lines = json.loads(text.partition("lines = ")[2].partition("\n")[0])
    kept = [line for i, line in enumerate(lines) if i != number]
    text = text.replace(json.dumps(lines), json.dumps(kept))
    return "\n".join(row for row in text.splitlines() if not row.startswith(f"{json.dumps(lines[number])} ="))


def run(store: Path, what: str, seeds: range) -> None:
    """Append what is missing."""
    done = {(r["what"], r["seed"]) for r in _read(store)}
    for seed in (seed for seed in seeds if (what, seed) not in done):
        series = simulate(settings("clean"), seed)
        rng = np.random.default_rng(seed)
        low, high = OFF[what]
        rate = float(series.stated_rate * np.exp(rng.choice([-1.0, 1.0]) * rng.uniform(low, high)))
        found = fitted(series, rate, int(rng.integers(0, 7)) if what == "unlisted" else None)
        row = {"what": what, "seed": seed, "true": series.stated_rate, "stated": rate, **found}
        with store.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")


def _read(store: Path) -> list[dict]:
    return [json.loads(line) for line in store.read_text(encoding="utf-8").splitlines()] if store.exists() else []


def table(rows: list[dict]) -> str:
    """Counts by what was stated."""
    text = ["| stated | fits | miss their data | told | of those that miss | right within 3 % | by maxima |"]
    text.append("|---|---|---|---|---|---|---|")
    for what in OFF:
        own = [row for row in rows if row["what"] == what]
        missed, told = [row for row in own if row["missed"]], [row for row in own if row["warned"]]
        right = [row for row in told if abs(row["told"] / row["true"] - 1) < RIGHT]
        both = sum(row["warned"] for row in missed)
        maxima = sum(row["maxima"] for row in own)
        text.append(f"| {what} | {len(own)} | {len(missed)} | {len(told)} | {both} | {len(right)} | {maxima} |")
    return "\n".join(text)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--first", type=int, default=3300)
    parser.add_argument("--number", type=int, default=40)
    parser.add_argument("--what", nargs="*", choices=tuple(OFF), default=tuple(OFF))
    given = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(given.first, given.first + given.number):
            for what in given.what:
                run(given.store, what, range(seed, seed + 1))
    print(table(_read(given.store)))


if __name__ == "__main__":
    main()
