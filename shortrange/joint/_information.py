"""Which data determine which fraction: its sd by all spectra, and without one technique or without the priors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

import structure
from shortrange.joint._pieces import Pieces, Together
from shortrange.joint.likelihood import Likelihood
from shortrange.results import Carried, Seen
from shortrange_core.least_squares import ArrowMinimum
from structure.balances import quantity_row, split_ratio

Array = npt.NDArray[np.float64]
BRIDGING = "BO/(BO + NBO)"
NOTHING = 1.0
"""Sd per former, or of a share, above which nothing is known."""
PUBLISHED = "priors"


def slope_of(quantity: str, species: Sequence[str], amounts: Array) -> Array:
    """Derivative of a linear quantity or a ratio in the amounts."""
    units = [structure.unit_of(label) for label in species]
    top, bottom = split_ratio(quantity)
    row, constant = quantity_row(top, units)
    if bottom is None:
        return np.asarray(row)
    below, base = quantity_row(bottom, units)
    size = float(below @ amounts + base)
    return (
        np.asarray((row * size - below * float(row @ amounts + constant)) / size**2) if size > 0 else np.zeros(len(row))
    )


def value_along(quantity: str, species: Sequence[str], amounts: Array) -> Array:
    """A linear quantity or a ratio at many amounts: (draws,)."""
    units = [structure.unit_of(label) for label in species]
    top, bottom = split_ratio(quantity)
    row, constant = quantity_row(top, units)
    value = amounts @ row + constant
    if bottom is not None:
        below, base = quantity_row(bottom, units)
        value = value / np.maximum(amounts @ below + base, np.finfo(float).tiny)
    return np.asarray(value)


def carriers(pieces: Pieces) -> tuple[Carried, ...]:
    """For every unit of every glass, and its bridging share: what it owes to which technique."""
    everything = pieces.without(())
    techniques = dict.fromkeys(block.data.technique for block in pieces.likelihood.blocks.values())
    parts = {name: pieces.without(pieces.keys(technique=name)) for name in techniques}
    parts[PUBLISHED] = tuple(name for name in everything if name not in pieces.priors)
    whole = _by_glass(pieces, pieces.together(everything))
    others = {name: _by_glass(pieces, pieces.together(names)) for name, names in parts.items() if names}
    carried = []
    for sample, glass in pieces.likelihood.glasses.items():
        amounts = pieces.start[pieces.places[sample]]
        for quantity in (*glass.species, *([BRIDGING] if "O" in glass.composition.elements else [])):
            slope = slope_of(quantity, glass.species, amounts)
            without = {name: _sd(part[sample], slope) for name, part in others.items()}
            carried.append(Carried(sample, quantity, _sd(whole[sample], slope), without))
    return tuple(carried)


def seen_by(likelihood: Likelihood, minimum: ArrowMinimum) -> tuple[Seen, ...]:
    """Responses of every spectrum that are not known before; one that other spectra have too is named once."""
    sd = minimum.sd
    rows: dict[tuple[str, str, float, float], Seen] = {}
    for key, block in likelihood.blocks.items():
        local, sight = likelihood.local[key], block.sight
        factors = sight.responses_at(minimum.x[local])
        for at, place in zip(sight.unknown, local[sight.response_at], strict=True):
            mine = (sight.names[at], float(sight.median[at]), float(sight.spread[at]))
            name = (block.data.technique, *mine)
            where = key if name not in rows else block.data.technique
            rows[name] = Seen(where, mine[0], float(factors[at]), float(sight.spread[at] * sd[place]))
    return tuple(rows.values())


def _by_glass(pieces: Pieces, part: Together) -> dict[str, Array]:
    covariance = part.covariance
    return {name: covariance[np.ix_(at, at)] for name, at in pieces.places.items()}


def _sd(covariance: Array, slope: Array) -> float:
    sd = float(np.sqrt(max(float(slope @ covariance @ slope), 0.0)))
    return sd if sd < NOTHING else np.inf
