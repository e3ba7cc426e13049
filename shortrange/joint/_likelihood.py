"""All spectra of a series in one likelihood: the global vector, its priors, its balances, its minimum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

import structure
from shortrange.joint._blocks import Block, Data, block_of, quantities_of, without_priors
from shortrange.joint._coupling import COUPLINGS, UNDER_ONE_LINE, Coupling
from shortrange.joint._sight import Table, TableBlock
from shortrange_core.least_squares import Minimum, minimise
from spectra.models import OFFSET, PriorLike

Array = npt.NDArray[np.float64]
LARGEST_LOG = 6.0
LEAST_AREA, LEAST_EXPECTED = 1e-300, 1e-12
LEAST_START = 1e-3
"""Amount per former from which every species starts: at 0 its line would have no influence on its position."""


@dataclass(frozen=True, eq=False, slots=True)
class Glass:
    """One composition of the series, with its allowed species and first amounts; ``place`` as of the coupling."""

    name: str
    composition: structure.Composition
    species: tuple[str, ...]
    start: Array
    place: float
    statements: tuple[structure.Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Prior:
    """A prior of the joint likelihood: what it is about, in words of the report."""

    name: str
    mean: float
    sd: float
    source: str


class Likelihood:
    """Residuals of a series for :func:`shortrange_core.least_squares.minimise`.

    Parameters
    ----------
    glasses, spectra
        Of the series.
    factor
        On the sds of the coupling along the series: 1, or 0.5 and 2 to see what hangs on them.
    """

    def __init__(self, glasses: Sequence[Glass], spectra: Sequence[Data | Table], *, factor: float = 1.0) -> None:
        self.glasses = {glass.name: glass for glass in glasses}
        self.factor = factor
        self.names: list[str] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.first: list[float] = []
        self.rows: list[dict[int, float]] = []
        self.constants: list[float] = []
        self.priors: list[Prior] = []
        self.amounts = {g.name: self._add([f"{g.name}: {s}" for s in g.species], 0.0, np.inf, g.start) for g in glasses}
        fitted = [data for data in spectra if isinstance(data, Data)]
        self.couplings = _coupled(fitted)
        self.blocks: dict[str, Block | TableBlock] = {}
        self.fitted: dict[str, Block] = {}
        self.local: dict[str, npt.NDArray[np.intp]] = {}
        self.responses: dict[tuple[str, str], int] = {}
        self.common: dict[tuple[str, str], tuple[int, int]] = {}
        self.members: dict[int, npt.NDArray[np.intp]] = {}
        for data in spectra:
            self._add_measured(data)
        self._couple(fitted)
        self.equalities = self._balances()
        self.inequalities = self._inequalities()
        self.matrix = np.zeros((len(self.rows), len(self.names)))
        for number, row in enumerate(self.rows):
            self.matrix[number, list(row)] = list(row.values())
        self.levels = np.array(self.constants)

    def _add(self, names: Sequence[str], lower: float, upper: float, start: Array | float) -> npt.NDArray[np.intp]:
        at = np.arange(len(self.names), len(self.names) + len(names))
        self.names += names
        self.lower += [lower] * len(names)
        self.upper += [upper] * len(names)
        self.first += np.broadcast_to(np.asarray(start, dtype=float), (len(names),)).tolist()
        return at

    def _term(self, row: Mapping[int, float], mean: float, prior: Prior) -> None:
        """Prior term (row @ x - mean) / sd."""
        self.rows.append({index: factor / prior.sd for index, factor in row.items()})
        self.constants.append(-mean / prior.sd)
        self.priors.append(prior)

    def _add_measured(self, data: Data | Table) -> None:
        species = self.glasses[data.sample].species
        if isinstance(data, Data):
            free = [name for name, technique in self.couplings if technique == data.technique]
            data = replace(data, model=without_priors(data.model, free))
        block = block_of(data, species)
        if isinstance(block, Block):
            self.fitted[data.key] = block
        places = [*self.amounts[data.sample].tolist(), *self._add([f"{data.key}: log scale"], -np.inf, np.inf, 0.0)]
        places += [self._response(data.technique, block.sight.names[at]) for at in block.sight.unknown]
        for own in block.own_parameters:
            places += self._add([f"{data.key}: {own.name}"], own.lower, own.upper, own.start).tolist()
        self.blocks[data.key], self.local[data.key] = block, np.array(places, dtype=np.intp)
        amounts = np.array(self.first)[self.amounts[data.sample]]
        self.first[places[block.sight.scale_at]] = self.first_scale(block, amounts)

    @staticmethod
    def first_scale(block: Block | TableBlock, amounts: Array) -> float:
        """Log scale from the areas of the measurement alone, with some amounts of its glass."""
        alone = block.alone()
        expected = block.sight.counts @ amounts
        known = np.isfinite(alone) & (expected > 0)
        total = max(float(alone[known].sum()), LEAST_AREA)
        return float(np.log(total / max(float(expected[known].sum()), LEAST_EXPECTED)))

    def _response(self, technique: str, label: str) -> int:
        """Response in one technique, one along the series: its distance from the median, in sds of its logarithm."""
        key = (technique, label)
        if key not in self.responses:
            name = f"{technique}: log response {label}"
            (at,) = self._add([name], -LARGEST_LOG, LARGEST_LOG, 0.0).tolist()
            self.responses[key] = at
            self._term({at: 1.0}, 0.0, Prior(name, 0.0, 1.0, "in sds of its logarithm: as stated, or as it is assumed"))
        return self.responses[key]

    def _couple(self, spectra: Sequence[Data]) -> None:
        """Every shape along the series, and the published value of it, once."""
        for (name, technique), (coupling, quantity) in self.couplings.items():
            mine = [d for d in spectra if d.technique == technique and name in self.fitted[d.key].own]
            if not mine:
                continue
            places = [self._own(d.key, name) for d in mine]
            starts = [self.first[at] for at in places]
            (level,) = self._add([f"{technique}: {name}"], -np.inf, np.inf, float(np.mean(starts))).tolist()
            (change,) = self._add([f"{technique}: {name} change"], -np.inf, np.inf, 0.0).tolist()
            self.common[technique, name] = (level, change)
            self.members[level] = np.array(places, dtype=np.intp)
            sd = coupling.change * self.factor
            self._term({change: 1.0}, 0.0, Prior(self.names[change], 0.0, sd, coupling.reason))
            for data, at in zip(mine, places, strict=True):
                row = {at: 1.0, level: -1.0, change: -self.glasses[data.sample].place}
                if quantity == "center" and self.fitted[data.key].has_offset:
                    row[self._own(data.key, OFFSET)] = -1.0
                text = f"{data.key}: {name} about the line of the series"
                self._term(row, 0.0, Prior(text, 0.0, coupling.scatter * self.factor, coupling.reason))
            stated = _stated_prior(mine, name)
            if stated is not None:
                text = f"{technique}: {name}"
                self._term({level: 1.0}, stated.mean, Prior(text, stated.mean, stated.sd, str(stated.source)))
        self._tie_under_one_line()

    def _own(self, key: str, name: str) -> int:
        block = self.fitted[key]
        return int(self.local[key][block.own_at.start + block.own.index(name)])

    def _tie_under_one_line(self) -> None:
        """PS4 and PS3O have one shift within a doubt: both have a line, and their levels are near one another."""
        one, other = "p_s4", "p_s3o"
        source = "PS3O has essentially the shift of PS4 (10.21203/rs.3.rs-934971/v1)"
        for technique in dict.fromkeys(technique for technique, _ in self.common):
            for quantity, doubt in UNDER_ONE_LINE.items():
                name, partner = f"{one}_{quantity}", (technique, f"{other}_{quantity}")
                if (technique, name) in self.common and partner in self.common:
                    row = {self.common[technique, name][0]: 1.0, self.common[partner][0]: -1.0}
                    text = f"{technique}: {name} less that of {other}"
                    self._term(row, 0.0, Prior(text, 0.0, doubt, source))

    def _balances(self) -> tuple[Array, Array]:
        """Exact lines of every glass; those known within the errors of a composition become residuals."""
        rows, right = [], []
        for glass in self.glasses.values():
            units = [structure.unit_of(label) for label in glass.species]
            (exact, level), (loose, loose_level) = structure.balance_lines(glass.composition, units).split()
            at = self.amounts[glass.name]
            for line, value in zip(exact, level, strict=True):
                row = np.zeros(len(self.names))
                row[at] = line
                rows.append(row)
                right.append(value)
            for line, value in zip(loose, loose_level, strict=True):
                source = "error of the composition"
                self._term(
                    dict(zip(at.tolist(), line.tolist(), strict=True)),
                    float(value),
                    Prior(f"{glass.name}: balance", float(value), 1.0, source),
                )
        return np.array(rows), np.array(right)

    def _inequalities(self) -> tuple[Array, Array] | None:
        """Constraints of the recipe on shapes; one on an area is no constraint of a series."""
        rows, right = [], []
        for key, block in self.fitted.items():
            stated = block.compiled.inequalities
            for line, level in zip(*stated, strict=True) if stated is not None else ():
                if not np.any(line[block.area_rows]):
                    row = np.zeros(len(self.names))
                    row[self.local[key][block.own_at.start : block.shares_at.start]] = line[block.shaped_rows]
                    rows.append(row)
                    right.append(level)
            for line, level in zip(*block.sharing(), strict=True):
                row = np.zeros(len(self.names))
                row[self.local[key]] = line
                rows.append(row)
                right.append(level)
        return (np.array(rows), np.array(right)) if rows else None

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """Residuals of all spectra and priors, and their derivatives."""
        residuals, jacobians = [self.matrix @ x + self.levels], [self.matrix]
        for key, block in self.blocks.items():
            residual, jacobian = block(x[self.local[key]])
            whole = np.zeros((residual.size, x.size))
            whole[:, self.local[key]] = jacobian
            residuals.append(residual)
            jacobians.append(whole)
        return np.concatenate(residuals), np.vstack(jacobians)

    def minimum(self, start: Array | None = None) -> Minimum:
        """The most probable series."""
        first = np.array(self.first) if start is None else start
        return minimise(
            self, first, lower=np.array(self.lower), upper=np.array(self.upper), equalities=self.equalities,
            inequalities=self.inequalities, tolerance=1e-9, max_evaluations=200,
        )  # fmt: skip


def _coupled(spectra: Sequence[Data]) -> dict[tuple[str, str], tuple[Coupling, str]]:
    """Parameters of counted lines that several spectra of one technique have, with how they go together."""
    seen: dict[tuple[str, str], list[tuple[Coupling, str]]] = {}
    for data in spectra:
        for peak in data.model.peaks:
            if not peak.assignment:
                continue
            for name, quantity in quantities_of(peak).items():
                coupling = COUPLINGS.get(data.kind, {}).get(quantity)
                if coupling is not None:
                    seen.setdefault((name, data.technique), []).append((coupling, quantity))
    return {key: found[0] for key, found in seen.items() if len(found) > 1}


def _stated_prior(spectra: Sequence[Data], name: str) -> PriorLike | None:
    for data in spectra:
        for parameter in data.model.all_parameters:
            if parameter.name == name and parameter.prior is not None:
                return parameter.prior
    return None
