"""Calibration of the joint route on whole series of the second simulator, beside the stepwise route on the same files.

python -m studies.joint_calibration run STORE [--arm coupled] [--first 10000] [--number 20] [--samples 1600]
python -m studies.joint_calibration summary STORE [STORE ...] [--route joint] [--oracle]

`run` writes each series to a temporary folder, analyses its recipe by both routes, and appends one JSON line a series
to STORE: rows of both routes, fractions averaged over sets of units, and the p of every comparison of the tension.
Seeds that STORE holds are left out. `summary` prints the tables of `studies.series_calibration` of one route, then both
routes side by side, averages over sets, and false alarms of the tension.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from shortrange.results import BASE, JointFit, Structure
from studies.joint_tension.__main__ import summary as tension_summary
from studies.joint_tension._two_lines import compared
from studies.second_simulator import settings, simulate, truth
from studies.series_calibration import analysed, fits_of, read, rows_of, with_oracle
from studies.series_summary import BAND, EDGE, clustered, summary

AGREED = 1.1
"""R-hat up to which chains agree on an amount."""
CLEAR = 3.0
"""sds by which an amount is clear of zero."""


def one_series(arm: str, seed: int, samples: int = 0) -> dict[str, object]:
    """Simulate, write, analyse by both routes, and compare: a record of JSON types."""
    started = time.process_time()
    series = simulate(settings(arm), seed)
    analysis = analysed(series, routes=("stepwise", "joint"), samples=samples)
    fractions = truth(series)["fractions"]
    alone = [item for item in analysis.structures if item.reading == BASE]
    record = {"arm": arm, "seed": seed, "faults": {}, "stepwise": rows_of(alone, fractions), "before": _solved(alone)}
    record |= {
        "fits": fits_of(analysis),
        "notes": sorted({(str(n.severity), n.code, where) for where, n in analysis.notes}),
    }
    together = analysis.joint
    if together is None:
        record |= {"rows": _unsolved(record["stepwise"]), "solved": dict.fromkeys(fractions, ""), "averaged": []}
        record |= {"status": "none", "groups": []}
    else:
        found = together.structures if together.status.trusted else ()
        rows = rows_of(found, fractions) if found else _unsolved(record["stepwise"])
        record |= {"rows": rows, "solved": _solved(found) or dict.fromkeys(fractions, "")}
        record |= {"averaged": _averaged(together, fractions), "chi2": together.chi2}
        record |= {"status": str(together.status), "groups": compared(together.tensions)}
        record |= _drawn(together, fractions)
    return {**record, "seconds": round(time.process_time() - started, 2)}


def _solved(structures: Sequence[Structure]) -> dict[str, str]:
    return {s.sample: "" if s.solution is None else str(s.solution.status) for s in structures}


def _unsolved(rows: list[dict]) -> list[dict[str, object]]:
    return [{name: row[name] for name in ("x", "quantity", "truth")} | {"inside": False, "bound": None} for row in rows]


def _averaged(together: JointFit, fractions: dict) -> list[dict[str, object]]:
    rows = []
    for row in together.averaged:
        value = fractions[row.sample].get(row.species)
        if value is not None:
            inside = bool(row.lower - EDGE <= value <= row.upper + EDGE)
            entry = {"x": float(row.sample.split("=")[1]), "quantity": row.species, "truth": value, "inside": inside}
            rows.append(entry | {"lower": row.lower, "upper": row.upper, "zero": row.zero, "united": row.united})
    return rows


def _drawn(together: JointFit, fractions: dict) -> dict[str, object]:
    """Amounts by samples of the posterior, where these were asked for."""
    posterior = together.posterior
    if posterior is None:
        return {}
    (mean, sd), (lower, upper) = posterior.moments(), posterior.quantiles(0.025, 0.975)
    rows = []
    for at, entry in enumerate(posterior.entries):
        sample, _, species = entry.partition(": ")
        value = fractions.get(sample, {}).get(species)
        if value is not None:
            inside = bool(lower[at] - EDGE <= value <= upper[at] + EDGE)
            row = {"x": float(sample.split("=")[1]), "quantity": species, "truth": value, "inside": inside}
            row |= {"value": mean[at], "sd": sd[at], "lower": lower[at], "upper": upper[at]}
            rows.append(row | {"r_hat": posterior.r_hat[at], "effective": posterior.effective[at]})
    return {"drawn": rows, "k": posterior.pareto_k, "settled": posterior.settled}


def samples_beside(records: Sequence[dict]) -> str:
    """Intervals and means of samples of the posterior beside those of the result, on amounts whose chains agree."""
    pairs = []
    for record in records:
        found = {(row["x"], row["quantity"]): row for row in record["rows"] if np.isfinite(row.get("sd", np.nan))}
        for row in record.get("drawn", ()):
            other = found.get((row["x"], row["quantity"]))
            if other is not None and other["sd"] > EDGE and row["r_hat"] <= AGREED:
                pairs.append(({**other, "seed": record["seed"]}, {**row, "seed": record["seed"]}))
    if not pairs:
        return ""
    drawn = [record for record in records if "drawn" in record]
    settled = sum(record["settled"] for record in drawn)
    text = ["", f"samples of {len(drawn)} series, all chains agree in {settled}; {len(pairs)} amounts whose chains do"]
    text.append(f"{'':<20}{'n':>6}{'coverage':>10}{'4 se':>7}{'width':>9}{'rms error':>11}{'pull':>14}")
    for name, rows in (("result", [one for one, _ in pairs]), ("samples", [other for _, other in pairs])):
        coverage, error, number = clustered(rows)
        width = np.median([row["upper"] - row["lower"] for row in rows])
        rms = np.sqrt(np.mean([(row["value"] - row["truth"]) ** 2 for row in rows]))
        pulls = [(row["value"] - row["truth"]) / row["sd"] for row in rows]
        text.append(
            f"{name:<20}{number:>6}{coverage:>10.3f}{BAND * error:>7.3f}{width:>9.4f}{rms:>11.4f}"
            f"{np.mean(pulls):>+7.2f}{np.std(pulls):>7.2f}"
        )
    text.append(f"{'clear of zero':<20}{'n':>6}{'mean less result, sds (se)':>28}{'pull, result':>14}{'samples':>9}")
    for name in dict.fromkeys(one["quantity"] for one, _ in pairs):
        group = [(one, other) for one, other in pairs if one["quantity"] == name and one["truth"] > CLEAR * one["sd"]]
        if group:
            away = [(other["value"] - one["value"]) / one["sd"] for one, other in group]
            pulls = [np.mean([(r["value"] - r["truth"]) / r["sd"] for r in rows]) for rows in zip(*group, strict=True)]
            text.append(
                f"{name:<20}{len(group):>6}{np.mean(away):>+20.2f} ({np.std(away) / len(away) ** 0.5:.2f})"
                f"{pulls[0]:>+14.2f}{pulls[1]:>+9.2f}"
            )
    return "\n".join(text)


def side_by_side(records: Sequence[dict]) -> str:
    """Coverage, width and error of both routes on the rows of glasses in which both have a result."""
    text = ["", f"{'rows that both routes have':<34}{'n':>6}{'coverage':>10}{'4 se':>7}{'width':>9}{'rms error':>11}"]
    pairs = [
        ({**one, "seed": record["seed"]}, {**other, "seed": record["seed"]})
        for record in records
        for one, other in zip(record["stepwise"], record["rows"], strict=True)
        if all(np.isfinite(row.get(name, np.nan)) for row in (one, other) for name in ("value", "lower", "upper"))
    ]
    for name, rows in (("stepwise", [one for one, _ in pairs]), ("joint", [other for _, other in pairs])):
        coverage, error, number = clustered(rows)
        width = np.median([row["upper"] - row["lower"] for row in rows])
        rms = np.sqrt(np.mean([(row["value"] - row["truth"]) ** 2 for row in rows]))
        text.append(f"{name:<34}{number:>6}{coverage:>10.3f}{BAND * error:>7.3f}{width:>9.4f}{rms:>11.4f}")
    return "\n".join(text)


def over_sets(records: Sequence[dict], absent: float = 0.5) -> str:
    """Coverage of fractions averaged over sets of units, and of the probability that a unit is not there.

    The latter with another probability before the spectra (``joint_absent``) for each unit by itself: coverage stays
    that of the sets as they were stored, each as likely as any other.
    """
    rows = [{**row, "seed": record["seed"]} for record in records for row in record["averaged"]]
    odds = absent / (1 - absent)
    text = ["", f"{'averaged over sets of units':<34}{'n':>6}{'coverage':>10}{'4 se':>7}{'width':>9}"]
    gone = [row for row in rows if row["truth"] < EDGE]
    there = [row for row in rows if row["truth"] >= EDGE]
    united = [row for row in rows if row["united"]]
    for name, group in (("all", rows), ("absent", gone), ("there", there), ("over all couplings", united)):
        coverage, error, number = clustered(group)
        width = np.median([row["upper"] - row["lower"] for row in group]) if group else np.nan
        text.append(f"{name:<34}{number:>6}{coverage:>10.3f}{BAND * error:>7.3f}{width:>9.4f}")
    text.append(f"{'probability of none':<34}{'n':>6}{'mean':>10}{'absent':>7}")
    rows = [{**row, "zero": odds * row["zero"] / (odds * row["zero"] + 1 - row["zero"])} for row in rows]
    edges = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0 + EDGE)
    for low, high in itertools.pairwise(edges):
        group = [row for row in rows if low <= row["zero"] < high]
        if group:
            mean, share = np.mean([row["zero"] for row in group]), np.mean([row["truth"] < EDGE for row in group])
            text.append(f"{f'{low:.2f} to {min(high, 1):.2f}':<34}{len(group):>6}{mean:>10.3f}{share:>7.3f}")
    return "\n".join(text)


def beside_walls(records: Sequence[dict]) -> str:
    """Mean pulls of units in glasses whose other units are all clear of zero by some sds of theirs, and in others."""
    text = ["", f"{'mean pull (se), others clear':<34}{'n':>6}{'':>17}{'some near':>10}{'n':>6}"]
    pulls: dict[str, tuple[list[float], list[float]]] = {}
    for record in records:
        rows = [row for row in record["rows"] if ":" in row["quantity"] and row.get("sd") and row["sd"] > EDGE]
        for row in (row for row in rows if row["bound"] is False):
            others = [other for other in rows if other["x"] == row["x"] and other is not row]
            near = any(other["truth"] < CLEAR * other["sd"] for other in others)
            pulls.setdefault(row["quantity"], ([], []))[near].append((row["value"] - row["truth"]) / row["sd"])
    for name, groups in pulls.items():
        clear, near = (f"{np.mean(g):+.2f} ({np.std(g) / len(g) ** 0.5:.2f})" if g else "" for g in groups)
        text.append(f"{name:<34}{len(groups[0]):>6}{clear:>17}{near:>17}{len(groups[1]):>6}")
    return "\n".join(text)


def main() -> None:
    """Run or summarise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "summary"))
    parser.add_argument("stores", nargs="+", type=Path)
    parser.add_argument("--arm", default="coupled")
    parser.add_argument("--first", type=int, default=10000)
    parser.add_argument("--number", type=int, default=20)
    parser.add_argument("--samples", type=int, default=0, help="of the posterior, for each series")
    parser.add_argument("--route", choices=("joint", "stepwise"), default="joint")
    parser.add_argument("--oracle", action="store_true", help="compare widths with those of an oracle of one glass")
    parser.add_argument("--absent", type=float, default=0.5, help="how likely an absent unit was before the spectra")
    given = parser.parse_args()
    if given.what == "summary":
        records = read(*given.stores)
        both = "\n".join(
            (
                side_by_side(records),
                over_sets(records, given.absent),
                beside_walls(records),
                samples_beside(records),
                "\n",
            )
        )
        text = both + tension_summary([{**record, "fault": "", "lambda": 0.0} for record in records], {})
        if given.route == "stepwise":
            records = [{**record, "rows": record["stepwise"], "solved": record["before"]} for record in records]
        print(summary(with_oracle(records) if given.oracle else records) + "\n" + text)
        return
    store = given.stores[0]
    done = {record["seed"] for record in read(store)} if store.exists() else set()
    warnings.simplefilter("ignore")
    for seed in range(given.first, given.first + given.number):
        if seed not in done:
            record = one_series(given.arm, seed, given.samples)
            with store.open("a", encoding="utf-8") as out:
                out.write(json.dumps(record) + "\n")
            print(f"seed {seed}: {record['seconds']} s", flush=True)


if __name__ == "__main__":
    main()
