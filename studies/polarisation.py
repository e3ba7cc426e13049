"""Electronic conductivity of simulated polarisations: coverage, widths, bounds; ``python -m studies.polarisation N``.

Two blocking electrodes, 1 to 6 voltages up to 1 V of unlike duration (2 to 5.5 h), an electronic current, an ionic one
that dies away, and noise of 0.3 to 10 % of the current. Seeds 0 to N-1 of each arm.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np

import electrochemistry as ec

ARMS = {  # what each adds
    "white": "white noise",
    "red": "noise correlated over 40 points",
    "drift": "red, and a wave of 5 % and 6 h",
    "ramp": "red, and a ramp of up to 10 % over the step",
    "contact": "red, and a factor of up to 5 % at each voltage",
    "ionic": "red, and ionic current that falls with the root of time, 0.1 to 3 times the electronic one at the end",
}
COUNTS = (1, 2, 4, 6)
DISC = ec.geometry(thickness=0.1, diameter=1.0)
MEMORY = np.exp(-np.arange(200) / 40)


def polarised(seed: int, arm: str, count: int) -> tuple[list[ec.SteadyState], float]:
    """Ends of the steps of one cell, and its electronic conductivity (S/cm)."""
    rng = np.random.default_rng([seed, list(ARMS).index(arm), count])
    conductance = 10 ** rng.uniform(-10, -8)
    ends = []
    for voltage in np.linspace(1 / count, 1, count):
        t = np.arange(1, rng.uniform(7e3, 2e4), 5.0)
        electronic = conductance * voltage
        decay = np.exp(-((t / 10 ** rng.uniform(1.5, 2.6)) ** rng.uniform(0.5, 0.9)))
        current = electronic * (1 + 10 ** rng.uniform(0.5, 2) * decay)
        if arm == "ionic":
            current += electronic * 10 ** rng.uniform(-1, 0.5) * np.sqrt(t[-1] / t)
        elif arm == "drift":
            current *= 1 + 0.05 * np.sin(2 * np.pi * (t / 21600 + rng.uniform()))
        elif arm == "ramp":
            current *= 1 + 0.05 * rng.uniform(-1, 1) * (2 * t / t[-1] - 1)
        elif arm == "contact":
            current *= 1 + 0.05 * rng.uniform(-1, 1)
        noise = rng.normal(size=t.size + MEMORY.size - 1)
        noise = noise[: t.size] if arm == "white" else np.convolve(noise, MEMORY, "valid")
        current += electronic * 10 ** rng.uniform(-2.5, -1) * noise / noise.std()
        ends.append(ec.steady_state(t, current, voltage=float(voltage), current_floor=1e-14))
    return ends, DISC.factor * conductance


def rows(number: int) -> Iterator[str]:
    """One row an arm and a number of voltages."""
    yield "| arm | voltages | values | held | median width / % | bounds | held | median bound over truth | disagree |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for arm in ARMS:
        for count in COUNTS:
            yield f"| {arm} | {count} | {_row(number, arm, count)} |"


def _row(number: int, arm: str, count: int) -> str:
    widths, bounds, tally = [], [], Counter[str]()
    for seed in range(number):
        ends, truth = polarised(seed, arm, count)
        told = ec.polarisation(ends, DISC, electrodes="two blocking", current_floor=1e-14)
        tally.update(note.code for note in told.notes)
        if told.sigma.facets["bound"] == ("at most",):
            bounds.append(told.sigma.value.item() / truth)
            continue
        lower, upper = told.sigma.interval(0.95).values[0]
        tally["held"] += bool(lower <= truth <= upper)
        widths.append(100 * (upper - lower) / truth)
    values = f"{len(widths)} | {tally['held'] / len(widths):.3f} | {np.median(widths):.2g}" if widths else "0 | |"
    held = f"{np.mean(np.array(bounds) >= 1):.3f} | {np.median(bounds):.2f}" if bounds else " |"
    return f"{values} | {len(bounds)} | {held} | {tally['polarisation-steps-disagree']}"


if __name__ == "__main__":
    for line in rows(int(sys.argv[1])):
        print(line, flush=True)
