"""Electrochemistry of solid electrolytes: impedance and conductivity, symmetric cells, full cells, separators.

The rooms, from the bottom: :mod:`~electrochemistry.impedance`, :mod:`~electrochemistry.cells`,
:mod:`~electrochemistry.separators`; then :mod:`~electrochemistry.readers`; then :mod:`~electrochemistry.conduction`;
then :mod:`~electrochemistry.plots`. Names are imported when they are first used, so that ``import electrochemistry``
costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
