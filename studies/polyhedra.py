"""Minima in polyhedra, made from their answers: the solver of the core, and daqp where it is installed.

``python -m studies.polyhedra [N] [FIRST]``. Each program is built backwards from a minimiser and its multipliers, so
that the answer is known without any solver. Errors are distances from it in standard deviations, sqrt(d.M.d), relative
to 1 + the length of the answer; a refusal is an exception, or a flag of daqp other than 1.

Programs at corners, by seeds from FIRST on, are judged by the conditions of a minimum too: no slope left, no wall
crossed, no multiplier below 0, none where there is slack.
"""

from __future__ import annotations

import sys

import numpy as np

from shortrange_core.least_squares import Equalities, Singular, polyhedron_minimum, shortest

try:
    import daqp
except ImportError:
    daqp = None

CONDITIONS = (1.0, 1e2, 1e4, 1e6)
"""Ratio of the extreme singular values of the derivatives; that of M is its square."""


TINY = 1e-300


def step_program(rng, condition):
    """M, g, rows, room with 0 allowed, and the minimiser: parameters whose scales differ by ten orders."""
    size = int(rng.integers(3, 16))
    held, others = int(rng.integers(0, size)), int(rng.integers(1, 25))
    scale = 10 ** rng.uniform(-5, 5, size)
    left, right = (np.linalg.qr(rng.normal(size=(size, size)))[0] for _ in range(2))
    root = (left * np.geomspace(1, 1 / condition, size)) @ right
    matrix = (root.T @ root) * np.outer(scale, scale)
    rows = rng.normal(size=(held + others, size)) * scale
    inside = np.linalg.svd(rows[:held] / scale)[2][held:].T
    answer = (inside @ rng.normal(size=size - held)) / scale
    gradient = -matrix @ answer - rows[:held].T @ 10 ** rng.uniform(-3, 3, held)
    room = np.concatenate([np.zeros(held), np.maximum(rows[held:] @ answer, 0) + rng.uniform(0.1, 1, others)])
    return matrix, gradient, rows, room, answer


def corner_program(rng, condition):
    """As of `step_program`, at a corner: rows at their walls that are sums of others, and multipliers of 0."""
    size = int(rng.integers(2, 13))
    held, sums, others = int(rng.integers(1, size + 1)), int(rng.integers(1, 8)), int(rng.integers(0, 12))
    scale = 10 ** rng.uniform(-2, 2, size)
    left, right = (np.linalg.qr(rng.normal(size=(size, size)))[0] for _ in range(2))
    root = (left * np.geomspace(1, 1 / condition, size)) @ right
    kind = rng.integers(3)
    if kind == 0:
        walls = rng.normal(size=(held, size))
    elif kind == 1:  # whole numbers, as those of balances; they may depend on one another too
        walls = rng.integers(-2, 3, size=(held, size)).astype(float)
        walls[~walls.any(axis=1), 0] = 1.0
    else:
        walls = np.eye(size)[rng.permutation(size)[:held]] * rng.choice([-1.0, 1.0], size=(held, 1))
    mix = rng.integers(0, 3, size=(sums, held)).astype(float)
    mix[~mix.any(axis=1), 0] = 1.0
    tight = np.vstack([walls, mix @ walls])
    _, singular, across = np.linalg.svd(walls)
    inside = across[int(np.sum(singular > 1e-10 * singular[0])) :].T
    answer = inside @ rng.normal(size=inside.shape[1])
    rows = np.vstack([tight, rng.normal(size=(others, size))]) * scale
    answer = answer / scale
    multiplier = np.where(rng.random(len(tight)) < 0.6, 10 ** rng.uniform(-3, 3, len(tight)), 0.0)
    matrix = (root.T @ root) * np.outer(scale, scale)
    gradient = -matrix @ answer - rows[: len(tight)].T @ multiplier
    beyond = rng.choice([0.0, 1.0], others) * rng.uniform(0.1, 1, others)
    room = np.concatenate([np.zeros(len(tight)), np.maximum(rows[len(tight) :] @ answer, 0) + beyond])
    return matrix, gradient, rows, room, answer


def kkt(program, step, multiplier):
    """How far a step is from the conditions of a minimum: slope, crossed walls, signs, slack; relative."""
    matrix, gradient, rows, room, _ = program
    unit = 1 / np.sqrt(np.diagonal(matrix))
    slope = np.abs(matrix @ step + gradient + rows.T @ multiplier) * unit
    size = (np.abs(matrix) @ np.abs(step) + np.abs(gradient) + np.abs(rows).T @ np.abs(multiplier)) * unit
    sds = np.sqrt(np.einsum("ij,ij->i", rows, np.linalg.solve(matrix, rows.T).T))
    away = 1 + np.sqrt(gradient @ np.linalg.solve(matrix, gradient))
    crossed = np.max((rows @ step - room) / np.maximum(sds * away, TINY), initial=0.0)
    held = np.max(np.abs(multiplier * (rows @ step - room)), initial=0.0) / away**2
    return max(
        float(np.max(slope) / max(np.max(size), TINY)), float(crossed), float(-multiplier.min(initial=0.0)), float(held)
    )


