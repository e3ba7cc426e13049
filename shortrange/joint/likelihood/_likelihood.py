"""All spectra of a series in one likelihood: the global vector, its priors, its balances, its minimum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy import sparse

import structure
from shortrange.joint.likelihood._blocks import (
    Data,
    LocalResiduals,
    block_of,
    stated_place,
    stated_prior,
    without_priors,
)
from shortrange.joint.likelihood._coupling import UNDER_ONE_LINE, coupled
from shortrange.joint.likelihood._glasses import JointGlass, PriorTerm
from shortrange.joint.likelihood._groups import Groups, joined
from shortrange.joint.likelihood._sight import AreaTable, TableBlock
from shortrange_core.least_squares import ArrowMinimum, ArrowProblem, Part, minimise_arrow, trial_arrow
from spectra.models import OFFSET, uncorrelating

Array = npt.NDArray[np.float64]
LARGEST_LOG, TOLERANCE = 6.0, 1e-9
LEAST_AREA, LEAST_EXPECTED = 1e-300, 1e-12
LEAST_START = 1e-3
"""Amount per former from which every species starts: at 0 its line would have no influence on its position."""


class Likelihood:
    """Residuals of a series, glass by glass, for :func:`shortrange_core.least_squares.minimise_arrow`.

    What one glass has for itself (amounts; scales, shapes and offsets of its spectra) meets nothing of another glass:
    only levels and changes of shapes and responses are shared.

    Parameters
    ----------
    glasses, spectra
        Of the series.
    factor
        On the sds of the coupling along the series: 1, or 0.5 and 2 to see what hangs on them.
    """

    def __init__(
        self, glasses: Sequence[JointGlass], spectra: Sequence[Data | AreaTable], *, factor: float = 1.0
    ) -> None:
        self.glasses = {glass.name: glass for glass in glasses}
        self.factor = factor
        self.names: list[str] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.first: list[float] = []
        self.rows: list[dict[int, float]] = []
        self.constants: list[float] = []
        self.priors: list[PriorTerm] = []
        self.known: dict[int, PriorTerm] = {}
        self.amounts = {g.name: self._add([f"{g.name}: {s}" for s in g.species], 0.0, np.inf, g.start) for g in glasses}
        fitted = [data for data in spectra if isinstance(data, Data)]
        self.couplings = coupled(fitted)
        self.blocks: dict[str, LocalResiduals | TableBlock] = {}
        self.fitted: dict[str, LocalResiduals] = {}
        self.local: dict[str, npt.NDArray[np.intp]] = {}
        self.responses: dict[tuple[str, str], int] = {}
        self.common: dict[tuple[str, str], tuple[int, int]] = {}
        self.members: dict[int, npt.NDArray[np.intp]] = {}
        for data in spectra:
            self._add_measured(data)
        self._couple(fitted)
        self.balances = {name: self._balance(glass) for name, glass in self.glasses.items()}
        self.limits = {key: self._limits(block) for key, block in self.fitted.items()}
        self.matrix = sparse.csr_array(
            (
                [value for row in self.rows for value in row.values()],
                (
                    [number for number, row in enumerate(self.rows) for _ in row],
                    [at for row in self.rows for at in row],
                ),
            ),
            shape=(len(self.rows), len(self.names)),
        )
        self.levels = np.array(self.constants)
        self.keys = {
            name: tuple(key for key, block in self.blocks.items() if block.data.sample == name) for name in self.glasses
        }
        self.groups = self._grouped()
        self.prior_parts = self.groups.priors(self.rows, self.levels)

    def _add(self, names: Sequence[str], lower: float, upper: float, start: Array | float) -> npt.NDArray[np.intp]:
        at = np.arange(len(self.names), len(self.names) + len(names))
        self.names += names
        self.lower += [lower] * len(names)
        self.upper += [upper] * len(names)
        self.first += np.broadcast_to(np.asarray(start, dtype=float), (len(names),)).tolist()
        return at

    def _term(self, row: Mapping[int, float], mean: float, prior: PriorTerm) -> None:
        """Prior term (row @ x - mean) / sd."""
        self.rows.append({index: factor / prior.sd for index, factor in row.items()})
        self.constants.append(-mean / prior.sd)
        self.priors.append(prior)

    def _add_measured(self, data: Data | AreaTable) -> None:
        species = self.glasses[data.sample].species
        if isinstance(data, Data):
            free = [name for name, technique in self.couplings if technique == data.technique]
            data = replace(data, model=without_priors(data.model, free))
        block = block_of(data, species)
        if isinstance(block, LocalResiduals):
            self.fitted[data.key] = block
        places = [*self.amounts[data.sample].tolist(), *self._add([f"{data.key}: log scale"], -np.inf, np.inf, 0.0)]
        places += [self._response(data.technique, block.sight.names[at]) for at in block.sight.unknown]
        for own in block.own_parameters:
            places += self._add([f"{data.key}: {own.name}"], own.lower, own.upper, own.start).tolist()
        self.blocks[data.key], self.local[data.key] = block, np.array(places, dtype=np.intp)
        amounts = np.array(self.first)[self.amounts[data.sample]]
        self.first[places[block.sight.scale_at]] = self.first_scale(block, amounts)

    @staticmethod
    def first_scale(block: LocalResiduals | TableBlock, amounts: Array) -> float:
        """Log scale from the areas of the measurement alone, with some amounts of its glass."""
        alone = block.alone()
        expected = block.sight.counts @ amounts
        usable = np.isfinite(alone) & (expected > 0)
        total = max(float(alone[usable].sum()), LEAST_AREA)
        return float(np.log(total / max(float(expected[usable].sum()), LEAST_EXPECTED)))

    def _response(self, technique: str, label: str) -> int:
        """Response in one technique, one along the series: its distance from the median, in sds of its logarithm."""
        key = (technique, label)
        if key not in self.responses:
            name = f"{technique}: log response {label}"
            (at,) = self._add([name], -LARGEST_LOG, LARGEST_LOG, 0.0).tolist()
            self.responses[key] = at
            self._term({at: 1.0}, 0.0, PriorTerm(name, 0.0, 1.0, "in sds of its logarithm: as stated or assumed"))
        return self.responses[key]

    def _couple(self, spectra: Sequence[Data]) -> None:
        """Every shape along the series, and the published value of it, once."""
        together: dict[tuple[str, float, float, float], list[int]] = {}
        for (name, technique), (coupling, quantity) in self.couplings.items():
            mine = [d for d in spectra if d.technique == technique and name in self.fitted[d.key].own]
            if not mine:
                continue
            places = [self._own(d.key, name) for d in mine]
            (level,) = self._add([f"{technique}: {name}"], -np.inf, np.inf, self._first_level(mine, name)).tolist()
            (change,) = self._add([f"{technique}: {name} change"], -np.inf, np.inf, 0.0).tolist()
            self.common[technique, name] = (level, change)
            self.members[level] = np.array(places, dtype=np.intp)
            sd = coupling.change * self.factor
            self._term({change: 1.0}, 0.0, PriorTerm(self.names[change], 0.0, sd, coupling.reason))
            for data, at in zip(mine, places, strict=True):
                row = {at: 1.0, level: -1.0, change: -self.glasses[data.sample].place}
                if quantity == "center" and self.fitted[data.key].has_offset:
                    row[self._own(data.key, OFFSET)] = -1.0
                text = f"{data.key}: {name} about the line of the series"
                self._term(row, 0.0, PriorTerm(text, 0.0, coupling.scatter * self.factor, coupling.reason))
            stated = stated_prior(mine, name)
            if stated is not None:
                self.known[level] = PriorTerm(f"{technique}: {name}", stated.mean, stated.sd, str(stated.source))
                together.setdefault((technique, stated.mean, stated.sd, getattr(stated, "common", 0.0)), []).append(
                    level
                )
        for (*_, share), levels in together.items():
            self._state(levels, share)
        self._tie_under_one_line(spectra)

    def _state(self, levels: Sequence[int], share: float) -> None:
        """A term for each of some levels whose laws have a share of their variance in common: what the others leave."""
        for own, root in zip(levels, uncorrelating(share, len(levels)), strict=True):
            prior = self.known[own]
            self.rows.append(
                {at: factor / prior.sd for at, factor in zip(levels, root.tolist(), strict=True) if factor}
            )
            self.constants.append(-prior.mean / prior.sd * float(root.sum()))
            self.priors.append(prior)

    def _first_level(self, spectra: Sequence[Data], name: str) -> float:
        """Level of a shape from the spectra that show it alone; in the others it starts there."""
        places = {self._own(d.key, name): name in d.start for d in spectra}
        shown = [self.first[at] for at, shows in places.items() if shows] or [self.first[at] for at in places]
        level = float(np.mean(shown))
        for at, shows in places.items():
            if not shows:
                self.first[at] = min(max(level, self.lower[at]), self.upper[at])
        return level

    def _own(self, key: str, name: str) -> int:
        block = self.fitted[key]
        return int(self.local[key][block.own_at.start + block.own.index(name)])

    def _tie_under_one_line(self, spectra: Sequence[Data]) -> None:
        """PS4 and PS3O have one shift within a doubt, unless library or windows part them: their levels are near."""
        one, other = "p_s4", "p_s3o"
        source = "PS3O has essentially the shift of PS4 (10.21203/rs.3.rs-934971/v1)"
        for technique in dict.fromkeys(technique for technique, _ in self.common):
            mine = [data for data in spectra if data.technique == technique]
            first, second = (stated_place(mine, f"{name}_center") for name in (one, other))
            if not abs(first - second) <= UNDER_ONE_LINE["center"]:
                continue
            for quantity, doubt in UNDER_ONE_LINE.items():
                name, partner = f"{one}_{quantity}", (technique, f"{other}_{quantity}")
                if (technique, name) in self.common and partner in self.common:
                    row = {self.common[technique, name][0]: 1.0, self.common[partner][0]: -1.0}
                    text = f"{technique}: {name} less that of {other}"
                    self._term(row, 0.0, PriorTerm(text, 0.0, doubt, source))

    def _balance(self, glass: JointGlass) -> tuple[Array, Array]:
        """Exact lines of a glass in its amounts; those known within the errors of a composition become residuals."""
        units = [structure.unit_of(label) for label in glass.species]
        exact, (loose, loose_level) = structure.balance_lines(glass.composition, units).split()
        at = self.amounts[glass.name]
        for line, value in zip(loose, loose_level, strict=True):
            prior = PriorTerm(f"{glass.name}: balance", float(value), 1.0, "error of the composition")
            self._term(dict(zip(at.tolist(), line.tolist(), strict=True)), float(value), prior)
        return exact

    @staticmethod
    def _limits(block: LocalResiduals) -> tuple[Array, Array]:
        """Constraints of the recipe on shapes, in the local vector; one on an area is no constraint of a series."""
        rows, right = block.sharing()
        lines, levels = block.compiled.inequalities or (np.zeros((0, len(block.compiled.free))), np.zeros(0))
        kept = ~np.any(lines[:, block.area_rows], axis=1)
        stated = np.zeros((int(kept.sum()), block.size))
        stated[:, block.own_at.start : block.shares_at.start] = lines[kept][:, block.shaped_rows]
        return np.vstack([stated, rows]), np.concatenate([levels[kept], right])

    def parts(self, x: Array, *, without: str = "", heat: float = 1.0) -> list[Part]:
        """Residuals of the spectra and priors of every glass with their derivatives, and of the shared priors.

        ``without`` names a spectrum that is left out; chi2 of what was measured is divided by ``heat``.
        """
        edge, rows = self.groups.edge, []
        for number, (name, at) in enumerate(zip(self.glasses, self.groups.places, strict=True)):
            prior = self.prior_parts[number]
            made = [replace(prior, residual=prior.residual + prior.own @ x[at] + prior.shared @ x[edge])]
            for key in (key for key in self.keys[name] if key != without):
                local, jacobian = self.blocks[key](x[self.local[key]], heat=heat)
                made.append(self.groups.part(number, self.local[key], local, jacobian))
            rows.append(joined(made))
        common = self.prior_parts[-1]
        return [*rows, replace(common, residual=common.residual + common.shared @ x[edge])]

    def own_places(self, key: str) -> npt.NDArray[np.intp]:
        """Scale and own parameters of a spectrum in the whole vector."""
        block, local = self.blocks[key], self.local[key]
        return np.concatenate([local[[block.sight.scale_at]], local[block.own_at]])

    def _grouped(self) -> Groups:
        owner = np.full(len(self.names), -1, dtype=np.intp)
        for number, (name, at) in enumerate(self.amounts.items()):
            owner[at] = number
            for key in self.keys[name]:
                owner[self.own_places(key)] = number
        return Groups(owner, len(self.glasses))

    def _problem(self) -> ArrowProblem:
        """Bounds, balances and limits, glass by glass."""
        groups = self.groups
        equal, less = [], []
        for number, (name, at) in enumerate(self.amounts.items()):
            rows, right = self.balances[name]
            equal.append((groups.part(number, at, right, rows).own, right))
            parts = [groups.part(number, self.local[key], right, rows) for key, rows, right in self._limits_of(name)]
            less.append(
                (
                    np.vstack([np.zeros((0, groups.places[number].size)), *(part.own for part in parts)]),
                    np.concatenate([np.zeros(0), *(part.residual for part in parts)]),
                )
            )
        return ArrowProblem(
            (np.array(self.lower), np.array(self.upper)),
            groups.places,
            groups.edge,
            equalities=equal,
            inequalities=less,
        )

    def _limits_of(self, glass: str) -> list[tuple[str, Array, Array]]:
        return [(key, *self.limits[key]) for key in self.keys[glass] if key in self.limits]

    def minimum(
        self, start: Array | None = None, *, most: int = 200, heat: float = 1.0, far: float = np.inf
    ) -> ArrowMinimum:
        """The most probable series, by a descent of at most so many evaluations that does not crawl above ``far``."""
        first, parts = np.array(self.first) if start is None else start, partial(self.parts, heat=heat)
        return minimise_arrow(parts, first, self._problem(), tolerance=TOLERANCE, max_evaluations=most, far=far)

    def tried(self, start: Array, most: int, aim: float) -> tuple[Array, float]:
        """Where a descent is after so many evaluations, or before where it leads to nothing below ``aim``; its chi2."""
        return trial_arrow(self.parts, start, self._problem(), aim, tolerance=TOLERANCE, max_evaluations=most)
