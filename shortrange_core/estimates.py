"""Estimates: labelled values with their whole covariance, the form in which numbers travel between packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.special import ndtri

from shortrange_core.covariances import carried, check_covariance
from shortrange_core.errors import BadInput, check_level
from shortrange_core.labels import named_twice
from shortrange_core.showing import Shown

ENTRY, ENTRY_B = "entry", "entry_b"
Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Estimates(Shown):
    """Values with covariance and labelled entries.

    Parameters
    ----------
    value
        Estimated values over the dimension ``entry``, whose coordinate holds one unique name each. Further
        coordinates of ``entry`` (species, sample, peak, temperature, unit) are the facets.
    covariance
        Symmetric, positive semi-definite, over ``(entry, entry_b)``. Rows of a value whose covariance is
        not known are NaN; a value that is fixed exactly has zeros.

    Raises
    ------
    BadInput
        If shapes differ, names repeat, or the covariance is not symmetric or not positive semi-definite.

    Examples
    --------
    >>> areas = Estimates.build(["a", "b"], [1.0, 3.0], [[0.04, 0.0], [0.0, 0.09]], species=["P:S4", "P:S3O"])
    >>> areas.sd.values.round(2).tolist()
    [0.2, 0.3]
    >>> total = areas.linear([[1.0, 1.0]], ["total"])
    >>> round(float(total.sd.item()), 4)
    0.3606
    """

    value: xr.DataArray
    covariance: xr.DataArray

    def __post_init__(self) -> None:
        size = self.value.size
        if self.value.dims != (ENTRY,) or self.covariance.shape != (size, size):
            raise BadInput(
                f"estimates have value {self.value.shape} over {self.value.dims} and covariance "
                f"{self.covariance.shape}; give n values over ('entry',) and n x n covariances"
            )
        names = [str(name) for name in self.value[ENTRY].values]
        repeated = named_twice(names)
        if repeated:
            raise BadInput(f"estimates have {', '.join(repeated)} more than once; entries must be unique")
        check_covariance(np.asarray(self.covariance.values, dtype=float), names)
        self.value.values.setflags(write=False)
        self.covariance.values.setflags(write=False)

    @classmethod
    def build(
        cls,
        entries: Sequence[str],
        value: npt.ArrayLike,
        covariance: npt.ArrayLike,
        **facets: Sequence[Any],
    ) -> Estimates:
        """Make estimates from plain arrays.

        Parameters
        ----------
        entries
            n unique names.
        value, covariance
            n values, and n x n covariances or n variances.
        **facets
            Coordinates of ``entry``: n labels or numbers each.
        """
        values = np.array(value, dtype=float).reshape(-1)
        matrix = np.array(covariance, dtype=float)
        if matrix.ndim == 1:
            matrix = np.diag(matrix)
        names = np.array([str(name) for name in entries], dtype=object)
        if len(names) != values.size or matrix.shape != (values.size, values.size):
            raise BadInput(
                f"estimates have {len(names)} entries, {values.size} values and covariance {matrix.shape}; "
                "the sizes must agree"
            )
        # variables and indexes that are made here spare guesses at dtypes that cost more than all the rest
        index = xr.indexes.PandasIndex(pd.Index(names, dtype=object), ENTRY)
        across = xr.indexes.PandasIndex(pd.Index(names, dtype=object), ENTRY_B)
        rows = index.create_variables()
        labelled: dict[Any, Any] = {}
        for facet, labels in facets.items():
            if len(labels) != values.size:
                raise BadInput(f"the facet {facet!r} has {len(labels)} labels for {values.size} entries")
            labelled[facet] = xr.Variable((ENTRY,), _facet_array(labels), fastpath=True)
        along = xr.Coordinates({**rows, **labelled}, indexes={ENTRY: index})
        both = xr.Coordinates({**rows, **across.create_variables()}, indexes={ENTRY: index, ENTRY_B: across})
        return cls(
            xr.DataArray(values, dims=(ENTRY,), coords=along), xr.DataArray(matrix, dims=(ENTRY, ENTRY_B), coords=both)
        )

    @property
    def entries(self) -> tuple[str, ...]:
        """Names of the entries, in order."""
        return tuple(str(name) for name in self.value[ENTRY].values)

    @property
    def facets(self) -> dict[str, tuple[Any, ...]]:
        """Facet names with the label of every entry."""
        return {
            str(name): tuple(coordinate.values.tolist())
            for name, coordinate in self.value.coords.items()
            if name != ENTRY and coordinate.dims == (ENTRY,)
        }

    @property
    def sd(self) -> xr.DataArray:
        """Standard deviation of every entry; NaN where the covariance is not known."""
        variance = np.diagonal(self.covariance.values)
        return self.value.copy(data=np.sqrt(np.where(variance < 0, 0.0, variance)))

    @property
    def correlation(self) -> xr.DataArray:
        """Correlation matrix; NaN beside an entry whose sd is 0 or not known."""
        sd = self.sd.values
        scale = np.where(sd > 0, sd, np.nan)
        return self.covariance.copy(data=self.covariance.values / np.outer(scale, scale))

    def __len__(self) -> int:
        return int(self.value.size)

    def _take(self, index: npt.NDArray[np.intp]) -> Estimates:
        return Estimates(
            self.value.isel({ENTRY: index}).copy(deep=True),
            self.covariance.isel({ENTRY: index, ENTRY_B: index}).copy(deep=True),
        )

    def select(self, entries: Sequence[str]) -> Estimates:
        """Entries of the given names, in the order given.

        Raises
        ------
        BadInput
            If a name is not there; all unknown names are listed.
        """
        position = {name: i for i, name in enumerate(self.entries)}
        unknown = [name for name in entries if name not in position]
        if unknown:
            raise BadInput(f"no entry {', '.join(unknown)}; there are {', '.join(position)}")
        return self._take(np.array([position[name] for name in entries], dtype=np.intp))

    def where(self, **facets: Any) -> Estimates:
        """Entries whose facets have the values given (a list, tuple or set means: any of these).

        Raises
        ------
        BadInput
            If a facet does not exist.
        """
        mask = np.ones(len(self), dtype=bool)
        columns = self.facets
        for facet, wanted in facets.items():
            if facet not in columns:
                raise BadInput(f"no facet {facet!r}; there are {', '.join(columns) or 'none'}")
            options = set(wanted) if isinstance(wanted, (list, tuple, set, frozenset)) else {wanted}
            mask &= np.array([label in options for label in columns[facet]], dtype=bool)
        return self._take(np.flatnonzero(mask))

    def linear(
        self,
        matrix: npt.ArrayLike,
        entries: Sequence[str],
        *,
        offset: npt.ArrayLike = 0.0,
        **facets: Sequence[Any],
    ) -> Estimates:
        """``matrix @ value + offset`` with covariance ``matrix @ covariance @ matrix.T``."""
        operator = np.atleast_2d(np.asarray(matrix, dtype=float))
        value = operator @ self.value.values + np.asarray(offset, dtype=float)
        return Estimates.build(entries, value, carried(self.covariance.values, operator), **facets)

    def propagate(
        self,
        function: Callable[[Vector], npt.ArrayLike],
        entries: Sequence[str],
        *,
        jacobian: Callable[[Vector], npt.ArrayLike] | None = None,
        **facets: Sequence[Any],
    ) -> Estimates:
        """First-order propagation through any function of the values.

        Parameters
        ----------
        function
            Takes the n values, gives one number for each name in ``entries``.
        entries
            Names of the results.
        jacobian
            Takes the n values, gives the m x n derivatives; central differences where absent.
        **facets
            Facets of the results.
        """
        at = np.array(self.value.values, dtype=float)
        result = np.atleast_1d(np.asarray(function(at), dtype=float))
        slope = np.atleast_2d(jacobian(at)) if jacobian is not None else self._differences(function, at)
        return Estimates.build(entries, result, carried(self.covariance.values, slope), **facets)

    def _differences(self, function: Callable[[Vector], npt.ArrayLike], at: Vector) -> Matrix:
        sd = np.nan_to_num(self.sd.values)
        steps = np.where(sd > 0, 1e-3 * sd, np.cbrt(np.finfo(float).eps) * np.where(at == 0, 1.0, np.abs(at)))
        columns = []
        for index, step in enumerate(steps):
            shift = np.zeros_like(at)
            shift[index] = step
            up, down = np.asarray(function(at + shift), float), np.asarray(function(at - shift), float)
            columns.append(np.atleast_1d(up - down) / (2 * step))
        return np.stack(columns, axis=1)

    def interval(self, level: float = 0.95) -> xr.DataArray:
        """Normal interval of every entry over ``(entry, bound)``, bound being lower and upper.

        Raises
        ------
        BadInput
            If ``level`` is not between 0 and 1.
        """
        check_level(level)
        half = float(ndtri(0.5 + level / 2)) * self.sd.values
        bounds = np.stack([self.value.values - half, self.value.values + half], axis=1)
        coords = {**dict(self.value.coords.items()), "bound": ["lower", "upper"]}
        return xr.DataArray(bounds, dims=(ENTRY, "bound"), coords=coords)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row an entry: facets, value, sd and the normal interval."""
        interval = self.interval(level).values
        columns: dict[str, Any] = {ENTRY: list(self.entries), **{k: list(v) for k, v in self.facets.items()}}
        columns |= {"value": self.value.values, "sd": self.sd.values}
        columns |= {"lower": interval[:, 0], "upper": interval[:, 1]}
        return pd.DataFrame(columns).set_index(ENTRY)


