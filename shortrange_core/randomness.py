"""Random numbers are an argument: a generator with its seed, made by who asks for them."""

from __future__ import annotations

import numpy as np

from shortrange_core.errors import BadInput


def generator(rng: object) -> np.random.Generator:
    """The generator itself, if it is one.

    Raises
    ------
    BadInput
        If it is anything else, such as a seed or None: a result that nobody can repeat is no result.

    Examples
    --------
    >>> generator(3)
    Traceback (most recent call last):
    shortrange_core.errors.BadInput: rng = 3: is not a random generator; give numpy.random.default_rng(3)
    """
    if isinstance(rng, np.random.Generator):
        return rng
    seed = rng if isinstance(rng, int) and not isinstance(rng, bool) else 0
    raise BadInput(f"rng = {rng!r}: is not a random generator; give numpy.random.default_rng({seed})")
