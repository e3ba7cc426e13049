"""Other tensors of one unit that a descent does not come to: the same by its usual name, and those of either sign.

Between the signs of an anisotropy lies zero, where sidebands do not change with it: a descent that is there stays
there. The other way leads over eta = 1, beyond which a tensor is described a second time with the other sign; one that
was left there is the same tensor, and pays by the prior of eta.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from shortrange.joint.search._coupled_shapes import CoupledShape, placed
from spectra.shapes import haeberlen

Array = npt.NDArray[np.float64]
USUAL_ZETA = 80.0
"""ppm, where the tensor of a unit starts that lies under another one, or that has none."""
NO_ZETA = 30.0
"""ppm, below which a tensor is as good as none: at 20 kHz and 202 MHz its sidebands hold 1.5 %."""
LARGEST_ETA = 1.0
"""Beyond it a tensor has a second name, by its largest component."""


def renamed(zeta: CoupledShape, eta: CoupledShape, x: Array) -> Iterator[Array]:
    """The same tensor by its largest component, where it stands by another one."""
    if zeta.keys != eta.keys or x[eta.members].mean() <= LARGEST_ETA:
        return
    start = x.copy()
    pairs = [haeberlen(*one) for one in zip(x[zeta.members].tolist(), x[eta.members].tolist(), strict=True)]
    start[zeta.members], start[eta.members] = np.array(pairs).T
    for shape in (zeta, eta):
        start[shape.level] = start[shape.members].mean()
        start[shape.change] = 0.0
    yield start


def of_sign(zeta: CoupledShape, sign: float, x: Array) -> Iterator[Array]:
    """An anisotropy of one sign along the whole series, where it has not that already."""
    values = x[zeta.members]
    size = float(np.abs(values).mean())
    if size < NO_ZETA:
        yield placed(zeta, sign * USUAL_ZETA, x)
    elif not np.all(sign * values > 0):
        yield placed(zeta, sign * size, x)
