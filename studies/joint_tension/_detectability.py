"""lambda of a fault in a joint likelihood: what model, balances and priors leave of its change of the spectra."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.linalg import block_diag, null_space

from shortrange.joint import Likelihood

Array = npt.NDArray[np.float64]
LEAST = 1e-10
"""Singular values, of columns of length 1, below which a direction is none."""
UNSEEN = 1e-6
"""lambda of a whole fault below which the spectra do not see it, as the response to a unit that no glass holds."""


class Linear:
    """Whole derivatives of a likelihood at a point, spectra point by point, before anything is eliminated."""

    def __init__(self, likelihood: Likelihood, x: Array) -> None:
        self.likelihood, self.x = likelihood, x
        amounts = np.concatenate(list(likelihood.amounts.values()))
        inside = null_space(block_diag(*(rows for rows, _ in likelihood.balances.values())))
        rest = np.setdiff1d(np.arange(x.size), amounts)
        self._ways = np.zeros((x.size, inside.shape[1] + rest.size))
        self._ways[amounts, : inside.shape[1]] = inside
        self._ways[rest, np.arange(inside.shape[1], self._ways.shape[1])] = 1.0

    def of_spectra(self, changes: Mapping[str, Array]) -> float:
        """lambda of changes of the intensities, by key of the spectrum, on its points."""
        return self._left(changes, np.zeros(self.x.size))

    def of_amounts(self, glass: str, change: Array) -> float:
        """lambda of amounts (n,) of a glass that the balances of its recipe do not allow."""
        moved = np.zeros(self.x.size)
        moved[self.likelihood.amounts[glass]] = change
        return self._left({}, moved)

    def _left(self, changes: Mapping[str, Array], moved: Array) -> float:
        tables = []
        for key, block in self.likelihood.fitted.items():
            at = self.likelihood.local[key]
            _, slopes = block.residuals(block.phi(self.x[at]))
            weight = np.ones(len(slopes))
            weight[: block.points] = block.data.weight
            rows = np.sqrt(weight)[:, None] * (slopes @ block.derivative(self.x[at]))
            change = rows @ moved[at]
            if key in changes:
                change[: block.points] += np.sqrt(block.data.weight) * changes[key] / block.data.noise
            whole = np.zeros((len(rows), self.x.size + 1))
            whole[:, at], whole[:, -1] = rows, change
            used = np.append(at, self.x.size)
            triangle = np.linalg.qr(whole[:, used], mode="r")
            made = np.zeros((len(triangle), self.x.size + 1))
            made[:, used] = triangle
            tables.append(made)
        priors = self.likelihood.matrix.toarray()
        tables.append(np.column_stack([priors, priors @ moved]))
        whole = np.vstack(tables)
        slopes = whole[:, :-1] @ self._ways
        length = np.sqrt(np.sum(slopes**2, axis=0))
        slopes = slopes[:, length > 0] / length[length > 0]
        left, singular, _ = np.linalg.svd(slopes, full_matrices=False)
        taken = left[:, singular > LEAST * singular[0]].T @ whole[:, -1]
        return float(whole[:, -1] @ whole[:, -1] - taken @ taken)
