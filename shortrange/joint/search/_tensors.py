"""Other tensors of one unit that a descent does not come to: the same by its usual name, and those of either sign.

Between the signs of an anisotropy lies zero, where sidebands do not change with it: a descent that is there stays
there. The other way leads over eta = 1, beyond which a tensor is described a second time with the other sign. Where
glasses of one unit lie on both sides of eta = 1, one of the two names has them beside one another.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from shortrange.joint.search._coupled_shapes import CoupledShape, placed

Array = npt.NDArray[np.float64]
USUAL_ZETA = 80.0
"""ppm, where the tensor of a unit starts that lies under another one, or that has none."""
NO_ZETA = 30.0
"""ppm, below which a tensor is as good as none: at 20 kHz and 202 MHz its sidebands hold 1.5 %."""
SIGNED = 1.0
"""ppm, below which an anisotropy has no sign: a descent that came to zero stays there."""
SMALL_ZETA = NO_ZETA / 2
SIZES, APART = (SMALL_ZETA, USUAL_ZETA, 2 * USUAL_ZETA), 1.6
"""ppm, from where a descent comes to any size of an anisotropy, and the factor within which two are one start."""
NEAR_ONE = 0.6
"""eta from which the second component is four fifths of the largest: beyond 1 it is the larger one."""


def renamed(zeta: CoupledShape, eta: CoupledShape, x: Array) -> Iterator[Array]:
    """The same tensor by its largest component where it stands by another one, or by its second where both are near."""
    if zeta.keys != eta.keys or x[eta.members].mean() < NEAR_ONE:
        return
    start = x.copy()
    size, ratio = x[zeta.members], x[eta.members]
    start[zeta.members], start[eta.members] = -size * (1 + ratio) / 2, (3 - ratio) / (1 + ratio)
    for shape in (zeta, eta):
        start[shape.level] = start[shape.members].mean()
        start[shape.change] = 0.0
    yield start


def of_sign(zeta: CoupledShape, sign: float, x: Array, *, elsewhere: bool = False) -> Iterator[Array]:
    """An anisotropy of one sign along the whole series, where it has not that already, and of sizes far from its own.

    Of other sizes where it is as good as none, or may be ``elsewhere``, having taken sidebands of another line.
    """
    values = x[zeta.members]
    size = float(np.abs(values).mean())
    tried = [size] if np.all(sign * values > SIGNED) else []
    if not tried:
        tried.append(max(size, SMALL_ZETA))
        yield placed(zeta, sign * tried[0], x)
    for other in SIZES if elsewhere or size < NO_ZETA else ():
        if all(not near / APART < other < near * APART for near in tried):
            yield placed(zeta, sign * other, x)
