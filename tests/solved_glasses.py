"""A glass with a known structure, and the areas that it would show."""

import numpy as np

import structure
from shortrange_core import Estimates

TRUTH = {
    "P:S4": 0.46, "P:S3O": 0.11, "P:S2O2": 0.09, "P:SO3": 0.04, "P:O4": 0.02,
    "P:S3/O": 0.22, "P:S3~P": 0.03, "P:S3/S": 0.03, "Na2S": 0.14, "S": 0.015,
}  # fmt: skip
LINES = ("P:S4 + P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3/O", "P:S3~P", "P:S3/S")


def glass_of(truth):
    atoms = {"Na": 0.0, "P": 0.0, "S": 0.0, "O": 0.0}
    for label, amount in truth.items():
        unit = structure.unit_of(label)
        for element, number in unit.atoms.items():
            atoms[element] += amount * float(number)
        atoms["Na"] += amount * float(unit.charge) * (not unit.free)
    return structure.composition("".join(f"{e}{n:.12f}" for e, n in atoms.items()))


def areas_of(lines, truth, sd, *, scale=1.0, rng=None, technique="31P NMR", seen=None):
    sight = seen or {}
    value = [sum(truth[t] * sight.get(t, 1.0) for t in line.split(" + ")) for line in lines]
    noise = rng.normal(size=len(lines)) * sd if rng is not None else 0.0
    names = [f"line {i}" for i in range(len(lines))]
    return Estimates.build(
        names, (np.array(value) + noise) * scale, np.full(len(lines), (sd * scale) ** 2),
        assignment=list(lines), technique=[technique] * len(lines),
    )  # fmt: skip