def concatenate(parts: Sequence[Estimates]) -> Estimates:
    """Independent estimates side by side: covariances between parts are zero.

    Facets that not every part has are filled with an empty text (labels) or NaN (numbers).

    Raises
    ------
    BadInput
        If there is no part, or an entry name occurs in two parts.
    """
    if not parts:
        raise BadInput("there are no estimates to join; give at least one")
    sizes = [len(part) for part in parts]
    covariance = np.zeros((sum(sizes), sum(sizes)))
    start = 0
    for part, size in zip(parts, sizes, strict=True):
        covariance[start : start + size, start : start + size] = part.covariance.values
        start += size
    entries = [name for part in parts for name in part.entries]
    names = dict.fromkeys(name for part in parts for name in part.facets)
    facets = {name: _joined_facet(name, parts) for name in names}
    return Estimates.build(entries, np.concatenate([p.value.values for p in parts]), covariance, **facets)


def _joined_facet(name: str, parts: Sequence[Estimates]) -> list[Any]:
    columns = [part.facets[name] for part in parts if name in part.facets]
    numeric = all(isinstance(label, (int, float)) for labels in columns for label in labels)
    missing: Any = float("nan") if numeric else ""
    return [label for part in parts for label in part.facets.get(name, (missing,) * len(part))]


def _facet_array(labels: Sequence[Any]) -> npt.NDArray[Any]:
    array = np.asarray(labels)
    if array.dtype.kind in "US":
        return np.array([str(label) for label in labels], dtype=object)
    return array
