"""Series for `studies/joint_design.py`: laws, draws, spectra and their derivatives, from the second simulator alone.

Nothing of the packages is imported here. Where a number is that of the fits, a test holds both equal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import null_space

from studies import van_trees
from studies.second_simulator import Glass, Series, formula, nmr, settings, truths
from studies.second_simulator.settings import Settings

Array = npt.NDArray[np.float64]
CONTENTS = (0.0, 0.25, 0.5, 0.75)
UNITS = ("P:S4", "P:S3O", "P:S2O2", "P:S3/O")
FREE = ("Na2S",)
OXYGEN_IN = {"P:S3O": 1 / 3, "P:S2O2": 0.22, "P:S3/O": 0.34 / 0.75}
"""Amount of every unit per oxygen in the middle structure, which it uses up: 1/3 + 0.44 + 0.227; the rest is PS4."""
LEAST_SHARE = 0.8
"""Of these amounts: truths are flat on what the balances leave above it, and so far from zero."""
SHIFTS = {"P:S4": 82.0, "P:S2O2": 63.0, "P:S3/O": 42.0}
"""ppm, means of the laws. Nobody knows that of P:S3/O; here it stands clear, so that one pair of lines is difficult."""
FWHM = 8.0
"""ppm, mean of the law of widths: what separations are counted in."""
LEVEL_SDS = {"center": 1.0, "gauss": 3.0, "lorentz": 0.6}
"""ppm, of the level of a line along the series, in the arm of factor 1."""
CHANGE_SDS = {"center": 2.0, "gauss": 2.0, "lorentz": 0.3}
SCATTER_SDS = {"center": 0.3, "gauss": 2.5, "lorentz": 0.5}
MEANS = {"gauss": FWHM, "lorentz": 0.8}
BOUNDS = {"gauss": (1.5, 25.0), "lorentz": (0.0, 5.0)}
"""A series with a width outside is drawn anew."""
OFFSET_SD = 0.5
SPECTROMETER = nmr.Spectrometer(202.4, 1e6, 75.0, 256.0, 1024)
"""Spun so fast, and anisotropies 0, that there are no sidebands; a point every 0.25 ppm."""
WINDOW = (20.0, 130.0)
SHARE = "BO/(BO + NBO)"
QUANTITIES = ("P:S3O", SHARE)
FAR, MOSTLY = 3.0, 0.95
"""A glass is interior where in most draws all amounts are so many sds from zero."""
STEP = 0.02  # ppm, of numeric derivatives


@dataclass(frozen=True)
class Cell:
    """Separation of the means of PS3O and PS4 in widths; signal over noise of the tallest line; factor on all sds."""

    separation: float
    signal_to_noise: float
    factor: float

    def shifts(self) -> dict[str, float]:
        """Means of the laws of all levels (ppm)."""
        return {**SHIFTS, "P:S3O": SHIFTS["P:S4"] - self.separation * FWHM}

    def marginal_sd(self, quantity: str) -> float:
        """Of one glass, averaged over the series: what is known of a line where every spectrum stands alone."""
        return self.factor * math.sqrt(np.mean([_sd_at(quantity, place) ** 2 for place in places()]))


SEPARATIONS, RATIOS, FACTORS = (0.3, 0.6, 1.0), (10.0, 30.0, 100.0), (0.1, 1.0)
CELLS = tuple(Cell(s, ratio, factor) for factor in FACTORS for s in SEPARATIONS for ratio in RATIOS)


def places() -> Array:
    """Place of every glass in the series, -1/2 to 1/2."""
    return (np.array(CONTENTS) - CONTENTS[0]) / (CONTENTS[-1] - CONTENTS[0]) - 0.5


def _sd_at(quantity: str, place: float) -> float:
    """Of one glass in the arm of factor 1."""
    return math.hypot(LEVEL_SDS[quantity], CHANGE_SDS[quantity] * place, SCATTER_SDS[quantity])


def lines_of(x: float) -> tuple[str, ...]:
    """Units of a glass: without oxygen PS4 alone."""
    return UNITS if x > 0 else UNITS[:1]


def _settings(cell: Cell) -> Settings:
    made = settings("clean")
    tables = made.tables
    for table, kept in (("units", UNITS), ("free", FREE)):
        tables[table].update({label: tables[table].pop(label) for label in kept})
        for label in [label for label in tables[table] if label not in kept]:
            del tables[table][label]
    tables["nmr"].update(
        shared={},
        window=list(WINDOW),
        apodisation=["uniform", 0.0, 0.0],
        zero_filling=[1],
        signal_to_noise=["uniform", cell.signal_to_noise, cell.signal_to_noise],
    )
    return made


def draw(cell: Cell, seed: int) -> Series:
    """One series of a cell: shapes from their laws along the series, amounts flat, one 31P spectrum a glass."""
    rng = np.random.default_rng((seed, CELLS.index(cell)))
    made, means = _settings(cell), cell.shifts()
    centers = {unit: _along(means[unit], "center", cell, rng) for unit in UNITS}
    widths = _drawn_inside("gauss", len(UNITS), cell, rng)
    (lorentz,) = _drawn_inside("lorentz", 1, cell, rng)
    glasses = []
    for at, x in enumerate(CONTENTS):
        amounts = _amounts(made, x, rng)
        own = {
            "scale": 1.0,
            "offset": rng.normal(0, OFFSET_SD),
            "lorentz": lorentz[at],
            "phase": 0.0,
            "baseline 0": 0.0,
        }
        for number, unit in enumerate(UNITS):
            own |= {f"{unit} center": centers[unit][at], f"{unit} gauss": widths[number][at]}
            own |= {f"{unit} {name}": 0.0 for name in ("zeta", "eta", "skew")}
        axis, intensity, _ = nmr.measure(made, amounts, own, SPECTROMETER, rng)
        glasses.append(Glass(x, amounts, {"31P NMR": (axis, intensity)}, {"31P NMR": own}, formula(x, made)))
    return Series(seed, tuple(glasses), SPECTROMETER, math.inf, made)


def _along(mean: float, quantity: str, cell: Cell, rng: np.random.Generator) -> Array:
    """Level, change and scatter of one shape of one line: its values in all glasses."""
    level, change = rng.normal(0, LEVEL_SDS[quantity]), rng.normal(0, CHANGE_SDS[quantity])
    scatter = rng.normal(0, SCATTER_SDS[quantity], len(CONTENTS))
    return np.asarray(mean + cell.factor * (level + change * places() + scatter))


def _drawn_inside(quantity: str, lines: int, cell: Cell, rng: np.random.Generator) -> list[Array]:
    low, high = BOUNDS[quantity]
    while True:
        found = [_along(MEANS[quantity], quantity, cell, rng) for _ in range(lines)]
        if all(low <= values.min() and values.max() <= high for values in found):
            return found


def _amounts(made: Settings, x: float, rng: np.random.Generator) -> dict[str, float]:
    labels, matrix, right = truths.balances(made, x)
    if x == 0:
        return {label: float(label == "P:S4") for label in labels}
    middle = {unit: share * x for unit, share in OXYGEN_IN.items()}
    middle["P:S4"] = 1 - sum(middle.values())
    least = LEAST_SHARE * np.array([middle.get(label, 0.0) for label in labels])
    found = least + truths.hit_and_run(matrix, right - matrix @ least, rng)
    return dict(zip(labels, found.tolist(), strict=True))


def names(x: float) -> list[str]:
    """Unknowns that a glass has for itself."""
    units = lines_of(x)
    ways = [f"x = {x}: way {n}" for n in range(len(UNITS) + len(FREE) - 3)] if x > 0 else []  # P, O, Na; S follows
    own = ["scale", "background", "offset", *(f"{u} {q}" for q in ("center", "gauss") for u in units), "lorentz"]
    return [*ways, *(f"x = {x}: {name}" for name in own)]


def shared_names() -> list[str]:
    """Level and change of every shape along the series."""
    lines = [f"{u} {q}" for q in ("center", "gauss") for u in UNITS] + ["lorentz"]
    return [f"{line} {kind}" for line in lines for kind in ("level", "change")]


def all_names() -> list[str]:
    """Every unknown of a series."""
    return [name for x in CONTENTS for name in names(x)] + shared_names()


def inside(made: Settings, x: float) -> tuple[list[str], Array]:
    """Labels of a glass, and directions of its amounts that keep the balances."""
    labels, matrix, _ = truths.balances(made, x)
    return labels, null_space(matrix)


def rows() -> dict[tuple[float, str], Array]:
    """Quantities of every glass with oxygen in the unknowns; the oxygen of a glass is fixed, so that all are linear."""
    made, order, found = _settings(CELLS[0]), all_names(), {}
    for x in CONTENTS:
        if x == 0:
            continue
        labels, ways = inside(made, x)
        for quantity, unit, factor in (*((u, u, 1.0) for u in UNITS), (SHARE, "P:S3/O", 0.5 / x)):
            row = np.zeros(len(order))
            at = [order.index(name) for name in names(x) if " way " in name]
            row[at] = factor * ways[labels.index(unit)]
            found[x, quantity] = row
    return found


def prior_information(factor: float, apart: Sequence[str] = ()) -> Array:
    """Of the laws of shapes and offsets; amounts, scale and background are flat.

    Quantities of ``apart`` have the law of each glass, as if nothing were known of the others.
    """
    order = all_names()
    at = {name: number for number, name in enumerate(order)}
    terms: list[dict[str, float]] = []
    for line in dict.fromkeys(name.rsplit(" ", 1)[0] for name in shared_names()):
        quantity = line.split()[-1]
        terms.append({f"{line} level": 1 / (factor * LEVEL_SDS[quantity])})
        terms.append({f"{line} change": 1 / (factor * CHANGE_SDS[quantity])})
        for x, place in zip(CONTENTS, places(), strict=True):
            own = f"x = {x}: {line}"
            if own in at and quantity in apart:
                terms.append({own: 1 / (factor * _sd_at(quantity, place))})
            elif own in at:
                scale = 1 / (factor * SCATTER_SDS[quantity])
                terms.append({own: scale, f"{line} level": -scale, f"{line} change": -scale * place})
    terms += [{f"x = {x}: offset": 1 / OFFSET_SD} for x in CONTENTS]
    table = np.zeros((len(terms), len(order)))
    for number, term in enumerate(terms):
        for name, value in term.items():
            table[number, at[name]] = value
    return table.T @ table


def information(series: Series, cell: Cell) -> Array:
    """Fisher information of all spectra of a series at its truth, by differences of expected spectra."""
    order = all_names()
    found = np.zeros((len(order), len(order)))
    for glass in series.glasses:
        columns = derivatives(series.settings, glass) * cell.signal_to_noise
        at = [order.index(name) for name in names(glass.x)]
        found[np.ix_(at, at)] = columns.T @ columns
    return found


def derivatives(made: Settings, glass: Glass) -> Array:
    """Derivatives of the expected spectrum, whose tallest point is 1, in the unknowns of its glass."""
    own, units = dict(glass.parameters["31P NMR"]), lines_of(glass.x)
    weight = np.array([glass.amounts[unit] for unit in units])

    def line(unit: str, name: str = "lorentz", change: float = 0.0) -> Array:
        moved = own | {name: own[name] + change}
        axis, intensity = nmr.transform(nmr.decay(moved, {unit: 1.0}, SPECTROMETER), SPECTROMETER)
        return intensity[(axis >= WINDOW[0]) & (axis <= WINDOW[1])]

    def slopes(quantity: str) -> list[Array]:
        found = []
        for unit, amount in zip(units, weight, strict=True):
            name = quantity if quantity == "lorentz" else f"{unit} {quantity}"
            found.append(amount * (line(unit, name, STEP) - line(unit, name, -STEP)) / (2 * STEP))
        return found

    alone = [line(unit) for unit in units]
    whole = np.asarray(sum(a * shape for a, shape in zip(weight, alone, strict=True)))
    moved, broadened = slopes("center"), slopes("gauss")
    columns = [whole, np.full(whole.size, whole.max()), sum(moved), *moved, *broadened, sum(slopes("lorentz"))]
    if glass.x > 0:
        labels, ways = inside(made, glass.x)
        by_amount = np.array([alone[units.index(u)] if u in units else 0 * whole for u in labels]).T
        columns = [*(by_amount @ ways).T, *columns]
    return np.column_stack(columns) / whole.max()


class Bounds:
    """Bound, what an efficient estimate reaches, and interior glasses of a cell."""

    def __init__(self, cell: Cell, seeds: Sequence[int]) -> None:
        asked = rows()
        keys, table, prior = list(asked), np.array(list(asked.values())), prior_information(cell.factor)
        series = [draw(cell, seed) for seed in seeds]
        curvatures = [information(one, cell) for one in series]
        self.bound = dict(zip(keys, van_trees.bound(curvatures, prior, table).tolist(), strict=True))
        self.expected = dict(zip(keys, van_trees.expected(curvatures, prior, table).tolist(), strict=True))
        each = np.array([van_trees.sds(one + prior, table) for one in curvatures])
        self.interior = tuple(x for x in CONTENTS if x > 0 and _is_interior(series, each, keys, x))


def _is_interior(series: Sequence[Series], each: Array, keys: list, x: float) -> bool:
    """Whether all amounts of a glass are far from zero in most series; ``each`` has their sds."""
    far = np.ones(len(series), dtype=bool)
    for unit in UNITS:
        amounts = np.array([glass.amounts[unit] for one in series for glass in one.glasses if glass.x == x])
        far &= amounts >= FAR * each[:, keys.index((x, unit))]
    return bool(far.mean() >= MOSTLY)


def gains(cell: Cell, seeds: Sequence[int], quantity: str) -> dict[str, float]:
    """Factors on the efficient error of a quantity, pooled over glasses, where shapes of some kind are not shared."""
    asked, series = rows(), [draw(cell, seed) for seed in seeds]
    table = np.array([row for (_, name), row in asked.items() if name == quantity])
    curvatures = [information(one, cell) for one in series]
    together = van_trees.expected(curvatures, prior_information(cell.factor), table)
    found = {}
    for name, apart in {**{kind: (kind,) for kind in LEVEL_SDS}, "all": tuple(LEVEL_SDS)}.items():
        alone = van_trees.expected(curvatures, prior_information(cell.factor, apart), table)
        found[name] = float(np.sqrt(np.mean((alone / together) ** 2)))
    return found
