"""What an arc may be by its capacitance: probabilities over the published ranges, which have no sharp edges.

A capacitance speaks for a name fully inside its range, and less and less beyond an end, which is known to half a decade
[1]_; the weights of all names are brought to a sum of 1. So no name flips where a capacitance passes an edge: its
probability falls while that of the neighbour grows.

References
----------
.. [1] J. T. S. Irvine, D. C. Sinclair and A. R. West, Advanced Materials (1990), for l/A = 1 cm-1.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from electrochemistry.conduction._conductivity import Geometry
from electrochemistry.impedance import Real

# F for l/A = 1 cm-1 (bulk, grain boundary) or A = 1 cm2
RANGES: dict[str, tuple[float, float]] = {
    "bulk": (1e-12, 1e-12),
    "grain boundary": (1e-11, 1e-8),
    "surface layer": (1e-9, 1e-7),
    "interface": (1e-7, 1e-5),
    "charge transfer": (1e-4, 1e-4),
}
NONE = "none of the known ranges"
THROUGH_THICKNESS = ("bulk", "grain boundary")
EDGE = 0.5  # decades: standard deviation of an end of a range
NEVER_BULK = 1e-8  # F: no disc has a bulk of more
DECADES, NONE_WEIGHT = 16.0, 0.02  # a sd where none is known; what is none of them is rare, and lies anywhere
LEAST, UNCLEAR = 0.05, 0.1


def probabilities(log_capacitance: float, sd: float, shape: Geometry) -> dict[str, float]:
    """Name -> probability, the largest first.

    Parameters
    ----------
    log_capacitance, sd
        log10 of a capacitance in F, and its standard deviation.
    shape
        Geometry of the disc: bulk and grain boundary are compared as C l/A, interfaces as C/A.

    Examples
    --------
    >>> {name: round(p, 2) for name, p in probabilities(-6.0, 0.0, Geometry(0.1, 1.3)).items() if p > 0.05}
    {'interface': 0.91}
    """
    if not np.isfinite(log_capacitance):
        return {NONE: 1.0}
    width = float(np.hypot(EDGE, sd if np.isfinite(sd) else DECADES))
    weight = {NONE: NONE_WEIGHT}
    for name, limits in RANGES.items():
        scale = shape.factor if name in THROUGH_THICKNESS else 1 / shape.area
        at, (low, high) = log_capacitance + np.log10(scale), np.log10(limits)
        if low == high:
            weight[name] = float(np.exp(-(((at - low) / width) ** 2) / 2))
        else:
            weight[name] = float(ndtr((at - low) / width) * ndtr((high - at) / width))
    weight["bulk"] *= float(ndtr((np.log10(NEVER_BULK) - log_capacitance) / width))
    total = sum(weight.values())
    return dict(sorted(((name, float(own / total)) for name, own in weight.items()), key=lambda pair: -pair[1]))


def of_a_series(log_capacitance: Real, sd: Real) -> tuple[float, float]:
    """One log10 capacitance, and its sd, of an arc that is the same thing in every spectrum of a series.

    Its sd is the scatter over the series or what the spectra leave open, whichever is larger.
    """
    finite = np.isfinite(log_capacitance) & np.isfinite(sd)
    if not finite.any():
        return float("nan"), float("nan")
    weight = 1 / (sd[finite] ** 2 + EDGE**2)
    mean = float(weight @ log_capacitance[finite] / weight.sum())
    scatter = float(np.sqrt(weight @ (log_capacitance[finite] - mean) ** 2 / weight.sum()))
    return mean, max(scatter, float(np.sqrt(1 / np.sum(1 / np.maximum(sd[finite], 1e-9) ** 2))))


def shown_names(probable: dict[str, float]) -> str:
    """The likely names with their probabilities.

    Examples
    --------
    >>> shown_names({"interface": 0.71, "surface layer": 0.28, "bulk": 0.01})
    'interface 0.71; surface layer 0.28'
    """
    return "; ".join(f"{name} {p:.2f}" for name, p in probable.items() if p >= LEAST)
