"""Derivatives by differences, against which those of the code are compared."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

STEP = 1e-6


def differences(function: Callable[[npt.NDArray[np.float64]], npt.ArrayLike], at: Sequence[float]) -> list[npt.NDArray]:
    """Of a function of n numbers, n central differences."""
    steps = STEP * np.eye(len(at))
    return [(np.asarray(function(at + step)) - np.asarray(function(at - step))) / (2 * STEP) for step in steps]
