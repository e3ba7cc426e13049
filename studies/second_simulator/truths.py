"""True fractions: uniform on the polytope of the balances, by hit and run; in some series units are truly absent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.linalg import null_space
from scipy.optimize import linprog

from studies.second_simulator.settings import Settings

Vector = npt.NDArray[np.float64]
PILOT, STEPS = 300, 400
TRIES = 50
LEAST_ROOM = 1e-4
OPTIONAL = ("P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3/O", "P:S3~P", "P:S3/S")


def per_phosphorus(settings: Settings, x: float) -> tuple[float, float, float]:
    """Oxygen, sulfur and modifier of a glass with ``x`` oxygen a formula unit, each per phosphorus."""
    modifier, phosphorus, sulfur = settings.tables["series"]["formula"]
    return x / phosphorus, (sulfur - x) / phosphorus, modifier / phosphorus


def balances(settings: Settings, x: float) -> tuple[list[str], Vector, Vector]:
    """Labels, matrix and right-hand side of the balances of a glass per phosphorus.

    Rows: phosphorus, oxygen, sulfur, modifier (equal to the charge that the units carry).
    """
    units, free = settings.tables["units"], settings.tables["free"]
    columns = {label: (1.0, unit["O"], unit["S"], unit["charge"]) for label, unit in units.items()}
    columns |= {label: (0.0, 0.0, compound["S"], compound["charge"]) for label, compound in free.items()}
    return list(columns), np.array(list(columns.values())).T, np.array([1.0, *per_phosphorus(settings, x)])


def draw_series(settings: Settings, contents: Sequence[float], rng: np.random.Generator) -> list[dict[str, float]]:
    """Fractions of one series, glass by glass: as the arm states them, or drawn; what is absent is absent in all."""
    share = settings.tables["series"]
    if "fractions" in share:
        labels = balances(settings, 0.0)[0]
        return [{label: chosen.get(label, 0.0) for label in labels} for chosen in share["fractions"]]
    for _ in range(TRIES):
        absent: frozenset[str] = frozenset()
        if share["sparse_share"] > 0 and rng.random() < share["sparse_share"]:
            absent = frozenset(label for label in OPTIONAL if rng.random() < share["absent_chance"])
        try:
            return [_fractions(settings, x, absent, rng) for x in contents]
        except ValueError:  # nothing of what is left makes one of the glasses
            continue
    raise ValueError(f"no series was found in {TRIES} draws")


def _fractions(settings: Settings, x: float, absent: frozenset[str], rng: np.random.Generator) -> dict[str, float]:
    labels, matrix, right = balances(settings, x)
    extra = settings.fault("unit") if x > 0 else 0.0
    if extra:  # oxygen-poor glasses hold less of it
        (stranger, unit), *_ = settings.tables["unlisted"].items()
        extra = min(extra, per_phosphorus(settings, x)[0] / unit["O"] / 4)
        right = right - extra * np.array([1.0, unit["O"], unit["S"], unit["charge"]])
    impossible = {label for label, row in zip(labels, matrix[1], strict=True) if x == 0 and row > 0}
    kept = [i for i, label in enumerate(labels) if label not in absent | impossible]
    found = dict.fromkeys(labels, 0.0)
    for index, value in zip(kept, hit_and_run(matrix[:, kept], right, rng), strict=True):
        found[labels[index]] = float(value)
    return found | ({stranger: extra} if extra else {})


def hit_and_run(matrix: Vector, right: Vector, rng: np.random.Generator) -> Vector:
    """One point that is uniform on {u >= 0, matrix u = right}.

    A pilot run tells the shape of the polytope; the second run takes its directions from it, because a polytope that is
    a hundred times longer than wide is not crossed by round directions.

    Raises
    ------
    ValueError
        If the polytope has no interior.
    """
    basis = null_space(matrix)
    point = _centre(matrix, right)
    if basis.shape[1] == 0:
        return point
    shape = np.eye(basis.shape[1])
    for steps in (PILOT, STEPS):
        path = np.empty((steps, basis.shape[1]))
        directions = rng.normal(size=path.shape) @ shape.T @ basis.T
        for step, direction in enumerate(directions):
            with np.errstate(divide="ignore"):
                reach = -point / direction
            low = reach[direction > 0].max(initial=-np.inf)
            high = reach[direction < 0].min(initial=np.inf)
            point = np.maximum(point + rng.uniform(low, high) * direction, 0.0)
            path[step] = point @ basis
        spread = np.cov(path, rowvar=False).reshape(shape.shape)
        shape = np.linalg.cholesky(spread + 1e-12 * np.trace(spread) * np.eye(len(shape)))
    return point


def _centre(matrix: Vector, right: Vector) -> Vector:
    """The point with the largest least amount, by linear programming."""
    size = matrix.shape[1]
    bounds = [(0.0, None)] * (size + 1)
    above = np.hstack([-np.eye(size), np.ones((size, 1))])
    found = linprog(
        np.append(np.zeros(size), -1.0),
        A_ub=above,
        b_ub=np.zeros(size),
        A_eq=np.hstack([matrix, np.zeros((len(right), 1))]),
        b_eq=right,
        bounds=bounds,
    )
    if not found.success or found.x[-1] < LEAST_ROOM:
        raise ValueError("the balances leave no room inside")
    return np.asarray(found.x[:-1])


def oxygen(settings: Settings, amounts: dict[str, float]) -> dict[str, float]:
    """Bridging and non-bridging oxygen per phosphorus, and the share of bridging oxygen where there is any oxygen."""
    units = settings.tables["units"] | settings.tables["unlisted"]
    sites = {kind: sum(amounts.get(u, 0.0) * unit[kind] for u, unit in units.items()) for kind in ("BO", "NBO")}
    total = sites["BO"] + sites["NBO"]
    return sites | ({"BO/(BO + NBO)": sites["BO"] / total} if total > 0 else {})
