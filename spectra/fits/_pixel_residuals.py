"""Residuals of one spectrum after another over one axis, for the fit of many."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt

from spectra.fits._compiled import Compiled
from spectra.fits._residuals import Residuals

Array = npt.NDArray[np.float64]


def compiled_pass() -> Any:
    """:mod:`spectra.fits._fast`, whose numba takes long to import; maps alone need it."""
    return importlib.import_module("spectra.fits._fast")


def usable(compiled: Compiled) -> bool:
    """True where numba is there and every shape and background of the model has a compiled form."""
    return bool(compiled_pass().usable(compiled))


class Pixel(Residuals):
    """Residuals of one spectrum after another, with the normal equations in one pass where numba is there."""

    def __init__(self, compiled: Compiled, compile_kernel: bool) -> None:
        super().__init__(compiled, np.zeros(compiled.x.size), np.ones(compiled.x.size))
        self.compile_kernel, self.reduced = compile_kernel, self.normal_equations
        self.last: Array | None = None
        if compile_kernel:
            self.compiled_pass = compiled_pass()
            self.kinds, self.first = self.compiled_pass.layout(compiled)
            self.column_rows = compiled.column_rows.astype(np.int64)

    def load(self, data: Array, noise: Array) -> None:
        """Take another spectrum."""
        self.last, self.data = None, np.ascontiguousarray(data)
        self._weigh(noise)

    def normal_equations(self, phi: Array) -> tuple[float, Array, Array]:
        """chi2, J'J and J'r in the free parameters."""
        self.last = phi
        if not self.compile_kernel:
            return super().normal_equations(phi)
        compiled = self.compiled
        theta = phi if compiled.whole else compiled.theta(phi)
        sums = self.compiled_pass.normal_equations(
            compiled.x, self.data, self.weight, theta, self.kinds, self.first, compiled.columns, self.column_rows,
            self._residual,
        )  # fmt: skip
        return self._with_priors(theta, *sums)

    def misfit(self, phi: Array) -> Array:
        """Weighted residuals of the data, from the last evaluation where it was at ``phi``."""
        if self.last is not phi:
            self.normal_equations(phi)
        return self._residual[: self.data.size]
