"""Numbers that share a source and a sample: two random effects, crossed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reference_peaks.pooling._heterogeneity import check_numbers
from shortrange_core.errors import BadInput
from shortrange_core.showing import Shown

Matrix = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class TwoWay(Shown):
    """Values of items in papers as item + paper offset + error.

    Parameters
    ----------
    paper_sd, error_sd
        Standard deviations of the offset common to a paper, and of the rest.
    offsets
        Best linear unbiased prediction of each paper's offset.
    means
        Value of each item, freed of the papers' offsets.
    residuals
        For each value, what item and paper do not explain, divided by ``error_sd``.
    shared
        Items that more than one paper has.
    """

    paper_sd: float
    error_sd: float
    offsets: dict[str, float]
    means: dict[str, float]
    residuals: Vector
    shared: int

    @property
    def spread(self) -> float:
        """Between-source sd of one value: offset and error together."""
        return float(np.hypot(self.paper_sd, self.error_sd))


def two_way(
    items: list[str], papers: list[str], values: npt.ArrayLike, variances: npt.ArrayLike, *, scale: float
) -> TwoWay:
    """Fit item means, paper offsets and both variances by restricted likelihood with half-normal priors.

    Parameters
    ----------
    items, papers
        What each value is of, and where it was published.
    values, variances
        n values with their known variances.
    scale
        Scale of the half-normal priors of both sds: the technique's stated default.

    Raises
    ------
    BadInput
        If no item has two papers.
    """
    y, v = check_numbers(values, variances, 2)
    X, item_names = _indicator(items)
    Z, paper_names = _indicator(papers)
    shared = int(np.sum(((X.T @ Z) > 0).sum(axis=1) > 1))
    if shared == 0:
        raise BadInput("no line has two papers; a spread between papers cannot be estimated")
    best = _best_sds(y, v, X, Z, scale)
    P, inverse = _projector(v, X, Z, best)
    b = best[0] ** 2 * Z.T @ P @ y
    means = np.linalg.solve(X.T @ inverse @ X, X.T @ inverse @ y)
    residuals = (y - X @ means - Z @ b) / np.sqrt(best[1] ** 2 + v)
    return TwoWay(
        float(best[0]),
        float(best[1]),
        dict(zip(paper_names, b.tolist(), strict=True)),
        dict(zip(item_names, means.tolist(), strict=True)),
        residuals,
        shared,
    )


def _indicator(labels: list[str]) -> tuple[Matrix, list[str]]:
    names = sorted(set(labels))
    return np.array([[float(label == name) for name in names] for label in labels]), names


def _projector(v: Vector, X: Matrix, Z: Matrix, sds: Vector) -> tuple[Matrix, Matrix]:
    inverse = np.linalg.inv(sds[0] ** 2 * Z @ Z.T + np.diag(v + sds[1] ** 2))
    left = inverse @ X
    return inverse - left @ np.linalg.solve(X.T @ left, left.T), inverse


def _best_sds(y: Vector, v: Vector, X: Matrix, Z: Matrix, scale: float) -> Vector:
    """Most probable sds on a grid that is refined six times: robust, and fast enough for a library."""

    def badness(paper: float, error: float) -> float:
        sds = np.array([paper, error])
        covariance = paper**2 * Z @ Z.T + np.diag(v + error**2)
        P, inverse = _projector(v, X, Z, sds)
        _, log_v = np.linalg.slogdet(covariance)
        _, log_x = np.linalg.slogdet(X.T @ inverse @ X)
        return float((log_v + log_x + y @ P @ y + (paper**2 + error**2) / scale**2) / 2)

    centre, width = np.array([scale, scale]), np.array([scale, scale])
    for _ in range(7):
        axes = [np.maximum(np.linspace(c - w, c + w, 5), 1e-6 * scale) for c, w in zip(centre, width, strict=True)]
        trials = [(badness(float(a), float(b)), float(a), float(b)) for a in axes[0] for b in axes[1]]
        _, paper, error = min(trials)
        centre, width = np.array([paper, error]), width / 2
    return centre
