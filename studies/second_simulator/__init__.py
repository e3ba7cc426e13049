"""The second simulator: a forward model of whole Na3PS4-xOx series that shares no code with the packages.

It uses numpy, scipy and mrsimulator alone (an import contract holds it), so that a mistake of the packages is not made
twice. Its numbers stand in ``numbers.toml``; where the fits declare the same, a test holds both equal.

>>> series = simulate(settings("clean"), seed=0)
>>> [glass.formula for glass in series.glasses]
['Na3PS4', 'Na3PS3.85O0.15', 'Na3PS3.7O0.3', 'Na3PS3.4O0.6']
"""

from studies.second_simulator import oracle
from studies.second_simulator.series import TECHNIQUES, Glass, Series, formula, simulate
from studies.second_simulator.settings import ARMS, Settings, numbers, settings
from studies.second_simulator.writing import name_of, truth, write

__all__ = [
    "ARMS",
    "TECHNIQUES",
    "Glass",
    "Series",
    "Settings",
    "formula",
    "name_of",
    "numbers",
    "oracle",
    "settings",
    "simulate",
    "truth",
    "write",
]
