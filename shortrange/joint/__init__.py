"""Joint inference: the spectra of all techniques and glasses of a series in one likelihood, balances inside.

Unknowns are the amounts of structural units in every glass; every spectrum is their linear image times a scale and,
where a technique needs them, unknown responses shared along the series. Shapes go together along the series
(:mod:`~shortrange.joint._coupling`); published positions count once a series, not once a spectrum. What all spectra say
of one glass leaves as independent statements for :func:`structure.solve`.
"""

from shortrange.joint._coupling import COUPLINGS as COUPLINGS
from shortrange.joint._likelihood import Likelihood as Likelihood
from shortrange.joint._route import Joint as Joint
from shortrange.joint._route import Spectrum as Spectrum
from shortrange.joint._route import fit_series as fit_series
