"""Several spectra as one least-squares problem: the parameters that they share stand in it once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import BadInput
from spectra.fits._compiled import Array, Compiled
from spectra.fits._residuals import Residuals
from spectra.fits._result import Fit
from spectra.models import OFFSET, counted
from spectra.noise import autocorrelation_of, excess


class SharedProblem:
    """Residuals of all spectra in the global parameters; each block is reduced to as many rows as it has parameters."""

    def __init__(self, alone: Mapping[str, Fit], shared: Sequence[str], weight: Mapping[str, float]) -> None:
        self.alone, self.weight = alone, weight
        self.compiled = {key: fit.compiled() for key, fit in alone.items()}
        self.shared = shared_names(self.compiled, shared)
        self.names, self.owners = list(self.shared), [""] * len(self.shared)
        for key, compiled in self.compiled.items():
            own = [f"{key}:{name}" for name in compiled.free if name not in self.shared]
            self.names += own
            self.owners += [key] * len(own)
        self.place = {name: index for index, name in enumerate(self.names)}
        self.select = {key: self._selection(key) for key in self.compiled}
        self.blocks = {
            key: Residuals(self.compiled[key], np.asarray(fit.spectrum["intensity"].values, float), fit.noise)
            for key, fit in alone.items()
        }
        self.counted = self._counted_priors()
        self._limits()

    def _selection(self, key: str) -> Array:
        """Matrix from the global parameters to the free ones of one spectrum."""
        compiled = self.compiled[key]
        matrix = np.zeros((len(compiled.free), len(self.names)))
        for row, name in enumerate(compiled.free):
            if name not in self.shared:
                matrix[row, self.place[f"{key}:{name}"]] = 1.0
                continue
            matrix[row, self.place[name]] = 1.0
            if compiled.quantity[row] == "center" and OFFSET in compiled.free:
                matrix[row, self.place[f"{key}:{OFFSET}"]] = 1.0
        return matrix

    def _counted_priors(self) -> dict[str, npt.NDArray[np.bool_]]:
        """Prior terms that count: a statement about one global quantity counts once, whichever models hold it."""
        rows: list[Array] = []
        constants: list[Array] = []
        sources: list[str] = []
        for key, compiled in self.compiled.items():
            matrix, levels, _ = compiled.priors
            rows.append(matrix @ compiled.spread @ self.select[key])
            constants.append(levels + matrix @ compiled.base)
            sources += compiled.sources
        kept = counted(np.vstack(rows), np.concatenate(constants), sources)
        ends = np.cumsum([len(matrix) for matrix in rows])[:-1]
        return dict(zip(self.compiled, np.split(kept, ends), strict=True))

    def _limits(self) -> None:
        size = len(self.names)
        self.lower, self.upper = np.full(size, -np.inf), np.full(size, np.inf)
        sums, counts = np.zeros(size), np.zeros(size)
        equal: list[tuple[Array, Array]] = []
        less: list[tuple[Array, Array]] = []
        for key, compiled in self.compiled.items():
            own = np.asarray(self.alone[key].values)
            offset = own[compiled.position[OFFSET]] if OFFSET in compiled.free else 0.0
            for row, name in enumerate(compiled.free):
                at = self.place[name if name in self.shared else f"{key}:{name}"]
                self.lower[at] = max(self.lower[at], compiled.lower[row])
                self.upper[at] = min(self.upper[at], compiled.upper[row])
                moved = offset if name in self.shared and compiled.quantity[row] == "center" else 0.0
                sums[at] += own[compiled.free_rows[row]] - moved
                counts[at] += 1
            for rows, kept in ((compiled.equalities, equal), (compiled.inequalities, less)):
                if rows is not None:
                    kept.append((rows[0] @ self.select[key], rows[1]))
        if np.any(self.lower > self.upper):
            crossed = [self.names[i] for i in np.flatnonzero(self.lower > self.upper)]
            raise BadInput(f"shared parameters {', '.join(crossed)}: the windows of the models do not meet; widen them")
        self.start = np.clip(sums / np.maximum(counts, 1), self.lower, self.upper)
        self.equalities, self.inequalities = _joined(equal), _joined(less)

    def __call__(self, x: Array) -> tuple[Array, Array]:
        residuals, jacobians = [], []
        for key, block in self.blocks.items():
            residual, jacobian = block(self.select[key] @ x)
            points = block.data.size
            keep = np.concatenate([np.ones(points, dtype=bool), self.counted[key]])
            root = np.sqrt(np.concatenate([np.full(points, self.weight[key]), np.ones(keep.size - points)]))[keep]
            whole = np.column_stack([jacobian[keep], residual[keep]]) * root[:, None]
            triangle: Array = np.asarray(np.linalg.qr(whole, mode="r"))
            residuals.append(triangle[:, -1])
            jacobians.append(triangle[:, :-1] @ self.select[key])
        return np.concatenate(residuals), np.vstack(jacobians)

    def excess(self, x: Array) -> Array:
        """What known autocorrelations add to the normal matrix of white noise."""
        total = np.zeros((x.size, x.size))
        for key, block in self.blocks.items():
            stated = autocorrelation_of(self.alone[key].spectrum)
            if stated is not None:
                derivatives = block(self.select[key] @ x)[1][: block.data.size]
                part = self.weight[key] * excess(derivatives, stated, self.alone[key].points_per_independent)
                total += self.select[key].T @ part @ self.select[key]
        return total


def shared_names(compiled: Mapping[str, Compiled], patterns: Sequence[str]) -> tuple[str, ...]:
    """Free parameters that match a pattern and occur in more than one spectrum; an offset is never shared."""
    number: dict[str, int] = {}
    for one in compiled.values():
        for name in one.free:
            number[name] = number.get(name, 0) + 1
    return tuple(
        name
        for name, count in number.items()
        if count > 1 and name != OFFSET and any(fnmatchcase(name, pattern) for pattern in patterns)
    )


def _joined(rows: list[tuple[Array, Array]]) -> tuple[Array, Array] | None:
    if not rows:
        return None
    return np.vstack([matrix for matrix, _ in rows]), np.concatenate([right for _, right in rows])
