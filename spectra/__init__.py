"""Spectra with labels and noise: readers, line shapes, models, fits, and the techniques NMR, Raman, FTIR and XPS.

The rooms, from the bottom: :mod:`~spectra.spectrum`, :mod:`~spectra.noise`, :mod:`~spectra.shapes`,
:mod:`~spectra.models`, :mod:`~spectra.fits`, :mod:`~spectra.readers`; then the techniques :mod:`~spectra.nmr`,
:mod:`~spectra.raman`, :mod:`~spectra.ftir`, :mod:`~spectra.xps`, and :mod:`~spectra.plots`. Names are imported when
they are first used, so that ``import spectra`` costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
