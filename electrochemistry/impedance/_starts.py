"""First guesses of a circuit: time constants drawn over the measured window, scales by non-negative least squares.

Multiplying a part's impedance by s multiplies its resistances by s and divides its capacitances by s. Once the shape of
each part of a series circuit is drawn, the scales are therefore a linear problem.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.optimize import nnls

from electrochemistry.impedance._circuit_nodes import Leaf, Node, Parallel, Series
from electrochemistry.impedance._circuits import Circuit
from electrochemistry.impedance._elements import Complex, Frequencies, Real
from electrochemistry.impedance._models import Space

TAU_MARGIN_DECADES = 1.0
EXPONENT_RANGE = (0.6, 1.0)
FLOOR_OF_SCALE = 1e-3
SHAPE_DECADES = 1.0


def starts(circuit: Circuit, place: Space, spectrum: xr.Dataset, count: int, rng: np.random.Generator) -> Real:
    """Starting points in fitted coordinates.

    Parameters
    ----------
    circuit, place
        Circuit, and its bounds and fixed values.
    spectrum
        Impedance over frequency.
    count
        Number of starts.
    rng
        Random numbers.

    Returns
    -------
    ndarray
        ``(count, n)``, inside the bounds.
    """
    f, z = spectrum["frequency"].values, np.asarray(spectrum["impedance"].values, dtype=complex)
    low = -np.log10(2 * np.pi * f.max()) - TAU_MARGIN_DECADES
    high = -np.log10(2 * np.pi * f.min()) + TAU_MARGIN_DECADES
    parts = circuit.root.parts if isinstance(circuit.root, Series) else (circuit.root,)
    w = Frequencies(f)
    values = np.array(
        [_scaled(parts, _shapes(parts, low, high, rng, first=number == 0), w, z) for number in range(count)]
    )
    return np.asarray(np.clip([place.fitted(row) for row in values], place.lower, place.upper), dtype=float)


def _shapes(
    parts: tuple[Node, ...], low: float, high: float, rng: np.random.Generator, *, first: bool
) -> list[list[float]]:
    """Values of each part at scale 1; time constants of the parts ascend and are spread over the window."""
    moving = [index for index, part in enumerate(parts) if _has_time(part)]
    cells = np.arange(len(moving)) + (0.5 if first else rng.uniform(size=len(moving)))
    spread = low + (high - low) * cells / max(len(moving), 1)
    if not first and rng.uniform() < 0.5:
        spread = np.sort(rng.uniform(low, high, size=len(moving)))
    tau = dict(zip(moving, 10**spread, strict=True))
    return [_shape(part, tau.get(index, 1.0), rng, first=first) for index, part in enumerate(parts)]


def _has_time(part: Node) -> bool:
    if isinstance(part, Leaf):
        return any(quantity.symbol == "tau" for quantity in part.element.quantities)
    return True


def _shape(part: Node, tau: float, rng: np.random.Generator, *, first: bool) -> list[float]:
    single = isinstance(part, Leaf) or (isinstance(part, Parallel) and all(isinstance(p, Leaf) for p in part.parts))
    values: list[float] = []
    for number, leaf in enumerate(_leaves(part)):
        own = tau if single or number == 0 else tau * 10 ** rng.uniform(-SHAPE_DECADES, SHAPE_DECADES)
        exponent = 0.85 if first else rng.uniform(*EXPONENT_RANGE)
        resistance = 1.0 if single or first else 10 ** rng.uniform(-SHAPE_DECADES, SHAPE_DECADES)
        for quantity in leaf.element.quantities:
            if quantity.symbol == "n":
                values.append(exponent)
            elif quantity.symbol == "Q":
                values.append(own**exponent)
            else:
                values.append(own**quantity.dimension * (resistance if quantity.scaling > 0 else 1.0))
    return values


def _leaves(part: Node) -> tuple[Leaf, ...]:
    return (part,) if isinstance(part, Leaf) else tuple(leaf for inner in part.parts for leaf in _leaves(inner))


def _scaled(parts: tuple[Node, ...], shapes: list[list[float]], w: Frequencies, z: Complex) -> list[float]:
    """Values with the scales that fit the data best."""
    weight = 1 / np.abs(z)
    columns = []
    for part, shape in zip(parts, shapes, strict=True):
        unit = Circuit(part).response([np.array([v]) for v in shape], w)[0] * weight
        columns.append(np.concatenate([unit.real, unit.imag]))
    matrix = np.stack(columns, axis=1)
    norm = np.sqrt(np.sum(matrix**2, axis=0))
    target = z * weight
    amplitude, _ = nnls(matrix / norm, np.concatenate([target.real, target.imag]))
    scale = np.maximum(amplitude, FLOOR_OF_SCALE * max(amplitude.max(), 1e-300)) / norm
    scaled: list[float] = []
    for part, shape, factor in zip(parts, shapes, scale, strict=True):
        powers = [quantity.scaling for leaf in _leaves(part) for quantity in leaf.element.quantities]
        scaled += [value * float(factor) ** power for value, power in zip(shape, powers, strict=True)]
    return scaled
