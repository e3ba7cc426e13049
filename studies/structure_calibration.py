"""Calibration of the structure solver on random glasses, seeds 0..N-1, none left out.

python studies/structure_calibration.py [--n 2000] [--part interior|boundary|power|all]

interior: every amount at least 3.5 sd above 0: coverage of 95 % intervals, mean and sd of the pulls of every species.
boundary: sparse truths, half of the species 0: the 95 % range with evidence, and the range of the balances alone.
power: one piece of evidence moved so that the data lie d sd from every structure that balances; d = 0 gives the false
alarms of the 95 % test, and from 6 sd on a minimal contradicting set must name the piece that was moved.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.special import chdtri

import structure
from structure.balances import build_problem, quantity_row
from structure.solving import curvature, minimise_problem

LEVEL = 0.95
SD = 0.01
FAMILIES = {
    "sodium thiophosphate": (
        "Na",
        ("P:S4", "P:S3/S", "P:S2/S2", "P:S3~P", "Na2S", "S"),
        {"S4": "P:S4", "S7": "P:S3/S", "chain": "P:S2/S2", "dimer": "P:S3~P"},
        ("P:S4 + P:S3/S", "contacts"),
    ),
    "sodium oxythiophosphate": (
        "Na",
        ("P:S4", "P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3/O", "P:S3/S", "Na2S"),
        {"82": "P:S4 + P:S3O", "63": "P:S2O2", "32": "P:SO3", "3": "P:O4", "73": "P:S3/O", "93": "P:S3/S"},
        ("BO", "P:S3/O + P:S3/S"),
    ),
    "lithium phosphate": (
        "Li",
        ("P:O/O3", "P:O2/O2", "P:O3/O", "P:O4"),
        {"Q3": "P:O/O3", "Q2": "P:O2/O2", "Q1": "P:O3/O", "Q0": "P:O4"},
        ("P:O2/O2 - P:O3/O",),
    ),
    "sodium silicate": (
        "Na",
        ("Si:/O4", "Si:O/O3", "Si:O2/O2", "Si:O3/O"),
        {"Q4": "Si:/O4", "Q3": "Si:O/O3", "Q2": "Si:O2/O2", "Q1": "Si:O3/O"},
        ("Si:O2/O2",),
    ),
    "mixed phosphate silicate": (
        "Li",
        ("P:O2/O2", "P:O3/O", "P:O4", "Si:O/O3", "Si:O2/O2", "Si:O3/O"),
        {"P2": "P:O2/O2", "P1": "P:O3/O", "P0": "P:O4"},
        ("Si:O/O3", "Si:O2/O2"),
    ),
}  # fmt: skip
NAMES = tuple(FAMILIES)
AMPLIFIED = {"P:S4": 0.6, "P:S3O": 0.6}
"""What the oxygen balance amplifies needs more of it to stay 3.5 sd above 0."""


def truth_of(family, rng, *, sparse):
    """Amounts of every species: Dirichlet units, free compounds from the bonds that free them."""
    _, species, _, _ = FAMILIES[family]
    units = [label for label in species if ":" in label]
    weights = rng.dirichlet(np.ones(len(units)))
    if sparse:
        weights = weights * (rng.random(len(units)) < 0.5)
        for former in sorted({label.partition(":")[0] for label in units}):  # no former may be absent
            weights[rng.choice([i for i, label in enumerate(units) if label.startswith(former + ":")])] += 0.3
    else:
        weights = 0.07 + weights + np.array([AMPLIFIED.get(label, 0.0) for label in units])
    amounts = dict(zip(units, weights / weights.sum(), strict=True))
    free = 0.0 if sparse and rng.random() < 0.5 else rng.uniform(0.05, 0.3)
    amounts |= {label: free for label in species if label == "Na2S"}
    if "S" in species:
        amounts["S"] = amounts["P:S3~P"] / 2
    return {label: amounts[label] for label in species}


def evidence_of(family, truth, rng, *, shift=0.0, noise=1.0):
    """Areas of unknown scale and statements; the last statement can be moved by ``shift`` sd."""
    _, _, lines, quantities = FAMILIES[family]
    scale = float(np.exp(rng.normal()))
    areas = structure.simulate(truth, lines, sd=noise * SD, rng=rng, scale=scale)
    if noise == 0:
        areas = structure.simulate(truth, lines, sd=SD, scale=scale)
    pieces = [structure.from_areas(areas, name="areas")]
    species = tuple(truth)
    units = [structure.unit_of(label) for label in species]
    for index, text in enumerate(quantities):
        exact = value(text, units, truth)
        moved = shift if index == len(quantities) - 1 else 0.0
        pieces.append(structure.statement(text, value=exact + SD * (noise * rng.normal() + moved), sd=SD, name=text))
    return pieces


def value(text, units, truth):
    """Value of a linear quantity in the truth."""
    row, constant = quantity_row(text, units)
    return float(row @ np.array(list(truth.values()))) + constant


def glass_of(family, truth):
    """Composition of the truth."""
    return structure.glass_of(truth, modifier=FAMILIES[family][0])


def interior(n):
    """Pulls and coverage of every species, family by family."""
    print(f"interior: N = {n} data sets a family")
    print(f"{'family':<26}{'species':<12}{'coverage':>9}{'mean':>8}{'sd':>7}  within 4 se")
    worst, pooled, cases = True, 0, 0
    for family in NAMES:
        pulls, inside = [], []
        for seed in range(n):
            rng = np.random.default_rng(seed)
            truth = truth_of(family, rng, sparse=False)
            solution = structure.solve(
                glass_of(family, truth), tuple(truth), evidence_of(family, truth, rng), check=False
            )
            exact = np.array(list(truth.values()))
            sd = solution.fractions.sd.values
            pulls.append((solution.fractions.value.values - exact) / sd)
            low, high = (np.array(solution.fractions.facets[f"interval_{s}"]) for s in ("lower", "upper"))
            inside.append((low - 1e-9 <= exact) & (exact <= high + 1e-9))
        pulls, inside = np.array(pulls), np.array(inside)
        for index, label in enumerate(FAMILIES[family][1]):
            coverage, mean, spread = inside[:, index].mean(), pulls[:, index].mean(), pulls[:, index].std()
            good = abs(coverage - LEVEL) < 4 * np.sqrt(LEVEL * (1 - LEVEL) / n)
            good &= abs(mean) < 4 / np.sqrt(n) and abs(spread - 1) < 4 / np.sqrt(2 * n)
            worst &= good
            print(f"{family:<26}{label:<12}{coverage:9.4f}{mean:8.3f}{spread:7.3f}  {'yes' if good else 'NO'}")
        pooled, cases = pooled + inside.sum(), cases + inside.size
    print(f"pooled coverage {pooled / cases:.4f} over {cases}; every one within 4 se: {worst}")
    return worst, pooled / cases


def boundary(n):
    """Ranges on sparse truths, the families in turn: one random species a data set."""
    print(f"boundary: N = {n} data sets, the families in turn, half of the species 0")
    print(f"{'family':<26}{'N':>6}{'balances':>10}{'with evidence':>15}{'interval of solve':>19}")
    counts = {family: np.zeros(4) for family in NAMES}
    for seed in range(n):
        family = NAMES[seed % len(NAMES)]
        rng = np.random.default_rng(seed)
        truth = truth_of(family, rng, sparse=True)
        glass, species = glass_of(family, truth), tuple(truth)
        pieces = evidence_of(family, truth, rng)
        label = species[rng.integers(len(species))]
        solution = structure.solve(glass, species, pieces, check=False)
        index = species.index(label)
        spans = (
            structure.ranges(glass, species, quantities=(label,)).of(label),
            structure.ranges(glass, species, pieces, quantities=(label,), level=LEVEL).of(label),
            tuple(solution.fractions.facets[f"interval_{s}"][index] for s in ("lower", "upper")),
        )
        inside = [low - 1e-7 <= truth[label] <= high + 1e-7 for low, high in spans]
        counts[family] += [1, *inside]
    for family, (m, *inside) in counts.items():
        print(f"{family:<26}{m:6.0f}{inside[0] / m:10.4f}{inside[1] / m:15.4f}{inside[2] / m:19.4f}")
    total = sum(counts.values())
    alone, supported, quick = total[1:] / total[0]
    print(f"all: balances {alone:.4f} (1 wanted), with evidence {supported:.4f} (>= 0.93 wanted), solve {quick:.4f}")
    return alone, supported, quick


def test_of(glass, species, pieces):
    """Least chi2 and its degrees of freedom: what conflicts() holds against the quantile."""
    problem = build_problem(glass, species, pieces)
    minimum = minimise_problem(problem)
    return minimum.chi2, minimum.residual.size - curvature(problem, minimum).rank


def distance_a_sd(family, truth, rng):
    """Distance, in sd, of noise-free data whose last statement is moved by one sd."""
    pieces = evidence_of(family, truth, rng, shift=1.0, noise=0.0)
    return float(np.sqrt(test_of(glass_of(family, truth), tuple(truth), pieces)[0]))


def power(n, distances=(0, 1, 2, 4, 6, 8), name_from=6, named_n=500):
    """Power curve of the contradiction test, families in turn, and whether the culprit is named."""
    print(f"power: N = {n} data sets a distance, the families in turn; sets are named for the first {named_n}")
    print(f"{'distance':>9}{'found':>9}{'conflicts() found':>19}{'culprit in a minimal set':>26}")
    result = {}
    for distance in distances:
        found, agreed, named, asked = 0, 0, 0, 0
        for seed in range(n):
            family = NAMES[seed % len(NAMES)]
            rng = np.random.default_rng(seed)
            truth = truth_of(family, rng, sparse=False)
            each = distance_a_sd(family, truth, rng)
            pieces = evidence_of(family, truth, rng, shift=distance / each)
            glass, species = glass_of(family, truth), tuple(truth)
            chi2, dof = test_of(glass, species, pieces)
            found += chi2 > chdtri(dof, 1 - LEVEL)
            if distance >= name_from and asked < named_n:
                conflict = structure.conflicts(glass, species, pieces, level=LEVEL)
                asked, agreed = asked + 1, agreed + bool(conflict)
                named += any(pieces[-1].name in s.members for s in conflict.sets)
        result[distance] = (found / n, named / asked if asked else np.nan)
        more = f"{agreed / asked:19.4f}{named / asked:26.4f}" if asked else ""
        print(f"{distance:9g}{found / n:9.4f}{more}", flush=True)
    alarm = result[0][0] if 0 in result else np.nan
    band = 4 * np.sqrt(LEVEL * (1 - LEVEL) / n)
    print(f"false alarms {alarm:.4f}, stated {1 - LEVEL:.2f} +- {band:.4f}")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--part", choices=("interior", "boundary", "power", "all"), default="all")
    options = parser.parse_args()
    for name, part in (("interior", interior), ("boundary", boundary), ("power", power)):
        if options.part in (name, "all"):
            part(options.n)


if __name__ == "__main__":
    main()
