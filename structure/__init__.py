"""Structural units of glasses: species, compositions, balances, evidence, solver, ranges and contradictions.

The rooms, from the bottom: :mod:`~structure.units` (elements, compositions, labels of species),
:mod:`~structure.balances` (what must hold, what was measured), :mod:`~structure.solving` (the least chi2 that they
allow, its errors, conflicts and draws) and :mod:`~structure.questions` (ranges, hypotheses, networks, reactions,
remedies). :mod:`structure.simulation` makes measured areas of a known truth, :mod:`structure.plots` draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
