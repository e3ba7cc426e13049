"""How a measurement sees the amounts of its glass, and the finished peak table, which is seen and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import structure
from shortrange.recipe import OXYGEN_LINES
from shortrange_core import affine
from structure.balances import quantity_row

Array = npt.NDArray[np.float64]
Responses = tuple[tuple[str, float, float], ...]
"""Label or name or ``*``, median, sd of the logarithm: as :class:`structure.Areas` has them; not named: 1."""
ANY = "*"


def response_to(name: str, responses: Responses) -> tuple[float, float]:
    """Logarithm of the median, and its sd, of the response to a unit or site.

    Examples
    --------
    >>> response_to("P:S3/S", (("P:S4", 1.0, 0.0), ("*", 1.0, 0.5)))
    (0.0, 0.5)
    """
    stated = {label: (float(np.log(median)), sd) for label, median, sd in responses}
    return stated.get(name, stated.get(ANY, (0.0, 0.0)))


def counts_in(text: str, species: Sequence[str]) -> bool:
    """Whether a line counts units of a glass; that of a bond, such as S-S, has an area of its own.

    Examples
    --------
    >>> counts_in("P:S4 + P:S3O", ("P:S4", "P:S3O")), counts_in("P:O4", ("P:S4",)), counts_in("", ("P:S4",))
    (True, False, False)
    """
    names = affine.parse(text).names if text else ()
    return bool(names) and all(name in species or name in OXYGEN_LINES for name in names)


class Sight:
    """Areas of the lines of one measurement: scale x sum of (counted x response x amount).

    The local vector holds amounts, log scale, and of every response that is not known its distance from the median in
    sds of its logarithm.

    Parameters
    ----------
    texts
        What each of the m lines counts.
    species
        Labels of the n species of its glass.
    responses
        To what the lines count.
    """

    def __init__(self, texts: Sequence[str], species: Sequence[str], responses: Responses) -> None:
        counted = [affine.parse(text).coefficients for text in texts]
        self.names = tuple(dict.fromkeys(name for one in counted for name in one))
        units = [structure.unit_of(label) for label in species]
        self.atoms = np.array([quantity_row(name, units)[0] for name in self.names]).reshape(-1, len(units))
        self.counted = np.array([[one.get(name, 0.0) for name in self.names] for one in counted])
        self.counted = self.counted.reshape(len(texts), len(self.names))
        responses_of_labels = np.array([response_to(name, responses) for name in self.names]).reshape(-1, 2)
        self.median, self.spread = responses_of_labels[:, 0], responses_of_labels[:, 1]
        self.unknown = np.flatnonzero(self.spread > 0)
        self.amounts = len(species)
        self.scale_at = self.amounts
        self.response_at = slice(self.amounts + 1, self.amounts + 1 + len(self.unknown))

    @property
    def counts(self) -> Array:
        """What every line counts where all responses are at their medians: (m, n)."""
        return np.asarray(self.counted @ (np.exp(self.median)[:, None] * self.atoms))

    def responses_at(self, local: Array) -> Array:
        """Response to every name."""
        logs = self.median.copy()
        logs[self.unknown] += self.spread[self.unknown] * local[self.response_at]
        return np.asarray(np.exp(logs))

    def areas_at(self, local: Array) -> Array:
        """Area of every line: (m,)."""
        by_name = self.responses_at(local) * (self.atoms @ local[: self.amounts])
        return np.asarray(np.exp(local[self.scale_at]) * (self.counted @ by_name))

    def slopes_at(self, local: Array, size: int) -> Array:
        """Derivatives of the areas in the local vector: (m, size)."""
        made = np.zeros((len(self.counted), size))
        scaled = np.exp(local[self.scale_at]) * self.counted * self.responses_at(local)
        made[:, : self.amounts] = scaled @ self.atoms
        made[:, self.scale_at] = self.areas_at(local)
        by_name = scaled * (self.atoms @ local[: self.amounts])
        made[:, self.response_at] = by_name[:, self.unknown] * self.spread[self.unknown]
        return made


@dataclass(frozen=True, eq=False, slots=True)
class AreaTable:
    """A finished peak table: areas of lines with their covariance, and no spectrum.

    Parameters
    ----------
    key, sample, technique
        As of :class:`~shortrange.joint.likelihood._blocks.Data`.
    areas
        As the step-by-step route takes them.
    factor
        On the covariance: 1/4 for four times the scans.
    """

    key: str
    sample: str
    technique: str
    areas: structure.Areas
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Own:
    """A parameter that a spectrum has for itself: its bounds, and where it starts."""

    name: str
    lower: float
    upper: float
    start: float


class TableBlock:
    """Residuals of a finished peak table: its areas, Gaussian, in a local vector without parameters of its own.

    Parameters
    ----------
    data
        The table.
    species
        Labels of the n species of its glass.
    """

    def __init__(self, data: AreaTable, species: Sequence[str]) -> None:
        self.data, self.species = data, tuple(species)
        areas = data.areas
        kept = [at for at, text in enumerate(areas.assignments) if counts_in(text, species)]
        self.sight = Sight([areas.assignments[at] for at in kept], species, areas.responses)
        self._value = areas.value[kept]
        self.own: list[str] = []
        self.own_parameters: tuple[Own, ...] = ()
        self.size = self.sight.response_at.stop
        self.own_at = slice(self.size, self.size)
        self.points = len(kept)
        self._root = np.linalg.inv(np.linalg.cholesky(data.factor * areas.covariance[np.ix_(kept, kept)]))

    def alone(self) -> Array:
        """Areas as the table has them."""
        return np.asarray(self._value)

    def __call__(self, local: Array, *, heat: float = 1.0) -> tuple[Array, Array]:
        """Residuals in sds, made independent, and their derivatives; chi2 is divided by ``heat``."""
        gap, root = self.sight.areas_at(local) - self._value, self._root / np.sqrt(heat)
        return root @ gap, root @ self.sight.slopes_at(local, self.size)

    def chi2(self, local: Array) -> float:
        """Of the areas."""
        residual, _ = self(local)
        return float(residual @ residual)
