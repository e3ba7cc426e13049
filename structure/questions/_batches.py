"""What an error of weighing makes of a composition: one compound of the batch more, at the cost of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from structure.units import ANION_VALENCE, MODIFIER_CHARGE, Composition, oxidation_of

SHARE = 0.01
"""1 mol% of the batch."""
ANIONS = ("S", "O", "Se", "Te")
"""Anion of the compounds that a glass is weighed from: the first that it holds."""


def batch_errors(composition: Composition, *, share: float = SHARE) -> dict[str, tuple[Composition, Composition]]:
    """Compositions with a share of the batch less and more of one compound, by the name of the change.

    The batch is what the glass is melted from: a chalcogenide of every modifier and of every former. A modifier's
    (``Na2S``) changes at the cost of all others; where a glass holds oxygen beside sulfur, the former's oxide changes
    at the cost of its sulfide (``P2O5 for P2S5``). All stay neutral, as what is weighed does.

    Parameters
    ----------
    composition
        The glass.
    share
        Change as a share of all moles of the batch.

    Examples
    --------
    >>> from structure import composition
    >>> changed = batch_errors(composition("Na3PS3.4O0.6"))
    >>> [one.amounts.round(3).tolist() for one in changed["Na2S"]], changed["P2O5 for P2S5"][1].amounts.tolist()
    ([[2.846, 1.0, 3.323, 0.6], [3.167, 1.0, 3.483, 0.6]], [3.0, 1.0, 3.3, 0.7])
    """
    held = [element for element in ANIONS if composition.amount(element) > 0]
    if not held:
        return {}
    main = held[0]
    former = sum(composition.amount(e) / _atoms_of(e) for e in composition.formers)
    modifiers = {e: composition.amount(e) / _modifier_atoms(e) for e in composition.modifiers}
    moles = former + sum(modifiers.values())
    neighbours = {}
    for element, amount in modifiers.items():
        rest = moles - amount  # keeps its proportions; per former nothing but this compound changes
        ends = [(amount / moles + sign * share) / (1 - amount / moles - sign * share) * rest for sign in (-1, 1)]
        steps = [_modifier_atoms(element) * (end - amount) for end in ends]
        name = f"{element}{'2' if _modifier_atoms(element) == 2 else ''}{main}"
        neighbours[name] = tuple(
            _changed(composition, {element: step, main: step * MODIFIER_CHARGE[element] / ANION_VALENCE[main]})
            for step in steps
        )
    if main != "O" and "O" in held:
        (element, *_) = composition.formers
        step = share * moles * _atoms_of(element) * oxidation_of(element) / 2
        name = f"{_compound(element, 'O')} for {_compound(element, main)}"
        neighbours[name] = tuple(_changed(composition, {"O": sign * step, main: -sign * step}) for sign in (-1, 1))
    return {name: (low, high) for name, (low, high) in neighbours.items()}


def _modifier_atoms(element: str) -> int:
    return 2 if MODIFIER_CHARGE[element] % 2 else 1


def _atoms_of(former: str) -> int:
    """Formers in a formula unit of its chalcogenide: 2 of P2S5, 1 of SiS2."""
    return 2 if oxidation_of(former) % 2 else 1


def _compound(former: str, anion: str) -> str:
    atoms = _atoms_of(former)
    return f"{former}{atoms if atoms > 1 else ''}{anion}{atoms * oxidation_of(former) // 2}"


def _changed(composition: Composition, steps: Mapping[str, float]) -> Composition:
    amounts = np.array([max(composition.amount(e) + steps.get(e, 0.0), 0.0) for e in composition.elements])
    return replace(composition, amounts=amounts)
