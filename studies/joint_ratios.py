"""Errors of routes on the stated design as ratios, with their limits: a table of cells and quantities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from studies import joint_series as design

Array = npt.NDArray[np.float64]
QUANTITIES = design.QUANTITIES
ROUTES = ("stepwise", "alone", "joint")
RESAMPLES, MOST, WORSE = 2000, 1.1, 1.05
NORMAL_95 = 1.96


def value_in(amounts: dict[str, float], quantity: str, x: float) -> float:
    """A quantity of a structure; the oxygen of a glass is fixed."""
    return amounts["P:S3/O"] / (2 * x) if quantity == design.SHARE else amounts[quantity]


def errors(records: Sequence[dict], name: str, x: float, quantity: str) -> Array:
    """Errors of a route in one glass, series by series; without an answer that of the middle structure."""
    guess = value_in({unit: share * x for unit, share in design.OXYGEN_IN.items()}, quantity, x)
    rows = [row for one in records for row in one["rows"] if (row["x"], row["quantity"]) == (x, quantity)]
    return np.array([(row[name] if np.isfinite(row[name]) else guess) - row["truth"] for row in rows])


def pooled(records: Sequence[dict], bounds: design.Bounds, quantity: str, glasses: Sequence[float]) -> dict[str, Array]:
    """Mean square of the errors of every series in units of the bound, by route."""
    return {
        name: np.mean([(errors(records, name, x, quantity) / bounds.bound[x, quantity]) ** 2 for x in glasses], axis=0)
        for name in ROUTES
    }


def ratio(one: Array, other: Array | float, rng: np.random.Generator) -> tuple[float, float, float]:
    """Ratio of root mean squares with its 95 % limits; both of a series are drawn together."""
    drawn = rng.integers(0, one.size, (RESAMPLES, one.size))
    below = other[drawn].mean(axis=1) if isinstance(other, np.ndarray) else other
    spread = np.sqrt(one[drawn].mean(axis=1) / below)
    low, high = np.percentile(spread, [2.5, 97.5])
    return float(np.sqrt(one.mean() / np.mean(other))), float(low), float(high)


def coverage(records: Sequence[dict], quantity: str, glasses: Sequence[float]) -> float:
    """Share of truths within 1.96 sds of the joint route."""
    rows = [row for one in records for row in one["rows"] if row["quantity"] == quantity and row["x"] in glasses]
    return float(np.mean([abs(row["joint"] - row["truth"]) <= NORMAL_95 * row["joint sd"] for row in rows]))


HEAD = (
    "| factor | separation | S/N | quantity | interior x | joint/bound | efficient/bound | joint/efficient "
    "| joint/stepwise | joint/alone | alone/stepwise | cover |\n" + "|---" * 12 + "|"
)


def summary(records: Sequence[dict], *, glasses: bool = False) -> str:
    """Table of ratios, one row a cell and quantity, or a cell, glass and quantity; and how routes ended."""
    text, rng = [HEAD], np.random.default_rng(0)
    missed: dict[str, list[str]] = {"bound": [], "stepwise": []}
    for at, cell in enumerate(design.CELLS):
        mine = [one for one in records if one["cell"] == at]
        if not mine:
            continue
        bounds = design.Bounds(cell, [one["seed"] for one in mine])
        groups = [(x,) for x in bounds.interior] if glasses else [bounds.interior] if bounds.interior else []
        for group in groups:
            for quantity in QUANTITIES:
                line, over, against = _row(mine, cell, bounds, quantity, group, rng)
                text.append(line)
                name = f"{cell.factor:g}, {cell.separation:g}, {cell.signal_to_noise:g}, {quantity}"
                missed["bound"] += [name] * (over[0] > MOST)
                missed["stepwise"] += [name] * (against[1] > WORSE)
    text.append(f"joint over bound above {MOST}: {'; '.join(missed['bound']) or 'none'}")
    text.append(f"lower limit of joint over stepwise above {WORSE}: {'; '.join(missed['stepwise']) or 'none'}")
    return "\n".join([*text, *_ended(records), *means_beside(records, rng)])


def means_beside(records: Sequence[dict], rng: np.random.Generator) -> list[str]:
    """Errors of the joint route over those of means of settled samples, in its own sds, where a store has these."""
    drawn = [one for one in records if one.get("settled") is not None]
    settled = [one for one in drawn if one["settled"]]
    if not settled:
        return []
    head = ("separation | S/N", "quantity", "series", "joint/mean", "pull, joint", "mean", "joint less mean, rms")
    text = ["", f"| {' | '.join(head)} |", "|---" * 8 + "|"]
    cells = {f"{cell.separation:g} | {cell.signal_to_noise:g}": {at} for at, cell in enumerate(design.CELLS)}
    for name, places in (cells | {"all | all": set(range(len(design.CELLS)))}).items():
        mine = [one for one in settled if one["cell"] in places]
        text += [f"| {name} | {quantity} | {_beside(mine, quantity, rng)} |" for quantity in QUANTITIES if mine]
    return [*text, "", f"samples of {len(drawn)} series, in {len(settled)} of which all chains agree"]


def _beside(records: Sequence[dict], quantity: str, rng: np.random.Generator) -> str:
    """Number of series, ratio of errors with its limits, mean pulls, and how far the two answers are apart."""
    rows = [[row for row in one["rows"] if row["quantity"] == quantity and row["joint sd"] > 0] for one in records]
    joint, mean = (
        [np.array([(row[name] - row["truth"]) / row["joint sd"] for row in own]) for own in rows if own]
        for name in ("joint", "mean")
    )
    one, other = (np.array([np.mean(pulls**2) for pulls in found]) for found in (joint, mean))
    over, pulls = ratio(one, other, rng), [float(np.mean(np.concatenate(found))) for found in (joint, mean)]
    apart = float(np.sqrt(np.mean((np.concatenate(joint) - np.concatenate(mean)) ** 2)))
    told = f"{over[0]:.2f} [{over[1]:.2f}, {over[2]:.2f}]"
    return f"{len(records)} | {told} | {pulls[0]:+.2f} | {pulls[1]:+.2f} | {apart:.2f}"


def _row(
    mine: Sequence[dict],
    cell: design.Cell,
    bounds: design.Bounds,
    quantity: str,
    group: Sequence[float],
    rng: np.random.Generator,
) -> tuple[str, tuple[float, float, float], tuple[float, float, float]]:
    squares = pooled(mine, bounds, quantity, group)
    efficient = float(np.mean([(bounds.expected[x, quantity] / bounds.bound[x, quantity]) ** 2 for x in group]))
    over, against = ratio(squares["joint"], 1.0, rng), ratio(squares["joint"], squares["stepwise"], rng)
    shown = [over, efficient**0.5, ratio(squares["joint"], efficient, rng), against]
    shown += [ratio(squares["joint"], squares["alone"], rng), ratio(squares["alone"], squares["stepwise"], rng)]
    parts = [f"{one:.2f}" if isinstance(one, float) else f"{one[0]:.2f} [{one[1]:.2f}, {one[2]:.2f}]" for one in shown]
    head = [f"{cell.factor:g}", f"{cell.separation:g}", f"{cell.signal_to_noise:g}", quantity]
    head.append(", ".join(f"{x:g}" for x in group))
    return "| " + " | ".join([*head, *parts, f"{coverage(mine, quantity, group):.3f}"]) + " |", over, against


def _ended(records: Sequence[dict]) -> list[str]:
    """How many answers of every route are missing or not to be trusted, and processor time."""
    text = []
    for name in ROUTES:
        states = [row[f"{name} status"] for one in records for row in one["rows"] if row["quantity"] == "P:S3O"]
        text.append(f"{name}: " + ", ".join(f"{state} {states.count(state)}" for state in sorted(set(states))))
    spent = {name: np.median([one["seconds"][name] for one in records]) for name in ("stepwise", "joint")}
    return [*text, *(f"{name}: {seconds:.2f} s a series (median)" for name, seconds in spent.items())]