def glass_program(rng, condition):
    """A, b, E, e with x >= 0, and the minimiser: balances of whole numbers over amounts, some of them 0."""
    size = int(rng.integers(4, 20))
    balances = int(rng.integers(1, min(4, size - 1)))
    answer = np.where(rng.random(size) < 0.5, rng.random(size), 0.0)
    answer[rng.integers(size)] = 0.5
    equal = rng.integers(0, 4, (balances, size)).astype(float)
    left = np.linalg.qr(rng.normal(size=(size + 5, size)))[0]
    data = 50 * (left * np.geomspace(1, 1 / condition, size)) @ np.linalg.qr(rng.normal(size=(size, size)))[0]
    slope = np.where(answer == 0, rng.uniform(0.1, 10, size), 0.0) + equal.T @ rng.normal(size=balances)
    return data, data @ answer - np.linalg.lstsq(data.T, slope, rcond=None)[0], equal, equal @ answer, answer


def ours(kind, program):
    """Minimiser by the core; None where it refuses."""
    try:
        if kind != "glasses":
            return polyhedron_minimum(*program[:4])[0]
        data, right, equal, amounts, answer = program
        walls = np.eye(answer.size), np.zeros(answer.size)
        found = shortest(data, right, Equalities.build(equal, amounts), walls, np.full(answer.size, 0.1))
        return found.x if found.feasible else None
    except Singular:
        return None


def theirs(kind, program):
    """Minimiser by daqp, in the same units for each parameter as ours scales to; None where it flags."""
    if kind != "glasses":
        matrix, gradient, rows, room, _ = program
        unit = 1 / np.sqrt(np.diagonal(matrix))
        H, f, A, top = matrix * np.outer(unit, unit), gradient * unit, rows * unit, room
        low, sense = np.full(room.size, -1e30), np.zeros(room.size, dtype=np.int32)
    else:
        data, right, equal, amounts, answer = program
        unit = np.ones(answer.size)
        H, f = data.T @ data, -data.T @ right
        A = np.vstack([equal, np.eye(answer.size)])
        low = np.concatenate([amounts, np.zeros(answer.size)])
        top = np.concatenate([amounts, np.full(answer.size, 1e30)])
        sense = np.concatenate([np.full(amounts.size, 5), np.zeros(answer.size)]).astype(np.int32)
    x, _, flag, _ = daqp.solve(*(np.ascontiguousarray(part) for part in (H, f, A, top, low, sense)))
    return np.asarray(x) * unit if flag == 1 else None


def error(kind, program, found):
    """Distance from the answer in sds, relative to 1 + the length of the answer."""
    root = program[0] if kind == "glasses" else np.linalg.cholesky(program[0]).T
    return np.linalg.norm(root @ (found - program[-1])) / (1 + np.linalg.norm(root @ program[-1]))


def corners(count, first):
    """Programs at corners, ``count`` / 4 of each condition: refused, steps of 0, and the conditions of a minimum."""
    print(
        "| condition | programs | refused | steps of 0 for another answer "
        "| conditions of a minimum: median | 99 % | worst |\n|---|---|---|---|---|---|---|"
    )
    for condition in CONDITIONS:
        refused = nothing = 0
        worst = []
        for seed in range(first, first + count // len(CONDITIONS)):
            program = corner_program(np.random.default_rng(seed), condition)
            try:
                step, multiplier = polyhedron_minimum(*program[:4])
            except Singular:
                refused += 1
                continue
            nothing += bool(not step.any() and error("corners", program, step) > 1e-6)
            worst.append(kkt(program, step, multiplier))
        middle, late = np.quantile(worst, [0.5, 0.99])
        print(
            f"| {condition:.0e} | {count // len(CONDITIONS)} | {refused} | {nothing} "
            f"| {middle:.1e} | {late:.1e} | {max(worst):.1e} |"
        )


def main(count):
    solvers = {"ours": ours} | ({"daqp": theirs} if daqp else {})
    print("| programs | condition | solver | refused | median error | 99 % | worst |\n|---|---|---|---|---|---|---|")
    for kind, make in (("steps", step_program), ("glasses", glass_program)):
        for condition in CONDITIONS:
            programs = [make(np.random.default_rng(seed), condition) for seed in range(count // len(CONDITIONS))]
            for name, solver in solvers.items():
                found = [solver(kind, program) for program in programs]
                errors = [error(kind, p, x) for p, x in zip(programs, found, strict=True) if x is not None]
                middle, late = np.quantile(errors, [0.5, 0.99])
                print(
                    f"| {kind} | {condition:.0e} | {name} | {sum(x is None for x in found)} of {len(found)} "
                    f"| {middle:.1e} | {late:.1e} | {max(errors):.1e} |"
                )


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    main(number)
    corners(number, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
