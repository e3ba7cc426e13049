"""Counts over stored series: coverage, widths against the truth, verdicts, by arm and by route."""

from __future__ import annotations

from collections import Counter

import numpy as np

BAND = 4.0
EDGE = 1e-6
"""An interval of the balances alone has ends to this; a truth of exactly 0 is inside an interval that starts at 0."""
WIDTH_OF_95 = 3.92
"""Of a 95 % interval, in sds."""
TRUSTED = ("ok", "at_bound", "undetermined")


def clustered(rows: list[dict]) -> tuple[float, float, int]:
    """Coverage, its standard error with the series as cluster, number of rows."""
    hits, counts = Counter(), Counter()
    for row in rows:
        hits[row["seed"]] += row["inside"]
        counts[row["seed"]] += 1
    number = sum(counts.values())
    if not number:
        return float("nan"), float("nan"), 0
    coverage = sum(hits.values()) / number
    clusters = len(counts)
    within = sum((hits[s] - coverage * counts[s]) ** 2 for s in counts) * clusters / max(clusters - 1, 1)
    return coverage, float(np.sqrt(within)) / number, number


def summary(records: list[dict]) -> str:
    """Tables of coverage, pulls, widths and warnings."""
    failed = [record for record in records if "error" in record]
    rows = [
        {**row, "seed": record["seed"], "trusted": record["solved"][f"x = {row['x']:.2f}"] in TRUSTED}
        for record in records
        for row in record["rows"]
    ]
    trusted = [row for row in rows if row["trusted"]]
    seconds = np.median([record["seconds"] for record in records if "seconds" in record])
    text = [f"{len(records)} series, {len(failed)} raised; median {seconds:.1f} s of processor time a series"]
    text += [f"  seed {record['seed']}: {record['error']}" for record in failed]
    text.append(f"{'':<34}{'n':>6}{'coverage':>10}{'4 se':>7}{'mean pull':>11}{'sd':>6}{'width':>9}{'/oracle':>8}")
    inner = [row for row in rows if row["bound"] is False]
    edge = [row for row in rows if row["bound"]]
    unsolved = [row for row in rows if row["bound"] is None]
    for name, group in (
        ("all", rows),
        ("all, solution not rejected", trusted),
        ("interior", inner),
        ("at a bound", edge),
        ("no solution", unsolved),
    ):
        text.append(_line(name, group, pulls=name == "interior"))
    for x in sorted({row["x"] for row in rows}):
        text.append(_line(f"interior, x = {x:.2f}", [r for r in inner if r["x"] == x], pulls=True))
        text.append(_line(f"at a bound, x = {x:.2f}", [r for r in edge if r["x"] == x]))
    for quantity in dict.fromkeys(row["quantity"] for row in rows):
        text.append(_line(f"interior, {quantity}", [r for r in inner if r["quantity"] == quantity], pulls=True))
        text.append(_line(f"at a bound, {quantity}", [r for r in edge if r["quantity"] == quantity]))
        for x in sorted({row["x"] for row in rows}):
            group = [r for r in inner if r["quantity"] == quantity and r["x"] == x]
            text.append(_line(f"  interior, {quantity}, x = {x:.2f}", group, pulls=True))
    return "\n".join([line for line in text if line] + _by_the_oracle(rows) + _quality(records))


def _by_the_oracle(rows: list[dict]) -> list[str]:
    """Mean errors in sds of the oracle, of truths two of them and more above nothing.

    Rows that are chosen and measured by the stated sd have a mean even where estimates have none: a line that is taken
    for narrower than it is has less area, and less sd, and counts as interior.
    """
    known = [{**row, "oracle": row["oracle"] / WIDTH_OF_95} for row in rows if row.get("oracle")]
    text = ["", "mean error in sds of the oracle (standard error), truths of 2 sds and more"] if known else []
    for quantity in dict.fromkeys(row["quantity"] for row in known):
        own = [row for row in known if row["quantity"] == quantity and row["truth"] > 2 * row["oracle"]]
        by_seed: dict[int, list[float]] = {}
        for row in own:
            if np.isfinite(row["value"]):
                by_seed.setdefault(row["seed"], []).append((row["value"] - row["truth"]) / row["oracle"])
        if len(by_seed) > 1:
            means = [float(np.mean(errors)) for errors in by_seed.values()]
            text.append(
                f"{quantity:<34}{len(own):>6}{np.mean(means):>+11.2f} ({np.std(means) / len(means) ** 0.5:.2f})"
            )
    return text


def _line(name: str, rows: list[dict], *, pulls: bool = False) -> str:
    coverage, error, number = clustered(rows)
    if not number:
        return ""
    text = f"{name:<34}{number:>6}{coverage:>10.3f}{BAND * error:>7.3f}"
    solved = [row for row in rows if np.isfinite(row.get("upper", np.nan) - row.get("lower", np.nan))]
    if pulls:
        pull = np.array([(row["value"] - row["truth"]) / row["sd"] for row in solved if row["sd"] > EDGE])
        text += f"{pull.mean():>+11.2f}{pull.std():>6.2f}" if pull.size else f"{'':>17}"
    else:
        text += f"{'':>17}"
    text += f"{np.median([row['upper'] - row['lower'] for row in solved]):>9.4f}" if solved else ""
    ratios = [(row["upper"] - row["lower"]) / row["oracle"] for row in solved if row.get("oracle")]
    return text + (f"{np.median(ratios):>8.2f}" if pulls and ratios else "")


def _quality(records: list[dict]) -> list[str]:
    """How fits ended, chi2/dof by technique, and in what share of the series each note stands."""
    text = ["", "fits: status and quartiles of chi2/dof"]
    fits = [fit for record in records for fit in record.get("fits", [])]
    for technique in dict.fromkeys(fit[1] for fit in fits):
        own = [fit for fit in fits if fit[1] == technique]
        quartiles = np.percentile([fit[3] for fit in own], [5, 25, 50, 75, 95])
        ended = ", ".join(f"{status} {count}" for status, count in Counter(fit[2] for fit in own).most_common())
        text.append(f"{technique:<10} {' '.join(f'{value:.2f}' for value in quartiles)}  {ended}")
    solved = Counter(status or "none" for record in records for status in record.get("solved", {}).values())
    text.append(f"solutions: {', '.join(f'{status} {count}' for status, count in solved.most_common())}")
    text.append("notes: share of the series that show them")
    shown = Counter(pair for record in records for pair in {tuple(n[:2]) for n in record.get("notes", [])})
    text += [
        f"  {code:<28} {severity:<8} {count / len(records):.2f}"
        for (severity, code), count in sorted(shown.items(), key=lambda item: (item[0][0], -item[1]))
    ]
    return text
