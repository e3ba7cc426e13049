"""Starts with lines as they are known before the spectra, where the whole series has one far from that."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from shortrange.joint.likelihood import Likelihood
from shortrange.joint.search._coupled_shapes import CoupledShape, known_before, placed, sds_from, shapes_of
from shortrange.joint.search._tensors import NO_ZETA, USUAL_ZETA

Array = npt.NDArray[np.float64]
FAR = 3.0
"""sds of a level along the series from what is known of it: of chance, one in some hundred."""


def as_published(likelihood: Likelihood, x: Array) -> Iterator[Array]:
    """Where a line is far from what is known of it: that line as it is known, then all of its technique.

    It took the place of another line, which is elsewhere or gone. Tensors of which no size is known have the usual one;
    all are tried with either sign.
    """
    laws = known_before(likelihood)
    lines: dict[tuple[str, str], list[CoupledShape]] = {}
    for shape in shapes_of(likelihood):
        if shape.level in laws:
            lines.setdefault((shape.technique, shape.line), []).append(shape)
    far = [line for line in lines.values() if any(sds_from(laws, shape, x) > FAR for shape in line)]
    techniques = dict.fromkeys(line[0].technique for line in far)
    for moved in (*far, *([s for (of, _), line in lines.items() if of == name for s in line] for name in techniques)):
        for sign in (1.0, -1.0) if any(shape.quantity == "zeta" for shape in moved) else (1.0,):
            start = x
            for shape in moved:
                mean, _ = laws[shape.level]
                if shape.quantity == "zeta":
                    mean = sign * (abs(mean) if abs(mean) > NO_ZETA else USUAL_ZETA)
                start = placed(shape, mean, start)
            yield start
